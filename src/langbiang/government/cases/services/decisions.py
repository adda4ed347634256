"""From a proposed result to a released one: propose, correct, sign, number and seal, release."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.files import services as files
from langbiang.foundation.numbering import services as numbering
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.signatures import services as signatures
from langbiang.government.procedures import queries as procedures

from .. import events
from ..documents import results as layout
from ..models import Case, CaseResult, WorkItem
from ..models.case import Business, Delivery
from . import record, work


class ReasonMissing(Refusal):
    """A denial, a correction or a return needs its reason."""


class NotSigned(Refusal):
    """A result is numbered only after it was signed, and released only after it was numbered."""


def current_result(case: Case) -> CaseResult | None:
    """The result being made or last released."""
    return case.results.exclude(state__in=["replaced", "revoked"]).order_by("-version").first()


@transaction.atomic
def propose_result(
    actor: Actor,
    *,
    case_id: int,
    outcome: str,
    content: dict[str, Any],
    reason: str = "",
    legal_ground: str = "",
    note: str = "",
    send_on: bool = True,
    revision: int | None = None,
    key: str = "",
    at: datetime,
) -> CaseResult:
    """The officer drafts the result and sends it up: reviewed and signed by those who follow in the process sheet.

    A denial after appraisal is a result with its reason and ground, not a refusal. Raises NotYourWork, WrongState,
    ReasonMissing, Stale.
    """
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="propose_result", case=case, at=at)
    work.require_state(case, Business.ACCEPTED, Business.PROCESSING)
    item = work.open_item(actor, case, kinds=("step",))
    if outcome not in ("granted", "partial", "denied"):
        raise ReasonMissing(_("Choose what the result is."), field="outcome")
    if outcome != "granted" and len(reason.strip()) < 10:
        raise ReasonMissing(_("Give the reason in at least one sentence: the person reads it."), field="reason")
    procedure = procedures.pinned(case.procedure_version_id)
    kind = procedure.results[0] if procedure.results else None
    result = current_result(case)
    if result is None or result.state not in ("draft", "proposed"):
        result = CaseResult(
            case=case,
            version=case.results.count() + 1,
            token=record.new_token(),
            owner_id=case.owner_id,
            owner_name=case.owner_name,
            issuer_name=organizations.name_of(case.competent_unit_id),
        )
    result.kind_code = kind.code if kind and outcome != "denied" else ""
    result.title = (kind.name if kind and outcome != "denied" else str(_("Notice of denial")))[:300]
    result.outcome = outcome
    result.content = content
    result.reason = reason.strip()
    result.legal_ground = legal_ground.strip()
    result.state = CaseResult.State.PROPOSED
    result.proposed_by = actor.label[:300]
    result.proposed_at = at
    result.save()
    record.note_down(actor, case, "result_proposed", at=at, note=note, data={"result": result.pk, "outcome": outcome})
    if send_on:
        work.finish_step(actor, case, item, note=note, at=at, outcome="proposed")
    else:
        record.save(case)
    return result


@transaction.atomic
def return_for_correction(
    actor: Actor, *, case_id: int, reason: str, revision: int | None = None, key: str = "", at: datetime
) -> Case:
    """A reviewer or signer sends the case back to the officer who drafted it. Raises NotYourWork, ReasonMissing, Stale."""
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="return_for_correction", case=case, at=at)
    work.require_state(case, Business.PROCESSING)
    if len(reason.strip()) < 5:
        raise ReasonMissing(_("Say what has to be corrected."), field="reason")
    item = work.open_item(actor, case, kinds=("step", "sign", "number"))
    rows = work.sheet_of(case).rows
    index = next(i for i, row in enumerate(rows) if row.key == item.step_key)
    earlier = [row for row in rows[:index] if row.role == "officer"]
    if not earlier:
        raise record.WrongState(_("There is no earlier step to return this to."))
    back = earlier[-1]
    last = WorkItem.objects.filter(case=case, step_key=back.key, is_open=False).order_by("-id").first()
    work.close_item(item, actor, outcome="returned", at=at)
    work.close_all(case, actor, outcome="returned", at=at)
    case.results.filter(state__in=["proposed", "signed"]).update(state=CaseResult.State.DRAFT)
    officer = work.Officer(last.assignee_id, "") if last and last.assignee_id else None
    work.open_step(case, back, at=at, assignee=officer)
    record.note_down(
        actor, case, "returned_for_correction", at=at, note=reason, data={"from": item.step_key, "to": back.key}
    )
    record.save(case, "step_key", "processing_unit")
    record.tell(actor, case, events.StepCompleted(case_id=case.pk, step=f"returned:{item.step_key}"), at=at)
    return case


@transaction.atomic
def approve_and_sign(
    actor: Actor, *, case_id: int, revision: int | None = None, key: str = "", at: datetime
) -> CaseResult:
    """The leader approves the result and signs it with their own key. It has no number and is not released yet.

    Decree 30/2020. Raises NotYourWork, ResultMissing, WrongState, Stale, and what the signing key's holder raises.
    """
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="sign", case=case, at=at)
    work.require_state(case, Business.PROCESSING)
    item = work.open_item(actor, case, kinds=(WorkItem.Kind.SIGN,))
    result = case.results.select_for_update().filter(state=CaseResult.State.PROPOSED).first()
    if result is None:
        raise work.ResultMissing(_("There is no proposed result to sign."))
    draft = layout.render(case, result, signer=actor, at=at)
    signed = signatures.sign_as_person(
        actor,
        pdf=draft.pdf,
        reason=result.title,
        location=organizations.place_name_of(case.competent_unit_id),
        box=draft.signature_box,
        page=draft.signature_page,
        purpose=f"cases.caseresult:{result.pk}",
        at=at,
    )
    owner = f"cases.case:{case.pk}"
    name = f"{case.code}-du-thao.pdf"
    result.draft_file_id = files.store_bytes(
        actor, data=draft.pdf, name=name, mime="application/pdf", room="cases", owner=owner, at=at
    ).pk
    result.signed_file_id = files.store_bytes(
        actor, data=signed.pdf, name=f"{case.code}-da-ky.pdf", mime="application/pdf", room="cases", owner=owner, at=at
    ).pk
    result.state = CaseResult.State.SIGNED
    result.signed_by = actor.label[:300]
    result.signed_at = at
    result.save()
    work.close_item(item, actor, outcome="signed", at=at)
    work.open_next(case, item.step_key, at=at)
    record.note_down(actor, case, "signed", at=at, public=True, data={"result": result.pk, "outcome": result.outcome})
    record.save(case, "step_key", "processing_unit")
    record.tell(actor, case, events.ResultSigned(case_id=case.pk, result_id=result.pk), at=at)
    return result


@transaction.atomic
def number_and_release(
    actor: Actor, *, case_id: int, revision: int | None = None, key: str = "", at: datetime
) -> CaseResult:
    """The records clerk numbers the signed result, seals it with the agency's key and releases it.

    Number, date and seal go onto the document as the agency's own signature over the leader's; processing ends here and
    is compared with the due date. Raises NotYourWork, NotSigned, WrongState, Stale.
    """
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="release", case=case, at=at)
    work.require_state(case, Business.PROCESSING)
    item = work.open_item(actor, case, kinds=(WorkItem.Kind.NUMBER,))
    result = case.results.select_for_update(of=("self",)).filter(state=CaseResult.State.SIGNED).first()
    if result is None or result.signed_file_id is None:
        raise NotSigned(_("There is no signed result to number."))
    procedure = procedures.pinned(case.procedure_version_id)
    kind = procedure.results[0] if procedure.results else None
    day = timezone.localtime(at).date()
    unit = organizations.code_of(case.competent_unit_id)
    register = (kind.register if kind and result.outcome != "denied" else "") or "TB"
    result.number = numbering.next_number(f"result:{unit}:{register}", f"{day:%Y}")
    pattern = (kind.number_pattern if kind and result.outcome != "denied" else "") or "{number:02d}/{year}/" + register
    result.number_text = pattern.format(number=result.number, year=day.year, unit=unit)
    result.numbered_at = at
    result.numbered_by = actor.label[:300]
    before = files.read_trusted(result.signed_file_id)
    boxes = layout.seal_boxes(result)
    sealed = signatures.seal_as_agency(
        actor,
        agency_id=case.competent_unit_id,
        pdf=before,
        reason=str(_("Number and release")),
        lines=layout.number_lines(case, result, at=at),
        box=boxes.box,
        page=boxes.page,
        purpose=f"cases.caseresult:{result.pk}",
        at=at,
    )
    stored = files.store_bytes(
        actor,
        data=sealed.pdf,
        name=f"{case.code}-ket-qua.pdf",
        mime="application/pdf",
        room="cases",
        owner=f"cases.case:{case.pk}",
        at=at,
    )
    result.file_id = stored.pk
    result.sha256 = sealed.sha256
    result.state = CaseResult.State.RELEASED
    result.released_at = at
    result.save()
    case.results.filter(state=CaseResult.State.RELEASED).exclude(pk=result.pk).update(
        state=CaseResult.State.REPLACED, replaced_by=result, ended_at=at
    )
    case.business = Business.DECIDED
    case.outcome = result.outcome
    case.delivery = Delivery.READY
    case.processing_end_at = at
    work.close_item(item, actor, outcome="released", at=at)
    work.open_next(case, item.step_key, at=at)
    record.note_down(
        actor,
        case,
        "released",
        at=at,
        public=True,
        data={"result": result.pk, "number": result.number_text, "outcome": result.outcome, "sha256": result.sha256},
    )
    record.save(case, "business", "outcome", "delivery", "processing_end_at", "step_key", "processing_unit")
    record.tell(
        actor,
        case,
        events.ResultReleased(case_id=case.pk, result_id=result.pk, outcome=result.outcome),
        at=at,
        after={"number": result.number_text, "sha256": result.sha256},
    )
    return result
