"""Reading messages and how other systems are reached."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Min, Q, QuerySet

from langbiang.foundation.access import Actor

from . import policies
from .models import DEAD, OPEN, Attempt, Endpoint, Incoming, Outgoing, Pace, State, System

HERE = ZoneInfo("Asia/Ho_Chi_Minh")


def _in_force(at: datetime) -> Q:
    day = at.astimezone(HERE).date()
    return Q(valid_from__lte=day) & (Q(valid_to__isnull=True) | Q(valid_to__gte=day))


def system(code: str) -> System:
    """A system by its code. Raises System.DoesNotExist."""
    return System.objects.get(code=code)


def is_known(code: str) -> bool:
    """Whether there is such a system."""
    return System.objects.filter(code=code).exists()


def endpoint_of(system: System, *, at: datetime) -> Endpoint | None:
    """Where a system is reached on the day of a moment."""
    return Endpoint.objects.filter(_in_force(at), system=system).order_by("-valid_from", "-pk").first()


def pace_of(system: System, *, at: datetime) -> Pace:
    """Quota and retry rule of the day; the house's own where none is agreed."""
    found = Pace.objects.filter(_in_force(at), system=system).order_by("-valid_from", "-pk").first()
    return found or Pace(system=system, valid_from=at.astimezone(HERE).date())


def endpoints_of(system: System) -> QuerySet[Endpoint]:
    """Every address a system had, the newest first."""
    return Endpoint.objects.filter(system=system).order_by("-valid_from", "-pk")


def paces_of(system: System) -> QuerySet[Pace]:
    """Every pace agreed with a system, the newest first."""
    return Pace.objects.filter(system=system).order_by("-valid_from", "-pk")


def messages(actor: Actor) -> QuerySet[Outgoing]:
    """Messages of the agencies this actor oversees, without their content."""
    rows = Outgoing.objects.select_related("system").defer("content", "signature")
    reach = actor.reach(policies.VIEW)
    if reach.everywhere or actor.kind == "system":
        return rows
    ids: set[int] = set().union(*(agencies for agencies, _field in reach.pairs if agencies is not None))
    return rows.filter(agency_id__in=ids)


def incoming(actor: Actor) -> QuerySet[Incoming]:
    """Messages of other systems; they concern the whole province."""
    rows = Incoming.objects.select_related("system").defer("content")
    return rows if actor.reach(policies.VIEW).everywhere else rows.none()


def message(actor: Actor, message_id: int) -> Outgoing:
    """One message with its bytes. Raises Outgoing.DoesNotExist, also where the actor may not see it."""
    return messages(actor).defer(None).select_related("system", "agency").get(pk=message_id)


def tries_of(message: Outgoing) -> QuerySet[Attempt]:
    """The tries of a message, the newest first."""
    return Attempt.objects.filter(message=message).order_by("-number")


def of_subject(actor: Actor, subject: str) -> QuerySet[Outgoing]:
    """Messages about one record."""
    return messages(actor).filter(subject=subject).order_by("pk")


def states_of(message_ids: list[int]) -> dict[int, Outgoing]:
    """Messages by their numbers, without content; for rooms that keep the number of their message."""
    return Outgoing.objects.select_related("system").defer("content", "signature").in_bulk(message_ids)


def holdings(system: str) -> dict[str, tuple[str, str]]:
    """What this system should hold, as we know it: key -> (state, digest)."""
    rows = Outgoing.objects.filter(system__code=system).values_list("key", "state", "sha256")
    return {key: (state, digest) for key, state, digest in rows}


@dataclass(frozen=True)
class Health:
    """How the traffic with one system stands."""

    system: System
    endpoint: Endpoint | None
    waiting: int
    blocked: int
    rejected: int
    expired: int
    acked: int
    oldest: datetime | None
    last_acked: datetime | None

    @property
    def dead(self) -> int:
        """Messages that will not move without a person."""
        return self.blocked + self.rejected + self.expired

    @property
    def standing(self) -> str:
        """One word for it all: paused, no_address, down, skewed, behind, fine."""
        if self.system.paused_at:
            return "paused"
        if self.endpoint is None:
            return "no_address"
        if self.system.failures >= 3:
            return "down"
        if abs(self.system.clock_skew_s) > 300:
            return "skewed"
        return "behind" if self.dead else "fine"


def health(*, at: datetime) -> list[Health]:
    """The standing of every system: three SQL queries."""
    endpoints: dict[int, Endpoint] = {}
    for row in Endpoint.objects.filter(_in_force(at)).order_by("valid_from", "pk"):
        endpoints[row.system_id] = row
    counted: dict[int, dict[str, Any]] = {}
    rows = Outgoing.objects.values("system_id").annotate(
        waiting=Count("pk", filter=Q(state__in=OPEN)),
        blocked=Count("pk", filter=Q(state=State.BLOCKED)),
        rejected=Count("pk", filter=Q(state=State.REJECTED)),
        expired=Count("pk", filter=Q(state=State.EXPIRED)),
        acked=Count("pk", filter=Q(state=State.ACKED)),
        oldest=Min("built_at", filter=Q(state__in=OPEN)),
        last_acked=Max("answered_at", filter=Q(state=State.ACKED)),
    )
    for found in rows:
        counted[found["system_id"]] = {name: value for name, value in found.items() if name != "system_id"}
    return [
        Health(each, endpoints.get(each.pk), **(counted.get(each.pk) or _NOTHING))
        for each in System.objects.order_by("code")
    ]


_NOTHING: dict[str, Any] = {
    "waiting": 0, "blocked": 0, "rejected": 0, "expired": 0, "acked": 0, "oldest": None, "last_acked": None,
}  # fmt: skip


def used_quota(system: System, *, at: datetime) -> int:
    """Tries made within the last minute."""
    return Attempt.objects.filter(
        started_at__gt=at - timedelta(minutes=1), started_at__lte=at, message__system=system
    ).count()


def dead_letters(actor: Actor) -> QuerySet[Outgoing]:
    """Messages that will not move without a person."""
    return messages(actor).filter(state__in=DEAD)


def next_due(system: str) -> datetime | None:
    """When the next message of a system is to be tried."""
    found = Outgoing.objects.filter(system__code=system, state__in=OPEN).aggregate(at=Min("next_attempt_at"))["at"]
    return found.astimezone(UTC) if isinstance(found, datetime) else None
