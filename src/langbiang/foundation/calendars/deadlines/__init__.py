"""Deadline arithmetic without Django: calendars in, instants and reasons out. No clock is ever read here.

    calendar = WorkCalendar(name="68", first=..., last=..., days=(...), hours=(...))
    facts = Facts(received_at=at, term=Term.working_days(3), cutoff=CutoffRule("all", time(15)))
    reckon(calendar, facts).due_current
    explain(calendar, facts)

What counts how:

- Working days: the day of reception is not counted; due is the n-th working day after it, at the end of
  office time. A half day is a working day whose office time is shorter.
- Calendar days and months: start + n, a month clipped to its last day; a due date on a day off moves to the
  next working day.
- Working hours: minutes of office time from the very minute. A fraction of a working day is hours of a legal
  day of eight (1.5 days = 12 hours).
- Same day (zero working days): the end of office time of the day reception counts for.
- Reception on a day off counts for the next working day; so does reception after the cut-off hour (15:00:00
  itself is still before it) where the procedure has that rule.
- Units with suspend_day < d <= resume_day move the due date; an extension moves it by a term or to a printed
  date.
- A promise once printed is never shortened by a change of the calendar.
"""

from .changes import Proposal, changed_days, propose_move
from .counting import (
    Start,
    due_of,
    effective_start,
    extended,
    moved_for_suspension,
    suspended_units,
)
from .explaining import Step, StepCode, explain
from .extensions import ExtensionObstacle, ExtensionRule, obstacles_to_extension
from .facts import Extension, Facts, Reckoning, Suspension, reckon
from .standing import (
    Outcome,
    Remaining,
    Standing,
    due_soon_border,
    outcome,
    remaining,
    standing,
)
from .terms import CutoffRule, CutoffScope, InvalidTerm, NaiveTime, Shift, Term, TermUnit
from .workdays import (
    LOCAL,
    CutoffHour,
    DayKind,
    DayRow,
    NoCutoffHour,
    NoOfficeHours,
    OfficeHours,
    OutsideCalendar,
    Season,
    Span,
    WorkCalendar,
    layered,
)

__all__ = [
    "LOCAL",
    "CutoffHour",
    "CutoffRule",
    "CutoffScope",
    "DayKind",
    "DayRow",
    "Extension",
    "ExtensionObstacle",
    "ExtensionRule",
    "Facts",
    "InvalidTerm",
    "NaiveTime",
    "NoCutoffHour",
    "NoOfficeHours",
    "OfficeHours",
    "Outcome",
    "OutsideCalendar",
    "Proposal",
    "Reckoning",
    "Remaining",
    "Season",
    "Shift",
    "Span",
    "Standing",
    "Start",
    "Step",
    "StepCode",
    "Suspension",
    "Term",
    "TermUnit",
    "WorkCalendar",
    "changed_days",
    "due_of",
    "due_soon_border",
    "effective_start",
    "explain",
    "extended",
    "layered",
    "moved_for_suspension",
    "obstacles_to_extension",
    "outcome",
    "propose_move",
    "reckon",
    "remaining",
    "standing",
    "suspended_units",
]
