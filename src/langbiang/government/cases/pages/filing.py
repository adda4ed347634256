"""A citizen files online: see what it takes, answer page by page, check, send, keep the receipt."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.foundation.access import Actor, Refusal, Stale, acting, rules
from langbiang.foundation.calendars import queries as calendars
from langbiang.foundation.forms import queries as form_queries
from langbiang.foundation.forms import services as drafts
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.people import queries as people
from langbiang.government.cases import queries, services
from langbiang.government.cases.documents import paper
from langbiang.government.cases.services import clock
from langbiang.government.procedures import queries as procedures

from . import filling as fill


class NotOnline(Refusal):
    """This procedure cannot be filed here."""

    status = 404


def _needs_place(procedure: procedures.PinnedProcedure) -> bool:
    return any(rule.get("level") == "commune" and not rule.get("agency") for rule in procedure.competence)


def _place_of(agency_code: str) -> str:
    """The place of an agency named in the address; empty for none."""
    found = organizations.agency_id_of(agency_code)
    return organizations.place_of(found) if found else ""


@rules.citizen
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, code: str) -> HttpResponse:
    """What it takes, which commune it concerns, and drafts begun before."""
    actor: Actor = acting(request)
    day = timezone.localdate()
    procedure = procedures.in_force(code, on=day)
    if procedure.online_level == "information" or not procedure.form:
        raise NotOnline(
            _("“%(title)s” cannot be filed online yet.") % {"title": procedure.title},
            way_out=_("See its page for where and how to file it."),
        )
    needs_place = _needs_place(procedure)
    problem = ""
    if request.method == "POST":
        place = request.POST.get("place", "")
        if needs_place and organizations.commune_agency_id(place, on=day) is None:
            problem = _("Choose the commune, ward or special zone.")
        else:
            draft = fill.begin(
                actor,
                procedure,
                owner_id=actor.person_id or 0,
                extra={"place": place if needs_place else ""},
                at=timezone.now(),
            )
            return redirect("cases:filing_page", draft.pk, 1)
    person = people.person(actor.person_id or 0)
    rate = queries.refusal_rates([procedure.procedure_id]).get(procedure.procedure_id, 0.0)
    return render(
        request,
        "cases/file/start.html",
        {
            "procedure": procedure,
            "title": (procedure.title_en if (request.LANGUAGE_CODE or "") == "en" else "") or procedure.title,
            "places": [
                (row.place_code, row.name.removeprefix("Ủy ban nhân dân "))
                for row in organizations.commune_agencies(on=day)
            ]
            if needs_place
            else [],
            "chosen": request.POST.get("place") or _place_of(request.GET.get("unit", "")) or person.place_code,
            "problem": problem,
            "drafts": [d for d in form_queries.drafts_of(actor, room=fill.ROOM) if d.subject == code],
            "papers": [r for r in procedure.documents if r.required and not r.present_only and not r.condition],
            "sometimes": [r for r in procedure.documents if r.required and not r.present_only and r.condition],
            "refused_often": round(rate * 100) if rate >= 0.1 else 0,
        },
        status=422 if problem else 200,
    )


@rules.citizen
@require_GET
def resume(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Go on where the draft was left."""
    filling = fill.open_filling(request, draft_id)
    if filling.draft.sent_at:
        return redirect("cases:my_cases")
    keys = [step.key for step in filling.steps()]
    number = keys.index(filling.draft.step) + 1 if filling.draft.step in keys else 1
    return redirect("cases:filing_page", draft_id, number)


@rules.citizen
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, draft_id: UUID, page: int) -> HttpResponse:
    """One page of questions. What is typed is kept, right or wrong; wrong answers are named at once."""
    filling = fill.open_filling(request, draft_id)
    return pages(request, filling, page, url_name="cases:filing_page", check_name="cases:filing_check")


def pages(request: HttpRequest, filling: fill.Filling, number: int, *, url_name: str, check_name: str) -> HttpResponse:
    """One page, for a citizen or at the counter."""
    if filling.draft.sent_at:
        return redirect("cases:my_cases" if not filling.at_counter else "cases:queue")
    steps = filling.steps()
    if not 1 <= number <= len(steps):
        return redirect(check_name, filling.draft.pk)
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            go_on, context = fill.take_page(request, filling, number)
        except Stale as stale:
            refusal = stale
            filling.draft = form_queries.draft_of(filling.actor, filling.draft.pk)
            aside = form_queries.kept_aside(filling.form, filling.draft)
            context = {**fill.show_page(request, filling, number), "kept_aside": aside}
        else:
            if go_on:
                key = steps[number - 1].key
                now = [step.key for step in filling.steps()]
                following = (now.index(key) + 2) if key in now else number
                if request.GET.get("back") == "check" or following > len(now):
                    return redirect(check_name, filling.draft.pk)
                return redirect(url_name, filling.draft.pk, following)
    else:
        context = fill.show_page(request, filling, number)
    back = reverse(url_name, args=[filling.draft.pk, number - 1]) if number > 1 else ""
    return render(request, "cases/file/page.html", {**context, "back": back, "refusal": refusal})


@rules.citizen
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Everything on one page before it is sent: what was answered, what is missing, when the result would come."""
    actor: Actor = acting(request)
    filling = fill.open_filling(request, draft_id)
    if filling.draft.sent_at:
        return redirect("cases:my_cases")
    refusal: Refusal | None = None
    second = ""
    if request.method == "POST":
        try:
            case = services.submit(
                actor,
                filing=filling.filing(on=timezone.localdate()),
                confirmed_second=request.POST.get("second") == "1",
                key=f"draft:{draft_id}",
                at=timezone.now(),
            )
        except services.AlreadyDone as repeated:
            return redirect("cases:filing_done", repeated.case_id)
        except services.Incomplete as problem:
            refusal = problem
        except services.SimilarCase as similar:
            second, refusal = str(similar.case_id), similar
        except Refusal as problem:
            refusal = problem
        else:
            drafts.mark_sent(actor, draft_id=draft_id, at=timezone.now())
            return redirect("cases:filing_done", case.pk)
    return render(
        request,
        "cases/file/check.html",
        check_context(filling, "cases:filing_page") | {"refusal": refusal, "second": second},
        status=422 if refusal else 200,
    )


def check_context(filling: fill.Filling, url_name: str) -> dict[str, Any]:
    """What the last page before sending shows."""
    now = timezone.now()
    day = timezone.localdate()
    steps = filling.steps()
    context: dict[str, Any] = {
        "filling": filling, "procedure": filling.procedure, "title": filling.title, "number": len(steps) + 1,
        "total": len(steps) + 1, "groups": fill.summary_rows(filling, url_name),
        "problems": fill.problems_of(filling, url_name, on=day),
        "back": reverse(url_name, args=[filling.draft.pk, len(steps)]),
        "shell": "ui/workbench.html" if filling.at_counter else "ui/portal.html",
    }  # fmt: skip
    if not context["problems"]:
        filing = filling.filing(on=day)
        channel = "direct" if filling.at_counter else "online"
        context["unit"] = organizations.name_of(filing.competent_unit_id)
        context["receiving"] = organizations.name_of(filing.receiving_unit_id)
        context["fees"] = procedures.fees_due(
            filling.procedure, channel=channel, answers=filing.answers, agency_id=filing.competent_unit_id, on=day
        )
        context["total_fee"] = sum(fee.amount_vnd for fee in context["fees"])
        promise = clock.foresee(filing.competent_unit_id, filling.procedure, filing.intake, now)
        context["due"] = promise.due
        context["reckoning"] = calendars.in_words(promise.explanation)
    return context


@rules.citizen
@require_GET
def done(request: HttpRequest, case_id: int) -> HttpResponse:
    """The receipt: the filing code, how to follow it, what happens next."""
    actor: Actor = acting(request)
    case = queries.case_for_applicant(actor, case_id)
    return render(
        request,
        "cases/file/done.html",
        {
            "case": case,
            "procedure": procedures.pinned(case.procedure_version_id),
            "track_url": paper.absolute_url(f"{reverse('cases:track')}?code={case.filing_ref}"),
            "unit": case.names.get("receiving_unit", ""),
        },
    )


@rules.citizen
@require_http_methods(["POST"])
def discard(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Give a draft up."""
    drafts.discard_draft(acting(request), draft_id=draft_id)
    messages.success(request, _("The draft was removed."))
    return HttpResponseRedirect(reverse("cases:my_cases"))
