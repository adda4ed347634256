"""The live stream: what it tells, to whom, and how it carries on after a break."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from langbiang.foundation import events
from langbiang.foundation.access import Actor, Grant
from langbiang.foundation.events import stream
from langbiang.foundation.events.hub import Hears, Notice, Subscription
from langbiang.foundation.events.models import EventRow
from langbiang.foundation.events.stream import Since


@events.event("streamtest.happened")
class Happened(events.Event):
    secret: str


def officer(*agencies: int, permission: str = "streamtest.view") -> Actor:
    grant = Grant("officer", frozenset({permission}), frozenset(agencies) if agencies else None)
    return Actor(kind="staff", account_id=1, agency_id=agencies[0] if agencies else 1, grants=(grant,))


def emit(agency: int, subject: str = "") -> None:
    with transaction.atomic():
        events.emit(Actor(kind="system", label="x"), Happened(secret="hush"), at=timezone.now(), agency_id=agency, subject=subject)


def understood(piece: bytes) -> list[dict[str, Any]]:
    """The messages in a piece of the stream, as a browser reads them."""
    found = []
    for block in piece.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and not line.startswith(":"))
        if "data" in fields:
            found.append({"event": fields.get("event", "message"), "number": fields.get("id"), **json.loads(fields["data"])})
    return found


async def heard(pieces: AsyncIterator[bytes], want: int, seconds: float = 5) -> list[dict[str, Any]]:
    """The next messages of a stream."""
    found: list[dict[str, Any]] = []

    async def read() -> None:
        async for piece in pieces:
            found.extend(understood(piece))
            if len(found) >= want:
                return

    await asyncio.wait_for(read(), seconds)
    return found


async def with_stream(
    hears: Hears, since: Since, do: Callable[[AsyncIterator[bytes]], Awaitable[Any]], **settings: float
) -> Any:
    pieces = stream.told(hears, since, **settings)
    try:
        return await do(pieces)
    finally:
        await pieces.aclose()  # type: ignore[attr-defined]  # a generator closes


def test_an_officer_hears_only_agencies_and_rooms_they_may_see() -> None:
    hears = stream.hears_of(officer(7))
    assert hears(Notice(1, "streamtest.happened", 7, ""))
    assert not hears(Notice(1, "streamtest.happened", 8, ""))
    assert not hears(Notice(1, "streamtest.happened", None, ""))
    assert not hears(Notice(1, "people.registered", 7, ""))
    assert stream.hears_of(officer())(Notice(1, "streamtest.happened", None, ""))


def test_topics_narrow_what_is_heard_and_never_widen_it() -> None:
    hears = stream.hears_of(officer(7), ["streamtest.happened", "people.*"])
    assert hears(Notice(1, "streamtest.happened", 7, ""))
    assert not hears(Notice(1, "streamtest.other", 7, ""))
    assert not hears(Notice(1, "people.registered", 7, ""))
    assert not stream.hears_of(officer(7), ["stream.*"])(Notice(1, "streamtest.happened", 7, ""))


def test_a_queue_that_is_full_becomes_one_call_to_read_again() -> None:
    subscription = Subscription(lambda notice: True)
    for number in range(2000):
        subscription.tell(Notice(number, "a.b", 1, ""))
    kept = [subscription.queue.get_nowait() for _ in range(subscription.queue.qsize())]
    assert None in kept
    assert len(kept) <= 500


@pytest.mark.django_db(transaction=True)
def test_what_happens_is_told_at_once_by_name_and_number_only() -> None:
    async def watch(pieces: AsyncIterator[bytes]) -> list[dict[str, Any]]:
        hello = await heard(pieces, 1)
        await asyncio.to_thread(emit, 7, "thing:3")
        await asyncio.to_thread(emit, 8, "thing:4")
        await asyncio.to_thread(emit, 7, "thing:5")
        return hello + await heard(pieces, 2)

    found = asyncio.run(with_stream(stream.hears_of(officer(7)), Since(), watch))
    assert found[0]["event"] == "hello"
    assert [each["subject"] for each in found[1:]] == ["thing:3", "thing:5"]
    assert set(found[1]) == {"event", "number", "id", "name", "agency", "subject", "at"}
    assert "hush" not in json.dumps(found)


@pytest.mark.django_db(transaction=True)
def test_who_comes_back_is_told_what_they_missed() -> None:
    emit(7, "thing:11")
    stopped = EventRow.objects.order_by("-pk").values_list("pk", flat=True)[0]
    emit(7, "thing:12")
    emit(8, "thing:13")

    async def watch(pieces: AsyncIterator[bytes]) -> list[dict[str, Any]]:
        return [each async for piece in pieces for each in understood(piece)]

    found = asyncio.run(with_stream(stream.hears_of(officer(7)), Since(event_id=stopped), watch, lasts_s=0.5))
    subjects = [each.get("subject") for each in found]
    assert "thing:12" in subjects
    assert "thing:13" not in subjects
    numbers = [int(each["number"]) for each in found]
    assert numbers == sorted(numbers), "the number a browser comes back with never goes back"


@pytest.mark.django_db(transaction=True)
def test_a_gap_too_long_is_answered_by_reload() -> None:
    for number in range(3):
        emit(7, f"thing:{number}")
    newest = EventRow.objects.order_by("-pk").values_list("pk", flat=True)[0]

    async def watch(pieces: AsyncIterator[bytes]) -> list[dict[str, Any]]:
        return await heard(pieces, 2)

    found = asyncio.run(with_stream(stream.hears_of(officer(7)), Since(event_id=newest - stream.REPLAYED - 1), watch))
    assert [each["event"] for each in found] == ["hello", "reload"]


@pytest.mark.django_db(transaction=True)
def test_a_page_made_before_the_stream_began_misses_nothing() -> None:
    made = timezone.now()
    emit(7, "thing:9")

    async def watch(pieces: AsyncIterator[bytes]) -> list[dict[str, Any]]:
        return await heard(pieces, 2)

    found = asyncio.run(with_stream(stream.hears_of(officer(7)), Since(moment=made - timedelta(milliseconds=5)), watch))
    assert found[1]["subject"] == "thing:9"


@pytest.mark.django_db(transaction=True)
def test_a_stream_beats_and_ends_by_itself() -> None:
    async def watch(pieces: AsyncIterator[bytes]) -> list[dict[str, Any]]:
        return [each async for piece in pieces for each in understood(piece)]

    found = asyncio.run(with_stream(stream.hears_of(officer(7)), Since(), watch, beat_s=0.1, lasts_s=0.5))
    assert [each["event"] for each in found][:3] == ["hello", "beat", "beat"]
