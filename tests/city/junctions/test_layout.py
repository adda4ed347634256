"""Layouts: the seven of the file are safe, and every mistake is named by its field."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import langbiang.city.junctions as room
from langbiang.city.junctions.layout import Layout, gate_rules, problems_of

DALAT = json.loads((Path(room.__file__).parent / "data" / "dalat.json").read_text(encoding="utf-8"))
BY_CODE = {row["code"]: row["layout"] for row in DALAT["junctions"]}


def fields_of(content: Any) -> set[str]:
    return {problem.field for problem in problems_of("x", content)}


@pytest.fixture
def content() -> dict[str, Any]:
    return copy.deepcopy(BY_CODE["kim-cuc"])


def test_seven_junctions_are_described_and_not_called_verified() -> None:
    assert len(BY_CODE) == 7
    assert DALAT["verified"] is False


@pytest.mark.parametrize("code", BY_CODE)
def test_every_layout_of_the_file_is_one_the_gate_accepts(code: str) -> None:
    assert problems_of(code, BY_CODE[code]) == []


def test_a_movement_in_no_stage_is_named(content: dict[str, Any]) -> None:
    for stage in content["stages"]:
        stage["movements"] = [m for m in stage["movements"] if m != "PN"]
    assert "movement:PN" in fields_of(content)


def test_a_conflict_written_one_way_only_is_named(content: dict[str, Any]) -> None:
    content["conflicts"].remove(["ET", "NT"])
    del content["intergreens"]["ET>NT"]
    assert fields_of(content) == {"conflict:ET:NT"}


def test_a_missing_intergreen_is_named(content: dict[str, Any]) -> None:
    del content["intergreens"]["NT>ET"]
    assert fields_of(content) == {"intergreen:NT:ET"}


def test_conflicting_movements_in_one_stage_are_named(content: dict[str, Any]) -> None:
    content["stages"][0]["movements"].append("ET")
    assert "stage:1:ET" in fields_of(content)


def test_a_walk_shorter_than_five_seconds_is_named(content: dict[str, Any]) -> None:
    next(m for m in content["movements"] if m["key"] == "PN")["walk_s"] = 4
    assert fields_of(content) == {"walk:PN"}


@pytest.mark.parametrize(("name", "value", "field", "least"), [("clear_s", 9.9, "clear:PE", "10 s"), ("walk_s", 5, "walk:PE", "5.9 s")])
def test_people_on_foot_get_the_time_the_length_of_the_crossing_takes(
    content: dict[str, Any], name: str, value: float, field: str, least: str
) -> None:
    row = next(m for m in content["movements"] if m["key"] == "PE")
    row |= {"length_m": 12, "clear_s": 12, "walk_s": 6} if name == "clear_s" else {"length_m": 14, "clear_s": 12, "walk_s": 6}
    assert problems_of("x", content) == []
    row[name] = value
    found = problems_of("x", content)
    assert [problem.field for problem in found] == [field]
    assert "G4" in found[0].message
    assert least in found[0].message


def test_slower_people_need_longer(content: dict[str, Any]) -> None:
    assert problems_of("x", content, walking_mps=1.2) == []
    assert "clear:PE" in {problem.field for problem in problems_of("x", content, walking_mps=1.0)}


def test_a_zone_outside_the_picture_is_named(content: dict[str, Any]) -> None:
    content["zones"][0]["polygon"][0] = [1.2, 0.1]
    assert fields_of(content) == {f"zone:{content['zones'][0]['key']}"}


def test_the_fingerprint_changes_with_every_intergreen(content: dict[str, Any]) -> None:
    before = gate_rules("x", Layout(content)).fingerprint
    content["intergreens"]["NT>ET"] += 1
    assert gate_rules("x", Layout(content)).fingerprint != before


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=5), x, max_size=3), max_leaves=8))
def test_whatever_is_sent_is_answered_with_problems_not_with_a_crash(junk: Any) -> None:
    assert problems_of("x", junk)


@given(part=st.sampled_from(["approaches", "lanes", "movements", "stages", "zones"]), row=st.dictionaries(st.sampled_from(["key", "kind", "movements", "lanes", "polygon", "approach"]), st.none() | st.just("x1") | st.integers(0, 3) | st.lists(st.integers(0, 2), max_size=3), max_size=4))
def test_a_row_of_any_form_is_answered_with_problems(part: str, row: dict[str, Any]) -> None:
    broken = copy.deepcopy(BY_CODE["kim-cuc"])
    broken[part].append(row)
    assert problems_of("x", broken)
