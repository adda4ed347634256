"""What a wall shows: the tiles of a scene with their figures, each with its time and source."""

from collections.abc import Callable, Mapping, Sequence
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
from langbiang.foundation.ui import formats

from . import figures, junctions, published, queries
from .charts import Line, line, spark
from .figures import Measure, Scope
from .maps import HEXAGONS, LAND, Map, choropleth
from .writing import title_of, written

VIEWS = ("number", "map", "rank", "series", "alerts", "indicator", "junctions")
# Views that show no figure; what the others show is a measure, or an indicator.
WITHOUT_FIGURE = ("alerts", "junctions")
RANKED = 7
PUBLISHED = published.MOVED
# A wall itself shows something else; every screen looks.
REARRANGED = "centre.layout_changed"
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
    # Of an indicator: who gave it, and since when it is known.
    spark: list[str] = field(default_factory=list)
    source: str = ""
    known_since: datetime | None = None

    @property
    def size(self) -> str:
        """How large its value can be written without being cut off: by its length."""
        letters = len(self.value) + len(self.unit) // 2
        return "short" if letters <= 7 else "long" if letters <= 13 else "words"


@dataclass(frozen=True)
class Focus:
    """What somebody chose on one tile and all others follow: a unit with its agencies, and filters of figures. Maps and
    rankings go on showing all units; `address` gives where a unit of theirs leads."""

    address: Callable[[str], str]
    unit: str = ""
    agencies: frozenset[int] | None = None
    filters: Mapping[str, str] = field(default_factory=dict)


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
            if tile.get("drawing", HEXAGONS) not in (HEXAGONS, LAND):
                raise BadLayout(
                    f"{where} " + _("there is no drawing “%(drawing)s”.") % {"drawing": tile["drawing"]}, field="drawing"
                )
            if tile["view"] not in WITHOUT_FIGURE:
                _check_figure(tile, where)
            cells = {
                (x, y) for x in range(tile["x"], tile["x"] + tile["w"]) for y in range(tile["y"], tile["y"] + tile["h"])
            }
            if any(not (1 <= x <= columns and 1 <= y <= rows) for x, y in cells):
                raise BadLayout(f"{where} " + _("it lies outside the grid."), field="x")
            if taken & cells:
                raise BadLayout(f"{where} " + _("it covers another tile."), field="x")
            taken |= cells


def _check_figure(tile: Mapping[str, Any], where: str) -> None:
    """Raise BadLayout or NoSuchFigure: a tile shows one figure there is, a measure or an indicator."""
    if tile["view"] == "indicator" and not tile.get("indicator"):
        raise BadLayout(f"{where} " + _("it names no indicator."), field="indicator")
    if not tile.get("indicator"):
        if not tile.get("measure"):
            raise BadLayout(f"{where} " + _("it names no figure: neither a measure nor an indicator."), field="measure")
        figures.figure(tile["measure"])
        if tile.get("needs"):
            figures.figure(tile["needs"])
        return
    if tile.get("measure"):
        raise BadLayout(f"{where} " + _("it names a measure and an indicator; leave one of them out."), field="indicator")
    # Before the catalogue is loaded there is nothing to hold it against.
    codes = {each.code for each in published.every(on=timezone.now())}
    if codes and tile["indicator"] not in codes:
        raise BadLayout(f"{where} " + _("there is no indicator “%(code)s”.") % {"code": tile["indicator"]}, field="indicator")


def live_events() -> frozenset[str]:
    """Names of all events that may change something on some wall."""
    return figures.touched_by(each.name for each in figures.every()) | junctions.MOVED | {PUBLISHED, REARRANGED}


def scene_events(scene: Mapping[str, Any]) -> frozenset[str]:
    """Names of the events that may change something on a scene."""
    names = figures.touched_by(tile.get("measure", "") for tile in scene["tiles"])
    if any(tile["view"] == "junctions" for tile in scene["tiles"]):
        names |= junctions.MOVED
    return names | ({PUBLISHED} if any(tile.get("indicator") for tile in scene["tiles"]) else set())


def tiles(
    scene: Mapping[str, Any], *, agencies: frozenset[int] | None, at: datetime, links: bool, then: bool = False,
    focus: Focus | None = None, reach: published.Reach | None = None,
) -> list[Tile]:  # fmt: skip
    """The tiles of a scene with the figures of these agencies (None: all), with links to the desk for people; `then`
    asks for what was known at the moment `at`; `focus` is what was chosen on one of them; `reach` says whose published
    indicators are seen (without it those of the same agencies)."""
    shown = _Published(reach or published.Reach(agencies), agencies, at, links, then, focus)
    told = [spec for spec in scene["tiles"] if spec.get("indicator")]
    # A figure is as old as the first thing that happened and is not counted yet.
    until = {} if then else figures.followed_until(at=at)
    return [
        shown.tile(spec, told) if spec.get("indicator") else _tile(spec, agencies, at, links, then, until, focus)
        for spec in scene["tiles"]
    ]


class _Published:
    """The tiles of indicators of one scene: what several of them show is read once."""

    def __init__(
        self, reach: published.Reach, mine: frozenset[int] | None, at: datetime, links: bool, then: bool, focus: Focus | None
    ) -> None:
        self.reach, self.mine, self.at, self.links, self.then, self.focus = reach, mine, at, links, then, focus
        self._heads: dict[int | None, dict[str, published.Headline]] = {}
        self._spreads: dict[str, published.Spread | None] = {}

    @property
    def _known_at(self) -> datetime | None:
        return self.at if self.then else None

    def tile(self, spec: Mapping[str, Any], every: Sequence[Mapping[str, Any]]) -> Tile:
        """One tile; `every` are those of the scene that show indicators."""
        code, view = str(spec["indicator"]), str(spec["view"])
        if view in ("map", "rank"):
            return self._astray(spec, self._of_units(spec, code, view))
        agency = self._agency(spec)
        if agency not in self._heads:
            codes = [str(each["indicator"]) for each in every if each["view"] not in ("map", "rank") and self._agency(each) == agency]
            self._heads[agency] = published.headlines(codes, on=self.at, known_at=self._known_at, agency_id=agency)
        head = self._heads[agency].get(code)
        if view == "indicator" or head is None:
            return _indicator_tile(spec, head, self.at, self.links)
        return self._astray(spec, self._of_one(spec, head, view, agency))

    def _agency(self, spec: Mapping[str, Any]) -> int | None:
        """Whose figure a tile shows: that of the place it names, else of the unit that was chosen, else of the province."""
        if spec["view"] == "indicator":
            return None
        if spec.get("agency"):
            return int(spec["agency"])
        if self.focus and self.focus.unit:
            return organizations.commune_agency_id(self.focus.unit, on=timezone.localdate(self.at)) or 0
        return None

    def _of_one(self, spec: Mapping[str, Any], head: published.Headline, view: str, agency: int | None) -> Tile:
        """A figure of the province or of one unit, as a number or a line."""
        if agency is not None and not self.reach.sees(agency):
            head = replace(head, value=None, line=[], target=None, known_since=None)
        tile = _indicator_tile(spec, head, self.at, self.links)
        notes = [organizations.name_of(agency)] if agency else []
        if not head.is_of_level:
            notes.append(published.level_words())
        elif agency is not None and not self.reach.sees(agency):
            notes.append(_("not shown here"))
        url = self._page(head.code)
        if self.links and self.reach.may_open and agency is not None and head.period_name:
            url = published.address(head.code, agency, head.period_name)
        note = " · ".join(filter(None, [*notes, tile.note]))
        drawn = published.line_of(head) if view == "series" else None
        return replace(tile, view=view, note=note, url=url, spark=[], line=drawn)

    def _of_units(self, spec: Mapping[str, Any], code: str, view: str) -> Tile:
        """All units beside each other, on the map or the furthest off."""
        if code not in self._spreads:
            self._spreads[code] = published.spread(code, on=self.at, known_at=self._known_at)
        found = self._spreads[code]
        place = {key: int(spec[key]) for key in ("x", "y", "w", "h")}
        if found is None:
            return Tile(view, place, code, "", self.at, value="–", note=_("There is no such indicator."))
        seen = published.within(found, self.reach)
        since = [each.figure.newest for each in seen.values() if each.figure.value is not None and each.figure.newest]
        shared: dict[str, Any] = {
            "view": view, "place": place, "title": found.described.name, "period": found.words, "as_of": self.at,
            "url": self._page(code), "source": found.described.source, "known_since": max(since, default=None), "events": PUBLISHED,
        }  # fmt: skip
        if not found.is_of_units:
            return Tile(**shared, value="–", note=published.level_words())
        notes = [published.coverage_words(found, self.reach)]
        if found.target is not None:
            notes.append(_("target %(value)s") % {"value": published.written(found.target, found.described)})
        notes.append(published.begun_words(found))
        note = " · ".join(filter(None, notes))
        if view == "rank":
            rows = [
                Row(title_of(unit), published.told(figure, found.described), self._unit_url(found, unit))
                for unit, figure in published.worst_first(found, self.reach)[:RANKED]
            ]
            return Tile(**shared, rows=rows, note=note)
        drawn = published.map_of(
            found, self.reach, way=str(spec.get("way", "")), drawing=spec.get("drawing", HEXAGONS),
            url_of=lambda unit: self._unit_url(found, unit), chosen=self.focus.unit if self.focus else "",
        )  # fmt: skip
        return Tile(**shared, map=drawn, note=note)

    def _unit_url(self, found: published.Spread, unit: str) -> str:
        """Where a unit leads: to what the page narrows itself to, else to where its figure comes from."""
        agency = found.units[unit].agency_id
        if self.links and self.focus and (self.mine is None or agency in self.mine):
            return self.focus.address(unit)
        return published.address(found.described.code, agency, found.period) if self.links and self.reach.may_open else ""

    def _page(self, code: str) -> str:
        if not self.links:
            return ""
        told = {"known_at": self.at.isoformat()} if self.then else {}
        if self.focus and self.focus.unit:
            told["unit"] = self.focus.unit
        return reverse("centre:indicator", args=[code]) + (f"?{urlencode(told)}" if told else "")

    def _astray(self, spec: Mapping[str, Any], tile: Tile) -> Tile:
        """What was reported cannot be narrowed: a figure of everything must not be taken for one of what was chosen."""
        asked = {**spec.get("filters", {}), **(self.focus.filters if self.focus else {})}
        if not (told := [key for key, value in asked.items() if value]):
            return tile
        return replace(tile, note=" · ".join(filter(None, [tile.note, _not_narrowed(told)])))


def _indicator_tile(spec: Mapping[str, Any], known: published.Headline | None, at: datetime, links: bool) -> Tile:
    """The newest figure of an indicator of the province with its line; what is not there yet is said, not drawn."""
    place = {key: int(spec[key]) for key in ("x", "y", "w", "h")}
    if known is None:
        return Tile("indicator", place, str(spec["indicator"]), "", at, value="–", note=_("There is no such indicator."))
    number = float(known.value) if known.value is not None else None
    value = "–" if known.value is None else f"{formats.number(known.value, known.decimals)}{' %' if known.unit == '%' else ''}"
    notes = []
    if known.is_behind and known.value is not None:
        notes.append(_("the period after it is not reported yet"))
    if known.is_provisional:
        notes.append(_("%(have)s of %(of)s units") % {"have": known.have, "of": known.of})
    if worth := published.status_words(known.status):
        notes.append(worth)
    if known.target is not None:
        notes.append(_("target %(value)s") % {"value": formats.number(known.target, known.decimals)})
    tone = ""
    if known.target is not None and number is not None and known.direction:
        tone = "late" if (number - float(known.target)) * known.direction < 0 else "done"
    return Tile(
        "indicator", place, known.name, known.period or _("no data"), at, value=value,
        unit="" if known.unit == "%" else known.unit, note=" · ".join(notes), tone=tone if known.target is not None else "",
        url=known.url if links else "", spark=spark([None if each is None else float(each) for _period, each in known.line]),
        source=known.source, known_since=known.known_since, events=PUBLISHED,
    )  # fmt: skip


def scope_of(spec: Mapping[str, Any], agencies: frozenset[int] | None, at: datetime, *, then: bool = False) -> Scope:
    """The period, agencies and filters of a tile at a moment: so many days until today."""
    today = timezone.localdate(at)
    if wanted := spec.get("agency"):
        below = organizations.descendant_ids(int(wanted), on=today)
        agencies = below if agencies is None else agencies & below
    return Scope(
        today - timedelta(days=int(spec.get("days", 1)) - 1), today, agencies, spec.get("filters", {}), at if then else None
    )


def _tile(
    spec: Mapping[str, Any], agencies: frozenset[int] | None, at: datetime, links: bool, then: bool, until: Mapping[str, datetime],
    focus: Focus | None,
) -> Tile:  # fmt: skip
    place = {key: int(spec[key]) for key in ("x", "y", "w", "h")}
    if spec["view"] == "junctions":
        return _junctions(place, agencies, at, links)
    if spec["view"] == "alerts":
        found = queries.open_alerts(agencies, limit=RANKED, about=spec.get("about", ""))
        rows = [
            Row(each.words, each.since, reverse("centre:alert", args=[each.id]) if links else "", each.tone)
            for each in found.rows
        ]
        note = "" if rows else _("No alert is open.")
        return Tile(
            "alerts", place, _("Open alerts"), "", at, value=str(found.total), rows=rows, note=note, events="centre.*", source=_("alerts")
        )
    known = figures.figure(spec["measure"])
    asked_for = {**spec.get("filters", {}), **(focus.filters if focus else {})}
    spec = {**spec, "filters": {key: value for key, value in asked_for.items() if key in known.records.filters}}
    tile = _figure_tile(spec, known, place, agencies, at, links, then, until, focus)
    if astray := [key for key, value in asked_for.items() if value and key not in known.records.filters]:
        # A figure of everything must not be taken for one of what was chosen.
        return replace(tile, note=" · ".join(filter(None, [tile.note, _not_narrowed(astray)])))
    return tile


def _not_narrowed(keys: Sequence[str]) -> str:
    return _("cannot be narrowed by: %(filters)s") % {"filters": ", ".join(map(_filter_title, keys))}


def _filter_title(key: str) -> str:
    """What a filter is called by the figures that have it."""
    return next((str(each.records.filters[key].title).lower() for each in figures.every() if key in each.records.filters), key)


def _figure_tile(
    spec: Mapping[str, Any], known: Measure, place: dict[str, int], agencies: frozenset[int] | None, at: datetime, links: bool,
    then: bool, until: Mapping[str, datetime], focus: Focus | None,
) -> Tile:  # fmt: skip
    """A measure in one of its views."""
    if focus and focus.unit and spec["view"] not in ("map", "rank"):
        agencies = focus.agencies
    scope = scope_of(spec, agencies, at, then=then)
    asked = {"from": f"{scope.first:%d/%m/%Y}", "to": f"{scope.last:%d/%m/%Y}", **scope.filters}
    if then:
        asked["known_at"] = at.isoformat()
    url = f"{reverse('centre:figure', args=[known.name])}?{urlencode(asked)}" if links else ""
    if url and spec.get("agency"):
        url += f"&agency={spec['agency']}"
    elif url and focus and focus.unit and spec["view"] not in ("map", "rank"):
        url += f"&unit={focus.unit}"
    shared: dict[str, Any] = {
        "view": spec["view"], "place": place, "title": str(known.title), "period": period_words(known, scope),
        "as_of": until.get(known.records.name, at), "url": url, "source": str(known.records.title), "events": " ".join(sorted(figures.touched_by([known.name]))),
    }  # fmt: skip

    def address(code: str) -> str:
        return focus.address(code) if focus else f"{url}&unit={code}"

    if spec.get("needs") and figures.total(spec["needs"], scope).base == 0:
        # Nothing was counted at all: a zero would say that there was nothing.
        return Tile(**shared, value=written(None, known))
    match spec["view"]:
        case "map":
            return Tile(
                **shared, map=map_of(known, scope, way=spec.get("way", "quantile"), url_of=address if links else None,
                               drawing=spec.get("drawing", HEXAGONS), chosen=focus.unit if focus else "")
            )
        case "rank":
            rows = _ranked(known, scope, address if links else None)
            return Tile(**shared, rows=rows, note="" if rows else _("No unit."))
        case "series":
            return Tile(**shared, line=line(figures.by_day(known.name, scope), known), **_number(known, scope))
    return Tile(**shared, **_number(known, scope))


def _junctions(place: dict[str, int], agencies: frozenset[int] | None, at: datetime, links: bool) -> Tile:
    """Every junction with what it does now, what needs somebody first."""
    rows = [
        Row(each.name, each.words, each.url if links else "", each.tone) for each in junctions.standing(agencies, at=at)
    ]
    return Tile(
        "junctions", place, _("Junctions"), _("now"), at, rows=rows, note="" if rows else _("No junction is described yet."),
        url=junctions.address() if links else "", events=" ".join(sorted(junctions.MOVED)), source=_("reports of the junctions"),
    )  # fmt: skip


def period_words(known: Measure, scope: Scope) -> str:
    """The period of a figure in words."""
    days = (scope.last - scope.first).days + 1
    if known.is_stock:
        return _("now")
    return _("today") if days == 1 else _("last %(days)s days") % {"days": days}


def map_of(
    known: Measure, scope: Scope, *, way: str, url_of: Callable[[str], str] | None, drawing: str = HEXAGONS, chosen: str = ""
) -> Map:
    """A figure on the map of the units, each leading to the address that `url_of` gives for its code."""
    found = figures.by_place(known.name, scope)
    inside = figures.units_touched(scope.agencies, on=scope.last)
    # A count of nothing is zero; a share of nothing, and what lies outside of what is asked, is no value.
    empty = None if known.is_ratio else 0.0
    shown = [row.code for row in places.communes(on=scope.last)]
    values = {code: empty if inside is None or code in inside else None for code in shown}
    values |= {code: value.number for code, value in found.items()}
    return choropleth(
        values, written=lambda value: written(value, known), on=scope.last,
        way=way if way != "diverging" or known.target is not None else "quantile", target=known.target,
        url_of=lambda code: url_of(code) if url_of and (inside is None or code in inside) else "", drawing=drawing, direction=known.direction, chosen=chosen,
    )  # fmt: skip


def _number(known: Measure, scope: Scope) -> dict[str, Any]:
    value = figures.total(known.name, scope)
    days = (scope.last - scope.first).days + 1
    back = timedelta(days=days)
    before = replace(scope, first=scope.first - back, last=scope.last - back)
    note = ""
    if value.base:
        note = _("%(top)s of %(base)s") % {
            "top": written(float(value.top), None),
            "base": written(float(value.base), None),
        }
    elif value.base is None and days > 1:
        earlier = figures.total(known.name, before).number
        note = _("%(value)s in the %(days)s days before") % {"value": written(earlier, known), "days": days}
    return {"value": written(value.number, known), "note": note, "tone": tone_of(known, value.number)}


def tone_of(known: Measure, value: float | None) -> str:
    """late where a figure misses its target; a figure without one has no tone."""
    if known.target is None or value is None or known.direction == 0:
        return ""
    return "late" if (value - known.target) * known.direction < 0 else "done"


def _ranked(known: Measure, scope: Scope, url_of: Callable[[str], str] | None) -> list[Row]:
    """The units furthest on the wrong side, named."""
    found = [(code, value.number) for code, value in figures.by_place(known.name, scope).items()]
    rows = [(code, number) for code, number in found if number is not None]
    rows.sort(key=lambda each: (each[1] if known.direction > 0 else -each[1], each[0]))
    return [
        Row(title_of(code), written(number, known), url_of(code) if url_of else "") for code, number in rows[:RANKED]
    ]
