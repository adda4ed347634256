"""Festivals and closings: those within reach, those in force."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from langbiang.foundation.access import Actor

from .. import policies
from ..models import EventArm, EventPlan, EventSignalPlan
from .replaying import is_unheard

SOON = timedelta(minutes=10)


def event_arms(*, at: datetime) -> QuerySet[EventArm]:
    """Approaches of approved events that run or begin within ten minutes: whoever drives must know them before."""
    return EventArm.objects.filter(event__state="approved", event__starts_at__lte=at + SOON, event__ends_at__gt=at)


def event_signals(*, at: datetime) -> QuerySet[EventSignalPlan]:
    """Plans of approved events that run or begin within ten minutes, while they are approved for the layout in force."""
    return EventSignalPlan.objects.filter(
        event__state="approved", event__starts_at__lte=at + SOON, event__ends_at__gt=at, plan__state="approved", plan__layout__state="approved"
    )


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


def is_rehearsal_silent(row: EventPlan, *, at: datetime) -> bool:
    """Whether a rehearsal asked for has not been heard of for so long that it must have ended."""
    return is_unheard(row.rehearsal, row.rehearsal_told_at, at=at)


def why_no_rehearsal(reason: str, told: Mapping[str, Any] | None = None) -> str:
    """Why there is no rehearsal, and what to do, in words; `told` holds what the simulation said."""
    said = told or {}
    match reason:
        case "no_counts":
            return _("The junctions of this event were not counted on that day. Choose another day.")
        case "gaps":
            return _("In no hour of the event was every lane counted on that day. Choose another day.")
        case "no_mix":
            return _("Vehicles were counted without a class, and no class mix is in force for this day.")
        case "sumo":
            return _("The simulator is not installed on this machine. The command bin/prepare twin installs it.")
        case "cannot_draw":
            return _("The layout of %(junction)s cannot be simulated (%(field)s): %(text)s") % {
                "junction": said.get("junction", ""), "field": said.get("field", ""), "text": said.get("text", ""),
            }  # fmt: skip
        case "failed" if said.get("text"):
            return _("The simulation broke off: %(text)s") % {"text": said["text"]}
        case "failed":
            return _("The simulation ended without an outcome.")
    return reason
