"""Alerts: the list, one alert with its story, and what people do about it."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.access.acting import acting
from langbiang.foundation.organizations import queries as organizations

from .. import figures, policies, queries, services
from ..language import in_language
from ..models import Alert
from ..writing import written
from .forms import AssignForm, CloseForm

SHOWN = 100


@rules.staff("centre.view")
@require_GET
def alerts(request: HttpRequest) -> HttpResponse:
    """Alerts of the agencies this officer sees: open, or closed."""
    closed = request.GET.get("closed") == "1"
    rows = list(queries.alerts(acting(request), closed=closed)[: SHOWN + 1])
    context = {
        "rows": [(each, *_told(each)) for each in rows[:SHOWN]], "closed": closed, "more": len(rows) > SHOWN,
        "tabs": [
            {"label": _label(False), "url": reverse("centre:alerts"), "current": not closed},
            {"label": _label(True), "url": reverse("centre:alerts") + "?closed=1", "current": closed},
        ],
        "now": timezone.now(),
    }  # fmt: skip
    return render(request, "centre/alerts.html", context)


@rules.staff("centre.view")
@require_GET
def alert(request: HttpRequest, alert_id: int) -> HttpResponse:
    """One alert: what happened, what was done, what can be done now."""
    found = queries.alert(acting(request), alert_id)
    return _page(request, found)


@rules.staff("centre.handle")
@require_POST
def acknowledge(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Say that somebody looks after it."""
    services.acknowledge(acting(request), alert_id=alert_id, at=timezone.now())
    return redirect("centre:alert", alert_id)


@rules.staff("centre.handle")
@require_http_methods(["POST"])
def assign(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Give it to an officer with a deadline."""
    found = queries.alert(acting(request), alert_id)
    form = AssignForm(request.POST, officers=services.officers_for(found, at=timezone.now()))
    if form.is_valid():
        try:
            services.assign(acting(request), alert_id=alert_id, at=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error("due_at" if refusal.field == "due_at" else None, str(refusal))
        else:
            return redirect("centre:alert", alert_id)
    return _page(request, found, assign_form=form)


@rules.staff("centre.handle")
@require_http_methods(["POST"])
def close(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Close it with what was done."""
    found = queries.alert(acting(request), alert_id)
    form = CloseForm(request.POST)
    if form.is_valid():
        try:
            services.close(acting(request), alert_id=alert_id, at=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error("evidence" if refusal.field == "evidence" else None, str(refusal))
        else:
            return redirect("centre:alert", alert_id)
    return _page(request, found, close_form=form)


def _page(request: HttpRequest, found: Alert, **forms: Any) -> HttpResponse:
    actor = acting(request)
    now = timezone.now()
    may = bool(policies.may_handle(actor, agency_id=found.agency_id)) and found.closed_at is None
    title, value = _told(found)
    known = figures.figure(found.rule.measure)
    today = timezone.localdate(now)
    first = today - timedelta(days=found.rule.days - 1)
    context = {
        "alert": found, "title": title, "value": value, "agency": organizations.name_of(found.agency_id),
        "steps": queries.steps(found.pk), "may": may, "known": known, "now": now,
        "clear": written(float(found.rule.clear), known), "trigger": written(float(found.rule.trigger), known),
        "runbook": found.rule.runbook.splitlines(),
        "figure_url": f"{reverse('centre:figure', args=[known.name])}?agency={found.agency_id}&from={first}&to={today}",
        "assign_form": AssignForm(officers=services.officers_for(found, at=now)) if may else None,
        "close_form": CloseForm() if may and found.cleared_at else None, **forms,
    }  # fmt: skip
    return render(request, "centre/alert.html", context)


def _told(each: Alert) -> tuple[str, str]:
    value = float(each.value) if each.value is not None else None
    return in_language(each.rule.title, each.rule.title_en), written(value, figures.figure(each.rule.measure))


def _label(closed: bool) -> str:
    return _("Closed") if closed else _("Open")
