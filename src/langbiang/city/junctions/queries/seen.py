"""What people see: junctions within reach with their latest report, and how old it is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from langbiang.foundation.access import Actor

from .. import policies
from ..layout import Layout as Sound
from ..models import (
    LONGEST_COUNT,
    OPEN_STATES,
    Alert,
    ArmingRequest,
    Flow,
    Junction,
    JunctionStatus,
    Layout,
    Lease,
    Override,
)
from ..services.finding import rule
from .inforce import valid_leases


@dataclass(frozen=True)
class LiveJunction:
    """A junction as it stands: its latest report, or how long there has been none."""

    junction: Junction
    status: JunctionStatus | None
    layout: Sound | None
    is_stale: bool
    lease: Lease | None
    override: Override | None
    alerts: int

    @property
    def mode(self) -> str:
        """The mode to show: what was reported only while it is fresh; armed only while the lease holds."""
        if self.status is None or self.is_stale:
            return "stale"
        if self.status.mode == "armed" and (self.lease is None or self.lease.pk != self.status.lease_id):
            return "unlicensed"
        return self.status.mode

    @property
    def lamps(self) -> dict[str, str]:
        """Lamps by movement; none while there is no fresh report: an old colour would be a lie."""
        return dict(self.status.lamps) if self.status is not None and not self.is_stale else {}

    @property
    def queue(self) -> float | None:
        """Vehicles standing at all lanes, where the report is fresh and says so."""
        if self.status is None or self.is_stale or not self.status.queues:
            return None
        return float(sum(self.status.queues.values()))

    @property
    def blind(self) -> list[str]:
        """Zones whose camera does not see."""
        return [] if self.status is None else sorted(k for k, word in self.status.cameras.items() if word != "ok")


def live(actor: Actor, *, at: datetime, code: str | None = None) -> list[LiveJunction]:
    """Junctions within reach as they stand, in order of name; six statements for any number of them."""
    stale_s = rule("stale_s", at=at)
    running = Override.objects.filter(Q(ended_at=None) | Q(ended_at__gt=at), ordered_at__lte=at, expires_at__gt=at)
    rows = (
        policies.visible(actor, Junction.objects.all())
        .select_related("status")
        .prefetch_related(
            Prefetch("layouts", Layout.objects.filter(state="approved"), to_attr="in_force"),
            Prefetch("leases", valid_leases(at=at), to_attr="held"),
            Prefetch("overrides", running.select_related("plan").order_by("-ordered_at"), to_attr="running"),
            Prefetch("alerts", Alert.objects.filter(state__in=OPEN_STATES), to_attr="waiting"),
        )
        .order_by("name")
    )
    return [_live(row, at=at, stale_s=stale_s) for row in (rows.filter(code=code) if code else rows)]


def _live(row: Any, *, at: datetime, stale_s: float) -> LiveJunction:
    status = getattr(row, "status", None)
    return LiveJunction(
        junction=row,
        status=status,
        layout=Sound(row.in_force[0].content) if row.in_force else None,
        is_stale=status is None or abs(at - status.at) > timedelta(seconds=stale_s),
        lease=row.held[0] if row.held else None,
        override=row.running[0] if row.running else None,
        alerts=len(row.waiting),
    )


def junction(actor: Actor, code: str) -> Junction | None:
    """A junction within reach."""
    return policies.visible(actor, Junction.objects.all()).filter(code=code).first()


def arming_requests(actor: Actor, *, at: datetime) -> QuerySet[ArmingRequest]:
    """Requests nobody has answered and that have not expired, newest first; those that name a junction within reach."""
    within = policies.visible(actor, Junction.objects.all())
    return (
        ArmingRequest.objects.filter(state="asked", expires_at__gt=at, junctions__in=within)
        .distinct()
        .prefetch_related("junctions")
        .order_by("-asked_at")
    )


def recent_flows(actor: Actor, *, at: datetime, hours: int) -> QuerySet[Flow]:
    """Counts that ended in the hours before an instant and whose quality is at least 0.5, within reach, in order of beginning."""
    since = at - timedelta(hours=hours)
    # The index knows when a count began; none is longer than a day.
    rows = Flow.objects.filter(quality__gte=0.5, begun_at__gt=since - LONGEST_COUNT, begun_at__lt=at, ended_at__gt=since, ended_at__lte=at)
    return policies.visible(actor, rows, by="junction__agency_id").select_related("junction").order_by("begun_at", "pk")
