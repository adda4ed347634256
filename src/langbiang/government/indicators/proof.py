"""The proof of reported figures for `langbiang measures verify`: every figure reckoned again from the published lines, in
plain Python and exact fractions, sharing nothing with `queries/figures.py`."""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from django.utils import timezone

from langbiang.foundation.measures import Comparison, Scope, proof
from langbiang.foundation.measures import queries as measures
from langbiang.foundation.organizations import queries as organizations

from . import formulas, periods, queries
from .models import Indicator, Observation, Series
from .services.obligations import in_force

# By unit and series: (value, known from, known to).
Lines = dict[tuple[int, str], list[tuple[Decimal | None, datetime, datetime | None]]]


@proof("indicators")
def prove(samples: int, dice: random.Random, until: date) -> Iterator[Comparison]:
    """Of every indicator, random periods and moments: the province, and units. What is official is never added up."""
    root = next(iter(organizations.root_ids()))
    series = {row.code: row for row in Series.objects.all()}
    catalogue = _Rows()
    for each in in_force(until):
        leaves = catalogue.leaves(each.code)
        names = sorted(set(Observation.objects.filter(series__code__in=leaves, frequency=each.frequency).values_list("period", flat=True)))
        names = [name for name in names if name.endswith("-R") == (each.scheme == periods.REPORT)]
        for name in dice.sample(names, min(samples, len(names))):
            period = periods.parse(name)
            lines = _lines(leaves, period)
            moments: list[datetime | None] = [None]
            if lines:
                since = min(row[1] for rows in lines.values() for row in rows)
                moments += [since - timedelta(seconds=1), since + (timezone.now() - since) * dice.random()]
            # Years before the province was formed are kept for the units it was formed with.
            day = max(period.last, organizations.agency(root).valid_from)
            communes = [row.id for row in organizations.commune_agencies(on=day)]
            units = communes if "commune" in each.levels else [root]
            if each.source_kind == Indicator.Source.INTERNAL:
                units = sorted({row.id for row in organizations.agencies_on(day)} | {unit for unit, _code in lines})
            asked = [root, *(unit for unit in dice.sample(units, min(2, len(units))) if unit != root)]
            for moment in moments:
                for agency in asked:
                    ((_period, told),) = queries.history(each, agency, last=period, count=1, known_at=moment)
                    wanted = _figure(each.code, catalogue, series, lines, agency, communes if agency == root else [agency], period, moment)
                    said = None if told.value is None else _exact(told.value)
                    where = f"{name}, {'the province' if agency == root else f'agency {agency}'}, known {moment or 'now'}"
                    yield Comparison(each.code, f"the figure and its lines ({where})", said, None if wanted is None else _exact(wanted))
                yield from _with_records(each, catalogue, period, lines, root, moment)


def _with_records(
    each: Indicator, catalogue: "_Rows", period: periods.Period, lines: Lines, root: int, moment: datetime | None
) -> Iterator[Comparison]:
    """A figure of the platform: its two sums for the province are those of the measure, as the records were known when it was taken."""
    row = catalogue.on(each.code, period.last)
    if row is None or row.source_kind != Indicator.Source.INTERNAL or not row.measure:
        return
    codes = [*row.top, *row.base]
    told = [since for (_unit, code), known in lines.items() if code in codes for _value, since, to in known if _is_known(since, to, moment)]
    if not told:
        return
    wanted = measures.total(row.measure, Scope(period.first, period.last, known_at=max(told)))
    ((_period, found),) = queries.history(each, root, last=period, count=1, known_at=moment)
    for part, said, counted in (("top", found.top, wanted.top), ("base", found.base, wanted.base)):
        yield Comparison(
            each.code, f"the {part} and the records of {row.measure} ({period.name}, the province, known {moment or 'now'})",
            None if said is None else _exact(said), None if counted is None else _exact(Fraction(counted)),
        )  # fmt: skip


def _is_known(since: datetime, to: datetime | None, moment: datetime | None) -> bool:
    return (to is None) if moment is None else (since <= moment and (to is None or to > moment))


class _Rows:
    """The rows of the catalogue by code, read once."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Indicator]] = defaultdict(list)
        for row in Indicator.objects.order_by("valid_from"):
            self.rows[row.code].append(row)

    def on(self, code: str, day: date) -> Indicator | None:
        begun = [row for row in self.rows[code] if row.valid_from <= day]
        if not begun:
            return self.rows[code][0] if self.rows[code] else None
        return begun[-1] if begun[-1].valid_to is None or day < begun[-1].valid_to else None

    def leaves(self, code: str) -> set[str]:
        if "." in code:
            return {code}
        found: set[str] = set()
        for row in self.rows[code]:
            found.update(row.top, row.base)
            for operand in formulas.read(row.formula).codes if row.formula else ():
                found |= self.leaves(operand)
        return found


def _figure(
    code: str, catalogue: _Rows, series: dict[str, Series], lines: Lines, agency: int, communes: list[int], period: periods.Period, moment: datetime | None
) -> Fraction | None:
    """The figure of one unit, through formulas, in exact fractions. The province: over every agency with records for what the
    platform counts, over its communes where they report, and by itself for what is official."""
    owner = code.partition(".")[0]
    row = catalogue.on(owner, period.last)
    if row is None:
        return None
    if "." in code:
        row = Indicator(top=[code], base=[], scale=1, coverage_percent=row.coverage_percent, levels=row.levels, source_kind=row.source_kind)
    if row.formula:
        formula = formulas.read(row.formula)
        values = {each: _figure(each, catalogue, series, lines, agency, communes, period, moment) for each in formula.codes}
        found: Fraction | None = formulas.reckon(formula, values, number=Fraction)
        return found
    units = [agency]
    if communes != [agency]:
        codes = {*row.top, *row.base}
        if row.source_kind == Indicator.Source.INTERNAL:
            there = {each.id for each in organizations.agencies_on(max(period.last, organizations.agency(agency).valid_from))}
            units = sorted(there | {unit for unit, each in lines if each in codes})
        elif "commune" in row.levels and any(series[each].space != Series.Roll.OFFICIAL for each in codes):
            units = communes
    return _again(row, series, lines, units, moment, province=agency)


def _lines(leaves: set[str], period: periods.Period) -> Lines:
    found: Lines = defaultdict(list)
    rows = Observation.objects.filter(series__code__in=leaves, period=period.name, breakdown="_T", frequency=period.frequency)
    for code, agency, value, since, to in rows.values_list("series__code", "agency_id", "value", "known_from", "known_to"):
        found[agency, code].append((value, since, to))
    return found


def _again(
    each: Indicator, series: dict[str, Series], lines: Lines, units: list[int], moment: datetime | None, *, province: int
) -> Fraction | None:
    """The figure of some units as known at a moment (None: now): sums of sums, a share of sums, never a sum of what is official."""
    def known(unit: int, code: str) -> Decimal | None:
        for value, since, to in lines.get((unit, code), ()):
            if _is_known(since, to, moment):
                return value
        return None

    codes = [*each.top, *each.base]
    alone = {code: known(province, code) for code in codes if len(units) > 1 and series[code].space == Series.Roll.OFFICIAL}
    whole = {unit: {code: known(unit, code) for code in codes if code not in alone} for unit in units}
    whole = {unit: values for unit, values in whole.items() if values and None not in values.values()}
    too_few = len(whole) < len(units) and 100 * len(whole) < each.coverage_percent * len(units)
    if not whole or too_few or None in alone.values():
        return None

    def together(codes: list[str]) -> Fraction:
        total = Fraction(0)
        for code in codes:
            if code in alone:
                total += Fraction(alone[code] or 0)
                continue
            numbers = [Fraction(values[code] or 0) for values in whole.values()]
            match series[code].space:
                case Series.Roll.MEAN:
                    total += sum(numbers, Fraction(0)) / len(numbers)
                case Series.Roll.MAX | Series.Roll.MIN as roll:
                    total += max(numbers) if roll == Series.Roll.MAX else min(numbers)
                case _:
                    total += sum(numbers, Fraction(0))
        return total

    top = together(each.top)
    if not each.base:
        return top
    base = together(each.base)
    return each.scale * top / base if base else None


def _exact(value: Fraction | Decimal) -> str:
    """To nine digits after the comma: far finer than any figure is shown, coarser than decimals round."""
    return f"{float(round(Fraction(value), 9)):.9f}"
