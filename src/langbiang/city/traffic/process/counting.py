"""What the cameras deliver, taken in: counts from several places, which lanes nobody sees, flows of five minutes, history."""

import json
import statistics
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

FLOW_S = 300
VIETNAM = timezone(timedelta(hours=7))
# Days of one class a slot remembers, and how many it needs before it is believed.
REMEMBERED, BELIEVED = 8, 1
# A healthy neighbour may say that today is busier or quieter than usual, within these factors.
LEAST, MOST = 0.25, 4.0
DISCHARGE_PER_S = 0.5
SILENT_S = 5.0
# What counts may begin later than the process that asks it: a machine that starts raises no alarm.
FIRST_WORD_S = 30.0
# What a source calls a count that was measured; a source that says nothing of it measures.
MEASURED = "camera"


@dataclass(frozen=True)
class Seen:
    """What the cameras of a junction deliver: queues by lane, and the instant they stand for.

    `arrived` and `left` count vehicles since the source was started; `cameras` tells the state of each zone; `guessed` are
    lanes of which the source tells what is usual there, as nobody sees them; `wrong_way` counts who drove against a lane.
    """

    at: float
    queues: Mapping[str, float]
    is_lost: bool = False
    arrived: Mapping[str, int] = field(default_factory=dict)
    left: Mapping[str, int] = field(default_factory=dict)
    cameras: Mapping[str, str] = field(default_factory=dict)
    guessed: frozenset[str] = frozenset()
    wrong_way: Mapping[str, int] = field(default_factory=dict)


def seen_of(row: Mapping[str, Any]) -> Seen:
    """One junction as a source of counts tells it. Raises KeyError, TypeError, ValueError where it is not that."""
    lanes = row["lanes"]
    queues = {str(lane): float(told["queue"]) for lane, told in lanes.items()}
    if any(not 0 <= queue < 1e4 for queue in queues.values()):
        raise ValueError("a queue is a number of vehicles")
    return Seen(
        float(row["at"]), queues, bool(row.get("lost")),
        {str(lane): int(told.get("arrived", 0)) for lane, told in lanes.items()},
        {str(lane): int(told.get("left", 0)) for lane, told in lanes.items()},
        {str(zone): str(word) for zone, word in (row.get("cameras") or {}).items()},
        frozenset(str(lane) for lane, told in lanes.items() if told.get("source", MEASURED) != MEASURED),
        {str(lane): int(told["wrong_way"]) for lane, told in lanes.items() if "wrong_way" in told},
    )  # fmt: skip


class CameraWords:
    """How cameras are, from sources whose counts are not taken; a source not heard of for five seconds has lost its cameras.

    Of one that was never heard nobody knows which cameras it has: `silent` names it once, and `named` until it is heard.
    """

    def __init__(self, sources: Iterable[str] = (), *, now: float = 0.0) -> None:
        self._awaited = dict.fromkeys(sources, now)
        self.named: set[str] = set()
        self._heard: dict[str, tuple[float, dict[str, dict[str, str]]]] = {}

    def hear(self, source: str, rows: Mapping[str, Any], now: float) -> None:
        """What a source tells of its junctions, at a monotonic instant. Raises TypeError, AttributeError where it is not that."""
        words = {str(code): {str(z): str(w) for z, w in (row.get("cameras") or {}).items()} for code, row in rows.items()}
        self._heard[source] = now, words
        self._awaited.pop(source, None)
        self.named.discard(source)

    def silent(self, now: float) -> list[str]:
        """Sources that were never heard although half a minute went by since the start; each is named once."""
        found = [source for source, since in self._awaited.items() if now - since >= FIRST_WORD_S]
        for source in found:
            del self._awaited[source]
        self.named.update(found)
        return found

    def of(self, junction: str, now: float) -> dict[str, str]:
        """The word of each camera zone of a junction; empty while no source ever spoke of it."""
        found: dict[str, str] = {}
        for at, words in self._heard.values():
            mine = words.get(junction, {})
            found |= mine if now - at < SILENT_S else dict.fromkeys(mine, "lost")
        return found


def blind_lanes(seen: Seen, lanes: tuple[str, ...], zones: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Lanes without a count, those of which only what is usual is told, and those whose camera says that it does not see."""
    covered = {lane for zone, word in seen.cameras.items() if word != "ok" for lane in zones.get(zone, ())}
    return frozenset(lane for lane in lanes if lane not in seen.queues or lane in covered or lane in seen.guessed)


@dataclass
class _Period:
    begun_at: float
    at_begin: dict[str, int]
    seconds: float = 0.0
    seen_s: dict[str, float] = field(default_factory=dict)
    last_at: float = 0.0


class Flows:
    """Vehicles by lane in periods of five minutes, from counters that may start anew."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._sum: dict[str, int] = {}
        self._period: _Period | None = None

    def take(self, seen: Seen, blind: frozenset[str], now: float) -> Iterator[dict[str, Any]]:
        """Take in counters; gives the flows of a period that has just ended."""
        start = now - now % FLOW_S
        if self._period is not None and start > self._period.begun_at:
            yield from self._told(self._period)
            self._period = None
        if self._period is None:
            self._period = _Period(start, {}, last_at=now)
            self._sum = {}
        step = min(5.0, max(0.0, now - self._period.last_at))
        self._period.last_at = now
        self._period.seconds += step
        for lane, count in seen.left.items():
            before = self._last.get(lane)
            if before is not None and lane not in blind:
                self._sum[lane] = self._sum.get(lane, 0) + (count - before if count >= before else count)
                self._period.seen_s[lane] = self._period.seen_s.get(lane, 0.0) + step
            self._last[lane] = count

    def _told(self, period: _Period) -> Iterator[dict[str, Any]]:
        for lane, vehicles in self._sum.items():
            yield {
                "lane": lane, "vehicle_class": "vehicle", "begun_at": period.begun_at, "ended_at": period.begun_at + FLOW_S,
                "vehicles": vehicles, "quality": round(min(1.0, period.seen_s.get(lane, 0.0) / FLOW_S), 2),
            }  # fmt: skip


class History:
    """Usual arrivals of a lane by kind of day and five-minute slot: the median of the last days of that kind."""

    def __init__(self, kept: Mapping[str, list[int]] | None = None) -> None:
        self._kept: dict[str, list[int]] = {key: list(values)[-REMEMBERED:] for key, values in (kept or {}).items()}

    def learn(self, lane: str, begun_at: float, vehicles: int) -> None:
        """One period of a lane that was seen throughout."""
        key = _slot(lane, begun_at)
        self._kept[key] = [*self._kept.get(key, []), vehicles][-REMEMBERED:]

    def per_s(self, lane: str, now: float) -> float | None:
        """Vehicles a second that usually come now, or None where nothing is known."""
        values = self._kept.get(_slot(lane, now))
        return statistics.median(values) / FLOW_S if values and len(values) >= BELIEVED else None

    def of(self, lane: str, at: float) -> list[int]:
        """Vehicles of this lane in the same five minutes of the last days of this kind."""
        return list(self._kept.get(_slot(lane, at), ()))

    def as_rows(self) -> dict[str, list[int]]:
        """To be kept."""
        return self._kept


def read_histories(path: Path) -> dict[str, History]:
    """Histories by junction; none where the file cannot be read."""
    try:
        return {code: History(rows) for code, rows in json.loads(path.read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def write_histories(path: Path, histories: Mapping[str, History]) -> None:
    """Put all of them in place in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({code: each.as_rows() for code, each in histories.items()}), encoding="utf-8")
    fresh.replace(path)


def _slot(lane: str, at: float) -> str:
    local = datetime.fromtimestamp(at, UTC).astimezone(VIETNAM)
    kind = "sunday" if local.weekday() == 6 else "saturday" if local.weekday() == 5 else "weekday"
    return f"{lane} {kind} {(local.hour * 60 + local.minute) // 5}"


class Substitute:
    """Queues of lanes nobody sees: usual arrivals, as busy as the lanes that are seen, leaving on green."""

    def __init__(self, history: History) -> None:
        self.history = history
        self._queues: dict[str, float] = {}
        self._at: float | None = None

    def queues(
        self, blind: frozenset[str], last_known: Mapping[str, float], rates: Mapping[str, float], green: frozenset[str], now: float
    ) -> dict[str, float]:
        """Estimated queues of the blind lanes that have a history. `rates`: vehicles a second of lanes that are seen."""
        passed = min(5.0, max(0.0, now - self._at)) if self._at is not None else 0.0
        self._at = now
        self._queues = {lane: queue for lane, queue in self._queues.items() if lane in blind}
        usual = {lane: per_s for lane in rates if (per_s := self.history.per_s(lane, now))}
        factor = sum(rates[lane] for lane in usual) / sum(usual.values()) if usual else 1.0
        factor = min(MOST, max(LEAST, factor))
        found = {}
        for lane in blind:
            coming = self.history.per_s(lane, now)
            if coming is None:
                continue
            queue = self._queues.get(lane, last_known.get(lane, 0.0)) + factor * coming * passed
            if lane in green:
                queue = max(0.0, queue - DISCHARGE_PER_S * passed)
            found[lane] = self._queues[lane] = queue
        return found
