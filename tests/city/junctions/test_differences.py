"""Two layouts side by side: nothing that changed is left out, and what takes protection away is marked."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langbiang.city.junctions.differences import Difference, differences
from langbiang.city.junctions.pages.comparing import told
from langbiang.city.junctions.pages.editing import as_entered, carried_over, entered
from tests.city.junctions.test_layout import BY_CODE

BASE = BY_CODE["kim-cuc"]


def changed(*path: Any, to: Any) -> dict[str, Any]:
    """The layout with one value changed."""
    content = copy.deepcopy(BASE)
    at: Any = content
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = to
    return content


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to every single value of a layout."""
    if isinstance(value, dict) and value:
        return [one for key, inner in value.items() for one in leaves(inner, (*path, key))]
    if isinstance(value, list) and value:
        return [one for n, inner in enumerate(value) for one in leaves(inner, (*path, n))]
    return [path]


LEAVES = leaves(BASE)


def place(rows: str, key: str) -> int:
    return [row["key"] for row in BASE[rows]].index(key)


def test_a_layout_does_not_differ_from_itself() -> None:
    content = copy.deepcopy(BASE)
    content["conflicts"].reverse()
    content["stages"][0]["movements"].reverse()
    assert differences(BASE, content) == []


@given(st.sampled_from(LEAVES))
def test_no_change_of_any_value_is_left_out(path: tuple[Any, ...]) -> None:
    old: Any = BASE
    for step in path:
        old = old[step]
    new = old + 1 if isinstance(old, int | float) else "other" if isinstance(old, str) else ["other"]
    other = changed(*path, to=new)
    assert differences(BASE, other) != []
    assert differences(other, BASE) != []
    assert all(one.what for one in told(BASE, other))


@pytest.mark.parametrize(
    ("rows", "key", "field"),
    [("movements", "NT", "min_green_s"), ("movements", "NT", "yellow_s"), ("movements", "PN", "walk_s"), ("movements", "PN", "clear_s")],
)
def test_a_shorter_time_is_dangerous_and_a_longer_one_is_not(rows: str, key: str, field: str) -> None:
    n = place(rows, key)
    old = BASE[rows][n][field]
    for new, is_dangerous in ((old - 1, True), (old + 1, False)):
        found = differences(BASE, changed(rows, n, field, to=new))
        assert found == [Difference(f"{rows}.{field}", (key,), old, new, is_dangerous)]


def test_a_shorter_red_in_between_is_dangerous_and_a_longer_one_is_not() -> None:
    old = BASE["intergreens"]["NT>ET"]
    for new, is_dangerous in ((old - 0.5, True), (old + 0.5, False)):
        assert differences(BASE, changed("intergreens", "NT>ET", to=new)) == [
            Difference("intergreens", ("NT", "ET"), old, new, is_dangerous)
        ]


def test_a_conflict_that_is_gone_is_dangerous_and_stands_first() -> None:
    content = changed("stages", 0, "name", to="Khác")
    content["conflicts"] = [pair for pair in content["conflicts"] if set(pair) != {"NT", "ET"}]
    for name in ("NT>ET", "ET>NT"):
        del content["intergreens"][name]
    found = differences(BASE, content)
    assert [(one.part, one.keys, one.is_dangerous) for one in found] == [
        ("conflicts", ("ET", "NT"), True), ("intergreens", ("NT", "ET"), True), ("intergreens", ("ET", "NT"), True),
        ("stages.name", ("1",), False),
    ]  # fmt: skip
    assert not any(one.is_dangerous for one in differences(content, BASE))


def test_giving_way_that_is_gone_is_dangerous_unless_the_two_conflict_now() -> None:
    a, b = BASE["gives_way"][0]
    content = changed("gives_way", to=BASE["gives_way"][1:])
    assert differences(BASE, content) == [Difference("gives_way", (a, b), True, None, True)]
    content["conflicts"] = [*content["conflicts"], [a, b], [b, a]]
    assert not any(one.is_dangerous for one in differences(BASE, content))


def test_stages_that_come_and_go_and_change_places_are_told() -> None:
    content = changed("stages", to=[*reversed(BASE["stages"]), {"key": "9", "name": "Mới", "movements": ["NT"]}])
    found = {one.part: one for one in differences(BASE, content)}
    assert found["stages"].keys == ("9",)
    assert found["stages.order"].was == ["1", "2"]
    assert found["stages.order"].becomes == ["2", "1", "9"]


@pytest.mark.parametrize("code", BY_CODE)
def test_a_form_left_as_it_is_gives_the_layout_back(code: str) -> None:
    assert differences(BY_CODE[code], entered(BY_CODE[code], as_entered(BY_CODE[code]))) == []


def test_what_one_changed_is_put_on_what_another_changed() -> None:
    n = place("movements", "NT")
    mine, theirs = changed("movements", n, "min_green_s", to=33), changed("intergreens", "NT>ET", to=7)
    both = carried_over(BASE, mine, theirs)
    assert both["movements"][n]["min_green_s"] == 33
    assert both["intergreens"]["NT>ET"] == 7
    assert len(differences(BASE, both)) == 2


def test_a_box_one_cleared_stays_cleared_on_a_newer_layout() -> None:
    mine = copy.deepcopy(BASE)
    mine["stages"][0]["movements"] = mine["stages"][0]["movements"][1:]
    both = carried_over(BASE, mine, changed("intergreens", "NT>ET", to=7))
    assert sorted(both["stages"][0]["movements"]) == sorted(mine["stages"][0]["movements"])


def test_a_stage_another_removed_does_not_come_back() -> None:
    both = carried_over(BASE, changed("intergreens", "NT>ET", to=7), changed("stages", to=BASE["stages"][:1]))
    assert [stage["key"] for stage in both["stages"]] == ["1"]
