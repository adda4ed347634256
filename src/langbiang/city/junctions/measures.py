"""What can be counted at the junctions: alerts, vehicles, the right to drive them and people's orders. A junction counts
for the agency that runs it."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Model, QuerySet
from django.db.models.functions import Least
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor
from langbiang.foundation.events import EventRecord
from langbiang.foundation.measures import Count, Filter, Ratio, RecordSet, Stock, Sum, measure, note
from langbiang.foundation.ui import formats

from . import policies
from .models import Alert, Flow, Junction, Lease, Override

Rows = QuerySet[Any]
# A count that can be trusted less than this is kept, but not summed up.
TRUSTED = 0.5


def _rows(model: type[Model]) -> Callable[[Actor | None], Rows]:
    """All records of a kind, or those of junctions the actor sees."""

    def rows(actor: Actor | None) -> Rows:
        found = model._default_manager.select_related("junction")
        return found if actor is None else policies.visible(actor, found, by="junction__agency_id")

    return rows


def _junction_choices() -> Iterable[tuple[str, str]]:
    return Junction.objects.order_by("name").values_list("code", "name")


def _at(row: Any) -> str:
    return reverse("junctions:junction", args=[row.junction.code])


def _of_junctions(model: type[Model]) -> Callable[[EventRecord], list[int]]:
    """The records of a kind at the junctions an event names."""

    def changed(event: EventRecord) -> list[int]:
        codes = event.payload.get("junctions") or [event.payload["junction"]]
        return list(model._default_manager.filter(junction__code__in=codes).values_list("pk", flat=True))

    return changed


BY_JUNCTION = {"junction": Filter("junction__code", _("Junction"), _junction_choices)}

ALERTS = RecordSet(
    "traffic_alerts", title=_("traffic alerts"), rows=_rows(Alert), agency="junction__agency_id", known="raised_at",
    changed_by=("traffic.alert_changed",), changed=lambda event: [event.payload["alert_id"]], href=_at,
    head=(_("Junction"), _("What"), _("Raised"), _("Closed")),
    cells=lambda row: (row.junction.name, row.words, formats.moment(row.raised_at), formats.moment(row.closed_at)),
    filters=BY_JUNCTION,
)  # fmt: skip
LEASES = RecordSet(
    "traffic_leases", title=_("leases of junctions"), rows=_rows(Lease), agency="junction__agency_id", known="granted_at",
    changed_by=("traffic.arming_changed", "traffic.layout_approved"), changed=_of_junctions(Lease), href=_at,
    head=(_("Junction"), _("Controller"), _("Asked for by"), _("Granted"), _("Ended")),
    cells=lambda row: (row.junction.name, row.controller, row.operator, formats.moment(row.granted_at),
                       formats.moment(row.ended_at)),
    filters=BY_JUNCTION,
)  # fmt: skip
OVERRIDES = RecordSet(
    "traffic_overrides", title=_("orders by hand"), rows=_rows(Override), agency="junction__agency_id", known="ordered_at",
    changed_by=("traffic.override_changed",), changed=_of_junctions(Override), href=_at,
    head=(_("Junction"), _("Reason"), _("Ordered by"), _("Ordered"), _("Until")),
    cells=lambda row: (row.junction.name, row.reason, row.ordered_by, formats.moment(row.ordered_at),
                       formats.moment(row.expires_at)),
    filters=BY_JUNCTION,
)  # fmt: skip
# Counts come in every few minutes from every lane: no event tells of them, whoever keeps one calls `counted`.
FLOWS = RecordSet(
    "traffic_flows", title=_("counts of lanes"), rows=_rows(Flow), agency="junction__agency_id", known="ended_at",
    changed_by=(), changed=lambda event: [], href=_at,
    head=(_("Junction"), _("Lane"), _("Kind of vehicle"), _("Period"), _("Vehicles"), _("Quality")),
    cells=lambda row: (
        row.junction.name, row.lane, row.vehicle_class, f"{formats.moment(row.begun_at)} – {formats.clock(row.ended_at)}",
        formats.number(row.vehicles), formats.number(row.quality, 2),
    ),
    filters={**BY_JUNCTION, "class": Filter("vehicle_class", _("Kind of vehicle"))},
)  # fmt: skip


def counted(flow: Flow) -> None:
    """A count of a lane was kept or corrected. Part of the transaction of whoever kept it."""
    note(FLOWS, [flow.pk])


def forgotten(ids: Iterable[int]) -> None:
    """Counts were put together or deleted. Part of the transaction of whoever did it."""
    note(FLOWS, ids)


@measure("traffic.alerts_open", ALERTS, title=_("Open traffic alerts"), direction=-1, target=0.0,
         description=_("Alerts of junctions raised and not closed at the end of the period."))  # fmt: skip
def alerts_open(rows: Rows) -> Stock:
    """Raised and not closed, looked at or not."""
    return Stock(rows, since="raised_at", until="closed_at")


@measure("traffic.alerts_raised", ALERTS, title=_("Traffic alerts raised"), direction=-1,
         description=_("Alerts of junctions raised within the period."))  # fmt: skip
def alerts_raised(rows: Rows) -> Count:
    """One alert of a kind at a junction while it is open: what comes again is not counted again."""
    return Count(rows, at="raised_at")


@measure("traffic.vehicles", FLOWS, title=_("Vehicles counted"),
         description=_("Vehicles counted on the lanes of junctions; counts that cannot be trusted are left out."))  # fmt: skip
def vehicles(rows: Rows) -> Sum:
    """A vehicle counts at every junction it crosses, in the period in which its count begins."""
    return Sum(rows.filter(quality__gte=TRUSTED), "vehicles", at="begun_at")


@measure("traffic.trusted_counts", FLOWS, title=_("Counts that can be trusted"), unit="%", direction=1, decimals=1,
         target=95.0, description=_("Of the counts of lanes within the period, the share whose quality is at least one half."))  # fmt: skip
def trusted_counts(rows: Rows) -> Ratio:
    """Cameras in fog or moved lower it before anybody misses the vehicles. Old counts put together weigh as many as they were."""
    return Ratio(Sum(rows.filter(quality__gte=TRUSTED), "counts", at="begun_at"), Sum(rows, "counts", at="begun_at"))


@measure("traffic.armed", LEASES, title=_("Junctions armed"),
         description=_("Junctions a controller has the right to drive at the end of the period."))  # fmt: skip
def armed(rows: Rows) -> Stock:
    """From the grant by two persons until the lease was taken back or ran out; one lease a junction at a time."""
    return Stock(rows, since="granted_at", until=Least("ended_at", "expires_at"))


@measure("traffic.overridden", OVERRIDES, title=_("Junctions under orders by hand"), direction=-1,
         description=_("Junctions that follow the order of a person at the end of the period."))  # fmt: skip
def overridden(rows: Rows) -> Stock:
    """From the order until it was cancelled or ran out."""
    return Stock(rows, since="ordered_at", until=Least("ended_at", "expires_at"))
