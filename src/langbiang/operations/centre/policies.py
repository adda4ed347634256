"""Who may look at the operations centre and who keeps it."""

from typing import TYPE_CHECKING

from django.db.models import Q

from langbiang.foundation.access import Actor
from langbiang.foundation.access.policies import Answer, allow_if
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.indicators import policies as indicators

if TYPE_CHECKING:
    from .models import Annotation, Dashboard

ROLE_PERMISSIONS: dict[str, set[str]] = {
    "leader": {"centre.view", "centre.handle", "centre.design"},
    "signer": {"centre.view", "centre.handle", "centre.design"},
    "dispatcher": {"centre.view", "centre.handle"},
    "auditor": {"centre.view"},
    "system_admin": {"centre.view", "centre.handle", "centre.design", "centre.manage"},
}


def may_view(actor: Actor, *, agency_id: int | None = None) -> Answer:
    """Figures of the centre, at an agency or anywhere."""
    if agency_id is None:
        return allow_if("centre.view" in actor.permissions)
    return allow_if(actor.may("centre.view", agency_id=agency_id))


def may_view_indicators(actor: Actor) -> Answer:
    """Published figures of all units: open inside the administration to those who see the indicators."""
    return indicators.may_view(actor)


def may_handle(actor: Actor, *, agency_id: int) -> Answer:
    """Acknowledge, assign and close alerts of an agency; write annotations to its figures."""
    return allow_if(actor.may("centre.handle", agency_id=agency_id))


def may_manage(actor: Actor, *, agency_id: int | None = None) -> Answer:
    """Keys of screens that show the figures of an agency; without one, whether the page is theirs at all."""
    if agency_id is None:
        return allow_if("centre.manage" in actor.permissions)
    return allow_if(actor.may("centre.manage", agency_id=agency_id))


def may_keep(actor: Actor) -> Answer:
    """Change rules of alerts and walls: they hold for every agency, so whoever manages the centre for the whole province."""
    roots = organizations.root_ids()
    return allow_if(bool(roots) and all(actor.may("centre.manage", agency_id=root) for root in roots))


def may_withdraw(actor: Actor, note: "Annotation") -> Answer:
    """Withdraw a note: whose it is and still handles the figures there, or who manages the centre there."""
    is_own = note.author_id is not None and note.author_id == actor.account_id
    return allow_if(
        (is_own and actor.may("centre.handle", agency_id=note.agency_id)) or actor.may("centre.manage", agency_id=note.agency_id)
    )


def may_design(actor: Actor) -> Answer:
    """Put together dashboards."""
    return allow_if("centre.design" in actor.permissions and actor.account_id is not None and actor.agency_id is not None)


def may_change_dashboard(actor: Actor, board: "Dashboard") -> Answer:
    """Change one or put it away: who made it."""
    return allow_if("centre.design" in actor.permissions and board.owner_id == actor.account_id)


def dashboards_filter(actor: Actor) -> Q:
    """The dashboards an actor may open: their own, those shared with their agency, those shared with all."""
    return Q(owner_id=actor.account_id) | Q(shared="agency", agency_id=actor.agency_id) | Q(shared="all")


def agencies_seen(actor: Actor) -> frozenset[int] | None:
    """The agencies whose figures an actor may see; None means all."""
    found: set[int] = set()
    for agencies, _field in actor.reach("centre.view").pairs:
        if agencies is None:
            return None
        found |= agencies
    return frozenset(found)
