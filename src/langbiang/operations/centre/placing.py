"""Tiles on the grid of a wall: which lie outside, which cover another, where there is room for one more. No database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Columns and rows of a wall by its shape.
GRIDS = {"16:9": (12, 8), "32:9": (24, 8), "4x4": (16, 12), "9:16": (6, 12)}
NEW_SIZES = ((3, 2), (2, 2), (2, 1), (1, 1))


@dataclass(frozen=True)
class Misplaced:
    """A tile that lies outside the grid, or covers another (by its number, from zero)."""

    tile: int
    covers: int | None = None


def misplaced(tiles: Sequence[Mapping[str, Any]], *, columns: int, rows: int) -> list[Misplaced]:
    """Tiles that do not lie on the grid, each once, in their order; of two that lie upon one another the later one."""
    found: list[Misplaced] = []
    owners: dict[tuple[int, int], int] = {}
    for number, tile in enumerate(tiles):
        x, y, w, h = (int(tile[key]) for key in ("x", "y", "w", "h"))
        if x < 1 or y < 1 or w < 1 or h < 1 or x + w - 1 > columns or y + h - 1 > rows:
            found.append(Misplaced(number))
            continue
        cells = [(column, row) for row in range(y, y + h) for column in range(x, x + w)]
        covered = next((owners[cell] for cell in cells if cell in owners), None)
        if covered is not None:
            found.append(Misplaced(number, covered))
            continue
        owners |= dict.fromkeys(cells, number)
    return found


def free_place(tiles: Sequence[Mapping[str, Any]], *, columns: int, rows: int) -> dict[str, int] | None:
    """Where one more tile has room, as large as a usual one if it can be; None on a wall that is full."""
    taken = {
        (column, row)
        for tile in tiles
        for row in range(int(tile["y"]), int(tile["y"]) + int(tile["h"]))
        for column in range(int(tile["x"]), int(tile["x"]) + int(tile["w"]))
    }
    for w, h in NEW_SIZES:
        for y in range(1, rows - h + 2):
            for x in range(1, columns - w + 2):
                if not any((x + dx, y + dy) in taken for dx in range(w) for dy in range(h)):
                    return {"x": x, "y": y, "w": w, "h": h}
    return None
