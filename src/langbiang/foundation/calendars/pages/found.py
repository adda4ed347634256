"""What every page of this room begins with: who asks, about which calendar, on which tab."""

from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from langbiang.foundation.access import Actor, acting

from .. import queries
from ..models import Calendar
from ..reasoning import weekday

FIRST_YEAR, LAST_YEAR = 2020, 2040


def actor_of(request: HttpRequest) -> Actor:
    """Who asks."""
    actor: Actor = acting(request)
    return actor


def calendar_or_404(code: str) -> Calendar:
    """The calendar of the address."""
    calendar = queries.calendar_by_code(code)
    if calendar is None:
        raise Http404
    return calendar


def day_or_404(text: str) -> date:
    """The day of the address, 2026-08-31."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Http404 from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Http404
    return day


def tabs(calendar: Calendar, year: int, current: str) -> list[dict[str, Any]]:
    """The views of one calendar."""
    lines = (
        ("year", _("Days of the year"), reverse("calendars:year", args=[calendar.code, year])),
        ("hours", _("Office hours"), reverse("calendars:hours", args=[calendar.code])),
        ("trial", _("Try a time limit"), reverse("calendars:trial", args=[calendar.code])),
    )
    return [{"label": label, "url": url, "current": key == current} for key, label, url in lines]


def weekday_names() -> list[tuple[str, str]]:
    """Short and full names of the weekdays, from Monday."""
    short = (
        pgettext("weekday, two letters", "Mo"), pgettext("weekday, two letters", "Tu"),
        pgettext("weekday, two letters", "We"), pgettext("weekday, two letters", "Th"),
        pgettext("weekday, two letters", "Fr"), pgettext("weekday, two letters", "Sa"),
        pgettext("weekday, two letters", "Su"),
    )
    monday = date(2024, 1, 1)
    return [(name, weekday(monday + timedelta(days=number))) for number, name in enumerate(short)]
