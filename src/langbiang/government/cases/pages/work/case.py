"""The case page and the one view that carries out every action on it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from langbiang.foundation.access import Actor, Refusal, acting, rules
from langbiang.foundation.calendars import queries as calendars
from langbiang.foundation.forms import queries as forms
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.cases import queries, services
from langbiang.government.cases.documents import results
from langbiang.government.cases.models import Case
from langbiang.government.cases.services import clock, work
from langbiang.government.cases.words import history_line
from langbiang.government.procedures import queries as procedures

from . import actions
from .queue import queue_context


def case_context(actor: Actor, case: Case) -> dict[str, Any]:
    """Everything the case page shows."""
    now = timezone.now()
    procedure = procedures.pinned(case.procedure_version_id)
    items = queries.open_work(case)
    situation = actions.Situation(actor, case, queries.work_for(actor, items))
    offered = actions.offered_to(situation)
    documents = list(case.documents.filter(replaced_by__isnull=True).select_related("file").order_by("pk"))
    result = case.results.order_by("-version").first()
    steps = []
    if case.sheet_id:
        done = dict(
            case.work.filter(is_open=False)
            .exclude(outcome__in=["returned", "recalled"])
            .values_list("step_key", "done_at")
        )
        open_keys = {item.step_key for item in items}
        for row in work.sheet_of(case).rows:
            state = "current" if row.key in open_keys else "done" if row.key in done else "ahead"
            steps.append({"name": row.name, "state": state, "hours": row.hours, "at": done.get(row.key)})
    return {
        "case": case,
        "procedure": procedure,
        "owner": case.owner,
        "submitter": case.submitter if case.submitter_id != case.owner_id else None,
        "units": {
            "receiving": case.names.get("receiving_unit", ""),
            "competent": case.names.get("competent_unit", ""),
            "processing": organizations.name_of(case.processing_unit_id),
        },
        "left": clock.days_left(case, now),
        "clock_state": _clock_state(case, now),
        "reckoning": calendars.in_words(clock.explain(case)),
        "due_changes": list(case.due_changes.order_by("at", "pk")),
        "items": items,
        "mine": situation.mine,
        "primary": [a for a in offered if situation.leads_with(a)],
        "others": [a for a in offered if not situation.leads_with(a)],
        "answers": forms.summary(procedure.form, case.answers),
        "documents": documents,
        "result": result,
        "result_rows": [
            (row.label, (result.content or {}).get(row.id, "")) for row in results.prefill(procedure, case.answers)
        ]
        if result
        else [],
        "charges": list(case.charges.order_by("pk")),
        "consultations": list(case.consultations.select_related("agency").order_by("pk")),
        "supplements": list(case.supplements.order_by("pk")),
        "issued": list(case.forms.order_by("issued_at")),
        "timeline": [history_line(line) for line in reversed(queries.history(case))],
        "steps": steps,
        "case_messages": list(case.messages.order_by("at")),
        "notes": list(case.notes.order_by("-at")),
    }


def _clock_state(case: Case, now: Any) -> str:
    if case.business == "suspended" or case.suspensions.filter(ended_at__isnull=True).exists():
        return "paused"
    if case.processing_end_at and case.due_current:
        return "met" if case.processing_end_at <= case.due_current else "missed"
    return "running"


@rules.staff("cases.view")
@require_GET
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    """One case: who wants what, where it stands, what I must do, by when and why then."""
    actor: Actor = acting(request)
    found = queries.case_for_officer(actor, case_id)
    work.mark_seen(actor, found, at=timezone.now())
    context = case_context(actor, found)
    if request.headers.get("HX-Request") and request.headers.get("HX-Target") == "detail":
        return render(request, "cases/work/case_pane.html", context)
    key = request.GET.get("queue", "")
    if key in {spec.key for spec in queries.QUEUES}:
        context |= queue_context(request, actor, key)
    context["search_url"] = reverse("cases:search")
    return render(request, "cases/work/case.html", context)


@rules.staff("cases.view")
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, case_id: int, key: str) -> HttpResponse:
    """One action: says what will happen, asks what it needs, does it once."""
    actor: Actor = acting(request)
    found = queries.case_for_officer(actor, case_id)
    action = actions.BY_KEY.get(key)
    if action is None:
        return redirect("cases:case", case_id)
    situation = actions.Situation(actor, found, queries.work_for(actor, queries.open_work(found)))
    back = reverse("cases:case", args=[case_id])
    if request.method == "GET" and not action.offered(situation):
        messages.warning(
            request, _("“%(action)s” is not possible now. This is how the case stands.") % {"action": action.label}
        )
        return HttpResponseRedirect(back)
    form = action.form(request.POST or None, request.FILES or None, actor=actor, case=found)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        revision = request.POST.get("revision", "")
        basics = {
            "case_id": case_id,
            "revision": int(revision) if revision.isdigit() else None,
            "key": request.POST.get("once", ""),
            "at": timezone.now(),
        }
        try:
            action.execute(situation, form, basics)
        except services.AlreadyDone as repeated:
            messages.info(request, str(repeated))
            return HttpResponseRedirect(back)
        except Refusal as problem:
            if problem.field and problem.field in form.fields:
                form.add_error(problem.field, str(problem))
            else:
                refusal = problem
        else:
            messages.success(request, f"{found}: {action.done}")
            return HttpResponseRedirect(back)
    return render(
        request,
        "cases/work/act.html",
        {
            "case": found,
            "procedure": procedures.pinned(found.procedure_version_id),
            "action": action,
            "form": form,
            "refusal": refusal,
            "back": back,
            "revision": request.POST.get("revision") or found.revision,
        },
        status=refusal.status if refusal else 200,
    )


@rules.staff("cases.view")
@require_POST
def write(request: HttpRequest, case_id: int, kind: str) -> HttpResponse:
    """Leave an internal note or write to the applicant."""
    actor: Actor = acting(request)
    text, key = request.POST.get("text", ""), request.POST.get("once", "")
    try:
        if kind == "note":
            services.add_note(actor, case_id=case_id, text=text, key=key, at=timezone.now())
        else:
            services.send_message(actor, case_id=case_id, text=text, key=key, at=timezone.now())
            messages.success(request, _("The applicant has your message."))
    except services.AlreadyDone:
        pass
    except Refusal as refusal:
        if refusal.status != 409:
            raise
        messages.error(request, str(refusal))
    return HttpResponseRedirect(reverse("cases:case", args=[case_id]) + ("#notes" if kind == "note" else "#messages"))


@rules.staff("cases.view")
@require_POST
def claim(request: HttpRequest, case_id: int) -> HttpResponse:
    """Take unassigned work."""
    services.claim(acting(request), case_id=case_id, at=timezone.now())
    return redirect("cases:case", case_id)


@rules.staff("cases.view")
@require_POST
def control_sheet(request: HttpRequest, case_id: int) -> HttpResponse:
    """Issue the control sheet (form 06) as it stands now."""
    from langbiang.government.cases.services import issue

    found = queries.case_for_officer(acting(request), case_id)
    form = issue.control_sheet(acting(request), found, at=timezone.now())
    return redirect("cases:form", form.pk)
