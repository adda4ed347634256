"""What a wall shows: the tiles of a scene with their figures, each with its time and source."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from langbiang.foundation.access import Refusal
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.places import queries as places

from . import figures, queries
from .charts import Line, line
from .figures import Measure, Scope
from .maps import Map, choropleth
from .writing import written

VIEWS = ("number", "map", "rank", "series", "alerts")
RANKED = 7
# A tile that could not be renewed for this long says so.
FRESH_S = 90


class BadLayout(Refusal, ValueError):
    """A wall says something that cannot be shown."""


@dataclass(frozen=True)
class Row:
    """One line of a ranking or of the list of alerts."""

    name: str
    value: str
    url: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Tile:
    """One tile as it is drawn."""

    view: str
    place: Mapping[str, int]
    title: str
    period: str
    as_of: datetime
    value: str = ""
    unit: str = ""
    note: str = ""
    tone: str = ""
    url: str = ""
    map: Map | None = None
    rows: list[Row] = field(default_factory=list)
    line: Line | None = None
    events: str = ""
    fresh_s: int = FRESH_S


def check_layout(entry: Mapping[str, Any]) -> None:
    """Raise BadLayout naming the scene and tile that cannot be shown."""
    columns, rows = int(entry["columns"]), int(entry["rows"])
    if not entry["scenes"]:
        raise BadLayout(_("A wall needs at least one scene."), field="scenes")
    for scene_no, scene in enumerate(entry["scenes"], start=1):
        taken: set[tuple[int, int]] = set()
        for tile_no, tile in enumerate(scene["tiles"], start=1):
            where = _("Scene %(scene)s, tile %(tile)s:") % {"scene": scene_no, "tile": tile_no}
            if tile["view"] not in VIEWS:
                raise BadLayout(f"{where} " + _("there is no view “%(view)s”.") % {"view": tile["view"]}, field="view")
            if tile["view"] != "alerts":
                figures.figure(tile["measure"])
            cells = {
                (x, y) for x in range(tile["x"], tile["x"] + tile["w"]) for y in range(tile["y"], tile["y"] + tile["h"])
            }
            if any(not (1 <= x <= columns and 1 <= y <= rows) for x, y in cells):
                raise BadLayout(f"{where} " + _("it lies outside the grid."), field="x")
            if taken & cells:
                raise BadLayout(f"{where} " + _("it covers another tile."), field="x")
            taken |= cells


def scene_events(scene: Mapping[str, Any]) -> frozenset[str]:
    """Names of the events that may change something on a scene."""
    return figures.touched_by(tile.get("measure", "") for tile in scene["tiles"])


def tiles(
    scene: Mapping[str, Any], *, agencies: frozenset[int] | None, at: datetime, links: bool, then: bool = False
) -> list[Tile]:
    """The tiles of a scene with the figures of these agencies (None: all), with links to the desk for people; `then`
    asks for what was known at the moment `at`."""
    return [_tile(spec, agencies, at, links, then) for spec in scene["tiles"]]


def scope_of(spec: Mapping[str, Any], agencies: frozenset[int] | None, at: datetime, *, then: bool = False) -> Scope:
    """The period, agencies and filters of a tile at a moment: so many days until today."""
    today = timezone.localdate(at)
    if wanted := spec.get("agency"):
        below = organizations.descendant_ids(int(wanted), on=today)
        agencies = below if agencies is None else agencies & below
    return Scope(
        today - timedelta(days=int(spec.get("days", 1)) - 1), today, agencies, spec.get("filters", {}), at if then else None
    )


def _tile(spec: Mapping[str, Any], agencies: frozenset[int] | None, at: datetime, links: bool, then: bool) -> Tile:
    place = {key: int(spec[key]) for key in ("x", "y", "w", "h")}
    if spec["view"] == "alerts":
        found = queries.open_alerts(agencies, limit=RANKED)
        rows = [
            Row(each.words, each.since, reverse("centre:alert", args=[each.id]) if links else "", each.tone)
            for each in found.rows
        ]
        note = "" if rows else _("No alert is open.")
        return Tile(
            "alerts", place, _("Open alerts"), "", at, value=str(found.total), rows=rows, note=note, events="centre.*"
        )
    known = figures.figure(spec["measure"])
    scope = scope_of(spec, agencies, at, then=then)
    asked = {"from": f"{scope.first:%d/%m/%Y}", "to": f"{scope.last:%d/%m/%Y}", **scope.filters}
    if then:
        asked["known_at"] = at.isoformat()
    url = f"{reverse('centre:figure', args=[known.name])}?{urlencode(asked)}" if links else ""
    if url and spec.get("agency"):
        url += f"&agency={spec['agency']}"
    shared: dict[str, Any] = {
        "view": spec["view"], "place": place, "title": str(known.title), "period": period_words(known, scope),
        "as_of": at, "url": url, "events": " ".join(sorted(figures.touched_by([known.name]))),
    }  # fmt: skip

    def address(code: str) -> str:
        return f"{url}&unit={code}"

    match spec["view"]:
        case "map":
            return Tile(
                **shared, map=map_of(known, scope, way=spec.get("way", "quantile"), url_of=address if links else None)
            )
        case "rank":
            return Tile(**shared, rows=_ranked(known, scope, links))
        case "series":
            return Tile(**shared, line=line(figures.by_day(known.name, scope), known), **_number(known, scope))
    return Tile(**shared, **_number(known, scope))


def period_words(known: Measure, scope: Scope) -> str:
    """The period of a figure in words."""
    days = (scope.last - scope.first).days + 1
    if known.is_stock:
        return _("now")
    return _("today") if days == 1 else _("last %(days)s days") % {"days": days}


def map_of(known: Measure, scope: Scope, *, way: str, url_of: Callable[[str], str] | None) -> Map:
    """A figure on the map of the units, each leading to the address that `url_of` gives for its code."""
    found = figures.by_place(known.name, scope)
    # A count of nothing is zero; a share of nothing is no value.
    empty = None if known.is_ratio else 0.0
    values = {
        row.code: found[row.code].number if row.code in found else empty for row in places.communes(on=scope.last)
    }
    values |= {code: value.number for code, value in found.items() if code not in values}
    return choropleth(
        values, written=lambda value: written(value, known), on=scope.last,
        way=way if way != "diverging" or known.target is not None else "quantile", target=known.target,
        url_of=url_of or (lambda code: ""),
    )  # fmt: skip


def _number(known: Measure, scope: Scope) -> dict[str, Any]:
    value = figures.total(known.name, scope)
    days = (scope.last - scope.first).days + 1
    back = timedelta(days=days)
    before = replace(scope, first=scope.first - back, last=scope.last - back)
    note = ""
    if value.base is not None:
        note = _("%(top)s of %(base)s") % {
            "top": written(float(value.top), None),
            "base": written(float(value.base), None),
        }
    elif days > 1:
        earlier = figures.total(known.name, before).number
        note = _("%(value)s in the %(days)s days before") % {"value": written(earlier, known), "days": days}
    return {"value": written(value.number, known), "note": note, "tone": tone_of(known, value.number)}


def tone_of(known: Measure, value: float | None) -> str:
    """late where a figure misses its target; a figure without one has no tone."""
    if known.target is None or value is None or known.direction == 0:
        return ""
    return "late" if (value - known.target) * known.direction < 0 else "done"


def _ranked(known: Measure, scope: Scope, links: bool) -> list[Row]:
    """The units furthest on the wrong side, named."""
    found = [(code, value.number) for code, value in figures.by_place(known.name, scope).items()]
    rows = [(code, number) for code, number in found if number is not None]
    rows.sort(key=lambda each: (each[1] if known.direction > 0 else -each[1], each[0]))
    address = reverse("centre:figure", args=[known.name]) + f"?from={scope.first}&to={scope.last}&unit="
    return [
        Row(places.name_of(code) or code, written(number, known), address + code if links else "")
        for code, number in rows[:RANKED]
    ]
