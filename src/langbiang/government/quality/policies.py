"""Who may see and change what of the index."""

from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor
from langbiang.foundation.access.policies import Answer, allow_if, require

__all__ = ["may_compare_officers", "may_manage", "may_view", "require"]


def may_view(actor: Actor, *, agency_id: int | None = None) -> Answer:
    """Whether this actor sees the figures. Figures of agencies are compared openly inside the administration."""
    return allow_if(
        actor.kind == "system" or "quality.view" in actor.permissions, _("Your role does not include the index.")
    )


def may_compare_officers(actor: Actor, *, agency_id: int) -> Answer:
    """Whether this actor sees single officers: only those who lead the agency they work at."""
    return allow_if(
        actor.kind == "system" or actor.may("quality.officers", agency_id=agency_id),
        _("Only those who lead an agency see the figures of its officers."),
    )


def may_manage(actor: Actor) -> Answer:
    """Whether this actor keeps weights and imports scores."""
    return allow_if(
        actor.kind == "system" or "quality.manage" in actor.permissions,
        _("Your role does not include keeping the index."),
    )
