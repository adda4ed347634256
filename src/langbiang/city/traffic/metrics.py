"""How an hour of traffic is judged. Every definition here is printed with the figures it yields.

All trips wanted in the window count: finished, unfinished and never inserted. A controller that keeps vehicles out of
the network pays for it in ``departDelay`` (reported apart as backlog).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean
from xml.etree import ElementTree

SLOW_MPS = 2.78
HALTED_MPS = 0.1
C2_SHARE_OF_LIMIT = 0.3
C3_HALTED = 7
GRIDLOCK_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Trip:
    """One wanted trip; ``departed`` is False when it never entered the network."""

    id: str
    time_loss_s: float
    depart_delay_s: float
    waiting_s: float
    departed: bool
    finished: bool
    kind: str = ""
    stops: int = 0

    @property
    def delay_s(self) -> float:
        return self.time_loss_s + self.depart_delay_s


def read_trips(path: Path) -> list[Trip]:
    """Read SUMO's tripinfo with unfinished and undeparted trips; for the latter only departDelay counts."""
    trips = []
    for _, element in ElementTree.iterparse(path):
        if element.tag != "tripinfo":
            continue
        departed = float(element.attrib["depart"]) >= 0
        trips.append(
            Trip(
                id=element.attrib["id"],
                time_loss_s=max(0.0, float(element.attrib["timeLoss"])) if departed else 0.0,
                depart_delay_s=max(0.0, float(element.attrib["departDelay"])),
                waiting_s=float(element.attrib["waitingTime"]) if departed else 0.0,
                departed=departed,
                finished=float(element.attrib["arrival"]) >= 0,
                kind=element.get("vType", ""),
                stops=int(element.get("waitingCount", "0")) if departed else 0,
            )
        )
        element.clear()
    return trips


@dataclass(slots=True)
class SecondCounter:
    """What is summed while the simulation runs, one call a second."""

    approach_edges: frozenset[str]
    limit_mps: dict[str, float]
    congested_vehicle_s: float = 0.0
    halted_s: float = 0.0
    c2_minutes: int = 0
    c3_junction_s: int = 0
    seconds: int = 0
    max_red_s: float = 0.0
    _count: dict[str, int] = field(default_factory=dict)
    _speed: dict[str, float] = field(default_factory=dict)

    def second(
        self,
        slow: int,
        backlog: int,
        on_approach: Iterable[tuple[str, float]],
        halted_per_lane: dict[str, int],
        lane_junction: dict[str, str],
    ) -> None:
        """Count one second: slow vehicles, those still outside, and (edge, speed) of those on approach edges."""
        self.seconds += 1
        self.congested_vehicle_s += slow + backlog
        for edge, speed in on_approach:
            self._count[edge] = self._count.get(edge, 0) + 1
            self._speed[edge] = self._speed.get(edge, 0.0) + speed
        self.halted_s += sum(halted_per_lane.values())
        self.c3_junction_s += len({lane_junction[k] for k, n in halted_per_lane.items() if n >= C3_HALTED})
        if self.seconds % 60 == 0:
            for edge, count in self._count.items():
                if count >= 60 and self._speed[edge] / count < C2_SHARE_OF_LIMIT * self.limit_mps[edge]:
                    self.c2_minutes += 1
            self._count.clear()
            self._speed.clear()


@dataclass(frozen=True, slots=True)
class RunMetrics:
    """One run of one controller with one seed."""

    controller: str
    seed: int
    trips: int
    delay_s: float
    backlog_s: float
    c1_vehicle_hours: float
    c2: int
    c3_junction_min: float
    queue: float
    p95_delay_s: float
    max_wait_s: float
    max_red_s: float
    never_inserted: int
    unfinished: int
    stops: float
    switches: int = 0
    forced_recalls: int = 0
    compute_ms_per_s: float = 0.0
    emergency_brakes: int = 0

    @property
    def is_gridlock(self) -> bool:
        return self.never_inserted > max(1, GRIDLOCK_SHARE * self.trips)

    def as_row(self) -> dict[str, float | int | str | bool]:
        """For JSON: the field names are the published ones."""
        return {**asdict(self), "gridlock": self.is_gridlock}


def percentile(values: Sequence[float], share: float) -> float:
    """Linear-interpolated percentile; 0 for nothing."""
    if not values:
        return 0.0
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def judge(
    controller: str, seed: int, trips: Sequence[Trip], counter: SecondCounter, **extra: float
) -> RunMetrics:
    """Put one run's trips and second counts together."""
    count = max(1, len(trips))
    return RunMetrics(
        controller=controller,
        seed=seed,
        trips=len(trips),
        delay_s=sum(t.delay_s for t in trips) / count,
        backlog_s=sum(t.depart_delay_s for t in trips) / count,
        c1_vehicle_hours=counter.congested_vehicle_s / 3600,
        c2=counter.c2_minutes,
        c3_junction_min=counter.c3_junction_s / 60,
        queue=counter.halted_s / max(1, counter.seconds),
        p95_delay_s=percentile([t.delay_s for t in trips], 0.95),
        max_wait_s=max((t.waiting_s + t.depart_delay_s for t in trips), default=0.0),
        max_red_s=counter.max_red_s,
        never_inserted=sum(not t.departed for t in trips),
        unfinished=sum(t.departed and not t.finished for t in trips),
        stops=sum(t.stops for t in trips) / count,
        **extra,  # type: ignore[arg-type]  # counters of the run, named as the fields
    )


@dataclass(frozen=True, slots=True)
class Summary:
    """Several seeds of one controller: mean and the worst seed, never the mean alone."""

    controller: str
    runs: tuple[RunMetrics, ...]

    def mean(self, name: str) -> float:
        return fmean(float(getattr(r, name)) for r in self.runs)

    def worst(self, name: str) -> float:
        return max(float(getattr(r, name)) for r in self.runs)

    @property
    def gridlocks(self) -> int:
        return sum(r.is_gridlock for r in self.runs)

    def interval(self, name: str = "delay_s") -> tuple[float, float]:
        """95 % confidence interval of the mean over seeds (Student's t)."""
        values = [float(getattr(r, name)) for r in self.runs]
        mean = fmean(values)
        if len(values) < 2:
            return mean, mean
        spread = math.sqrt(sum((v - mean) ** 2 for v in values) / (len(values) - 1) / len(values))
        half = _student_t(len(values) - 1) * spread
        return mean - half, mean + half


def paired_gain(ours: Summary, other: Summary, name: str = "delay_s") -> tuple[float, float, float]:
    """Relative change (negative is better) with its 95 % interval, over seeds both have run."""
    base = {r.seed: float(getattr(r, name)) for r in other.runs}
    changes = [float(getattr(r, name)) / base[r.seed] - 1 for r in ours.runs if base.get(r.seed)]
    if not changes:
        return 0.0, 0.0, 0.0
    mean = fmean(changes)
    if len(changes) < 2:
        return mean, mean, mean
    spread = math.sqrt(sum((c - mean) ** 2 for c in changes) / (len(changes) - 1) / len(changes))
    half = _student_t(len(changes) - 1) * spread
    return mean, mean - half, mean + half


def _student_t(freedom: int) -> float:
    table = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
    return table[freedom - 1] if freedom <= len(table) else 1.96 + 2.6 / freedom
