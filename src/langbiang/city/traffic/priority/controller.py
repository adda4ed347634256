"""A controller around ours: emergency vehicles first, then pedestrians' time, then buses by weight, then the plan."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from langbiang.city.traffic.control.base import Decision
from langbiang.city.traffic.lamps import LampDriver
from langbiang.city.traffic.network import GREEN, Network
from langbiang.city.traffic.perception import JunctionView
from langbiang.city.traffic.priority.buses import BusReport, BusSettings, CycleLock, weights_at
from langbiang.city.traffic.priority.emergency import EmergencyService
from langbiang.city.traffic.priority.weighted import RadioVehicle

MIN_SPEED_MPS = 6.0
PedestrianClock = Callable[[str, float], float]
"""(junction, now) to the seconds that walk and clearance still need there."""


class Planner(Protocol):
    """A controller that takes vehicles which tell where they are; `WeightedHorizon` is one."""

    radio: dict[str, list[RadioVehicle]]

    def holds(self, view: JunctionView, driver: LampDriver) -> bool:
        """As any controller."""
        ...

    def decide(
        self, now: float, views: Mapping[str, JunctionView], lamps: Mapping[str, LampDriver]
    ) -> dict[str, Decision]:
        """As any controller."""
        ...


@dataclass(slots=True)
class Uses:
    """How often priority changed anything: for the audit and for the report."""

    emergency: int = 0
    recovery: int = 0
    bus_green: int = 0
    bus_extended: int = 0
    locked: int = 0


@dataclass(slots=True)
class _Bus:
    report: BusReport
    weight: float


class PriorityController:
    """Holds a controller (the rolling horizon), gives it weights and overrides it where an emergency vehicle is due.

    Bus reports are valid for the second in which they are set. Pedestrians: while ``pedestrians`` says that somebody
    walks or clears, no override of ours changes the stage; the gate would refuse it anyway (rule G4).
    """

    name = "ours"

    def __init__(
        self,
        inner: Planner,
        network: Network,
        emergency: EmergencyService | None,
        buses: BusSettings | None,
        *,
        emergency_weight: float = 8.0,
        pedestrians: PedestrianClock | None = None,
    ) -> None:
        self._inner = inner
        self._network = network
        self._emergency = emergency
        self._buses = buses
        self._emergency_weight = emergency_weight
        self._pedestrians = pedestrians
        self._locks = {
            j.id: CycleLock(j, buses.longest_lock_s if buses else 0.0) for j in network.junctions.values()
        }
        self._near: dict[str, dict[str, _Bus]] = {j: {} for j in network.junctions}
        self.bus_reports: Sequence[BusReport] = ()
        self.emergency_reports: Sequence[BusReport] = ()
        """Places of emergency vehicles whose requests hold; lateness and passengers do not count."""
        self.uses = Uses()

    def holds(self, view: JunctionView, driver: LampDriver) -> bool:
        """As the controller inside."""
        return self._inner.holds(view, driver)

    def decide(
        self, now: float, views: Mapping[str, JunctionView], lamps: Mapping[str, LampDriver]
    ) -> dict[str, Decision]:
        """The plan's decisions, with the priority ones in their place."""
        states = {j: driver.state() for j, driver in lamps.items()}
        self._inner.radio = self._radio(now, views, states)
        decisions = self._inner.decide(now, views, lamps)
        if self._emergency is not None:
            self._emergency.tick(now, lamps)
        for junction_id, driver in lamps.items():
            planned = decisions.get(junction_id)
            wanted = self._overriding(junction_id, now, views[junction_id], driver, planned)
            if wanted is None or not driver.may_switch:
                continue
            if wanted.stage != driver.stage and self._pedestrians and self._pedestrians(junction_id, now) > 0.0:
                continue
            decisions[junction_id] = wanted
        return decisions

    def _overriding(
        self, junction_id: str, now: float, view: JunctionView, driver: LampDriver, planned: Decision | None
    ) -> Decision | None:
        if self._emergency is not None:
            decision = self._emergency.decide(junction_id, now, view, driver, planned)
            if decision is not None:
                if decision.stage != driver.stage and driver.may_go(decision.stage):
                    self.uses.emergency += "Recovers" not in decision.reason
                    self.uses.recovery += "Recovers" in decision.reason
                return decision
        if planned is None or self._buses is None or planned.is_forced:
            return None
        return self._bus_rule(junction_id, driver, planned)

    def _bus_rule(self, junction_id: str, driver: LampDriver, planned: Decision) -> Decision | None:
        """Extend: a green that would end is kept for a bus about to pass. Early greens come from the weights."""
        assert self._buses is not None
        stage = driver.stages[driver.stage].state
        for bus in self._near[junction_id].values():
            if bus.weight <= 1.0:
                continue
            links = self._links(bus.report)
            late, load = f"{bus.report.lateness_s:.0f}", bus.report.passengers
            if planned.stage == driver.stage:
                continue
            if any(stage[k] in GREEN for k in links):
                if bus.report.distance_m / max(MIN_SPEED_MPS, bus.report.speed_mps) <= self._buses.extend_s:
                    self.uses.bus_extended += 1
                    return Decision(driver.stage, f"Keeps green for bus {bus.report.vehicle}, {late} s late, {load} on board.")
            elif any(driver.stages[planned.stage].serves(k) for k in links):
                self.uses.bus_green += 1
                serves = f"Serves bus {bus.report.vehicle}, {late} s late, {load} on board."
                return Decision(planned.stage, "\n".join((planned.reason, serves)))
        return None

    def _radio(
        self, now: float, views: Mapping[str, JunctionView], states: Mapping[str, str]
    ) -> dict[str, list[RadioVehicle]]:
        heard: dict[str, list[RadioVehicle]] = {}
        if self._buses is not None:
            self._follow_buses(now, views, states)
            for junction_id, near in self._near.items():
                for bus in near.values():
                    heard.setdefault(junction_id, []).append(_radio_of(bus.report, "bus", bus.weight))
        for report in self.emergency_reports:
            heard.setdefault(report.junction, []).append(_radio_of(report, "emergency", self._emergency_weight))
        return heard

    def _follow_buses(self, now: float, views: Mapping[str, JunctionView], states: Mapping[str, str]) -> None:
        """Weigh the buses of this second; one that went through with priority closes the lock behind it."""
        assert self._buses is not None
        weights = weights_at(self.bus_reports, self._buses)
        near: dict[str, dict[str, _Bus]] = {j: {} for j in self._near}
        for report in self.bus_reports:
            near[report.junction][report.vehicle] = _Bus(report, weights.get(report.vehicle, 1.0))
        for junction_id, before in self._near.items():
            lock, state = self._locks[junction_id], states[junction_id]
            lock.tick(now, state)
            if any(bus.weight > 1.0 for name, bus in before.items() if name not in near[junction_id]):
                lock.close(now, state, views[junction_id])
            if lock.is_closed:
                for bus in near[junction_id].values():
                    self.uses.locked += bus.weight > 1.0
                    bus.weight = 1.0
        self._near = near

    def _links(self, report: BusReport) -> list[int]:
        junction = self._network.junctions[report.junction]
        return [
            k.index
            for k in junction.links
            if junction.edge_of(k.from_lane) == report.from_edge and junction.edge_of(k.to_lane) == report.to_edge
        ]


def _radio_of(report: BusReport, kind: str, weight: float) -> RadioVehicle:
    return RadioVehicle(
        report.vehicle, kind, report.from_edge, report.to_edge, report.distance_m, report.speed_mps, weight
    )
