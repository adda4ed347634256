"""What a replayed day says: which hours can be replayed, how well the twin fits the counts, and who lost how much time.

No simulator here. ``replaying`` runs the hours; this module judges them, so that every figure can be checked by hand.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from langbiang.city.traffic.metrics import RunMetrics, Summary, Trip, paired_gain, percentile
from langbiang.city.traffic.twin.demand import HOUR_S, Count
from langbiang.city.traffic.twin.described import Arm, Description

COVERED = 0.9
GEH_GOOD = 5.0
CALIBRATED_SHARE = 0.85
OURS = "ours"
BASELINES = ("fixed", "fixed_opt", "actuated")


@dataclass(frozen=True, slots=True)
class Gap:
    """An hour that cannot be replayed: so many of the lanes have no count for at least nine tenths of it."""

    hour: int
    lanes: int
    of: int


def replayable(description: Description, counts: Iterable[Count], hours: Sequence[int]) -> tuple[list[int], list[Gap]]:
    """Hours in which every lane of every junction was counted, and what is missing in the others."""
    lanes = {(code, lane["key"]) for code, place in description.places.items() for lane in place.layout["lanes"]}
    periods: dict[tuple[int, str, str], set[tuple[int, int]]] = {}
    for count in counts:
        hour = count.begun_s // HOUR_S
        if count.ended_s <= (hour + 1) * HOUR_S:
            periods.setdefault((hour, count.junction, count.lane), set()).add((count.begun_s, count.ended_s))
    good, gaps = [], []
    for hour in hours:
        missing = sum(_covered_s(periods.get((hour, *lane), set())) < COVERED * HOUR_S for lane in lanes)
        if missing:
            gaps.append(Gap(hour, missing, len(lanes)))
        else:
            good.append(hour)
    return good, gaps


def _covered_s(periods: Iterable[tuple[int, int]]) -> int:
    seconds, until = 0, 0
    for begun, ended in sorted(periods):
        seconds += max(0, ended - max(begun, until))
        until = max(until, ended)
    return seconds


def geh(simulated: float, counted: float) -> float:
    """The GEH statistic of two hourly volumes; below 5 they are taken for the same."""
    return math.sqrt(2 * (simulated - counted) ** 2 / (simulated + counted)) if simulated + counted else 0.0


def fit(simulated: Sequence[Mapping[Arm, float]], counted: Sequence[Mapping[Arm, float]]) -> tuple[int, int]:
    """(approach hours with GEH below 5, all of them); one mapping per hour, means over the seeds on the simulated side."""
    values = [
        geh(by_arm.get(arm, 0.0), volume) for by_arm, hour in zip(simulated, counted, strict=True) for arm, volume in hour.items()
    ]
    return sum(value < GEH_GOOD for value in values), len(values)


def pooled(runs: Sequence[tuple[RunMetrics, Sequence[Trip]]]) -> RunMetrics:
    """The hours of one controller and seed as one: every trip counts once, sums add, the worst stays the worst."""
    trips = [trip for _, of_hour in runs for trip in of_hour]
    hours = [metrics for metrics, _ in runs]
    count = max(1, len(trips))
    return RunMetrics(
        controller=hours[0].controller,
        seed=hours[0].seed,
        trips=len(trips),
        delay_s=sum(t.delay_s for t in trips) / count,
        backlog_s=sum(t.depart_delay_s for t in trips) / count,
        c1_vehicle_hours=sum(h.c1_vehicle_hours for h in hours),
        c2=sum(h.c2 for h in hours),
        c3_junction_min=sum(h.c3_junction_min for h in hours),
        queue=sum(h.queue for h in hours) / len(hours),
        p95_delay_s=percentile([t.delay_s for t in trips], 0.95),
        max_wait_s=max((t.waiting_s + t.depart_delay_s for t in trips), default=0.0),
        max_red_s=max(h.max_red_s for h in hours),
        never_inserted=sum(h.never_inserted for h in hours),
        unfinished=sum(h.unfinished for h in hours),
        stops=sum(t.stops for t in trips) / count,
        switches=sum(h.switches for h in hours),
        forced_recalls=sum(h.forced_recalls for h in hours),
        compute_ms_per_s=max(h.compute_ms_per_s for h in hours),
    )


@dataclass(frozen=True)
class Replay:
    """A replayed day: conditions, fit to the counts, and every controller over the same seeds."""

    hours: tuple[int, ...]
    seeds: tuple[int, ...]
    limits: str
    bounds: Mapping[str, int]
    """The limits as figures, and what the cameras of ours see."""
    links_good: int
    links: int
    side_share: float
    summaries: tuple[Summary, ...]
    gridlock_hours: Mapping[str, int]
    searched: Mapping[str, Any] = field(default_factory=dict)
    """The optimised plan that ran, for whoever keeps it."""

    @property
    def geh_share(self) -> float:
        """Share of approach hours whose simulated volume fits the count, under the plan of the cabinet."""
        return self.links_good / self.links if self.links else 0.0

    @property
    def is_calibrated(self) -> bool:
        """Whether the twin may be believed at all."""
        return self.links > 0 and self.geh_share >= CALIBRATED_SHARE

    def summary(self, controller: str) -> Summary | None:
        """The runs of one controller."""
        return next((s for s in self.summaries if s.controller == controller), None)

    def comparisons(self) -> list["Comparison"]:
        """Ours against every baseline that ran."""
        ours = self.summary(OURS)
        found = [self.summary(name) for name in BASELINES]
        return [_compared(self, ours, base) for base in found if ours is not None and base is not None]

    def as_json(self) -> dict[str, Any]:
        """For a file and for the process that asked."""
        return {
            "hours": list(self.hours), "seeds": list(self.seeds), "limits": self.limits, "bounds": dict(self.bounds),
            "links_good": self.links_good, "links": self.links, "side_share": round(self.side_share, 4),
            "is_calibrated": self.is_calibrated, "gridlock_hours": dict(self.gridlock_hours),
            "searched": dict(self.searched),
            "controllers": {s.controller: [r.as_row() for r in s.runs] for s in self.summaries},
            "comparisons": [{"baseline": c.baseline, **c.row()} for c in self.comparisons()],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comparison:
    """Ours against one baseline: change of delay in percent with its 95 % interval over paired seeds, and both sides."""

    baseline: str
    change_percent: float
    low_percent: float
    high_percent: float
    ours: Mapping[str, float]
    base: Mapping[str, float]

    def row(self) -> dict[str, Any]:
        """Rounded, for JSON."""
        return {
            "change_percent": round(self.change_percent, 2), "low_percent": round(self.low_percent, 2),
            "high_percent": round(self.high_percent, 2), "ours": dict(self.ours), "base": dict(self.base),
        }  # fmt: skip


def _figures(replay: Replay, of: Summary) -> dict[str, float]:
    return {
        "delay_s": round(of.mean("delay_s"), 2), "worst_delay_s": round(of.worst("delay_s"), 2),
        "backlog_s": round(of.mean("backlog_s"), 2), "c1": round(of.mean("c1_vehicle_hours"), 2), "c2": round(of.mean("c2"), 1),
        "stops": round(of.mean("stops"), 2), "p95_s": round(of.mean("p95_delay_s"), 1), "max_wait_s": round(of.worst("max_wait_s")),
        "max_red_s": round(of.worst("max_red_s")), "never_in": round(of.worst("never_inserted")),
        "failures": replay.gridlock_hours.get(of.controller, 0), "trips": round(of.mean("trips")),
    }  # fmt: skip


def _compared(replay: Replay, ours: Summary, base: Summary) -> Comparison:
    change, low, high = (100 * value for value in paired_gain(ours, base))
    return Comparison(base.controller, change, low, high, _figures(replay, ours), _figures(replay, base))


def from_json(content: Mapping[str, Any]) -> Replay:
    """What ``as_json`` wrote."""
    known = {f.name for f in fields(RunMetrics)}
    summaries = tuple(
        Summary(name, tuple(RunMetrics(**{k: v for k, v in row.items() if k in known}) for row in rows))
        for name, rows in content["controllers"].items()
    )
    return Replay(
        tuple(content["hours"]), tuple(content["seeds"]), content["limits"], content["bounds"], content["links_good"],
        content["links"], content["side_share"], summaries, content["gridlock_hours"], content["searched"],
    )  # fmt: skip
