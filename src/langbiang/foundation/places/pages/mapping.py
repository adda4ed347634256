"""The schematic map: one equal hexagon for every unit, so that small wards are seen as well as wide communes."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from langbiang.foundation.access import rules

from .. import queries
from ..cartogram import Hexagon, hexagons, label_lines
from ..register import PlaceRow
from .found import may_edit


@dataclass(frozen=True)
class Drawn:
    """One unit on the map."""

    place: PlaceRow
    hexagon: Hexagon
    lines: list[tuple[float, str]]
    area: str
    url: str


@require_GET
@rules.staff()
def schematic(request: HttpRequest) -> HttpResponse:
    """All units of today as hexagons, coloured by planning area; every cell leads to its unit."""
    today = timezone.localdate()
    rows = {row.code: row for row in queries.communes(on=today)}
    cells = {code: cell for code, cell in queries.hex_layout().items() if code in rows}
    areas = queries.groups(kind="planning_area", on=today)
    tone = {code: number for number, group in enumerate(areas, start=1) for code in group.codes}
    shapes, width, height = hexagons(cells)
    drawn = [
        Drawn(rows[code], shape, label_lines(rows[code].name, shape), f"hex-area-{tone.get(code, 0)}", reverse("places:unit", args=[rows[code].id]))
        for code, shape in sorted(shapes.items(), key=lambda pair: (cells[pair[0]].row, cells[pair[0]].col))
    ]
    missing = sorted((row for code, row in rows.items() if code not in cells), key=lambda row: row.sort_key)
    context: dict[str, Any] = {
        "drawn": drawn, "width": width, "height": height, "missing": missing, "all": len(rows),
        "areas": [(f"hex-area-{number}", group) for number, group in enumerate(areas, start=1)],
        "list_url": reverse("places:list"), "may_edit": may_edit(request),
    }  # fmt: skip
    return render(request, "places/map.html", context)
