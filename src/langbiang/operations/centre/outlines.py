"""Real boundaries as lines of a drawing: projected, scaled, and with a point inside each unit for its value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import cos, radians
from typing import Any

import numpy as np
from shapely import box as box_each
from shapely import contains_xy, intersection, intersects, maximum_inscribed_circle
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry
from shapely.validation import make_valid

WIDTH = 1000.0
# A place for words is looked for on a grid so fine, at so many points nearest to the middle.
STEP, TRIES = 6.0, 120
# So much of the room of words lies in their own land at least.
MOSTLY = 0.7


@dataclass(frozen=True)
class Hand:
    """How large words are written: the height of a line, the width of a letter (capitals with marks included), and the
    piece of the drawing a value needs."""

    line: float
    letter: float
    room: tuple[float, float]


# On a screen at arm's length, and on a wall: there a letter of the second is 14 px high at 1080 lines, 28 px at 2160.
DESK, WALL = Hand(14.0, 7.4, (28.0, 14.0)), Hand(24.0, 12.4, (50.0, 24.0))


@dataclass(frozen=True)
class Words:
    """Where the value of a unit is written, whether there is room for it, and the lines of its name (x, y, words), which
    are empty where the land is too small for them."""

    value: tuple[float, float]
    has_room: bool
    name: tuple[tuple[float, float, str], ...] = ()


@dataclass(frozen=True)
class Outline:
    """A unit as it is drawn, with its words for a screen and for a wall."""

    path: str
    desk: Words
    wall: Words


def outlined(units: Mapping[str, Sequence[Any]], names: Mapping[str, str] | None = None) -> tuple[dict[str, Outline], float, float]:
    """Outlines by code with the width and height of the drawing, north up; with `names` also where each name fits.

    `units` holds coordinates of GeoJSON MultiPolygons in degrees. A degree of longitude is as wide as in the middle of
    the province: no shape is off by more than two in a hundred over two degrees. A unit far out at sea is moved to where the
    drawing is empty, so that the land keeps its size.
    """
    frames = {code: frame for code, polygons in units.items() if (frame := _frame(polygons)) is not None}
    if not frames:
        return {}, WIDTH, WIDTH
    moved = _moved(frames)
    west, south, east, north = _around([frame for code, frame in frames.items() if code not in moved])
    shrink = cos(radians((south + north) / 2))
    scale = WIDTH / max((east - west) * shrink, 1e-9)

    def place(point: Sequence[float], by: tuple[float, float]) -> tuple[float, float]:
        return round((point[0] + by[0] - west) * shrink * scale, 1), round((north - point[1] - by[1]) * scale, 1)

    paths: dict[str, str] = {}
    lands: dict[str, BaseGeometry] = {}
    middles: dict[str, tuple[float, float]] = {}
    for code, polygons in units.items():
        parts = [[[place(point, moved.get(code, (0.0, 0.0))) for point in ring] for ring in rings] for rings in polygons]
        path = "".join(
            "M" + "L".join(f"{x:g} {y:g}" for x, y in ring[:-1]) + "Z" for rings in parts for ring in rings if len(ring) > 3
        )
        largest = max((make_valid(Polygon(rings[0], rings[1:])) for rings in parts if len(rings[0]) > 3), key=_area)
        # The middle of the largest circle that fits inside.
        (x, y), *_rest = maximum_inscribed_circle(largest, tolerance=1.0).coords
        # Words do not hang on a bend of the border: a smoother land is tried much faster.
        paths[code], lands[code], middles[code] = path, largest.simplify(2.0), (x, y)
    desk, wall = (_written(lands, middles, names or {}, hand) for hand in (DESK, WALL))
    found = {code: Outline(paths[code], desk[code], wall[code]) for code in paths}
    return found, WIDTH, round((north - south) * scale, 1)


Frame = tuple[float, float, float, float]  # west, south, east, north


def _frame(polygons: Sequence[Any]) -> Frame | None:
    points = [point for rings in polygons for ring in rings for point in ring]
    if not points:
        return None
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    return min(xs), min(ys), max(xs), max(ys)


def _around(frames: Sequence[Frame]) -> Frame:
    wests, souths, easts, norths = zip(*frames, strict=True)
    return min(wests), min(souths), max(easts), max(norths)


def _moved(frames: Mapping[str, Frame]) -> dict[str, tuple[float, float]]:
    """By how much units are moved that lie beyond all others with a gap between, islands far out: into an empty place near
    the south-east of the others. One for which there is none stays where it is."""
    found: dict[str, tuple[float, float]] = {}
    for code, (west, south, east, north) in frames.items() if len(frames) > 10 else ():
        others = [frame for other, frame in frames.items() if other != code]
        around = _around(others)
        gap = max(around[0] - east, west - around[2], around[1] - north, south - around[3])
        if gap <= 0.02 * max(around[2] - around[0], around[3] - around[1]):
            continue
        step_x, step_y, room = (around[2] - around[0]) / 40, (around[3] - around[1]) / 40, 0.5
        for up, left in product(range(12), range(6, 30)):
            to_east, to_south = around[2] - left * step_x, around[1] + up * step_y
            place = (to_east - (east - west) - room * step_x, to_south - room * step_y, to_east + room * step_x, to_south + (north - south) + room * step_y)
            if not any(place[0] < f[2] and f[0] < place[2] and place[1] < f[3] and f[1] < place[3] for f in others):
                found[code] = (to_east - east, to_south - south)
                break
    return found


def _written(lands: Mapping[str, BaseGeometry], middles: Mapping[str, tuple[float, float]], names: Mapping[str, str], hand: Hand) -> dict[str, Words]:
    """Where names and values are written. Words lie for the most part in their own land and never over other words.

    The large units choose first: name and value together on the fewest lines, as near to the middle as they fit. Then the
    values of the units whose name found no room.
    """
    taken: list[Any] = []
    found: dict[str, Words] = {}
    order = sorted(lands, key=lambda code: (-_area(lands[code]), code))
    for code in order:
        for lines in _ways(names[code]) if names.get(code) else []:
            width, height = hand.letter * max(map(len, lines)), hand.line * (len(lines) + 1)
            spot = _spot(lands[code], middles[code], width, height, taken)
            if spot is not None:
                top = spot[1] - height / 2
                told = tuple((round(spot[0], 1), round(top + hand.line * (n + 0.78), 1), part) for n, part in enumerate(lines))
                found[code] = Words((round(spot[0], 1), round(top + hand.line * (len(lines) + 0.8), 1)), True, told)
                break
    for code in order:
        if code not in found:
            spot = _spot(lands[code], middles[code], *hand.room, taken)
            x, y = spot or middles[code]
            found[code] = Words((round(x, 1), round(y + hand.line / 4, 1)), spot is not None)
    return found


def _spot(land: BaseGeometry, middle: tuple[float, float], width: float, height: float, taken: list[Any]) -> tuple[float, float] | None:
    """The place nearest to the middle for words so wide and high, which is taken then; None where there is none."""
    west, north, east, south = land.bounds
    grid_x, grid_y = np.meshgrid(np.arange(west + STEP, east, STEP), np.arange(north + STEP, south, STEP))
    spots = np.column_stack([np.append(grid_x.ravel(), middle[0]), np.append(grid_y.ravel(), middle[1])])
    spots = spots[np.argsort(((spots - np.array(middle)) ** 2).sum(axis=1), kind="stable")][:TRIES]
    boxes = box_each(spots[:, 0] - width / 2, spots[:, 1] - height / 2, spots[:, 0] + width / 2, spots[:, 1] + height / 2)
    free = contains_xy(land, spots[:, 0], spots[:, 1])
    for other in taken:
        free &= ~intersects(boxes, other)
    for n in np.flatnonzero(free):
        if intersection(boxes[n], land).area >= MOSTLY * width * height:
            taken.append(boxes[n])
            return float(spots[n, 0]), float(spots[n, 1])
    return None


def _ways(name: str) -> list[list[str]]:
    """A name on one, two or three lines, broken between words so that the longest line is as short as it can be."""
    words: list[str] = []
    for part in name.replace(" - ", " ").split():
        if words and (part.isdigit() or words[-1].isdigit()):
            words[-1] += f" {part}"  # a number stays with its word
        else:
            words.append(part)
    ways = [[" ".join(words)]]
    if len(words) > 1:
        ways.append(min(([" ".join(words[:n]), " ".join(words[n:])] for n in range(1, len(words))), key=lambda way: max(map(len, way))))
    if len(words) > 2:
        cuts = [(a, b) for a in range(1, len(words) - 1) for b in range(a + 1, len(words))]
        three = ([" ".join(words[:a]), " ".join(words[a:b]), " ".join(words[b:])] for a, b in cuts)
        ways.append(min(three, key=lambda way: max(map(len, way))))
    return ways


def _area(shape: BaseGeometry) -> float:
    return float(shape.area)
