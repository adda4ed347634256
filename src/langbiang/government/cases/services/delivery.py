"""The result reaches the person: over the counter, online or by post; corrections and revocations afterwards."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal

from .. import events, policies
from ..models import Case, CaseResult, WorkItem
from ..models.case import Business, Delivery
from . import record, work


class NotIdentified(Refusal):
    """The one who collects must be the owner or carry a written authority."""


class AlreadyRated(Refusal):
    """A case is rated once."""


def _close_return(case: Case, actor: Actor, at: datetime) -> None:
    for item in WorkItem.objects.select_for_update().filter(case=case, is_open=True):
        work.close_item(item, actor, outcome="returned", at=at)


@transaction.atomic
def hand_over_result(
    actor: Actor,
    *,
    case_id: int,
    collector: str,
    identity_last4: str,
    authority: str = "",
    revision: int | None = None,
    key: str = "",
    at: datetime,
) -> Case:
    """Hand the result to the owner, or to somebody with a written authority, after looking at their identity.

    An overdue case is handed over like any other. Raises NotYourWork, NotIdentified, WrongState, Stale.
    """
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="hand_over_result", case=case, at=at)
    work.require_state(case, Business.DECIDED)
    work.open_item(actor, case, kinds=(WorkItem.Kind.RETURN,))
    owner_number = case.owner.identity_no or ""
    if not authority.strip() and owner_number and identity_last4.strip() != owner_number[-4:]:
        raise NotIdentified(
            _("The last four digits do not match the owner's identity number."),
            field="identity_last4",
            way_out=_("Check the card again, or enter the written authority of the one who collects."),
        )
    if len(collector.strip()) < 2:
        raise NotIdentified(_("Enter the name of the one who collects."), field="collector")
    _finish(
        actor, case, Delivery.HANDED_OVER, data={"collector": collector.strip(), "authority": authority.strip()}, at=at
    )
    record.tell(actor, case, events.ResultReturned(case_id=case.pk, way="counter"), at=at)
    return case


@transaction.atomic
def send_by_post(
    actor: Actor, *, case_id: int, tracking_no: str, revision: int | None = None, key: str = "", at: datetime
) -> Case:
    """Hand the result to the postal service with its tracking number. Raises NotYourWork, NotIdentified, Stale."""
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="send_by_post", case=case, at=at)
    work.require_state(case, Business.DECIDED)
    work.open_item(actor, case, kinds=(WorkItem.Kind.RETURN,))
    if not tracking_no.strip():
        raise NotIdentified(_("Enter the tracking number of the parcel."), field="tracking_no")
    _finish(actor, case, Delivery.POSTED, data={"tracking": tracking_no.strip()[:60]}, at=at)
    record.tell(actor, case, events.ResultReturned(case_id=case.pk, way="postal"), at=at)
    return case


@transaction.atomic
def receive_online(actor: Actor, *, case_id: int, at: datetime) -> Case:
    """The applicant opens the electronic result: that is its delivery. Opening it again changes nothing.

    Raises Forbidden, WrongState.
    """
    case = record.lock_case(case_id)
    policies.require(policies.may_see_as_applicant(actor, case))
    if case.business == Business.RETURNED:
        return case
    work.require_state(case, Business.DECIDED)
    _finish(actor, case, Delivery.E_DELIVERED, data={}, at=at)
    record.tell(actor, case, events.ResultReturned(case_id=case.pk, way="online"), at=at)
    return case


def _finish(actor: Actor, case: Case, delivery: Delivery, *, data: dict[str, str], at: datetime) -> None:
    case.business = Business.RETURNED
    case.delivery = delivery
    case.handed_over_at = at
    case.closed_at = at
    _close_return(case, actor, at)
    record.note_down(actor, case, "returned", at=at, public=True, data={"delivery": delivery.value, **data})
    record.save(case, "business", "delivery", "handed_over_at", "closed_at")


@transaction.atomic
def revoke_result(
    actor: Actor, *, case_id: int, reason: str, revision: int | None = None, key: str = "", at: datetime
) -> CaseResult:
    """A released result is declared void; the file stays as it is, its verification page says revoked.

    Raises Forbidden, WrongState, Stale.
    """
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="revoke_result", case=case, at=at)
    policies.require(policies.may_lead(actor, case))
    result = case.results.select_for_update().filter(state=CaseResult.State.RELEASED).first()
    if result is None:
        raise record.WrongState(_("There is no released result."))
    if len(reason.strip()) < 10:
        raise record.WrongState(_("Give the reason in at least one sentence."), field="reason")
    result.state = CaseResult.State.REVOKED
    result.ended_reason = reason.strip()
    result.ended_at = at
    result.save(update_fields=["state", "ended_reason", "ended_at"])
    record.note_down(actor, case, "result_revoked", at=at, note=reason.strip(), public=True, data={"result": result.pk})
    record.save(case)
    record.tell(actor, case, events.ResultReplaced(case_id=case.pk, result_id=result.pk), at=at)
    return result
