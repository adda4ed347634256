"""What a citizen sees of their own cases: the list, one case, answering, writing, withdrawing, rating."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from langbiang.foundation.access import Actor, Refusal, acting, rules
from langbiang.foundation.calendars import queries as calendars
from langbiang.foundation.files import services as files
from langbiang.foundation.forms import queries as form_queries
from langbiang.government.cases import queries, services
from langbiang.government.cases.models import Case
from langbiang.government.cases.services import clock
from langbiang.government.cases.words import history_line
from langbiang.government.procedures import queries as procedures


class WithdrawForm(forms.Form):
    """Why somebody withdraws."""

    reason = forms.CharField(
        label=gettext_lazy("Why do you withdraw?"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1000
    )


class RateForm(forms.Form):
    """How it went."""

    score = forms.TypedChoiceField(
        label=gettext_lazy("How satisfied are you?"),
        coerce=int,
        widget=forms.RadioSelect,
        choices=[
            (5, gettext_lazy("Very satisfied")),
            (4, gettext_lazy("Satisfied")),
            (3, gettext_lazy("Neither nor")),
            (2, gettext_lazy("Dissatisfied")),
            (1, gettext_lazy("Very dissatisfied")),
        ],
    )
    comment = forms.CharField(
        label=gettext_lazy("What could be better?"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )


@rules.citizen
@require_GET
def my_cases(request: HttpRequest) -> HttpResponse:
    """All cases of the signed-in person and the forms not yet sent."""
    actor: Actor = acting(request)
    rows = [
        {
            "case": case,
            "title": queries.procedure_title(case),
            "url": reverse("cases:my_case", args=[case.pk]),
        }
        for case in queries.cases_of_applicant(actor)[:200]
    ]
    return render(request, "cases/my/list.html", {"rows": rows, "drafts": _drafts(actor)})


def _drafts(actor: Actor) -> list[dict[str, Any]]:
    found = []
    for draft in form_queries.drafts_of(actor, room="cases"):
        found.append(
            {"title": draft.title, "saved_at": draft.updated_at, "url": reverse("cases:filing", args=[draft.id])}
        )
    return found


def _steps(case: Case) -> list[dict[str, Any]]:
    """The road of a case in four words for the applicant."""
    order = ["submitted", "accepted", "decided", "returned"]
    words = [_("Filed"), _("Received"), _("Decided"), _("Result handed over")]
    reached = {
        "submitted": 0,
        "supplement": 1 if case.received_at else 0,
        "accepted": 1,
        "processing": 1,
        "suspended": 1,
        "withdraw_requested": 1 if case.received_at else 0,
        "decided": 2,
        "returned": 3,
        "refused": 0,
        "stopped": 1 if case.received_at else 0,
    }[case.business]
    return [
        {"name": word, "done": index <= reached, "current": index == reached}
        for index, word in enumerate(words[: len(order)])
    ]


@rules.citizen
@require_GET
def my_case(request: HttpRequest, case_id: int) -> HttpResponse:
    """One case of the signed-in person: where it stands, by when, what they can do."""
    actor: Actor = acting(request)
    case = queries.case_for_applicant(actor, case_id)
    services.mark_read(actor, case_id=case.pk, at=timezone.now())
    procedure = procedures.pinned(case.procedure_version_id)
    supplement = case.supplements.filter(state="open").first()
    result = case.results.filter(state="released").first()
    refused = next((line for line in reversed(queries.history(case)) if line.kind == "refused"), None)
    return render(
        request,
        "cases/my/case.html",
        {
            "case": case,
            "procedure": procedure,
            "steps": _steps(case),
            "supplement": supplement,
            "result": result,
            "left": clock.days_left(case, timezone.now()) if case.is_open else None,
            "reckoning": calendars.in_words(clock.explain(case)),
            "answers": form_queries.summary(procedure.form, case.answers),
            "documents": case.documents.filter(replaced_by__isnull=True).select_related("file").order_by("pk"),
            "issued": case.forms.exclude(form_no__in=["06", "07"]).order_by("issued_at"),
            "charges": case.charges.order_by("pk"),
            "timeline": [history_line(line, names=False) for line in reversed(queries.history(case, public_only=True))],
            "case_messages": case.messages.order_by("at"),
            "refused": refused,
            "may_withdraw": case.business in ("submitted", "accepted", "processing", "supplement", "suspended"),
            "may_rate": case.business in ("returned", "refused", "stopped") and not hasattr(case, "rating"),
            "receiving_contact": case.names.get("receiving_unit", ""),
        },
    )


@rules.citizen
@require_http_methods(["GET", "POST"])
def answer_supplement(request: HttpRequest, case_id: int) -> HttpResponse:
    """Bring what was asked for: a file for each point, and a note."""
    actor: Actor = acting(request)
    case = queries.case_for_applicant(actor, case_id)
    supplement = case.supplements.filter(state="open").first()
    if supplement is None:
        messages.info(request, _("Nothing is being asked of you now."))
        return redirect("cases:my_case", case_id)
    problems: dict[str, str] = {}
    note = request.POST.get("note", "")
    refusal: Refusal | None = None
    if request.method == "POST":
        papers = []
        for index, item in enumerate(supplement.items):
            for upload in request.FILES.getlist(f"file_{index}"):
                try:
                    stored = files.store_file(
                        actor, upload=upload, room="cases", owner=f"cases.case:{case.pk}", at=timezone.now()
                    )
                    papers.append(
                        services.Paper(requirement=item["requirement"], name=item["what"], file_id=stored.pk, copies=1)
                    )
                except Refusal as problem:
                    problems[f"file_{index}"] = str(problem)
        if not problems:
            try:
                services.answer_supplement(
                    actor,
                    case_id=case.pk,
                    papers=papers,
                    note=note,
                    key=request.POST.get("once", ""),
                    at=timezone.now(),
                )
            except services.AlreadyDone:
                return redirect("cases:my_case", case_id)
            except Refusal as problem:
                refusal = problem
            else:
                messages.success(request, _("Thank you. What you sent has arrived."))
                return redirect("cases:my_case", case_id)
    points = [
        {
            "index": i,
            "what": item["what"],
            "why": item["why"],
            "name": f"file_{i}",
            "problem": problems.get(f"file_{i}", ""),
        }
        for i, item in enumerate(supplement.items)
    ]
    return render(
        request,
        "cases/my/supplement.html",
        {
            "case": case,
            "supplement": supplement,
            "points": points,
            "note": note,
            "refusal": refusal,
            "problems": problems,
        },
    )


@rules.citizen
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, case_id: int) -> HttpResponse:
    """Ask to withdraw."""
    actor: Actor = acting(request)
    case = queries.case_for_applicant(actor, case_id)
    form = WithdrawForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            services.request_withdrawal(
                actor,
                case_id=case.pk,
                reason=form.cleaned_data["reason"],
                key=request.POST.get("once", ""),
                at=timezone.now(),
            )
        except services.AlreadyDone:
            return redirect("cases:my_case", case_id)
        except Refusal as problem:
            refusal = problem
        else:
            messages.success(request, _("Your wish to withdraw has been recorded."))
            return redirect("cases:my_case", case_id)
    consequences = [
        _("What was not yet received is withdrawn at once; otherwise a leader of the agency decides."),
        _("You get the decision in writing. You can file again at any time."),
    ]
    return render(
        request,
        "cases/my/withdraw.html",
        {"case": case, "form": form, "refusal": refusal, "consequences": consequences},
    )


@rules.citizen
@require_http_methods(["GET", "POST"])
def rate(request: HttpRequest, case_id: int) -> HttpResponse:
    """Say how it went."""
    actor: Actor = acting(request)
    case = queries.case_for_applicant(actor, case_id)
    form = RateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.rate(actor, case_id=case.pk, at=timezone.now(), **form.cleaned_data)
            messages.success(request, _("Thank you for your answer."))
        except Refusal as problem:
            messages.info(request, str(problem))
        return redirect("cases:my_case", case_id)
    return render(request, "cases/my/rate.html", {"case": case, "form": form})


@rules.citizen
@require_POST
def write(request: HttpRequest, case_id: int) -> HttpResponse:
    """Write to the agency."""
    actor: Actor = acting(request)
    queries.case_for_applicant(actor, case_id)
    try:
        services.send_message(
            actor,
            case_id=case_id,
            text=request.POST.get("text", ""),
            key=request.POST.get("once", ""),
            at=timezone.now(),
        )
        messages.success(request, _("Your message was sent."))
    except services.AlreadyDone:
        pass
    except Refusal as problem:
        messages.error(request, str(problem))
    return HttpResponseRedirect(reverse("cases:my_case", args=[case_id]) + "#messages")
