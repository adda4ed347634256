"""A calendar of working days and office time, built once from rows and then asked by the million.

The rows are turned into running counts per day (working days so far, office minutes so far), so that "the
n-th working day after" and "so many office minutes later" are one look-up each instead of a walk.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from .terms import aware

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = 12 * 60
Span = tuple[int, int]
"""An interval of office time in minutes of the day: (450, 690) is 07:30-11:30."""


class OutsideCalendar(LookupError):
    """A day this calendar does not reach."""

    def __init__(self, name: str, day: date, first: date, last: date) -> None:
        super().__init__(f"calendar {name} reaches from {first} to {last}; {day} lies outside")
        self.day = day


class NoOfficeHours(LookupError):
    """A working day for which nobody said when the office is open."""

    def __init__(self, name: str, day: date) -> None:
        super().__init__(f"calendar {name} has no office hours for the working day {day}")
        self.day = day


class NoCutoffHour(LookupError):
    """A procedure has the cut-off rule, but neither it nor the calendar says the hour."""

    def __init__(self, name: str, day: date) -> None:
        super().__init__(f"calendar {name} has no cut-off hour on {day}")
        self.day = day


class DayKind(StrEnum):
    """What a day is to the office."""

    OFF = "off"
    WORK = "work"
    HALF = "half"


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day that differs from its weekday. `spans` is its own office time (half days without: morning)."""

    day: date
    kind: DayKind
    note: str = ""
    source: str = ""
    spans: tuple[Span, ...] = ()
    # The day it was exchanged for, when working days were swapped.
    swapped_with: date | None = None
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Season:
    """A part of every year, both ends included: ((4, 1), (9, 30)). May run over the turn of the year."""

    begins: tuple[int, int]
    ends: tuple[int, int]

    def holds(self, day: date) -> bool:
        """Whether a day lies in the season."""
        here = (day.month, day.day)
        if self.begins <= self.ends:
            return self.begins <= here <= self.ends
        return here >= self.begins or here <= self.ends


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """Office time of working days from a day on, in a season, on some weekdays (none named: all)."""

    spans: tuple[Span, ...]
    valid_from: date
    valid_to: date | None = None
    season: Season | None = None
    weekdays: frozenset[int] = frozenset()
    # Reception may be open when the office is not (Saturday mornings); it never moves a deadline.
    reception_only: bool = False
    source: str = ""
    verified: bool = True
    # Hours of a unit (higher) stand before those of the province, whatever either says of weekdays or seasons.
    rank: int = 0

    def holds(self, day: date) -> bool:
        """Whether these hours are those of a day."""
        return (
            self.valid_from <= day
            and (self.valid_to is None or day <= self.valid_to)
            and (self.season is None or self.season.holds(day))
            and (not self.weekdays or day.weekday() in self.weekdays)
        )

    @property
    def precedence(self) -> tuple[int, bool, bool, date]:
        """The nearer unit goes first, then the narrower rule, then the later one."""
        return (self.rank, bool(self.weekdays), self.season is not None, self.valid_from)


@dataclass(frozen=True, slots=True)
class CutoffHour:
    """The hour after which reception counts for the next working day, as long as a rule says so."""

    hour: time
    valid_from: date
    valid_to: date | None = None
    source: str = ""
    verified: bool = True
    rank: int = 0

    def holds(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def layered(*layers: Iterable[DayRow]) -> tuple[DayRow, ...]:
    """The rows of several layers (country, province, unit) in order of days; the later layer wins."""
    chosen: dict[date, DayRow] = {}
    for layer in layers:
        for row in layer:
            chosen[row.day] = row
    return tuple(chosen[day] for day in sorted(chosen))


class _Index:
    """Running counts over all days of a calendar, by day number from its first day."""

    __slots__ = ("base", "minutes_before", "spans", "upto", "work_days", "works")

    def __init__(self, calendar: "WorkCalendar") -> None:
        self.base = calendar.first.toordinal()
        self.works = bytearray()
        self.upto = array("l")
        self.work_days = array("l")
        self.minutes_before = array("q", [0])
        self.spans: list[tuple[Span, ...]] = []
        total = minutes = 0
        one_day = timedelta(days=1)
        day = calendar.first
        number = 0
        office = [rule for rule in calendar.hours if not rule.reception_only]
        while day <= calendar.last:
            row = calendar.rows.get(day)
            kind = row.kind if row else calendar.weekday_kind(day)
            spans: tuple[Span, ...] = ()
            if kind is not DayKind.OFF:
                spans = row.spans if row and row.spans else _hours_of(office, day)
                if kind is DayKind.HALF and not (row and row.spans):
                    spans = tuple((opens, min(closes, NOON)) for opens, closes in spans if opens < NOON)
                total += 1
                self.work_days.append(number)
                minutes += sum(closes - opens for opens, closes in spans)
            self.works.append(kind is not DayKind.OFF)
            self.upto.append(total)
            self.minutes_before.append(minutes)
            self.spans.append(spans)
            day += one_day
            number += 1


def _hours_of(rules: Sequence[OfficeHours], day: date) -> tuple[Span, ...]:
    holding = [rule for rule in rules if rule.holds(day)]
    return max(holding, key=lambda rule: rule.precedence).spans if holding else ()


@dataclass(frozen=True)
class WorkCalendar:
    """Working days and office time from `first` to `last`. Days without a row follow `working_weekdays`.

    Every look-up raises OutsideCalendar for a day out of reach.
    """

    name: str
    first: date
    last: date
    days: tuple[DayRow, ...] = ()
    hours: tuple[OfficeHours, ...] = ()
    cutoffs: tuple[CutoffHour, ...] = ()
    working_weekdays: frozenset[int] = field(default=frozenset({0, 1, 2, 3, 4}))

    def __post_init__(self) -> None:
        for spans in (*(rule.spans for rule in self.hours), *(row.spans for row in self.days)):
            ends = 0
            for opens, closes in spans:
                if not ends <= opens < closes <= 24 * 60:
                    raise ValueError(f"calendar {self.name}: office time {spans} is not in order")
                ends = closes

    @cached_property
    def rows(self) -> dict[date, DayRow]:
        """The rows by day."""
        return {row.day: row for row in self.days}

    @cached_property
    def _index(self) -> _Index:
        return _Index(self)

    def prepared(self) -> "WorkCalendar":
        """The same calendar with its counts made, so that no case waits for them."""
        _ = self._index
        return self

    def weekday_kind(self, day: date) -> DayKind:
        """What a day is when no row speaks of it."""
        return DayKind.WORK if day.weekday() in self.working_weekdays else DayKind.OFF

    def _number(self, day: date) -> int:
        number = day.toordinal() - self._index.base
        if not 0 <= number < len(self._index.works):
            raise OutsideCalendar(self.name, day, self.first, self.last)
        return number

    def _day(self, number: int) -> date:
        return date.fromordinal(self._index.base + number)

    def kind(self, day: date) -> DayKind:
        """Whether a day is off, worked or half worked."""
        self._number(day)
        row = self.rows.get(day)
        return row.kind if row else self.weekday_kind(day)

    def is_working(self, day: date) -> bool:
        """Whether the office works on a day, be it half of it."""
        return bool(self._index.works[self._number(day)])

    def spans(self, day: date) -> tuple[Span, ...]:
        """Office time of a day in minutes; empty on a day off."""
        return self._index.spans[self._number(day)]

    def opening(self, day: date) -> datetime:
        """When the office opens on a working day. Raises NoOfficeHours."""
        return self._at(day, self._working_spans(day)[0][0])

    def closing(self, day: date) -> datetime:
        """The end of office time of a working day. Raises NoOfficeHours."""
        return self._at(day, self._working_spans(day)[-1][1])

    def _working_spans(self, day: date) -> tuple[Span, ...]:
        spans = self.spans(day)
        if not spans:
            raise NoOfficeHours(self.name, day)
        return spans

    @staticmethod
    def _at(day: date, minute: int) -> datetime:
        if minute == 24 * 60:
            return datetime.combine(day + timedelta(days=1), time(0), LOCAL)
        return datetime.combine(day, time(minute // 60, minute % 60), LOCAL)

    def working_on_or_after(self, day: date) -> date:
        """The day itself when it is worked, else the next working day."""
        number = self._number(day)
        if self._index.works[number]:
            return day
        return self._nth(self._index.upto[number], day)

    def nth_after(self, day: date, count: int) -> date:
        """The count-th working day after a day (1 = the next one; 0 = the day itself)."""
        if count == 0:
            return day
        return self._nth(self._index.upto[self._number(day)] + count - 1, day)

    def _nth(self, place: int, asked: date) -> date:
        if place >= len(self._index.work_days):
            raise OutsideCalendar(self.name, max(asked, self.last + timedelta(days=1)), self.first, self.last)
        return self._day(self._index.work_days[place])

    def working_days_between(self, after: date, upto: date) -> int:
        """How many working days d there are with after < d <= upto; 0 when upto does not lie after."""
        if upto <= after:
            return 0
        return self._index.upto[self._number(upto)] - self._index.upto[self._number(after)]

    def _position(self, at: datetime) -> int:
        """Office minutes from the first day of the calendar to an instant, whole minutes."""
        local = aware(at).astimezone(LOCAL)
        number = self._number(local.date())
        minute = local.hour * 60 + local.minute
        done = self._index.minutes_before[number]
        for opens, closes in self._index.spans[number]:
            if minute <= opens:
                break
            done += min(minute, closes) - opens
        return done

    def working_minutes(self, begin: datetime, end: datetime) -> int:
        """Minutes of office time between two instants; negative when `end` lies before `begin`."""
        return self._position(end) - self._position(begin)

    def after_minutes(self, at: datetime, minutes: int) -> datetime:
        """The instant when so many minutes (at least one) of office time have passed since `at`."""
        if minutes < 1:
            raise ValueError("at least one minute of office time must pass")
        target = self._position(at) + minutes
        index = self._index
        number = bisect_left(index.minutes_before, target) - 1
        if number >= len(index.works):
            raise OutsideCalendar(self.name, self.last + timedelta(days=1), self.first, self.last)
        left = target - index.minutes_before[number]
        for opens, closes in index.spans[number]:
            if left <= closes - opens:
                return self._at(self._day(number), opens + left)
            left -= closes - opens
        raise AssertionError("running counts and office time disagree")

    def cutoff_hour(self, day: date) -> time:
        """The cut-off hour in force on a day. Raises NoCutoffHour."""
        holding = [row for row in self.cutoffs if row.holds(day)]
        if not holding:
            raise NoCutoffHour(self.name, day)
        return max(holding, key=lambda row: (row.rank, row.valid_from)).hour

    def reception_spans(self, day: date) -> tuple[Span, ...]:
        """When the counter takes in papers on a day: its own hours where it has any, else office time."""
        row = self.rows.get(day)
        if row and row.kind is DayKind.OFF:
            return ()
        own = _hours_of([rule for rule in self.hours if rule.reception_only], day)
        return own or self.spans(day)

    def is_reception_open(self, at: datetime) -> bool:
        """Whether the counter takes in papers at an instant."""
        local = aware(at).astimezone(LOCAL)
        minute = local.hour * 60 + local.minute
        return any(opens <= minute < closes for opens, closes in self.reception_spans(local.date()))
