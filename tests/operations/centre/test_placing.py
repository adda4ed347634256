"""Tiles on the grid of a wall."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from langbiang.operations.centre.placing import free_place, misplaced


def tile(x: int, y: int, w: int, h: int) -> dict[str, Any]:
    return {"x": x, "y": y, "w": w, "h": h}


def test_what_touches_does_not_cover() -> None:
    assert misplaced([tile(1, 1, 3, 2), tile(4, 1, 3, 2), tile(1, 3, 6, 6)], columns=6, rows=8) == []


def test_of_two_that_lie_upon_one_another_the_later_is_named_with_the_one_it_covers() -> None:
    (found,) = misplaced([tile(1, 1, 3, 2), tile(6, 1, 1, 1), tile(3, 2, 2, 2)], columns=12, rows=8)
    assert (found.tile, found.covers) == (2, 0)


def test_what_reaches_beyond_the_grid_lies_outside() -> None:
    found = misplaced([tile(11, 1, 3, 1), tile(1, 8, 1, 2), tile(0, 1, 1, 1), tile(12, 8, 1, 1)], columns=12, rows=8)
    assert [(each.tile, each.covers) for each in found] == [(0, None), (1, None), (2, None)]


def test_a_full_wall_has_no_place() -> None:
    assert free_place([tile(1, 1, 12, 8)], columns=12, rows=8) is None
    assert free_place([tile(1, 1, 11, 8)], columns=12, rows=8) == tile(12, 1, 1, 1)


@given(st.integers(0, 30))
def test_what_is_added_where_there_is_room_covers_nothing(count: int) -> None:
    tiles: list[dict[str, Any]] = []
    for _ in range(count):
        if (place := free_place(tiles, columns=12, rows=8)) is not None:
            tiles.append(place)
    assert misplaced(tiles, columns=12, rows=8) == []
