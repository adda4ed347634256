"""What must hold for every calendar and every matter."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from langbiang.foundation.calendars.deadlines import (
    LOCAL,
    CutoffRule,
    DayKind,
    DayRow,
    Extension,
    Facts,
    OfficeHours,
    Outcome,
    Standing,
    Step,
    Suspension,
    Term,
    WorkCalendar,
    due_soon_border,
    explain,
    layered,
    outcome,
    propose_move,
    reckon,
    remaining,
    standing,
)

FIRST, LAST = date(2025, 3, 1), date(2028, 6, 30)
some_day = st.dates(date(2025, 6, 1), date(2026, 12, 31))
a_clock = st.times().map(lambda clock: clock.replace(microsecond=0))
an_instant = st.builds(lambda day, clock: datetime.combine(day, clock, LOCAL), some_day, a_clock)


@st.composite
def calendars(draw):
    rows = {}
    for day in draw(st.lists(some_day, max_size=25)):
        rows[day] = DayRow(day, draw(st.sampled_from(list(DayKind))))
    morning = draw(st.integers(360, 500))
    hours = OfficeHours(((morning, morning + 210), (800, draw(st.integers(900, 1100)))), FIRST)
    return WorkCalendar("drawn", FIRST, LAST, tuple(rows[d] for d in sorted(rows)), (hours,))


terms = st.one_of(
    st.integers(0, 60).map(Term.working_days),
    st.sampled_from(["0.5", "1.5", "2.25"]).map(Term.working_days),
    st.integers(1, 90).map(Term.calendar_days),
    st.integers(1, 12).map(lambda halves: Term.months(Decimal(halves) / 2)),
    st.integers(1, 80).map(Term.working_hours),
)
cutoffs = st.builds(CutoffRule, st.sampled_from(["all", "same_day", "none"]), st.just(time(15)))


@st.composite
def matters(draw):
    received, at, changes = draw(an_instant), None, []
    at = received
    for _ in range(draw(st.integers(0, 3))):
        at += timedelta(minutes=draw(st.integers(0, 9000)))
        if draw(st.booleans()):
            until = at + timedelta(minutes=draw(st.integers(0, 20000)))
            changes.append(Suspension(at, until))
            at = until
        else:
            changes.append(Extension(at, by=draw(terms.filter(lambda term: not term.is_same_day))))
    return Facts(received, draw(terms), draw(cutoffs), tuple(changes))


@settings(max_examples=150, deadline=None)
@given(calendars(), matters())
def test_a_due_date_lies_on_a_working_day_within_office_time_and_after_reception(calendar, facts):
    result = reckon(calendar, facts)
    for due in (result.due_original, result.due_current):
        minute = due.hour * 60 + due.minute
        assert any(opens < minute <= closes for opens, closes in calendar.spans(due.date()))
    assert result.due_original > facts.received_at - timedelta(minutes=1)
    assert result.due_current >= result.due_original


@settings(max_examples=120, deadline=None)
@given(calendars(), matters(), some_day)
def test_one_more_day_off_never_brings_a_due_date_forward(calendar, facts, day):
    after = WorkCalendar(
        "later", FIRST, LAST, layered(calendar.days, [DayRow(day, DayKind.OFF)]), calendar.hours
    )
    facts = Facts(facts.received_at, facts.term, facts.cutoff)
    assert reckon(after, facts).due_current >= reckon(calendar, facts).due_current


@settings(max_examples=120, deadline=None)
@given(calendars(), matters(), some_day, st.sampled_from(list(DayKind)))
def test_a_proposal_only_ever_moves_a_promise_later(calendar, facts, day, kind):
    after = WorkCalendar("later", FIRST, LAST, layered(calendar.days, [DayRow(day, kind)]), calendar.hours)
    promised = reckon(calendar, facts).due_current
    proposal = propose_move(after, facts, due_current=promised, changed=(day,))
    if proposal is not None:
        assert proposal.due_to > promised
        assert proposal.due_to == reckon(after, facts).due_current


@settings(max_examples=150, deadline=None)
@given(calendars(), an_instant, st.integers(1, 60))
def test_a_longer_term_is_never_due_earlier(calendar, received, amount):
    for make in (Term.working_days, Term.calendar_days, Term.working_hours, Term.months):
        if make == Term.months and amount > 15:
            continue
        shorter = reckon(calendar, Facts(received, make(amount))).due_current
        assert shorter <= reckon(calendar, Facts(received, make(amount + 1))).due_current


@settings(max_examples=150, deadline=None)
@given(calendars(), terms, cutoffs, an_instant, st.integers(0, 20000))
def test_receiving_later_is_never_due_earlier(calendar, term, cutoff, received, wait):
    later = received + timedelta(minutes=wait)
    assert reckon(calendar, Facts(received, term, cutoff)).due_current <= (
        reckon(calendar, Facts(later, term, cutoff)).due_current
    )


@settings(max_examples=150, deadline=None)
@given(calendars(), an_instant, st.integers(1, 5000))
def test_so_many_minutes_later_lie_exactly_so_many_minutes_between(calendar, at, minutes):
    assert calendar.working_minutes(at, calendar.after_minutes(at, minutes)) == minutes


@settings(max_examples=150, deadline=None)
@given(calendars(), an_instant, an_instant, an_instant)
def test_office_minutes_add_up(calendar, one, two, three):
    assert calendar.working_minutes(one, three) == (
        calendar.working_minutes(one, two) + calendar.working_minutes(two, three)
    )
    assert calendar.working_minutes(one, two) == -calendar.working_minutes(two, one)


@settings(max_examples=150, deadline=None)
@given(calendars(), an_instant, an_instant, st.integers(0, 5))
def test_due_soon_says_the_same_as_the_days_that_remain(calendar, due, now, soon_days):
    left = remaining(calendar, due, now)
    found = standing(calendar, due, now, soon_days=soon_days)
    if left.is_overdue:
        assert found is Standing.OVERDUE
    else:
        assert (found is Standing.DUE_SOON) == (left.working_days <= soon_days)
        assert (due < due_soon_border(calendar, now, soon_days=soon_days)) == (left.working_days <= soon_days)


@settings(max_examples=100, deadline=None)
@given(an_instant, an_instant)
def test_a_result_is_late_exactly_when_it_comes_after_the_due_instant(due, done):
    assert (outcome(due, done) is Outcome.LATE) == (done > due)


@settings(max_examples=150, deadline=None)
@given(calendars(), matters())
def test_the_reckoning_told_ends_with_the_deadline_and_survives_a_round_trip_through_json(calendar, facts):
    steps = explain(calendar, facts)
    assert datetime.fromisoformat(steps[-1].values["at"]) == reckon(calendar, facts).due_current
    assert tuple(Step.from_json(step.as_json()) for step in steps) == steps
