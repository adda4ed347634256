"""Where hexagons and their words are drawn. No database, no Django: cells in, coordinates out."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from .register import Cell

RADIUS = 40.0
MARGIN = 6.0
LINE_HEIGHT = 11.5
LETTERS_A_LINE = 11


@dataclass(frozen=True)
class Hexagon:
    """A cell with its corners, ready for `points` of an SVG polygon."""

    x: float
    y: float
    points: str


def hexagons(cells: Mapping[str, Cell]) -> tuple[dict[str, Hexagon], float, float]:
    """Hexagons by code, width and height of the drawing; pointy side up, odd rows half a cell to the right."""
    if not cells:
        return {}, 0.0, 0.0
    step = sqrt(3) * RADIUS
    centres = {
        code: (step * (cell.col + 0.5 * (cell.row % 2)), 1.5 * RADIUS * cell.row) for code, cell in cells.items()
    }
    left = min(x for x, _y in centres.values()) - step / 2 - MARGIN
    top = min(y for _x, y in centres.values()) - RADIUS - MARGIN
    drawn = {code: _hexagon(x - left, y - top, step) for code, (x, y) in centres.items()}
    width = max(x for x, _y in centres.values()) - left + step / 2 + MARGIN
    height = max(y for _x, y in centres.values()) - top + RADIUS + MARGIN
    return drawn, round(width, 1), round(height, 1)


def _hexagon(x: float, y: float, step: float) -> Hexagon:
    half = step / 2
    corners = (
        (0.0, -RADIUS), (half, -RADIUS / 2), (half, RADIUS / 2), (0.0, RADIUS), (-half, RADIUS / 2), (-half, -RADIUS / 2),
    )  # fmt: skip
    return Hexagon(round(x, 1), round(y, 1), " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners))


def label_lines(name: str, hexagon: Hexagon) -> list[tuple[float, str]]:
    """The name in up to three lines around the middle of its cell: (height, words) each."""
    lines: list[str] = []
    for word in name.replace(" - ", " ").split():
        if lines and len(lines[-1]) + 1 + len(word) <= LETTERS_A_LINE:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    top = hexagon.y - LINE_HEIGHT * (len(lines) - 1) / 2 + 4
    return [(round(top + LINE_HEIGHT * number, 1), line) for number, line in enumerate(lines)]
