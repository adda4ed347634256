"""How leases, orders and plans end before their time: written down, and told to whoever counts them.

What had already run out is settled first: it ended at its own instant, by nobody.
"""

from datetime import datetime

from django.db.models import F

from langbiang.foundation import events
from langbiang.foundation.access import Actor
from langbiang.foundation.audit import services as audit

from ..events import ArmingChanged, OverrideChanged, PlanChanged
from ..models import Junction, Lease, Override, Plan


def settle_expired(*, at: datetime) -> int:
    """Write the end on leases whose time is over; nothing depends on it but the room for the next lease."""
    return Lease.objects.filter(ended_at=None, expires_at__lte=at).update(ended_at=F("expires_at"), end_reason="expired")


def end_lease(actor: Actor, junction: Junction, *, reason: str, at: datetime) -> bool:
    """End the lease of a junction; gives whether one held. The caller has locked the junction."""
    settle_expired(at=at)
    lease = junction.leases.filter(ended_at=None).first()
    if lease is None:
        return False
    lease.ended_at, lease.ended_by, lease.end_reason = at, actor.label[:200], reason.strip()[:300]
    lease.save(update_fields=["ended_at", "ended_by", "end_reason"])
    audit.record(
        actor, "traffic.disarmed", lease, before={"until": lease.expires_at.isoformat()},
        after={"junction": junction.code, "reason": reason}, at=at,
    )  # fmt: skip
    events.emit(
        actor, ArmingChanged(junctions=[junction.code], what="disarmed"), at=at, agency_id=junction.agency_id,
        subject=f"junction:{junction.pk}",
    )  # fmt: skip
    return True


def end_override(actor: Actor, junction: Junction, *, reason: str, at: datetime, plan: Plan | None = None) -> bool:
    """End the order that runs at a junction, or only one for this plan; gives whether there was one. The caller has locked the junction."""
    junction.overrides.filter(ended_at=None, expires_at__lte=at).update(ended_at=F("expires_at"))
    running = junction.overrides.filter(ended_at=None)
    row: Override | None = (running if plan is None else running.filter(plan=plan)).first()
    if row is None:
        return False
    row.ended_at, row.ended_by = at, actor.label[:200]
    row.save(update_fields=["ended_at", "ended_by"])
    why = {"reason": reason} if reason else {}
    audit.record(
        actor, "traffic.override_cancelled", row, before={"until": row.expires_at.isoformat()},
        after={"junction": junction.code, **why}, at=at,
    )  # fmt: skip
    events.emit(
        actor, OverrideChanged(junction=junction.code, what="cancelled"), at=at, agency_id=junction.agency_id,
        subject=f"junction:{junction.pk}",
    )  # fmt: skip
    return True


def end_plans(actor: Actor, junction: Junction, *, reason: str, at: datetime) -> None:
    """Put the approved plans of a junction into the past. The caller has locked the junction."""
    for row in Plan.objects.select_for_update(of=("self",)).filter(junction=junction, state="approved").order_by("pk"):
        row.state = "past"
        row.save(update_fields=["state"])
        audit.record(
            actor, "traffic.plan_replaced", row, before={"state": "approved"}, after={"state": "past", "reason": reason}, at=at
        )
        events.emit(
            actor, PlanChanged(junction=junction.code, plan_id=row.pk, state=row.state), at=at, agency_id=junction.agency_id,
            subject=f"junction:{junction.pk}",
        )  # fmt: skip
