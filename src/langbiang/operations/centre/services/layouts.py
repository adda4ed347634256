"""The layouts of walls, kept by people: made, copied, changed, put away and brought back, each time with a reason."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from langbiang.foundation import events
from langbiang.foundation.access import Actor, Refusal, Stale
from langbiang.foundation.access import policies as access
from langbiang.foundation.audit import services as audit
from langbiang.foundation.language.folding import fold
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.indicators import queries as indicators

from .. import classing, figures, policies, versions
from ..events import LayoutChanged
from ..maps import HEXAGONS, LAND
from ..models import KioskKey, Layout
from ..placing import GRIDS, misplaced
from ..walls import VIEWS, BadLayout, check_layout
from .rules import changed_meanwhile

MOST_SCENES, MOST_TILES, LONGEST_DAYS = 12, 40, 366
ROTATES = (5, 3600)
# Ways to colour a map that need no more than its figure.
WAYS = tuple(way for way in classing.WAYS if way != "manual")
# Views that show neither a figure nor an indicator.
WITHOUT_FIGURE = ("alerts", "junctions")
# Addresses that are no walls.
_RESERVED = ("new", "preview")
_ABOUT = re.compile(r"[a-z_.]{0,80}")


class BadTile(BadLayout):
    """A tile cannot be shown; `scene` and `tile` are its numbers from zero, `words` what is wrong without its name."""

    def __init__(self, name: str, words: str, *, scene: int, tile: int, field: str, way_out: str) -> None:
        super().__init__(f"{name}: {words}", field=field, way_out=way_out)
        self.scene, self.tile, self.words = scene, tile, words


class NoSuchLayout(Refusal):
    """There is no such wall."""

    status = 404


class InUse(Refusal):
    """Screens show this wall."""


def problems(told: Mapping[str, Any], *, at: datetime) -> list[BadLayout]:
    """All that cannot be shown of what a wall says, each with its field; of a tile with its scene and number."""
    return list(_problems(told, timezone.localdate(at)))


def make_layout(actor: Actor, *, told: Mapping[str, Any], reason: str, at: datetime) -> Layout:
    """A new wall. Raises Forbidden, BadLayout."""
    with transaction.atomic():
        access.require(policies.may_keep(actor))
        _checked(told, reason, at)
        layout = Layout(slug=_slug_for(str(told["title"])))
        _tell(layout, told)
        layout.save()
        versions.keep(layout, by=actor.label, reason=reason.strip(), at=at)
        audit.record(actor, "centre.layout_made", layout, after={"title": layout.title, "reason": reason.strip()}, at=at)
    return layout


def change_layout(
    actor: Actor, *, layout_id: int, revision: int, told: Mapping[str, Any], reason: str, at: datetime
) -> Layout:
    """Save the next version of a wall; its screens show it at once. Raises Forbidden, NoSuchLayout, Stale, BadLayout."""
    with transaction.atomic():
        layout = _held(actor, layout_id, revision)
        _checked(told, reason, at)
        before = versions.told_of(layout)
        _tell(layout, told)
        _kept(actor, layout, "centre.layout_changed", before, reason, at)
    return layout


def restore_layout(
    actor: Actor, *, layout_id: int, revision: int, number: int, reason: str, at: datetime
) -> Layout:
    """Let a wall show a former version again, as its next one; one that was put away comes back by it.

    Raises Forbidden, NoSuchLayout, Stale, BadLayout (a former version may name a figure that is gone).
    """
    with transaction.atomic():
        layout = _held(actor, layout_id, revision)
        version = layout.versions.filter(number=number).first()
        if version is None:
            raise NoSuchLayout(_("There is no such version."))
        _checked(version.told, reason, at)
        before = versions.told_of(layout)
        versions.tell(layout, version.told)
        layout.removed_at = None
        _kept(actor, layout, "centre.layout_restored", before, reason, at)
    return layout


def remove_layout(actor: Actor, *, layout_id: int, revision: int, reason: str, at: datetime) -> Layout:
    """Put a wall away that no screen shows; its versions stay. Raises Forbidden, NoSuchLayout, Stale, InUse, BadLayout."""
    with transaction.atomic():
        layout = _held(actor, layout_id, revision)
        _reasoned(reason)
        screens = list(screens_of(layout, at=at).values_list("name", flat=True))
        if screens:
            raise InUse(
                _("These screens show it: %(screens)s.") % {"screens": ", ".join(screens)},
                way_out=_("Give them another wall, or revoke their keys first."),
            )
        if layout.removed_at is None:
            layout.removed_at = at
            _kept(actor, layout, "centre.layout_removed", versions.told_of(layout), reason, at)
    return layout


def screens_of(layout: Layout, *, at: datetime) -> Any:
    """The keys by which screens show a wall at a moment, by name."""
    return KioskKey.objects.filter(layout=layout, revoked_at=None, valid_until__gt=at).order_by("name", "pk")


def _tell(layout: Layout, told: Mapping[str, Any]) -> None:
    columns, rows = GRIDS[told["shape"]]
    versions.tell(layout, {**told, "columns": columns, "rows": rows})


def _kept(actor: Actor, layout: Layout, act: str, before: Mapping[str, Any], reason: str, at: datetime) -> None:
    layout.revision += 1
    layout.save()
    versions.keep(layout, by=actor.label, reason=reason.strip(), at=at)
    changed = [name for name, _was, _is in versions.differences(before, versions.told_of(layout), layout)]
    audit.record(
        actor, act, layout, before={"revision": layout.revision - 1},
        after={"revision": layout.revision, "changed": changed, "reason": reason.strip()}, at=at,
    )  # fmt: skip
    events.emit(actor, LayoutChanged(layout=layout.slug, revision=layout.revision), at=at, subject=f"layout:{layout.pk}")


def _held(actor: Actor, layout_id: int, revision: int) -> Layout:
    access.require(policies.may_keep(actor))
    layout = Layout.objects.select_for_update().filter(pk=layout_id).first()
    if layout is None:
        raise NoSuchLayout(_("There is no such wall."))
    if layout.revision != revision:
        raise Stale(changed_meanwhile(layout), way_out=_("Compare both, then save again what should hold."))
    return layout


def _checked(told: Mapping[str, Any], reason: str, at: datetime) -> None:
    for each in problems(told, at=at):
        raise each
    columns, rows = GRIDS[told["shape"]]
    check_layout({**told, "columns": columns, "rows": rows})
    _reasoned(reason)


def _reasoned(reason: str) -> None:
    if len(reason.strip()) < 5:
        raise BadLayout(_("Say why: who reads this later was not there."), field="reason", way_out=_("Write a sentence."))


def _problems(told: Mapping[str, Any], day: date) -> Iterator[BadLayout]:
    if not str(told.get("title") or "").strip():
        yield BadLayout(_("A wall needs a name."), field="title", way_out=_("Say what it shows, or where it hangs."))
    if told.get("shape") not in GRIDS:
        yield BadLayout(_("There is no such shape."), field="shape", way_out=_("Choose one from the list."))
        return
    if told.get("theme") not in Layout.Theme.values:
        yield BadLayout(_("A wall is dark or light."), field="theme", way_out=_("Choose one from the list."))
    least, most = ROTATES
    rotate = told.get("rotate_s")
    if rotate is None or (rotate != 0 and not least <= int(rotate) <= most):
        words = _("A scene stays for %(least)s to %(most)s seconds, or for good with 0.") % {"least": least, "most": most}
        yield BadLayout(words, field="rotate_s", way_out=_("Half a minute is a good beginning."))
    scenes = told.get("scenes") or []
    if not 1 <= len(scenes) <= MOST_SCENES:
        yield BadLayout(_("A wall has one to %(most)s scenes.") % {"most": MOST_SCENES}, field="scenes")
    there = {code for code, _name in known_indicators(day)} if any(tile.get("indicator") for scene in scenes for tile in scene["tiles"]) else set()
    for number, scene in enumerate(scenes):
        yield from _of_scene(number, scene, GRIDS[told["shape"]], there, day)


def _of_scene(
    number: int, scene: Mapping[str, Any], grid: tuple[int, int], there: set[str], day: date
) -> Iterator[BadLayout]:
    where = _("Scene %(n)s:") % {"n": number + 1}
    if not str(scene.get("title") or "").strip():
        yield BadLayout(f"{where} " + _("it needs a name."), field=f"s{number}-title", way_out=_("The wall shows it above its tiles."))
    tiles: Sequence[Mapping[str, Any]] = scene["tiles"]
    if not 1 <= len(tiles) <= MOST_TILES:
        yield BadLayout(
            f"{where} " + _("it has one to %(most)s tiles.") % {"most": MOST_TILES}, field=f"s{number}-title",
            way_out=_("Add one, or remove the scene."),
        )  # fmt: skip
        return
    for n, tile in enumerate(tiles):
        for field, words, way_out in _of_tile(tile, there, day):
            yield BadTile(tile_words(number, n, tile), words, scene=number, tile=n, field=field, way_out=way_out)
    columns, rows = grid
    for each in misplaced(tiles, columns=columns, rows=rows):
        tile = tiles[each.tile]
        name = tile_words(number, each.tile, tile)
        if each.covers is None:
            words = _("it lies outside the grid of %(columns)s columns and %(rows)s rows.") % {"columns": columns, "rows": rows}
            right, bottom = int(tile["x"]) + int(tile["w"]) - 1, int(tile["y"]) + int(tile["h"]) - 1
            way_out = _("It would reach column %(right)s and row %(bottom)s.") % {"right": right, "bottom": bottom}
        else:
            words = _("it covers tile %(n)s (%(title)s).") % {"n": each.covers + 1, "title": title_of_tile(tiles[each.covers])}
            way_out = _("Move or narrow one of the two.")
        yield BadTile(name, words, scene=number, tile=each.tile, field="x", way_out=way_out)


def _of_tile(tile: Mapping[str, Any], there: set[str], day: date) -> Iterator[tuple[str, str, str]]:
    choose = _("Choose one from the list.")
    view = tile.get("view")
    if view not in VIEWS:
        yield "view", _("there is no such view."), choose
        return
    if view == "indicator":
        if not tile.get("indicator"):
            yield "what", _("it shows an indicator, so it has to name one."), choose
        elif tile["indicator"] not in there:
            yield "what", _("there is no indicator %(code)s.") % {"code": tile["indicator"]}, choose
    elif view not in WITHOUT_FIGURE and tile.get("indicator"):
        if tile["indicator"] not in there:
            yield "what", _("there is no indicator %(code)s.") % {"code": tile["indicator"]}, choose
        elif not _is_drawn(tile):
            yield "view", _("an indicator is not shown in this way."), choose
            return
    elif view not in WITHOUT_FIGURE:
        for key in ("measure", "needs"):
            if key == "needs" and not tile.get("needs"):
                continue
            try:
                figures.figure(str(tile.get(key) or ""))
            except figures.NoSuchFigure:
                yield "what", _("it shows a figure, so it has to name one."), choose
                return
        astray = set(tile.get("filters") or {}) - set(figures.figure(tile["measure"]).records.filters)
        if astray:
            yield "what", _("this figure cannot be narrowed by: %(filters)s.") % {"filters": ", ".join(sorted(astray))}, choose
    if not 1 <= int(tile.get("days", 1)) <= LONGEST_DAYS:
        yield "days", _("it covers one to %(most)s days.") % {"most": LONGEST_DAYS}, _("Write a whole number.")
    if tile.get("way", "quantile") not in WAYS:
        yield "way", _("there is no such way to colour a map."), choose
    if tile.get("drawing", HEXAGONS) not in (HEXAGONS, LAND):
        yield "drawing", _("there is no such drawing."), choose
    if not _ABOUT.fullmatch(str(tile.get("about", ""))):
        yield "view", _("its list of alerts is narrowed to figures that do not exist."), _("Add the tile anew.")
    if tile.get("agency") and int(tile["agency"]) not in {each.id for each in organizations.agencies_on(day)}:
        yield "place", _("there is no such agency."), _("Choose one of the names that are offered, or leave it empty.")


def _is_drawn(tile: Mapping[str, Any]) -> bool:
    """Whether the walls themselves can draw a tile of an indicator in its view."""
    alone = {**tile, "x": 1, "y": 1, "w": 1, "h": 1}
    try:
        check_layout({"columns": 1, "rows": 1, "scenes": [{"tiles": [alone]}]})
    except (BadLayout, KeyError):
        return False
    return True


def known_indicators(day: date) -> list[tuple[str, str]]:
    """The indicators in force on a day: code and name. Two SQL statements at most."""
    catalogue = indicators.Catalogue()
    rows = [row for code in catalogue.rows if (row := catalogue.row(code, day)) is not None]
    return [(row.code, indicators.named(row)) for row in sorted(rows, key=lambda row: (row.rank, row.code))]


def tile_words(scene: int, number: int, tile: Mapping[str, Any]) -> str:
    """A tile as people find it again: scene, number and what it shows."""
    return _("Scene %(scene)s, tile %(tile)s (%(title)s)") % {"scene": scene + 1, "tile": number + 1, "title": title_of_tile(tile)}


def title_of_tile(tile: Mapping[str, Any]) -> str:
    """What a tile shows, in words."""
    view = view_words().get(str(tile.get("view")), str(tile.get("view")))
    if tile.get("indicator"):
        return f"{view}: {tile['indicator']}"
    known = next((each for each in figures.every() if each.name == tile.get("measure")), None)
    return f"{view}: {known.title}" if known else view


def view_words() -> dict[str, str]:
    """The views of a tile."""
    return {
        "number": _("A number"), "map": _("Map"), "rank": _("Ranking"), "series": _("Line"), "alerts": _("Open alerts"),
        "indicator": _("Indicator"), "junctions": _("Junctions"),
    }  # fmt: skip


def _slug_for(title: str) -> str:
    """A name for addresses that no wall has yet."""
    base = slugify(fold(title))[:34].strip("-") or "wall"
    taken = {*Layout.objects.filter(slug__startswith=base).values_list("slug", flat=True), *_RESERVED}
    return next(slug for n in range(1, len(taken) + 2) if (slug := base if n == 1 else f"{base}-{n}") not in taken)
