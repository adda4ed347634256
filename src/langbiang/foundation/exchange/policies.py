"""Who may see and steer the exchange with other systems."""

from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor
from langbiang.foundation.access.policies import Answer, allow_if

VIEW = "exchange.view"
MANAGE = "exchange.manage"


def may_replay(actor: Actor, agency_id: int | None) -> Answer:
    """A message is sent again by whoever administers the exchange of its agency."""
    return allow_if(actor.may(MANAGE, agency_id=agency_id), _("You may not send messages of this agency again."))


def may_manage(actor: Actor) -> Answer:
    """Systems and how they are reached concern the whole province."""
    return allow_if(actor.may(MANAGE, agency_id=None), _("You may not change how other systems are reached."))
