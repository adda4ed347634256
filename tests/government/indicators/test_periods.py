"""Periods, deadlines and numbers: no database."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langbiang.government.indicators import deadlines, periods
from langbiang.government.indicators.numbers import NotANumber, read

DAYS = st.dates(date(2001, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-S2", date(2026, 7, 1), date(2026, 12, 31)),
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-W01", date(2025, 12, 29), date(2026, 1, 4)),
        ("2026-11-23", date(2026, 11, 23), date(2026, 11, 23)),
        ("2026-10-R", date(2026, 9, 15), date(2026, 10, 14)),
        ("2026-Q1-R", date(2025, 12, 15), date(2026, 3, 14)),
        ("2026-S1-R", date(2025, 12, 15), date(2026, 6, 14)),
        ("2026-R", date(2025, 12, 15), date(2026, 12, 14)),
    ],
)
def test_a_name_says_its_days(name, first, last):
    found = periods.parse(name)
    assert (found.first, found.last, found.name) == (first, last, name)


@pytest.mark.parametrize("name", ["", "26", "2026-13", "2026-Q5", "2026-W54", "2025-W53", "2026-02-30", "2026-W10-R", "2026-11-23-R", "0000"])
def test_other_names_are_refused(name):
    with pytest.raises(periods.NotAPeriod):
        periods.parse(name)


@given(DAYS, st.sampled_from("DWMQSA"), st.sampled_from(["calendar", "report"]))
def test_every_day_lies_in_one_period_and_its_neighbours_touch(day, frequency, scheme):
    found = periods.of(day, frequency, scheme)
    assert found.first <= day <= found.last
    assert periods.parse(found.name) == found
    assert found.next.first == found.last + timedelta(days=1)
    assert found.next.previous == found
    assert found.shifted(7).shifted(-7) == found


@given(DAYS, st.sampled_from("WMQSA"))
def test_the_same_period_a_year_before_lies_a_year_before(day, frequency):
    found = periods.of(day, frequency)
    assert 350 <= (found.first - found.year_ago.first).days <= 378


@given(DAYS, st.sampled_from(["calendar", "report"]))
def test_months_make_up_the_year_without_gap(day, scheme):
    year = periods.of(day, "A", scheme)
    parts = year.parts("M")
    assert len(parts) == 12
    assert (parts[0].first, parts[-1].last) == (year.first, year.last)
    assert all(a.last + timedelta(days=1) == b.first for a, b in zip(parts, parts[1:], strict=False))


@given(st.integers(2002, 2058))
def test_every_week_belongs_to_one_year(year):
    weeks = [week for y in (year, year + 1) for week in periods.parse(str(y)).parts("W")]
    assert len(weeks) == len(set(weeks))
    assert all(a.next == b for a, b in zip(weeks, weeks[1:], strict=False))


def _monday_to_friday(day: date) -> bool:
    return day.weekday() < 5


@pytest.mark.parametrize(
    ("rule", "period", "due"),
    [
        ({"rule": "day_of_month", "day": 3, "at": "17:00"}, "2026-09", "2026-10-03T17:00"),
        ({"rule": "day_of_month", "day": 3, "at": "17:00", "shift": "after"}, "2026-09", "2026-10-05T17:00"),
        ({"rule": "day_of_month", "day": 3, "at": "17:00", "shift": "before"}, "2026-09", "2026-10-02T17:00"),
        ({"rule": "day_of_month", "day": 5, "at": "17:00"}, "2026-12", "2027-01-05T17:00"),
        ({"rule": "days_after", "days": 1, "at": "08:00"}, "2026-11-22", "2026-11-23T08:00"),
        ({"rule": "weekday", "weekday": 3, "at": "16:00"}, "2026-W47", "2026-11-19T16:00"),
        ({"rule": "date", "month": 1, "day": 15, "years": 1, "at": "17:00"}, "2026", "2027-01-15T17:00"),
        ({"rule": "date", "month": 2, "day": 30, "years": 1, "at": "17:00"}, "2026", "2027-02-28T17:00"),
    ],
)
def test_a_rule_says_when_a_report_is_due(rule, period, due):
    found = deadlines.due_at(rule, periods.parse(period), is_working=_monday_to_friday)
    assert found == datetime.fromisoformat(due).replace(tzinfo=deadlines.ZONE)


@pytest.mark.parametrize(
    "rule",
    [{}, {"rule": "never", "at": "17:00"}, {"rule": "weekday", "weekday": 7, "at": "16:00"}, {"rule": "day_of_month", "day": 31, "at": "17:00"},
     {"rule": "days_after", "days": 1, "at": "25:00"}, {"rule": "days_after", "days": 1, "at": "08:00", "shift": "sideways"}],
)  # fmt: skip
def test_a_rule_that_cannot_be_reckoned_is_refused(rule):
    with pytest.raises(deadlines.BadRule):
        deadlines.check(rule)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.250,5", "1250.5"), ("1250,5", "1250.5"), ("-3", "-3"), ("1.250", "1250"), (" 12 345 ", "12345"), ("0", "0"), ("2,50", "2.5")],
)
def test_numbers_are_read_as_vietnamese_writes_them(text, value):
    typed = read(text, decimals=1)
    assert typed is not None
    assert (typed.value, typed.is_no_event) == (Decimal(value), False)


def test_blank_nothing_happened_and_zero_are_three_things():
    assert read("  ", decimals=0) is None
    nothing, zero = read("k", decimals=0), read("0", decimals=0)
    assert nothing is not None
    assert zero is not None
    assert (nothing.value, nothing.is_no_event, zero.value, zero.is_no_event) == (0, True, 0, False)


@pytest.mark.parametrize(
    ("text", "rule"),
    [("12.5", "point"), ("1.25.3", "point"), ("abc", "form"), ("1,2,3", "form"), ("9" * 19, "digits"), ("1,25", "decimals"), ("1e5", "form")],
)
def test_what_is_no_number_says_why(text, rule):
    with pytest.raises(NotANumber) as refused:
        read(text, decimals=1)
    assert refused.value.rule == rule


@given(st.decimals(-10**12, 10**12, places=2))
def test_a_number_written_with_dots_and_comma_is_read_back(value):
    text = f"{value:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".")
    typed = read(text, decimals=2)
    assert typed is not None
    assert typed.value == value
