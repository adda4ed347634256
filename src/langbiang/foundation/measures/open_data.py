"""Open data: figures by unit and month, with what would show a single person left out. CSV and SDMX-JSON.

A number of one to four people or cases can point to one of them. Such a number is left out, and so is a second one of
the same month when otherwise the total would give it away. Units are those of the month: what did not exist then has no
line. Before the first thing that was counted a number is missing, not zero.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from typing import Any

from django.conf import settings

from langbiang.foundation.places import queries as places

from . import queries
from .declaring import Measure
from .scope import Scope, Value
from .units import place_of_agencies

FEWEST = 5


@dataclass(frozen=True)
class Cell:
    """A number of a unit in a month; `number` None and `withheld` when it would show too much."""

    unit: str
    month: str
    number: float | None
    withheld: bool = False
    missing: bool = False


def table(found: Measure, first: date, last: date) -> list[Cell]:
    """Every unit there was and the whole province, each month from the first to the last; one SQL statement a month."""
    cells: list[Cell] = []
    begun = queries.first_day(found.name)
    for begin, end in months(first, last):
        label, homes = f"{begin:%Y-%m}", place_of_agencies(end)
        by_unit: dict[str, Value] = {row.code: found.nothing for row in places.communes(on=end)}
        if begun is None or end < begun:
            cells += [Cell(code, label, None, missing=True) for code in (settings.PROVINCE_CODE, *sorted(by_unit))]
            continue
        whole = found.nothing
        for agency, value in queries.by_agency(found.name, Scope(begin, end)).items():
            whole += value
            if code := homes.get(agency):
                by_unit[code] = by_unit.get(code, found.nothing) + value
        left_out = withheld(by_unit)
        cells.append(_cell(settings.PROVINCE_CODE, label, whole, _few(whole)))
        cells += [_cell(code, label, value, code in left_out) for code, value in sorted(by_unit.items())]
    return cells


def withheld(values: Mapping[str, Value]) -> frozenset[str]:
    """The units whose number is left out: the few, and where it is a single one, the next smallest with it."""
    few = {code for code, value in values.items() if _few(value)}
    if len(few) == 1:
        others = [(value.top, code) for code, value in values.items() if code not in few and value.top]
        few |= {min(others)[1]} if others else set()
    return frozenset(few)


def months(first: date, last: date) -> list[tuple[date, date]]:
    """The first and last day of each whole month between two days."""
    found, begin = [], first.replace(day=1)
    while begin <= last:
        following = date(begin.year + begin.month // 12, begin.month % 12 + 1, 1)
        if following > last and following.toordinal() - 1 > last.toordinal():
            break
        found.append((begin, date.fromordinal(following.toordinal() - 1)))
        begin = following
    return found


def as_csv(found: Measure, cells: Sequence[Cell]) -> str:
    """One line a number: measure, unit, month, number, and a word where it is withheld."""
    kept = StringIO()
    writer = csv.writer(kept, lineterminator="\r\n")
    writer.writerow(["MEASURE", "UNIT_MEASURE", "REF_AREA", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS"])
    for cell in cells:
        number = "" if cell.number is None else f"{cell.number:g}" if found.is_ratio else f"{cell.number:.0f}"
        writer.writerow([found.name, found.unit, cell.unit, cell.month, number, status(cell)])
    return kept.getvalue()


def as_sdmx(found: Measure, cells: Sequence[Cell], *, prepared: datetime) -> dict[str, Any]:
    """An SDMX-JSON 2.0 data message: a series for each unit, an observation for each month."""
    units = list(dict.fromkeys(cell.unit for cell in cells))
    months_ = list(dict.fromkeys(cell.month for cell in cells))
    statuses = ["A", "Q", "M", "O"]
    series: dict[str, Any] = {}
    for cell in cells:
        here = series.setdefault(f"0:{units.index(cell.unit)}", {"observations": {}})
        here["observations"][str(months_.index(cell.month))] = [cell.number, statuses.index(status(cell))]
    return {
        "meta": {
            "id": f"{found.name}-{prepared:%Y%m%d%H%M%S}", "prepared": prepared.isoformat(timespec="seconds"),
            "sender": {"id": settings.PROVINCE_CODE, "name": str(settings.PROVINCE_NAME)}, "contentLanguages": ["vi"],
        },
        "data": {
            "dataSets": [{"structure": 0, "action": "Information", "series": series}],
            "structures": [{
                "dataSets": [0],
                "dimensions": {
                    "series": [
                        {"id": "MEASURE", "keyPosition": 0, "values": [{"id": found.name, "name": str(found.title)}]},
                        {"id": "REF_AREA", "keyPosition": 1, "values": [{"id": code, "name": place_name(code)} for code in units]},
                    ],
                    "observation": [{"id": "TIME_PERIOD", "keyPosition": 2, "values": [{"id": each, "name": each} for each in months_]}],
                },
                "attributes": {"observation": [{"id": "OBS_STATUS", "values": [
                    {"id": "A", "name": "Normal"}, {"id": "Q", "name": "Confidential"}, {"id": "M", "name": "Nothing to measure"},
                    {"id": "O", "name": "Missing"}]}]},
            }],
        },
    }  # fmt: skip


def status(cell: Cell) -> str:
    """A normal, Q withheld because too few, M nothing to take a share of, O not counted yet at that time."""
    if cell.missing:
        return "O"
    return "Q" if cell.withheld else "M" if cell.number is None else "A"


def place_name(code: str) -> str:
    """The name of a unit, or of the province."""
    return str(settings.PROVINCE_NAME) if code == settings.PROVINCE_CODE else places.name_of(code) or code


def _few(value: Value) -> bool:
    """Whether a number, or the number it is a share of, or what is left of it, is of one to four."""
    numbers = [value.top] if value.base is None else [value.base, value.top, value.base - value.top]
    return any(0 < each < FEWEST for each in numbers)


def _cell(unit: str, month: str, value: Value, left_out: bool) -> Cell:
    number = None if left_out or value.number is None else round(value.number, 2)
    return Cell(unit, month, number, left_out)
