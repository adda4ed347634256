"""The proof of reported figures for `langbiang measures verify`: every figure reckoned again from the published lines, in
plain Python and exact fractions, sharing nothing with `queries/figures.py`."""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from django.utils import timezone

from langbiang.foundation.measures import Comparison, proof
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
            communes = [row.id for row in organizations.commune_agencies(on=period.last)]
            units = communes if "commune" in each.levels else [root]
            asked = [root, *(unit for unit in dice.sample(units, min(2, len(units))) if unit != root)]
            for moment in moments:
                for agency in asked:
                    ((_period, told),) = queries.history(each, agency, last=period, count=1, known_at=moment)
                    wanted = _figure(each.code, catalogue, series, lines, agency, communes if agency == root else [agency], period, moment)
                    said = None if told.value is None else _exact(told.value)
                    where = f"{name}, {'the province' if agency == root else f'agency {agency}'}, known {moment or 'now'}"
                    yield Comparison(each.code, f"the figure and its lines ({where})", said, None if wanted is None else _exact(wanted))


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
    """The figure of one unit (the province: over its communes where they report), through formulas, in exact fractions."""
    owner = code.partition(".")[0]
    row = catalogue.on(owner, period.last)
    if row is None:
        return None
    if "." in code:
        row = Indicator(top=[code], base=[], scale=1, coverage_percent=row.coverage_percent, levels=row.levels)
    if row.formula:
        formula = formulas.read(row.formula)
        values = {each: _figure(each, catalogue, series, lines, agency, communes, period, moment) for each in formula.codes}
        found: Fraction | None = formulas.reckon(formula, values, number=Fraction)
        return found
    is_province = communes != [agency]
    return _again(row, series, lines, communes if is_province and "commune" in row.levels else [agency], moment)


def _lines(leaves: set[str], period: periods.Period) -> Lines:
    found: Lines = defaultdict(list)
    rows = Observation.objects.filter(series__code__in=leaves, period=period.name, breakdown="_T", frequency=period.frequency)
    for code, agency, value, since, to in rows.values_list("series__code", "agency_id", "value", "known_from", "known_to"):
        found[agency, code].append((value, since, to))
    return found


def _again(each: Indicator, series: dict[str, Series], lines: Lines, units: list[int], moment: datetime | None) -> Fraction | None:
    """The figure of some units as known at a moment (None: now): sums of sums, a share of sums, never a sum of what is official."""
    def known(unit: int, code: str) -> Decimal | None:
        for value, since, to in lines.get((unit, code), ()):
            if (to is None) if moment is None else (since <= moment and (to is None or to > moment)):
                return value
        return None

    codes = [*each.top, *each.base]
    whole = {unit: {code: known(unit, code) for code in codes} for unit in units}
    whole = {unit: values for unit, values in whole.items() if None not in values.values()}
    is_official = any(series[code].space == Series.Roll.OFFICIAL for code in codes)
    too_few = len(whole) < len(units) and 100 * len(whole) < each.coverage_percent * len(units)
    if not whole or too_few or (is_official and len(units) > 1):
        return None

    def together(codes: list[str]) -> Fraction:
        total = Fraction(0)
        for code in codes:
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
