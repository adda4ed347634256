"""Where hexagons and their words are drawn. No database, no Django: cells in, coordinates out."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

from .register import Cell

RADIUS = 40.0
MARGIN = 6.0
LINE_HEIGHT = 11.5
LETTERS_A_LINE = 10
MOST_LINES = 3


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
    lines = _lines(name.replace(" - ", " ").split())
    top = hexagon.y - LINE_HEIGHT * (len(lines) - 1) / 2 + 4
    return [(round(top + LINE_HEIGHT * number, 1), line) for number, line in enumerate(lines)]


def _lines(words: list[str]) -> list[str]:
    """As few lines as fit, and of those the most even."""
    for count in range(1, len(words) + 1):
        cuts = combinations(range(1, len(words)), count - 1)
        ways = [[" ".join(words[a:b]) for a, b in zip((0, *cut), (*cut, len(words)), strict=True)] for cut in cuts]
        best = min(ways, key=lambda lines: max(map(len, lines)))
        if max(map(len, best)) <= LETTERS_A_LINE or count == MOST_LINES:
            return best
    return words
