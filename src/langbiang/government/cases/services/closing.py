"""Ways a case ends early or begins again: withdrawal, stop with a ground, reopening with a reason."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal

from .. import events, policies
from ..models import Case, WorkItem
from ..models.case import Business, Delivery, Money
from . import clock, intake, issue, record, work


class NothingSaid(Refusal):
    """A withdrawal, a stop or a reopening needs its reason."""


@transaction.atomic
def request_withdrawal(
    actor: Actor, *, case_id: int, reason: str, revision: int | None = None, key: str = "", at: datetime
) -> Case:
    """The applicant asks to withdraw; what was only submitted is withdrawn at once, the rest a leader decides.

    Raises Forbidden, WrongState once a result is decided, NothingSaid.
    """
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="request_withdrawal", case=case, at=at)
    if actor.is_citizen:
        policies.require(policies.may_see_as_applicant(actor, case))
    else:
        policies.require(policies.may_receive(actor, agency_id=case.receiving_unit_id, field=case.field))
    work.require_state(
        case, Business.SUBMITTED, Business.ACCEPTED, Business.PROCESSING, Business.SUPPLEMENT, Business.SUSPENDED
    )
    if len(reason.strip()) < 3:
        raise NothingSaid(_("Say in a few words why you withdraw."), field="reason")
    never_received = case.received_at is None
    case.previous_state = case.business
    case.business = Business.WITHDRAW_REQUESTED
    record.note_down(actor, case, "withdrawal_requested", at=at, note=reason.strip(), public=True)
    if never_received:
        _stop(actor, case, ground=str(_("Withdrawn by the applicant before reception")), legal="", note=reason, at=at)
        return case
    WorkItem.objects.create(
        case=case,
        kind=WorkItem.Kind.WITHDRAWAL,
        agency_id=case.processing_unit_id,
        role="leader",
        field=case.field,
        step_key=case.step_key,
        name=str(_("Decide on the withdrawal")),
        opened_at=at,
        case_due_at=case.due_current,
    )
    record.save(case, "business", "previous_state")
    record.tell(actor, case, events.WithdrawalRequested(case_id=case.pk), at=at)
    return case


@transaction.atomic
def decide_withdrawal(
    actor: Actor, *, case_id: int, agree: bool, note: str = "", revision: int | None = None, key: str = "", at: datetime
) -> Case:
    """A leader lets the applicant withdraw (form 05) or explains why the case goes on. Raises NotYourWork, WrongState."""
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="decide_withdrawal", case=case, at=at)
    work.require_state(case, Business.WITHDRAW_REQUESTED)
    item = work.open_item(actor, case, kinds=(WorkItem.Kind.WITHDRAWAL,))
    if not agree and len(note.strip()) < 10:
        raise NothingSaid(_("Explain to the applicant why the case goes on."), field="note")
    work.close_item(item, actor, outcome="agreed" if agree else "declined", at=at)
    if agree:
        _stop(actor, case, ground=str(_("Withdrawn at the applicant's request")), legal="", note=note, at=at)
        return case
    case.business = case.previous_state or Business.PROCESSING
    case.previous_state = ""
    record.note_down(actor, case, "withdrawal_declined", at=at, note=note.strip(), public=True)
    record.save(case, "business", "previous_state")
    return case


@transaction.atomic
def stop_case(
    actor: Actor, *, case_id: int, reason_code: str, note: str, revision: int | None = None, key: str = "", at: datetime
) -> Case:
    """A leader stops handling on a listed ground (form 05). Raises Forbidden, WrongState, UnknownReason, Stale."""
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="stop_case", case=case, at=at)
    policies.require(policies.may_lead(actor, case))
    work.require_state(case, Business.ACCEPTED, Business.PROCESSING, Business.SUPPLEMENT, Business.SUSPENDED)
    reason = intake.reason_in_force("stop", reason_code, timezone.localtime(at).date())
    if len(note.strip()) < 10:
        raise NothingSaid(_("Explain the stop in at least one sentence: the applicant reads it."), field="note")
    _stop(actor, case, ground=reason.text, legal=reason.legal_source, note=note.strip(), at=at)
    return case


def _stop(actor: Actor, case: Case, *, ground: str, legal: str, note: str, at: datetime) -> None:
    stage = case.step_key
    work.close_all(case, actor, outcome="stopped", at=at)
    case.supplements.filter(state__in=["open", "awaiting"]).update(state="cancelled")
    case.suspensions.filter(ended_at__isnull=True).update(ended_at=at)
    if case.money in (Money.PAID, Money.PARTIAL, Money.OVERPAID):
        case.money = Money.REFUND_DUE
    case.business = Business.STOPPED
    case.closed_at = at
    record.note_down(
        actor, case, "stopped", at=at, note=note, public=True, data={"ground": ground, "legal": legal, "stage": stage}
    )
    record.save(case, "business", "closed_at", "money", "previous_state")
    if case.received_at is not None:
        issue.stop_notice(actor, case, ground=ground, legal=legal, note=note, stage=stage, at=at)
    record.tell(actor, case, events.CaseStopped(case_id=case.pk, reason=ground), at=at)


@transaction.atomic
def reopen_case(
    actor: Actor, *, case_id: int, reason: str, revision: int | None = None, key: str = "", at: datetime
) -> Case:
    """A leader opens a closed or decided case again, with the reason; the full time runs anew from today.

    A released result stays valid until a corrected one replaces it. Raises Forbidden, WrongState, NothingSaid, Stale.
    """
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="reopen_case", case=case, at=at)
    policies.require(policies.may_lead(actor, case))
    work.require_state(case, Business.STOPPED, Business.DECIDED, Business.RETURNED)
    if case.received_at is None:
        raise record.WrongState(
            _("This filing was withdrawn before reception."), way_out=_("Ask the applicant to file again.")
        )
    if len(reason.strip()) < 10:
        raise NothingSaid(_("Give the reason in at least one sentence."), field="reason")
    work.close_all(case, actor, outcome="reopened", at=at)
    clock.restart(actor, case, reason=reason.strip(), at=at)
    case.business = Business.PROCESSING
    case.delivery = Delivery.NOT_READY
    case.closed_at = case.processing_end_at = case.handed_over_at = None
    case.reopened += 1
    rows = work.sheet_of(case).rows
    first = next((row for row in rows if row.role in ("dispatcher", "officer")), rows[0])
    work.open_step(case, first, at=at)
    record.note_down(actor, case, "reopened", at=at, note=reason.strip(), public=True, data={"times": case.reopened})
    record.save(
        case,
        "business",
        "delivery",
        "closed_at",
        "processing_end_at",
        "handed_over_at",
        "reopened",
        "step_key",
        "processing_unit",
        "due_current",
        "effective_start",
    )
    record.tell(actor, case, events.CaseReopened(case_id=case.pk, reason=reason.strip()), at=at)
    return case
