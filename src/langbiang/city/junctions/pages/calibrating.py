"""Where a camera looks: four or more points dragged onto the map. The picture used for it never leaves the browser."""

from dataclasses import dataclass
from math import cos, radians, sin
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.foundation.access import Refusal, Stale, rules
from langbiang.foundation.access.acting import acting

from .. import policies, services
from ..layout import Layout
from ..models import CameraCalibration, Junction
from ..services.calibrations import Pair, solve, zones_of
from ..services.finding import layout_in_force
from .parts import whole, within_reach

FIELDS = ("u", "v", "x", "y")
ROWS = 6
SIZE = (960, 540)
# The map beside the picture: metres from its middle to its edge, and of the middle of the junction to a stop line.
REACH_M, STOP_M = 40.0, 9.0
START = ((0.2, 0.85), (0.8, 0.85), (0.66, 0.35), (0.34, 0.35))


@dataclass(frozen=True)
class Point:
    """A row of the form: what was entered in its four fields, and what is wrong with it."""

    number: int
    fields: list[tuple[str, str, str]]
    fault: str = ""


@rules.staff("traffic.plan")
@require_GET
def cameras(request: HttpRequest, code: str) -> HttpResponse:
    """Camera zones of a junction with the version in force of each."""
    place = within_reach(request, code)
    newest = {row.zone: row for row in CameraCalibration.objects.filter(junction=place).order_by("number")}
    rows = [(zone, ", ".join(lanes), newest.get(zone)) for zone, lanes in _zones(place).items()]
    return render(request, "junctions/cameras.html", {"junction": place, "rows": rows})


def _zones(place: Junction) -> dict[str, list[str]]:
    try:
        return zones_of(place)
    except services.NoSuch:
        return {}


@rules.staff("traffic.plan")
@require_http_methods(["GET", "POST"])
def calibration(request: HttpRequest, code: str, zone: str) -> HttpResponse:
    """The points of one camera: the version in force, the form for the next one, the versions before."""
    place, actor = within_reach(request, code), acting(request)
    lanes = _zones(place).get(zone)
    if lanes is None:
        raise Http404
    policies.require(policies.may_plan(actor, agency_id=place.agency_id))
    versions = list(CameraCalibration.objects.filter(junction=place, zone=zone).order_by("-number")[:10])
    layout = Layout(layout_in_force(place).content)
    entered = _posted(request) if request.method == "POST" else _known(versions, layout, lanes)
    refusal: Refusal | None = None
    newest = versions[0].number if versions else 0
    seen, saved = newest, []
    if request.method == "POST":
        seen = whole(request.POST.get("seen", ""))
        try:
            points, size = _points(request)
            row = services.calibrate_camera(
                actor, junction_code=place.code, zone=zone, points=points, size=size, note=request.POST.get("note", ""), seen=seen,
                at=timezone.now(),
            )  # fmt: skip
        except services.NoSuch:
            raise
        except Stale as stale:
            refusal, seen, saved = stale, newest, _known(versions, layout, lanes)
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("Version %(number)s is kept and in force.") % {"number": row.number})
            return redirect("junctions:calibration", place.code, zone)
    size = (versions[0].width, versions[0].height) if versions else SIZE
    shown = request.POST if request.method == "POST" else {"width": size[0], "height": size[1], "note": ""}
    return render(
        request, "junctions/calibration.html",
        {
            "junction": place, "zone": zone, "lanes": ", ".join(lanes), "versions": versions, "refusal": refusal,
            "points": _rows(entered, refusal), "seen": seen, "saved": list(enumerate(saved, start=1)), "width": shown.get("width"), "height": shown.get("height"), "note": shown.get("note"),
            "roads": _roads(layout, lanes), "grid": _grid(versions[0]) if versions else [], "reach": REACH_M,
        },
    )  # fmt: skip


def _posted(request: HttpRequest) -> list[list[str]]:
    return [[request.POST.get(f"{name}{n}", "").strip() for name in FIELDS] for n in range(1, ROWS + 1)]


def _known(versions: list[CameraCalibration], layout: Layout, lanes: list[str]) -> list[list[str]]:
    """The points in force; without any, a quad in the middle of the picture and one over the approach."""
    if versions:
        return [[f"{v:g}" for v in point] for point in versions[0].points]
    arm = next((a for a in layout.content["approaches"] for lane in layout.content["lanes"] if lane["key"] in lanes and lane["approach"] == a["key"]), None)
    angle = radians(float(arm["bearing"]) if arm else 0.0)
    out, right = (sin(angle), cos(angle)), (-cos(angle), sin(angle))
    quad = [(STOP_M, 8.0), (STOP_M, -1.0), (STOP_M + 24, -1.0), (STOP_M + 24, 8.0)]
    found = []
    for (u, v), (along, aside) in zip(START, quad, strict=True):
        x, y = out[0] * along + right[0] * aside, out[1] * along + right[1] * aside
        found.append([f"{u * SIZE[0]:g}", f"{v * SIZE[1]:g}", f"{x:.1f}", f"{y:.1f}"])
    return found


def _rows(entered: list[list[str]], refusal: Refusal | None) -> list[Point]:
    wrong = getattr(refusal, "field", "") or ""
    rows = []
    for n in range(1, ROWS + 1):
        values = entered[n - 1] if n <= len(entered) else [""] * 4
        labels = (_("Picture, across"), _("Picture, down"), _("Map, east"), _("Map, north"))
        rows.append(
            Point(n, [(f"{name}{n}", value, label) for name, value, label in zip(FIELDS, values, labels, strict=True)],
                  str(refusal) if wrong == f"point_{n}" else "")
        )  # fmt: skip
    return rows


def _points(request: HttpRequest) -> tuple[list[Pair], tuple[int, int]]:
    """What was entered as numbers; rows left empty are left out. Raises BadPoints."""
    points: list[Pair] = []
    for n, row in enumerate(_posted(request), start=1):
        if not any(row):
            continue
        try:
            u, v, x, y = (float(text.replace(",", ".")) for text in row)
        except ValueError as problem:
            raise services.BadPoints(
                _("Point %(number)s: enter four numbers, or leave all four empty.") % {"number": n}, field=f"point_{n}"
            ) from problem
        if not all(abs(value) < 1e5 for value in (u, v, x, y)):
            raise services.BadPoints(_("Point %(number)s: a number is too large.") % {"number": n}, field=f"point_{n}")
        points.append((u, v, x, y))
    try:
        size = int(request.POST.get("width", "")), int(request.POST.get("height", ""))
    except ValueError as problem:
        raise services.BadPoints(_("Enter width and height of the picture in whole pixels."), field="width") from problem
    return points, size


def _roads(layout: Layout, lanes: list[str]) -> list[dict[str, Any]]:
    """Lanes as strokes of the map, rows downwards; those of the zone stand out."""
    strokes = []
    for arm in layout.content["approaches"]:
        angle = radians(float(arm["bearing"]))
        out, right = (sin(angle), cos(angle)), (-cos(angle), sin(angle))
        mine = [lane for lane in layout.content["lanes"] if lane["approach"] == arm["key"]]
        for n, lane in enumerate(mine):
            width = float(lane["width_m"])
            aside = width * (len(mine) - n - 0.5)
            (x1, y1), (x2, y2) = ((out[0] * d + right[0] * aside, out[1] * d + right[1] * aside) for d in (STOP_M, REACH_M))
            strokes.append(
                {"key": lane["key"], "x1": round(x1, 2), "y1": round(-y1, 2), "x2": round(x2, 2), "y2": round(-y2, 2), "width": width * 0.92,
                 "is_mine": lane["key"] in lanes, "tx": round((x1 + x2) / 2, 2), "ty": round(-(y1 + y2) / 2, 2)}
            )  # fmt: skip
    return strokes


def _grid(version: CameraCalibration) -> list[str]:
    """The map's grid of five metres as it lies in the picture: on the ground it must look like a chessboard."""
    import numpy as np

    points = [(p[0], p[1], p[2], p[3]) for p in version.points]
    try:
        found = solve(points, size=(version.width, version.height))
    except services.BadPoints:
        return []
    ground = np.array([p[2:] for p in points])
    low, high = np.floor(ground.min(axis=0) / 5) * 5, np.ceil(ground.max(axis=0) / 5) * 5
    lines = []
    for axis in (0, 1):
        for fixed in np.arange(low[axis], high[axis] + 0.1, 5.0)[:24]:
            run = np.linspace(low[1 - axis], high[1 - axis], 12)
            metres = np.column_stack([np.full(12, fixed), run] if axis == 0 else [run, np.full(12, fixed)])
            depth = np.column_stack([metres, np.ones(12)]) @ found.to_image[2]
            inside = ground.mean(axis=0) @ found.to_image[2, :2] + found.to_image[2, 2]
            pixels = found.picture(metres)[depth * inside > 0]
            lines.append(" ".join(f"{u:.1f},{v:.1f}" for u, v in pixels if abs(u) < 1e4 and abs(v) < 1e4))
    return [line for line in lines if line]
