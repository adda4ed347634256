"""Correcting what is said of a unit. A new name, grade or superior is no correction: that is a succession."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from langbiang.foundation import audit, events
from langbiang.foundation.access import Actor
from langbiang.foundation.access.policies import require
from langbiang.foundation.language.collation import sort_key
from langbiang.foundation.language.folding import fold

from .. import policies, register
from ..events import PlaceChanged
from ..models import Place
from .locking import hold_register, insist, lock
from .refusals import Incomplete

CHANGEABLE = (
    "name", "name_en", "district", "area_km2", "area_measured_km2", "population", "population_on", "population_source",
    "local_epsg", "legal_ref", "verified",
)  # fmt: skip


@transaction.atomic
def change_place(
    actor: Actor, *, place_id: int, reason: str, at: datetime, revision: int | None = None, **values: Any
) -> Place:
    """Correct facts of a unit: any of CHANGEABLE. Raises Forbidden, NoSuchThing, Stale, Incomplete."""
    require(policies.may_edit(actor))
    if unknown := set(values) - set(CHANGEABLE):
        raise TypeError(f"change_place does not change {', '.join(sorted(unknown))}")
    reason = insist("reason", reason)
    hold_register()
    row = lock(place_id, revision=revision)
    values = {name: " ".join(v.split()) if isinstance(v, str) else v for name, v in values.items()}
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not changed:
        return row
    before = {name: getattr(row, name) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    _check(row)
    row.folded, row.sort_key = fold(row.name)[:160], sort_key(row.name)[:400]
    row.revision += 1
    row.save()
    register.forget()
    audit.record(actor, "places.place_changed", row, before=before, after={**changed, "reason": reason}, at=at)
    events.emit(
        actor,
        PlaceChanged(code=row.code, valid_from=row.valid_from.isoformat(), fields=sorted(changed)),
        at=at,
        subject=f"place:{row.pk}",
    )
    return row


def _check(row: Place) -> None:
    insist("name", row.name)
    for field in ("area_km2", "area_measured_km2"):
        area: Decimal | None = getattr(row, field)
        if area is not None and not 0 < area < 400_000:
            raise Incomplete(
                _("An area lies between 0 and 400,000 km²."), field=field, way_out=_("Check the figure and its unit.")
            )
    if row.population is not None and not row.population_source:
        raise Incomplete(
            _("A population needs the source that published it."),
            field="population_source", way_out=_("Name the source, or leave the figure empty."),
        )  # fmt: skip
    if row.population_on is not None and not _within(row.population_on):
        raise Incomplete(_("This day is not one a census was taken on."), field="population_on")


def _within(day: date) -> bool:
    return 1900 <= day.year <= 2200
