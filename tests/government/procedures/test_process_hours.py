"""The hours of a process sheet fit into the time promised, or the sheet says by how much they do not."""

from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from langbiang.government.procedures.process_hours import balance, fitted, needed_hours, promised_hours


@dataclass(frozen=True)
class Step:
    hours: Decimal
    kind: str = "task"
    parallel_group: str = ""
    optional: bool = False
    key: str = ""
    role: str = "officer"


@dataclass(frozen=True)
class Way:
    duration: Decimal | None
    duration_unit: str = "working_days"


def hours(*values: int) -> list[Step]:
    return [Step(Decimal(v)) for v in values]


def test_steps_one_after_the_other_add_up() -> None:
    assert needed_hours(hours(2, 3, 2, 1)) == 8


def test_steps_side_by_side_count_as_the_longest() -> None:
    steps = [Step(Decimal(4)), Step(Decimal(8), "consult", "a"), Step(Decimal(16), "consult", "a"), Step(Decimal(2), "consult", "b")]
    assert needed_hours(steps) == 4 + 16 + 2


def test_waiting_for_others_takes_no_hours_of_the_agency() -> None:
    assert needed_hours([Step(Decimal(80), kind) for kind in ("wait_ext", "wait_money", "posting")]) == 0


def test_the_shortest_promise_of_all_ways_counts() -> None:
    assert promised_hours([Way(Decimal(10)), Way(Decimal(3)), Way(None)]) == 24
    assert promised_hours([Way(Decimal("0.5"))]) == 4
    assert promised_hours([Way(None), Way(Decimal(1), "")]) is None


def test_a_calendar_week_is_five_working_days() -> None:
    assert promised_hours([Way(Decimal(7), "calendar_days")]) == 40


def test_hours_that_do_not_fit_are_told() -> None:
    found = balance(hours(20, 8), [Way(Decimal(3))])
    assert not found.fits
    assert found.spare == -4
    assert balance(hours(8), []).fits, "nothing is promised, nothing is broken"


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["", "a", "b"])), max_size=8))
def test_running_side_by_side_never_takes_longer(rows: list[tuple[int, str]]) -> None:
    apart = needed_hours(Step(Decimal(h)) for h, _ in rows)
    together = needed_hours(Step(Decimal(h), parallel_group=g) for h, g in rows)
    assert together <= apart


WORK = [
    Step(Decimal(4), key="receive", role="receiver"), Step(Decimal(24), key="appraise"),
    Step(Decimal(8), kind="posting", key="posting"), Step(Decimal(8), kind="sign", key="sign", role="signer"),
    Step(Decimal(0), kind="return", key="return", role="returner"),
]  # fmt: skip


@given(promised=st.integers(2, 400), fixed=st.integers(1, 12))
def test_fitted_hours_use_up_the_promise_to_the_half_hour(promised: int, fixed: int) -> None:
    found = fitted(WORK, Decimal(promised), {"sign": Decimal(fixed)})
    total = needed_hours(Step(found[s.key], s.kind) for s in WORK)
    if promised - fixed >= 1:
        assert total == promised
    assert found["sign"] == fixed
    assert found["posting"] == 8
    assert min(h for k, h in found.items() if k != "return") >= Decimal("0.5")


def test_more_time_goes_to_those_who_work_on_the_case_not_to_the_counter() -> None:
    found = fitted(WORK, Decimal(80))
    assert (found["receive"], found["sign"], found["appraise"]) == (4, 8, 68)


def test_without_a_promise_the_hours_stay() -> None:
    assert fitted(WORK, None) == {s.key: s.hours for s in WORK}
