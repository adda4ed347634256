"""A properly optimised fixed plan: one common cycle, splits and offsets, searched by simulation.

The honest opponent: gains against a default plan prove little. The search sees training seeds only and counts
backlog, so that a plan that keeps vehicles outside does not win. The result is cached as JSON.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from langbiang.city.traffic.lamps import programme_under
from langbiang.city.traffic.limits import Limits
from langbiang.city.traffic.network import Junction, Network, Phase
from langbiang.city.traffic.perception import ORACLE
from langbiang.city.traffic.twin.programmes import Plan
from langbiang.city.traffic.twin.runner import RunSettings, run_fixed
from langbiang.city.traffic.twin.scenario import Scenario

TRAINING_SEEDS = (11, 12)
CYCLES_S = (45, 50, 60, 70, 80, 90)
RUNS = 160

Report = Callable[[int, int, float], None]


@dataclass(frozen=True, slots=True)
class Splits:
    """A candidate: common cycle, and per junction its green seconds in programme order and its offset."""

    cycle_s: int
    greens: dict[str, tuple[int, ...]]
    offsets: dict[str, int]


def green_order(junction: Junction) -> list[Phase]:
    """The programme's green phases in order."""
    known = {s.state for s in junction.stages}
    return [p for p in junction.programme if p.state in known]


def lost_s(junction: Junction, limits: Limits) -> int:
    """Seconds of one cycle that no stage is green: yellows and all-reds."""
    known = {s.state for s in junction.stages}
    return int(sum(p.duration_s for p in programme_under(junction, limits) if p.state not in known))


def spread(shares: Sequence[float], seconds: int, minimum: int) -> tuple[int, ...]:
    """Integer greens in these proportions, each at least the minimum, adding up to ``seconds``."""
    free = max(0, seconds - minimum * len(shares))
    total = sum(shares) or 1.0
    greens = [minimum + int(free * s / total) for s in shares]
    greens[max(range(len(shares)), key=lambda i: shares[i])] += max(0, seconds - sum(greens))
    return tuple(greens)


def plans_from(network: Network, limits: Limits, splits: Splits) -> dict[str, Plan]:
    """Full programmes with yellow and all-red from a candidate."""
    plans = {}
    for junction in network.junctions.values():
        lengths = iter(splits.greens[junction.id])
        known = {s.state for s in junction.stages}
        phases = tuple(
            Phase(p.state, float(next(lengths))) if p.state in known else p
            for p in programme_under(junction, limits)
        )
        plans[junction.id] = Plan(float(splits.offsets[junction.id]), phases)
    return plans


def cycle_candidate(network: Network, limits: Limits, cycle_s: int) -> Splits | None:
    """The shipped proportions scaled to a cycle; None when a junction cannot fit its minimum greens."""
    greens = {}
    for junction in network.junctions.values():
        order = green_order(junction)
        available = cycle_s - lost_s(junction, limits)
        if available < limits.min_green_s * len(order):
            return None
        greens[junction.id] = spread([p.duration_s for p in order], available, limits.min_green_s)
    return Splits(cycle_s, greens, {j: 0 for j in network.junctions})


def neighbour_of(splits: Splits, limits: Limits, draw: random.Random) -> Splits:
    """One random change: seconds moved between two stages, or one offset shifted."""
    junction = draw.choice(sorted(splits.greens))
    if draw.random() < 0.5:
        offsets = dict(splits.offsets)
        offsets[junction] = (offsets[junction] + draw.choice((-15, -8, -4, 4, 8, 15))) % splits.cycle_s
        return replace(splits, offsets=offsets)
    greens = list(splits.greens[junction])
    giver, taker = draw.sample(range(len(greens)), 2)
    moved = min(draw.choice((2, 4, 7)), greens[giver] - limits.min_green_s)
    if moved <= 0:
        return splits
    greens[giver] -= moved
    greens[taker] += moved
    return replace(splits, greens={**splits.greens, junction: tuple(greens)})


def search(
    scenario: Scenario,
    network: Network,
    limits: Limits,
    *,
    scale: float = 1.0,
    runs: int = RUNS,
    report: Report | None = None,
) -> tuple[dict[str, Plan], float]:
    """Hill climbing on simulated delay; returns the plan and its mean delay over the training seeds."""
    draw = random.Random(20)

    def delay(splits: Splits, best: float) -> float:
        plans = plans_from(network, limits, splits)
        total = 0.0
        for n, seed in enumerate(TRAINING_SEEDS, 1):
            settings = RunSettings(limits, ORACLE, seed, scale)
            total += run_fixed(scenario, network, settings, plans=plans).metrics.delay_s
            if n == 1 and total > 1.1 * best:
                return total
        return total / len(TRAINING_SEEDS)

    starts = [c for c in (cycle_candidate(network, limits, s) for s in CYCLES_S) if c is not None]
    if not starts:
        starts = [c for c in (cycle_candidate(network, limits, s) for s in (110, 130, 160)) if c is not None]
    scored = sorted(((delay(c, 1e9), i, c) for i, c in enumerate(starts)), key=lambda row: row[:2])
    best_delay, _, best = scored[0]
    for n in range(len(starts), runs):
        candidate = neighbour_of(best, limits, draw)
        if candidate == best:
            continue
        value = delay(candidate, best_delay)
        if value < best_delay:
            best, best_delay = candidate, value
        if report:
            report(n, runs, best_delay)
    return plans_from(network, limits, best), best_delay


def optimised_plans(
    scenario: Scenario,
    network: Network,
    limits: Limits,
    cache: Path,
    *,
    scale: float = 1.0,
    runs: int = RUNS,
    report: Report | None = None,
) -> dict[str, Plan]:
    """The optimised plan of this scenario and these limits, searched once and kept in ``cache``."""
    name = f"{scenario.name}-{scenario.digest()}-{limits.name}-{scale:g}.json"
    path = cache / name
    if path.is_file():
        kept = json.loads(path.read_text(encoding="utf-8"))
        return {
            j: Plan(p["offset_s"], tuple(Phase(s, d) for s, d in p["phases"]))
            for j, p in kept["plans"].items()
        }
    plans, delay = search(scenario, network, limits, scale=scale, runs=runs, report=report)
    cache.mkdir(parents=True, exist_ok=True)
    content = {
        "scenario": scenario.name,
        "digest": scenario.digest(),
        "limits": str(limits),
        "scale": scale,
        "runs": runs,
        "training_seeds": TRAINING_SEEDS,
        "training_delay_s": round(delay, 2),
        "plans": {
            j: {"offset_s": p.offset_s, "phases": [[f.state, f.duration_s] for f in p.phases]}
            for j, p in plans.items()
        },
    }
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return plans
