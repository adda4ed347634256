"""Who may change a calendar."""

from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor
from langbiang.foundation.access.policies import Answer, allow_if

from .models import Calendar

EDIT = "calendars.edit"


def may_edit(actor: Actor, calendar: Calendar) -> Answer:
    """Calendars of one agency are its administrator's; those of a place, the province and the country bind many."""
    if calendar.agency_id is not None:
        return allow_if(
            actor.may(EDIT, agency_id=calendar.agency_id), _("You may not change the calendar of this agency.")
        )
    return allow_if(
        actor.may(EDIT, agency_id=None), _("This calendar binds many agencies; an administrator of the province keeps it.")
    )


def may_open_for(actor: Actor, agency_id: int | None) -> Answer:
    """Whether this actor may give an agency (None: a place) a calendar of its own."""
    return allow_if(
        actor.may(EDIT, agency_id=agency_id), _("You may not open a calendar for this agency.")
    )
