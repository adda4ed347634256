"""Writers of the register come one after another, and none writes over what they have not seen."""

from collections.abc import Collection, Mapping
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Stale

from .. import register
from ..models import Place, Revision
from .refusals import Incomplete, NoSuchThing


def hold_register() -> None:
    """Take the register for this transaction; every process reads it again after the commit."""
    Revision.objects.get_or_create(pk=1, defaults={"token": uuid4()})
    Revision.objects.select_for_update().get(pk=1)
    Revision.objects.filter(pk=1).update(token=uuid4())
    transaction.on_commit(register.forget)


def lock(place_id: int, *, revision: int | None) -> Place:
    """The unit, locked, as the person last saw it. Raises NoSuchThing, Stale."""
    row = Place.objects.select_for_update().filter(pk=place_id).first()
    if row is None:
        raise NoSuchThing(_("There is no such unit."), way_out=_("Choose one from the list of units."))
    if revision is not None and revision != row.revision:
        raise Stale(
            _("Somebody changed %(place)s while you had it open. Nothing of yours was saved over it.")
            % {"place": row.name},
            way_out=_("Look at it as it is now, then change it again."),
        )
    return row


def lock_all(ids: Collection[int], revisions: Mapping[int, int]) -> list[Place]:
    """Several units, locked in one order, so that two declarations cannot wait for each other."""
    found = {place_id: lock(place_id, revision=revisions.get(place_id)) for place_id in sorted(set(ids))}
    return [found[place_id] for place_id in dict.fromkeys(ids)]


def insist(field: str, value: str) -> str:
    """A text that must be there. Raises Incomplete."""
    text = " ".join(value.split())
    if not text:
        raise Incomplete(_needed(field), field=field)
    return text


def _needed(field: str) -> str:
    words = {
        "reason": _("Say why you change this; the reason stays in the audit trail."),
        "legal_ref": _("Name the act this rests on, for example Nghị quyết 1671/NQ-UBTVQH15."),
        "name": _("A unit has a name."),
        "source": _("Name where the figures were published."),
        "attribution": _("Say whom the boundaries come from; the map shows it."),
    }
    return str(words.get(field, _("Fill this in.")))
