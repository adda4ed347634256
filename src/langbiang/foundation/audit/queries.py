"""Reads and verifies the audit trail."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet

from langbiang.foundation.access import Actor, policies

from .models import Anchor, Entry

_BROKEN = """
SELECT lane, seq, at, expected_seq, chained, intact, previous, hash FROM (
    SELECT lane, seq, at, previous, hash,
        coalesce(lag(seq) OVER w, 0) + 1 AS expected_seq,
        previous = coalesce(lag(hash) OVER w, '\\x'::bytea) AS chained,
        hash = audit_digest(previous, lane, seq, at, account_id, position_id, actor_label, channel, address, reference,
                            action, target, detail) AS intact
    FROM audit_entry WHERE lane = %s
    WINDOW w AS (ORDER BY seq)
) checked
WHERE NOT intact OR NOT chained OR seq <> expected_seq ORDER BY seq LIMIT 100
"""


@dataclass(frozen=True)
class Finding:
    """One thing wrong with the trail, named by chain and number."""

    kind: Literal["changed", "removed", "reordered", "head", "anchor"]
    lane: int
    seq: int
    note: str


@dataclass(frozen=True)
class Verification:
    """The outcome of reading the whole trail."""

    lanes: int
    rows: int
    findings: list[Finding]

    @property
    def is_intact(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.findings


def verify(*, progress: Callable[[int, int], None] | None = None) -> Verification:
    """Recompute every hash of every chain, and compare the heads and anchors with the rows."""
    findings: list[Finding] = []
    rows = 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(l.lane, e.lane), l.seq, l.hash, e.n, e.last FROM audit_lane l "
            "FULL JOIN (SELECT lane, count(*) n, max(seq) last FROM audit_entry GROUP BY lane) e ON e.lane = l.lane "
            "ORDER BY 1"
        )
        lanes = cursor.fetchall()
        for done, (lane, head_seq, head_hash, count, last) in enumerate(lanes, start=1):
            rows += count or 0
            cursor.execute(_BROKEN, [lane])
            broken = cursor.fetchall()
            findings += [_name(cursor, *row) for row in broken]
            findings += _check_head(cursor, lane, head_seq, head_hash, last)
            if progress:
                progress(done, len(lanes))
    findings += _check_anchors()
    return Verification(lanes=len(lanes), rows=rows, findings=findings)


def _name(
    cursor: CursorWrapper,
    lane: int,
    seq: int,
    at: object,
    expected: int,
    chained: bool,
    intact: bool,
    previous: bytes,
    digest: bytes,
) -> Finding:
    """Say what happened to a row that does not fit: something is missing before it, it stands elsewhere, or it differs."""
    if seq > expected:
        return Finding("removed", lane, expected, f"rows {expected} to {seq - 1} are missing before row {seq} of {at}")
    if not intact:
        place = _true_place(cursor, lane, seq, previous, digest)
        if place is not None:
            return Finding("reordered", lane, seq, f"row {seq} of {at} was written as row {place}")
        return Finding("changed", lane, seq, f"row {seq} of {at} does not match its hash")
    return Finding("reordered", lane, seq, f"row {seq} of {at} does not follow the row before it")


def _true_place(cursor: CursorWrapper, lane: int, seq: int, previous: bytes, digest: bytes) -> int | None:
    """The number under which a row does match its hash: one after the row whose hash it carries as previous."""
    cursor.execute("SELECT seq FROM audit_entry WHERE lane = %s AND hash = %s", [lane, previous])
    before = cursor.fetchone()
    candidates = {1} if not bytes(previous) else set()
    if before:
        candidates |= {before[0] + 1, before[0] - 1}
        cursor.execute("SELECT seq FROM audit_entry WHERE lane = %s AND previous = %s", [lane, digest])
        candidates |= {row[0] - 1 for row in cursor.fetchall()}
    candidates |= {seq - 1, seq + 1}
    for place in sorted(c for c in candidates if c > 0 and c != seq):
        cursor.execute(
            "SELECT 1 FROM audit_entry WHERE lane = %s AND seq = %s AND hash = audit_digest(previous, lane, %s, at, "
            "account_id, position_id, actor_label, channel, address, reference, action, target, detail)",
            [lane, seq, place],
        )
        if cursor.fetchone():
            return place
    return None


def _check_head(
    cursor: CursorWrapper, lane: int, head_seq: int | None, head_hash: object, last: int | None
) -> list[Finding]:
    if head_seq is None:
        return [Finding("head", lane, last or 0, "the chain has rows but no head")]
    if head_seq > (last or 0):
        return [
            Finding("removed", lane, (last or 0) + 1, f"rows {(last or 0) + 1} to {head_seq} are missing at the end")
        ]
    if head_seq < (last or 0):
        return [Finding("head", lane, head_seq, "the head is behind the last row")]
    found = Entry.objects.filter(lane=lane, seq=head_seq).values_list("hash", flat=True).first()
    if head_seq and found is not None and bytes(found) != bytes(head_hash):  # type: ignore[call-overload]
        return [Finding("changed", lane, head_seq, "the head does not match the last row")]
    return []


def _check_anchors() -> list[Finding]:
    findings = []
    for anchor in Anchor.objects.order_by("made_at").iterator():
        if hashlib.sha256(json.dumps(anchor.heads, sort_keys=True).encode()).digest() != bytes(anchor.digest):
            findings.append(Finding("anchor", 0, 0, f"the anchor of {anchor.made_at} was changed"))
            continue
        known = {
            (lane, seq): bytes(value).hex()
            for lane, seq, value in Entry.objects.filter(
                lane__in=[int(k) for k in anchor.heads], seq__in=[v[0] for v in anchor.heads.values()]
            ).values_list("lane", "seq", "hash")
        }
        findings += [
            Finding("anchor", int(lane), seq, f"row {seq} differs from the anchor of {anchor.made_at}")
            for lane, (seq, digest) in anchor.heads.items()
            if seq and known.get((int(lane), seq)) != digest
        ]
    return findings


def history_of(target: str) -> QuerySet[Entry]:
    """Everything done to one record, oldest first."""
    return Entry.objects.filter(target=target).order_by("at", "seq")


def entries(actor: Actor) -> QuerySet[Entry]:
    """The trail as far as this actor may read it: agencies within their reach. Raises Forbidden."""
    reach = actor.reach("audit.view")
    policies.require(policies.allow_if(bool(reach)))
    if reach.everywhere:
        return Entry.objects.all()
    agencies = {a for ids, _ in reach.pairs if ids for a in ids}
    return Entry.objects.filter(lane__in=agencies)
