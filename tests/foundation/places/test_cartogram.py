"""The schematic map: every unit a cell of its own, words inside the cell."""

from langbiang.foundation.places.cartogram import RADIUS, hexagons, label_lines
from langbiang.foundation.places.register import Cell


def test_cells_do_not_lie_on_each_other_and_stay_in_the_drawing():
    cells = {f"{col}{row}": Cell(f"{col}{row}", col, row, "") for col in range(4) for row in range(5)}

    drawn, width, height = hexagons(cells)

    centres = [(each.x, each.y) for each in drawn.values()]
    for index, (x, y) in enumerate(centres):
        assert RADIUS <= y <= height - RADIUS
        assert 0 < x < width
        for other_x, other_y in centres[index + 1 :]:
            assert (x - other_x) ** 2 + (y - other_y) ** 2 > (1.7 * RADIUS) ** 2


def test_no_cells_give_an_empty_drawing():
    assert hexagons({}) == ({}, 0.0, 0.0)


def test_long_names_are_broken_evenly():
    drawn, _width, _height = hexagons({"a": Cell("a", 0, 0, "")})

    assert [line for _y, line in label_lines("Nam Ban Lâm Hà", drawn["a"])] == ["Nam Ban", "Lâm Hà"]
    assert [line for _y, line in label_lines("Cam Ly - Đà Lạt", drawn["a"])] == ["Cam Ly", "Đà Lạt"]
    assert [line for _y, line in label_lines("Di Linh", drawn["a"])] == ["Di Linh"]
