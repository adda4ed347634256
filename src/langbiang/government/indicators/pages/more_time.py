"""More time for a report: asked for, given, refused; or the report waived."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.foundation.access import Actor, Refusal, acting, rules

from .. import periods, policies, queries, services, words
from ..models import Narrative, Obligation, TimeRequest
from ..queries import more_time as asked
from . import parts
from .forms import ExtendForm, ReasonForm

Report = Obligation | Narrative
Act = Callable[[Any, datetime], Any]


def _written(actor: Actor, narrative_id: int) -> Narrative:
    """A written report of an agency this person reports, checks or publishes for. Raises Http404."""
    found = Narrative.objects.select_related("outline", "agency").filter(pk=narrative_id).first()
    if found is None or not any(actor.may(f"indicators.{act}", agency_id=found.agency_id) for act in ("report", "verify", "publish")):
        raise Http404
    return found


def about(report: Report) -> dict[str, Any]:
    """What every page about one report says of it: its name, period and address."""
    if isinstance(report, Narrative):
        name, url = queries.titled(report.outline), reverse("indicators:narrative", args=[report.pk])
    else:
        name, url = queries.named(report.indicator), reverse("indicators:report", args=[report.pk])
    return {"report": report, "name": name, "period": words.period_words(periods.parse(report.period)), "url": url}


def offered(actor: Actor, report: Report) -> dict[str, Any]:
    """What this person may do about the deadline of a report, and what was asked and answered."""
    is_waiting = report.state in ("open", "overdue", "missing")
    is_written = isinstance(report, Narrative)
    found = asked.of_report(report)
    return {
        "time_requests": found, "may_grant": is_waiting and policies.may_grant_time(actor, report).allowed,
        "may_ask_time": is_waiting and policies.may_ask_for_time(actor, report).allowed,
        "ask_time_url": reverse("indicators:narrative_ask_time" if is_written else "indicators:ask_time", args=[report.pk]),
        "extend_url": reverse("indicators:narrative_extend" if is_written else "indicators:extend", args=[report.pk]),
        "waive_url": reverse("indicators:narrative_waive" if is_written else "indicators:waive", args=[report.pk]),
        "open_request": next((each for each in found if each.answer == TimeRequest.Answer.OPEN), None),
    }  # fmt: skip


@require_GET
@rules.staff("indicators.view")
def requests(request: HttpRequest) -> HttpResponse:
    """Requests that wait for this person's answer, and those of the agencies within reach with their answers."""
    actor = acting(request)
    waiting = [{**about(each.report), "request": each} for each in asked.to_answer(actor)]
    numbers = {line["request"].pk for line in waiting}
    return render(
        request, "indicators/time_requests.html",
        {"tabs": parts.tabs(actor, "time"), "waiting": waiting,
         "lines": [{**about(each.report), "request": each} for each in asked.of_agency(actor) if each.pk not in numbers]},
    )  # fmt: skip


def _page(
    request: HttpRequest, report: Report, form: forms.Form, act: Act, *, title: str, consequence: str, button: str, done: str, note: str = ""
) -> HttpResponse:
    """A page that says what will happen, asks why, and does it."""
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            act(form, timezone.now())
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, done)
            return redirect(about(report)["url"])
    return render(
        request, "indicators/act.html",
        {**about(report), "form": form, "refusal": refusal, "title": title, "consequence": consequence, "button": button, "asked": note},
    )  # fmt: skip


def _ask(request: HttpRequest, report: Report, **which: int) -> HttpResponse:
    actor = acting(request)
    policies.require(policies.may_ask_for_time(actor, report))
    form = ExtendForm(request.POST or None, initial={"day": timezone.localtime(report.due_at).date() + timedelta(days=3)})
    return _page(
        request, report, form,
        lambda given, at: services.ask_for_time(actor, due_at=given.due_at(), reason=given.cleaned_data["reason"], at=at, **which),
        title=_("Ask for more time"), button=_("Ask for more time"), done=_("The request is sent. The deadline stays until somebody grants it."),
        consequence=_("Who receives the report is told and answers. Until then the deadline stays what it is; write on meanwhile."),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.view")
def ask(request: HttpRequest, report_id: int) -> HttpResponse:
    """Ask for more time for a report of figures."""
    return _ask(request, parts.within_reach(acting(request), report_id), report_id=report_id)


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.view")
def ask_written(request: HttpRequest, narrative_id: int) -> HttpResponse:
    """Ask for more time for a written report."""
    return _ask(request, _written(acting(request), narrative_id), narrative_id=narrative_id)


def _wish(report: Report) -> tuple[dict[str, Any], str]:
    """What the agency asked for: to start the form with, and in its words."""
    waiting = next((each for each in asked.of_report(report) if each.answer == TimeRequest.Answer.OPEN), None)
    if waiting is None:
        return {}, ""
    wanted = timezone.localtime(waiting.due_at)
    return {"day": wanted.date(), "hour": f"{wanted:%H:%M}"}, f"{waiting.asked_label}: {waiting.reason}"


def _extend(request: HttpRequest, report: Report, act: Act) -> HttpResponse:
    policies.require(policies.may_grant_time(acting(request), report))
    initial, note = _wish(report)
    return _page(
        request, report, ExtendForm(request.POST or None, initial=initial), act, note=note, title=_("Give more time"), button=_("Set the new deadline"),
        consequence=_("The report counts as on time up to the new deadline. The former one stays readable."), done=_("The deadline was moved."),
    )  # fmt: skip


def _waive(request: HttpRequest, report: Report, act: Act) -> HttpResponse:
    policies.require(policies.may_grant_time(acting(request), report))
    return _page(
        request, report, ReasonForm(request.POST or None), act, note=_wish(report)[1], title=_("Waive the report"), button=_("Waive"),
        consequence=_("Nobody is reminded any more, and the report counts neither as late nor as missing. Name the act this stands on."),
        done=_("The report is waived."),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.publish")
def extend(request: HttpRequest, report_id: int) -> HttpResponse:
    """Give more time for a report of figures."""
    actor = acting(request)
    return _extend(
        request, parts.within_reach(actor, report_id),
        lambda form, at: services.extend(actor, report_id=report_id, due_at=form.due_at(), reason=form.cleaned_data["reason"], at=at),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.publish")
def waive(request: HttpRequest, report_id: int) -> HttpResponse:
    """Say that a report of figures is not owed."""
    actor = acting(request)
    return _waive(
        request, parts.within_reach(actor, report_id),
        lambda form, at: services.waive(actor, report_id=report_id, reason=form.cleaned_data["reason"], at=at),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.publish")
def extend_written(request: HttpRequest, narrative_id: int) -> HttpResponse:
    """Give more time for a written report."""
    actor = acting(request)
    return _extend(
        request, _written(actor, narrative_id),
        lambda form, at: services.extend_narrative(actor, narrative_id=narrative_id, due_at=form.due_at(), reason=form.cleaned_data["reason"], at=at),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.publish")
def waive_written(request: HttpRequest, narrative_id: int) -> HttpResponse:
    """Say that a written report is not owed."""
    actor = acting(request)
    return _waive(
        request, _written(actor, narrative_id),
        lambda form, at: services.waive_narrative(actor, narrative_id=narrative_id, reason=form.cleaned_data["reason"], at=at),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.publish")
def refuse(request: HttpRequest, request_id: int) -> HttpResponse:
    """Answer that the deadline stays."""
    actor = acting(request)
    found = TimeRequest.objects.select_related("obligation__indicator", "narrative__outline", "agency").filter(pk=request_id).first()
    if found is None or not actor.may("indicators.publish", agency_id=found.agency_id):
        raise Http404
    policies.require(policies.may_grant_time(actor, found.report))
    return _page(
        request, found.report, ReasonForm(request.POST or None),
        lambda form, at: services.refuse_time(actor, request_id=request_id, reason=form.cleaned_data["reason"], at=at),
        note=f"{found.asked_label}: {found.reason}", title=_("Refuse more time"), button=_("Refuse"), done=_("The request is refused; the agency is told why."),
        consequence=_("The deadline stays what it is. Who asked is told why."),
    )  # fmt: skip
