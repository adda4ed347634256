"""Published figures: of a unit and a period, rolled up over units and time, as they were known at a moment."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q, QuerySet

from langbiang.foundation.organizations import queries as organizations

from ..breakdowns import TOTAL
from ..models import Indicator, Observation, Series
from ..periods import Period

Values = dict[tuple[str, int, str], Observation]  # series, agency, period name


# What of an observation a figure is reckoned from.
RECKONED_FROM = ("series", "agency", "period", "value", "is_no_event", "status", "known_from")


@dataclass(frozen=True)
class Figure:
    """A figure with what it was reckoned from. `value` is None where there is none; `have` of `of` units have theirs."""

    value: Decimal | None
    top: Decimal | None = None
    base: Decimal | None = None
    have: int = 0
    of: int = 0
    is_partial: bool = False
    status: str = ""
    newest: datetime | None = None
    is_no_event: bool = False

    @property
    def percent_have(self) -> float:
        """Which share of the units has a value."""
        return 100 * self.have / self.of if self.of else 100.0


NOTHING = Figure(None)


def held_at(at: datetime | None) -> Q:
    """Which rows were known at a moment (None: now)."""
    if at is None:
        return Q(known_to__isnull=True)
    return Q(known_from__lte=at) & (Q(known_to__isnull=True) | Q(known_to__gt=at))


def as_known(
    codes: Iterable[str], *, first: Period, last: Period, known_at: datetime | None = None, part: str = TOTAL,
    agencies: Iterable[int] | None = None, named: Mapping[int, str] | None = None,
) -> Values:  # fmt: skip
    """All totals of some series between two periods, or one part of each, of some agencies (None: all), as known at a moment (None: now).

    `named` gives the codes of all series by id, for whoever has read them: then nothing is read that no figure is reckoned
    from. One SQL statement.
    """
    rows = _rows(first, last, known_at, agencies).filter(breakdown=part)
    if named is None:
        return {(row.series.code, row.agency_id, row.period): row for row in rows.filter(series__code__in=list(codes)).select_related("series")}
    wanted = set(codes)
    rows = rows.filter(series_id__in=[pk for pk, code in named.items() if code in wanted]).only(*RECKONED_FROM)
    return {(named[row.series_id], row.agency_id, row.period): row for row in rows}


def all_known(
    codes: Iterable[str], *, first: Period, last: Period, known_at: datetime | None = None, agencies: Iterable[int] | None = None
) -> dict[str, Values]:
    """Totals and parts of some series between two periods, by key. One SQL statement."""
    found: dict[str, Values] = defaultdict(dict)
    for row in _rows(first, last, known_at, agencies).filter(series__code__in=list(codes)).select_related("series"):
        found[row.breakdown][row.series.code, row.agency_id, row.period] = row
    return found


def _rows(first: Period, last: Period, known_at: datetime | None, agencies: Iterable[int] | None) -> QuerySet[Observation]:
    rows = Observation.objects.filter(
        held_at(known_at), frequency=first.frequency, first_day__gte=first.first, last_day__lte=last.last
    )
    return rows if agencies is None else rows.filter(agency_id__in=list(agencies))


def series_of(indicator: Indicator) -> dict[str, Series]:
    """The series of an indicator by code."""
    return {row.code: row for row in Series.objects.filter(code__in=indicator.series_codes)}


def figure(
    indicator: Indicator, series: Mapping[str, Series], values: Values, *, agencies: list[int], period: Period, is_part: bool = False
) -> Figure:
    """The figure over these units for a period, from values already read. Shares are shares of sums over units having both.

    A part is put together from the units that have it, however few these are: what it stands on is said beside it.
    """
    codes = list(dict.fromkeys([*indicator.top, *indicator.base]))
    # What is official is never added up: beside what units report, the one value of the province itself stands.
    given = {code: _official(code, values, period) for code in codes if len(agencies) > 1 and is_official(series[code])}
    asked = [code for code in codes if code not in given]
    have: dict[int, dict[str, Observation]] = defaultdict(dict)
    for agency in agencies:
        for code in asked:
            row = values.get((code, agency, period.name))
            if row is not None and row.value is not None:
                have[agency][code] = row
    whole = {agency: found for agency, found in have.items() if len(found) == len(asked)}
    if not whole or None in given.values():
        return Figure(None, of=len(agencies))
    alone = {code: row for code, row in given.items() if row is not None}
    top = _over_units(indicator.top, series, whole, alone)
    base = _over_units(indicator.base, series, whole, alone) if indicator.base else None
    rows = [*alone.values(), *(row for found in whole.values() for row in found.values())]
    value = top if base is None else (Decimal(indicator.scale) * top / base if base else None)
    status = max((row.status for row in rows), key="APEM".index)
    is_partial = len(whole) < len(agencies)
    if is_partial and not is_part and 100 * len(whole) < indicator.coverage_percent * len(agencies):
        value = None
    return Figure(
        value, top, base, len(whole), len(agencies), is_partial, status, max(row.known_from for row in rows),
        all(row.is_no_event for row in rows),
    )  # fmt: skip


def is_official(series: Series) -> bool:
    """Whether it is never reckoned from parts: only the value given for that very level holds."""
    return series.space == Series.Roll.OFFICIAL


def _official(code: str, values: Values, period: Period) -> Observation | None:
    rows = (values.get((code, root, period.name)) for root in organizations.root_ids())
    return next((row for row in rows if row is not None and row.value is not None), None)


def _over_units(
    codes: list[str], series: Mapping[str, Series], whole: Mapping[int, Mapping[str, Observation]], alone: Mapping[str, Observation]
) -> Decimal:
    total = Decimal(0)
    for code in codes:
        if code in alone:
            total += alone[code].value or Decimal(0)
            continue
        numbers = [found[code].value or Decimal(0) for found in whole.values()]
        match series[code].space:
            case Series.Roll.MEAN:
                total += sum(numbers, Decimal(0)) / len(numbers)
            case Series.Roll.MAX:
                total += max(numbers)
            case Series.Roll.MIN:
                total += min(numbers)
            case _:
                total += sum(numbers, Decimal(0))
    return total


def units_day(agency_id: int, period: Period) -> date:
    """The day whose units make the figure of a province for a period.

    Figures of years before the province was formed are kept for the units it was formed with.
    """
    return max(period.last, organizations.agency(agency_id).valid_from)


def children(indicator: Indicator, agency_id: int, series: Mapping[str, Series], *, period: Period, values: Values | None = None) -> list[int]:
    """The units whose values make the figure of this one: itself, or what lies below the province.

    For a figure of the platform that is every agency with records, as in the list they open into: also one that was
    there within the period only, where `values` hold something of it. For what is reported it is the communes, and for
    what is official the province itself. What a formula gives stands on the figures of its operands, not on units.
    """
    if indicator.formula or agency_id not in organizations.root_ids():
        return [agency_id]
    codes = [*indicator.top, *indicator.base]
    if indicator.source_kind == Indicator.Source.INTERNAL:
        there = [row.id for row in organizations.agencies_on(units_day(agency_id, period))]
        gone = sorted(organizations.descendant_ids(agency_id) - set(there))
        return [*there, *(unit for unit in gone if any((code, unit, period.name) in (values or {}) for code in codes))]
    if "commune" in indicator.levels and not all(is_official(series[code]) for code in codes):
        return [row.id for row in organizations.commune_agencies(on=units_day(agency_id, period))]
    return [agency_id]


def over_time(indicator: Indicator, series: Mapping[str, Series], figures: list[tuple[Period, Figure]]) -> Figure:
    """One figure for several periods in order: sums added, stocks the last known. A share is the share of both reckoned so."""
    rolls = {series[code].time for code in [*indicator.top, *indicator.base]}
    known = [found for _period, found in figures if found.top is not None]
    if not known or Series.Roll.OFFICIAL in rolls:
        return Figure(None)

    def rolled(codes: list[str], numbers: list[Decimal]) -> Decimal:
        match series[codes[0]].time:
            case Series.Roll.LAST:
                return numbers[-1]
            case Series.Roll.MEAN:
                return sum(numbers, Decimal(0)) / len(numbers)
            case Series.Roll.MAX:
                return max(numbers)
            case Series.Roll.MIN:
                return min(numbers)
        return sum(numbers, Decimal(0))

    top = rolled(indicator.top, [found.top or Decimal(0) for found in known])
    base = rolled(indicator.base, [found.base or Decimal(0) for found in known]) if indicator.base else None
    value = top if base is None else (Decimal(indicator.scale) * top / base if base else None)
    gaps = len(known) < len(figures) and Series.Roll.LAST not in rolls
    return Figure(
        value, top, base, known[-1].have, known[-1].of, gaps or any(found.is_partial for found in known),
        max((found.status for found in known), key="APEM".index), max(found.newest for found in known if found.newest),
    )  # fmt: skip


def vintages(series: Iterable[str], agency_id: int, period: str, *, part: str = TOTAL) -> QuerySet[Observation]:
    """Every vintage of the figures of a unit and period, or of one part of them, the newest first."""
    rows = Observation.objects.filter(series__code__in=list(series), agency_id=agency_id, period=period, breakdown=part)
    return rows.select_related("series", "obligation").order_by("series__code", "-vintage")
