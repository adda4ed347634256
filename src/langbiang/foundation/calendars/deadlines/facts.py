"""What happened to the clock of a matter, and the deadline that follows from it."""

from dataclasses import dataclass
from datetime import datetime

from .counting import Start, due_of, effective_start, extended, moved_for_suspension
from .terms import NO_CUTOFF, CutoffRule, Term
from .workdays import LOCAL, WorkCalendar


@dataclass(frozen=True, slots=True)
class Suspension:
    """The clock stood still from `at` until `until` (None: it still does) on a listed ground."""

    at: datetime
    until: datetime | None = None
    ground: str = ""


@dataclass(frozen=True, slots=True)
class Extension:
    """The due date was extended at `at`, by a term or to a date printed in form 04."""

    at: datetime
    by: Term | None = None
    to: datetime | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if (self.by is None) == (self.to is None):
            raise ValueError("an extension goes by a term or to a date: one of the two")


Change = Suspension | Extension


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a deadline follows from."""

    received_at: datetime
    term: Term
    cutoff: CutoffRule = NO_CUTOFF
    changes: tuple[Change, ...] = ()

    def in_order(self) -> list[Change]:
        """The changes in the order they took effect: a suspension does so when the clock resumes."""
        return sorted(self.changes, key=_took_effect)


_NOT_YET = datetime.max.replace(tzinfo=LOCAL)


def _took_effect(change: Change) -> datetime:
    return change.at if isinstance(change, Extension) else change.until or _NOT_YET


@dataclass(frozen=True, slots=True)
class Reckoning:
    """A deadline: as first promised, as it stands, and whether the clock runs."""

    start: Start
    due_original: datetime
    due_current: datetime
    is_running: bool


@dataclass(frozen=True, slots=True)
class Move:
    """One change of the due date on the way to the present one."""

    change: Change
    due_from: datetime
    due_to: datetime
    counted_from: datetime | None = None


def moves(calendar: WorkCalendar, facts: Facts, due: datetime) -> list[Move]:
    """What each change did to the due date. Time that two suspensions share is counted once."""
    done: list[Move] = []
    counted_upto: datetime | None = None
    for change in facts.in_order():
        if isinstance(change, Extension):
            to = _extension_end(calendar, due, change)
            done.append(Move(change, due, to))
            due = to
        elif change.until is None:
            done.append(Move(change, due, due))
        else:
            begin = max(change.at, counted_upto) if counted_upto else change.at
            begin = min(begin, change.until)
            to = moved_for_suspension(calendar, facts.term, due, begin, change.until)
            done.append(Move(change, due, to, begin))
            due, counted_upto = to, change.until
    return done


def _extension_end(calendar: WorkCalendar, due: datetime, change: Extension) -> datetime:
    if change.by is not None:
        return extended(calendar, due, change.by)
    assert change.to is not None
    day = change.to.astimezone(LOCAL).date()
    # A printed date that turned out to be a day off moves on, as every due date does.
    to = change.to if calendar.is_working(day) else calendar.closing(calendar.nth_after(day, 1))
    return max(due, to)


def reckon(calendar: WorkCalendar, facts: Facts) -> Reckoning:
    """The deadline that follows from the facts under this calendar."""
    start = effective_start(calendar, facts.received_at, facts.term, facts.cutoff)
    original = due_of(calendar, start, facts.term)
    if not facts.changes:
        return Reckoning(start, original, original, True)
    done = moves(calendar, facts, original)
    running = not any(isinstance(c, Suspension) and c.until is None for c in facts.changes)
    return Reckoning(start, original, done[-1].due_to, running)
