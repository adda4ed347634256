"""Who may look at and change the organisation."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor
from langbiang.foundation.access import queries as access
from langbiang.foundation.access.policies import Answer, allow_if, deny

from .models import Position

VIEW = "organizations.view"
EDIT = "organizations.edit"


def may_edit(actor: Actor, agency_id: int | None) -> Answer:
    """An administrator changes their own unit and what lies below it."""
    return allow_if(
        actor.may(EDIT, agency_id=agency_id),
        _("You may change only the agency you administer and those below it."),
    )


def may_seat(actor: Actor, position: Position, *, on: date) -> Answer:
    """Whether this actor may say who acts in a position.

    A position may carry roles beyond its agency; whoever fills it hands those on, so their own reach must cover them.
    """
    answer = may_edit(actor, position.agency_id)
    if not answer or actor.kind == "system":
        return answer
    reach = actor.reach(EDIT)
    given = access.assignments_on(on).filter(position_id=position.pk).values_list("agency_id", flat=True)
    if all(reach.covers(agency_id) for agency_id in given):
        return answer
    return deny(_("This position carries roles beyond the agencies you administer; an administrator above fills it."))


def may_arrange_absence(actor: Actor, position: Position, *, on: date) -> Answer:
    """Holders arrange who stands in for themselves; a stand-in does not pass the seat on."""
    own = (
        actor.account_id is not None
        and actor.position_id == position.pk
        and position.holdings.filter(account_id=actor.account_id, valid_from__lte=on).exclude(valid_to__lte=on).exists()
    )
    return allow_if(True) if own else may_seat(actor, position, on=on)
