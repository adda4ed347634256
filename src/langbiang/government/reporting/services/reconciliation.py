"""Comparing our books with the receiver's. Differences are listed with their cause; neither side is overwritten."""

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from langbiang.foundation import events
from langbiang.foundation.access import SYSTEM, Actor
from langbiang.foundation.access.policies import require
from langbiang.foundation.audit import services as audit
from langbiang.foundation.exchange import queries as exchange_queries
from langbiang.foundation.exchange import services as exchange

from .. import policies, queries
from ..events import BooksDiffer
from ..models import Cause, Difference, PacketRow, Reconciliation
from .packets import SYSTEM_CODE

if TYPE_CHECKING:
    from langbiang.foundation.exchange.models import Outgoing

_BY_STATE = {"blocked": Cause.BLOCKED, "rejected": Cause.REJECTED, "expired": Cause.EXPIRED, "acked": Cause.LOST_THERE}


def reconcile(actor: Actor = SYSTEM, *, system: str = SYSTEM_CODE, at: datetime) -> Reconciliation:
    """Ask what the receiver holds and list what differs from what we hold. Raises Forbidden."""
    if actor.kind != "system":
        require(policies.may_manage(actor))
    try:
        theirs = exchange.ask_holdings(system, at=at)
    except exchange.NotAnswered as refusal:
        return Reconciliation.objects.create(system=system, begun_at=at, problem=str(refusal)[:300])
    return _compare(actor, system, theirs, at)


@transaction.atomic
def _compare(actor: Actor, system: str, theirs: list[exchange.Held], at: datetime) -> Reconciliation:
    rows = list(PacketRow.objects.filter(system=system).order_by("pk"))
    messages = exchange_queries.states_of([row.message_id for row in rows if row.message_id is not None])
    held = {each.key: each for each in theirs if each.kind.startswith("reporting.")}
    ours = {queries.key_of(row): row for row in rows}
    latest: dict[tuple[str, ...], int] = {}
    vintages_there: dict[tuple[str, ...], list[int]] = defaultdict(list)
    other_units: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for row in rows:
        latest[_series(row)] = max(row.vintage, latest.get(_series(row), 0))
    for key in held:
        parts = key.split("/")
        vintage = parts[-1].removeprefix("v")
        if len(parts) == 5 and vintage.isdigit():
            vintages_there[tuple(parts[:4])].append(int(vintage))
            if key not in ours:
                other_units[(*parts[:3], vintage)].append(parts[3])
    made = Reconciliation.objects.create(system=system, begun_at=at, is_complete=True, ours=len(rows), theirs=len(held))
    found: list[Difference] = []
    explained: set[str] = set()
    for key, row in ours.items():
        message = messages.get(row.message_id or 0)
        there = held.get(key)
        if there is not None:
            if message is None or there.sha256 != message.sha256:
                found.append(Difference(reconciliation=made, packet=row, key=key, cause=Cause.OTHER_CONTENT))
            elif message.state == "acked":
                made.agreeing += 1
            else:
                found.append(
                    Difference(reconciliation=made, packet=row, key=key, cause=Cause.ACK_MISSING, detail=message.state)
                )
            continue
        cause, detail = _why(row, message, latest, vintages_there, other_units, explained)
        if cause is None:
            continue
        made.on_their_way += cause == Cause.NOT_SENT
        found.append(Difference(reconciliation=made, packet=row, key=key, cause=cause, detail=detail[:300]))
    for key in held:
        if key not in ours and key not in explained:
            found.append(Difference(reconciliation=made, key=key, cause=Cause.UNKNOWN_HERE))
    Difference.objects.bulk_create(found, batch_size=1000)
    made.save()
    told = {"ours": made.ours, "theirs": made.theirs, "agreeing": made.agreeing, "differences": len(found)}
    audit.record(actor, "reporting.books_compared", made, after=told, at=at)
    if found:
        events.emit(SYSTEM, BooksDiffer(reconciliation_id=made.pk, differences=len(found)), at=at)
    return made


def _series(row: PacketRow) -> tuple[str, ...]:
    return (row.kind, row.subject, row.period or "-", row.unit_code or "-")


def _why(
    row: PacketRow,
    message: "Outgoing | None",
    latest: dict[tuple[str, ...], int],
    vintages_there: dict[tuple[str, ...], list[int]],
    other_units: dict[tuple[str, ...], list[str]],
    explained: set[str],
) -> tuple[Cause | None, str]:
    """Why a packet of ours is not held there; None where a later one took its place."""
    state = message.state if message is not None else "built"
    if row.vintage < latest[_series(row)] and state in ("rejected", "blocked", "expired"):
        return None, ""
    cause = _BY_STATE.get(state, Cause.NOT_SENT)
    for unit in other_units.get((row.kind, row.subject, row.period or "-", str(row.vintage)), []):
        key = "/".join([row.kind, row.subject, row.period or "-", unit, f"v{row.vintage}"])
        if key not in explained:
            explained.add(key)
            return Cause.OTHER_UNIT, unit
    older = [number for number in vintages_there.get(_series(row), []) if number < row.vintage]
    if older and cause != Cause.NOT_SENT:
        return Cause.OLDER_VINTAGE, f"v{max(older)}: {cause.value}"
    return cause, message.problem if message is not None else ""
