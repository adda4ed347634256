"""A network described by hand: layouts of junctions and the links between their arms, checked before anything is drawn.

The form is that of a description file: ``junctions`` (code, latitude, longitude, layout) and ``links``
(``between`` two arms written ``code:arm``, ``length_m``, ``speed_kmh``). An arm no link reaches leads out of the area.
Vehicles only: people on foot are kept in the times of a change, not drawn as crossings.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ENTRY_M = 300.0
SPEED_KMH = 40.0
METRES_PER_DEGREE = 111_195.0
LEFT, STRAIGHT, RIGHT = "left", "straight", "right"
Arm = tuple[str, str]


class CannotDraw(ValueError):
    """A description cannot become a network; names the junction, the field and what to put there."""

    def __init__(self, junction: str, field: str, told: str) -> None:
        super().__init__(f"{junction}, {field}: {told}")
        self.junction, self.field, self.told = junction, field, told


@dataclass(frozen=True, slots=True)
class Street:
    """A link between two arms, driven both ways."""

    a: Arm
    b: Arm
    length_m: float
    speed_kmh: float


@dataclass(frozen=True, slots=True)
class Turn:
    """One lane-to-arm movement under a signal index of its junction."""

    movement: str
    approach: str
    lane: int
    exit: str
    kind: str


@dataclass(frozen=True, slots=True)
class Place:
    """One junction: where it lies (metres), its layout, and its vehicle turns in the order of the signal indices."""

    code: str
    x: float
    y: float
    layout: Mapping[str, Any]
    turns: tuple[Turn, ...]

    @property
    def bearings(self) -> dict[str, float]:
        """Arms and the compass bearing in which they leave."""
        return {a["key"]: float(a["bearing"]) for a in self.layout["approaches"]}

    def lanes(self, arm: str) -> list[Mapping[str, Any]]:
        """Lanes of an approach, the one at the kerb first: their place is the index of the lane."""
        return [lane for lane in self.layout["lanes"] if lane["approach"] == arm]

    def approaches(self) -> list[str]:
        """Arms vehicles come from."""
        return [a["key"] for a in self.layout["approaches"] if self.lanes(a["key"])]


@dataclass(frozen=True)
class Description:
    """Places and streets of one area; ``source`` and ``is_verified`` are printed with whatever is made of it."""

    places: dict[str, Place]
    streets: tuple[Street, ...]
    source: str
    is_verified: bool

    def across(self, code: str, arm: str) -> Arm | None:
        """The arm at the other end of the street that leaves here; None where the arm leads out of the area."""
        for street in self.streets:
            if street.a == (code, arm):
                return street.b
            if street.b == (code, arm):
                return street.a
        return None

    def street(self, code: str, arm: str) -> Street | None:
        """The street at an arm."""
        return next((s for s in self.streets if (code, arm) in (s.a, s.b)), None)

    @property
    def arms(self) -> list[Arm]:
        """All arms vehicles come from, in order."""
        return [(place.code, arm) for place in self.places.values() for arm in place.approaches()]

    @property
    def entries(self) -> list[Arm]:
        """Arms through which vehicles enter the area."""
        return [arm for arm in self.arms if self.across(*arm) is None]


def edge_into(code: str, arm: str) -> str:
    """Name of the edge that ends at the stop line of an approach."""
    return f"to_{code}_{arm}"


def edge_out_of(description: Description, code: str, arm: str) -> str:
    """Name of the edge on which vehicles leave a junction by an arm."""
    onward = description.across(code, arm)
    return f"out_{code}_{arm}" if onward is None else edge_into(*onward)


def kind_of_turn(bearing: float, onward: float) -> str:
    """Left, straight or right, coming from one arm and leaving by another (traffic keeps right)."""
    turned = (onward - bearing) % 360
    return LEFT if turned < 135 else STRAIGHT if turned <= 225 else RIGHT


def read_description(path: Path) -> Description:
    """Read and check a description file. Raises CannotDraw."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise CannotDraw(path.name, "file", f"not readable as JSON ({error})") from error
    return describe(content)


def describe(content: Mapping[str, Any]) -> Description:
    """Check a description and number its turns. Raises CannotDraw at the first thing that cannot be drawn."""
    rows = content.get("junctions") if isinstance(content, Mapping) else None
    if not isinstance(rows, list) or not rows:
        raise CannotDraw("file", "junctions", "names no junction; list at least one with its layout")
    origin = (_number("file", rows[0], "latitude"), _number("file", rows[0], "longitude"))
    places: dict[str, Place] = {}
    for row in rows:
        code = str(row.get("code", ""))
        if not code or code in places:
            raise CannotDraw(code or "file", "code", "every junction needs a code of its own")
        north = (_number(code, row, "latitude") - origin[0]) * METRES_PER_DEGREE
        east = (_number(code, row, "longitude") - origin[1]) * METRES_PER_DEGREE * math.cos(math.radians(origin[0]))
        layout = row.get("layout")
        if not isinstance(layout, Mapping):
            raise CannotDraw(code, "layout", "is missing")
        places[code] = Place(code, east, north, layout, _turns(code, layout))
    streets = _streets(content.get("links", []), places)
    return Description(places, streets, str(content.get("source", "")), bool(content.get("verified", False)))


def _number(code: str, row: Mapping[str, Any], field: str, *, least: float = -180.0, name: str = "") -> float:
    value = row.get(field)
    if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= 1e5:
        raise CannotDraw(code, name or field, f"needs a number from {least:g}, found {value!r}")
    return float(value)


def _turns(code: str, layout: Mapping[str, Any]) -> tuple[Turn, ...]:
    for part in ("approaches", "lanes", "movements", "stages"):
        if not isinstance(layout.get(part), list) or not layout[part]:
            raise CannotDraw(code, part, "is missing or empty")
    bearings = {a["key"]: _number(code, a, "bearing", least=0, name=f"approach:{a['key']}") for a in layout["approaches"]}
    index: dict[str, tuple[str, int]] = {}
    for lane in layout["lanes"]:
        arm = lane.get("approach")
        if arm not in bearings:
            raise CannotDraw(code, f"lane:{lane.get('key')}", f"lies on the approach {arm!r}, which the layout does not have")
        index[lane["key"]] = (arm, sum(1 for a, _ in index.values() if a == arm))
    turns: list[Turn] = []
    for movement in layout["movements"]:
        if movement.get("kind") != "vehicle":
            continue
        field = f"movement:{movement.get('key')}"
        arm, lanes = movement.get("approach"), movement.get("lanes") or []
        if not lanes or any(index.get(lane, ("", 0))[0] != arm for lane in lanes):
            raise CannotDraw(code, field, "needs lanes of its own approach")
        mine = sorted(index[lane][1] for lane in lanes)
        goals = _goals(code, field, movement, bearings)
        for goal, kind in goals:
            allowed = mine
            if len(goals) > 1 and kind != STRAIGHT:
                allowed = [mine[0] if kind == RIGHT else mine[-1]]
            turns += [Turn(movement["key"], arm, lane, goal, kind) for lane in allowed]
    if not turns:
        raise CannotDraw(code, "movements", "has no movement of vehicles")
    used = {(t.approach, t.lane) for t in turns}
    for key, place in index.items():
        if place not in used:
            raise CannotDraw(code, f"lane:{key}", "no movement uses this lane; name it in one or leave it out")
    return tuple(turns)


def _goals(code: str, field: str, movement: Mapping[str, Any], bearings: Mapping[str, float]) -> list[tuple[str, str]]:
    """Arms a movement leaves by, each with its kind; without ``to`` the arm its turn points at."""
    arm, named = movement["approach"], movement.get("to") or []
    kinds = {key: kind_of_turn(bearings[arm], bearings[key]) for key in bearings if key != arm}
    if not named:
        named = [key for key, kind in kinds.items() if kind == movement.get("turn")]
        if len(named) != 1:
            raise CannotDraw(
                code, field, f"{len(named)} arms lie to its {movement.get('turn')}; say which with `to`"
            )
    for key in named:
        if key not in kinds:
            raise CannotDraw(code, field, f"leads to the arm {key!r}, which is not another arm of this junction")
    return [(key, kinds[key]) for key in named]


def _streets(rows: Any, places: Mapping[str, Place]) -> tuple[Street, ...]:
    if not isinstance(rows, Iterable):
        raise CannotDraw("file", "links", "is not a list")
    streets: list[Street] = []
    taken: set[Arm] = set()
    for n, row in enumerate(rows, 1):
        ends: list[Arm] = []
        for text in row.get("between", []):
            code, _colon, arm = str(text).partition(":")
            if code not in places:
                raise CannotDraw(code or "file", f"links {n}", f"{text!r} names no junction of this file")
            if arm not in places[code].bearings:
                raise CannotDraw(code, f"links {n}", f"{text!r} names an arm this junction does not have")
            if (code, arm) in taken:
                raise CannotDraw(code, f"links {n}", f"the arm {arm} is linked already")
            taken.add((code, arm))
            ends.append((code, arm))
        if len(ends) != 2 or ends[0][0] == ends[1][0]:
            raise CannotDraw(ends[0][0] if ends else "file", f"links {n}", "needs two arms of two junctions in `between`")
        streets.append(
            Street(
                ends[0], ends[1], _number(ends[0][0], row, "length_m", least=50, name=f"links {n} length_m"),
                _number(ends[0][0], row, "speed_kmh", least=5, name=f"links {n} speed_kmh") if "speed_kmh" in row else SPEED_KMH,
            )
        )  # fmt: skip
    return tuple(streets)
