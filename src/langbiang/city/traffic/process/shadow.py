"""Controllers beside the live one: each drives lamps of its own behind a gate of its own, against the very arrivals that were counted.

What a vehicle would have waited is reckoned with a queue per lane, first in, first out, discharging at the rate learnt from what
left on green; the lamps that really showed go through the same reckoning, so that both errors are the same error.
"""

import json
import math
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from langbiang.city.traffic.gate.arming import ArmLease
from langbiang.city.traffic.gate.gate import Command, Outcome, SafetyGate, Verdict
from langbiang.city.traffic.gate.lamps import GREEN
from langbiang.city.traffic.gate.rules import GateRules

from .counting import VIETNAM
from .deciding import LaneController, Picture

FIRST_RATE, LEAST_RATE, MOST_RATE = 0.6, 0.2, 3.0
# Vehicles a second a lane may bring or lose; a counter that jumps further tells nothing. And what may stand in one.
MOST_A_SECOND, MOST_STANDING = 10, 2000
LONGEST_GAP_S = 60.0
LONGEST_S = 900
LEASE_S = 200.0


class Discharge:
    """Vehicles a second that leave a lane on green while others wait behind them, learnt lane by lane."""

    def __init__(self) -> None:
        self.rates: dict[str, float] = {}

    def learn(self, lane: str, left: int, queue: float, green_s: float) -> None:
        """One second of a lane."""
        if green_s >= 3.0 and queue >= 3.0:
            rate = self.rates.get(lane, FIRST_RATE)
            self.rates[lane] = min(MOST_RATE, max(LEAST_RATE, rate + 0.02 * (left - rate)))

    def rate(self, lane: str) -> float:
        """As learnt so far."""
        return self.rates.get(lane, FIRST_RATE)

    @property
    def mean(self) -> float:
        """Over the lanes that are known."""
        return sum(self.rates.values()) / len(self.rates) if self.rates else FIRST_RATE


@dataclass
class Queues:
    """Vehicles in line by the second they came, and how long those who left had waited."""

    lanes: tuple[str, ...]
    line: dict[str, deque[float]] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    _credit: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.line = {lane: deque() for lane in self.lanes}
        self.left = dict.fromkeys(self.lanes, 0)
        self._credit = dict.fromkeys(self.lanes, 0.0)

    def second(self, now: float, came: Mapping[str, int], green: frozenset[str], discharge: Discharge) -> list[float]:
        """One second; gives what each one who left had waited."""
        waited = []
        for lane in self.lanes:
            line = self.line[lane]
            line.extend([now] * min(came.get(lane, 0), MOST_STANDING - len(line)))
            if lane not in green:
                self._credit[lane] = 0.0
                continue
            self._credit[lane] = min(2.0, self._credit[lane] + discharge.rate(lane))
            while line and self._credit[lane] >= 1.0:
                self._credit[lane] -= 1.0
                self.left[lane] += 1
                waited.append(now - line.popleft())
        return waited

    def clock_set(self, step: float) -> None:
        """Somebody set the hour: everybody has waited as long as before."""
        self.line = {lane: deque(at + step for at in line) for lane, line in self.line.items()}

    @property
    def standing(self) -> int:
        """How many stand in all lanes."""
        return sum(len(line) for line in self.line.values())


@dataclass
class Score:
    """One day of one controller and of the live lamps, added up second by second."""

    day: str
    seconds: int = 0
    came: int = 0
    area: float = 0.0
    live_area: float = 0.0
    waits: Counter[int] = field(default_factory=Counter)
    live_waits: Counter[int] = field(default_factory=Counter)
    denials: int = 0
    recalls: int = 0

    def told(self) -> dict[str, Any]:
        """As `report_shadow` takes it: delay is the time stood in line by vehicle that came."""
        came = max(1, self.came)
        return {
            "minutes": min(1440, self.seconds // 60), "delay_s": round(self.area / came, 2), "live_delay_s": round(self.live_area / came, 2),
            "p95_s": percentile(self.waits, 0.95), "live_p95_s": percentile(self.live_waits, 0.95), "denials": self.denials,
            "recalls": self.recalls, "source": "",
        }  # fmt: skip

    def as_row(self) -> dict[str, Any]:
        """To be kept over a restart."""
        return {**self.__dict__, "waits": sorted(self.waits.items()), "live_waits": sorted(self.live_waits.items())}


def read_scores(path: Path, *, now: float) -> dict[tuple[str, str], Score]:
    """Scores of today that were kept, by junction and controller; none where the file cannot be read."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        found = {(row["junction"], row["controller"]): score_of(row["score"]) for row in rows}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {key: score for key, score in found.items() if score.day == _day(now)}


def write_scores(path: Path, scores: Mapping[tuple[str, str], Score]) -> None:
    """Keep the day so far over a restart."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"junction": code, "controller": name, "score": score.as_row()} for (code, name), score in scores.items()]
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(rows), encoding="utf-8")
    fresh.replace(path)


def score_of(row: Mapping[str, Any]) -> Score:
    """A score that was kept. Raises TypeError, ValueError."""
    given = dict(row)
    return Score(**{**given, "waits": Counter(dict(given["waits"])), "live_waits": Counter(dict(given["live_waits"]))})


def percentile(waits: Counter[int], share: float) -> float:
    """The wait that this share of the vehicles did not exceed, in seconds."""
    wanted, seen = math.ceil(share * sum(waits.values())), 0
    for wait, count in sorted(waits.items()):
        seen += count
        if seen >= wanted:
            return float(wait)
    return 0.0


class Shadow:
    """One controller beside the live one at one junction."""

    def __init__(
        self, controller: LaneController, rules: GateRules, served: tuple[frozenset[str], ...], lanes: tuple[str, ...], now: float,
        kept: Score | None = None,
    ) -> None:  # fmt: skip
        self.controller = controller
        self.rules, self.served = rules, served
        self.score = kept or Score(_day(now))
        self.queues, self.live = Queues(lanes), Queues(lanes)
        self.arrived = dict.fromkeys(lanes, 0)
        self.gate = SafetyGate(rules, now, on_verdict=self._judged)
        self._inside = False

    def _judged(self, now: float, verdict: Verdict) -> None:
        if self._inside:
            self.score.denials += verdict.outcome is Outcome.DENY
            self.score.recalls += verdict.outcome is Outcome.REPLACE

    def second(self, now: float, came: Mapping[str, int], live_green: frozenset[str], discharge: Discharge) -> Score | None:
        """One second of arrivals; gives the score of the day at the end of each minute."""
        finished = None
        if _day(now) != self.score.day:
            finished, self.score = self.score, Score(_day(now))
        score, gate = self.score, self.gate
        for lane, count in came.items():
            self.arrived[lane] = self.arrived.get(lane, 0) + count
        score.came += sum(came.values())
        self._drive(now)
        mine = frozenset(lane for g, lamp in enumerate(gate.sequence.lamps) if lamp == GREEN for lane in self.served[g])
        score.waits.update(min(LONGEST_S, int(wait)) for wait in self.queues.second(now, came, mine, discharge))
        score.live_waits.update(min(LONGEST_S, int(wait)) for wait in self.live.second(now, came, live_green, discharge))
        score.area += self.queues.standing
        score.live_area += self.live.standing
        score.seconds += 1
        return finished or (score if score.seconds % 60 == 0 else None)

    def _drive(self, now: float) -> None:
        """The controller's wish through a gate like the one before the real lamps."""
        gate = self.gate
        if not gate.is_armed:
            gate.arm(ArmLease(self.rules.junction, gate.fingerprint, "shadow", "reckoning", now, now + LEASE_S), now)
        gate.renew(ArmLease(self.rules.junction, gate.fingerprint, "shadow", "reckoning", now, now + LEASE_S), now)
        gate.beat(now)
        self._inside = True
        gate.advance(now)
        picture = Picture(
            now, {lane: float(len(line)) for lane, line in self.queues.line.items()}, dict(self.arrived), dict(self.queues.left)
        )
        wanted = self.controller.choose(picture, gate.sequence, now)
        if not gate.sequence.is_changing and gate.sequence.green_missing_s(wanted.stage, now) <= 0.0:
            self.score.recalls += wanted.is_forced and wanted.stage != gate.sequence.stage
            gate.submit(Command(self.rules.junction, wanted.stage, gate.fingerprint, now, now, now), now)
        self._inside = False


class Reckoning:
    """All shadows of one junction: takes the counters of the second, learns the discharge, passes over seconds nobody counted."""

    def __init__(self, served: tuple[frozenset[str], ...], lanes: tuple[str, ...]) -> None:
        self.served, self.lanes = served, lanes
        self.discharge = Discharge()
        self.shadows: dict[str, Shadow] = {}
        self._arrived: dict[str, int] = {}
        self._left: dict[str, int] = {}
        self._green_since: dict[str, float] = {}
        self._at = -math.inf

    def clock_set(self, step: float) -> None:
        """Somebody set the hour: what was begun keeps its age."""
        self._at += step
        self._green_since = {lane: at + step for lane, at in self._green_since.items()}
        for shadow in self.shadows.values():
            shadow.gate.clock_set(step)
            shadow.queues.clock_set(step)
            shadow.live.clock_set(step)

    def second(self, picture: Picture, lamps: tuple[int, ...], now: float) -> list[tuple[str, Score]]:
        """Scores that are due: controller and its day so far."""
        green = frozenset(lane for g, lamp in enumerate(lamps) if lamp == GREEN for lane in self.served[g])
        self._green_since = {lane: self._green_since.get(lane, now) for lane in green}
        most = MOST_A_SECOND * max(1.0, min(LONGEST_GAP_S, now - self._at))
        came, left = _grown(picture.arrived, self._arrived, most), _grown(picture.left, self._left, most)
        self._arrived, self._left, self._at = dict(picture.arrived), dict(picture.left), now
        if picture.blind or came is None or left is None:
            return []
        for lane in green:
            self.discharge.learn(lane, left.get(lane, 0), picture.queues.get(lane) or 0.0, now - self._green_since[lane])
        due = []
        for name, shadow in self.shadows.items():
            score = shadow.second(now, came, green, self.discharge)
            if score is not None:
                due.append((name, score))
        return due


def _grown(counts: Mapping[str, int], before: Mapping[str, int], most: float) -> dict[str, int] | None:
    """How much each counter has grown; None where that cannot be told (the first second, the source began anew, a counter jumped)."""
    if not counts or set(counts) != set(before) or any(not 0 <= counts[lane] - before[lane] <= most for lane in counts):
        return None
    return {lane: counts[lane] - before[lane] for lane in counts}


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).astimezone(VIETNAM).date().isoformat()
