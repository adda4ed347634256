"""What is said about a case: messages with the applicant, notes among officers, the rating in the end, payments noted."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal

from .. import events, policies
from ..models import Case, Message, Note, Rating
from ..models.case import Business, Money
from . import record, work


class Empty(Refusal):
    """There is nothing written."""


class AlreadyRated(Refusal):
    """A case is rated once."""


def _text(value: str) -> str:
    text = value.strip()
    if not text:
        raise Empty(_("Write something first."), field="text")
    if len(text) > 4000:
        raise Empty(_("The text is longer than 4,000 characters."), field="text", way_out=_("Shorten it or send two."))
    return text


@transaction.atomic
def send_message(actor: Actor, *, case_id: int, text: str, key: str = "", at: datetime) -> Message:
    """Write to the other side. Raises Forbidden, Empty, AlreadyDone."""
    case = record.lock_case(case_id)
    record.once(actor, key, action="send_message", case=case, at=at)
    if actor.is_citizen:
        policies.require(policies.may_see_as_applicant(actor, case))
    else:
        policies.require(policies.may_see(actor, case))
    message = Message.objects.create(
        case=case, from_applicant=actor.is_citizen, author=actor.label[:300], text=_text(text), at=at
    )
    record.note_down(actor, case, "message", at=at, public=True, data={"message": message.pk})
    record.save(case)
    record.tell(
        actor, case, events.MessageSent(case_id=case.pk, message_id=message.pk, from_applicant=actor.is_citizen), at=at
    )
    return message


@transaction.atomic
def mark_read(actor: Actor, *, case_id: int, at: datetime) -> None:
    """Messages from the other side have been seen."""
    case = Case.objects.get(pk=case_id)
    other = not actor.is_citizen
    allowed = policies.may_see_as_applicant(actor, case) if actor.is_citizen else policies.may_see(actor, case)
    policies.require(allowed)
    Message.objects.filter(case=case, from_applicant=other, read_at__isnull=True).update(read_at=at)


@transaction.atomic
def add_note(actor: Actor, *, case_id: int, text: str, key: str = "", at: datetime) -> Note:
    """Leave an internal note; the applicant never sees it. Raises Forbidden, Empty."""
    case = record.lock_case(case_id)
    record.once(actor, key, action="add_note", case=case, at=at)
    policies.require(policies.may_see(actor, case))
    note = Note.objects.create(
        case=case, author=actor.label[:300], account_id=actor.account_id or 0, text=_text(text), at=at
    )
    record.note_down(actor, case, "note", at=at, data={"note": note.pk})
    record.save(case)
    return note


@transaction.atomic
def rate(actor: Actor, *, case_id: int, score: int, comment: str = "", at: datetime) -> Rating:
    """The applicant says how it went, from 1 to 5, once. Raises Forbidden, WrongState, AlreadyRated."""
    case = record.lock_case(case_id)
    policies.require(policies.may_see_as_applicant(actor, case))
    work.require_state(case, Business.RETURNED, Business.DECIDED, Business.REFUSED, Business.STOPPED)
    if not 1 <= score <= 5:
        raise Empty(_("Choose from 1 to 5."), field="score")
    try:
        with transaction.atomic():
            found = Rating.objects.create(case=case, score=score, comment=comment.strip()[:2000], at=at)
            record.tell(actor, case, events.CaseRated(case_id=case.pk, score=score), at=at, after={"score": score})
            return found
    except IntegrityError:
        raise AlreadyRated(_("You have rated this case already. Thank you.")) from None


@transaction.atomic
def record_payment(
    actor: Actor, *, case_id: int, amount_vnd: int, note: str, revision: int | None = None, key: str = "", at: datetime
) -> Case:
    """The cashier notes money received at the counter; charges are settled oldest first.

    Raises Forbidden, WrongState, Empty, Stale, AlreadyDone.
    """
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="record_payment", case=case, at=at)
    policies.require(
        policies.allow_if(
            actor.may("cases.cash", agency_id=case.receiving_unit_id)
            or actor.may("cases.receive", agency_id=case.receiving_unit_id),
            _("The cashier of the counter takes payments."),
        )
    )
    if case.money not in (Money.DUE, Money.PARTIAL):
        raise record.WrongState(_("Nothing is owed for this case."))
    if amount_vnd <= 0:
        raise Empty(_("Enter the amount received in đồng."), field="amount_vnd")
    left = amount_vnd
    for charge in case.charges.select_for_update().order_by("pk"):
        taken = min(left, charge.amount_vnd - charge.paid_vnd)
        if taken > 0:
            charge.paid_vnd += taken
            charge.paid_at = at
            charge.payment_note = note[:200]
            charge.save(update_fields=["paid_vnd", "paid_at", "payment_note"])
            left -= taken
    totals = case.charges.aggregate(owed=Sum("amount_vnd"), paid=Sum("paid_vnd"))
    if left:
        case.money = Money.OVERPAID
    else:
        case.money = Money.PAID if totals["paid"] >= totals["owed"] else Money.PARTIAL
    record.note_down(
        actor, case, "paid", at=at, note=note, public=True, data={"amount_vnd": amount_vnd, "change_vnd": left}
    )
    record.save(case, "money")
    record.tell(actor, case, events.FeeSettled(case_id=case.pk), at=at, after={"amount_vnd": amount_vnd})
    return case
