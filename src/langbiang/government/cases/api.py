"""Filing and following cases, for other systems: the national portal, a bank's kiosk, a neighbour's front office.

What a system files is checked exactly as at a counter. Every filing carries an `Idempotency-Key`: the same one sent
again gives the same case and makes no second one.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Field, Header, Router, Schema, Status

from langbiang.foundation.access import Refusal, acting, rules
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.people import queries as people
from langbiang.foundation.people import services as registering
from langbiang.government.procedures import queries as procedures

from . import policies, queries, services
from .models import Case

router = Router(tags=["cases"])


class UnknownUnit(Refusal):
    """No agency has this code today."""

    status = 422


class PersonIn(Schema):
    """A citizen or business: known by the number, registered by name and day of birth where it is new."""

    identity_no: Annotated[str, Field(min_length=9, max_length=14)]
    full_name: Annotated[str, Field(max_length=200)] = ""
    birth_date: date | None = None


class PaperIn(Schema):
    """A paper of the list, by its key, as it was handed in."""

    key: Annotated[str, Field(max_length=60)]
    originals: Annotated[int, Field(ge=0, le=99)] = 1
    copies: Annotated[int, Field(ge=0, le=99)] = 0


class FilingIn(Schema):
    """A filing for a person."""

    procedure: Annotated[str, Field(max_length=40, description="Code of the national catalogue, for example 1.001193")]
    receiving_unit: Annotated[str, Field(max_length=40, description="Code of the agency whose counter receives it")]
    place: Annotated[
        str, Field(max_length=20, description="Code of the commune it concerns, where communes decide")
    ] = ""
    owner: PersonIn
    submitter: PersonIn | None = None
    intake: Literal["direct", "postal", "kiosk", "portal"] = "direct"
    answers: dict[str, Any] = {}
    papers: Annotated[list[PaperIn], Field(max_length=100)] = []
    return_way: Literal["counter", "online", "postal"] = "counter"
    return_address: Annotated[str, Field(max_length=300)] = ""
    portal_id: Annotated[str, Field(max_length=60)] | None = None
    confirmed_second: Annotated[bool, Field(description="It is meant as a second one within 24 hours")] = False


class CaseOut(Schema):
    """Where a case stands."""

    code: str | None
    filing_ref: str
    procedure: str
    state: str
    receiving_unit: str
    competent_unit: str
    submitted_at: datetime
    received_at: datetime | None
    due_at: datetime | None
    closed_at: datetime | None
    page: str


def _told(case: Case) -> dict[str, Any]:
    return {
        "code": case.code,
        "filing_ref": case.filing_ref,
        "procedure": procedures.pinned(case.procedure_version_id).code,
        "state": case.business,
        "receiving_unit": organizations.code_of(case.receiving_unit_id),
        "competent_unit": organizations.code_of(case.competent_unit_id),
        "submitted_at": case.submitted_at,
        "received_at": case.received_at,
        "due_at": case.due_current or case.answer_due_at,
        "closed_at": case.closed_at,
        "page": reverse("cases:case", args=[case.pk]),
    }


def _unit(code: str, day: date) -> int:
    found = organizations.agency_id_of(code, on=day)
    if found is None:
        raise UnknownUnit(_("There is no agency with the code %(code)s.") % {"code": code}, field="receiving_unit")
    return found


def _person(request: HttpRequest, given: PersonIn, at: datetime) -> Any:
    known = people.by_identity(given.identity_no)
    return known or registering.person_at_counter(
        acting(request), card=given.identity_no, full_name=given.full_name, birth_date=given.birth_date, at=at
    )


@router.post("", response={200: CaseOut, 201: CaseOut}, url_name="cases", summary="File a case and have it received")
@rules.client("cases.receive")
def file_case(
    request: HttpRequest, filing: FilingIn, idempotency_key: Annotated[str, Header(min_length=8, max_length=60)]
) -> Status[dict[str, Any]]:
    """The case is checked, received, numbered and promised a day in one act; 200 tells of a filing sent before."""
    actor, now = acting(request), timezone.now()
    day = timezone.localtime(now).date()
    procedure = procedures.in_force(filing.procedure, on=day)
    owner = _person(request, filing.owner, now)
    submitter = _person(request, filing.submitter, now) if filing.submitter else owner
    named = {row.key: row.name for row in procedure.documents}
    try:
        case = services.file_at_counter(
            actor,
            filing=services.Filing(
                procedure=procedure,
                owner_id=owner.pk,
                submitter_id=submitter.pk,
                competent_unit_id=procedures.competent_agency(procedure, place_code=filing.place or None, on=day),
                receiving_unit_id=_unit(filing.receiving_unit, day),
                intake=filing.intake,
                answers=filing.answers,
                papers=tuple(
                    services.Paper(p.key, named.get(p.key, p.key), originals=p.originals, copies=p.copies)
                    for p in filing.papers
                ),
                return_way=filing.return_way,
                return_address=filing.return_address,
                portal_id=filing.portal_id,
                owner=owner,
            ),
            confirmed_second=filing.confirmed_second,
            key=f"api:{idempotency_key}",
            at=now,
        )
    except services.AlreadyDone as repeated:
        return Status(200, _told(Case.objects.get(pk=repeated.case_id or 0)))
    return Status(201, _told(case))


@router.get("/{code}", response=CaseOut, url_name="case", summary="Where a case stands")
@rules.client("cases.view")
def case(request: HttpRequest, code: str) -> dict[str, Any]:
    """A case by its code or filing reference, where the seat of the key may see it."""
    found = Case.objects.filter(code=code).first() or Case.objects.filter(filing_ref=code).first()
    if found is None or not policies.may_see(acting(request), found):
        raise services.NoSuchCase(_("There is no such case."))
    return _told(found)


__all__ = ["queries", "router"]
