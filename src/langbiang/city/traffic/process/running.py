"""All junctions of a process side by side, and where their counts come from."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx

from .counting import CameraWords, Seen, seen_of
from .loop import JunctionLoop

COUNTS_EVERY_S = 1.0
AGAIN_AFTER_S = 1.0
SAY_EVERY_S = 60.0
log = logging.getLogger("langbiang.signals")
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
        """Give every junction back; what goes wrong at one does not keep the others from it."""
        codes = list(self.loops)
        for code, problem in zip(codes, await asyncio.gather(*(self.end(code) for code in codes), return_exceptions=True), strict=True):
            if isinstance(problem, BaseException):
                log.error("%s was not given back in order: %s: %s", code, type(problem).__name__, problem)

    async def _one(self, junction: JunctionLoop) -> None:
        """On the monotonic clock: a late round is not made up for. A mistake in one round must not end the rounds."""
        following = time.monotonic()
        while not self._stop.is_set():
            try:
                await junction.tick(self._clock(), time.monotonic())
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
    counts = asyncio.create_task(supervised("counts", stop, lambda: take_counts(fleet, counts_urls, stop, health_urls=health_urls)))
    try:
        await stop.wait()
    finally:
        counts.cancel()
        await asyncio.gather(counts, return_exceptions=True)
        await fleet.end_all()


async def supervised(name: str, stop: asyncio.Event, work: Callable[[], Awaitable[None]]) -> None:
    """Begin work anew where it ended before its time, and say why it did."""
    while not stop.is_set():
        try:
            await work()
            return
        except Exception:
            log.exception("%s ended and begins anew", name)
        await asyncio.sleep(AGAIN_AFTER_S)


class Complaints:
    """What is wrong with a source is logged once a minute, not once a second."""

    def __init__(self) -> None:
        self._said: dict[str, float] = {}

    def say(self, about: str, problem: Exception) -> None:
        """One complaint."""
        now = time.monotonic()
        if now - self._said.get(about, -1e9) >= SAY_EVERY_S:
            self._said[about] = now
            log.warning("%s: %s: %s", about, type(problem).__name__, problem)


async def take_counts(fleet: Fleet, urls: Sequence[str], stop: asyncio.Event, *, health_urls: Sequence[str] = ()) -> None:
    """Counts of all cameras from where they are counted; what a later place tells of a junction counts before an earlier one.

    A source that is gone is seen by the age of its last word. Of `health_urls` only the state of cameras is taken, no count:
    a lane whose camera does not see is not believed, whoever counted it. Whatever a source tells of one junction, the counts
    of the others are taken.
    """
    words, complaints = CameraWords(health_urls, now=time.monotonic()), Complaints()
    async with httpx.AsyncClient(timeout=0.9) as client:
        while (urls or health_urls) and not stop.is_set():
            begun = time.monotonic()
            answers = await asyncio.gather(*(_rows(client, url, complaints) for url in (*urls, *health_urls)))
            told: dict[str, Any] = {}
            for rows in answers[: len(urls)]:
                told |= rows
            was_silent = bool(words.named)
            for url, rows in zip(health_urls, answers[len(urls) :], strict=True):
                try:
                    if rows:
                        words.hear(url, rows, begun)
                except Exception as problem:
                    complaints.say(f"the cameras of {httpx.URL(url).netloc.decode()}", problem)
            _tell_silence(fleet, words, was_silent=was_silent)
            for code, junction in fleet.loops.items():
                try:
                    if code in told:
                        junction.seen = seen_of(told[code])
                except Exception as problem:
                    complaints.say(f"the counts of {code}", problem)
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


async def _rows(client: httpx.AsyncClient, url: str, complaints: Complaints) -> Mapping[str, Any]:
    """What a source tells of its junctions; nothing where it does not answer, or with something else."""
    try:
        answer = await client.get(url)
        rows = answer.json() if answer.is_success else {}
        return rows if isinstance(rows, dict) else {}
    except Exception as problem:  # what a source can send is not ours to know
        complaints.say(httpx.URL(url).netloc.decode(), problem)
    return {}


def _with(seen: Seen | None, words: Mapping[str, str]) -> Seen | None:
    return replace(seen, cameras={**seen.cameras, **words}) if seen is not None and words else seen
