"""An event planned for the junctions of the platform, rehearsed in the twin: the same hour without it and with it, seed by seed.

Closed is a street at an arm of a junction, both ways; busier is an arm from which so many times as many come. Drivers who know of the
closing take another way; who would begin or end on it, or has no way left, is counted apart and not in the delay.
"""

import json
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from langbiang.city.traffic.incidents.demand import Closures, rewrite
from langbiang.city.traffic.incidents.plans import EventPlan
from langbiang.city.traffic.metrics import RunMetrics
from langbiang.city.traffic.perception import REAL
from langbiang.city.traffic.twin.demand import HOUR_S, Count, Departure, hour_demand
from langbiang.city.traffic.twin.described import Arm, Description, describe, edge_into, edge_out_of
from langbiang.city.traffic.twin.replay import OURS
from langbiang.city.traffic.twin.replaying import Job, Progress, answer, job_from, run_one, scenario_of, work_apart
from langbiang.city.traffic.twin.runner import RunSettings
from langbiang.city.traffic.twin.signals import common_limits, told_limits
from langbiang.city.traffic.twin.streets import draw
from langbiang.city.traffic.twin.sumo import load_sumo

CONTROLLERS = ("fixed", "actuated", OURS)
MOST_BUSIER = 5.0


@dataclass(frozen=True)
class Event:
    """What is planned: arms whose street is closed, how many times as many come from others, plans that run instead of the cabinet's."""

    closed: tuple[Arm, ...] = ()
    busier: tuple[tuple[Arm, float], ...] = ()
    plans: Mapping[str, Any] = field(default_factory=dict)
    """Splits and offset of the plan a junction runs meanwhile, by its code."""

    def as_json(self) -> dict[str, Any]:
        """For the process that rehearses."""
        return {"closed": [list(arm) for arm in self.closed], "busier": [[list(arm), factor] for arm, factor in self.busier], "plans": dict(self.plans)}


def event_from(content: Mapping[str, Any]) -> Event:
    """What ``Event.as_json`` wrote."""
    return Event(
        tuple((code, arm) for code, arm in content["closed"]), tuple(((code, arm), float(factor)) for (code, arm), factor in content["busier"]),
        dict(content.get("plans", {})),
    )


def closed_edges(description: Description, event: Event) -> tuple[str, ...]:
    """Edges nobody may use, both ways of each closed street."""
    edges = [edge for arm in event.closed for edge in (edge_into(*arm), edge_out_of(description, *arm))]
    return tuple(dict.fromkeys(edges))


def more_of(event: Event, seed: int) -> Callable[[list[Departure]], list[Departure]]:
    """Copies of who comes over a busier arm, moved by up to two minutes; seeded, so that every controller meets the same vehicles."""
    factors = {edge_into(*arm): factor for arm, factor in event.busier}

    def more(known: list[Departure]) -> list[Departure]:
        dice = random.Random(f"event {seed}")
        made = list(known)
        for each in known:
            factor = max((factors[edge] for edge in each.edges if edge in factors), default=1.0)
            for _ in range(int(factor - 1.0 + dice.random())):
                made.append(replace(each, at_s=max(0.0, each.at_s + dice.uniform(-120.0, 120.0))))
        return sorted(made, key=lambda one: one.at_s)

    return more


def run_rehearsal(job: Job, event: Event, folder: Path, report: Progress) -> dict[str, Any]:
    """The one hour of a job under every controller, before and after. Raises CannotDraw, SumoMissing."""
    load_sumo()
    description = describe(job.description)
    network, signals = draw(description, folder)
    limits, hour = common_limits(signals), job.hours[0]
    demand = hour_demand(description, job.counts, begin_s=hour * HOUR_S)
    plan = EventPlan(closed=closed_edges(description, event))
    meanwhile = replace(job, plans={**job.plans, hour: {**job.plans.get(hour, {}), **event.plans}})
    total, done = len(CONTROLLERS) * len(job.seeds) * 2, 0
    rows: dict[tuple[str, bool], list[RunMetrics]] = {}
    lost: dict[int, dict[str, int]] = {}
    for seed in job.seeds:
        before = scenario_of(description, demand, seed, folder, job.seconds)
        known = before.trips
        for name in CONTROLLERS:
            run = run_one(name, job, hour, before, network, signals, RunSettings(limits, REAL, seed))
            rows.setdefault((name, False), []).append(run.metrics)
            done += 1
            report(done, total, f"{name}, {seed}, before")
        after = scenario_of(description, demand, seed, folder, job.seconds, more=more_of(event, seed))
        changed = rewrite(after, network, plan, seed, folder)
        lost[seed] = {"cut_off": changed.cut_off, "no_way": changed.no_way, "added": max(0, after.trips - known)}
        settings = RunSettings(limits, REAL, seed, companions=(Closures(network, plan),), arguments=changed.arguments)
        for name in CONTROLLERS:
            run = run_one(name, meanwhile, hour, changed.scenario, network, signals, settings)
            rows.setdefault((name, True), []).append(run.metrics)
            done += 1
            report(done, total, f"{name}, {seed}, after")
    return {
        "hour": hour, "seeds": list(job.seeds), "limits": told_limits(signals),
        "lost": {key: round(fmean(row[key] for row in lost.values())) for key in ("cut_off", "no_way", "added")},
        "controllers": [
            {"name": name, "before": _figures(rows[name, False]), "after": _figures(rows[name, True])} for name in CONTROLLERS
        ],
    }  # fmt: skip


def _figures(runs: Sequence[RunMetrics]) -> dict[str, float]:
    return {
        "delay_s": round(fmean(r.delay_s for r in runs), 1), "worst_delay_s": round(max(r.delay_s for r in runs), 1),
        "max_wait_s": round(max(r.max_wait_s for r in runs)), "never_in": round(max(r.never_inserted for r in runs)),
        "trips": round(fmean(r.trips for r in runs)),
    }  # fmt: skip


def rehearse_apart(job: Job, event: Event, report: Progress, *, command: Sequence[str] = ()) -> Mapping[str, Any]:
    """Rehearse in a process of its own, at low priority. Raises CannotDraw, SumoMissing, ReplayFailed."""
    asked = list(command) or [sys.executable, "-m", "langbiang.city.traffic.incidents.rehearsal"]
    return work_apart(asked, {"job": job.as_json(), "event": event.as_json()}, report)


def busiest_hour(counts: Sequence[Count], hours: Sequence[int]) -> int:
    """The hour in which most were counted."""
    totals = {hour: sum(c.vehicles for c in counts if c.begun_s // HOUR_S == hour) for hour in hours}
    return max(hours, key=lambda hour: (totals[hour], -hour))


def main() -> None:
    """Read a job and an event, rehearse, say so line by line."""
    content = json.load(sys.stdin)
    job, event = job_from(content["job"]), event_from(content["event"])
    answer(lambda folder, report: run_rehearsal(job, event, folder, report))


if __name__ == "__main__":
    main()
