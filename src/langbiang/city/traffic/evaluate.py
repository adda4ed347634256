"""Evaluate controllers on a scenario: the same demand, seeds and limits for each, mean and worst seed for all."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from langbiang.city.traffic.control.horizon import RollingHorizon
from langbiang.city.traffic.control.max_pressure import MaxPressure
from langbiang.city.traffic.limits import Limits
from langbiang.city.traffic.metrics import RunMetrics, Summary, paired_gain
from langbiang.city.traffic.network import Network, read_sumo_net
from langbiang.city.traffic.perception import Outage, Perception
from langbiang.city.traffic.stages import stages_of
from langbiang.city.traffic.twin.plan_search import optimised_plans
from langbiang.city.traffic.twin.runner import (
    OnDecision,
    Run,
    RunSettings,
    first_lamps,
    run_actuated,
    run_controller,
    run_fixed,
)
from langbiang.city.traffic.twin.scenario import Scenario, open_scenario

CONTROLLERS = ("fixed", "fixed_opt", "actuated", "max_pressure", "ours")
Report = Callable[[str, int], None]


class UnknownController(ValueError):
    """The name is none of ``CONTROLLERS``."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything one command yielded, ready for a table, JSON or a picture."""

    scenario: Scenario
    limits: Limits
    perception: Perception
    seeds: tuple[int, ...]
    scale: float
    summaries: tuple[Summary, ...] = field(default_factory=tuple)

    def summary(self, controller: str) -> Summary | None:
        return next((s for s in self.summaries if s.controller == controller), None)

    def as_json(self) -> dict[str, Any]:
        """Published form: per controller and seed, with the conditions that make figures comparable."""
        base = self.summary("fixed")
        return {
            "scenario": self.scenario.name,
            "digest": self.scenario.digest(),
            "trips_wanted": self.scenario.trips,
            "limits": str(self.limits),
            "perception": str(self.perception),
            "scale": self.scale,
            "seeds": list(self.seeds),
            "controllers": {
                s.controller: {
                    "mean_delay_s": round(s.mean("delay_s"), 3),
                    "worst_delay_s": round(s.worst("delay_s"), 3),
                    "delay_interval_95": [round(v, 3) for v in s.interval()],
                    "gridlocks": s.gridlocks,
                    "change_to_fixed": [round(v, 4) for v in paired_gain(s, base)] if base else None,
                    "runs": [r.as_row() for r in s.runs],
                }
                for s in self.summaries
            },
        }


def run_one(
    name: str,
    scenario: Scenario,
    network: Network,
    settings: RunSettings,
    *,
    plan_cache: Path,
    on_decision: OnDecision | None = None,
) -> Run:
    """One controller, one seed. Raises UnknownController."""
    if name == "fixed":
        return run_fixed(scenario, network, settings)
    if name == "fixed_opt":
        plans = optimised_plans(scenario, network, settings.limits, plan_cache)
        return run_fixed(scenario, network, settings, name="fixed_opt", plans=plans)
    if name == "actuated":
        return run_actuated(scenario, network, settings)
    if name == "max_pressure":
        stages = stages_of(network)
        return run_controller(
            scenario,
            network,
            settings,
            MaxPressure(network, stages),
            first_lamps(network, settings.limits, stages),
            on_decision=on_decision,
        )
    if name == "ours":
        stages = stages_of(network, with_derived=True)
        controller = RollingHorizon(network, settings.limits, stages)
        return run_controller(
            scenario,
            network,
            settings,
            controller,
            first_lamps(network, settings.limits, stages),
            on_decision=on_decision,
        )
    raise UnknownController(f"controller: {name!r} is unknown; choose one of {', '.join(CONTROLLERS)}")


def evaluate(
    folder: Path,
    *,
    controllers: Sequence[str],
    perception: Perception,
    limits: Limits,
    seeds: Sequence[int],
    scale: float = 1.0,
    outages: Sequence[Outage] = (),
    plan_cache: Path = Path("var/traffic/plans"),
    report: Report | None = None,
) -> Evaluation:
    """Run every controller with every seed. Raises BadScenario, BadNetwork, UnknownController, SumoMissing."""
    for name in controllers:
        if name not in CONTROLLERS:
            raise UnknownController(
                f"controller: {name!r} is unknown; choose one of {', '.join(CONTROLLERS)}"
            )
    scenario = open_scenario(folder)
    network = read_sumo_net(scenario.net)
    summaries = []
    for name in controllers:
        runs: list[RunMetrics] = []
        for seed in seeds:
            settings = RunSettings(limits, perception, seed, scale, tuple(outages))
            runs.append(run_one(name, scenario, network, settings, plan_cache=plan_cache).metrics)
            if report:
                report(name, seed)
        summaries.append(Summary(name, tuple(runs)))
    return Evaluation(scenario, limits, perception, tuple(seeds), scale, tuple(summaries))


def write_json(evaluation: Evaluation, path: Path) -> None:
    """Write the published JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(evaluation.as_json(), indent=1) + "\n", encoding="utf-8")
