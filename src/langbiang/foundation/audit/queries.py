"""Reads and verifies the audit trail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from langbiang.foundation.access import Actor, policies

from .checking import (
    ChainCheck,
    Finding,
    NoSuchChain,
    Verification,
    changed_anchors,
    newest_anchors,
    verify,
    verify_chain,
)
from .models import Anchor, Entry, Lane
from .reading import Narrowing, Page, Place, TookTooLong, narrowed, no_longer_than, page_of

__all__ = [
    "Chain",
    "ChainCheck",
    "Finding",
    "LastCheck",
    "Narrowing",
    "NoSuchChain",
    "Page",
    "Place",
    "TookTooLong",
    "Verification",
    "chain",
    "changed_anchors",
    "chains",
    "entries",
    "entry",
    "fits_its_hash",
    "history_of",
    "lanes",
    "last_anchor",
    "last_checks",
    "last_sweep",
    "may_read",
    "newest_anchors",
    "no_longer_than",
    "page",
    "verify",
    "verify_chain",
]

READ_SECONDS = 8


def history_of(target: str) -> QuerySet[Entry]:
    """Everything done to one record, oldest first."""
    return Entry.objects.filter(target=target).order_by("at", "seq")


def may_read(actor: Actor, lane: int) -> bool:
    """Whether this actor may read the chain of an agency; chain 0 has no agency and needs the whole province."""
    reach = actor.reach("audit.view")
    return reach.everywhere or (lane != 0 and reach.covers(lane))


def entries(actor: Actor) -> QuerySet[Entry]:
    """The trail as far as this actor may read it: agencies within their reach. Raises Forbidden."""
    agencies = _readable(actor)
    return Entry.objects.all() if agencies is None else Entry.objects.filter(lane__in=agencies)


def _readable(actor: Actor) -> frozenset[int] | None:
    """Chains this actor may read, None for all. Raises Forbidden."""
    reach = actor.reach("audit.view")
    policies.require(policies.allow_if(bool(reach)))
    if reach.everywhere:
        return None
    return frozenset(agency for agencies, _field in reach.pairs if agencies for agency in agencies)


def page(
    actor: Actor, by: Narrowing, *, size: int, before: Place | None = None, after: Place | None = None
) -> Page:
    """A page of the trail, newest first. Raises Forbidden, and TookTooLong where the question is too wide."""
    rows = narrowed(entries(actor), by)
    with no_longer_than(READ_SECONDS, _("Choose the days to look at, or one agency.")):
        return page_of(rows, size=size, before=before, after=after)


def entry(actor: Actor, lane: int, seq: int) -> Entry | None:
    """One row of the trail by its chain and number; None where there is none this actor may read."""
    return entries(actor).filter(lane=lane, seq=seq).order_by("at").first()


def fits_its_hash(row: Entry) -> bool:
    """Whether a row still is what was written: its hash computed anew."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT hash = audit_digest(previous, lane, seq, at, account_id, position_id, actor_label, channel, "
            "address, reference, action, target, detail) FROM audit_entry WHERE lane = %s AND seq = %s AND at = %s",
            [row.lane, row.seq, row.at],
        )
        return bool(cursor.fetchone()[0])


@dataclass(frozen=True)
class LastCheck:
    """When a chain was last verified, and what was found."""

    at: datetime
    by: str
    first: int
    last: int
    findings: list[dict[str, Any]]


@dataclass(frozen=True)
class Chain:
    """One chain: how long it is, up to where it is anchored, and its last verification."""

    lane: int
    rows: int
    anchored: int
    check: LastCheck | None


def lanes(actor: Actor) -> list[int]:
    """The chains this actor may read, by number. Raises Forbidden."""
    return [row.lane for row in _heads(actor)]


def chains(actor: Actor) -> list[Chain]:
    """The chains this actor may read, by number, with what is known of each. Raises Forbidden."""
    return _described(_heads(actor))


def chain(actor: Actor, lane: int) -> Chain | None:
    """One chain; None where there is none this actor may read. Raises Forbidden."""
    return next(iter(_described(_heads(actor).filter(lane=lane))), None)


def _heads(actor: Actor) -> QuerySet[Lane]:
    agencies = _readable(actor)
    heads = Lane.objects.order_by("lane")
    return heads if agencies is None else heads.filter(lane__in=agencies)


def _described(heads: Iterable[Lane]) -> list[Chain]:
    lengths = {row.lane: row.seq for row in heads}
    anchor = last_anchor()
    anchored = anchor.heads if anchor else {}
    checks = last_checks(lengths)
    return [
        Chain(lane=lane, rows=seq, anchored=anchored.get(str(lane), [0])[0], check=checks.get(lane))
        for lane, seq in lengths.items()
    ]


def last_anchor() -> Anchor | None:
    """The newest anchor."""
    return Anchor.objects.order_by("-made_at").first()


def last_sweep() -> Entry | None:
    """The newest record of a verification of all chains."""
    return Entry.objects.filter(target="audit", action="audit.verified").order_by("-at", "-id").first()


def last_checks(lanes: Iterable[int]) -> dict[int, LastCheck]:
    """The last verification of each of these chains, as the trail tells it."""
    targets = {f"audit.lane:{lane}": lane for lane in lanes}
    rows = (
        Entry.objects.filter(target__in=targets, action="audit.verified")
        .order_by("target", "-at", "-id")
        .distinct("target")
    )
    found = {}
    for row in rows:
        told = row.detail.get("after", {})
        found[targets[row.target]] = LastCheck(
            at=row.at, by=row.actor_label, first=told.get("first", 1), last=told.get("last", 0),
            findings=told.get("findings", []),
        )
    return found
