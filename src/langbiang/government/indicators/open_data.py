"""Open data: the figures of indicators that may be published, by unit and period, as CSV and SDMX-JSON.

An indicator is open while its row in force says so, and a period only where the row of its time says so as well. Whole
numbers of one to four could point to single persons: such a number is left out with every share that stands on it, and a
second one of the period where the total would give a single one away.
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

from . import formulas, periods, queries
from .models import Indicator
from .periods import Period
from .queries.figures import Values
from .services.obligations import in_force

FEWEST = 5
# How many periods are told.
PERIODS = {"D": 92, "W": 53, "M": 24, "Q": 12, "S": 8, "A": 10}
STATUSES = {"A": "Normal", "P": "Provisional", "E": "Estimated", "M": "Missing", "Q": "Confidential"}
HEAD = ("INDICATOR", "UNIT_MEASURE", "FREQ", "REF_AREA", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS", "COVERAGE", "VINTAGE", "KNOWN_FROM", "SOURCE")
_COMMUNE = "people_committee_commune"


class NotOpen(Refusal, LookupError):
    """There is no indicator of this code, or it may not be published."""

    status = 404


@dataclass(frozen=True)
class Line:
    """A figure of a unit for a period; `value` None and status Q where it is left out."""

    area: str
    area_name: str
    period: str
    value: Decimal | None
    status: str
    coverage: str
    vintage: int
    known_from: datetime | None
    source: str


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
    """Every published figure of the last periods: the province first, then its units. Three SQL statements."""
    catalogue = queries.Catalogue()
    last = periods.of(today, each.frequency, each.scheme)
    first = last.shifted(1 - PERIODS[each.frequency])
    values = queries.as_known(catalogue.leaves(each.code, first.first, last.last), first=first, last=last)
    newest: dict[tuple[str, str], int] = {}
    for (code, _agency, name), kept in values.items():
        newest[code, name] = max(newest.get((code, name), 0), kept.vintage)
    root = next(iter(organizations.root_ids()), 0)
    found: list[Line] = []
    for step in range(PERIODS[each.frequency]):
        period = first.shifted(step)
        row = catalogue.row(each.code, period.last)
        if row is None or not row.is_publishable:
            continue
        series = _series(catalogue, each.code, period.last)
        of_units = {unit: catalogue.figure(each.code, unit.agency_id, period, values) for unit in _units(row, root, period)}
        known = {unit: figure for unit, figure in of_units.items() if figure.value is not None}
        few = _withheld(catalogue, row, known, period, values, root=root)
        whole = catalogue.figure(each.code, root, period, values)
        province = _Unit(root, settings.PROVINCE_CODE, str(settings.PROVINCE_NAME))
        if whole.value is not None:
            vintage = max(newest.get((code, period.name), 0) for code in series)
            found.append(_line(row, province, period, whole, vintage, is_few=_is_few(catalogue, row, whole, root, period, values)))
        for unit, figure in known.items():
            kept_here = [values[code, unit.agency_id, period.name].vintage for code in series if (code, unit.agency_id, period.name) in values]
            found.append(_line(row, unit, period, figure, max(kept_here, default=0), is_few=unit in few))
    return found


def _line(row: Indicator, unit: _Unit, period: Period, figure: queries.Figure, vintage: int, *, is_few: bool) -> Line:
    value = None if is_few or figure.value is None else figure.value.quantize(Decimal(1).scaleb(-row.decimals))
    # Put together from fewer units than there are, a figure is not the last word.
    status = "Q" if is_few else "P" if figure.is_partial and figure.status == "A" else figure.status
    return Line(
        unit.area, unit.name, period.name, value, status, f"{figure.have}/{figure.of}", vintage, figure.newest, row.source_name or row.formula
    )


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
    catalogue: queries.Catalogue, row: Indicator, figure: queries.Figure, agency_id: int, period: Period, values: Values
) -> bool:
    """Whether a figure counts one to four of something, or is a share of so few or of all but so few; also through a formula."""
    if row.formula:
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
    """One line a figure, with its status, how many units it is put together from, its version, since when it is known, and its source."""
    kept = StringIO()
    writer = csv.writer(kept, lineterminator="\r\n")
    writer.writerow(HEAD)
    for line in lines:
        writer.writerow(
            [each.code, each.unit, each.frequency, line.area, line.period, "" if line.value is None else f"{line.value:f}", line.status, line.coverage,
             line.vintage, _moment(line.known_from), line.source]
        )  # fmt: skip
    return kept.getvalue()


def as_sdmx(each: Indicator, lines: Sequence[Line], *, prepared: datetime) -> dict[str, Any]:
    """An SDMX-JSON 2.0 data message: a series for each unit, an observation for each period with its attributes."""
    areas = list(dict.fromkeys((line.area, line.area_name) for line in lines))
    names = sorted({line.period for line in lines}, key=lambda name: periods.parse(name).last)
    statuses = list(STATUSES)
    sources = list(dict.fromkeys(line.source for line in lines))
    series: dict[str, Any] = {}
    for line in lines:
        here = series.setdefault(f"0:0:{areas.index((line.area, line.area_name))}", {"observations": {}})
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
                    ],
                    "observation": [{"id": "TIME_PERIOD", "keyPosition": 3, "values": [{"id": name, "name": name} for name in names]}],
                },
                "attributes": {"observation": [
                    {"id": "OBS_STATUS", "values": [{"id": code, "name": name} for code, name in STATUSES.items()]},
                    {"id": "COVERAGE"}, {"id": "VINTAGE"}, {"id": "KNOWN_FROM"},
                    {"id": "SOURCE", "values": [{"id": str(n), "name": source} for n, source in enumerate(sources)]},
                ]},
            }],
        },
    }  # fmt: skip


def _moment(at: datetime | None) -> str:
    return timezone.localtime(at).isoformat(timespec="seconds") if at else ""
