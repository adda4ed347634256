"""Real boundaries become lines that keep their place and shape."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langbiang.operations.centre.outlines import WIDTH, outlined


def square(west: float, south: float, size: float) -> list[list[list[list[float]]]]:
    east, north = west + size, south + size
    return [[[[west, south], [east, south], [east, north], [west, north], [west, south]]]]


def test_north_is_up_and_neighbours_touch():
    found, width, height = outlined({"a": square(108.0, 11.0, 0.5), "b": square(108.5, 11.0, 0.5), "c": square(108.0, 11.5, 0.5)})
    assert width == WIDTH
    assert height == pytest.approx(WIDTH / 0.98, rel=0.01)  # a degree of longitude is shorter than one of latitude
    assert found["c"].desk.value[1] < found["a"].desk.value[1]
    assert found["b"].desk.value[0] > found["a"].desk.value[0]
    assert "500 " in found["a"].path
    assert "500 " in found["b"].path


def test_a_value_is_written_only_where_it_fits():
    found, *_size = outlined({"large": square(108.0, 11.0, 1.0), "small": square(109.0, 11.0, 0.01)})
    assert found["large"].desk.has_room
    assert not found["small"].desk.has_room


def test_a_name_stands_wholly_inside_its_land_on_as_few_lines_as_fit():
    # A strip a tenth of a degree wide: the name has to break; on a wall, where letters are larger, it has no room.
    strip = [[[[108.0, 11.0], [108.09, 11.0], [108.09, 12.0], [108.0, 12.0], [108.0, 11.0]]]]
    found, *_size = outlined({"wide": square(109.0, 11.0, 1.0), "strip": strip}, {"wide": "Bảo Lâm 2", "strip": "Đinh Trang Thượng"})
    assert [words for _x, _y, words in found["wide"].wall.name] == ["Bảo Lâm 2"]
    assert len(found["strip"].desk.name) > 1
    assert found["strip"].wall.name == ()
    left, right = found["strip"].path.split("L")[0].removeprefix("M").split()[0], found["strip"].path.split("L")[1].split()[0]
    for x, _y, words in found["strip"].desk.name:
        assert float(left) <= x - 7.4 * len(words) / 2
        assert x + 7.4 * len(words) / 2 <= float(right)


def test_an_island_far_out_is_moved_to_an_empty_place_and_the_land_keeps_its_size():
    land = {f"u{n}": square(107.0 + 0.2 * (n % 4), 11.0 + 0.2 * (n // 4), 0.2) for n in range(16) if n not in (2, 3)}
    _alone, width, height = outlined(land)
    found, same_width, same_height = outlined({**land, "island": square(108.5, 10.0, 0.05)})
    assert (same_width, same_height) == (width, height)
    x, y = found["island"].desk.value
    assert 0.5 * width < x < width  # where the land leaves a corner free
    assert 0.75 * height < y <= height + 10
    full = {f"u{n}": square(107.0 + 0.2 * (n % 4), 11.0 + 0.2 * (n // 4), 0.2) for n in range(16)}
    assert outlined({**full, "island": square(108.5, 10.0, 0.05)})[2] > outlined(full)[2]  # no empty place: it stays


def test_a_number_stays_with_its_word():
    thin = [[[[108.0, 11.0], [108.09, 11.0], [108.09, 12.0], [108.0, 12.0], [108.0, 11.0]]]]
    found, *_size = outlined({"a": square(109.0, 11.0, 1.0), "b": thin}, {"b": "Đam Rông 4"})
    assert [words for _x, _y, words in found["b"].desk.name] in (["Đam", "Rông 4"], ["Đam Rông 4"])


def test_words_never_lie_over_other_words():
    land = {f"u{n}": square(107.0 + 0.2 * (n % 4), 11.0 + 0.2 * (n // 4), 0.2) for n in range(12)}
    found, *_size = outlined(land, {code: "Xuân Trường Đà Lạt" for code in land})
    for hand in ("desk", "wall"):
        boxes = [
            (x - 7.4 * len(words) / 2, y - 10, x + 7.4 * len(words) / 2, y)
            for outline in found.values() for x, y, words in getattr(outline, hand).name
        ]  # fmt: skip
        for n, (a, b, c, d) in enumerate(boxes):
            assert not any(a < e and f < c and b < g and h < d for f, h, e, g in boxes[n + 1 :])


def test_a_package_without_points_is_an_empty_drawing():
    assert outlined({})[0] == {}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine gives values slowly
@given(st.floats(102, 110), st.floats(8, 23), st.floats(0.05, 2))
def test_whatever_lies_in_the_country_stays_inside_the_drawing(west, south, size):
    found, width, height = outlined({"a": square(west, south, size)})
    x, y = found["a"].desk.value
    assert 0 <= x <= width
    assert 0 <= y <= height + 10
