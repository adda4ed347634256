"""Run one hour in SUMO under one controller and judge it by the rules of ``metrics``.

Rules that make a figure comparable: no teleporting, unfinished and never inserted trips counted, one-second steps,
same seed and demand for every controller.
"""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from langbiang.city.traffic.control.base import Controller, Decision
from langbiang.city.traffic.lamps import LampDriver
from langbiang.city.traffic.limits import Limits
from langbiang.city.traffic.metrics import (
    HALTED_MPS,
    SLOW_MPS,
    RunMetrics,
    SecondCounter,
    Trip,
    judge,
    read_trips,
)
from langbiang.city.traffic.network import GREEN, Network, Stage
from langbiang.city.traffic.perception import Outage, Perception, PerceptionModel, TrueVehicle
from langbiang.city.traffic.twin.programmes import Plan, shipped_plans, write_actuated, write_fixed
from langbiang.city.traffic.twin.scenario import Scenario
from langbiang.city.traffic.twin.sumo import load_sumo

DEMAND_REACH_M = 100.0
LOOK_M = 260.0


class Companion(Protocol):
    """Something beside the demand that lives with one run: radios in vehicles, a closed road, a stopped car."""

    def begin(self, sumo: Any) -> None:
        """Called once, before the first second."""
        ...

    def second(self, sumo: Any, now: float) -> None:
        """Called after every simulated second, before the controller decides."""
        ...


@dataclass(frozen=True, slots=True)
class RunSettings:
    """One cell of an evaluation, all that must be equal between controllers."""

    limits: Limits
    perception: Perception
    seed: int
    scale: float = 1.0
    outages: tuple[Outage, ...] = ()
    companions: tuple[Companion, ...] = ()
    arguments: tuple[str, ...] = ()
    """Further options of the simulator, such as a lateral resolution for motorbikes."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one simulated window yielded."""

    metrics: RunMetrics
    trips: tuple[Trip, ...]


OnDecision = Callable[[float, str, Decision], None]


def run_fixed(
    scenario: Scenario,
    network: Network,
    settings: RunSettings,
    *,
    name: str = "fixed",
    plans: dict[str, Plan] | None = None,
) -> Run:
    """Run a fixed plan: the shipped one unless ``plans`` are given."""
    with tempfile.TemporaryDirectory() as folder:
        extra = Path(folder) / "programmes.add.xml"
        write_fixed(extra, plans or shipped_plans(network, settings.limits))
        return _simulate(scenario, network, settings, name, Path(folder), extra, None, None)


def delay_of_plans(
    scenario: Scenario, network: Network, settings: RunSettings, plans: dict[str, Plan]
) -> float:
    """Mean delay under a fixed plan, without looking in between: a search needs nothing else."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        extra = folder / "programmes.add.xml"
        write_fixed(extra, plans)
        sumo = load_sumo()
        sumo.start(_arguments(scenario, settings, folder, extra))
        try:
            sumo.simulationStep(scenario.end_s)
        finally:
            sumo.close()
        trips = read_trips(folder / "trips.xml")
        return sum(t.delay_s for t in trips) / max(1, len(trips))


def run_actuated(scenario: Scenario, network: Network, settings: RunSettings) -> Run:
    """Run SUMO's actuated control: gap-out between minimum green and 60 s on its own perfect detectors."""
    with tempfile.TemporaryDirectory() as folder:
        extra = Path(folder) / "programmes.add.xml"
        write_actuated(extra, network, settings.limits)
        return _simulate(scenario, network, settings, "actuated", Path(folder), extra, None, None)


def run_programmes(
    scenario: Scenario, network: Network, settings: RunSettings, name: str, write: Callable[[Path], None]
) -> Run:
    """Run programmes SUMO plays by itself; ``write`` puts them into the additional file it is given."""
    with tempfile.TemporaryDirectory() as folder:
        extra = Path(folder) / "programmes.add.xml"
        write(extra)
        return _simulate(scenario, network, settings, name, Path(folder), extra, None, None)


def run_controller(
    scenario: Scenario,
    network: Network,
    settings: RunSettings,
    controller: Controller,
    lamps: dict[str, LampDriver],
    *,
    on_decision: OnDecision | None = None,
) -> Run:
    """Run one of our controllers through the lamp drivers, seeing only what the perception tier allows."""
    with tempfile.TemporaryDirectory() as folder:
        return _simulate(
            scenario, network, settings, controller.name, Path(folder), None, (controller, lamps), on_decision
        )


def _arguments(scenario: Scenario, settings: RunSettings, folder: Path, extra: Path | None) -> list[str]:
    additional = [str(p) for p in (*scenario.additional, *([extra] if extra else []))]
    arguments = [
        "sumo",
        "-n",
        str(scenario.net),
        "-r",
        ",".join(str(p) for p in scenario.routes),
        "-b",
        str(scenario.begin_s),
        "-e",
        str(scenario.end_s),
        "--step-length",
        "1",
        "--seed",
        str(settings.seed),
        "--scale",
        str(settings.scale),
        "--time-to-teleport",
        "-1",
        "--no-step-log",
        "--no-warnings",
        "--duration-log.disable",
        "--tripinfo-output",
        str(folder / "trips.xml"),
        "--tripinfo-output.write-unfinished",
        "--tripinfo-output.write-undeparted",
    ]
    return [*arguments, *settings.arguments, *(["-a", ",".join(additional)] if additional else [])]


def _simulate(
    scenario: Scenario,
    network: Network,
    settings: RunSettings,
    name: str,
    folder: Path,
    extra: Path | None,
    control: tuple[Controller, dict[str, LampDriver]] | None,
    on_decision: OnDecision | None,
) -> Run:
    sumo = load_sumo()
    sumo.start(_arguments(scenario, settings, folder, extra))
    try:
        watch = _Watch(sumo, network, settings)
        for companion in settings.companions:
            companion.begin(sumo)
        switches = forced = 0
        spent = 0.0
        states = _apply(sumo, control[1]) if control else {}
        while sumo.simulation.getTime() < scenario.end_s:
            sumo.simulationStep()
            now = sumo.simulation.getTime()
            approaching = watch.look(want_views=control is not None)
            for companion in settings.companions:
                companion.second(sumo, now)
            if control is None:
                watch.count({j: sumo.trafficlight.getRedYellowGreenState(j) for j in network.junctions})
                continue
            controller, lamps = control
            watch.count(states)
            views = watch.perception.observe(now, approaching, watch.on_lanes, watch.crossing)
            started = time.perf_counter()
            for junction_id, driver in lamps.items():
                driver.tick(hold=controller.holds(views[junction_id], driver))
            for junction_id, decision in controller.decide(now, views, lamps).items():
                driver = lamps[junction_id]
                before = driver.stage
                if decision.stage != before and driver.ask(decision.stage):
                    switches += 1
                    forced += decision.is_forced
                if on_decision:
                    on_decision(now, junction_id, decision)
            spent += time.perf_counter() - started
            states = _apply(sumo, lamps, states)
        seconds = max(1.0, scenario.end_s - scenario.begin_s)
    finally:
        sumo.close()
    trips = read_trips(folder / "trips.xml")
    metrics = judge(
        name,
        settings.seed,
        trips,
        watch.counter,
        switches=switches,
        forced_recalls=forced,
        compute_ms_per_s=1000 * spent / seconds,
    )
    return Run(metrics, tuple(trips))


def _apply(sumo: Any, lamps: dict[str, LampDriver], shown: dict[str, str] | None = None) -> dict[str, str]:
    states = {}
    for junction_id, driver in lamps.items():
        states[junction_id] = driver.state()
        if shown is None or shown.get(junction_id) != states[junction_id]:
            sumo.trafficlight.setRedYellowGreenState(junction_id, states[junction_id])
    return states


class _Watch:
    """Reads the simulator once a second: for the metrics, and as truth for the perception model."""

    def __init__(self, sumo: Any, network: Network, settings: RunSettings) -> None:
        self._sumo = sumo
        self._network = network
        self._wanted = (sumo.constants.VAR_LANE_ID, sumo.constants.VAR_LANEPOSITION, sumo.constants.VAR_SPEED)
        self._kind: dict[str, str] = {}
        controlled = {lane for j in network.junctions.values() for lane in j.lanes}
        edges = {network.lanes[lane].edge for lane in controlled}
        self._edge_of = {
            lane: network.lanes[lane].edge for lane in network.lanes if network.lanes[lane].edge in edges
        }
        self._lane_junction = {lane: j.id for j in network.junctions.values() for lane in j.lanes}
        limit = {e: max(k.speed_mps for k in network.lanes.values() if k.edge == e) for e in edges}
        self.counter = SecondCounter(frozenset(edges), limit)
        self.perception = PerceptionModel(network, settings.perception, settings.seed, settings.outages)
        self.on_lanes: list[tuple[str, float, float]] = []
        self.crossing: list[tuple[str, str, float]] = []
        self._red_for: dict[str, list[int]] = {j.id: [0] * j.size for j in network.junctions.values()}
        self._halted_demand: set[tuple[str, int]] = set()
        self._near_demand: set[tuple[str, int]] = set()
        self._pending_count: tuple[int, int, list[tuple[str, float]], dict[str, int]] = (0, 0, [], {})

    def look(self, *, want_views: bool) -> list[TrueVehicle]:
        sumo = self._sumo
        vehicle = sumo.vehicle
        for vehicle_id in sumo.simulation.getDepartedIDList():
            vehicle.subscribe(vehicle_id, self._wanted)
            self._kind[vehicle_id] = vehicle.getVehicleClass(vehicle_id)
        lane_key, position_key, speed_key = self._wanted
        approaching: list[TrueVehicle] = []
        self.on_lanes, self.crossing = [], []
        on_approach: list[tuple[str, float]] = []
        halted: dict[str, int] = {}
        self._halted_demand.clear()
        self._near_demand.clear()
        slow = 0
        for vehicle_id, seen in vehicle.getAllSubscriptionResults().items():
            lane, position, speed = seen[lane_key], seen[position_key], seen[speed_key]
            slow += speed < SLOW_MPS
            self.on_lanes.append((lane, position, speed))
            if lane.startswith(":"):
                self.crossing.append((vehicle_id, lane, speed))
            edge = self._edge_of.get(lane)
            if edge is not None:
                on_approach.append((edge, speed))
                if speed < HALTED_MPS and lane in self._lane_junction:
                    halted[lane] = halted.get(lane, 0) + 1
            if not want_views and speed >= SLOW_MPS and edge is None:
                continue
            following = vehicle.getNextTLS(vehicle_id)
            if not following:
                continue
            junction_id, link, distance, _ = following[0]
            if junction_id not in self._network.junctions:
                continue
            if distance <= DEMAND_REACH_M:
                self._near_demand.add((junction_id, link))
                if speed < HALTED_MPS:
                    self._halted_demand.add((junction_id, link))
            if want_views and distance <= LOOK_M:
                approaching.append(
                    TrueVehicle(vehicle_id, junction_id, link, distance, speed, self._kind[vehicle_id])
                )
        backlog = len(sumo.simulation.getPendingVehicles())
        self._pending_count = (slow, backlog, on_approach, halted)
        return approaching

    def count(self, states: dict[str, str]) -> None:
        slow, backlog, on_approach, halted = self._pending_count
        self.counter.second(slow, backlog, on_approach, halted, self._lane_junction)
        for junction_id, state in states.items():
            red = self._red_for[junction_id]
            for link, lamp in enumerate(state):
                key = (junction_id, link)
                if lamp in GREEN or key not in self._near_demand:
                    red[link] = 0
                elif red[link] or key in self._halted_demand:
                    red[link] += 1
                    self.counter.max_red_s = max(self.counter.max_red_s, red[link])


def first_lamps(
    network: Network, limits: Limits, stages: Mapping[str, Sequence[Stage]] | None = None
) -> dict[str, LampDriver]:
    """Lamp drivers at the start of a run, showing each junction's first stage."""
    return {
        j.id: LampDriver(j, limits, tuple(stages[j.id]) if stages else j.stages)
        for j in network.junctions.values()
    }
