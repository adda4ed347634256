"""The deadline module agrees with an independent calendar on thousands of generated matters, 2025-2027."""

import random
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest

from langbiang.foundation.calendars.deadlines import (
    LOCAL,
    CutoffRule,
    DayKind,
    DayRow,
    Extension,
    Facts,
    Suspension,
    Term,
    WorkCalendar,
    changed_days,
    effective_start,
    explain,
    layered,
    propose_move,
    reckon,
    remaining,
)
from tests.foundation.calendars.brute_force import BruteForce, days
from tests.foundation.calendars.builders import calendar_like

SUMMER = ("04-16", "10-15", ("07:00", "11:00"), ("14:00", "17:00"))
ISLAND = BruteForce(seasons=[SUMMER])
MAINLAND = BruteForce()
PAIRS = {"mainland": (MAINLAND, calendar_like(MAINLAND)), "island": (ISLAND, calendar_like(ISLAND))}
# Around these days the rules differ from a plain week; half of all matters start near one of them.
KNOTS = sorted(MAINLAND.off | MAINLAND.worked | MAINLAND.half)
AMOUNTS = {
    "working_days": ["0", "1", "2", "3", "5", "7", "10", "15", "20", "30", "45", "60", "0.5", "1.5", "2.5"],
    "calendar_days": ["1", "2", "3", "5", "7", "10", "15", "20", "30", "45", "60", "90"],
    "months": ["1", "2", "3", "6", "0.5", "1.5"],
    "working_hours": ["1", "2", "4", "8", "12", "16", "24", "0.5", "1.75"],
}
SCOPES = ["all", "same_day", "none"]


def received_somewhere(rng: random.Random) -> datetime:
    if rng.random() < 0.5:
        day = rng.choice(KNOTS) + timedelta(days=rng.randint(-6, 2))
    else:
        day = date(2025, 1, 1) + timedelta(days=rng.randrange(3 * 365))
    day = min(max(day, date(2025, 1, 1)), date(2027, 12, 31))
    edges = [time(15), time(15, 0, 1), time(14, 59, 59), time(7, 30), time(17, 30), time(11, 30), time(0)]
    any_time = time(rng.randrange(24), rng.randrange(60), rng.randrange(60))
    clock = rng.choice(edges) if rng.random() < 0.4 else any_time
    return datetime.combine(day, clock)


def a_matter(rng: random.Random, unit: str) -> tuple[datetime, str, str, str | None, Facts]:
    received = received_somewhere(rng)
    amount, scope = rng.choice(AMOUNTS[unit]), rng.choice(SCOPES)
    hour = rng.choice([time(15), time(15), time(16, 30)])
    bears = scope == "all" or (scope == "same_day" and amount == "0")
    facts = Facts(received.replace(tzinfo=LOCAL), Term(Decimal(amount), unit), CutoffRule(scope, hour))
    return received, amount, unit, f"{hour:%H:%M}" if bears else None, facts


def plain(at: datetime) -> datetime:
    return at.astimezone(LOCAL).replace(tzinfo=None)


def later(rng: random.Random, at: datetime, most: int) -> datetime:
    return at + timedelta(days=rng.randint(0, most), minutes=rng.randrange(1440))


@pytest.mark.parametrize("where", PAIRS)
@pytest.mark.parametrize("unit", AMOUNTS)
def test_start_and_due_agree(where, unit):
    brute, calendar = PAIRS[where]
    rng = random.Random(f"due {where} {unit}")
    for _ in range(300):
        received, amount, _, cutoff, facts = a_matter(rng, unit)
        expected = brute.due(received, amount, unit, cutoff)
        reckoning = reckon(calendar, facts)
        assert plain(reckoning.due_current) == expected, facts
        start = effective_start(calendar, facts.received_at, facts.term, facts.cutoff)
        assert start.day == brute.start(received, amount == "0", cutoff).date()
        assert explain(calendar, facts)[-1].values["at"] == reckoning.due_current.isoformat()


@pytest.mark.parametrize("where", PAIRS)
@pytest.mark.parametrize("unit", AMOUNTS)
def test_suspensions_and_extensions_agree(where, unit):
    brute, calendar = PAIRS[where]
    rng = random.Random(f"suspension {where} {unit}")
    for _ in range(120):
        received, amount, _, cutoff, facts = a_matter(rng, unit)
        expected = brute.due(received, amount, unit, cutoff)
        changes, at = [], received
        for _ in range(rng.randint(1, 3)):
            if rng.random() < 0.7:
                stopped = later(rng, at, 6)
                at = later(rng, stopped, 5 if unit == "working_hours" else 20)
                expected = brute.after_suspension(expected, amount, unit, stopped, at)
                changes.append(Suspension(stopped.replace(tzinfo=LOCAL), at.replace(tzinfo=LOCAL)))
            else:
                at = later(rng, at, 3)
                more_unit = rng.choice(["working_days", "calendar_days", "working_hours"])
                more = rng.choice(["1", "3", "5", "10"])
                if more_unit == "working_hours":
                    expected = brute.add_minutes(expected, int(more) * 60)
                elif more_unit == "working_days":
                    expected = brute.end_of_office(brute.add_working_days(expected.date(), int(more)))
                else:
                    expected = brute.end_of_office(
                        brute.not_on_a_day_off(expected.date() + timedelta(days=int(more)))
                    )
                changes.append(Extension(at.replace(tzinfo=LOCAL), by=Term(Decimal(more), more_unit)))
        facts = Facts(facts.received_at, facts.term, facts.cutoff, tuple(changes))
        reckoning = reckon(calendar, facts)
        assert plain(reckoning.due_current) == expected, facts
        assert explain(calendar, facts)[-1].values["at"] == reckoning.due_current.isoformat()


@pytest.mark.parametrize("unit", AMOUNTS)
def test_a_day_declared_while_the_matter_runs_agrees_and_never_shortens(unit):
    rng = random.Random(f"declared {unit}")
    calendar = PAIRS["mainland"][1]
    moved = kept = 0
    for _ in range(150):
        received, amount, _, cutoff, facts = a_matter(rng, unit)
        promised = reckon(calendar, facts).due_current
        # Days of the calendar only matter where the term ends on them; others matter wherever they lie.
        by_calendar = unit in ("calendar_days", "months")
        day = plain(promised).date() - timedelta(days=0 if by_calendar else rng.randint(-2, 12))
        off = rng.random() < 0.6
        brute = MAINLAND.with_day(day, off=off)
        row = DayRow(day, DayKind.OFF if off else DayKind.WORK, note="declared")
        reach = received.date(), day + timedelta(days=90)
        after = WorkCalendar("declared", *reach, layered(calendar.days, [row]), calendar.hours)
        expected = brute.due(received, amount, unit, cutoff)
        assert plain(reckon(after, facts).due_current) == expected
        proposal = propose_move(after, facts, due_current=promised, changed=changed_days(calendar, after))
        if expected > plain(promised):
            moved += 1
            assert plain(proposal.due_to) == expected
            assert proposal.because == (day,)
        else:
            kept += 1
            assert proposal is None
    assert moved > 10
    assert kept > 10


@pytest.mark.parametrize("where", PAIRS)
def test_remaining_and_overdue_agree(where):
    brute, calendar = PAIRS[where]
    rng = random.Random(f"remaining {where}")
    for _ in range(80):
        due = received_somewhere(rng).replace(second=0)
        now = due + timedelta(days=rng.randint(-12, 12), minutes=rng.randrange(1440))
        left = remaining(calendar, due.replace(tzinfo=LOCAL), now.replace(tzinfo=LOCAL))
        first, last = sorted((due, now))
        assert left.is_overdue == (now > due)
        assert left.working_days == brute.count_working_days(first.date(), last.date())
        assert left.working_minutes == brute.count_minutes(first, last)


def test_the_tables_of_the_brute_force_hold_swaps_in_every_year():
    assert {day.year for day in MAINLAND.worked} == {2025, 2026, 2027}
    assert all(day.isoweekday() > 5 for day in MAINLAND.worked)
    assert not days("2026-08-31") - MAINLAND.off
