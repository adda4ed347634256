"""What people and other rooms ask of calendars."""

import calendar as months
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from langbiang.foundation.access import Actor

from . import models, policies, reasoning, snapshot
from .deadlines import DayKind, DayRow, Span, Step, WorkCalendar


class NoCalendar(LookupError):
    """No calendar was ever loaded: the reference data are missing."""


# --- for other rooms


def calendar_for(agency_id: int | None, *, on: date) -> WorkCalendar:
    """The work calendar of an agency (None: of the province) around a day.

    Its own calendar or that of the nearest agency above it, else that of its place, else the province's. Kept in
    memory: no query per call, one per request at most. Raises NoCalendar when no reference data were loaded.
    """
    known = snapshot.current()
    return known.work_calendar(_calendar_id(known, agency_id), on)


def follows(agency_id: int, calendar_id: int) -> bool:
    """Whether a calendar bears on an agency: it is the agency's own one, or one that this inherits from."""
    known = snapshot.current()
    return any(calendar.pk == calendar_id for calendar in known.lineage(_calendar_id(known, agency_id)))


def in_words(steps: Iterable[Step | dict[str, Any]]) -> list[str]:
    """The reckoning of a deadline as sentences in the language of the reader; takes steps or their kept JSON."""
    return reasoning.sentences(step if isinstance(step, Step) else Step.from_json(step) for step in steps)


def is_reception_open(agency_id: int, at: datetime) -> bool:
    """Whether the counter of an agency takes in papers at an instant."""
    return calendar_for(agency_id, on=timezone.localtime(at).date()).is_reception_open(at)


def _calendar_id(known: snapshot.Snapshot, agency_id: int | None) -> int:
    key = agency_id or 0
    if key not in known.of_agency:
        known.of_agency[key] = _resolve(known, agency_id)
    return known.of_agency[key]


def _resolve(known: snapshot.Snapshot, agency_id: int | None) -> int:
    by_agency = {c.agency_id: c.pk for c in known.calendars.values() if c.agency_id is not None}
    by_place = {c.place_code: c.pk for c in known.calendars.values() if c.place_code}
    if agency_id is not None and (by_agency or by_place):
        from langbiang.foundation.organizations import queries as organizations

        try:
            at: int | None = agency_id
            while at is not None:
                if at in by_agency:
                    return by_agency[at]
                if organizations.place_of(at) in by_place:
                    return by_place[organizations.place_of(at)]
                at = organizations.parent_id(at)
        except KeyError:  # an agency this process does not know yet
            pass
    if settings.PROVINCE_CODE in by_place:
        return by_place[settings.PROVINCE_CODE]
    for calendar in known.calendars.values():
        if calendar.parent_id is None:
            return calendar.pk
    raise NoCalendar("No calendar is loaded; run `langbiang migrate` to load the reference data.")


# --- for the pages


@dataclass(frozen=True)
class YearState:
    """What is known of a year: decided and verified, entered but not verified, or only computed."""

    year: int
    state: str  # decided | unverified | computed
    days_off: int
    extra_days: int


@dataclass(frozen=True)
class CalendarLine:
    """A calendar in the list."""

    calendar: models.Calendar
    parent_name: str
    may_edit: bool
    own_days: int
    own_hours: bool


@dataclass(frozen=True)
class DayCell:
    """A day in the year view."""

    day: date
    kind: str
    is_weekend: bool
    row: DayRow | None
    is_own: bool
    is_today: bool

    @property
    def is_marked(self) -> bool:
        """Whether the day is not what its weekday says."""
        return self.row is not None

    @property
    def tone(self) -> str:
        """How the day is drawn."""
        if self.row is None:
            return "weekend" if self.kind == DayKind.OFF else "plain"
        return self.row.kind.value


@dataclass(frozen=True)
class MonthView:
    """A month as weeks from Monday to Sunday; None pads the first and last week."""

    first: date
    weeks: list[list[DayCell | None]]
    working_days: int


@dataclass(frozen=True)
class MarkedDay:
    """A day that differs, with where it was declared."""

    row: DayRow
    calendar: models.Calendar | None  # None: computed
    is_own: bool

    @property
    def title(self) -> str:
        """Friday 28/08/2026."""
        return reasoning.capital(reasoning.long_day(self.row.day))


@dataclass(frozen=True)
class YearView:
    """Twelve months of a calendar and the list of days that differ."""

    calendar: models.Calendar
    year: int
    state: YearState
    months: list[MonthView]
    marked: list[MarkedDay]
    cancelled: list[models.CalendarDay]
    working_days: int


def calendars(actor: Actor) -> list[CalendarLine]:
    """All calendars, the country first, those of units by name."""
    known = snapshot.current()
    lines = [
        CalendarLine(
            calendar=calendar,
            parent_name=known.calendars[calendar.parent_id].name if calendar.parent_id else "",
            may_edit=bool(policies.may_edit(actor, calendar)),
            own_days=len(known.days.get(calendar.pk, [])),
            own_hours=bool(known.hours.get(calendar.pk)),
        )
        for calendar in known.calendars.values()
    ]
    return sorted(lines, key=lambda line: (len(known.lineage(line.calendar.pk)), line.calendar.name))


def calendar_by_code(code: str) -> models.Calendar | None:
    """A calendar by its code."""
    return next((c for c in snapshot.current().calendars.values() if c.code == code), None)


def work_calendar(calendar: models.Calendar, *, on: date) -> WorkCalendar:
    """The work calendar a record of this room stands for."""
    return snapshot.current().work_calendar(calendar.pk, on)


def lineage(calendar: models.Calendar) -> list[models.Calendar]:
    """The calendar and those it inherits from, the country first."""
    return snapshot.current().lineage(calendar.pk)


def year_state(calendar: models.Calendar, year: int) -> YearState:
    """How sure the days of a year are, judged by the country's calendar."""
    known = snapshot.current()
    country = [row for row in known.days.get(known.lineage(calendar.pk)[0].pk, []) if row.day.year == year]
    work = known.work_calendar(calendar.pk, date(year, 1, 1))
    rows = [row for row in work.days if row.day.year == year]
    off = sum(row.kind is DayKind.OFF and work.weekday_kind(row.day) is DayKind.WORK for row in rows)
    extra = sum(row.kind is not DayKind.OFF and work.weekday_kind(row.day) is DayKind.OFF for row in rows)
    if not country:
        return YearState(year, "computed", off, extra)
    return YearState(year, "decided" if all(row.verified for row in country) else "unverified", off, extra)


def year_view(calendar: models.Calendar, year: int, *, today: date) -> YearView:
    """Everything the year page shows; one query."""
    known = snapshot.current()
    work = known.work_calendar(calendar.pk, date(year, 1, 1))
    own = {row.day for row in known.days.get(calendar.pk, [])}
    line = known.lineage(calendar.pk)
    declared_in = {
        row.day: ancestor for ancestor in line for row in known.days.get(ancestor.pk, []) if row.day.year == year
    }
    pages = []
    for month in range(1, 13):
        weeks: list[list[DayCell | None]] = []
        working = 0
        for week in months.Calendar().monthdatescalendar(year, month):
            cells: list[DayCell | None] = []
            for day in week:
                if day.month != month:
                    cells.append(None)
                    continue
                working += work.is_working(day)
                cells.append(
                    DayCell(
                        day, work.kind(day).value, work.weekday_kind(day) is DayKind.OFF, work.rows.get(day), day in own,
                        day == today,
                    )
                )
            weeks.append(cells)
        pages.append(MonthView(date(year, month, 1), weeks, working))
    return YearView(
        calendar=calendar,
        year=year,
        state=year_state(calendar, year),
        months=pages,
        marked=[
            MarkedDay(row, declared_in.get(row.day), row.day in own) for row in work.days if row.day.year == year
        ],
        cancelled=list(
            models.CalendarDay.objects.filter(
                calendar__in=line, cancelled_at__isnull=False, day__year=year
            ).order_by("day")
        ),
        working_days=sum(page.working_days for page in pages),
    )


def declared_day(calendar: models.Calendar, day: date) -> models.CalendarDay | None:
    """What this very calendar declared for a day, cancelled or not."""
    return models.CalendarDay.objects.filter(calendar=calendar, day=day).first()


def declared_in(calendar: models.Calendar, day: date) -> models.Calendar | None:
    """The nearest calendar that declares something for a day; None when the weekday decides or it was computed."""
    known = snapshot.current()
    for each in reversed(known.lineage(calendar.pk)):
        if any(row.day == day for row in known.days.get(each.pk, [])):
            return each
    return None


def nearest_calendar(agency_id: int) -> models.Calendar:
    """The calendar that bears on an agency now. Raises NoCalendar."""
    known = snapshot.current()
    return known.calendars[_calendar_id(known, agency_id)]


@dataclass(frozen=True)
class HoursLine:
    """Office hours as the table shows them."""

    hours: str
    season: str  # "15/04 – 30/09", empty: all year
    weekdays: tuple[int, ...]
    reception_only: bool
    valid_from: date
    valid_to: date | None
    source: str
    verified: bool
    origin: models.Calendar


def hours_in_force(calendar: models.Calendar, on: date) -> list[HoursLine]:
    """The office hours that hold on a day or will: of the nearest calendar that has any, and the counter's own."""
    known = snapshot.current()
    chosen: list[HoursLine] = []
    for reception_only in (False, True):
        for each in reversed(known.lineage(calendar.pk)):
            rows = [
                row
                for row in known.hours.get(each.pk, [])
                if row.reception_only == reception_only and (row.valid_to is None or row.valid_to >= on)
            ]
            chosen += [_hours_line(row, each) for row in rows]
            if rows:
                break
    return chosen


def former_hours(calendar: models.Calendar, on: date) -> list[HoursLine]:
    """Hours of this very calendar that have ended, the latest first."""
    rows = snapshot.current().hours.get(calendar.pk, [])
    ended = [row for row in rows if row.valid_to is not None and row.valid_to < on]
    return [_hours_line(row, calendar) for row in sorted(ended, key=lambda row: row.valid_from, reverse=True)]


def _hours_line(row: models.OfficeHours, origin: models.Calendar) -> HoursLine:
    season = ""
    if row.season_from:
        season = " – ".join(f"{end[3:]}/{end[:2]}" for end in (row.season_from, row.season_to))
    return HoursLine(
        spans_in_words(snapshot.spans_of(row.spans)), season, tuple(row.weekdays), row.reception_only, row.valid_from,
        row.valid_to, row.source, row.verified, origin,
    )


def cutoff_in_force(calendar: models.Calendar, on: date) -> tuple[models.CutoffHour, models.Calendar] | None:
    """The cut-off hour that holds on a day and the calendar it comes from."""
    known = snapshot.current()
    for each in reversed(known.lineage(calendar.pk)):
        rows = [
            row
            for row in known.cutoffs.get(each.pk, [])
            if row.valid_from <= on and (row.valid_to is None or on <= row.valid_to)
        ]
        if rows:
            return max(rows, key=lambda row: row.valid_from), each
    return None


def hours_as_entered(calendar: models.Calendar, on: date) -> dict[str, Any]:
    """The hours in force as the form for new ones begins with them."""
    known = snapshot.current()
    entered: dict[str, Any] = {}
    for each in reversed(known.lineage(calendar.pk)):
        rows = [row for row in known.hours.get(each.pk, []) if row.valid_to is None or row.valid_to >= on]
        for row in rows:
            names = ("saturday",) if row.reception_only else ("morning", "afternoon")
            prefix = "season_" if row.season_from else ""
            for name, (opens, closes) in zip(names, row.spans, strict=False):
                entered.setdefault(f"{prefix}{name}_from", opens)
                entered.setdefault(f"{prefix}{name}_to", closes)
            if row.season_from:
                entered |= {"season_from": row.season_from, "season_to": row.season_to}
        if rows:
            break
    return entered


def agencies_for_calendar(actor: Actor, *, on: date) -> list[tuple[int, str]]:
    """Agencies this actor may give a calendar of their own and that have none."""
    from langbiang.foundation.organizations import queries as organizations

    taken = set(models.Calendar.objects.filter(~Q(agency=None)).values_list("agency_id", flat=True))
    reach = actor.reach(policies.EDIT)
    return [
        (row.id, row.name) for row in organizations.agencies_on(on) if row.id not in taken and reach.covers(row.id)
    ]


def spans_in_words(spans: Iterable[Span]) -> str:
    """07:30-11:30, 13:30-17:30."""
    return ", ".join(
        f"{opens // 60:02}:{opens % 60:02}–{closes // 60:02}:{closes % 60:02}" for opens, closes in spans
    )
