"""Writes events and hands them to their subscribers."""

import json
import logging
from datetime import datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils import timezone

from langbiang.foundation.access import Actor
from langbiang.foundation.prepared import Statement

from . import queue
from .models import EventRow, Receipt
from .registry import Event, EventRecord, UnknownEvent, subscribers_of

log = logging.getLogger(__name__)
CHANNEL = "langbiang_events"

# One statement each: the row, the wake-up call of the live stream, and the job that tells the subscribers.
_ROW = """
WITH written AS (
    INSERT INTO events_event (name, at, agency_id, subject, payload, account_id, actor_label)
    VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id, name, agency_id, subject, at
)
SELECT pg_notify(%s, json_build_object('id', id, 'name', name, 'agency', agency_id, 'subject', subject,
                                      'at', round(extract(epoch FROM at), 6))::text){job}
FROM written
"""
_TYPES = ("varchar", "timestamptz", "bigint", "varchar", "jsonb", "bigint", "varchar", "text")
_INSERT = Statement(_ROW.format(job=""), *_TYPES)
_INSERT_AND_DELIVER = Statement(_ROW.format(job=", " + queue.DEFER.format(args="jsonb_build_object('event_id', id)")),
                                *_TYPES, *queue.TYPES)  # fmt: skip


def emit(actor: Actor, what: Event, *, at: datetime, agency_id: int | None = None, subject: str = "") -> None:
    """Write an event in the running transaction and queue its delivery.

    `subject` names the record (`case:17`); `agency_id` decides whose live streams hear it. Raises UnknownEvent, and
    TransactionManagementError outside a transaction: an event that could outlive its cause would be a lie.
    """
    if not what.event_name:
        raise UnknownEvent(type(what).__name__)
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("An event is written inside the transaction that caused it.")
    agency = agency_id if agency_id is not None else actor.agency_id
    payload = json.dumps(what.payload(), cls=DjangoJSONEncoder, ensure_ascii=False)
    name = what.event_name
    row = [name, at, agency, subject, payload, actor.account_id, actor.label[:200], CHANNEL]
    if subscribers_of(name):
        from .tasks import deliver_event

        _INSERT_AND_DELIVER.write(*row, *queue.described(deliver_event))
    else:
        _INSERT.write(*row)


def deliver(event_id: int) -> list[str]:
    """Hand an event to every subscriber that has not had it; gives the keys served now.

    Each subscriber works in a transaction of its own together with its receipt. A failing one does not keep the
    others from being served; its error is raised at the end so that the job is tried again.
    """
    row = EventRow.objects.get(pk=event_id)
    record = EventRecord(
        id=row.pk,
        name=row.name,
        at=row.at,
        agency_id=row.agency_id,
        subject=row.subject,
        payload=row.payload,
        actor_label=row.actor_label,
    )
    served: list[str] = []
    failed: list[Exception] = []
    for key, handler in subscribers_of(row.name).items():
        try:
            with transaction.atomic():
                _, fresh = Receipt.objects.get_or_create(
                    event_id=event_id, subscriber=key, defaults={"done_at": timezone.now()}
                )
                if fresh:
                    handler(record)
                    served.append(key)
        except Exception as problem:  # every subscriber is isolated from the others
            log.exception("subscriber %s failed on event %s %s", key, event_id, row.name)
            failed.append(problem)
    if failed:
        raise failed[0]
    return served


def ensure_partitions(*, upto: datetime) -> int:
    """Make the monthly partitions that are missing until a day; gives how many were made."""
    made = 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM langbiang_partitioned")
        for (name,) in cursor.fetchall():
            cursor.execute(
                "SELECT langbiang_ensure_partitions(%s, (now() - interval '1 month')::date, %s::date)", [name, upto]
            )
            made += int(cursor.fetchone()[0])
    return made
