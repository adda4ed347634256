"""Where buses are, as their radio tells it; a late or full one weighs more than a car for a while."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from langbiang.foundation.access import Actor

from .. import policies
from ..layout import Layout as Sound
from ..models import BusPosition, Junction, Layout
from .finding import NoSuch
from .priority import BadPriority, turns_of

MOST_REPORTS = 200
OLDEST, AHEAD = timedelta(seconds=30), timedelta(seconds=0.5)


@dataclass(frozen=True)
class BusReport:
    """A bus on its way to a stop line: metres before it, metres a second, seconds late (negative: early), persons on board."""

    vehicle: str
    junction: str
    from_approach: str
    to_approach: str
    distance_m: float
    speed_mps: float
    lateness_s: float
    passengers: int
    at: datetime


@transaction.atomic
def report_buses(actor: Actor, *, reports: Sequence[BusReport], at: datetime) -> int:
    """Take in where buses are; of each bus and junction the newest counts. Raises Forbidden, NoSuch, BadPriority.

    A position gives no right to anything and is no line of the audit; what a bus was given is (`note_use`).
    """
    if len(reports) > MOST_REPORTS:
        raise BadPriority(_("At most %(most)s reports at once.") % {"most": MOST_REPORTS}, field="reports")
    codes = {one.junction for one in reports}
    places = {place.code: place for place in policies.visible(actor, Junction.objects.filter(code__in=codes))}
    layouts = {row.junction_id: turns_of(Sound(row.content)) for row in Layout.objects.filter(state="approved", junction__in=places.values())}
    known = {(row.junction_id, row.vehicle): row.at for row in BusPosition.objects.filter(junction__in=places.values())}
    newest: dict[tuple[int, str], BusPosition] = {}
    for n, one in enumerate(reports):
        place = places.get(one.junction)
        if place is None:
            raise NoSuch(_("There is no such junction."), field=f"reports.{n}.junction")
        policies.require(policies.may_report_buses(actor, agency_id=place.agency_id))
        if (one.from_approach, one.to_approach) not in layouts.get(place.pk, frozenset()):
            raise BadPriority(
                _("Nobody can drive from %(a)s to %(b)s at %(junction)s.")
                % {"a": one.from_approach, "b": one.to_approach, "junction": place.name}, field=f"reports.{n}",
            )  # fmt: skip
        if not at - OLDEST <= one.at <= at + AHEAD:
            raise BadPriority(_("A position is at most 30 seconds old and not of the future: compare the clocks."), field=f"reports.{n}.at")
        row = BusPosition(
            junction=place, vehicle=one.vehicle[:40], from_approach=one.from_approach, to_approach=one.to_approach, at=one.at,
            distance_m=one.distance_m, speed_mps=one.speed_mps, lateness_s=one.lateness_s, passengers=one.passengers,
        )  # fmt: skip
        key = place.pk, row.vehicle
        before = newest[key].at if key in newest else known.get(key)
        if before is None or before < one.at:
            newest[key] = row
    # One bus is on its way to one junction: where it was on its way to before, it has passed.
    for (junction_id, vehicle), row in newest.items():
        BusPosition.objects.filter(vehicle=vehicle, at__lte=row.at).exclude(junction_id=junction_id).delete()
    BusPosition.objects.bulk_create(
        newest.values(), update_conflicts=True, unique_fields=["junction", "vehicle"],
        update_fields=["from_approach", "to_approach", "distance_m", "speed_mps", "lateness_s", "passengers", "at"],
    )  # fmt: skip
    return len(newest)


def forget_buses(*, at: datetime) -> int:
    """Positions nobody uses any more; gives how many."""
    return BusPosition.objects.filter(at__lt=at - timedelta(minutes=10)).delete()[0]
