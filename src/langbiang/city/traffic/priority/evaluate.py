"""The same hour with and without priority: what ambulances and buses gain, what all the others pay."""

import json
import secrets
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from statistics import fmean
from typing import Any

from langbiang.city.traffic.limits import Limits
from langbiang.city.traffic.metrics import RunMetrics, Trip
from langbiang.city.traffic.network import Network, read_sumo_net
from langbiang.city.traffic.perception import Perception
from langbiang.city.traffic.priority.buses import BusReport, BusSettings
from langbiang.city.traffic.priority.controller import PriorityController, Uses
from langbiang.city.traffic.priority.emergency import EmergencyService, EmergencySettings
from langbiang.city.traffic.priority.order import order_on
from langbiang.city.traffic.priority.requests import RequestDesk, VehicleKey
from langbiang.city.traffic.priority.twin import AMBULANCE, BUS_CLASS, AllGreen, Radios, drives_of, write_drives
from langbiang.city.traffic.priority.weighted import WeightedHorizon
from langbiang.city.traffic.stages import stages_of
from langbiang.city.traffic.twin.runner import RunSettings, first_lamps, run_controller, run_fixed
from langbiang.city.traffic.twin.scenario import Scenario, open_scenario

ARMS = ("none", "emergency", "bus", "both")
Report = Callable[[str, int], None]


class UnknownArm(ValueError):
    """The name is none of ``ARMS``."""


@dataclass(frozen=True, slots=True)
class PriorityRun:
    """One hour under one arm with one seed; delays in seconds per vehicle.

    ``ambulance_delay_s`` and ``bus_delay_s`` are junction delay (see ``Radios``); ``..._trip_s`` is all time lost on the
    trip, waiting to enter included, as for the others.
    """

    arm: str
    seed: int
    ambulances: int
    ambulance_delay_s: float
    ambulance_trip_s: float
    buses: int
    bus_delay_s: float
    bus_trip_s: float
    others_s: float
    others_not_bus_s: float
    refused: int
    uses: Uses
    metrics: RunMetrics


@dataclass(frozen=True, slots=True)
class PriorityResult:
    """All runs with the conditions that make them comparable."""

    scenario: Scenario
    limits: Limits
    perception: Perception
    seeds: tuple[int, ...]
    every_s: float
    runs: tuple[PriorityRun, ...]
    geometric_s: float = 0.0
    """Junction delay of the ambulances alone on the road with every signal green, mean over seeds."""

    def of(self, arm: str) -> list[PriorityRun]:
        """Runs of one arm, in order of seed."""
        return sorted((r for r in self.runs if r.arm == arm), key=lambda r: r.seed)

    def mean(self, arm: str, field: str) -> float:
        """Mean over seeds."""
        return fmean(float(getattr(r, field)) for r in self.of(arm))

    def change(self, arm: str, field: str) -> tuple[float, float]:
        """(change of the mean over seeds, change of the worst seed) against no priority, seeds paired."""
        pairs = [(getattr(r, field), getattr(b, field)) for r, b in zip(self.of(arm), self.of("none"), strict=True)]
        base = sum(b for _, b in pairs)
        total = sum(a for a, _ in pairs) / base - 1 if base else 0.0
        return total, max((a / b - 1 for a, b in pairs if b), default=0.0)

    def as_json(self) -> dict[str, Any]:
        """Published form."""
        arms = list(dict.fromkeys(r.arm for r in self.runs))
        fields = ("ambulance_delay_s", "ambulance_trip_s", "bus_delay_s", "bus_trip_s", "others_s", "others_not_bus_s")
        return {
            "scenario": self.scenario.name,
            "digest": self.scenario.digest(),
            "limits": str(self.limits),
            "perception": str(self.perception),
            "ambulance_every_s": self.every_s,
            "seeds": list(self.seeds),
            "ambulance_geometric_delay_s": round(self.geometric_s, 3),
            "change_to_none": {
                arm: {f: [round(v, 4) for v in self.change(arm, f)] for f in fields} for arm in arms if arm != "none"
            },
            "runs": [{**asdict(r), "metrics": r.metrics.as_row()} for r in self.runs],
        }


def run_arm(
    arm: str,
    scenario: Scenario,
    network: Network,
    settings: RunSettings,
    *,
    every_s: float = 180.0,
    emergency: EmergencySettings | None = None,
    buses: BusSettings | None = None,
) -> PriorityRun:
    """Simulate one arm with one seed. Raises UnknownArm, BadScenario."""
    if arm not in ARMS:
        raise UnknownArm(f"arm: {arm!r} is unknown; choose one of {', '.join(ARMS)}")
    stages = stages_of(network, with_derived=True)
    order = order_on(date.today())
    service = EmergencyService(network, stages, order, emergency) if arm in {"emergency", "both"} else None
    controller = PriorityController(
        WeightedHorizon(network, settings.limits, stages),
        network,
        service,
        (buses or BusSettings()) if arm in {"bus", "both"} else None,
    )
    drives = drives_of(scenario, settings.seed, every_s=every_s)
    secret, refused = secrets.token_bytes(32), 0
    keys = {d.vehicle: VehicleKey(AMBULANCE, secret) for d in drives}

    def audit(_now: float, _vehicle: str, rule: str, _text: str) -> None:
        nonlocal refused
        refused += rule != "accepted"

    desk = RequestDesk(network, keys, order, scenario.begin_s, on_use=audit)
    radios = Radios(network, settings.seed, secret, drives)
    if service is not None:
        radios.on_wire = lambda wire, now: service.take(desk.receive(wire, now), now)

    def told(bus: list[BusReport], emergencies: list[BusReport]) -> None:
        controller.bus_reports = bus
        controller.emergency_reports = emergencies if service is not None else ()

    radios.on_reports = told
    with tempfile.TemporaryDirectory() as folder:
        route = Path(folder) / "drives.rou.xml"
        write_drives(route, drives)
        run = run_controller(
            replace(scenario, routes=(*scenario.routes, route)),
            network,
            replace(settings, companions=(*settings.companions, radios)),
            controller,
            first_lamps(network, settings.limits, stages),
        )
    bus_names = {name for name, radio in radios.tracked.items() if radio.kind == BUS_CLASS}
    ambulances = [t for t in run.trips if t.kind == AMBULANCE]
    bus_trips = [t for t in run.trips if t.id in bus_names]
    others = [t for t in run.trips if t.kind != AMBULANCE]
    return PriorityRun(
        arm,
        settings.seed,
        len(ambulances),
        _mean(radios.delays(AMBULANCE)),
        _delay(ambulances),
        len(bus_names),
        _mean(radios.delays(BUS_CLASS)),
        _delay(bus_trips),
        _delay(others),
        _delay([t for t in others if t.id not in bus_names]),
        refused,
        controller.uses,
        run.metrics,
    )


def geometric_delay_s(scenario: Scenario, network: Network, settings: RunSettings, *, every_s: float) -> float:
    """Junction delay of the same ambulances alone on the road with every signal green: what no control can save."""
    radios = Radios(network, settings.seed)
    with tempfile.TemporaryDirectory() as folder:
        route = Path(folder) / "drives.rou.xml"
        write_drives(route, drives_of(scenario, settings.seed, every_s=every_s))
        run_fixed(
            replace(scenario, routes=(route,)), network, replace(settings, companions=(AllGreen(network), radios))
        )
    return _mean(radios.delays(AMBULANCE))


def compare(
    folder: Path,
    *,
    arms: Sequence[str] = ARMS,
    perception: Perception,
    limits: Limits,
    seeds: Sequence[int],
    every_s: float = 180.0,
    report: Report | None = None,
) -> PriorityResult:
    """Every arm with every seed, no priority always among them. Raises BadScenario, BadNetwork, UnknownArm, SumoMissing."""
    if unknown := [arm for arm in arms if arm not in ARMS]:
        raise UnknownArm(f"arm: {unknown[0]!r} is unknown; choose one of {', '.join(ARMS)}")
    scenario = open_scenario(folder)
    network = read_sumo_net(scenario.net)
    runs = []
    for arm in dict.fromkeys(("none", *arms)):
        for seed in seeds:
            runs.append(run_arm(arm, scenario, network, RunSettings(limits, perception, seed), every_s=every_s))
            if report:
                report(arm, seed)
    bends = [
        geometric_delay_s(scenario, network, RunSettings(limits, perception, seed), every_s=every_s) for seed in seeds
    ]
    return PriorityResult(scenario, limits, perception, tuple(seeds), every_s, tuple(runs), _mean(bends))


def write_json(result: PriorityResult, path: Path) -> None:
    """Write the published JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result.as_json(), indent=1) + "\n", encoding="utf-8")


def _mean(values: Sequence[float]) -> float:
    return fmean(values) if values else 0.0


def _delay(trips: Sequence[Trip]) -> float:
    return _mean([t.delay_s for t in trips])
