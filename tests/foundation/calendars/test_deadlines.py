"""The rules of counting on the reference cases, one sentence each."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from langbiang.foundation.calendars.deadlines import (
    LOCAL,
    CutoffHour,
    CutoffRule,
    DayKind,
    DayRow,
    Extension,
    ExtensionObstacle,
    ExtensionRule,
    Facts,
    InvalidTerm,
    NaiveTime,
    NoCutoffHour,
    NoOfficeHours,
    OfficeHours,
    Outcome,
    OutsideCalendar,
    Season,
    Shift,
    Standing,
    Suspension,
    Term,
    WorkCalendar,
    changed_days,
    due_soon_border,
    effective_start,
    extended,
    layered,
    obstacles_to_extension,
    outcome,
    propose_move,
    reckon,
    remaining,
    standing,
    suspended_units,
)
from tests.foundation.calendars.brute_force import BruteForce
from tests.foundation.calendars.builders import (
    DEFAULT_HOURS,
    FIRST,
    LAST,
    OFFICE,
    OFFICIAL,
    calendar_like,
    local,
)

ALL_AT_15 = CutoffRule("all", time(15))
NONE = CutoffRule()


def due(received: str, term: Term, cutoff: CutoffRule = NONE, *changes) -> datetime:
    return reckon(OFFICIAL, Facts(local(received), term, cutoff, changes)).due_current


# --- the reference cases


def test_three_working_days_from_the_friday_before_national_day_end_on_monday_7_september():
    assert due("2026-08-28 09:00", Term.working_days(3)) == local("2026-09-07 17:30")


def test_the_same_matter_received_after_the_cutoff_ends_a_day_later():
    assert due("2026-08-28 15:01", Term.working_days(3), ALL_AT_15) == local("2026-09-08 17:30")


def test_one_working_day_from_the_friday_before_a_swapped_saturday_ends_on_that_saturday():
    assert due("2026-08-21 10:00", Term.working_days(1)) == local("2026-08-22 17:30")


def test_one_working_day_over_the_culture_day_ends_on_25_november():
    assert due("2026-11-23 10:00", Term.working_days(1)) == local("2026-11-25 17:30")


def test_five_working_days_over_tet_end_on_27_february():
    assert due("2026-02-13 10:00", Term.working_days(5)) == local("2026-02-27 17:30")


def test_five_calendar_days_ending_on_national_day_move_to_3_september():
    assert due("2026-08-28 10:00", Term.calendar_days(5)) == local("2026-09-03 17:30")


def test_a_suspension_of_four_working_days_moves_16_march_to_20_march():
    term = Term.working_days(10)
    assert due("2026-03-02 10:00", term) == local("2026-03-16 17:30")
    stop = Suspension(local("2026-03-05 09:00"), local("2026-03-11 14:00"), "supplement")
    assert suspended_units(OFFICIAL, term, stop.at, stop.until) == 4
    assert due("2026-03-02 10:00", term, NONE, stop) == local("2026-03-20 17:30")


def test_one_and_a_half_working_days_are_twelve_working_hours():
    for term in (Term.working_days("1.5"), Term.working_hours(12)):
        assert due("2026-03-02 10:00", term) == local("2026-03-03 16:00")


def test_in_2025_the_saturday_26_april_works_for_friday_2_may():
    assert due("2025-04-25 08:00", Term.working_days(1)) == local("2025-04-26 17:30")
    assert due("2025-04-29 08:00", Term.working_days(1)) == local("2025-05-05 17:30")


# --- where the clock starts


@pytest.mark.parametrize(
    ("clock", "shift"), [("14:59:59", None), ("15:00:00", None), ("15:00:01", Shift.AFTER_CUTOFF)]
)
def test_15_oclock_sharp_is_still_before_the_cutoff(clock, shift):
    start = effective_start(OFFICIAL, local(f"2026-03-02 {clock}"), Term.working_days(1), ALL_AT_15)
    assert start.shift is shift
    assert start.day == (date(2026, 3, 3) if shift else date(2026, 3, 2))


def test_a_same_day_rule_leaves_longer_terms_alone():
    rule = CutoffRule("same_day", time(15))
    assert due("2026-03-02 16:00", Term.working_days(1), rule) == local("2026-03-03 17:30")
    assert due("2026-03-02 16:00", Term.same_day(), rule) == local("2026-03-03 17:30")
    assert due("2026-03-02 14:00", Term.same_day(), rule) == local("2026-03-02 17:30")


def test_a_same_day_matter_received_after_closing_is_due_the_next_working_day_even_without_a_rule():
    start = effective_start(OFFICIAL, local("2026-03-06 20:00"), Term.same_day())
    assert start.shift is Shift.AFTER_OFFICE_TIME
    assert due("2026-03-06 20:00", Term.same_day()) == local("2026-03-09 17:30")


def test_reception_on_a_saturday_counts_as_monday_and_not_as_tuesday_after_the_cutoff():
    start = effective_start(OFFICIAL, local("2026-03-07 16:00"), Term.working_days(2), ALL_AT_15)
    assert (start.day, start.shift) == (date(2026, 3, 9), Shift.DAY_OFF)
    assert due("2026-03-07 16:00", Term.working_days(2), ALL_AT_15) == local("2026-03-11 17:30")


def test_hours_received_on_a_day_off_run_from_the_opening_of_the_next_working_day():
    assert due("2026-08-29 10:00", Term.working_hours(2)) == local("2026-09-03 09:30")


def test_the_cutoff_hour_of_the_calendar_holds_when_the_rule_names_none():
    changed = WorkCalendar(
        "c", FIRST, LAST, hours=(DEFAULT_HOURS,),
        cutoffs=(CutoffHour(time(15), FIRST, date(2026, 6, 30)), CutoffHour(time(16), date(2026, 7, 1))),
    )
    rule = CutoffRule("all")
    before = effective_start(changed, local("2026-06-30 15:30"), Term.working_days(1), rule)
    after = effective_start(changed, local("2026-07-01 15:30"), Term.working_days(1), rule)
    assert before.shift is Shift.AFTER_CUTOFF
    assert after.shift is None


def test_a_rule_without_any_hour_is_refused_and_not_guessed():
    bare = WorkCalendar("c", FIRST, LAST, hours=(DEFAULT_HOURS,))
    with pytest.raises(NoCutoffHour, match="no cut-off hour"):
        effective_start(bare, local("2026-03-02 15:30"), Term.working_days(1), CutoffRule("all"))


def test_days_are_decided_in_local_time_and_not_in_utc():
    received = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)  # Monday 2 March, 01:00 in Lâm Đồng
    assert reckon(OFFICIAL, Facts(received, Term.working_days(1))).due_current == local("2026-03-03 17:30")


def test_an_instant_without_time_zone_is_refused():
    with pytest.raises(NaiveTime):
        reckon(OFFICIAL, Facts(datetime(2026, 3, 2, 9), Term.working_days(1)))


# --- hours


def test_hours_run_over_the_noon_break_and_the_night():
    assert due("2026-03-02 11:00", Term.working_hours(1)) == local("2026-03-02 14:00")
    assert due("2026-03-02 16:45", Term.working_hours(1)) == local("2026-03-03 07:45")


def test_hours_that_end_exactly_at_noon_end_at_noon_and_not_after_the_break():
    assert due("2026-03-02 07:30", Term.working_hours(4)) == local("2026-03-02 11:30")
    assert due("2026-03-02 12:00", Term.working_hours(4)) == local("2026-03-02 17:30")


def test_hours_begin_with_the_very_minute_whatever_its_seconds():
    assert due("2026-03-02 09:10:59", Term.working_hours(2)) == local("2026-03-02 11:10")


def test_a_quarter_of_a_working_day_is_two_hours():
    assert due("2026-03-02 09:00", Term.working_days("0.25")) == local("2026-03-02 11:00")


def test_a_day_of_hours_is_longer_on_the_clock_where_the_office_opens_shorter():
    short = WorkCalendar("c", FIRST, LAST, hours=(OfficeHours(((480, 690), (840, 1020)), FIRST),))
    facts = Facts(local("2026-03-02 08:00"), Term.working_days("1.5"))
    assert reckon(short, facts).due_current == local("2026-03-03 16:00")  # 6.5 h + 5.5 h


# --- months and half days


def test_a_month_is_clipped_to_the_end_of_a_shorter_month_and_then_moved_off_the_weekend():
    assert due("2026-01-30 09:00", Term.months(1)) == local("2026-03-02 17:30")  # 28-2 is a Saturday
    assert due("2026-03-31 09:00", Term.months(3)) == local("2026-06-30 17:30")


def test_half_a_month_is_fifteen_days():
    assert due("2026-03-02 09:00", Term.months("0.5")) == local("2026-03-17 17:30")
    assert due("2026-03-02 09:00", Term.months("1.5")) == local("2026-04-17 17:30")


def test_a_half_day_counts_as_a_working_day_and_ends_at_noon():
    calendar = calendar_like(BruteForce(half={date(2026, 3, 3)}))
    facts = Facts(local("2026-03-02 09:00"), Term.working_days(1))
    assert reckon(calendar, facts).due_current == local("2026-03-03 11:30")


def test_a_half_day_may_have_hours_of_its_own():
    row = DayRow(date(2026, 3, 3), DayKind.HALF, spans=((600, 720), (780, 840)))
    calendar = WorkCalendar("c", FIRST, LAST, days=(row,), hours=(DEFAULT_HOURS,))
    assert reckon(calendar, Facts(local("2026-03-02 16:30"), Term.working_hours(4))).due_current == local(
        "2026-03-03 14:00"
    )


# --- suspension and extension


def test_a_suspension_that_ends_the_day_it_began_moves_nothing_counted_in_days():
    stop = Suspension(local("2026-03-05 08:00"), local("2026-03-05 17:00"))
    assert due("2026-03-02 10:00", Term.working_days(5), NONE, stop) == local("2026-03-09 17:30")


def test_a_suspension_of_hours_moves_by_minutes_of_office_time():
    stop = Suspension(local("2026-03-02 11:00"), local("2026-03-02 14:00"))  # one hour of office time
    assert due("2026-03-02 10:00", Term.working_hours(4), NONE, stop) == local("2026-03-02 17:00")


def test_a_suspension_of_calendar_days_moves_by_calendar_days_and_then_off_the_weekend():
    stop = Suspension(local("2026-03-04 09:00"), local("2026-03-07 09:00"))
    assert due("2026-03-02 10:00", Term.calendar_days(9), NONE, stop) == local("2026-03-16 17:30")


def test_time_two_suspensions_share_is_counted_once():
    one = Suspension(local("2026-03-03 09:00"), local("2026-03-06 09:00"))
    two = Suspension(local("2026-03-05 09:00"), local("2026-03-10 09:00"))
    whole = Suspension(local("2026-03-03 09:00"), local("2026-03-10 09:00"))
    term = Term.working_days(10)
    assert due("2026-03-02 10:00", term, NONE, one, two) == due("2026-03-02 10:00", term, NONE, whole)


def test_a_clock_that_still_stands_keeps_its_due_date_and_says_so():
    stop = Suspension(local("2026-03-04 10:00"))
    reckoning = reckon(OFFICIAL, Facts(local("2026-03-02 10:00"), Term.working_days(5), changes=(stop,)))
    assert not reckoning.is_running
    assert reckoning.due_current == reckoning.due_original


def test_a_clock_cannot_resume_before_it_stopped():
    with pytest.raises(ValueError, match="resume"):
        suspended_units(OFFICIAL, Term.working_days(1), local("2026-03-05 09:00"), local("2026-03-04 09:00"))


def test_an_extension_by_working_days_counts_from_the_due_date_it_replaces():
    assert extended(OFFICIAL, local("2026-08-28 17:30"), Term.working_days(2)) == local("2026-09-04 17:30")


def test_an_extension_to_a_printed_date_that_became_a_day_off_moves_on():
    longer = Extension(local("2026-03-02 10:00"), to=local("2026-04-27 17:30"))
    assert due("2026-03-02 10:00", Term.working_days(5), NONE, longer) == local("2026-04-28 17:30")


def test_an_extension_never_shortens():
    shorter = Extension(local("2026-03-03 10:00"), to=local("2026-03-05 17:30"))
    assert due("2026-03-02 10:00", Term.working_days(5), NONE, shorter) == local("2026-03-09 17:30")


def test_an_extension_by_nothing_or_by_two_things_is_refused():
    with pytest.raises(ValueError, match="nothing"):
        extended(OFFICIAL, local("2026-03-02 17:30"), Term.same_day())
    with pytest.raises(ValueError, match="one of the two"):
        Extension(local("2026-03-02 10:00"))


def test_an_extension_goes_out_a_day_before_and_once():
    rule = ExtensionRule(lead_days=1, max_times=1)
    end = local("2026-03-10 17:30")
    assert obstacles_to_extension(due=end, at=local("2026-03-09 23:59"), times_extended=0, rule=rule) == ()
    assert obstacles_to_extension(due=end, at=local("2026-03-10 00:00"), times_extended=1, rule=rule) == (
        ExtensionObstacle.TOO_LATE, ExtensionObstacle.TOO_OFTEN,
    )


# --- a holiday declared while a matter runs


def with_day(row: DayRow) -> WorkCalendar:
    return WorkCalendar("c", FIRST, LAST, layered(OFFICIAL.days, [row]), OFFICIAL.hours, OFFICIAL.cutoffs)


def proposed(facts: Facts, row: DayRow):
    after, promised = with_day(row), reckon(OFFICIAL, facts).due_current
    return propose_move(after, facts, due_current=promised, changed=changed_days(OFFICIAL, after))


def test_a_holiday_declared_mid_case_proposes_one_more_working_day_and_names_the_day():
    facts = Facts(local("2026-03-02 10:00"), Term.working_days(5))
    proposal = proposed(facts, DayRow(date(2026, 3, 5), DayKind.OFF, note="storm"))
    assert proposal.due_to == local("2026-03-10 17:30")
    assert (proposal.working_days, proposal.because) == (1, (date(2026, 3, 5),))


def test_a_holiday_outside_the_running_time_proposes_nothing():
    facts = Facts(local("2026-03-02 10:00"), Term.working_days(5))
    assert proposed(facts, DayRow(date(2026, 3, 20), DayKind.OFF)) is None


def test_a_day_turned_into_a_working_day_never_shortens_a_printed_promise():
    facts = Facts(local("2026-03-02 10:00"), Term.working_days(5))
    worked = DayRow(date(2026, 3, 7), DayKind.WORK)
    assert reckon(with_day(worked), facts).due_current < reckon(OFFICIAL, facts).due_current
    assert proposed(facts, worked) is None


# --- how it stands


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        ("2026-03-08 23:59", Outcome.EARLY),
        ("2026-03-09 00:00", Outcome.ON_TIME),
        ("2026-03-09 17:30", Outcome.ON_TIME),
        ("2026-03-09 17:30:01", Outcome.LATE),
    ],
)
def test_a_result_is_early_before_the_due_day_and_late_after_the_due_instant(done, expected):
    assert outcome(local("2026-03-09 17:30"), local(done)) is expected


def test_what_remains_is_told_in_working_days_and_hours():
    left = remaining(OFFICIAL, local("2026-09-07 17:30"), local("2026-08-28 16:00"))
    assert (left.is_overdue, left.working_days, left.hours_and_minutes) == (False, 3, (25, 30))


def test_what_is_late_is_told_in_working_days_and_hours():
    late = remaining(OFFICIAL, local("2026-08-28 17:30"), local("2026-09-04 09:00"))
    assert (late.is_overdue, late.working_days, late.hours_and_minutes) == (True, 2, (9, 30))


def test_due_soon_is_one_bound_for_all_matters():
    now = local("2026-08-28 16:00")
    assert due_soon_border(OFFICIAL, now, soon_days=2) == local("2026-09-07 00:00")
    assert standing(OFFICIAL, local("2026-09-04 17:30"), now, soon_days=2) is Standing.DUE_SOON
    assert standing(OFFICIAL, local("2026-09-07 07:30"), now, soon_days=2) is Standing.IN_TIME
    assert standing(OFFICIAL, local("2026-08-28 15:59"), now, soon_days=2) is Standing.OVERDUE


# --- calendars


def test_a_later_layer_wins_over_an_earlier_one():
    day = date(2026, 3, 5)
    assert layered([DayRow(day, DayKind.OFF)], [DayRow(day, DayKind.WORK, note="ours")])[0].note == "ours"


def test_hours_of_a_season_and_of_a_weekday_go_before_the_general_ones():
    summer = OfficeHours(((420, 660), (840, 1020)), FIRST, season=Season((4, 1), (9, 30)))
    friday = OfficeHours(((420, 720),), FIRST, weekdays=frozenset({4}))
    calendar = WorkCalendar("c", FIRST, LAST, hours=(DEFAULT_HOURS, summer, friday))
    assert calendar.spans(date(2026, 3, 31)) == OFFICE
    assert calendar.spans(date(2026, 4, 1)) == summer.spans
    assert calendar.spans(date(2026, 4, 3)) == friday.spans


def test_a_season_may_run_over_the_turn_of_the_year():
    winter = Season((10, 15), (4, 15))
    assert [winter.holds(date(2026, m, d)) for m, d in ((10, 14), (10, 15), (1, 1), (4, 15), (4, 16))] == [
        False, True, True, True, False,
    ]


def test_hours_of_reception_on_saturday_open_the_counter_and_move_no_deadline():
    saturday = OfficeHours(((450, 690),), FIRST, weekdays=frozenset({5}), reception_only=True)
    calendar = WorkCalendar("c", FIRST, LAST, OFFICIAL.days, (DEFAULT_HOURS, saturday))
    assert calendar.is_reception_open(local("2026-03-07 08:00"))
    assert not calendar.is_reception_open(local("2026-03-07 14:00"))
    assert not calendar.is_working(date(2026, 3, 7))
    facts = Facts(local("2026-03-07 08:00"), Term.working_days(1))
    assert reckon(calendar, facts).due_current == local("2026-03-10 17:30")


def test_a_declared_day_off_closes_the_counter_too():
    saturday = OfficeHours(((450, 690),), FIRST, weekdays=frozenset({5}), reception_only=True)
    storm = DayRow(date(2026, 3, 7), DayKind.OFF, note="storm")
    calendar = WorkCalendar("c", FIRST, LAST, (storm,), (DEFAULT_HOURS, saturday))
    assert not calendar.is_reception_open(local("2026-03-07 08:00"))


def test_a_day_out_of_reach_is_named():
    with pytest.raises(OutsideCalendar, match="2029-01-01"):
        OFFICIAL.is_working(date(2029, 1, 1))
    with pytest.raises(OutsideCalendar, match="reaches from 2024-12-01 to 2028-12-31"):
        reckon(OFFICIAL, Facts(local("2028-12-28 09:00"), Term.working_days(20)))
    with pytest.raises(OutsideCalendar):
        reckon(OFFICIAL, Facts(local("2028-12-29 09:00"), Term.working_hours(20)))


def test_a_working_day_without_office_hours_is_named_and_not_guessed():
    bare = WorkCalendar("c", FIRST, LAST)
    with pytest.raises(NoOfficeHours, match="2026-03-03"):
        reckon(bare, Facts(local("2026-03-02 09:00"), Term.working_days(1)))


def test_office_time_that_overlaps_or_runs_backwards_is_refused():
    for spans in (((480, 720), (700, 800)), ((720, 480),), ((480, 1500),)):
        with pytest.raises(ValueError, match="not in order"):
            WorkCalendar("c", FIRST, LAST, hours=(OfficeHours(spans, FIRST),))


@pytest.mark.parametrize(
    ("amount", "unit", "code"),
    [
        ("-1", "working_days", "not_positive"), ("0", "calendar_days", "not_positive"),
        ("NaN", "working_days", "not_positive"), ("1.5", "calendar_days", "fraction_of_day"),
        ("1.25", "months", "fraction_of_month"), ("20000", "working_hours", "too_long"),
    ],
)
def test_a_term_the_law_cannot_count_is_refused_with_its_reason(amount, unit, code):
    with pytest.raises(InvalidTerm) as refused:
        Term(Decimal(amount), unit)
    assert refused.value.code == code


def test_a_deadline_costs_well_under_100_microseconds():
    import timeit

    calendar = OFFICIAL.prepared()
    facts = [
        Facts(local("2026-08-28 16:10") + timedelta(hours=7 * n), term, ALL_AT_15)
        for n in range(50)
        for term in (Term.working_days(15), Term.working_hours(12), Term.calendar_days(30), Term.months(2))
    ]
    best = min(timeit.repeat(lambda: [reckon(calendar, f) for f in facts], number=1, repeat=5))
    assert best / len(facts) < 100e-6


def test_the_zone_of_every_answer_is_local():
    assert due("2026-03-02 10:00", Term.working_days(1)).tzinfo is LOCAL
