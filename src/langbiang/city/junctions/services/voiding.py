"""A lease that is of no use any more: the lamps did not follow what was ordered under it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from langbiang.foundation import events
from langbiang.foundation.access import Actor
from langbiang.foundation.audit import services as audit

from .. import policies
from ..events import ArmingChanged
from .finding import junction_to_write


@transaction.atomic
def void_lease(actor: Actor, *, junction_code: str, lease_id: int, at: datetime) -> bool:
    """End the lease, so that nothing arms under it again, a control process begun anew neither; gives whether it still ran.

    Raises Forbidden, NoSuch.
    """
    junction = junction_to_write(actor, code=junction_code)
    policies.require(policies.may_operate(actor, agency_id=junction.agency_id))
    lease = junction.leases.select_for_update().filter(pk=lease_id, ended_at=None).first()
    if lease is None:
        return False
    reason = _("The lamps did not follow: two persons have to arm it again.")
    lease.ended_at, lease.ended_by, lease.end_reason = at, actor.label[:200], reason[:300]
    lease.save(update_fields=["ended_at", "ended_by", "end_reason"])
    audit.record(
        actor, "traffic.lease_voided", lease, before={"until": lease.expires_at.isoformat()},
        after={"junction": junction.code, "reason": reason}, at=at,
    )  # fmt: skip
    events.emit(
        actor, ArmingChanged(junctions=[junction.code], what="voided"), at=at, agency_id=junction.agency_id,
        subject=f"junction:{junction.pk}",
    )  # fmt: skip
    return True
