"""What a change of the calendar means for matters already running: a proposal, never an act."""

from dataclasses import dataclass
from datetime import date, datetime

from .facts import Facts, reckon
from .workdays import LOCAL, WorkCalendar


@dataclass(frozen=True, slots=True)
class Proposal:
    """A due date that should move later because of these days."""

    due_from: datetime
    due_to: datetime
    working_days: int
    because: tuple[date, ...]


def changed_days(old: WorkCalendar, new: WorkCalendar) -> tuple[date, ...]:
    """Days on which the two calendars differ in kind or office time, where both reach."""
    first, last = max(old.first, new.first), min(old.last, new.last)
    if first > last:
        return ()
    days = (date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1))
    return tuple(day for day in days if old.spans(day) != new.spans(day) or old.kind(day) != new.kind(day))


def propose_move(
    new: WorkCalendar, facts: Facts, *, due_current: datetime, changed: tuple[date, ...]
) -> Proposal | None:
    """The later due date a running matter should get under the new calendar, or None.

    `changed` are the days that differ from the calendar the present due date was reckoned with, or those
    just declared. None as well when the due date would come earlier: a promise once printed is kept.
    """
    due_to = reckon(new, facts).due_current
    if due_to <= due_current:
        return None
    begin = facts.received_at.astimezone(LOCAL).date()
    end = due_to.astimezone(LOCAL).date()
    because = tuple(day for day in changed if begin <= day <= end)
    if not because:
        return None
    days = new.working_days_between(due_current.astimezone(LOCAL).date(), end)
    return Proposal(due_current, due_to, days, because)
