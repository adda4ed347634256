"""Junctions as pictures: where lines, lamps and bars stand. Numbers only; the templates draw them."""

from dataclasses import dataclass
from math import cos, radians, sin
from typing import Any

from django.utils.translation import gettext as _

from ..layout import PEDESTRIAN, Layout

# Shapes beside colours: nobody has to tell red from green to read a lamp.
LAMP_WORDS = {"G": "green", "g": "green", "w": "green", "y": "yellow", "r": "red"}


@dataclass(frozen=True)
class Stroke:
    """One movement: its path, what its lamp shows, and words for it."""

    key: str
    path: str
    lamp: str
    tip: str
    x: float
    y: float
    is_pedestrian: bool


@dataclass(frozen=True)
class Bar:
    """The queue of a lane, as a bar along its approach."""

    lane: str
    vehicles: float
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class Picture:
    """A junction in a square of 200 by 200."""

    roads: list[tuple[float, float, str]]
    strokes: list[Stroke]
    bars: list[Bar]


def lamp_word(letter: str) -> str:
    """What a lamp shows, in words."""
    return {
        "G": _("green"), "g": _("green, gives way"), "w": _("walk"), "y": _("yellow"), "r": _("red"),
    }.get(letter, _("not known"))  # fmt: skip


def _point(bearing: float, distance: float, aside: float = 0.0) -> tuple[float, float]:
    """A point of the arm towards a compass bearing; `aside` to the right of who drives towards the centre."""
    angle = radians(bearing)
    x, y = 100 + distance * sin(angle), 100 - distance * cos(angle)
    return round(x - aside * cos(angle), 1), round(y - aside * sin(angle), 1)


def _path(bearing: float, onward: float) -> tuple[str, float, float]:
    """From the stop line of one arm through the middle to the exit of another."""
    x1, y1 = _point(bearing, 52, 9)
    x2, y2 = _point(onward, 46, -9)
    cx, cy = _point(bearing, 8, 6)
    return f"M{x1} {y1}Q{cx} {cy} {x2} {y2}", x1, y1


def _turned(bearing: float, turn: str, arms: dict[str, float], to: list[str]) -> float:
    for key in to:
        if key in arms:
            return arms[key]
    return (bearing + {"straight": 180, "left": 90, "right": 270}[turn]) % 360


def draw(layout: Layout, *, lamps: dict[str, str] | None = None, queues: dict[str, float] | None = None) -> Picture:
    """A junction with the lamps and queues given; what is not known stays grey."""
    content = layout.content
    arms = {a["key"]: float(a["bearing"]) for a in content["approaches"]}
    strokes = []
    for m in content["movements"]:
        bearing = arms[m["approach"]]
        letter = (lamps or {}).get(m["key"], "")
        if m["kind"] == PEDESTRIAN:
            (x1, y1), (x2, y2) = _point(bearing, 60, 22), _point(bearing, 60, -22)
            path, x, y = f"M{x1} {y1}L{x2} {y2}", x1, y1
        else:
            path, x, y = _path(bearing, _turned(bearing, m["turn"], arms, m.get("to", [])))
            x, y = _point(bearing, 56, {"left": 5, "straight": 11, "right": 17}[m["turn"]])
        strokes.append(
            Stroke(m["key"], path, LAMP_WORDS.get(letter, "none"), f"{m['key']}: {lamp_word(letter)}", x, y,
                   m["kind"] == PEDESTRIAN)
        )  # fmt: skip
    bars = []
    for n, lane in enumerate(content["lanes"]):
        value = float((queues or {}).get(lane["key"], 0))
        if value > 0:
            aside = 6 + 8 * sum(1 for other in content["lanes"][:n] if other["approach"] == lane["approach"])
            bearing = arms[lane["approach"]]
            (x1, y1), (x2, y2) = _point(bearing, 66, aside), _point(bearing, 66 + min(30.0, value * 1.5), aside)
            bars.append(Bar(lane["key"], value, x1, y1, x2, y2))
    roads = [(*_point(a["bearing"], 98), a["name"]) for a in content["approaches"]]
    return Picture(roads, strokes, bars)


def draw_stage(layout: Layout, stage: dict[str, Any]) -> Picture:
    """A stage as people draw it: only what is green in it, dashed where it gives way."""
    mine = set(stage["movements"])
    yielding = {a for a, b in layout.content["gives_way"] if a in mine and b in mine}
    shown = {key: "g" if key in yielding else "G" for key in mine}
    picture = draw(layout, lamps=shown)
    return Picture(picture.roads, [s for s in picture.strokes if s.key in mine], [])
