"""Trying a time limit: when would it be due, and why. Nothing is stored."""

from datetime import datetime, time
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from langbiang.foundation.access import rules

from .. import queries
from ..deadlines import LOCAL, CutoffRule, CutoffScope, Facts, InvalidTerm, Suspension, Term, TermUnit, explain, reckon
from ..models import Calendar
from . import forms
from .found import actor_of, calendar_or_404, tabs

NOON = time(12)


@require_GET
@rules.staff("calendars.edit")
def trial(request: HttpRequest, code: str) -> HttpResponse:
    """A form and, once it is filled in, the due date with its reckoning."""
    actor_of(request)
    calendar = calendar_or_404(code)
    now = timezone.localtime()
    first = {
        "received_on": now.date(), "received_time": now.time(), "amount": 5, "unit": "working_days", "cutoff": "all"
    }
    form = forms.TrialForm(request.GET if "amount" in request.GET else None, initial=first)
    due: datetime | None = None
    reckoning: list[str] = []
    if form.is_bound and form.is_valid():
        try:
            facts = _facts(form.cleaned_data)
        except InvalidTerm as refused:
            form.add_error("amount", _problem(refused))
        else:
            work = queries.work_calendar(calendar, on=facts.received_at.date())
            due = reckon(work, facts).due_current
            reckoning = queries.in_words(explain(work, facts))
    return render(
        request,
        "calendars/trial.html",
        {
            "calendar": calendar, "form": form, "due": due, "reckoning": reckoning,
            "tabs": tabs(calendar, now.year, "trial"), "line": _line(calendar),
        },
    )


def _line(calendar: Calendar) -> str:
    return " → ".join(each.name for each in reversed(queries.lineage(calendar)))


def _facts(data: dict[str, Any]) -> Facts:
    stops: tuple[Suspension, ...] = ()
    if data.get("suspended_on"):
        stopped = datetime.combine(data["suspended_on"], NOON, LOCAL)
        stops = (Suspension(stopped, datetime.combine(data["resumed_on"], NOON, LOCAL)),)
    return Facts(
        received_at=datetime.combine(data["received_on"], data["received_time"], LOCAL),
        term=Term(data["amount"], TermUnit(data["unit"])),
        cutoff=CutoffRule(CutoffScope(data["cutoff"] or "none")),
        changes=stops,
    )


def _problem(refused: InvalidTerm) -> str:
    return {
        "fraction_of_day": _("Days of the calendar are whole days."),
        "fraction_of_month": _("Only whole and half months can be counted."),
        "too_long": _("This is longer than any time limit."),
    }.get(refused.code, _("Enter a time limit above zero; only working days may be 0, for the same day."))
