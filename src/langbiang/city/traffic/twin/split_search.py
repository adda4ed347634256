"""A fixed plan searched for a described network: one common cycle, greens and offsets of the layouts' own stages.

The honest opponent of a replay. Searched with seeds no proof is reported on, on simulated delay with backlog counted.
"""

import random
from collections.abc import Callable, Mapping
from typing import Any

from langbiang.city.traffic.limits import Limits
from langbiang.city.traffic.twin.plan_search import Splits, neighbour_of, spread
from langbiang.city.traffic.twin.signals import Signals

TRAINING_SEEDS = (11, 12)
CYCLES_S = (70, 80, 90, 100, 120, 140)
# A candidate this much worse with the first seed is not worth the second.
HOPELESS = 1.1

Plans = dict[str, dict[str, Any]]
Delay = Callable[[Plans, int], float]
Report = Callable[[int, int, str], None]


def lost_s(each: Signals) -> int:
    """Seconds of one cycle that no stage is green: yellows and clearances in running order."""
    count = len(each.stages)
    return sum(each.changes_s[n][(n + 1) % count] for n in range(count))


def candidate(signals: Mapping[str, Signals], cycle_s: int, floor_s: int) -> Splits | None:
    """All stages in running order, greens in proportion to their minima; None where a junction does not fit the cycle."""
    greens = {}
    for code, each in signals.items():
        free = cycle_s - lost_s(each)
        if free < floor_s * len(each.stages):
            return None
        greens[code] = spread(each.minima_s, free, floor_s)
    return Splits(cycle_s, greens, dict.fromkeys(signals, 0))


def as_plans(signals: Mapping[str, Signals], splits: Splits) -> Plans:
    """A candidate as plans are kept: greens by stage key, and the offset."""
    return {
        code: {
            "splits": [{"stage": k, "green_s": g} for k, g in zip(each.keys, splits.greens[code], strict=True)],
            "offset_s": splits.offsets[code],
        }
        for code, each in signals.items()
    }


def search(signals: Mapping[str, Signals], delay_of: Delay, *, runs: int, report: Report) -> Plans:
    """Hill climbing over at most so many candidates; ``delay_of`` simulates plans with one training seed.

    Raises ValueError when no cycle fits the junctions.
    """
    floor = max(m for each in signals.values() for m in each.minima_s)
    limits = Limits("search", 3, 0, floor)
    lost = {code: lost_s(each) for code, each in signals.items()}
    draw = random.Random(20)

    def delay(splits: Splits, best: float) -> float:
        plans, total = as_plans(signals, splits), 0.0
        for seed in TRAINING_SEEDS:
            total += delay_of(plans, seed)
            if total > HOPELESS * best * len(TRAINING_SEEDS):
                return total
        return total / len(TRAINING_SEEDS)

    starts = [c for c in (candidate(signals, s, floor) for s in CYCLES_S) if c is not None][: max(1, runs)]
    if not starts:
        raise ValueError(f"no cycle up to {CYCLES_S[-1]} s fits the changes and least greens of these layouts")
    best, best_delay = starts[0], float("inf")
    for n in range(runs):
        tried = starts[n] if n < len(starts) else neighbour_of(best, lost, limits, draw)
        if n and tried == best:
            continue
        value = delay(tried, best_delay)
        if value < best_delay:
            best, best_delay = tried, value
        report(n + 1, runs, f"plan, {best_delay:.1f} s")
    return as_plans(signals, best)
