"""What a rule would have done on past days."""

from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from langbiang.foundation.measures import Value
from langbiang.operations.centre.hysteresis import Levels
from langbiang.operations.centre.rehearsing import Rehearsed, rehearse

FIRST = date(2026, 11, 1)
LEVELS = Levels("above", 10, 6)


def on(figures: Sequence[int], levels: Levels = LEVELS, **more: int) -> Rehearsed:
    values = {FIRST + timedelta(days=n): Value(each) for n, each in enumerate(figures)}
    days = [FIRST + timedelta(days=n) for n in range(len(figures))]
    return rehearse(levels, values, days, nothing=Value(), **more)


def test_an_alert_lasts_from_its_trigger_until_its_clear_level() -> None:
    found = on([3, 10, 14, 8, 6, 9]).spells
    assert [(each.first.day, each.last.day, each.worst, each.is_up) for each in found] == [(2, 4, 14, False)]


def test_what_the_second_level_spared_is_counted() -> None:
    found = on([10, 9, 10, 8, 11, 7, 10, 2])
    assert len(found.spells) == 1
    assert found.avoided == 3


def test_one_that_is_not_over_is_up() -> None:
    (spell,) = on([1, 12, 7]).spells
    assert spell.is_up
    assert spell.days == 2


def test_a_period_adds_up_its_days() -> None:
    assert not on([4, 4, 4]).spells
    assert [each.first.day for each in on([4, 4, 4], window=3).spells] == [3]


def test_an_agency_with_nothing_to_count_is_not_below_its_level() -> None:
    below = Levels("below", 5, 7)
    values = {FIRST: Value(9), FIRST + timedelta(days=2): Value(4)}
    days = [FIRST + timedelta(days=n) for n in range(4)]
    found = rehearse(below, values, days, nothing=Value()).spells
    assert [(each.first.day, each.last.day) for each in found] == [(3, 4)]


def test_a_share_of_too_few_decides_nothing() -> None:
    few = Levels("below", 90, 95, least_base=20)
    values = {FIRST: Value(1, 10), FIRST + timedelta(days=1): Value(10, 20)}
    days = [FIRST, FIRST + timedelta(days=1)]
    assert [each.first.day for each in rehearse(few, values, days, nothing=Value(0, 0)).spells] == [2]


def test_figures_that_stop_are_missed_until_they_come_again() -> None:
    found = on([5, 0, 0, 0, 4, 0], silent_days=1).missing
    assert [(each.first.day, each.last.day, each.is_up) for each in found] == [(3, 4, False)]
    assert on([0, 0, 0, 0], silent_days=1).missing == []


@given(st.lists(st.integers(0, 20), max_size=40), st.integers(1, 15), st.integers(0, 15))
def test_a_second_level_never_raises_more(figures: list[int], trigger: int, below: int) -> None:
    found = on(figures, Levels("above", trigger, max(0, trigger - below)))
    one = on(figures, Levels("above", trigger, trigger))
    assert len(found.spells) + found.avoided == len(one.spells)
    assert all(before.last < after.first for before, after in zip(found.spells, found.spells[1:], strict=False))
