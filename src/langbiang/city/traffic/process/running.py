"""All junctions of a process side by side, and where their counts come from."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx

from .counting import CameraWords, Seen, seen_of
from .loop import JunctionLoop

COUNTS_EVERY_S = 1.0
Clock = Callable[[], float]


class Fleet:
    """The junctions a process drives; each has a task of its own and may be exchanged while the others go on."""

    def __init__(self, stop: asyncio.Event, *, clock: Clock = time.time) -> None:
        self.loops: dict[str, JunctionLoop] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._stop = stop
        self._clock = clock

    def begin(self, junction: JunctionLoop) -> None:
        """Take a junction in."""
        self.loops[junction.code] = junction
        self._tasks[junction.code] = asyncio.create_task(self._one(junction))

    async def end(self, code: str) -> None:
        """Give a junction back and forget it."""
        task, junction = self._tasks.pop(code), self.loops.pop(code)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await junction.leave()

    async def end_all(self) -> None:
        """Give every junction back."""
        await asyncio.gather(*(self.end(code) for code in list(self.loops)))

    async def _one(self, junction: JunctionLoop) -> None:
        """On the monotonic clock: a late round is not made up for. A mistake in one round must not end the rounds."""
        following = time.monotonic()
        while not self._stop.is_set():
            try:
                await junction.tick(self._clock())
            except Exception as problem:
                junction.sink.alert(junction.code, at=self._clock(), kind="process", text=f"{type(problem).__name__}: {problem}")
            following = max(following + junction.pause_s, time.monotonic())
            await asyncio.sleep(following - time.monotonic())


async def drive(
    loops: Iterable[JunctionLoop], *, counts_urls: Sequence[str], stop: asyncio.Event, health_urls: Sequence[str] = (), clock: Clock = time.time
) -> None:
    """Until told to stop; then every junction is given back."""
    fleet = Fleet(stop, clock=clock)
    for each in loops:
        fleet.begin(each)
    counts = asyncio.create_task(take_counts(fleet, counts_urls, stop, health_urls=health_urls))
    await stop.wait()
    counts.cancel()
    await asyncio.gather(counts, return_exceptions=True)
    await fleet.end_all()


async def take_counts(fleet: Fleet, urls: Sequence[str], stop: asyncio.Event, *, health_urls: Sequence[str] = ()) -> None:
    """Counts of all cameras from where they are counted; what a later place tells of a junction counts before an earlier one.

    A source that is gone is seen by the age of its last word. Of `health_urls` only the state of cameras is taken, no count:
    a lane whose camera does not see is not believed, whoever counted it.
    """
    words = CameraWords(health_urls, now=time.monotonic())
    async with httpx.AsyncClient(timeout=0.9) as client:
        while (urls or health_urls) and not stop.is_set():
            begun = time.monotonic()
            answers = await asyncio.gather(*(_rows(client, url) for url in (*urls, *health_urls)))
            told: dict[str, Any] = {}
            for rows in answers[: len(urls)]:
                told |= rows
            was_silent = bool(words.named)
            for url, rows in zip(health_urls, answers[len(urls) :], strict=True):
                with contextlib.suppress(TypeError, AttributeError):
                    if rows:
                        words.hear(url, rows, begun)
            _tell_silence(fleet, words, was_silent=was_silent)
            for code, junction in fleet.loops.items():
                with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
                    if code in told:
                        junction.seen = seen_of(told[code])
                junction.seen = _with(junction.seen, words.of(code, time.monotonic()))
            await asyncio.sleep(max(0.0, COUNTS_EVERY_S - (time.monotonic() - begun)))


def _tell_silence(fleet: Fleet, words: CameraWords, *, was_silent: bool) -> None:
    """A source that never spoke would look like one without a fault: an alert at every junction, until all have been heard."""
    if not fleet.loops:
        return
    for url in words.silent(time.monotonic()):
        text = f"The source of camera states {httpx.URL(url).netloc.decode()} has told nothing since the start."
        for code, junction in fleet.loops.items():
            junction.sink.alert(code, at=time.time(), kind="cameras", text=text)
    if was_silent and not words.named:
        for code, junction in fleet.loops.items():
            junction.sink.over(code, at=time.time(), kind="cameras")


async def _rows(client: httpx.AsyncClient, url: str) -> Mapping[str, Any]:
    """What a source tells of its junctions; nothing where it does not answer, or with something else."""
    with contextlib.suppress(httpx.HTTPError, ValueError):
        answer = await client.get(url)
        rows = answer.json() if answer.is_success else {}
        return rows if isinstance(rows, dict) else {}
    return {}


def _with(seen: Seen | None, words: Mapping[str, str]) -> Seen | None:
    return replace(seen, cameras={**seen.cameras, **words}) if seen is not None and words else seen
