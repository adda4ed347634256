"""Who may keep which account."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor
from langbiang.foundation.access.policies import Answer, allow_if, deny

from . import queries
from .models import Account

PERMISSION = "accounts.manage"


def may_enrol(actor: Actor) -> Answer:
    """Those who keep accounts anywhere may enrol an officer; where the officer sits is decided by the position."""
    return allow_if(bool(actor.reach(PERMISSION)))


def may_keep(actor: Actor, account: Account, *, at: datetime) -> Answer:
    """An administrator of the whole province keeps every officer's account, one of a unit those who sit only there.

    An account that carries rights beyond that unit is out of reach: whoever resets its password could use them.
    """
    if account.kind != Account.Kind.STAFF:
        return deny(_("Accounts of citizens are kept by the identity provider."))
    reach = actor.reach(PERMISSION)
    if reach.everywhere:
        return allow_if(True)
    held = queries.actors_of(account, at=at)
    if not held:
        return allow_if(bool(reach) and account.enrolled_by_id == actor.account_id)
    inside = all(reach.covers(one.agency_id) for one in held)
    within = all(
        grant.agency_ids is not None and all(reach.covers(agency) for agency in grant.agency_ids)
        for one in held
        for grant in one.grants
    )
    return allow_if(inside and within, _("This account belongs to another agency, or carries rights beyond yours."))
