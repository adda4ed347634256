"""Reads of notices."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from langbiang.foundation.access import Actor, policies

from .models import Channel, Notice, NoticeTemplate, Preference


def inbox(actor: Actor) -> QuerySet[Notice]:
    """What the actor was told inside the platform, newest first."""
    rows = Notice.objects.filter(channel=Channel.IN_APP)
    if actor.is_citizen:
        rows = rows.filter(person_id=actor.person_id or 0)
    elif actor.account_id:
        rows = rows.filter(account_id=actor.account_id)
    else:
        return Notice.objects.none()
    return rows.order_by("-created_at")


def unread(actor: Actor) -> int:
    """How many notices the actor has not seen, counted up to 100."""
    return inbox(actor).filter(read_at__isnull=True).order_by()[:100].count()


def preference(actor: Actor) -> Preference:
    """How a citizen wants to be told."""
    return Preference.objects.filter(person_id=actor.person_id or 0).first() or Preference(
        person_id=actor.person_id or 0
    )


def templates(actor: Actor) -> QuerySet[NoticeTemplate]:
    """The templates in force. Raises Forbidden."""
    policies.require(policies.allow_if("notifications.edit" in actor.permissions))
    return NoticeTemplate.objects.filter(valid_to__isnull=True).order_by("event", "audience", "channel", "language")


def delivery_log(actor: Actor, *, state: str = "") -> QuerySet[Notice]:
    """Notices sent or not over channels that leave the house, newest first. Raises Forbidden."""
    policies.require(policies.allow_if("notifications.edit" in actor.permissions))
    rows = Notice.objects.exclude(channel=Channel.IN_APP)
    if state:
        rows = rows.filter(state=state)
    return rows.order_by("-created_at", "-pk")


def delivery_counts() -> dict[str, int]:
    """How many notices stand in each state, over channels that leave the house."""
    rows = Notice.objects.exclude(channel=Channel.IN_APP).values("state").annotate(n=Count("pk"))
    return {row["state"]: row["n"] for row in rows}


@dataclass(frozen=True)
class Told:
    """An officer was told something inside the platform: under which key, who, when, and when they looked."""

    key: str
    account_id: int
    at: datetime
    read_at: datetime | None


def told_under(*beginnings: str) -> list[Told]:
    """The notices to officers whose keys begin so, the first first: for the room that chose the keys. One SQL statement."""
    wanted = Q(pk__in=[])
    for beginning in beginnings:
        wanted |= Q(dedupe_key__startswith=beginning)
    rows = Notice.objects.filter(wanted, channel=Channel.IN_APP, account_id__isnull=False).order_by("created_at", "pk")
    return [Told(*row) for row in rows.values_list("dedupe_key", "account_id", "created_at", "read_at")]
