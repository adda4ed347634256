"""Before and after a plan, under the shipped plan, SUMO's actuated control and ours: the same seeds for each."""

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from langbiang.city.traffic.control.horizon import RollingHorizon
from langbiang.city.traffic.control.settings import HorizonSettings
from langbiang.city.traffic.evaluate import UnknownController
from langbiang.city.traffic.incidents.demand import Closures, Rewritten, rewrite
from langbiang.city.traffic.incidents.plans import EventPlan, check
from langbiang.city.traffic.limits import Limits
from langbiang.city.traffic.metrics import RunMetrics
from langbiang.city.traffic.network import Network, read_sumo_net
from langbiang.city.traffic.perception import Perception
from langbiang.city.traffic.stages import stages_of
from langbiang.city.traffic.twin.runner import Run, RunSettings, first_lamps, run_actuated, run_controller, run_fixed
from langbiang.city.traffic.twin.scenario import Scenario, open_scenario

CONTROLLERS = ("fixed", "actuated", "ours")
MOTORBIKE_HEADWAY = 0.45
"""Discharge of a lane of motorbikes against one of cars: several ride abreast."""
Report = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class WhatIfRun:
    """One controller and seed, before (``is_after`` False) or after."""

    controller: str
    is_after: bool
    seed: int
    wanted: int
    cut_off: int
    no_way: int
    """Trips for which the roads left open make no way."""
    converted: int
    motorbikes: int
    added: int
    metrics: RunMetrics


@dataclass(frozen=True, slots=True)
class WhatIf:
    """All runs of one question."""

    scenario: Scenario
    plan: EventPlan
    limits: Limits
    perception: Perception
    seeds: tuple[int, ...]
    runs: tuple[WhatIfRun, ...]

    def of(self, controller: str, *, is_after: bool) -> list[WhatIfRun]:
        """Runs of one cell, in order of seed."""
        return sorted((r for r in self.runs if r.controller == controller and r.is_after == is_after), key=lambda r: r.seed)

    def mean(self, controller: str, field: str, *, is_after: bool) -> float:
        """Mean of a metric over seeds."""
        return fmean(float(getattr(r.metrics, field)) for r in self.of(controller, is_after=is_after))

    def as_json(self) -> dict[str, Any]:
        """Published form."""
        controllers = list(dict.fromkeys(r.controller for r in self.runs))
        return {
            "scenario": self.scenario.name,
            "digest": self.scenario.digest(),
            "plan": {**asdict(self.plan), "text": str(self.plan)},
            "limits": str(self.limits),
            "perception": str(self.perception),
            "seeds": list(self.seeds),
            "mean_delay_s": {
                c: {"before": self.mean(c, "delay_s", is_after=False), "after": self.mean(c, "delay_s", is_after=True)}
                for c in controllers
            },
            "runs": [{**asdict(r), "metrics": r.metrics.as_row()} for r in self.runs],
        }


def run_cell(
    controller: str, scenario: Scenario, network: Network, settings: RunSettings, plan: EventPlan, *, is_after: bool
) -> WhatIfRun:
    """One simulation. Raises UnknownController, BadPlan."""
    if controller not in CONTROLLERS:
        raise UnknownController(f"controller: {controller!r} is unknown; choose one of {', '.join(CONTROLLERS)}")
    with tempfile.TemporaryDirectory() as folder:
        changed = rewrite(scenario, network, plan, settings.seed, Path(folder)) if is_after else None
        ran = _run(controller, changed.scenario if changed else scenario, network, _settings(settings, network, plan, changed), plan)
    metrics = ran.metrics
    if changed is None:
        return WhatIfRun(controller, False, settings.seed, metrics.trips, 0, 0, 0, 0, 0, metrics)
    return WhatIfRun(
        controller,
        True,
        settings.seed,
        changed.wanted,
        changed.cut_off,
        changed.no_way,
        changed.converted,
        changed.motorbikes,
        changed.added,
        metrics,
    )


def _settings(base: RunSettings, network: Network, plan: EventPlan, changed: Rewritten | None) -> RunSettings:
    if changed is None:
        return base
    return RunSettings(
        base.limits,
        base.perception,
        base.seed,
        base.scale * plan.demand,
        base.outages,
        (*base.companions, Closures(network, plan)),
        (*base.arguments, *changed.arguments),
    )


def _run(controller: str, scenario: Scenario, network: Network, settings: RunSettings, plan: EventPlan) -> Run:
    if controller == "fixed":
        return run_fixed(scenario, network, settings)
    if controller == "actuated":
        return run_actuated(scenario, network, settings)
    stages = stages_of(network, with_derived=True)
    is_mixed = "--lateral-resolution" in settings.arguments
    scale = 1.0 - plan.motorbikes * (1.0 - MOTORBIKE_HEADWAY) if is_mixed else 1.0
    ours = RollingHorizon(network, settings.limits, stages, HorizonSettings(headway_scale=scale))
    return run_controller(scenario, network, settings, ours, first_lamps(network, settings.limits, stages))


def ask(
    folder: Path,
    plan: EventPlan,
    *,
    controllers: Sequence[str] = CONTROLLERS,
    perception: Perception,
    limits: Limits,
    seeds: Sequence[int],
    report: Report | None = None,
) -> WhatIf:
    """Run before and after. Raises BadScenario, BadNetwork, BadPlan, UnknownController, SumoMissing."""
    scenario = open_scenario(folder)
    network = read_sumo_net(scenario.net)
    check(plan, network)
    runs = []
    for controller in controllers:
        for seed in seeds:
            for is_after in (False, True):
                settings = RunSettings(limits, perception, seed)
                runs.append(run_cell(controller, scenario, network, settings, plan, is_after=is_after))
                if report:
                    report(f"{controller}, {'after' if is_after else 'before'}", seed)
    return WhatIf(scenario, plan, limits, perception, tuple(seeds), tuple(runs))


def write_json(result: WhatIf, path: Path) -> None:
    """Write the published JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result.as_json(), indent=1) + "\n", encoding="utf-8")
