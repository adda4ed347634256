"""The live stream of events (Server-Sent Events): numbers and names to those who may know, never content.

    id: 4711
    data: {"id": 4711, "name": "cases.returned", "agency": 12, "subject": "case:17", "at": 1795420800.5}

A stream begins with `hello`, beats every 15 seconds with the server's time, and ends by itself after some minutes: who
connects again is checked again. `reload` says that too much was missed to be told one by one. Every event is told at
least once; the number after `id:` never goes back.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from asgiref.sync import SyncToAsync, sync_to_async
from django.db import connection, connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from langbiang.foundation.access import Actor

from .hub import Hears, Notice, hub
from .models import EventRow

BEAT_S = 15.0
RETRY_MS = 3000
# Open streams of one process; the rest of what the server takes on at once (site/commands/running.py) is for pages.
MOST = 1000
# After this long the other side has to come again, so that a right taken away is taken away here too.
LASTS_S = 600.0
# More than this many missed events are not told one by one.
REPLAYED = 500
# Events are numbered when written but seen when committed: a slow transaction may show up behind later numbers.
OVERLAP = 100


@dataclass(frozen=True)
class Since:
    """Where the other side stopped: after an event, at a moment, or nowhere (from now on)."""

    event_id: int | None = None
    moment: datetime | None = None


def hears_of(actor: Actor, topics: Iterable[str] = ()) -> Hears:
    """Which notices an officer may hear: `room.*` at the agencies where they hold `room.view`, of these topics if any."""
    wanted = tuple(topics)
    known: dict[str, Any] = {}

    def hears(notice: Notice) -> bool:
        if wanted and not any(matches(notice.name, topic) for topic in wanted):
            return False
        room = notice.name.partition(".")[0]
        if room not in known:
            known[room] = [agencies for agencies, _field in actor.reach(f"{room}.view").pairs]
        return any(agencies is None or notice.agency_id in agencies for agencies in known[room])

    return hears


def matches(name: str, topic: str) -> bool:
    """Whether an event is of a topic: its name, or `room.*`."""
    return name == topic or topic == "*" or (topic.endswith(".*") and name.startswith(topic[:-1]))


def since_of(request: HttpRequest) -> Since:
    """Where a request says it stopped: Last-Event-ID, or `after` and `since` (seconds of the clock) in the address."""
    told = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    if told.isascii() and told.isdigit() and len(told) < 19:
        return Since(event_id=int(told))
    try:
        moment = datetime.fromtimestamp(float(request.GET.get("since", "")), tz=timezone.get_current_timezone())
    except (ValueError, OverflowError, OSError):
        return Since()
    return Since(moment=moment) if timezone.now() - moment < timedelta(hours=1) else Since()


def answer(hears: Hears, since: Since, *, bare: bool = False) -> HttpResponseBase:
    """The response that carries a stream; 503 when this process carries as many as it can.

    `bare` tells names only, for those who see figures but not the records behind them.
    """
    if len(hub().subscriptions) >= MOST:
        return HttpResponse(status=503, headers={"Retry-After": "30", "Cache-Control": "no-store"})
    response = StreamingHttpResponse(told(hears, since, bare=bare), content_type="text/event-stream; charset=utf-8")
    response["Cache-Control"] = "no-store, no-transform"
    response["X-Accel-Buffering"] = "no"
    response["Content-Encoding"] = "identity"
    return response


async def told(
    hears: Hears, since: Since, *, bare: bool = False, beat_s: float = BEAT_S, lasts_s: float = LASTS_S
) -> AsyncIterator[bytes]:
    """The stream itself, piece by piece."""
    ends = asyncio.get_running_loop().time() + lasts_s * random.uniform(0.8, 1.0)
    centre = hub()
    subscription = await centre.join(hears)
    try:
        missed, newest, too_many = await _look_up(hears, since)
        last = min([newest, *(notice.id for notice in missed)]) if since.event_id is None else since.event_id
        last = newest if too_many else min(last, newest)
        yield f"retry: {RETRY_MS}\n\n".encode() + _said("hello", {"now": timezone.now().timestamp()}, last)
        if too_many:
            yield _said("reload", {}, last)
        for notice in missed:
            last = max(last, notice.id)
            yield _told(notice, last, bare)
        last = max(last, newest)
        while (left := ends - asyncio.get_running_loop().time()) > 0:
            try:
                found = await asyncio.wait_for(subscription.queue.get(), min(beat_s, left))
            except TimeoutError:
                # The queue is empty: everything the hub has heard of was told or was not for this stream.
                last = max(last, centre.last)
                yield b": still here\n" + _said("beat", {"now": timezone.now().timestamp()}, last)
                continue
            if found is not None:
                last = max(last, found.id)
                yield _told(found, last, bare)
                continue
            missed, newest, too_many = await _look_up(hears, Since(event_id=last))
            last = max(last, newest)
            if too_many:
                yield _said("reload", {}, last)
            for notice in missed:
                yield _told(notice, last, bare)
    finally:
        centre.leave(subscription)


async def _look_up(hears: Hears, since: Since) -> tuple[list[Notice], int, bool]:
    """`_missed` in a thread, which is let go afterwards: a stream that mostly waits should not keep one."""
    try:
        return await sync_to_async(_missed)(hears, since)
    finally:
        context = SyncToAsync.thread_sensitive_context.get(None)
        if context is not None and (kept := SyncToAsync.context_to_thread_executor.pop(context, None)):
            kept.shutdown(wait=False)


def _missed(hears: Hears, since: Since) -> tuple[list[Notice], int, bool]:
    """Events since then that may be told, the number of the newest of all, and whether they are too many to tell."""
    try:
        month = timezone.now() - timedelta(days=31)  # one or two partitions instead of all
        newest = EventRow.objects.filter(at__gte=month).order_by("-pk").values_list("pk", flat=True).first() or 0
        rows = EventRow.objects.order_by("pk")
        if since.event_id is not None:
            if newest - since.event_id > REPLAYED:
                return [], newest, True
            rows = rows.filter(at__gte=month, pk__gt=since.event_id - OVERLAP)
        elif since.moment is not None:
            rows = rows.filter(at__gte=since.moment)
        else:
            return [], newest, False
        found = [
            Notice(pk, name, agency, subject, at.timestamp())
            for pk, name, agency, subject, at in rows.values_list("pk", "name", "agency_id", "subject", "at")[
                : REPLAYED + OVERLAP
            ]
        ]
        if len(found) == REPLAYED + OVERLAP:
            return [], newest, True
        return [notice for notice in found if hears(notice)], newest, False
    finally:
        # A stream lives for minutes and needs the database for milliseconds.
        if not connection.in_atomic_block:
            connections.close_all()


def _told(notice: Notice, last: int, bare: bool) -> bytes:
    what: dict[str, Any] = {"id": notice.id, "name": notice.name, "at": notice.at}
    what |= {"agency": None, "subject": ""} if bare else {"agency": notice.agency_id, "subject": notice.subject}
    return f"id: {last}\ndata: {json.dumps(what)}\n\n".encode()


def _said(what: str, data: dict[str, Any], last: int | None = None) -> bytes:
    number = f"id: {last}\n" if last is not None else ""
    return f"{number}event: {what}\ndata: {json.dumps(data)}\n\n".encode()
