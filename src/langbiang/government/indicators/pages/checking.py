"""Checking, publishing and correcting reports; each binding act on a page of its own or with its consequences said."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from langbiang.foundation.access import Actor, Refusal, acting, rules

from .. import judging, periods, policies, queries, services, words
from ..models import Obligation
from . import parts
from .forms import ReasonForm
from .more_time import offered
from .reporting import broken_down, row_of

MOST = 500


def _line(report: Obligation) -> dict[str, Any]:
    return {
        "report": report, "name": queries.named(report.indicator), "period": words.period_words(periods.parse(report.period)),
        "url": reverse("indicators:report", args=[report.pk]),
    }  # fmt: skip


@require_GET
@rules.staff("indicators.verify")
def waiting(request: HttpRequest) -> HttpResponse:
    """Reports that wait for this person to check them, the nearest deadline first."""
    actor = acting(request)
    rows = queries.to_check(actor)
    return render(
        request, "indicators/check.html",
        {"tabs": parts.tabs(actor, "check"), "lines": [_line(report) for report in rows[:MOST]], "all": rows.count()},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.publish")
def publish(request: HttpRequest) -> HttpResponse:
    """Checked reports; those chosen are published together."""
    actor = acting(request)
    if request.method == "POST":
        chosen = [int(each) for each in request.POST.getlist("report") if each.isdigit()][:MOST]
        status = "P" if request.POST.get("status") == "P" else "A"
        try:
            figures = services.publish(actor, report_ids=chosen, status=status, at=timezone.now())
        except Refusal as refused:
            parts.tell(request, refused)
        else:
            told = ngettext("%(n)s figure is published.", "%(n)s figures are published.", figures)
            messages.success(request, told % {"n": figures})
        return redirect("indicators:publish")
    rows = queries.waiting_to_publish(actor)
    return render(
        request, "indicators/publish.html",
        {"tabs": parts.tabs(actor, "publish"), "lines": [_line(report) for report in rows[:MOST]], "all": rows.count()},
    )  # fmt: skip


@require_GET
@rules.staff("indicators.view")
def report(request: HttpRequest, report_id: int) -> HttpResponse:
    """One report: its figures with what is unusual about them, who did what, and what this person may do now."""
    actor = acting(request)
    row = parts.within_reach(actor, report_id)
    said = queries.said_by_sources([row])
    splits = queries.splits(row)
    rows = [
        row_of(row, each, said=said.get((row.pk, each.code))) | {"broken_down": broken_down(row, each, splits, {})} for each in queries.asked(row)
    ]
    may_check = row.stage == Obligation.Stage.SUBMITTED and policies.may_verify(actor, row).allowed
    own = policies.may_report(actor, row).allowed or policies.may_verify(actor, row).allowed
    return render(
        request, "indicators/report.html",
        {
            **_line(row), "rows": rows, "stage": queries.stage_words(row.stage), "may_check": may_check, **offered(actor, row),
            "may_reopen": row.stage == Obligation.Stage.PUBLISHED and own, "may_fill": policies.may_report(actor, row).allowed,
            "copies": judging.copies(row) if may_check else [], "digits": _digits(row) if may_check else "",
            "from_url": reverse("indicators:provenance", args=[row.indicator.code, row.about_id, row.period]),
        },
    )  # fmt: skip


def _digits(row: Obligation) -> str:
    found = judging.last_digits(row.about_id, since=timezone.now() - timedelta(days=400))
    return words.finding({"rule": found.rule, "values": found.values}, queries.asked(row)[0]) if found else ""


@require_POST
@rules.staff("indicators.verify")
def verify(request: HttpRequest, report_id: int) -> HttpResponse:
    """Say that the figures are right, and go on to the next report."""
    actor = acting(request)
    parts.within_reach(actor, report_id)
    try:
        services.verify(actor, report_id=report_id, at=timezone.now())
    except Refusal as refused:
        parts.tell(request, refused)
        return redirect("indicators:report", report_id)
    messages.success(request, _("The report is checked."))
    following = queries.to_check(actor).first()
    return redirect("indicators:report", following.pk) if following else redirect("indicators:check")


Act = Callable[[Actor, Any, datetime], Any]


def _with_form(
    request: HttpRequest, report_id: int, *, form_class: type[forms.Form], title: str, consequence: str, button: str, done: str, act: Act
) -> HttpResponse:
    """A page that says what will happen, asks why, and does it."""
    actor = acting(request)
    row = parts.within_reach(actor, report_id)
    form = form_class(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            act(actor, form, timezone.now())
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, done)
            return redirect("indicators:report", report_id)
    return render(
        request, "indicators/act.html",
        {**_line(row), "form": form, "refusal": refusal, "title": title, "consequence": consequence, "button": button},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.verify")
def give_back(request: HttpRequest, report_id: int) -> HttpResponse:
    """Return a report with the reason."""
    return _with_form(
        request, report_id, form_class=ReasonForm, title=_("Give the report back"), button=_("Give back"),
        consequence=_("Who sent it is told why and corrects it. The deadline stays what it was."), done=_("The report was given back."),
        act=lambda actor, form, at: services.return_report(actor, report_id=report_id, reason=form.cleaned_data["reason"], at=at),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.view")
def reopen(request: HttpRequest, report_id: int) -> HttpResponse:
    """Open a published report for a correction."""
    return _with_form(
        request, report_id, form_class=ReasonForm, title=_("Correct published figures"), button=_("Open for correction"),
        consequence=_(
            "The published figures stay known until the corrected ones are checked and published. Both can be seen afterwards, with your reason."
        ), done=_("The report is open for the correction."),
        act=lambda actor, form, at: services.reopen(actor, report_id=report_id, reason=form.cleaned_data["reason"], at=at),
    )  # fmt: skip
