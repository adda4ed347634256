"""Which cells of the robustness matrix hold."""

from dataclasses import replace
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


@pytest.fixture
def simulated(monkeypatch):
    """Every case answers at once in this process; says which were run."""
    ran: list[Case] = []

    def here(open_cases, workers, until):
        for case in open_cases:
            ran.append(case)
            yield Cell(case, 20.0 + case.seed, 90, 0, False)

    monkeypatch.setattr(robustness, "_simulated", here)
    monkeypatch.setattr(robustness, "fingerprint", lambda wanted: "one")
    return ran


def test_an_interrupted_matrix_goes_on_where_it_stopped(tmp_path, simulated):
    wanted = robustness.cases([Path("x/a"), Path("x/b")], [1, 2], missed=[0.1], outages=["none"], demands=[1.0])
    journal = robustness.Journal(tmp_path / "new" / "runs.jsonl")
    robustness.measure(wanted[:3], journal=journal)
    with journal.path.open("a") as file:
        file.write('{"case": {"scen')
    cells = robustness.measure(wanted[:3], journal=journal)
    assert len(simulated) == 3
    assert [cell.case for cell in cells] == wanted[:3]
    assert cells[0].delay_s == 21.0
    assert robustness.unfinished(wanted, cells) == wanted[3:]
    robustness.measure(wanted, journal=journal)
    assert len(journal.read(wanted)) == len(wanted) == len(simulated)


def test_runs_of_other_settings_are_not_mixed_in(tmp_path, simulated, monkeypatch):
    wanted = robustness.cases([Path("a")], [1], missed=[0.1], outages=["none"], demands=[1.0])
    journal = robustness.Journal(tmp_path / "runs.jsonl")
    robustness.measure(wanted, journal=journal)
    monkeypatch.setattr(robustness, "fingerprint", lambda wanted: "two")
    with pytest.raises(robustness.ForeignJournal, match="name another file"):
        robustness.measure(wanted, journal=journal)


def test_a_run_lost_in_its_own_process_names_case_and_cause(tmp_path):
    wanted = robustness.cases([tmp_path / "nowhere"], [1], missed=[0.1], outages=["none"], demands=[1.0])
    with pytest.raises(robustness.RunLost, match="no such folder"):
        robustness.measure(wanted, workers=2)


def test_a_matrix_broken_off_is_a_fair_sample():
    wanted = robustness.cases([Path("a"), Path("b")], [1, 2])
    first = wanted[: len(wanted) // 2]
    assert {case.seed for case in first} == {1}
    some = first[:20]
    assert {case.scenario for case in some} == {"a", "b"}
    assert {case.outage for case in some} >= set(robustness.OUTAGES)
    assert {case.demand for case in some} == set(robustness.DEMANDS)
    for at, case in enumerate(wanted):
        if not case.is_reference:
            assert replace(case, missed=-1.0, outage="none") in wanted[:at]


def test_a_cell_that_holds_is_not_named(tmp_path):
    assert robustness.broken([FIXED, cell()]) == []
    robustness.write_json([FIXED, cell()], tmp_path / "out.json")
    assert '"scenario": "cologne3"' in (tmp_path / "out.json").read_text()
