"""A measure on the map: one hexagon per unit, shaded by class, hatched where there is no value."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.conf import settings
from django.utils.translation import gettext as _

from langbiang.foundation.places import queries as places
from langbiang.foundation.places.cartogram import hexagons, label_lines
from langbiang.foundation.ui import formats

from .classing import Class, Classed, classed

Written = Callable[[float | None], str]
# Drawings are the same for every measure: a handful of layouts and days are kept.
KEPT = 8


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


@dataclass(frozen=True)
class Cell:
    """A unit as it is shown: its shape, shade and the words for those who do not see colours."""

    shape: Shape
    css: str
    label: str
    written: str
    short: str
    url: str


@dataclass(frozen=True)
class Step:
    """One line of the legend."""

    css: str
    words: str
    count: int


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
        moved = tuple((round(y - 7, 1), words) for y, words in lines)
        shapes[code] = Shape(
            code, name, hexagon.points, hexagon.x, moved, round(moved[-1][0] + 14, 1), round(hexagon.y + 8, 1)
        )
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
) -> Map:
    """The map of a day with the values of its units by place code; a unit without one is hatched and counted.

    `written` writes a value with its unit. Values of units the day does not know are named in `unplaced`.
    """
    rows = {row.code: row for row in places.communes(province=settings.PROVINCE_CODE, on=on)}
    layout = places.hex_layout()
    shapes, width, height = _shapes(
        tuple((code, cell.row, cell.col, rows[code].name) for code, cell in sorted(layout.items()) if code in rows)
    )
    classes = classed({code: values.get(code) for code in rows}, way=way, number=number, breaks=breaks, target=target)
    cells = []
    for code, shape in shapes.items():
        shade = classes.shade_of(code)
        words = written(values.get(code)) if shade is not None else _("no data")
        shown = shade is not None
        short = formats.number(values[code]) if shown else ""
        label = f"{rows[code].title}: {words}"
        cells.append(Cell(shape, css_of(shade), label, words if shown else "", short, url_of(code)))
    legend = [Step(css_of(each.shade), words_of(each, written), each.count) for each in classes.classes]
    if classes.missing:
        legend.append(Step(css_of(None), _("no data"), len(classes.missing)))
    unplaced = [rows[code].title for code in rows if code not in shapes] + sorted(set(values) - set(rows))
    return Map(cells, width, height, legend, len(classes.missing), unplaced, classes)


def css_of(shade: int | None) -> str:
    """The class of a shade in the style sheet."""
    if shade is None:
        return "shade-none"
    return f"shade-{shade}" if shade > 0 else f"shade-under-{-shade}"


def words_of(each: Class, written: Written) -> str:
    """A class in words: `from – to`, or the one value it holds."""
    low, high = written(each.low), written(each.high)
    return low if low == high else f"{low} – {high}"
