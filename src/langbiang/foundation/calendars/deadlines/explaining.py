"""Why a deadline is what it is: a list of steps with plain values, for a page to put into words.

Steps are made from the same functions that reckon the deadline, so the last one names the same instant.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from .counting import Start, due_of, effective_start, months_after, nominal_day, suspended_units
from .facts import Extension, Facts, Move, moves
from .terms import Shift, Term, TermUnit
from .workdays import LOCAL, DayKind, WorkCalendar

# A reckoning in hours shows each day; past this many only the first and the last are told.
MOST_DAYS_OF_HOURS = 6


class StepCode(StrEnum):
    """What a step tells."""

    RECEIVED = "received"
    RECEIVED_ON_DAY_OFF = "received_on_day_off"
    RECEIVED_AFTER_CUTOFF = "received_after_cutoff"
    RECEIVED_AFTER_OFFICE_TIME = "received_after_office_time"
    SAME_DAY = "same_day"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"
    WORKING_HOURS = "working_hours"
    FRACTION_AS_HOURS = "fraction_as_hours"
    MONTH_CLIPPED = "month_clipped"
    DAY_OFF = "day_off"
    WEEKEND_DAYS = "weekend_days"
    EXTRA_WORKING_DAY = "extra_working_day"
    HALF_DAY = "half_day"
    HOURS_OF_DAY = "hours_of_day"
    DAYS_OF_HOURS = "days_of_hours"
    MOVED_OFF_DAY = "moved_off_day"
    DUE = "due"
    SUSPENDED = "suspended"
    STILL_SUSPENDED = "still_suspended"
    EXTENDED_BY = "extended_by"
    EXTENDED_TO = "extended_to"
    DUE_NOW = "due_now"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the reckoning. Values are plain: days and instants in ISO form, numbers or text."""

    code: StepCode
    values: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """As kept in a record."""
        return {"code": self.code.value, **self.values}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Step":
        """From a record. Raises KeyError or ValueError for something else."""
        values = dict(kept)
        return cls(StepCode(values.pop("code")), values)


def _step(code: StepCode, **values: Any) -> Step:
    plain: dict[str, Any] = {}
    for name, value in values.items():
        plain[name] = value.isoformat() if isinstance(value, date | datetime) else value
    return Step(code, plain)


def explain(calendar: WorkCalendar, facts: Facts) -> tuple[Step, ...]:
    """Every step from reception to the due instant as it stands."""
    steps = list(explain_start(calendar, facts))
    start = effective_start(calendar, facts.received_at, facts.term, facts.cutoff)
    due = due_of(calendar, start, facts.term)
    steps += _term_steps(calendar, start, facts.term, due)
    steps.append(_step(StepCode.DUE, at=due))
    done = moves(calendar, facts, due)
    for move in done:
        steps += _move_steps(calendar, facts.term, move)
    if done:
        steps.append(_step(StepCode.DUE_NOW, at=done[-1].due_to))
    return tuple(steps)


def explain_start(calendar: WorkCalendar, facts: Facts) -> Iterator[Step]:
    """When it was received and for which day that counts."""
    local = facts.received_at.astimezone(LOCAL)
    yield _step(StepCode.RECEIVED, at=local)
    start = effective_start(calendar, facts.received_at, facts.term, facts.cutoff)
    match start.shift:
        case Shift.DAY_OFF:
            day = local.date()
            why = _why_off(calendar, day)
            yield _step(StepCode.RECEIVED_ON_DAY_OFF, day=day, counts_for=start.day, **why)
        case Shift.AFTER_CUTOFF:
            hour = facts.cutoff.hour or calendar.cutoff_hour(local.date())
            yield _step(StepCode.RECEIVED_AFTER_CUTOFF, hour=f"{hour:%H:%M}", counts_for=start.day)
        case Shift.AFTER_OFFICE_TIME:
            closing = calendar.closing(local.date())
            yield _step(StepCode.RECEIVED_AFTER_OFFICE_TIME, hour=f"{closing:%H:%M}", counts_for=start.day)
    if start.shift is not None and start.day - local.date() > timedelta(days=1):
        yield from _days_between(calendar, local.date(), start.day - timedelta(days=1))


def _term_steps(calendar: WorkCalendar, start: Start, term: Term, due: datetime) -> Iterator[Step]:
    due_day = due.date()
    if term.runs_by_minutes:
        hours = _number(term.minutes / 60)
        if term.unit is TermUnit.WORKING_DAYS:
            yield _step(StepCode.FRACTION_AS_HOURS, amount=_number(term.amount), hours=hours)
        yield _step(StepCode.WORKING_HOURS, amount=hours, begins=_first_open(calendar, start.at))
        yield from _hours_by_day(calendar, start.at, due)
        yield from _days_between(calendar, start.day, due_day)
        return
    if term.is_same_day:
        yield _step(StepCode.SAME_DAY, day=start.day)
        return
    if term.unit is TermUnit.WORKING_DAYS:
        first = calendar.nth_after(start.day, 1)
        yield _step(StepCode.WORKING_DAYS, amount=_number(term.amount), not_counted=start.day, first=first)
        yield from _days_between(calendar, start.day, due_day)
        return
    nominal = nominal_day(start.day, term)
    code = StepCode.CALENDAR_DAYS if term.unit is TermUnit.CALENDAR_DAYS else StepCode.MONTHS
    yield _step(code, amount=_number(term.amount), begins=start.day, nominal=nominal)
    clipped = months_after(start.day, int(term.amount)) if term.unit is TermUnit.MONTHS else start.day
    if clipped.day != start.day.day:
        yield _step(StepCode.MONTH_CLIPPED, day=start.day.day, clipped=clipped)
    yield from _moved_off(calendar, nominal, due_day)


def _moved_off(calendar: WorkCalendar, nominal: date, due_day: date) -> Iterator[Step]:
    if nominal == due_day:
        return
    yield _step(StepCode.MOVED_OFF_DAY, day=nominal, to=due_day, **_why_off(calendar, nominal))
    yield from _days_between(calendar, nominal, due_day)


def _first_open(calendar: WorkCalendar, at: datetime) -> datetime:
    """The instant from which office time runs after `at`."""
    minute = at.hour * 60 + at.minute
    for opens, closes in calendar.spans(at.date()):
        if minute < opens:
            return at.replace(hour=opens // 60, minute=opens % 60, second=0, microsecond=0)
        if minute < closes:
            return at
    return calendar.opening(calendar.nth_after(at.date(), 1))


def _hours_by_day(calendar: WorkCalendar, begin: datetime, due: datetime) -> Iterator[Step]:
    days: list[tuple[date, int]] = []
    day = begin.date()
    while day <= due.date():
        if calendar.is_working(day):
            from_ = max(begin, calendar.opening(day))
            to = min(due, calendar.closing(day))
            minutes = calendar.working_minutes(from_, to) if from_ < to else 0
            if minutes:
                days.append((day, minutes))
        day = calendar.nth_after(day, 1)
    told = days if len(days) <= MOST_DAYS_OF_HOURS else [days[0]]
    for day, minutes in told:
        yield _step(StepCode.HOURS_OF_DAY, day=day, minutes=minutes)
    if told != days:
        middle = days[1:-1]
        yield _step(
            StepCode.DAYS_OF_HOURS, first=middle[0][0], last=middle[-1][0], days=len(middle),
            minutes=sum(minutes for _, minutes in middle),
        )
        yield _step(StepCode.HOURS_OF_DAY, day=days[-1][0], minutes=days[-1][1])


def _why_off(calendar: WorkCalendar, day: date) -> dict[str, Any]:
    row = calendar.rows.get(day)
    if row is None:
        return {"weekend": True}
    return {"weekend": False, **_note(calendar, day)}


def _note(calendar: WorkCalendar, day: date) -> dict[str, Any]:
    row = calendar.rows[day]
    return {"note": row.note, "swapped_with": row.swapped_with.isoformat() if row.swapped_with else ""}


def _days_between(calendar: WorkCalendar, after: date, upto: date) -> Iterator[Step]:
    """The days with after < d <= upto that are not what their weekday says, and the weekends among them."""
    weekend: list[date] = []
    for number in range(after.toordinal() + 1, upto.toordinal() + 1):
        day = date.fromordinal(number)
        row = calendar.rows.get(day)
        kind = calendar.kind(day)
        if row is None:
            if kind is DayKind.OFF:
                weekend.append(day)
        elif kind is DayKind.OFF:
            yield _step(StepCode.DAY_OFF, day=day, **_note(calendar, day))
        elif kind is DayKind.HALF:
            yield _step(StepCode.HALF_DAY, day=day, **_note(calendar, day))
        elif calendar.weekday_kind(day) is DayKind.OFF:
            yield _step(StepCode.EXTRA_WORKING_DAY, day=day, **_note(calendar, day))
    if weekend:
        yield _step(StepCode.WEEKEND_DAYS, count=len(weekend), first=weekend[0], last=weekend[-1])


def _move_steps(calendar: WorkCalendar, term: Term, move: Move) -> Iterator[Step]:
    change = move.change
    if isinstance(change, Extension):
        if change.by is not None:
            yield _step(
                StepCode.EXTENDED_BY, at=change.at.astimezone(LOCAL), amount=_number(change.by.amount),
                unit=change.by.unit.value, reason=change.reason, due_from=move.due_from, due_to=move.due_to,
            )
        else:
            yield _step(
                StepCode.EXTENDED_TO, at=change.at.astimezone(LOCAL), reason=change.reason,
                due_from=move.due_from, due_to=move.due_to,
            )
    elif change.until is None:
        yield _step(StepCode.STILL_SUSPENDED, begins=change.at.astimezone(LOCAL), ground=change.ground)
        return
    else:
        begin = move.counted_from or change.at
        unit = "minutes" if term.runs_by_minutes else term.unit.value
        yield _step(
            StepCode.SUSPENDED, begins=begin.astimezone(LOCAL), ends=change.until.astimezone(LOCAL),
            ground=change.ground, units=suspended_units(calendar, term, begin, change.until),
            unit="calendar_days" if unit == "months" else unit, due_from=move.due_from, due_to=move.due_to,
        )
    due_from, due_to = move.due_from.astimezone(LOCAL).date(), move.due_to.astimezone(LOCAL).date()
    yield from _days_between(calendar, due_from, due_to)


def _number(value: Any) -> str:
    """A number without trailing zeros: 3, 1.5."""
    return f"{float(value):.4f}".rstrip("0").rstrip(".")
