"""Alerts: the list, one alert with its story, and what people do about it."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from langbiang.foundation.access import Actor, Refusal, rules
from langbiang.foundation.access.acting import acting
from langbiang.foundation.files import queries as file_queries
from langbiang.foundation.files import services as files
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.indicators import queries as indicators

from .. import evidence, policies, queries, ruled, services
from ..language import in_language
from ..models import Alert
from .forms import AssignForm, CloseForm, SilenceForm

if TYPE_CHECKING:
    from langbiang.foundation.files.models import StoredFile

SHOWN = 100


@rules.staff("centre.view")
@require_GET
def alerts(request: HttpRequest) -> HttpResponse:
    """Alerts of the agencies this officer sees: open ones, those given to them, or closed ones."""
    actor = acting(request)
    closed, mine = request.GET.get("closed") == "1", request.GET.get("mine") == "1"
    found = queries.alerts(actor, closed=closed)
    if mine:
        found = found.filter(assignee_id=actor.account_id)
    rows = list(found[: SHOWN + 1])
    known = ruled.abouts(each.rule for each in rows)
    context = {
        "rows": [(each, *_told(each, known[each.rule_id])) for each in rows[:SHOWN]], "closed": closed, "more": len(rows) > SHOWN,
        "tabs": [
            {"label": _("Open"), "url": reverse("centre:alerts"), "current": not closed and not mine},
            {"label": _("Given to me"), "url": reverse("centre:alerts") + "?mine=1", "current": mine},
            {"label": _("Closed"), "url": reverse("centre:alerts") + "?closed=1", "current": closed},
        ],
        "silences": queries.silences(actor, at=timezone.now()), "may_silence": "centre.handle" in actor.permissions,
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
    actor = acting(request)
    found = queries.alert(actor, alert_id)
    form = CloseForm(request.POST, request.FILES)
    is_valid = form.is_valid()
    kept = _kept(actor, form)
    if is_valid and not form.errors:
        try:
            services.close(
                actor, alert_id=alert_id, evidence=form.cleaned_data["evidence"], evidence_file_id=kept.pk if kept else None,
                record=form.cleaned_data["record"], at=timezone.now(),
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            return redirect("centre:alert", alert_id)
    return _page(request, found, close_form=form, kept_file=kept)


def _kept(actor: Actor, form: CloseForm) -> "StoredFile | None":
    """The file handed in with the form, checked and kept; or the one that was before something else was refused."""
    given = form.cleaned_data
    if upload := given.get("file"):
        try:
            return files.store_file(actor, upload=upload, room=evidence.ROOM, owner="", at=timezone.now())
        except Refusal as refusal:
            form.add_error("file", str(refusal))
            return None
    if number := given.get("kept_file"):
        return next(iter(file_queries.own(actor, [number], room=evidence.ROOM)), None)
    return None


@rules.staff("centre.handle")
@require_http_methods(["GET", "POST"])
def silences(request: HttpRequest) -> HttpResponse:
    """The silences that hold or will hold, and the form of a new one."""
    actor = acting(request)
    now = timezone.now()
    form = SilenceForm(request.POST or None, rules=queries.rules(), agencies=queries.handled(actor), now=now)
    if request.method == "POST" and form.is_valid():
        try:
            services.silence(actor, **form.cleaned_data, at=now)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            return redirect("centre:silences")
    context = {"rows": queries.silences(actor, at=now), "form": form, "now": now}
    return render(request, "centre/silences.html", context, status=422 if form.errors else 200)


@rules.staff("centre.handle")
@require_POST
def end_silence(request: HttpRequest, silence_id: int) -> HttpResponse:
    """End a silence early."""
    services.end_silence(acting(request), silence_id=silence_id, at=timezone.now())
    return redirect("centre:silences")


def _page(request: HttpRequest, found: Alert, **forms: Any) -> HttpResponse:
    actor = acting(request)
    now = timezone.now()
    may = bool(policies.may_handle(actor, agency_id=found.agency_id)) and found.closed_at is None
    known = ruled.about(found.rule)
    title, value = _told(found, known)
    context = {
        "alert": found, "title": title, "value": value, "agency": organizations.name_of(found.agency_id),
        "steps": [(step, evidence.record(actor, step.record)) for step in queries.steps(found.pk)], "may": may, "known": known, "now": now,
        "clear": known.written(float(found.rule.clear)), "trigger": known.written(float(found.rule.trigger)),
        "runbook": found.rule.runbook.splitlines(),
        "figure_url": ruled.address(actor, found) if found.rule.indicator else _figure_url(found, timezone.localdate(now)),
        "period": indicators.period_said(found.period) if found.period else "",
        "assign_form": AssignForm(officers=services.officers_for(found, at=now)) if may else None,
        "close_form": CloseForm() if may and found.cleared_at else None, **forms,
    }  # fmt: skip
    return render(request, "centre/alert.html", context)


def _figure_url(found: Alert, today: date) -> str:
    first = today - timedelta(days=found.rule.days - 1)
    return f"{reverse('centre:figure', args=[found.rule.measure])}?agency={found.agency_id}&from={first}&to={today}"


def _told(each: Alert, known: ruled.About) -> tuple[str, str]:
    return in_language(each.rule.title, each.rule.title_en), ruled.value_words(each, known)
