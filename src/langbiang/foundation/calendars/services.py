"""Changes to calendars. Each is audited, told as an event, and seen by the next request of every process."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from langbiang.foundation import events
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access.policies import require
from langbiang.foundation.audit import services as audit
from langbiang.foundation.ui import formats

from . import policies, snapshot
from .deadlines import DayKind, DayRow, Span
from .events import DayChanged, HoursChanged
from .models import Calendar, CalendarDay, CutoffHour, OfficeHours, Revision
from .statutory import computed_days

# Further off, a declared day is more likely a typing error in the year than a plan.
YEARS_AHEAD = 6
YEARS_BACK = 3


class NotADay(Refusal):
    """What is asked of a day makes no sense for it: already so, too far off, or nothing to swap."""


class NoSource(Refusal):
    """A change of the calendar without the act or notice it stands on."""


class NotInOrder(Refusal):
    """Office hours that overlap, run backwards, or a season with one end."""


class CodeTaken(Refusal):
    """There is a calendar with this code, or of this agency or place."""


@dataclass(frozen=True)
class Pattern:
    """Office hours to be set: intervals of the day, a season ("04-01", "09-30"), weekdays (Monday 0; none: all)."""

    spans: tuple[tuple[time, time], ...]
    season: tuple[str, str] | None = None
    weekdays: tuple[int, ...] = ()
    reception_only: bool = False


# --- days


@transaction.atomic
def declare_day(
    actor: Actor,
    *,
    calendar_id: int,
    day: date,
    kind: str,
    note: str,
    source: str,
    verified: bool,
    spans: Sequence[tuple[time, time]] = (),
    at: datetime,
) -> CalendarDay:
    """Declare a day off, worked or half worked, with the act or notice that says so.

    Legal basis: Article 112 of the Labour Code; the yearly notice on holidays; decisions of the chairman in storms and
    the like. Due dates already promised stay: the room of the cases proposes which to move. Raises Forbidden, NotADay,
    NoSource, NotInOrder.
    """
    calendar = _locked(calendar_id)
    require(policies.may_edit(actor, calendar))
    note, source = _words(note, source)
    _check_reach(day, at)
    office = _checked_spans(spans, "spans")
    if kind == DayKind.OFF and office:
        raise NotADay(_("A day off has no office hours."), field="spans", way_out=_("Leave the hours empty."))
    _check_changes_something(calendar, day, kind, office)
    _settle_year(calendar, day.year)
    row = _write_day(
        actor, calendar, DayRow(day, DayKind(kind), note, source, office, verified=verified), at=at
    )
    _tell_days(actor, calendar, [day], kind, note, source, at)
    return row


@transaction.atomic
def declare_working_swap(
    actor: Actor,
    *,
    calendar_id: int,
    day_off: date,
    worked_instead: date,
    note: str,
    source: str,
    verified: bool,
    at: datetime,
) -> tuple[CalendarDay, CalendarDay]:
    """Exchange a working day for a day off: the one is off, the other is worked.

    Legal basis: the yearly notice on holidays and exchanged working days. Raises Forbidden, NotADay, NoSource.
    """
    calendar = _locked(calendar_id)
    require(policies.may_edit(actor, calendar))
    note, source = _words(note, source)
    _check_reach(day_off, at)
    _check_reach(worked_instead, at)
    work = snapshot.current().work_calendar(calendar.pk, day_off)
    if not work.is_working(day_off):
        raise NotADay(
            _("%(day)s is a day off already.") % {"day": formats.day(day_off)},
            field="day_off",
            way_out=_("Name a working day that becomes free."),
        )
    if work.is_working(worked_instead):
        raise NotADay(
            _("%(day)s is a working day already.") % {"day": formats.day(worked_instead)},
            field="worked_instead",
            way_out=_("Name a day off, usually a Saturday, that is worked instead."),
        )
    _settle_year(calendar, day_off.year)
    _settle_year(calendar, worked_instead.year)
    off = DayRow(day_off, DayKind.OFF, note, source, (), worked_instead, verified)
    worked = DayRow(worked_instead, DayKind.WORK, note, source, (), day_off, verified)
    rows = _write_day(actor, calendar, off, at=at), _write_day(actor, calendar, worked, at=at)
    _tell_days(actor, calendar, [day_off, worked_instead], "swap", note, source, at)
    return rows


@transaction.atomic
def cancel_day(actor: Actor, *, calendar_id: int, day: date, reason: str, at: datetime) -> CalendarDay:
    """Cancel what this calendar declared for a day; a swapped pair goes together. Raises Forbidden, NotADay, NoSource."""
    calendar = _locked(calendar_id)
    require(policies.may_edit(actor, calendar))
    reason = reason.strip()
    if not reason:
        raise NoSource(_("Say why the declaration is cancelled."), field="reason")
    row = CalendarDay.objects.filter(calendar=calendar, day=day, cancelled_at__isnull=True).first()
    if row is None:
        raise NotADay(
            _("This calendar declared nothing for %(day)s.") % {"day": formats.day(day)},
            way_out=_("The day may come from the calendar above; cancel it there."),
        )
    rows = [row]
    if row.swapped_with:
        rows += CalendarDay.objects.filter(calendar=calendar, day=row.swapped_with, cancelled_at__isnull=True)
    for each in rows:
        each.cancelled_at, each.cancel_reason = at, reason[:300]
        each.save(update_fields=["cancelled_at", "cancel_reason"])
        audit.record(
            actor, "calendars.day_cancelled", each, before=_day_facts(each), after={"reason": reason}, at=at
        )
    _tell_days(actor, calendar, [each.day for each in rows], "cancelled", reason, row.source, at)
    return row


@transaction.atomic
def confirm_year(actor: Actor, *, calendar_id: int, year: int, source: str, at: datetime) -> int:
    """Say that the days of a year agree with the official notice: computed days become rows, all are verified.

    Gives the number of rows. Raises Forbidden, NoSource, NotADay.
    """
    calendar = _locked(calendar_id)
    require(policies.may_edit(actor, calendar))
    source = _words("-", source)[1]
    if calendar.parent_id is not None:
        raise NotADay(
            _("A year is confirmed for the whole country."), way_out=_("Open the calendar of the country.")
        )
    _check_reach(date(year, 1, 1), at)
    _settle_year(calendar, year)
    rows = CalendarDay.objects.filter(calendar=calendar, day__year=year)
    changed = rows.filter(verified=False).update(verified=True, source=source)
    audit.record(actor, "calendars.year_confirmed", calendar, after={"year": year, "source": source}, at=at)
    _turn_revision()
    return changed


# --- hours


@transaction.atomic
def set_office_hours(
    actor: Actor,
    *,
    calendar_id: int,
    valid_from: date,
    patterns: Sequence[Pattern],
    source: str,
    verified: bool,
    at: datetime,
) -> list[OfficeHours]:
    """Set the office hours of a calendar from a day on; those it had until then end the day before.

    Raises Forbidden, NoSource, NotInOrder, NotADay.
    """
    calendar = _locked(calendar_id)
    require(policies.may_edit(actor, calendar))
    source = _words("-", source)[1]
    _check_reach(valid_from, at)
    made = [_new_hours(calendar, pattern, valid_from, source, verified) for pattern in patterns]
    office = [row for row in made if not row.reception_only]
    if not office:
        raise NotInOrder(_("Office hours are missing."), field="morning_from", way_out=_("Enter at least the morning."))
    if all(row.season_from or row.weekdays for row in office):
        raise NotInOrder(
            _("There must be hours for the rest of the year."), field="morning_from",
            way_out=_("Enter hours that hold all year; the season goes before them."),
        )
    before = _end_earlier(OfficeHours.objects.filter(calendar=calendar), valid_from)
    for row in made:
        row.save()
    audit.record(
        actor, "calendars.hours_set", calendar, before={"ended": before},
        after={"valid_from": valid_from, "hours": [_hours_facts(row) for row in made], "source": source}, at=at,
    )
    _turn_revision()
    _tell_hours(actor, calendar, valid_from, "office_hours", source, at)
    return made


@transaction.atomic
def set_cutoff_hour(
    actor: Actor, *, calendar_id: int, valid_from: date, hour: time, source: str, verified: bool, at: datetime
) -> CutoffHour:
    """Set the cut-off hour of a calendar from a day on. Raises Forbidden, NoSource, NotADay."""
    calendar = _locked(calendar_id)
    require(policies.may_edit(actor, calendar))
    source = _words("-", source)[1]
    _check_reach(valid_from, at)
    before = _end_earlier(CutoffHour.objects.filter(calendar=calendar), valid_from)
    row = CutoffHour.objects.create(
        calendar=calendar, hour=hour, valid_from=valid_from, source=source, verified=verified
    )
    audit.record(
        actor, "calendars.cutoff_set", calendar, before={"ended": before},
        after={"valid_from": valid_from, "hour": f"{hour:%H:%M}", "source": source}, at=at,
    )
    _turn_revision()
    _tell_hours(actor, calendar, valid_from, "cutoff_hour", source, at)
    return row


# --- calendars


@transaction.atomic
def open_calendar(
    actor: Actor,
    *,
    code: str,
    name: str,
    parent_id: int,
    agency_id: int | None = None,
    place_code: str = "",
    at: datetime,
) -> Calendar:
    """Give an agency (with all below it) or a place a calendar of its own; it inherits what it does not say.

    Raises Forbidden, CodeTaken, NotADay.
    """
    require(policies.may_open_for(actor, agency_id))
    if (agency_id is None) == (not place_code):
        raise NotADay(_("A calendar is that of one agency or of one place."), field="agency")
    taken = Calendar.objects.filter(
        Q(code=code)
        | (Q(agency_id=agency_id) if agency_id is not None else Q(place_code=place_code))
    ).first()
    if taken:
        raise CodeTaken(
            _("There is such a calendar already: %(name)s.") % {"name": taken.name}, field="code",
            way_out=_("Change that one instead."),
        )
    calendar = Calendar.objects.create(
        code=code, name=name.strip(), parent_id=parent_id, agency_id=agency_id, place_code=place_code
    )
    audit.record(
        actor, "calendars.opened", calendar,
        after={"code": code, "name": name, "agency": agency_id, "place": place_code}, at=at,
    )
    _turn_revision()
    return calendar


# --- inside


def _locked(calendar_id: int) -> Calendar:
    """The calendar, with all writers of calendars in one line: changes are rare, and their effects overlap."""
    Revision.objects.get_or_create(pk=1, defaults={"token": uuid4()})
    Revision.objects.select_for_update().get(pk=1)
    return Calendar.objects.get(pk=calendar_id)


def _turn_revision() -> None:
    """Make every process read again: the others at their next request, this one at once."""
    Revision.objects.update_or_create(pk=1, defaults={"token": uuid4()})
    snapshot.forget()
    transaction.on_commit(snapshot.drop)


def _words(note: str, source: str) -> tuple[str, str]:
    note, source = note.strip(), source.strip()
    if not note:
        raise NoSource(_("Say what kind of day this is."), field="note", way_out=_("For instance: storm, Tết."))
    if not source:
        raise NoSource(
            _("The act or notice behind this change is missing."), field="source",
            way_out=_("Enter its number and date, for instance “Thông báo 9441/TB-BNV, 16/10/2025”."),
        )
    return note[:200], source[:300]


def _check_reach(day: date, at: datetime) -> None:
    if not at.year - YEARS_BACK <= day.year <= at.year + YEARS_AHEAD:
        raise NotADay(
            _("%(day)s is too far away.") % {"day": formats.day(day)}, field="day",
            way_out=_("Check the year that was typed."),
        )


def _checked_spans(spans: Iterable[tuple[time, time]], field: str) -> tuple[Span, ...]:
    minutes = tuple((a.hour * 60 + a.minute, b.hour * 60 + b.minute) for a, b in spans)
    ends = -1
    for opens, closes in minutes:
        if not ends < opens < closes:
            raise NotInOrder(
                _("Office hours overlap or run backwards."), field=field,
                way_out=_("Enter them in the order of the day, each beginning before it ends."),
            )
        ends = closes
    return minutes


def _check_changes_something(calendar: Calendar, day: date, kind: str, office: tuple[Span, ...]) -> None:
    work = snapshot.current().work_calendar(calendar.pk, day)
    if work.kind(day).value != kind:
        return
    row = work.rows.get(day)
    if office and work.spans(day) != office:
        return
    if row is None or row.verified:
        words = {
            DayKind.OFF: _("%(day)s is a day off already."),
            DayKind.WORK: _("%(day)s is a working day already."),
            DayKind.HALF: _("%(day)s is a half day already."),
        }[DayKind(kind)]
        raise NotADay(words % {"day": formats.day(day)}, field="kind", way_out=_("Nothing needs to be done."))


def _settle_year(calendar: Calendar, year: int) -> None:
    """Before the country's first row of a year, keep the days computed for it: one row must not undo the others."""
    if calendar.parent_id is not None or CalendarDay.objects.filter(calendar=calendar, day__year=year).exists():
        return
    CalendarDay.objects.bulk_create(
        CalendarDay(calendar=calendar, day=row.day, kind=row.kind.value, note=row.note, source=row.source)
        for row in computed_days([year])
    )


def _write_day(actor: Actor, calendar: Calendar, what: DayRow, *, at: datetime) -> CalendarDay:
    former = CalendarDay.objects.filter(calendar=calendar, day=what.day).first()
    before = _day_facts(former) if former else None
    row, _created = CalendarDay.objects.update_or_create(
        calendar=calendar, day=what.day,
        defaults={
            "kind": what.kind.value, "spans": spans_as_kept(what.spans), "note": what.note, "source": what.source,
            "verified": what.verified, "swapped_with": what.swapped_with, "cancelled_at": None, "cancel_reason": "",
        },
    )
    audit.record(actor, "calendars.day_declared", row, before=before, after=_day_facts(row), at=at)
    return row


def spans_as_kept(spans: Iterable[Span]) -> list[list[str]]:
    """Minutes of the day as [["07:30", "11:30"]]."""
    return [[f"{minute // 60:02}:{minute % 60:02}" for minute in span] for span in spans]


def _new_hours(
    calendar: Calendar, pattern: Pattern, valid_from: date, source: str, verified: bool
) -> OfficeHours:
    office = _checked_spans(pattern.spans, "morning_from" if not pattern.season else "season_morning_from")
    if not office:
        raise NotInOrder(_("Office hours are missing."), field="morning_from", way_out=_("Enter at least the morning."))
    season_from, season_to = pattern.season or ("", "")
    for end in (season_from, season_to):
        if end:
            _check_month_and_day(end)
    return OfficeHours(
        calendar=calendar, spans=spans_as_kept(office), valid_from=valid_from, season_from=season_from,
        season_to=season_to, weekdays=sorted(pattern.weekdays), reception_only=pattern.reception_only,
        source=source, verified=verified,
    )


def _check_month_and_day(kept: str) -> None:
    try:
        date.fromisoformat(f"2024-{kept}")
    except ValueError:
        raise NotInOrder(
            _("“%(day)s” is not a day of the year.") % {"day": kept}, field="season_from",
            way_out=_("Enter day and month, for instance 15/04."),
        ) from None


def _end_earlier(rows: Any, valid_from: date) -> list[str]:
    """End open rows the day before; rows that would begin later than they end were never in force and go."""
    ended = [str(row) for row in rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=valid_from))]
    rows.filter(valid_from__gte=valid_from).delete()
    rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=valid_from)).update(
        valid_to=valid_from - timedelta(days=1)
    )
    return ended


def _day_facts(row: CalendarDay) -> dict[str, Any]:
    return {
        "calendar": row.calendar_id, "day": row.day, "kind": row.kind, "note": row.note, "source": row.source,
        "verified": row.verified, "swapped_with": row.swapped_with, "spans": row.spans,
        "cancelled_at": row.cancelled_at,
    }


def _hours_facts(row: OfficeHours) -> dict[str, Any]:
    return {
        "spans": row.spans, "season": [row.season_from, row.season_to], "weekdays": row.weekdays,
        "reception_only": row.reception_only,
    }


def _tell_days(
    actor: Actor, calendar: Calendar, days: list[date], kind: str, note: str, source: str, at: datetime
) -> None:
    _turn_revision()
    events.emit(
        actor,
        DayChanged(
            calendar_id=calendar.pk, calendar_code=calendar.code, days=sorted(day.isoformat() for day in days),
            kind=kind, note=note, source=source,
        ),
        at=at, agency_id=calendar.agency_id, subject=f"calendar:{calendar.pk}",
    )


def _tell_hours(
    actor: Actor, calendar: Calendar, valid_from: date, what: str, source: str, at: datetime
) -> None:
    events.emit(
        actor,
        HoursChanged(
            calendar_id=calendar.pk, calendar_code=calendar.code, valid_from=valid_from.isoformat(), what=what,
            source=source,
        ),
        at=at, agency_id=calendar.agency_id, subject=f"calendar:{calendar.pk}",
    )
