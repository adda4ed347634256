"""Who may see what is reported to the Government, correct names on the wire, and draw figures from ministries."""

from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor
from langbiang.foundation.access.policies import Answer, allow_if

VIEW = "reporting.view"
MANAGE = "reporting.manage"


def may_send(actor: Actor, agency_id: int | None) -> Answer:
    """Packets of an agency are sent by those who publish its figures; the platform itself does it on publication."""
    return allow_if(
        actor.kind == "system" or actor.may(MANAGE, agency_id=agency_id),
        _("You may not report to the Government for this agency."),
    )


def may_manage(actor: Actor) -> Answer:
    """Names on the wire, connectors and comparisons concern the whole province."""
    return allow_if(
        actor.may(MANAGE, agency_id=None), _("Only an administrator of the province keeps the reporting connection.")
    )
