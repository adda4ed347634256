"""Calendars for the tests of the deadline module, made from the tables of the brute force."""

from datetime import date, datetime, time

from langbiang.foundation.calendars.deadlines import (
    LOCAL,
    CutoffHour,
    DayKind,
    DayRow,
    OfficeHours,
    Season,
    WorkCalendar,
    layered,
)
from tests.foundation.calendars.brute_force import BruteForce

FIRST, LAST = date(2024, 12, 1), date(2028, 12, 31)
OFFICE = ((7 * 60 + 30, 11 * 60 + 30), (13 * 60 + 30, 17 * 60 + 30))
DEFAULT_HOURS = OfficeHours(spans=OFFICE, valid_from=FIRST)


def minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def calendar_like(brute: BruteForce, *, name: str = "test") -> WorkCalendar:
    """The calendar of the module under test with the same days as the brute force."""
    rows = [DayRow(day, DayKind.OFF, note="holiday") for day in brute.off]
    rows += [DayRow(day, DayKind.WORK, note="worked instead") for day in brute.worked - brute.off]
    rows += [DayRow(day, DayKind.HALF, note="half day") for day in brute.half - brute.off - brute.worked]
    hours = [DEFAULT_HOURS]
    for first, last, morning, afternoon in brute.seasons:
        season = Season((int(first[:2]), int(first[3:])), (int(last[:2]), int(last[3:])))
        spans = tuple((minutes(begin), minutes(end)) for begin, end in (morning, afternoon))
        hours.append(OfficeHours(spans=spans, valid_from=FIRST, season=season))
    return WorkCalendar(name, FIRST, LAST, layered(rows), tuple(hours), (CutoffHour(time(15), FIRST),))


def local(text: str) -> datetime:
    """A local instant from "2026-08-28 16:10"."""
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


OFFICIAL = calendar_like(BruteForce(half=set()), name="official")
