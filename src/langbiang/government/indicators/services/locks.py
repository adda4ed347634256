"""Closing the figures of a period, and opening them again by two persons."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from langbiang.foundation import audit
from langbiang.foundation.access import Actor, Forbidden, Refusal

from .. import periods, policies
from ..models import Indicator, Lock
from .flow import _needs


class NotLocked(Refusal):
    """There is nothing of the kind to close or open."""


@transaction.atomic
def lock(actor: Actor, *, code: str, period: str, at: datetime) -> Lock:
    """Close a period of an indicator. Raises Forbidden, NotLocked."""
    policies.require(policies.may_keep(actor))
    try:
        ends = periods.parse(period).last
    except periods.NotAPeriod as problem:
        raise NotLocked(_("“%(period)s” is no period.") % {"period": period[:20]}, field="period") from problem
    if not Indicator.objects.filter(code=code).exists():
        raise NotLocked(_("There is no such indicator."), field="code")
    if ends >= timezone.localdate(at):
        raise NotLocked(_("The period has not ended yet."), field="period")
    made, is_new = Lock.objects.get_or_create(
        code=code, period=period, opened_at=None, defaults={"locked_at": at, "locked_by": actor.label[:300]}
    )
    if not is_new:
        raise NotLocked(_("The period is closed already."), field="period")
    audit.record(actor, "indicators.locked", made, after={"code": code, "period": period}, at=at)
    return made


def _held(lock_id: int) -> Lock:
    found = Lock.objects.select_for_update().filter(pk=lock_id, opened_at__isnull=True).first()
    if found is None:
        raise NotLocked(_("The period is open already."))
    return found


@transaction.atomic
def ask_opening(actor: Actor, *, lock_id: int, reason: str, at: datetime) -> Lock:
    """Ask to open a closed period; another person has to agree. Raises Forbidden, NotLocked, NoReason."""
    policies.require(policies.may_keep(actor))
    found = _held(lock_id)
    found.reason, found.asked_by_id, found.asked_label, found.asked_at = _needs(reason), actor.account_id, actor.label[:300], at
    found.save()
    audit.record(actor, "indicators.opening_asked", found, after={"reason": found.reason}, at=at)
    return found


@transaction.atomic
def open_lock(actor: Actor, *, lock_id: int, at: datetime) -> Lock:
    """Open a closed period another person asked for. Raises Forbidden, NotLocked."""
    policies.require(policies.may_keep(actor))
    found = _held(lock_id)
    if found.asked_by_id is None:
        raise NotLocked(_("Nobody has asked to open this period."))
    if found.asked_by_id == actor.account_id:
        raise Forbidden(_("Who asked cannot agree as well: another person has to."))
    found.opened_at, found.opened_by = at, actor.label[:300]
    found.save(update_fields=["opened_at", "opened_by"])
    audit.record(actor, "indicators.opened", found, after={"reason": found.reason}, at=at)
    return found
