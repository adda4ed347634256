"""The calendars as one process knows them: all rows read at once, kept until the revision changes.

A calendar is asked for at every step of every case, and changes a few times a year. So each process keeps its own copy
and compares one token with the database: at most once per request, and in a worker at most once a second.
"""

import threading
import time as clock
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any
from uuid import UUID

from django.core.signals import request_started

from langbiang.foundation.prepared import Statement

from . import models
from .deadlines import (
    CutoffHour,
    DayKind,
    DayRow,
    OfficeHours,
    Season,
    Span,
    WorkCalendar,
    layered,
)
from .statutory import computed_days

WORKER_SECONDS = 1.0
# How far a calendar reaches around the decade it is asked for: long enough for any term the law knows.
YEARS_BACK, YEARS_ON = 5, 24


def spans_of(kept: Iterable[Iterable[str]]) -> tuple[Span, ...]:
    """[["07:30", "11:30"]] as minutes of the day."""
    spans = []
    for opens, closes in kept:
        begin, end = time.fromisoformat(opens), time.fromisoformat(closes)
        spans.append((begin.hour * 60 + begin.minute, end.hour * 60 + end.minute))
    return tuple(spans)


def _month_and_day(kept: str) -> tuple[int, int]:
    month, day = kept.split("-")
    return int(month), int(day)


@dataclass
class Snapshot:
    """Every calendar at one revision, and the work calendars made of them so far."""

    token: UUID | None
    calendars: dict[int, models.Calendar]
    days: dict[int, list[DayRow]]
    hours: dict[int, list[models.OfficeHours]]
    cutoffs: dict[int, list[models.CutoffHour]]
    built: dict[tuple[int, int], WorkCalendar] = field(default_factory=dict)
    of_agency: dict[int, int] = field(default_factory=dict)

    @classmethod
    def read(cls, token: UUID | None) -> "Snapshot":
        """All rows, in four queries."""
        days: dict[int, list[DayRow]] = defaultdict(list)
        for row in models.CalendarDay.objects.filter(cancelled_at__isnull=True).order_by("day"):
            days[row.calendar_id].append(day_row(row))
        hours: dict[int, list[models.OfficeHours]] = defaultdict(list)
        for opened in models.OfficeHours.objects.order_by("valid_from", "pk"):
            hours[opened.calendar_id].append(opened)
        cutoffs: dict[int, list[models.CutoffHour]] = defaultdict(list)
        for cutoff in models.CutoffHour.objects.order_by("valid_from"):
            cutoffs[cutoff.calendar_id].append(cutoff)
        calendars = {calendar.pk: calendar for calendar in models.Calendar.objects.order_by("pk")}
        return cls(token, calendars, dict(days), dict(hours), dict(cutoffs))

    def lineage(self, calendar_id: int) -> list[models.Calendar]:
        """A calendar and those it inherits from, the country first."""
        line: list[models.Calendar] = []
        at: int | None = calendar_id
        while at is not None and len(line) < 10:
            calendar = self.calendars[at]
            line.insert(0, calendar)
            at = calendar.parent_id
        return line

    def work_calendar(self, calendar_id: int, on: date) -> WorkCalendar:
        """The work calendar around a day, made once."""
        decade = on.year - on.year % 10
        if (calendar_id, decade) not in self.built:
            self.built[calendar_id, decade] = self._build(calendar_id, decade)
        return self.built[calendar_id, decade]

    def _build(self, calendar_id: int, decade: int) -> WorkCalendar:
        first, last = date(decade - YEARS_BACK, 1, 1), date(decade + YEARS_ON, 12, 31)
        line = self.lineage(calendar_id)
        country = self.days.get(line[0].pk, [])
        settled = {row.day.year for row in country}
        computed = computed_days(year for year in range(first.year, last.year + 1) if year not in settled)
        hours = tuple(
            _hours(row, rank) for rank, calendar in enumerate(line) for row in self.hours.get(calendar.pk, [])
        )
        cutoffs = tuple(
            CutoffHour(row.hour, row.valid_from, row.valid_to, row.source, row.verified, rank)
            for rank, calendar in enumerate(line)
            for row in self.cutoffs.get(calendar.pk, [])
        )
        days = layered(computed, *(self.days.get(calendar.pk, []) for calendar in line))
        return WorkCalendar(line[-1].code, first, last, days, hours, cutoffs).prepared()


def day_row(row: models.CalendarDay) -> DayRow:
    """A declared day as the arithmetic knows it."""
    return DayRow(
        row.day, DayKind(row.kind), row.note, row.source, spans_of(row.spans), row.swapped_with, row.verified
    )


def _hours(row: models.OfficeHours, rank: int) -> OfficeHours:
    season = None
    if row.season_from:
        season = Season(_month_and_day(row.season_from), _month_and_day(row.season_to))
    return OfficeHours(
        spans_of(row.spans), row.valid_from, row.valid_to, season, frozenset(row.weekdays), row.reception_only,
        row.source, row.verified, rank,
    )


_TOKEN = Statement("SELECT token FROM calendars_revision ORDER BY id LIMIT 1")
_lock = threading.Lock()
_kept: Snapshot | None = None
_checked = float("-inf")


def current() -> Snapshot:
    """The calendars as they are now; a query only when it is time to compare, four more when they changed."""
    global _kept, _checked
    kept = _kept
    if kept is not None and clock.monotonic() - _checked < WORKER_SECONDS:
        return kept
    token = next((token for (token,) in _TOKEN.run()), None)
    with _lock:
        if _kept is None or _kept.token != token:
            _kept = Snapshot.read(token)
        _checked = clock.monotonic()
        return _kept


def forget() -> None:
    """Compare with the database before the next answer."""
    global _checked
    _checked = float("-inf")


def drop() -> None:
    """Read everything again before the next answer: after a change made here, and when a test is undone."""
    global _kept
    forget()
    _kept = None


def _new_request(**_kwargs: Any) -> None:
    forget()


def watch_requests() -> None:
    """A request sees every change that was committed before it began."""
    request_started.connect(_new_request, dispatch_uid="calendars.forget")
