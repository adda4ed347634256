"""How many blocked lanes are found, how soon, and how often nothing was blocked."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from langbiang.city.traffic.control.horizon import RollingHorizon
from langbiang.city.traffic.incidents.blocked import Alarm, BlockedSettings
from langbiang.city.traffic.incidents.twin import Blockage, Blocking, WatchedController, blockages_of
from langbiang.city.traffic.limits import Limits
from langbiang.city.traffic.network import Network, read_sumo_net
from langbiang.city.traffic.perception import Perception
from langbiang.city.traffic.stages import stages_of
from langbiang.city.traffic.twin.runner import RunSettings, first_lamps, run_controller
from langbiang.city.traffic.twin.scenario import Scenario, open_scenario

IN_TIME_S = 120.0
Report = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Case:
    """One blocked lane and what became of it; ``after_s`` is None when no alarm named its approach."""

    seed: int
    blockage: Blockage
    after_s: float | None

    @property
    def is_in_time(self) -> bool:
        """Found within the two minutes promised."""
        return self.after_s is not None and self.after_s <= IN_TIME_S


@dataclass(frozen=True, slots=True)
class IncidentResult:
    """All cases and all false alarms, with the time watched without a blockage at that junction."""

    scenario: Scenario
    limits: Limits
    perception: Perception
    seeds: tuple[int, ...]
    cases: tuple[Case, ...]
    false_alarms: tuple[tuple[int, Alarm], ...]
    clear_junction_hours: float

    @property
    def found_share(self) -> float:
        """Share of the blocked lanes found in time."""
        return sum(c.is_in_time for c in self.cases) / len(self.cases) if self.cases else 0.0

    @property
    def false_per_junction_day(self) -> float:
        """False alarms per junction and day, as if every hour were as busy as the simulated one."""
        return 24.0 * len(self.false_alarms) / self.clear_junction_hours if self.clear_junction_hours else 0.0

    @property
    def median_s(self) -> float | None:
        """Median time to the alarm of those found."""
        times = [c.after_s for c in self.cases if c.after_s is not None]
        return median(times) if times else None

    def as_json(self) -> dict[str, Any]:
        """Published form."""
        return {
            "scenario": self.scenario.name,
            "digest": self.scenario.digest(),
            "limits": str(self.limits),
            "perception": str(self.perception),
            "seeds": list(self.seeds),
            "in_time_s": IN_TIME_S,
            "found_share": round(self.found_share, 4),
            "median_s": self.median_s,
            "false_per_junction_day": round(self.false_per_junction_day, 3),
            "clear_junction_hours": round(self.clear_junction_hours, 2),
            "cases": [{"seed": c.seed, **_told(c.blockage), "after_s": c.after_s} for c in self.cases],
            "false_alarms": [{"seed": seed, **asdict(alarm)} for seed, alarm in self.false_alarms],
        }


def run_hour(
    scenario: Scenario,
    network: Network,
    settings: RunSettings,
    *,
    count: int,
    lasts_s: float = 600.0,
    detector: BlockedSettings | None = None,
) -> tuple[list[Blockage], list[Alarm]]:
    """One window with ``count`` blocked lanes under our controller; only blockages that did happen are returned."""
    stages = stages_of(network, with_derived=True)
    watched = WatchedController(RollingHorizon(network, settings.limits, stages), network, detector)
    wanted = blockages_of(network, scenario.begin_s, scenario.end_s, settings.seed, count=count, lasts_s=lasts_s)
    blocking = Blocking(network, wanted)
    run_controller(
        scenario,
        network,
        replace(settings, companions=(*settings.companions, blocking)),
        watched,
        first_lamps(network, settings.limits, stages),
    )
    return [b for b in wanted if b.began_s is not None], watched.alarms


def judge_alarms(
    seed: int, blockages: Sequence[Blockage], alarms: Sequence[Alarm], network: Network
) -> tuple[list[Case], list[tuple[int, Alarm]]]:
    """Pair alarms with blockages: one on the same approach finds it, one at another junction is false.

    An alarm elsewhere at the blocked junction while it is blocked and five minutes after is neither.
    """
    cases = []
    for blockage in blockages:
        edge = network.lanes[blockage.lane].edge
        assert blockage.began_s is not None
        times = [
            a.at_s - blockage.began_s
            for a in alarms
            if a.junction == blockage.junction
            and network.lanes[a.lane].edge == edge
            and blockage.began_s <= a.at_s <= blockage.began_s + blockage.lasts_s
        ]
        cases.append(Case(seed, blockage, min(times, default=None)))
    false = [(seed, a) for a in alarms if not any(b.covers(a.junction, a.at_s) for b in blockages)]
    return cases, false


def measure(
    folder: Path,
    *,
    perception: Perception,
    limits: Limits,
    seeds: Sequence[int],
    count: int = 4,
    lasts_s: float = 600.0,
    detector: BlockedSettings | None = None,
    report: Report | None = None,
) -> IncidentResult:
    """Every seed with ``count`` blockages. Raises BadScenario, BadNetwork, SumoMissing."""
    scenario = open_scenario(folder)
    network = read_sumo_net(scenario.net)
    cases: list[Case] = []
    false: list[tuple[int, Alarm]] = []
    hours = 0.0
    for seed in seeds:
        blockages, alarms = run_hour(
            scenario, network, RunSettings(limits, perception, seed), count=count, lasts_s=lasts_s, detector=detector
        )
        found, wrong = judge_alarms(seed, blockages, alarms, network)
        cases += found
        false += wrong
        window = scenario.end_s - scenario.begin_s
        hours += (window * len(network.junctions) - len(blockages) * min(window, lasts_s + 300.0)) / 3600.0
        if report:
            report(seed)
    return IncidentResult(scenario, limits, perception, tuple(seeds), tuple(cases), tuple(false), hours)


def write_json(result: IncidentResult, path: Path) -> None:
    """Write the published JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result.as_json(), indent=1) + "\n", encoding="utf-8")


def _told(blockage: Blockage) -> dict[str, Any]:
    row = asdict(blockage)
    del row["lanes"]
    return row
