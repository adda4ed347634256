"""Appends to the audit trail and anchors it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from langbiang.foundation.access import policies
from langbiang.foundation.access.actor import SYSTEM, Actor
from langbiang.foundation.prepared import Statement

from . import queries
from .models import Anchor, Lane

# What one press of a button may read: about two seconds of hashing. The whole trail is read by `langbiang audit verify`.
MOST_ROWS, MOST_ANCHORS, MOST_SECONDS = 50_000, 60, 25
MOST_FINDINGS_KEPT = 200
_APPEND = Statement(
    "SELECT audit_append(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
    *("bigint", "timestamptz", "bigint", "bigint", "text", "text", "text", "text", "text", "text", "jsonb"),
)


def target_of(record: models.Model | str) -> str:
    """How a record is named in the trail: `cases.case:17`."""
    return record if isinstance(record, str) else f"{record._meta.label_lower}:{record.pk}"


def record(
    actor: Actor,
    action: str,
    target: models.Model | str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    at: datetime,
) -> None:
    """Append one act to the trail of the actor's agency.

    Must run inside the transaction of the act itself (raises TransactionManagementError otherwise), as late as
    possible: other writers of the same agency wait for its end.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("An audit row is written inside the transaction it tells of.")
    detail: dict[str, Any] = {}
    if before:
        detail["before"] = before
    if after:
        detail["after"] = after
    _APPEND.write(
        actor.agency_id or 0,
        at,
        actor.account_id,
        actor.position_id,
        actor.label,
        actor.channel,
        actor.address,
        actor.reference,
        action,
        target_of(target),
        json.dumps(detail, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True),
    )


@transaction.atomic
def anchor(*, at: datetime, sign: Any = None) -> Anchor:
    """Keep the heads of all chains as they are now, with a digest and, given a signing function, a signature."""
    heads = {str(lane.lane): [lane.seq, bytes(lane.hash).hex()] for lane in Lane.objects.order_by("lane")}
    digest = hashlib.sha256(json.dumps(heads, sort_keys=True).encode()).digest()
    return Anchor.objects.create(made_at=at, heads=heads, digest=digest, signature=sign(digest) if sign else None)


def _kept(found: Iterable[queries.Finding]) -> list[dict[str, Any]]:
    return [{"kind": each.kind, "lane": each.lane, "seq": each.seq, "until": each.until} for each in found]


def verify_chain(actor: Actor, *, lane: int, at: datetime) -> queries.ChainCheck:
    """Verify one chain, its newest rows where it is long, and note who did so and what was found.

    Raises Forbidden, NoSuchChain, TookTooLong.
    """
    policies.require(policies.allow_if(queries.may_read(actor, lane)))
    with transaction.atomic():
        with queries.no_longer_than(MOST_SECONDS, _("Ask the operators to run “langbiang audit verify”.")):
            anchors = queries.newest_anchors(MOST_ANCHORS)
            found = queries.verify_chain(lane, most_rows=MOST_ROWS, anchors=anchors)
            found.findings.extend(queries.changed_anchors(anchors))
        told = {"first": found.first, "last": found.last, "rows": found.rows, "findings": _kept(found.findings)}
        record(actor, "audit.verified", f"audit.lane:{lane}", after=told, at=at)
    return found


def verify_newest(*, at: datetime) -> list[queries.Finding]:
    """Verify the newest rows of every chain and put the outcome on record; gives what was found.

    Chain by chain, so that no transaction lasts: writers are never held up.
    """
    anchors = queries.newest_anchors(MOST_ANCHORS)
    findings = queries.changed_anchors(anchors)
    rows, lanes = 0, list(Lane.objects.order_by("lane").values_list("lane", flat=True))
    for lane in lanes:
        found = queries.verify_chain(lane, most_rows=MOST_ROWS, anchors=anchors)
        rows += found.rows
        findings += found.findings
    told = {"lanes": len(lanes), "rows": rows, "count": len(findings), "findings": _kept(findings[:MOST_FINDINGS_KEPT])}
    with transaction.atomic():
        record(SYSTEM, "audit.verified", "audit", after=told, at=at)
    return findings
