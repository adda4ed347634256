"""How a matter stands to its deadline: what is left, what it is late by, and the class it is reported in."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from .terms import aware
from .workdays import LOCAL, WorkCalendar


class Outcome(StrEnum):
    """Class of a finished matter."""

    EARLY = "early"
    ON_TIME = "on_time"
    LATE = "late"


class Standing(StrEnum):
    """Class of an open matter."""

    IN_TIME = "in_time"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Remaining:
    """What lies between now and the due instant, either way. Amounts are never negative.

    `working_days` counts days to (or since) the due day; on the due day itself `working_minutes` says more.
    """

    is_overdue: bool
    working_days: int
    working_minutes: int

    @property
    def hours_and_minutes(self) -> tuple[int, int]:
        """Office time as hours and minutes."""
        return divmod(self.working_minutes, 60)


def outcome(due: datetime, done_at: datetime) -> Outcome:
    """Early is a day before the due day or sooner; late is after the due instant."""
    if done_at > due:
        return Outcome.LATE
    if aware(done_at).astimezone(LOCAL).date() < aware(due).astimezone(LOCAL).date():
        return Outcome.EARLY
    return Outcome.ON_TIME


def remaining(calendar: WorkCalendar, due: datetime, now: datetime) -> Remaining:
    """How much is left until the due instant, or how much it is past."""
    is_overdue = now > due
    begin, end = (due, now) if is_overdue else (now, due)
    days = calendar.working_days_between(
        aware(begin).astimezone(LOCAL).date(), aware(end).astimezone(LOCAL).date()
    )
    return Remaining(is_overdue, days, calendar.working_minutes(begin, end))


def standing(calendar: WorkCalendar, due: datetime, now: datetime, *, soon_days: int) -> Standing:
    """In time, due soon (at most `soon_days` working days left) or overdue."""
    if now > due:
        return Standing.OVERDUE
    if due < due_soon_border(calendar, now, soon_days=soon_days):
        return Standing.DUE_SOON
    return Standing.IN_TIME


def due_soon_border(calendar: WorkCalendar, now: datetime, *, soon_days: int) -> datetime:
    """The instant before which a due date is "due soon": one bound for a query to compare with."""
    today = aware(now).astimezone(LOCAL).date()
    return datetime.combine(calendar.nth_after(today, soon_days + 1), time(0), LOCAL)
