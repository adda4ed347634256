"""Who may look at and change the register."""

from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor
from langbiang.foundation.access.policies import Answer, allow_if

EDIT = "places.edit"


def may_view(actor: Actor) -> Answer:
    """Administrative units are public facts; their pages here are for those who work with them."""
    return allow_if(actor.is_staff, _("These pages are for staff."))


def may_edit(actor: Actor) -> Answer:
    """One register serves everybody, so only an administrator of the whole province changes it."""
    return allow_if(
        actor.may(EDIT, agency_id=None),
        _("The register of units binds every agency; an administrator of the province keeps it."),
    )
