"""One version of a layout to look at: the whole of it as tables, and what differs from another, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from langbiang.foundation.ui import formats

from ..differences import TIMES, Difference, differences
from ..layout import PEDESTRIAN, Layout
from .drawing import Picture, draw_stage

Content = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """A difference as people read it."""

    what: str
    was: str
    becomes: str
    is_dangerous: bool


@dataclass(frozen=True)
class Cell:
    """A field of a read-only table; `was` is said only where another value stood there."""

    text: str
    was: str = ""
    is_dangerous: bool = False


def _figure(value: Any) -> str:
    """A number with the decimals it has, two at most."""
    if not isinstance(value, int | float):
        return ""
    places = next((n for n in (0, 1) if round(value, n) == round(value, 2)), 2)
    return formats.number(value, places)


def _seconds(value: Any) -> str:
    return _("%(figure)s s") % {"figure": _figure(value)} if isinstance(value, int | float) else _("not there")


def _metres(value: Any) -> str:
    return _("%(figure)s m") % {"figure": _figure(value)} if isinstance(value, int | float) else _("not there")


def _word(value: Any) -> str:
    """A kind or a turn in words; what is free text stays as it is."""
    return {
        "vehicle": _("vehicles"), "pedestrian": _("on foot"), "left": _("left"), "straight": _("straight on"), "right": _("right"),
        "detector": _("detector"), "camera": _("camera"),
    }.get(str(value), str(value))  # fmt: skip


def _corners(polygon: Any) -> str:
    """The corners of a zone, in hundredths of the picture from its upper left."""
    return "; ".join("{} × {}".format(*(_figure(round(100 * v, 1)) for v in point)) for point in polygon or [])


def _value(part: str, value: Any) -> str:
    field = part.rpartition(".")[2]
    if value is None or value == []:
        return _("not there")
    if value is True:
        return _("yes")
    if field in TIMES or field in ("intergreens", "max_red_s"):
        return _seconds(value)
    if field in ("length_m", "width_m"):
        return _metres(value)
    if field == "polygon":
        return _corners(value)
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return _figure(value) or _word(value)


def _what(one: Difference) -> str:
    """Which field it is, in words."""
    pair = dict(zip(("a", "b"), one.keys, strict=False))
    key = {"key": one.keys[0] if one.keys else ""}
    match one.part:
        case "conflicts":
            return _("Conflict of %(a)s and %(b)s") % pair
        case "gives_way":
            return _("%(a)s gives way to %(b)s") % pair
        case "intergreens":
            return _("Intergreen from %(a)s to %(b)s") % pair
    words = {
        "approaches": _("Approach %(key)s"), "lanes": _("Lane %(key)s"), "movements": _("Movement %(key)s"),
        "stages": _("Stage %(key)s"), "zones": _("Zone %(key)s"), "approaches.order": _("Order of the approaches"),
        "lanes.order": _("Order of the lanes"), "movements.order": _("Order of the movements"),
        "stages.order": _("Running order of the stages"), "zones.order": _("Order of the zones"),
        "movements.min_green_s": _("Minimum green of %(key)s"), "movements.yellow_s": _("Yellow of %(key)s"),
        "movements.walk_s": _("Walk of %(key)s"), "movements.clear_s": _("Walk clearance of %(key)s"),
        "movements.kind": _("Kind of movement %(key)s"), "movements.turn": _("Turn of %(key)s"),
        "movements.approach": _("Approach of movement %(key)s"), "movements.lanes": _("Lanes of movement %(key)s"),
        "movements.to": _("Ways out of movement %(key)s"), "movements.length_m": _("Length of the crossing %(key)s"),
        "stages.name": _("Name of stage %(key)s"), "stages.movements": _("Green in stage %(key)s"),
        "approaches.name": _("Name of approach %(key)s"), "approaches.bearing": _("Bearing of approach %(key)s"),
        "lanes.approach": _("Approach of lane %(key)s"), "lanes.width_m": _("Width of lane %(key)s"),
        "lanes.length_m": _("Length of lane %(key)s"), "zones.kind": _("Kind of zone %(key)s"),
        "zones.lanes": _("Lanes of zone %(key)s"), "zones.polygon": _("Corners of zone %(key)s"),
        "max_red_s": _("Longest red"),
    }  # fmt: skip
    return words[one.part] % key if one.part in words else " ".join((one.part, *one.keys))


def told(was: Content, becomes: Content) -> list[Told]:
    """What differs between two layouts, in words, what is dangerous first."""
    return [
        Told(_what(one), _value(one.part, one.was), _value(one.part, one.becomes), one.is_dangerous)
        for one in differences(was, becomes)
    ]


def _times(movement: Content, changed: Mapping[tuple[str, str], Difference]) -> list[Cell]:
    shown = []
    for pair in (("min_green_s", "walk_s"), ("yellow_s", "clear_s")):
        name = pair[movement["kind"] == PEDESTRIAN]
        one = changed.get((f"movements.{name}", movement["key"]))
        shown.append(Cell(_figure(movement.get(name)), _value(f"movements.{name}", one.was) if one else "", bool(one and one.is_dangerous)))
    return shown


def _pair(layout: Layout, other: Layout | None, a: str, b: str) -> Cell | None:
    """What holds when a ends and b begins: the red in between, that a gives way, or nothing."""
    if a == b:
        return None

    def said(of: Layout) -> str:
        if (a, b) in of.conflicts:
            return _figure(of.intergreen_s(a, b))
        return "▽" if [a, b] in of.content["gives_way"] else "–"

    here = said(layout)
    if other is None or a not in other.movements or b not in other.movements or said(other) == here:
        return Cell(here)
    lost = (a, b) in other.conflicts and (a, b) not in layout.conflicts
    shorter = (a, b) in other.conflicts and not lost and (layout.intergreen_s(a, b) or 0) < (other.intergreen_s(a, b) or 0)
    loose = said(other) == "▽" and here == "–"
    return Cell(here, said(other), lost or shorter or loose)


def tables(content: Content, other: Content | None = None) -> dict[str, Any]:
    """The whole layout for the page that shows it; where another is given, cells that differ from it say so."""
    layout, beside = Layout(content), Layout(other) if other is not None else None
    keys = layout.movements
    changed = {(d.part, d.keys[0]): d for d in differences(other, content) if d.keys} if other is not None else {}
    names = {a["key"]: a.get("name", "") for a in content["approaches"]}
    stages: list[tuple[Content, str, str, Picture]] = [
        (s, ", ".join(s["movements"]), _seconds(layout.min_green_s(s["key"])), draw_stage(layout, dict(s))) for s in content["stages"]
    ]
    return {
        "keys": keys, "stages": stages,
        "movements": [
            (m, names.get(m["approach"], ""), _word(m["kind"] if m["kind"] == PEDESTRIAN else m["turn"]), _times(m, changed),
             ", ".join(m.get("lanes", [])), ", ".join(m.get("to", [])), _metres(m["length_m"]) if "length_m" in m else "")
            for m in content["movements"]
        ],
        "matrix": [(a, [_pair(layout, beside, a, b) for b in keys]) for a in keys],
        "approaches": [(a, _figure(a["bearing"])) for a in content["approaches"]],
        "lanes": [(lane, names.get(lane["approach"], ""), _figure(lane["width_m"]), _figure(lane["length_m"])) for lane in content["lanes"]],
        "zones": [(z, _word(z["kind"]), ", ".join(z["lanes"]), _corners(z["polygon"])) for z in content["zones"]],
        "longest_red": _seconds(content.get("max_red_s", 120)),
    }  # fmt: skip
