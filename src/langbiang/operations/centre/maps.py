"""A measure on the map: one hexagon per unit, shaded by class, hatched where there is no value."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.conf import settings
from django.utils.translation import gettext as _

from langbiang.foundation.places import queries as places
from langbiang.foundation.places.cartogram import hexagons, label_lines

from .classing import Class, Classed, classed
from .outlines import Words, outlined

Written = Callable[[float | None], str]
# Drawings are the same for every measure: a handful of layouts and days are kept.
KEPT = 8
HEXAGONS, LAND = "hex", "land"
# A number at the beginning of a value, the end of one that is whole, and how many letters a cell has room for.
NUMBER, WHOLE, ROOM_FOR = re.compile(r"^[−\d.,]*\d"), re.compile(r"[.,]0$"), 6
# So many units are told by name beside the map.
NAMED = 5


@dataclass(frozen=True)
class Shape:
    """Where a unit is drawn."""

    code: str
    name: str
    points: str
    x: float
    lines: tuple[tuple[float, str], ...]
    value_y: float
    middle_y: float
    # Real boundaries instead of a hexagon, with the words the land has room for.
    path: str = ""
    desk: Words | None = None
    wall: Words | None = None


@dataclass(frozen=True)
class Cell:
    """A unit as it is shown: its shape, shade and the words for those who do not see colours."""

    shape: Shape
    css: str
    label: str
    written: str
    short: str
    url: str
    is_chosen: bool = False


@dataclass(frozen=True)
class Step:
    """One line of the legend."""

    css: str
    words: str
    count: int


@dataclass(frozen=True)
class Named:
    """A unit that is told by name beside the map."""

    title: str
    written: str
    url: str


@dataclass(frozen=True)
class Map:
    """A choropleth ready to be drawn, with its legend and what it could not place."""

    cells: Sequence[Cell]
    width: float
    height: float
    legend: Sequence[Step]
    missing: int
    unplaced: Sequence[str]
    classes: Classed
    # Whom the real boundaries come from; empty for hexagons.
    attribution: str = ""
    # The units to look at first, and the planning areas as rims with what they are called.
    named: Sequence[Named] = ()
    rims: Sequence[str] = ()
    areas: str = ""
    # Whether one end of the values is the good one: then the units named are those on the other.
    is_judged: bool = False


@lru_cache(maxsize=KEPT)
def _shapes(cells: tuple[tuple[str, int, int, str], ...]) -> tuple[dict[str, Shape], float, float]:
    """The drawing of a layout: computed once, for every measure."""
    layout = places.hex_layout()
    drawn, width, height = hexagons({code: layout[code] for code, _row, _col, _name in cells})
    shapes = {}
    for code, _row, _col, name in cells:
        hexagon = drawn[code]
        lines = label_lines(name, hexagon)
        # The name moves up a little to leave the last line to the value.
        moved = tuple((round(y - (7 if len(lines) < 3 else 10), 1), words) for y, words in lines)
        shapes[code] = Shape(
            code, name, hexagon.points, hexagon.x, moved, round(moved[-1][0] + 14, 1), round(hexagon.y + 8, 1)
        )
    return shapes, width, height


@lru_cache(maxsize=2)
def _land(package: int, names: tuple[tuple[str, str], ...]) -> tuple[dict[str, Shape], float, float]:
    """The drawing of the boundaries loaded as this package: computed once."""
    lines = places.drawn(province=settings.PROVINCE_CODE)
    shapes: dict[str, Shape] = {}
    titles = dict(names)
    outlines, width, height = outlined({code: lines[code] for code in titles if code in lines}, titles)
    for code, outline in outlines.items():
        x, y = outline.desk.value
        shapes[code] = Shape(code, titles[code], "", x, (), y, y, outline.path, outline.desk, outline.wall)
    return shapes, width, height


def choropleth(
    values: Mapping[str, float | None],
    *,
    written: Written,
    on: date,
    way: str = "quantile",
    number: int = 5,
    breaks: Sequence[float] = (),
    target: float | None = None,
    url_of: Callable[[str], str] = lambda code: "",
    drawing: str = HEXAGONS,
    direction: int = 0,
    chosen: str = "",
    said: Mapping[str, str] | None = None,
) -> Map:
    """The map of a day with the values of its units by place code; a unit without one is hatched and counted.

    `drawing` LAND asks for the real boundaries; while none are loaded, there are hexagons. `written` writes a value with
    its unit. Values of units the day does not know are named in `unplaced`. `direction` says which end of the values
    somebody has to look at: 1 the low ones, else the high ones; `chosen` is the unit that stands out. `said` is told
    of some units beside their value, or why they have none.
    """
    rows = {row.code: row for row in places.communes(province=settings.PROVINCE_CODE, on=on)}
    status = places.boundary_status(province=settings.PROVINCE_CODE) if drawing == LAND else None
    if status is not None:
        shapes, width, height = _land(status.id, tuple(sorted((code, row.name) for code, row in rows.items())))
    else:
        layout = places.hex_layout()
        shapes, width, height = _shapes(
            tuple((code, cell.row, cell.col, rows[code].name) for code, cell in sorted(layout.items()) if code in rows)
        )
    classes = classed({code: values.get(code) for code in rows}, way=way, number=number, breaks=breaks, target=target)
    # Around a target the colour says which side is the good one, whether that is above or below.
    turn = -1 if classes.way == "diverging" and direction < 0 else 1
    cells = []
    for code, shape in shapes.items():
        shade = None if (side := classes.shade_of(code)) is None else turn * side
        shown = shade is not None
        beside = (said or {}).get(code, "")
        words = written(values.get(code)) if shown else beside or _("no data")
        short = _short(words) if shown else ""
        label = f"{rows[code].title}: {words}" + (f" ({beside})" if shown and beside else "")
        cells.append(Cell(shape, css_of(shade), label, words if shown else "", short, url_of(code), code == chosen))
    cells.sort(key=lambda each: each.is_chosen)  # drawn last, so that nothing lies over its outline
    legend = [Step(css_of(turn * each.shade), words_of(each, written), each.count) for each in classes.classes]
    if classes.missing:
        legend.append(Step(css_of(None), _("no data"), len(classes.missing)))
    unplaced = [rows[code].title for code in rows if code not in shapes] + sorted(set(values) - set(rows))
    areas = places.groups(kind="planning_area", on=on) if status is None else []
    return Map(
        cells, width, height, legend, len(classes.missing), unplaced, classes, status.attribution if status else "",
        _first_to_see(values, target=target, direction=direction, title_of=lambda code: rows[code].title if code in rows else code,
                      written=written, url_of=url_of),
        [rim for each in areas if (rim := _rim([shapes[code] for code in each.codes if code in shapes]))],
        ", ".join(each.name for each in areas), bool(direction),
    )  # fmt: skip


def _first_to_see(
    values: Mapping[str, float | None], *, target: float | None, direction: int, title_of: Callable[[str], str],
    written: Written, url_of: Callable[[str], str],
) -> list[Named]:  # fmt: skip
    """The units furthest on the wrong side: those that miss the target, or without one those at the end of the values."""
    sign = 1 if direction > 0 else -1
    known = [(code, value) for code, value in values.items() if value is not None]
    best = max((sign * value for _code, value in known), default=0.0)
    if target is not None and direction:
        worth = [(code, value) for code, value in known if (value - target) * direction < 0]
    else:
        worth = [(code, value) for code, value in known if sign * value < best]
    worth.sort(key=lambda each: (sign * each[1], each[0]))
    return [Named(title_of(code), written(value), url_of(code)) for code, value in worth[:NAMED]]


def _rim(members: Sequence[Shape]) -> str:
    """The edges of some hexagons that no two of them share, as a path."""
    edges: dict[frozenset[tuple[int, int]], str] = {}
    for shape in members:
        corners = [tuple(map(float, each.split(","))) for each in shape.points.split()]
        for (x1, y1), (x2, y2) in zip(corners, corners[1:] + corners[:1], strict=True):
            # Corners of neighbours agree to a tenth: whole numbers tell them apart well enough.
            edge = frozenset({(round(x1), round(y1)), (round(x2), round(y2))})
            if edge in edges:
                del edges[edge]
            else:
                edges[edge] = f"M{x1:g} {y1:g}L{x2:g} {y2:g}"
    return "".join(edges.values())


def _short(words: str) -> str:
    """A value without its unit, as there is room for in a cell; a part of how it is told in full."""
    found = NUMBER.match(words)
    short = WHOLE.sub("", found.group()) if found else ""
    return short if len(short) <= ROOM_FOR else ""


def css_of(shade: int | None) -> str:
    """The class of a shade in the style sheet."""
    if shade is None:
        return "shade-none"
    return f"shade-{shade}" if shade > 0 else f"shade-under-{-shade}"


def words_of(each: Class, written: Written) -> str:
    """A class in words: `from – to`, or the one value it holds."""
    low, high = written(each.low), written(each.high)
    return low if low == high else f"{low} – {high}"
