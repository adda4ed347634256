"""Verifies the audit trail: every hash recomputed, heads and anchors compared with the rows."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from django.db import connection
from django.db.backends.utils import CursorWrapper

from .models import Anchor, Entry

_BROKEN = """
SELECT lane, seq, at, expected_seq, chained, intact, previous, hash FROM (
    SELECT lane, seq, at, previous, hash,
        coalesce(lag(seq) OVER w, greatest(%(first)s - 2, 0)) + 1 AS expected_seq,
        previous = coalesce(lag(hash) OVER w, '\\x'::bytea) AS chained,
        hash = audit_digest(previous, lane, seq, at, account_id, position_id, actor_label, channel, address, reference,
                            action, target, detail) AS intact
    FROM audit_entry WHERE lane = %(lane)s AND seq >= %(first)s - 1
    WINDOW w AS (ORDER BY seq)
) checked
WHERE seq >= %(first)s AND (NOT intact OR NOT chained OR seq <> expected_seq) ORDER BY seq LIMIT 100
"""


class NoSuchChain(LookupError):
    """Nothing was ever written under this number."""


@dataclass(frozen=True)
class Finding:
    """One thing wrong with the trail, named by chain and number."""

    kind: Literal["changed", "removed", "reordered", "head", "anchor"]
    lane: int
    seq: int
    note: str
    until: int = 0  # where rows are missing: the last one


@dataclass(frozen=True)
class ChainCheck:
    """The outcome of reading one chain, or the newest part of a long one."""

    lane: int
    first: int
    last: int
    rows: int
    findings: list[Finding]

    @property
    def is_whole(self) -> bool:
        """Whether the chain was read from its beginning."""
        return self.first == 1


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
            findings += _broken(cursor, lane, first=1)
            findings += _check_head(cursor, lane, head_seq, head_hash, last)
            if progress:
                progress(done, len(lanes))
    findings += _check_anchors()
    return Verification(lanes=len(lanes), rows=rows, findings=findings)


def verify_chain(lane: int, *, most_rows: int, anchors: Sequence[Anchor]) -> ChainCheck:
    """Recompute the newest rows of one chain, and compare its head and what these anchors say of it with the rows.

    Raises NoSuchChain.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq, hash FROM audit_lane WHERE lane = %s", [lane])
        head_seq, head_hash = cursor.fetchone() or (None, None)
        cursor.execute("SELECT max(seq) FROM audit_entry WHERE lane = %s", [lane])
        last = cursor.fetchone()[0]
        if last is None and head_seq is None:
            raise NoSuchChain(lane)
        first = max(1, max(last or 0, head_seq or 0) - most_rows + 1)
        cursor.execute("SELECT count(*) FROM audit_entry WHERE lane = %s AND seq >= %s", [lane, first])
        rows = cursor.fetchone()[0]
        findings = _broken(cursor, lane, first=first)
        findings += _check_head(cursor, lane, head_seq, head_hash, last)
    findings += _compare(lane, anchors)
    return ChainCheck(lane=lane, first=first, last=last or 0, rows=rows, findings=findings)


def _broken(cursor: CursorWrapper, lane: int, *, first: int) -> list[Finding]:
    """Rows from `first` on that do not fit what stands before them."""
    cursor.execute(_BROKEN, {"lane": lane, "first": first})
    return [_name(cursor, *row) for row in cursor.fetchall()]


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
        return Finding("removed", lane, expected, f"rows {expected} to {seq - 1} are missing before row {seq} of {at}", seq - 1)
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
        begin = (last or 0) + 1
        return [Finding("removed", lane, begin, f"rows {begin} to {head_seq} are missing at the end", head_seq)]
    if head_seq < (last or 0):
        return [Finding("head", lane, head_seq, "the head is behind the last row")]
    found = Entry.objects.filter(lane=lane, seq=head_seq).values_list("hash", flat=True).first()
    if head_seq and found is not None and bytes(found) != bytes(head_hash):  # type: ignore[call-overload]  # a memory view or bytes
        return [Finding("changed", lane, head_seq, "the head does not match the last row")]
    return []


def _is_untouched(anchor: Anchor) -> bool:
    return hashlib.sha256(json.dumps(anchor.heads, sort_keys=True).encode()).digest() == bytes(anchor.digest)


def newest_anchors(most: int) -> list[Anchor]:
    """The anchors made last."""
    return list(Anchor.objects.order_by("-made_at")[:most])


def changed_anchors(anchors: Iterable[Anchor]) -> list[Finding]:
    """Those that no longer match their digest."""
    return [
        Finding("anchor", 0, 0, f"the anchor of {anchor.made_at} was changed")
        for anchor in anchors
        if not _is_untouched(anchor)
    ]


def _compare(lane: int, anchors: Iterable[Anchor]) -> list[Finding]:
    """What anchors say of one chain, against its rows."""
    heads = [(anchor, anchor.heads[str(lane)]) for anchor in anchors if str(lane) in anchor.heads]
    kept = {seq: (anchor, digest) for anchor, (seq, digest) in heads if seq}
    rows = Entry.objects.filter(lane=lane, seq__in=kept).values_list("seq", "hash")
    known = {seq: bytes(value).hex() for seq, value in rows}
    return [
        Finding("anchor", lane, seq, f"row {seq} differs from the anchor of {anchor.made_at}")
        for seq, (anchor, digest) in sorted(kept.items())
        if known.get(seq) != digest
    ]


def _check_anchors() -> list[Finding]:
    findings = []
    for anchor in Anchor.objects.order_by("made_at").iterator():
        if not _is_untouched(anchor):
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
