"""Which cells of the robustness matrix hold."""

from pathlib import Path

import pytest

from langbiang.city.traffic import robustness
from langbiang.city.traffic.robustness import Case, Cell

FIXED = Cell(Case("a/cologne3", 1, -1.0, "none", 1.0), 40.0, 60, 0, False)


def cell(**changes) -> Cell:
    given = {"delay_s": 20.0, "max_red_s": 90, "never_inserted": 0, "is_gridlock": False} | changes
    return Cell(Case("a/cologne3", 1, 0.1, "all", 1.0), **given)


def test_the_whole_matrix_is_asked_for_with_its_references():
    found = robustness.cases([Path("a"), Path("b")], range(1, 11))
    assert sum(case.is_reference for case in found) == 2 * 10 * 3
    assert len(found) - 60 == 2 * 10 * 27


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"is_gridlock": True, "never_inserted": 99}, "gridlock"), ({"max_red_s": 121}, "red"), ({"delay_s": 40.1}, "shipped")],
)
def test_a_cell_that_does_not_hold_says_why(changes, words):
    (found, why), = robustness.broken([FIXED, cell(**changes)])
    assert words in why
    assert found.case.outage == "all"


def test_a_cell_that_holds_is_not_named(tmp_path):
    assert robustness.broken([FIXED, cell()]) == []
    robustness.write_json([FIXED, cell()], tmp_path / "out.json")
    assert '"scenario": "cologne3"' in (tmp_path / "out.json").read_text()
