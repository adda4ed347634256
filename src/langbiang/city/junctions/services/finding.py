"""Rows fetched to be written: within reach, locked, or refused in words."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from langbiang.foundation.access import Actor, Refusal

from .. import policies
from ..models import Junction, Layout, Rule


class NoSuch(Refusal):
    """There is no such junction or record within reach."""

    status = 404


class NoPerson(Refusal):
    """An act that needs a named person was asked for without one."""

    status = 403


def rule(name: str, *, at: datetime) -> float:
    """A figure of the house in force. Raises NoSuch where the reference data was not loaded."""
    day = timezone.localdate(at)
    found = Rule.objects.filter(name=name, valid_from__lte=day).exclude(valid_to__lte=day).order_by("-valid_from").first()
    if found is None:
        raise NoSuch(_("The rule %(name)s is not set for this day.") % {"name": name})
    return float(found.value)


def junction_to_write(actor: Actor, *, code: str) -> Junction:
    """A junction this actor sees, locked until the end of the transaction. Raises NoSuch."""
    found = policies.visible(actor, Junction.objects.select_for_update(of=("self",))).filter(code=code).first()
    if found is None:
        raise NoSuch(_("There is no such junction."))
    assert isinstance(found, Junction)
    return found


def person_of(actor: Actor) -> int:
    """The account that answers for an act. Raises NoPerson."""
    if actor.account_id is None:
        raise NoPerson(_("This needs a person who signs in with their own account."))
    return actor.account_id


def layout_in_force(junction: Junction) -> Layout:
    """The approved layout. Raises NoSuch."""
    found = junction.layouts.filter(state="approved").first()
    if found is None:
        raise NoSuch(
            _("This junction has no approved layout."), way_out=_("Draft a layout and let another person approve it.")
        )
    return found
