"""Office hours and the cut-off hour of a calendar."""

from datetime import time
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.access.policies import require
from langbiang.foundation.ui import formats

from .. import policies, queries, services
from . import forms
from .found import actor_of, calendar_or_404, tabs

SATURDAY = 5


@require_GET
@rules.staff("calendars.edit")
def listing(request: HttpRequest, code: str) -> HttpResponse:
    """The hours in force, and those this calendar ever had."""
    calendar = calendar_or_404(code)
    today = timezone.localdate()
    work = queries.work_calendar(calendar, on=today)
    return render(
        request,
        "calendars/hours.html",
        {
            "calendar": calendar,
            "tabs": tabs(calendar, today.year, "hours"),
            "rules": queries.hours_in_force(calendar, today),
            "cutoff": queries.cutoff_in_force(calendar, today),
            "former": queries.former_hours(calendar, today),
            "today": today,
            "today_spans": queries.spans_in_words(work.spans(today)),
            "may_edit": bool(policies.may_edit(actor_of(request), calendar)),
        },
    )


def _interval(data: dict[str, Any], name: str) -> tuple[tuple[time, time], ...]:
    return ((data[f"{name}_from"], data[f"{name}_to"]),) if data.get(f"{name}_from") else ()


def _patterns(data: dict[str, Any]) -> list[services.Pattern]:
    patterns = [services.Pattern(_interval(data, "morning") + _interval(data, "afternoon"))]
    if data.get("season_from"):
        patterns.append(
            services.Pattern(
                _interval(data, "season_morning") + _interval(data, "season_afternoon"),
                season=(data["season_from"], data["season_to"]),
            )
        )
    if data.get("saturday_from"):
        patterns.append(
            services.Pattern(_interval(data, "saturday"), weekdays=(SATURDAY,), reception_only=True)
        )
    return patterns


@require_http_methods(["GET", "POST"])
@rules.staff("calendars.edit")
def set_hours(request: HttpRequest, code: str) -> HttpResponse:
    """New office hours from a day on."""
    calendar = calendar_or_404(code)
    require(policies.may_edit(actor_of(request), calendar))
    form = forms.HoursForm(request.POST or None, initial=queries.hours_as_entered(calendar, timezone.localdate()))
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            services.set_office_hours(
                actor_of(request), calendar_id=calendar.pk, valid_from=data["valid_from"], patterns=_patterns(data),
                source=data["source"], verified=data["verified"], at=timezone.now(),
            )
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(
                request, _("The new office hours hold from %(day)s.") % {"day": formats.day(data["valid_from"])}
            )
            return redirect("calendars:hours", code)
    return render(request, "calendars/set_hours.html", {"form": form, "refusal": refusal, "calendar": calendar})


@require_http_methods(["GET", "POST"])
@rules.staff("calendars.edit")
def set_cutoff(request: HttpRequest, code: str) -> HttpResponse:
    """A new cut-off hour from a day on."""
    calendar = calendar_or_404(code)
    require(policies.may_edit(actor_of(request), calendar))
    form = forms.CutoffForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            services.set_cutoff_hour(
                actor_of(request), calendar_id=calendar.pk, at=timezone.now(), **form.cleaned_data
            )
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("The new cut-off hour is set."))
            return redirect("calendars:hours", code)
    return render(request, "calendars/set_cutoff.html", {"form": form, "refusal": refusal, "calendar": calendar})
