"""Asking the applicant for missing or corrected papers, and taking in the answer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal
from langbiang.government.procedures import queries as procedures

from .. import events, policies
from ..models import Case, CaseDocument, Supplement, Suspension, WorkItem
from ..models.case import Business
from . import clock, intake, issue, record, work


class NothingAsked(Refusal):
    """A request must name at least one thing, and why."""


class TooManySupplements(Refusal):
    """The law of this procedure allows no further request."""


def _checked(items: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    found = [
        {k: str(item.get(k, "")).strip()[:2000] for k in ("requirement", "question", "what", "why")} for item in items
    ]
    found = [item for item in found if item["what"]]
    if not found:
        raise NothingAsked(_("Name at least one paper or answer that is missing or wrong."), field="what")
    if any(not item["why"] for item in found):
        raise NothingAsked(_("Say for each point why it is needed."), field="why")
    return found


@transaction.atomic
def ask_supplement(
    actor: Actor,
    *,
    case_id: int,
    items: Sequence[dict[str, str]],
    reason_code: str,
    guidance: str = "",
    due_at: datetime,
    revision: int | None = None,
    key: str = "",
    at: datetime,
) -> Supplement:
    """Ask the applicant for missing or corrected documents (form 02 of Circular 03/2025).

    At the counter no clock runs yet. During appraisal a leader approves the request first; the legal clock stands
    still only if the listed ground says so. Raises NotYourWork, WrongState, NothingAsked, TooManySupplements, Stale.
    """
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="ask_supplement", case=case, at=at)
    work.require_state(case, Business.SUBMITTED, Business.ACCEPTED, Business.PROCESSING)
    asked = _checked(items)
    if due_at <= at:
        raise NothingAsked(_("The answer must be due in the future."), field="due_at")
    reason = intake.reason_in_force("supplement", reason_code, timezone.localtime(at).date())
    limit = procedures.pinned(case.procedure_version_id).max_supplements
    if limit is not None and case.supplements.exclude(state="cancelled").count() >= limit:
        raise TooManySupplements(
            _("This procedure allows %(limit)s supplement request(s) at most.") % {"limit": limit},
            way_out=_("Decide on what there is, or refuse with the reason."),
        )
    if case.supplements.filter(state__in=["open", "awaiting"]).exists():
        raise record.WrongState(_("The applicant has been asked already and has not answered yet."))
    at_counter = case.business == Business.SUBMITTED
    item = work.open_item(actor, case, kinds=("intake",) if at_counter else ("step", "assign"))
    supplement = Supplement.objects.create(
        case=case,
        stage="intake" if at_counter else "appraisal",
        state=Supplement.State.OPEN if at_counter else Supplement.State.AWAITING_APPROVAL,
        items=asked,
        legal_ground=reason.legal_source or reason.text,
        guidance=guidance,
        suspends=reason.suspends and not at_counter,
        due_at=due_at,
        asked_at=at,
        asked_by=actor.label[:300],
    )
    if at_counter:
        work.close_item(item, actor, outcome="supplement", at=at)
        _send(actor, case, supplement, at=at)
    else:
        WorkItem.objects.create(
            case=case,
            kind=WorkItem.Kind.APPROVE,
            agency_id=case.processing_unit_id,
            role="leader",
            field=case.field,
            step_key=item.step_key,
            name=str(_("Approve the supplement request")),
            opened_at=at,
            case_due_at=case.due_current,
        )
        record.note_down(actor, case, "supplement_proposed", at=at, data={"supplement": supplement.pk, "items": asked})
        record.save(case)
    return supplement


def _send(actor: Actor, case: Case, supplement: Supplement, *, at: datetime) -> None:
    """The request goes out: form 02, the clock stops if its ground says so, the counter waits for the applicant."""
    case.previous_state = case.business
    case.business = Business.SUPPLEMENT
    if supplement.suspends:
        Suspension.objects.create(case=case, supplement=supplement, note=supplement.legal_ground, started_at=at)
    WorkItem.objects.create(
        case=case,
        kind=WorkItem.Kind.WAITING,
        agency_id=case.receiving_unit_id if supplement.stage == "intake" else case.processing_unit_id,
        role="receiver" if supplement.stage == "intake" else "officer",
        field=case.field,
        step_key=case.step_key or "receive",
        name=str(_("Waiting for the applicant")),
        opened_at=at,
        due_at=supplement.due_at,
        case_due_at=supplement.due_at,
    )
    record.note_down(
        actor,
        case,
        "supplement_requested",
        at=at,
        note=supplement.guidance,
        public=True,
        data={
            "supplement": supplement.pk,
            "items": supplement.items,
            "due": supplement.due_at,
            "suspends": supplement.suspends,
        },
    )
    record.save(case, "business", "previous_state")
    issue.supplement_request(actor, case, supplement, at=at)
    record.tell(actor, case, events.SupplementRequested(case_id=case.pk, supplement_id=supplement.pk), at=at)


@transaction.atomic
def decide_supplement(
    actor: Actor,
    *,
    case_id: int,
    approve: bool,
    note: str = "",
    revision: int | None = None,
    key: str = "",
    at: datetime,
) -> Supplement:
    """A leader approves or rejects a request proposed during appraisal. Raises NotYourWork, WrongState, Stale."""
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="decide_supplement", case=case, at=at)
    item = work.open_item(actor, case, kinds=(WorkItem.Kind.APPROVE,))
    supplement = case.supplements.select_for_update().filter(state=Supplement.State.AWAITING_APPROVAL).first()
    if supplement is None:
        raise record.WrongState(_("There is no request waiting for approval."))
    work.close_item(item, actor, outcome="approved" if approve else "rejected", at=at)
    if approve:
        supplement.state = Supplement.State.OPEN
        supplement.approved_by = actor.label[:300]
        supplement.save(update_fields=["state", "approved_by"])
        _send(actor, case, supplement, at=at)
    else:
        supplement.state = Supplement.State.CANCELLED
        supplement.save(update_fields=["state"])
        record.note_down(actor, case, "supplement_rejected", at=at, note=note)
        record.save(case)
    return supplement


@transaction.atomic
def answer_supplement(
    actor: Actor,
    *,
    case_id: int,
    papers: Sequence[intake.Paper] = (),
    answers: dict[str, Any] | None = None,
    note: str = "",
    revision: int | None = None,
    key: str = "",
    at: datetime,
) -> Case:
    """The applicant (or the counter for them) brings what was asked; the clock runs again.

    Raises Forbidden, WrongState, NothingAsked when nothing is brought, AlreadyDone.
    """
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="answer_supplement", case=case, at=at)
    if actor.is_citizen:
        policies.require(policies.may_see_as_applicant(actor, case))
    else:
        policies.require(policies.may_receive(actor, agency_id=case.receiving_unit_id, field=case.field))
    work.require_state(case, Business.SUPPLEMENT)
    supplement = case.supplements.select_for_update().filter(state=Supplement.State.OPEN).first()
    if supplement is None:
        raise record.WrongState(_("Nothing is being asked of you now."))
    if not papers and not answers and not note.strip():
        raise NothingAsked(_("Attach a paper, correct an answer or write a note."), field="papers")
    for paper in papers:
        new = CaseDocument.objects.create(
            case=case,
            requirement=paper.requirement,
            name=paper.name,
            file_id=paper.file_id,
            originals=paper.originals,
            copies=paper.copies,
            digitisation=CaseDocument.Digitisation.DIGITISED if paper.file_id else 0,
            added_at=at,
            added_by=actor.label[:200],
        )
        if paper.requirement:
            case.documents.filter(requirement=paper.requirement, replaced_by__isnull=True).exclude(pk=new.pk).update(
                replaced_by=new
            )
    if answers:
        from langbiang.foundation.forms import queries as forms

        merged = {**case.answers, **answers}
        kept, problems = forms.check_answers(procedures.pinned(case.procedure_version_id).form, merged)
        wrong = {name: text for name, text in problems.items() if name in answers}
        if wrong:
            raise intake.Incomplete(wrong)
        case.answers = kept
    supplement.state = Supplement.State.ANSWERED
    supplement.answered_at = at
    supplement.answer_note = note
    supplement.save(update_fields=["state", "answered_at", "answer_note"])
    WorkItem.objects.filter(case=case, is_open=True, kind=WorkItem.Kind.WAITING).update(
        is_open=False, done_at=at, done_by=actor.label[:300], outcome="answered"
    )
    if supplement.stage == "intake":
        case.business = Business.SUBMITTED
        case.answer_due_at = clock.answer_due(case.receiving_unit_id, at)
        WorkItem.objects.create(
            case=case,
            kind=WorkItem.Kind.INTAKE,
            agency_id=case.receiving_unit_id,
            role="receiver",
            field=case.field,
            step_key="receive",
            name=str(_("Check and receive (supplemented)")),
            opened_at=at,
            due_at=case.answer_due_at,
            case_due_at=case.answer_due_at,
        )
    else:
        case.business = case.previous_state or Business.PROCESSING
        clock.resume(actor, case, at=at)
    case.previous_state = ""
    record.note_down(
        actor,
        case,
        "supplement_answered",
        at=at,
        note=note,
        public=True,
        data={"supplement": supplement.pk, "papers": [p.name for p in papers], "answers": sorted(answers or {})},
    )
    record.save(case, "business", "previous_state", "answers", "answer_due_at", "due_current")
    record.tell(actor, case, events.SupplementAnswered(case_id=case.pk, supplement_id=supplement.pk), at=at)
    return case
