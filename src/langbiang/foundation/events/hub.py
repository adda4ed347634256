"""One listener per process: hears the database tell of events and passes each to the streams that may hear it.

The listener has a connection of its own, outside transactions and past any pooler. What the database says is only a
hint (number, name, agency, subject); the rows of the outbox are the truth, and a stream that may have missed something
reads them again.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.db import connections

from .services import CHANNEL

log = logging.getLogger(__name__)
# A stream that lags by more than this is told to read everything anew.
WAITING = 500
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 10.0
# Looks for a dead line this often even when nothing happens.
LOOK_S = 20.0


@dataclass(frozen=True)
class Notice:
    """What a live stream tells of an event: never its content."""

    id: int
    name: str
    agency_id: int | None
    subject: str
    at: float = 0.0


Hears = Callable[[Notice], bool]


class Subscription:
    """The queue of one stream. None in it means: something may have been missed, read the rows again."""

    def __init__(self, hears: Hears) -> None:
        self.hears = hears
        self.queue: asyncio.Queue[Notice | None] = asyncio.Queue(WAITING)

    def tell(self, notice: Notice | None) -> None:
        """Put a notice into the queue; a full one is emptied and replaced by a call to read again."""
        if notice is not None and not self.hears(notice):
            return
        try:
            self.queue.put_nowait(notice)
        except asyncio.QueueFull:
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait(None)


class Hub:
    """The listener of one event loop and all its streams."""

    def __init__(self) -> None:
        self.subscriptions: set[Subscription] = set()
        self.ready = asyncio.Event()
        self.last = 0
        self._task: asyncio.Task[None] | None = None

    async def join(self, hears: Hears) -> Subscription:
        """Begin to hear; returns once the line to the database stands, or after two seconds without it."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._listen())
        with suppress(TimeoutError):
            await asyncio.wait_for(self.ready.wait(), 2)
        subscription = Subscription(hears)
        self.subscriptions.add(subscription)
        return subscription

    def leave(self, subscription: Subscription) -> None:
        """Stop hearing."""
        self.subscriptions.discard(subscription)

    async def _listen(self) -> None:
        pause = FIRST_PAUSE_S
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**line(), autocommit=True) as database:
                    await database.execute(f"LISTEN {CHANNEL}")
                    pause = FIRST_PAUSE_S
                    # Whatever happened while nobody listened is in the rows.
                    self._tell(None)
                    self.ready.set()
                    while True:
                        async for told in database.notifies(timeout=LOOK_S):
                            self._tell(_notice(told.payload))
                        await database.execute("SELECT 1")
            except (psycopg.Error, OSError) as problem:
                log.warning("the live stream has lost the database: %s", problem)
            self.ready.clear()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    def _tell(self, notice: Notice | None) -> None:
        if notice is not None:
            self.last = max(self.last, notice.id)
        for subscription in self.subscriptions:
            subscription.tell(notice)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


def line() -> dict[str, Any]:
    """How to reach the database past Django: the same place, as the same user."""
    kept = connections["default"].settings_dict
    place = {"dbname": kept["NAME"], "user": kept["USER"], "password": kept["PASSWORD"], "host": kept["HOST"],
             "port": kept["PORT"]}  # fmt: skip
    told = {
        name: value
        for name, value in kept["OPTIONS"].items()
        if name in ("sslmode", "sslrootcert", "sslcert", "sslkey")
    }
    return {**{name: value for name, value in place.items() if value}, **told, "application_name": "langbiang live"}


def _notice(payload: str) -> Notice | None:
    """What the database said; None when it cannot be understood, so that the rows are read."""
    try:
        told = json.loads(payload)
        return Notice(int(told["id"]), str(told["name"]), told["agency"], str(told["subject"]), float(told["at"]))
    except (ValueError, KeyError, TypeError):
        log.warning("a wake-up call that is not understood: %.200s", payload)
        return None
