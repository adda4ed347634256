"""What the checks say about single values, and how well they do over a generated province."""

import math
import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.indicator_checks import measure
from langbiang.government.indicators.checks import CONFIRM, HINT, History, alike, examine, running, terminal_digits
from langbiang.government.indicators.checks.examining import exchanged


def steady(height: float = 1000, noise: float = 0.05, n: int = 30, seed: int = 1) -> History:
    dice = random.Random(seed)
    return History([round(height * (1 + dice.gauss(0, noise)), 1) for _ in range(n)], 12)


def rules(value: str, history: History, **more) -> list[str]:
    return [each.rule for each in examine(Decimal(value), history, **more)]


def test_a_usual_value_is_let_pass():
    assert rules("1012,5".replace(",", "."), steady()) == []


@pytest.mark.parametrize(
    ("value", "rule"), [("10125", "unit"), ("1012500", "unit"), ("101.3", "unit"), ("-1012.5", "sign"), ("1777", "high"), ("640", "low")]
)
def test_a_value_that_cannot_be_is_asked_about_with_the_likely_cause(value, rule):
    assert rules(value, steady())[0] == rule
    assert all(each.severity == CONFIRM for each in examine(Decimal(value), steady()))


def test_exchanged_digits_are_offered_the_right_way_round():
    found = examine(Decimal("2103.4"), steady(1230, noise=0.03))
    assert found[0].rule == "digits"
    assert found[0].values["instead"] == 1203.4


def test_a_figure_copied_from_the_month_before_is_asked_about_only_where_nothing_repeats():
    history = steady()
    assert history.previous is not None
    assert rules(repr(history.previous), history) == ["copied"]
    assert rules("5", History([5.0] * 20, 12)) == []


def test_a_series_that_is_too_young_says_nothing():
    assert rules("99999999", steady(n=7)) == []


def test_a_season_is_no_fault():
    values = [1000 * (1 + 0.5 * math.cos((n - 5) / 6 * math.pi)) * (1 + 0.02 * ((n * 7) % 5 - 2)) for n in range(36)]
    high = History(values[:29], 12)  # the 30th is the highest month of the year
    assert rules(f"{values[29]:.1f}", high) == []
    assert rules(f"{values[29]:.1f}", History(values[:35], 12)) != []  # the same in the lowest month is


def test_what_moved_everybody_is_not_held_against_one():
    assert rules("1444", steady()) == ["high"]
    assert rules("1444", steady(), peers=[steady(seed=s).strangeness(1444) for s in range(2, 12)]) == []


@given(st.decimals(1, 10**9, places=1))
def test_exchanging_digits_keeps_their_sum(value):
    for other in exchanged(value):
        assert sorted(f"{other:f}") == sorted(f"{value:f}")
        assert other != value


@given(st.lists(st.none() | st.floats(-1e12, 1e12), max_size=40), st.decimals(-(10**12), 10**12, places=2), st.sampled_from([0, 4, 12]))
def test_no_history_brings_the_checks_down(values, value, season):
    for each in examine(value, History(values, season)):
        assert each.severity in (CONFIRM, HINT)
        assert all(not isinstance(v, float) or math.isfinite(v) for v in each.values.values())


def test_equal_reports_of_two_units_are_found_and_zeros_say_nothing():
    copy = [Decimal(12), Decimal(45), Decimal(78)]
    assert alike({1: copy, 2: list(copy), 3: [Decimal(0)] * 3, 4: [Decimal(0)] * 3}) == [(1, 2, 3)]


def test_made_up_last_digits_are_a_hint():
    assert terminal_digits([Decimal(1000 + 7 * n) for n in range(300)]) is None
    found = terminal_digits([Decimal(1000 + 10 * n + 5) for n in range(300)])
    assert found is not None
    assert found.severity == HINT


def test_the_faults_of_a_generated_province_are_found():
    told = measure(units=30, months=36, seed=3)
    for kind in ("times 10", "times 1000", "sign", "copied from the month before", "the report of another unit"):
        assert told[kind]["ours"] >= 0.9, kind
    assert told["two digits exchanged, to the double or half"]["ours"] >= 0.9
    for kind, row in told.items():
        if kind.startswith("false alarms, "):
            assert max(row.get("ours", 0), row.get("both", 0)) <= 1, kind
        elif "both" in row:
            assert row["both"] >= 0.9, kind


@given(st.lists(st.integers(0, 10**6), max_size=11), st.integers(10, 10**6))
def test_a_sum_that_is_right_is_let_pass_and_an_exchange_of_digits_never(before: list[int], value: int):
    total = Decimal(sum(before) + value)
    known = [float(each) for each in before]
    assert running(Decimal(value), total, known) is None
    for wrong in exchanged(Decimal(value)):
        found = running(wrong, total, known)
        assert found is not None
        assert found.severity == CONFIRM
        assert "instead" in found.values


def test_a_sum_says_nothing_where_a_period_before_is_not_known():
    assert running(Decimal(12), Decimal(99), [10.0, None]) is None


def test_a_book_kept_more_exactly_than_its_report_is_no_contradiction():
    assert running(Decimal("10.1"), Decimal("30.4"), [10.1, 10.1], decimals=1) is None
    assert running(Decimal("10.1"), Decimal("30.5"), [10.1, 10.1], decimals=1) is not None


def test_a_change_against_the_period_before_is_held_against_it():
    assert running(Decimal(31250), Decimal(-42), [-31292.0]) is None
    found = running(Decimal(31520), Decimal(-42), [-31292.0])
    assert found is not None
    assert found.values["instead"] == 31250
