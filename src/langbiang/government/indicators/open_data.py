"""Open data: the figures of indicators that may be published, by unit and period, as CSV and SDMX-JSON.

An indicator is open while its row in force says so, and a period only where the row of its time says so as well. Whole
numbers of one to four could point to single persons: such a number is left out with every share that stands on it, and as
many others of the period as it takes that no total gives one away: neither that of the province nor that of the parts of a
unit (suppression.py).
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from langbiang.foundation.access import Refusal
from langbiang.foundation.organizations import queries as organizations

from . import breakdowns, formulas, periods, queries, suppression
from .breakdowns import TOTAL
from .models import Indicator
from .periods import Period
from .queries.figures import Values
from .services.obligations import in_force

FEWEST = 5
# How many periods are told.
PERIODS = {"D": 92, "W": 53, "M": 24, "Q": 12, "S": 8, "A": 10}
STATUSES = {"A": "Normal", "P": "Provisional", "E": "Estimated", "M": "Missing", "Q": "Confidential"}
HEAD = ("INDICATOR", "UNIT_MEASURE", "FREQ", "REF_AREA", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS", "COVERAGE", "VINTAGE", "KNOWN_FROM", "SOURCE", "BREAKDOWN")
_COMMUNE = "people_committee_commune"


class NotOpen(Refusal, LookupError):
    """There is no indicator of this code, or it may not be published."""

    status = 404


@dataclass(frozen=True)
class Line:
    """A figure of a unit for a period, or one part of it; `value` None and status Q where it is left out."""

    area: str
    area_name: str
    period: str
    value: Decimal | None
    status: str
    coverage: str
    vintage: int
    known_from: datetime | None
    source: str
    part: str = TOTAL
    part_names: tuple[str, ...] = ()  # of its category in each dimension


Cell = tuple[int, str]  # a unit and the key of a part, or of the total


@dataclass(frozen=True)
class _Unit:
    agency_id: int
    area: str
    name: str


def publishable(day: date) -> list[Indicator]:
    """The indicators that may be published on a day, in their order."""
    return [row for row in in_force(day) if row.is_publishable]


def opened(code: str, day: date) -> Indicator:
    """An indicator that may be published on a day. Raises NotOpen."""
    found = next((row for row in publishable(day) if row.code == code), None)
    if found is None:
        raise NotOpen(_("No open data of this name are published."), way_out=_("Choose from the list of open data."))
    return found


def table(each: Indicator, *, today: date) -> list[Line]:
    """Every published figure of the last periods: the province first, then its units, parts after their total. Three SQL statements, and
    two more where something is broken down."""
    catalogue = queries.Catalogue()
    last = periods.of(today, each.frequency, each.scheme)
    first = last.shifted(1 - PERIODS[each.frequency])
    by_key = queries.all_known(catalogue.leaves(each.code, first.first, last.last), first=first, last=last)
    known_breakdowns = queries.Breakdowns() if set(by_key) - {TOTAL} else None
    newest: dict[tuple[str, str, str], int] = {}
    for key, values in by_key.items():
        for (code, _agency, name), kept in values.items():
            newest[key, code, name] = max(newest.get((key, code, name), 0), kept.vintage)
    root = next(iter(organizations.root_ids()), 0)
    province = _Unit(root, settings.PROVINCE_CODE, str(settings.PROVINCE_NAME))
    found: list[Line] = []
    for step in range(PERIODS[each.frequency]):
        period = first.shifted(step)
        row = catalogue.row(each.code, period.last)
        if row is None or not row.is_publishable:
            continue
        series = _series(catalogue, each.code, period.last)
        told = _Period(catalogue, row, period, by_key, root, _units(row, root, period), known_breakdowns)
        for unit in (province, *told.units):
            for key, names in told.keys.items():
                figure = told.figures.get((unit.agency_id, key))
                if figure is None:
                    continue
                if unit is province:
                    vintage = max(newest.get((key, code, period.name), 0) for code in series)
                else:
                    kept_here = [by_key[key].get((code, unit.agency_id, period.name)) for code in series]
                    vintage = max((kept.vintage for kept in kept_here if kept is not None), default=0)
                is_few = (unit.agency_id, key) in told.hidden
                found.append(_line(row, unit, period, figure, vintage, is_few=is_few, part=key, part_names=names))
    return found


def _line(
    row: Indicator, unit: _Unit, period: Period, figure: queries.Figure, vintage: int, *, is_few: bool, part: str = TOTAL,
    part_names: tuple[str, ...] = (),
) -> Line:  # fmt: skip
    value = None if is_few or figure.value is None else figure.value.quantize(Decimal(1).scaleb(-row.decimals))
    # Put together from fewer units than there are, a figure is not the last word.
    status = "Q" if is_few else "P" if figure.is_partial and figure.status == "A" else figure.status
    return Line(
        unit.area, unit.name, period.name, value, status, f"{figure.have}/{figure.of}", vintage, figure.newest, row.source_name or row.formula,
        part, part_names,
    )  # fmt: skip


class _Period:
    """The figures of one period, by unit and part, and which of them are left out."""

    def __init__(
        self, catalogue: queries.Catalogue, row: Indicator, period: Period, by_key: Mapping[str, Values], root: int, units: Sequence[_Unit],
        known: queries.Breakdowns | None,
    ) -> None:  # fmt: skip
        self.catalogue, self.row, self.period, self.root, self.units = catalogue, row, period, root, units
        self.splits = queries.splits_of(row, known, period.last) if known is not None else []
        self.keys: dict[str, tuple[str, ...]] = {TOTAL: ()}
        if known is not None:
            for key in [key for split, _whole in self.splits for key in split.keys]:
                of_part = breakdowns.categories_of(key)
                self.keys[key] = tuple(known.part_name(breakdowns.key_of({code: category})) for code, category in of_part.items())
        self.values = {key: by_key.get(key, {}) for key in self.keys}
        self.figures: dict[Cell, queries.Figure] = {}
        for key, values in self.values.items():
            there = {agency for _code, agency, name in values if name == period.name}
            for agency in (root, *(unit.agency_id for unit in units)):
                if key != TOTAL and (not there or (agency != root and agency not in there)):
                    continue  # few units have every part
                figure = catalogue.figure(row.code, agency, period, values, is_part=key != TOTAL)
                if figure.value is not None:
                    self.figures[agency, key] = figure
        self.hidden = self._hidden()

    def _hidden(self) -> set[Cell]:
        """The cells that are left out: the few, and what would give one of them away."""
        totals = {unit: self.figures[unit.agency_id, TOTAL] for unit in self.units if (unit.agency_id, TOTAL) in self.figures}
        few = {(unit.agency_id, TOTAL) for unit in _withheld(self.catalogue, self.row, totals, self.period, self.values[TOTAL], root=self.root)}
        for (agency, key), figure in self.figures.items():
            if _is_few(self.catalogue, self.row, figure, agency, self.period, self.values[key], is_part=key != TOTAL):
                few.add((agency, key))
        if not few or not self.splits:
            return few
        amounts = {cell: figure.top or Decimal(0) for cell, figure in self.figures.items()}
        sums, rests = self._sums(amounts)
        places = {unit.agency_id: n for n, unit in enumerate(self.units)}

        def order(cell: Cell) -> tuple[object, ...]:
            """Parts before totals, units before their province, small ones before large ones."""
            return (cell[0] not in places, cell[1] == TOTAL, abs(amounts[cell]), places.get(cell[0], 0), cell[1])

        return suppression.protect(amounts, sums, few | rests, order=order, fewest=FEWEST) & set(self.figures)

    def _sums(self, amounts: dict[Cell, Decimal]) -> tuple[list[dict[Cell, int]], set[Cell]]:
        """Which sums hold between the cells, and what remains of totals where that is few: nobody tells it, and anybody can reckon it."""
        found: list[dict[Cell, int]] = []
        rests: set[Cell] = set()
        for key in self.keys:  # the units make the province
            of_units = {(unit.agency_id, key): 1 for unit in self.units if (unit.agency_id, key) in self.figures}
            if (self.root, key) in self.figures and of_units:
                found.append({(self.root, key): -1, **of_units})
        groups = [(split.by, "", TOTAL, split.keys) for split, _whole in self.splits]
        for split, _whole in self.splits:  # crossed parts make the parts of one of their dimensions
            for single, _also in self.splits:
                if single.by != split.by and single.by in split.by.split("-"):
                    for key in single.keys:
                        groups.append((split.by, single.by, key, [each for each in split.keys if breakdowns.categories_of(key).items() <= breakdowns.categories_of(each).items()]))
        for by, of, whole, keys in groups:
            for agency in (self.root, *(unit.agency_id for unit in self.units)):
                parts = {(agency, key): 1 for key in keys if (agency, key) in self.figures}
                if not parts or (agency, whole) not in self.figures:
                    continue
                here = {(agency, whole): -1, **parts}
                rest = amounts[agency, whole] - sum((amounts[cell] for cell in parts), Decimal(0))
                if 0 < rest < FEWEST and self._is_count:
                    cell = (agency, f"rest of {whole} by {by} {of}")
                    amounts[cell] = rest
                    rests.add(cell)
                    here[cell] = 1
                found.append(here)
        return found, rests

    @property
    def _is_count(self) -> bool:
        return any(self.catalogue.series[code].decimals == 0 for code in self.row.top)


def _units(row: Indicator, root: int, period: Period) -> list[_Unit]:
    """The units with figures of their own, communes by the code of their place, other agencies by their own."""
    day = queries.units_day(root, period)
    rows = organizations.commune_agencies(on=day) if "commune" in row.levels else []
    if row.source_kind == Indicator.Source.INTERNAL:
        rows = [each for each in organizations.agencies_on(day) if each.id != root]
    return [_Unit(each.id, each.place_code if each.kind == _COMMUNE and each.place_code else each.code, each.name) for each in rows]


def _series(catalogue: queries.Catalogue, code: str, day: date) -> set[str]:
    """The series a figure stands on under the rows of a day, through formulas."""
    row = catalogue.row(code, day)
    if row is None:
        return set()
    if row.formula:
        return {found for operand in formulas.read(row.formula).codes for found in _series(catalogue, operand, day)}
    return {*row.top, *row.base}


def _withheld(
    catalogue: queries.Catalogue, row: Indicator, known: Mapping[_Unit, queries.Figure], period: Period, values: Values, *, root: int
) -> set[_Unit]:
    """The units whose figure is left out: the few, and where it is a single one, the next smallest with it.

    What the province's own committee decided is told in no line of its own: where that is few, it is the single one.
    """
    few = {unit for unit, figure in known.items() if _is_few(catalogue, row, figure, unit.agency_id, period, values)}
    own = 0
    if row.source_kind == Indicator.Source.INTERNAL:
        own = sum(0 < (values[code, root, period.name].value or 0) < FEWEST for code in row.top if (code, root, period.name) in values)
    if len(few) + own == 1:
        others = [(abs(figure.top), unit.area, unit) for unit, figure in known.items() if unit not in few and figure.top]
        few |= {min(others)[2]} if others else set()
    return few


def _is_few(
    catalogue: queries.Catalogue, row: Indicator, figure: queries.Figure, agency_id: int, period: Period, values: Values, *, is_part: bool = False
) -> bool:
    """Whether a figure counts one to four of something, or is a share of so few or of all but so few; also through a formula."""
    if row.formula and not is_part:
        for code in formulas.read(row.formula).codes:
            operand = catalogue.row(code, period.last)
            if operand is not None and _is_few(catalogue, operand, catalogue.figure(code, agency_id, period, values), agency_id, period, values):
                return True
        return False
    counts = {part: any(catalogue.series[code].decimals == 0 for code in codes) for part, codes in (("top", row.top), ("base", row.base))}
    numbers = [figure.top if counts["top"] else None, figure.base if counts["base"] else None]
    if counts["top"] and counts["base"] and figure.top is not None and figure.base is not None:
        numbers.append(figure.base - figure.top)
    return any(each is not None and 0 < each < FEWEST for each in numbers)


def as_csv(each: Indicator, lines: Sequence[Line]) -> str:
    """One line a figure, with its status, how many units it is put together from, its version, since when it is known, its source, and of which
    part it is (`_T`: the total)."""
    kept = StringIO()
    writer = csv.writer(kept, lineterminator="\r\n")
    writer.writerow(HEAD)
    for line in lines:
        writer.writerow(
            [each.code, each.unit, each.frequency, line.area, line.period, "" if line.value is None else f"{line.value:f}", line.status, line.coverage,
             line.vintage, _moment(line.known_from), line.source, line.part]
        )  # fmt: skip
    return kept.getvalue()


def as_sdmx(each: Indicator, lines: Sequence[Line], *, prepared: datetime) -> dict[str, Any]:
    """An SDMX-JSON 2.0 data message: a series for each unit and part, an observation for each period with its attributes.

    What figures are broken down by are dimensions of their own after the area, with `_T` for the total; without parts there are none.
    """
    areas = list(dict.fromkeys((line.area, line.area_name) for line in lines))
    names = sorted({line.period for line in lines}, key=lambda name: periods.parse(name).last)
    statuses = list(STATUSES)
    sources = list(dict.fromkeys(line.source for line in lines))
    dimensions = _dimensions(lines)
    place_of_area = {area: n for n, area in enumerate(areas)}
    series: dict[str, Any] = {}
    for line in lines:
        of_part = breakdowns.categories_of(line.part)
        places = [0, 0, place_of_area[line.area, line.area_name], *(list(codes).index(of_part.get(code, TOTAL)) for code, codes in dimensions.items())]
        here = series.setdefault(":".join(map(str, places)), {"observations": {}})
        here["observations"][str(names.index(line.period))] = [
            None if line.value is None else float(line.value), statuses.index(line.status), line.coverage, line.vintage, _moment(line.known_from),
            sources.index(line.source),
        ]  # fmt: skip
    return {
        "meta": {
            "id": f"{each.code}-{prepared:%Y%m%d%H%M%S}", "prepared": prepared.isoformat(timespec="seconds"),
            "sender": {"id": settings.PROVINCE_CODE, "name": str(settings.PROVINCE_NAME)}, "contentLanguages": ["vi"],
        },
        "data": {
            "dataSets": [{"structure": 0, "action": "Information", "series": series}],
            "structures": [{
                "dataSets": [0],
                "dimensions": {
                    "series": [
                        {"id": "INDICATOR", "keyPosition": 0, "values": [{"id": each.code, "name": each.name}]},
                        {"id": "FREQ", "keyPosition": 1, "values": [{"id": each.frequency, "name": each.frequency}]},
                        {"id": "REF_AREA", "keyPosition": 2, "values": [{"id": area, "name": name} for area, name in areas]},
                        *(
                            {"id": code, "keyPosition": n, "values": [{"id": category, "name": name} for category, name in codes.items()]}
                            for n, (code, codes) in enumerate(dimensions.items(), start=3)
                        ),
                    ],
                    "observation": [{"id": "TIME_PERIOD", "keyPosition": 3 + len(dimensions), "values": [{"id": name, "name": name} for name in names]}],
                },
                "attributes": {"observation": [
                    {"id": "OBS_STATUS", "values": [{"id": code, "name": name} for code, name in STATUSES.items()]},
                    {"id": "COVERAGE"}, {"id": "VINTAGE"}, {"id": "KNOWN_FROM"},
                    {"id": "SOURCE", "values": [{"id": str(n), "name": source} for n, source in enumerate(sources)]},
                ]},
            }],
        },
    }  # fmt: skip


def _dimensions(lines: Sequence[Line]) -> dict[str, dict[str, str]]:
    """What the lines are broken down by: the categories of each dimension with their names, the total first."""
    found: dict[str, dict[str, str]] = {}
    for line in lines:
        of_part = breakdowns.categories_of(line.part)
        for (code, category), name in zip(of_part.items(), line.part_names, strict=True):
            found.setdefault(code, {TOTAL: str(_("Total"))})[category] = name
    return {code: found[code] for code in sorted(found)}


def _moment(at: datetime | None) -> str:
    return timezone.localtime(at).isoformat(timespec="seconds") if at else ""
