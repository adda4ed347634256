"""Who may see, drive, plan and approve at which junction: the permission at the agency that runs it."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor
from langbiang.foundation.access.policies import Answer, allow_if, require

__all__ = ["may_approve", "may_announce", "may_operate", "may_plan", "may_report_buses", "may_view", "require", "visible"]


def may_view(actor: Actor, *, agency_id: int) -> Answer:
    """Whether this actor sees the junction."""
    return allow_if(actor.may("traffic.view", agency_id=agency_id), _("Your role does not include this junction."))


def may_operate(actor: Actor, *, agency_id: int) -> Answer:
    """Whether this actor asks for arming, disarms, overrides and handles alerts there."""
    return allow_if(
        actor.may("traffic.operate", agency_id=agency_id), _("Your role does not include operating this junction.")
    )


def may_plan(actor: Actor, *, agency_id: int) -> Answer:
    """Whether this actor drafts layouts and plans there."""
    return allow_if(
        actor.may("traffic.plan", agency_id=agency_id), _("Your role does not include planning for this junction.")
    )


def may_approve(actor: Actor, *, agency_id: int) -> Answer:
    """Whether this actor approves layouts and plans and confirms arming there."""
    return allow_if(
        actor.may("traffic.approve", agency_id=agency_id), _("Your role does not include approving for this junction.")
    )


def may_announce(actor: Actor, *, agency_id: int) -> Answer:
    """Whether this actor announces emergency vehicles there."""
    return allow_if(
        actor.may("traffic.priority", agency_id=agency_id), _("Your role does not include announcing emergency vehicles at this junction.")
    )


def may_report_buses(actor: Actor, *, agency_id: int) -> Answer:
    """Whether this actor tells where buses are there."""
    return allow_if(actor.may("traffic.buses", agency_id=agency_id), _("Your role does not include reporting buses at this junction."))


def visible(actor: Actor, rows: QuerySet[Any], *, by: str = "agency_id") -> QuerySet[Any]:
    """The rows of junctions this actor sees; `by` is the way to the agency that runs the junction."""
    allowed = Q(pk__in=[])
    for agencies, field in actor.reach("traffic.view").pairs:
        if field is None:
            allowed |= Q() if agencies is None else Q(**{f"{by}__in": agencies})
            if agencies is None:
                return rows
    return rows.filter(allowed)
