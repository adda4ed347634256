"""Papers of a case: issued forms, the released result, the register of a unit."""

from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from langbiang.foundation.access import Actor, acting, rules
from langbiang.foundation.files import services as files
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.cases import policies, queries, services
from langbiang.government.cases.documents import legal_forms
from langbiang.government.cases.models import Case, IssuedForm
from langbiang.government.cases.services.issue import moment
from langbiang.government.procedures import queries as procedures


def _pdf(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


@rules.signed_in
@require_GET
def form(request: HttpRequest, form_id: int) -> HttpResponse:
    """An issued form as PDF, for its applicant and the officers of the case; drawn now if the worker has not yet."""
    actor: Actor = acting(request)
    found = IssuedForm.objects.select_related("case").filter(pk=form_id).first()
    if found is None or found.case is None:
        raise Http404
    _require_sight(actor, found.case)
    if actor.is_citizen and found.form_no in ("06", "07"):
        raise Http404
    drawn = services.draw_form(found.pk)
    return _pdf(files.read_trusted(drawn.file_id or 0), f"mau-{found.form_no}-{found.case}.pdf")


@rules.signed_in
@require_GET
def result(request: HttpRequest, case_id: int) -> HttpResponse:
    """The released result; when its applicant opens it, that is its delivery."""
    actor: Actor = acting(request)
    case = Case.objects.filter(pk=case_id).first()
    if case is None:
        raise Http404
    _require_sight(actor, case)
    released = case.results.filter(state="released").order_by("-version").first()
    if released is None or released.file_id is None:
        raise Http404
    if actor.is_citizen and case.business == "decided":
        services.receive_online(actor, case_id=case.pk, at=timezone.now())
    return _pdf(files.read_trusted(released.file_id), f"ket-qua-{case}.pdf")


def _require_sight(actor: Actor, case: Case) -> None:
    if actor.is_citizen:
        if not policies.may_see_as_applicant(actor, case):
            raise Http404
        return
    queries.case_for_officer(actor, case.pk)


@rules.staff("cases.view")
@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """The register of a unit and period (form 07): on the screen, or as PDF/A with ?pdf=1."""
    actor: Actor = acting(request)
    today = timezone.localdate()
    first = parse_date(request.GET.get("from", "")) or today - timedelta(days=7)
    last = parse_date(request.GET.get("to", "")) or today
    last = min(last, first + timedelta(days=92))
    wanted = request.GET.get("unit", "")
    agency_id = int(wanted) if wanted.isdigit() else actor.agency_id or 0
    rows = queries.register_rows(actor, agency_id=agency_id, first=first, last=last)
    if request.GET.get("pdf"):
        return _register_pdf(agency_id, first, last, list(rows[:5000]))
    page = list(rows[:200])
    return render(
        request,
        "cases/work/register.html",
        {
            "rows": [(case, queries.procedure_title(case)) for case in page],
            "first": first,
            "last": last,
            "unit": organizations.name_of(agency_id),
            "more": len(page) == 200,
            "pdf_url": f"{reverse('cases:register')}?unit={agency_id}&from={first}&to={last}&pdf=1",
        },
    )


def _register_pdf(agency_id: int, first: date, last: date, rows: list[Case]) -> HttpResponse:
    local = timezone.localtime()
    snapshot = {
        "issuer": organizations.name_of(agency_id),
        "parent": organizations.parent_name_of(agency_id),
        "place": organizations.place_name_of(agency_id),
        "unit": organizations.name_of(agency_id),
        "issued": {"day": f"{local:%d}", "month": f"{local:%m}", "year": f"{local:%Y}"},
        "period_from": f"{first:%d/%m/%Y}",
        "period_to": f"{last:%d/%m/%Y}",
        "rows": [
            {
                "code": str(case),
                "procedure": procedures.pinned(case.procedure_version_id).title,
                "owner": case.owner_name,
                "received": moment(case.received_at),
                "due": moment(case.due_current),
                "ended": moment(case.processing_end_at),
                "returned": moment(case.handed_over_at),
                "status": str(case.get_business_display()),
            }
            for case in rows
        ],
    }
    sheet = legal_forms.draw("07", snapshot, token="so-theo-doi")
    return _pdf(sheet.pdf, f"so-theo-doi-{first}-{last}.pdf")


@rules.public
@require_GET
def track(request: HttpRequest) -> HttpResponse:
    """Where a case stands, by its code and the last four digits of the owner's phone or identity number."""
    code = request.GET.get("code", "").strip().upper()[:40]
    digits = request.GET.get("digits", "").strip()[-4:]
    problem, case = "", None
    if code:
        flat = code.replace("-", "")
        case = (
            Case.objects.select_related("owner").filter(code=code).first()
            or Case.objects.filter(filing_ref=flat).first()
        )
        if case is None:
            case = Case.objects.filter(former_code=code).first() if code else None
        known = {(case.owner.identity_no or "")[-4:], (case.owner.phone or "")[-4:]} - {""} if case else set()
        if case is None or len(digits) != 4 or digits not in known:
            case, problem = None, _("No case matches this code and these digits. Compare them with your receipt.")
    context: dict[str, Any] = {"code": code, "problem": problem, "case": case}
    if case:
        from langbiang.government.cases.words import history_line

        context |= {
            "procedure": procedures.pinned(case.procedure_version_id).title,
            "timeline": [
                history_line(line, names=False) | {"note": ""}
                for line in reversed(queries.history(case, public_only=True))
            ],
        }
    return render(request, "cases/public/track.html", context)
