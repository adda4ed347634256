"""Written reports on an outline: what lies before a person, one report section by section, who has written."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from langbiang.foundation.access import Actor, Refusal, acting, rules

from .. import periods, policies, queries, services, words
from ..models import Narrative, Outline
from ..services.entering import OPEN_STAGES
from . import parts
from .forms import ReasonForm
from .more_time import offered


def _line(report: Narrative) -> dict[str, Any]:
    return {
        "report": report, "name": queries.titled(report.outline), "period": words.period_words(periods.parse(report.period)),
        "url": reverse("indicators:narrative", args=[report.pk]), "stage": queries.stage_words(report.stage),
    }  # fmt: skip


def _seen(actor: Actor, narrative_id: int) -> Narrative:
    found = Narrative.objects.select_related("outline", "agency").filter(pk=narrative_id).first()
    if found is None or not queries.may_see(actor, found):
        raise Http404
    return found


@require_GET
@rules.staff("indicators.view")
def desk(request: HttpRequest) -> HttpResponse:
    """To write, to check, to hand on; and how far each outline and period is."""
    actor, now = acting(request), timezone.now()
    found = queries.desk(actor, at=now)
    blocks = [
        (_("To write"), [_line(each) for each in found.to_write]), (_("To check"), [_line(each) for each in found.to_check]),
        (_("To hand on"), [_line(each) for each in found.to_hand_on]),
    ]  # fmt: skip
    rows = [
        {
            **row, "name": queries.titled(Outline(name=row["outline__name"], name_en=row["outline__name_en"])),
            "words": words.period_words(periods.parse(row["period"])),
            "url": reverse("indicators:narratives_of", args=[row["outline__code"], row["period"]]),
        }
        for row in queries.progress(at=now)
    ]  # fmt: skip
    return render(
        request, "indicators/narratives.html",
        {"tabs": parts.tabs(actor, "narratives"), "blocks": [block for block in blocks if block[1]], "rows": rows},
    )  # fmt: skip


@require_GET
@rules.staff("indicators.view")
def of_period(request: HttpRequest, code: str, period: str) -> HttpResponse:
    """Who has written on one outline for one period."""
    actor = acting(request)
    rows = list(queries.written(code, period))
    if not rows:
        raise Http404
    handed_on = set(Narrative.objects.filter(pk__in=[row.pk for row in rows], vintages__isnull=False).values_list("pk", flat=True))
    lines = [
        {
            **_line(row),
            "may_open": row.pk in handed_on
            or any(actor.may(f"indicators.{act}", agency_id=row.agency_id) for act in ("report", "verify", "publish")),
        }
        for row in rows
    ]  # fmt: skip
    return render(
        request, "indicators/narratives_of.html",
        {"tabs": parts.tabs(actor, "narratives"), "lines": lines, "name": lines[0]["name"], "period": lines[0]["period"]},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.view")
def narrative(request: HttpRequest, narrative_id: int) -> HttpResponse:
    """One written report. Who owes it writes it here; what was typed is never lost when something is refused."""
    actor = acting(request)
    report = _seen(actor, narrative_id)
    may_write = report.stage in OPEN_STAGES and report.state != "waived" and policies.may_report(actor, report).allowed
    refusal: Refusal | None = None
    typed: dict[str, str] = {}
    if request.method == "POST":
        typed = {s["number"]: request.POST[f"s-{s['number']}"] for s in report.outline.sections if f"s-{s['number']}" in request.POST}
        try:
            services.write(actor, narrative_id=narrative_id, texts=typed, at=timezone.now())
            if request.POST.get("act") == "send":
                services.send_narrative(actor, narrative_id=narrative_id, reason=request.POST.get("reason", ""), at=timezone.now())
        except Refusal as refused:
            refusal = refused
            report.refresh_from_db()
        else:
            messages.success(request, _("The report was sent.") if request.POST.get("act") == "send" else _("Kept. You can go on later."))
            return redirect("indicators:narrative", narrative_id)
    return render(request, "indicators/narrative.html", _shown(actor, report, typed, refusal, may_write))


def _shown(actor: Actor, report: Narrative, typed: dict[str, str], refusal: Refusal | None, may_write: bool) -> dict[str, Any]:
    vintages = list(report.vintages.order_by("-vintage"))
    within = any(actor.may(f"indicators.{act}", agency_id=report.agency_id) for act in ("report", "verify", "publish"))
    # Who is not of the agency reads what was handed on, not what is being corrected.
    texts = report.texts if within else vintages[0].texts
    beside = queries.figures_beside(report) if within else {}
    sections = [
        {
            **section, "text": typed.get(section["number"], texts.get(section["number"], "")), "id": f"s-{section['number']}",
            "is_wrong": refusal is not None and refusal.field == section["number"],
            "figures": [
                (queries.named(row), words.period_words(period), parts.value_words(figure.value, row),
                 reverse("indicators:indicator", args=[row.code]) + f"?agency={report.agency_id}")
                for row, period, figure in beside.get(section["number"], [])
            ],
        }
        for section in report.outline.sections
    ]  # fmt: skip
    may_check = report.stage == "submitted" and policies.may_verify(actor, report).allowed
    return {
        **_line(report), "sections": sections, "refusal": refusal, "may_write": may_write, "is_late": timezone.now() > report.due_at,
        "may_check": may_check, "may_hand_on": report.stage == "verified" and policies.may_publish(actor, report).allowed,
        "may_return": (may_check or report.stage in ("verified", "published")) and policies.may_verify(actor, report).allowed,
        "vintages": vintages, **(offered(actor, report) if within else {}),
    }  # fmt: skip


def _act(request: HttpRequest, narrative_id: int, service: Any, done: str) -> HttpResponse:
    actor = acting(request)
    _seen(actor, narrative_id)
    try:
        service(actor, narrative_id=narrative_id, at=timezone.now())
    except Refusal as refused:
        parts.tell(request, refused)
    else:
        messages.success(request, done)
    return redirect("indicators:narrative", narrative_id)


@require_POST
@rules.staff("indicators.verify")
def check(request: HttpRequest, narrative_id: int) -> HttpResponse:
    """Say that a report is right."""
    return _act(request, narrative_id, services.check_narrative, _("The report is checked."))


@require_POST
@rules.staff("indicators.publish")
def hand_on(request: HttpRequest, narrative_id: int) -> HttpResponse:
    """Make a checked report known and send it to the Government."""
    return _act(request, narrative_id, services.hand_on_narrative, _("The report is known now and on its way to the Government."))


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.verify")
def give_back(request: HttpRequest, narrative_id: int) -> HttpResponse:
    """Give a report back, or open one that was handed on for a correction."""
    actor = acting(request)
    report = _seen(actor, narrative_id)
    form = ReasonForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            services.return_narrative(actor, narrative_id=narrative_id, reason=form.cleaned_data["reason"], at=timezone.now())
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("The report was given back."))
            return redirect("indicators:narrative", narrative_id)
    is_known = report.stage == "published"
    consequence = (
        _("What was handed on stays readable until the corrected report is handed on. Both can be seen afterwards, with your reason.")
        if is_known
        else _("Who sent it is told why and corrects it. The deadline stays what it was.")
    )
    return render(
        request, "indicators/act.html",
        {**_line(report), "form": form, "refusal": refusal, "title": _("Open for correction") if is_known else _("Give the report back"),
         "consequence": consequence, "button": _("Open for correction") if is_known else _("Give back")},
    )  # fmt: skip
