"""Festivals and closings: those within reach, those in force."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from langbiang.foundation.access import Actor

from .. import policies
from ..models import EventArm, EventPlan

SOON = timedelta(minutes=10)


def event_arms(*, at: datetime) -> QuerySet[EventArm]:
    """Approaches of approved events that run or begin within ten minutes: whoever drives must know them before."""
    return EventArm.objects.filter(event__state="approved", event__starts_at__lte=at + SOON, event__ends_at__gt=at)


def event_plans(actor: Actor) -> QuerySet[EventPlan]:
    """Events over a junction within reach, the latest first."""
    within = policies.visible(actor, EventArm.objects.filter(event=OuterRef("pk")), by="junction__agency_id")
    return EventPlan.objects.filter(Exists(within)).order_by("-starts_at", "-pk")


def event_state(row: EventPlan, *, at: datetime) -> str:
    """How it stands: draft, planned (approved, not begun), running, over, withdrawn."""
    if row.state != "approved":
        return {"past": "over"}.get(row.state, row.state)
    if row.ends_at <= at:
        return "over"
    return "running" if row.starts_at <= at else "planned"


def why_no_rehearsal(reason: str) -> str:
    """Why there is no rehearsal, and what to do, in words."""
    return {
        "no_counts": _("The junctions of this event were not counted on that day. Choose another day."),
        "gaps": _("In no hour of the event was every lane counted on that day. Choose another day."),
        "sumo": _("The simulator is not installed on this machine. The command bin/prepare twin installs it."),
        "failed": _("The simulation ended without an outcome. The log of the worker says why."),
    }.get(reason, reason)
