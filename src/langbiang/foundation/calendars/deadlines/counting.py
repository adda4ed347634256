"""The rules of counting, one function each: where a term starts, where it ends, what moves its end."""

import calendar as months
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .terms import DAYS_OF_HALF_A_MONTH, NO_CUTOFF, CutoffRule, Shift, Term, TermUnit, aware
from .workdays import LOCAL, WorkCalendar


@dataclass(frozen=True, slots=True)
class Start:
    """From when the clock runs: the day reception counts for (not counted itself); for hours, the instant."""

    day: date
    at: datetime
    shift: Shift | None = None


def effective_start(
    calendar: WorkCalendar, received_at: datetime, term: Term, cutoff: CutoffRule = NO_CUTOFF
) -> Start:
    """The day and instant reception counts for.

    A day off counts for the next working day. So does reception after the cut-off hour where the rule bears
    on the term, and reception of a same-day matter once the office has closed: nobody is promised the past.
    """
    local = aware(received_at).astimezone(LOCAL)
    day = local.date()
    shift: Shift | None = None
    if not calendar.is_working(day):
        shift = Shift.DAY_OFF
    elif cutoff.bears_on(term) and local.time() > (cutoff.hour or calendar.cutoff_hour(day)):
        shift = Shift.AFTER_CUTOFF
    elif term.is_same_day and local >= calendar.closing(day):
        shift = Shift.AFTER_OFFICE_TIME
    if shift is None:
        return Start(day, local)
    day = calendar.nth_after(day, 1)
    return Start(day, calendar.opening(day), shift)


def months_after(day: date, count: int) -> date:
    """The same day so many months later, or the last day of that month when it is shorter."""
    month = day.month - 1 + count
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, months.monthrange(year, month)[1]))


def nominal_day(day: date, term: Term) -> date:
    """Where a term of calendar days or months ends before a day off moves it."""
    if term.unit is TermUnit.CALENDAR_DAYS:
        return day + timedelta(days=int(term.amount))
    whole = int(term.amount)
    end = months_after(day, whole)
    return end if term.amount == whole else end + timedelta(days=DAYS_OF_HALF_A_MONTH)


def due_of(calendar: WorkCalendar, start: Start, term: Term) -> datetime:
    """When a term that started then ends."""
    if term.runs_by_minutes:
        return calendar.after_minutes(start.at, term.minutes)
    if term.unit is TermUnit.WORKING_DAYS:
        return calendar.closing(calendar.nth_after(start.day, int(term.amount)))
    return calendar.closing(calendar.working_on_or_after(nominal_day(start.day, term)))


def suspended_units(calendar: WorkCalendar, term: Term, suspended_at: datetime, resumed_at: datetime) -> int:
    """How many units of the term fell into a suspension: working days, calendar days, or office minutes.

    Days are those with suspend_day < d <= resume_day; months stand still by calendar days. Raises ValueError
    when the clock resumed before it stopped.
    """
    if resumed_at < suspended_at:
        raise ValueError("the clock cannot resume before it stopped")
    if term.runs_by_minutes:
        return calendar.working_minutes(suspended_at, resumed_at)
    stopped = aware(suspended_at).astimezone(LOCAL).date()
    resumed = aware(resumed_at).astimezone(LOCAL).date()
    if term.unit is TermUnit.WORKING_DAYS:
        return calendar.working_days_between(stopped, resumed)
    return (resumed - stopped).days


def moved_for_suspension(
    calendar: WorkCalendar, term: Term, due: datetime, suspended_at: datetime, resumed_at: datetime
) -> datetime:
    """The due instant after a suspension; the same one when no unit fell into it."""
    units = suspended_units(calendar, term, suspended_at, resumed_at)
    if units == 0:
        return due
    if term.runs_by_minutes:
        return calendar.after_minutes(due, units)
    day = due.astimezone(LOCAL).date()
    if term.unit is TermUnit.WORKING_DAYS:
        return calendar.closing(calendar.nth_after(day, units))
    return calendar.closing(calendar.working_on_or_after(day + timedelta(days=units)))


def extended(calendar: WorkCalendar, due: datetime, by: Term) -> datetime:
    """The due instant after an extension by a term, counted from the due it replaces.

    Raises ValueError for an extension by nothing.
    """
    if by.is_same_day:
        raise ValueError("an extension by nothing is none")
    local = aware(due).astimezone(LOCAL)
    return due_of(calendar, Start(local.date(), local), by)
