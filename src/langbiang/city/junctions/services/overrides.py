"""A person's order for one junction, until an instant."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from langbiang.foundation import events
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.audit import services as audit

from .. import policies
from ..events import OverrideChanged
from ..layout import Layout as Sound
from ..models import Junction, Override
from ..queries.inforce import override_at
from .ending import end_override
from .finding import junction_to_write, layout_in_force, person_of, rule
from .withdrawing import overtaken

KINDS = ("stage", "plan", "flash")


class BadOverride(Refusal):
    """The order cannot be: unknown stage or plan, no reason, too long."""

    status = 422


def _tell(actor: Actor, junction: Junction, what: str, *, at: datetime) -> None:
    events.emit(
        actor, OverrideChanged(junction=junction.code, what=what), at=at, agency_id=junction.agency_id,
        subject=f"junction:{junction.pk}",
    )  # fmt: skip


@transaction.atomic
def override(
    actor: Actor,
    *,
    junction_code: str,
    kind: str,
    stage: str = "",
    plan_id: int | None = None,
    minutes: int,
    reason: str,
    at: datetime,
    seen: int | None = None,
) -> Override:
    """Order a stage, a plan or flashing yellow for some minutes; an order that runs ends. Raises Forbidden, NoSuch, BadOverride, Stale.

    `seen` is the order that ran when the form was opened, 0 for none: one given since is not ended unseen.
    The gate stays in front of the lamps: an order changes what is wanted, never what is safe.
    """
    junction = junction_to_write(actor, code=junction_code)
    policies.require(policies.may_operate(actor, agency_id=junction.agency_id))
    if kind not in KINDS:
        raise BadOverride(_("Choose what the junction shall do."), field="kind")
    layout = Sound(layout_in_force(junction).content)
    if kind == "stage" and layout.stage(stage) is None:
        raise BadOverride(_("The layout has no stage %(stage)s.") % {"stage": stage}, field="stage")
    if kind == "plan" and (plan_id is None or not junction.plans.filter(pk=plan_id, state="approved").exists()):
        raise BadOverride(_("Choose an approved plan."), field="plan")
    most = int(rule("override_minutes_most", at=at))
    if not 1 <= minutes <= most:
        raise BadOverride(_("An override lasts from 1 to %(most)s minutes.") % {"most": most}, field="minutes")
    if not reason.strip():
        raise BadOverride(_("Say why."), field="reason")
    running = override_at(junction.pk, at=at)
    if seen is not None and running is not None and running.pk != seen:
        raise overtaken(running.ordered_by, running.ordered_at)
    end_override(actor, junction, reason=_("Another order replaces it."), at=at)
    row = Override.objects.create(
        junction=junction, kind=kind, stage=stage if kind == "stage" else "", plan_id=plan_id if kind == "plan" else None,
        reason=reason.strip()[:300], ordered_by_id=person_of(actor), ordered_by=actor.label[:200], ordered_at=at,
        expires_at=at + timedelta(minutes=minutes),
    )  # fmt: skip
    audit.record(
        actor, "traffic.overridden", row,
        after={"junction": junction.code, "kind": kind, "stage": row.stage, "plan": row.plan_id, "minutes": minutes,
               "reason": reason}, at=at,
    )  # fmt: skip
    _tell(actor, junction, "ordered", at=at)
    return row


@transaction.atomic
def cancel_override(actor: Actor, *, junction_code: str, at: datetime) -> bool:
    """End the running order; gives whether there was one. Raises Forbidden, NoSuch."""
    junction = junction_to_write(actor, code=junction_code)
    policies.require(policies.may_operate(actor, agency_id=junction.agency_id))
    return end_override(actor, junction, reason="", at=at)
