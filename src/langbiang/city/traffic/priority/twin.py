"""Emergency vehicles and bus radios in the twin: who drives when, what they send, and how long junctions delay them."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from langbiang.city.traffic.network import Network
from langbiang.city.traffic.priority.buses import BusReport
from langbiang.city.traffic.priority.requests import EmergencyRequest, Passage, edge_of, sign
from langbiang.city.traffic.twin.scenario import BadScenario, Scenario

AMBULANCE = "ambulance"
BUS_CLASS = "bus"
NEAR_M = 150.0
HEARD_M = 400.0
ROUTE_M = 700.0
ASSUMED_MPS = 11.0
EVERY_S = 2
LIFE_S = 12.0
ANNOUNCED_S = 45.0
PLACE_ERROR_M = 5.0
LATENESS_S = (-60.0, 240.0)
PASSENGERS = (5, 60)


@dataclass(frozen=True, slots=True)
class Drive:
    """One emergency drive."""

    vehicle: str
    depart_s: float
    from_edge: str
    to_edge: str


def wanted_routes(scenario: Scenario) -> list[tuple[str, str]]:
    """(first edge, last edge) of all demand: routes somebody really drives. Raises BadScenario when there is none."""
    pairs = []
    for path in scenario.routes:
        for _, element in ElementTree.iterparse(path):
            if element.tag in {"trip", "vehicle"}:
                first, last = element.get("from"), element.get("to")
                route = element.find("route")
                if route is not None and (edges := route.get("edges", "").split()):
                    first, last = edges[0], edges[-1]
                if first and last and first != last:
                    pairs.append((first, last))
                element.clear()
    if not pairs:
        raise BadScenario(f"{scenario.name}: no trip with a first and a last edge; emergency drives need some to follow")
    return pairs


def drives_of(scenario: Scenario, seed: int, *, every_s: float) -> list[Drive]:
    """Emergency drives on random routes of the demand, one per ``every_s`` with a seeded jitter."""
    draw = random.Random(f"emergency drives {seed}")
    pairs = wanted_routes(scenario)
    drives: list[Drive] = []
    at = scenario.begin_s + 120.0
    while at < scenario.end_s - 240.0:
        first, last = draw.choice(pairs)
        drives.append(Drive(f"{AMBULANCE}.{len(drives)}", at + draw.uniform(0, every_s / 3), first, last))
        at += every_s
    return drives


def write_drives(path: Path, drives: Sequence[Drive]) -> None:
    """A route file. The vehicle stops at red as any other: nothing but the signals helps it."""
    rows = [f'  <vType id="{AMBULANCE}" vClass="emergency" speedFactor="1.0" minGap="2.5"/>']
    rows += [
        f'  <trip id={quoteattr(d.vehicle)} type="{AMBULANCE}" depart="{d.depart_s:.1f}" departLane="best" '
        f"from={quoteattr(d.from_edge)} to={quoteattr(d.to_edge)}/>"
        for d in drives
    ]
    path.write_text("<routes>\n" + "\n".join(rows) + "\n</routes>\n", encoding="utf-8")


@dataclass(slots=True)
class _Tracked:
    kind: str
    lateness_s: float = 0.0
    passengers: int = 0
    sequence: int = 0
    junction_delay_s: float = 0.0


OnWire = Callable[[bytes, float], None]
OnReports = Callable[[list[BusReport], list[BusReport]], None]


@dataclass
class Radios:
    """Companion of a run: follows buses and ambulances, lets them send, and sums the time junctions cost them.

    A drive is announced with its route before it enters the network, as a dispatcher does. With no ``on_wire`` and
    ``on_reports`` it only measures. ``junction_delay_s`` counts, within 150 m of a stop line and
    inside the junction, every second less the share of it that free driving would have needed.
    """

    network: Network
    seed: int
    secret: bytes = b""
    drives: Sequence[Drive] = ()
    on_wire: OnWire | None = None
    on_reports: OnReports | None = None
    tracked: dict[str, _Tracked] = field(default_factory=dict)
    _announced: dict[str, int] = field(default_factory=dict)

    def begin(self, sumo: Any) -> None:
        """Nothing to prepare."""

    def second(self, sumo: Any, now: float) -> None:
        """Follow everybody with a radio for one second."""
        vehicle = sumo.vehicle
        if self.on_wire is not None and int(now) % EVERY_S == 0:
            for drive in self.drives:
                if drive.depart_s - ANNOUNCED_S <= now < drive.depart_s + ANNOUNCED_S and drive.vehicle not in self.tracked:
                    self._announce(sumo, drive, now)
        for name in sumo.simulation.getDepartedIDList():
            kind = self._kind(vehicle, name)
            if kind:
                draw = random.Random(f"radio {self.seed} {name}")
                self.tracked[name] = _Tracked(kind, draw.uniform(*LATENESS_S), draw.randint(*PASSENGERS))
                self.tracked[name].sequence = self._announced.get(name, 0)
        driving = set(vehicle.getIDList()) if self.tracked else set()
        buses: list[BusReport] = []
        emergencies: list[BusReport] = []
        for name, radio in self.tracked.items():
            if name not in driving:
                if radio.kind == AMBULANCE:
                    self._send(name, radio, [], now)
                    radio.sequence = -1
                continue
            ahead = [t for t in vehicle.getNextTLS(name) if t[0] in self.network.junctions]
            self._measure(vehicle, name, radio, ahead)
            report = self._report(vehicle, name, radio, ahead, now)
            if report is not None:
                (buses if radio.kind == BUS_CLASS else emergencies).append(report)
            if radio.kind == AMBULANCE and int(now) % EVERY_S == 0:
                self._send(name, radio, ahead, now)
        if self.on_reports is not None:
            self.on_reports(buses, emergencies)

    def delays(self, kind: str) -> list[float]:
        """Junction delay of each vehicle of a kind, in order of name."""
        return [r.junction_delay_s for _, r in sorted(self.tracked.items()) if r.kind == kind]

    def _kind(self, vehicle: Any, name: str) -> str:
        if vehicle.getTypeID(name) == AMBULANCE:
            return AMBULANCE
        return BUS_CLASS if vehicle.getVehicleClass(name) == BUS_CLASS else ""

    def _measure(self, vehicle: Any, name: str, radio: _Tracked, ahead: Sequence[Any]) -> None:
        is_near = bool(ahead) and ahead[0][2] <= NEAR_M
        if is_near or vehicle.getLaneID(name).startswith(":"):
            free = max(1.0, vehicle.getAllowedSpeed(name))
            radio.junction_delay_s += max(0.0, 1.0 - vehicle.getSpeed(name) / free)

    def _report(
        self, vehicle: Any, name: str, radio: _Tracked, ahead: Sequence[Any], now: float
    ) -> BusReport | None:
        if not ahead or ahead[0][2] > HEARD_M:
            return None
        junction, index, distance, _ = ahead[0]
        link = self.network.junctions[junction].links[index]
        error = random.Random(f"place {self.seed} {name} {int(now)}").uniform(-PLACE_ERROR_M, PLACE_ERROR_M)
        late = radio.lateness_s + vehicle.getTimeLoss(name)
        place = max(1.0, distance + error)
        return BusReport(
            name, junction, edge_of(link.from_lane), edge_of(link.to_lane), place, vehicle.getSpeed(name), late, radio.passengers
        )

    def _announce(self, sumo: Any, drive: Drive, now: float) -> None:
        edges = sumo.simulation.findRoute(drive.from_edge, drive.to_edge, AMBULANCE).edges
        metres, route = 0.0, []
        for edge, following in zip(edges, edges[1:], strict=False):
            metres += sumo.lane.getLength(f"{edge}_0")
            junction = self._junction_between(edge, following)
            if junction and metres <= ROUTE_M:
                eta = max(now, drive.depart_s) + metres / ASSUMED_MPS
                route.append(Passage(junction, edge, following, eta))
        self._announced[drive.vehicle] = self._announced.get(drive.vehicle, 0) + 1
        self._wire(drive.vehicle, self._announced[drive.vehicle], route, now)

    def _junction_between(self, edge: str, following: str) -> str:
        for junction in self.network.junctions.values():
            for link in junction.links:
                if edge_of(link.from_lane) == edge and edge_of(link.to_lane) == following:
                    return junction.id
        return ""

    def _send(self, name: str, radio: _Tracked, ahead: Sequence[Any], now: float) -> None:
        if self.on_wire is None or radio.sequence < 0:
            return
        radio.sequence += 1
        route = []
        for junction, index, distance, _ in ahead:
            if distance <= ROUTE_M:
                link = self.network.junctions[junction].links[index]
                eta = now + distance / ASSUMED_MPS
                route.append(Passage(junction, edge_of(link.from_lane), edge_of(link.to_lane), eta))
        self._wire(name, radio.sequence, route, now)

    def _wire(self, name: str, sequence: int, route: Sequence[Passage], now: float) -> None:
        assert self.on_wire is not None
        request = EmergencyRequest(name, AMBULANCE, sequence, now, now + LIFE_S, tuple(route))
        self.on_wire(sign(request, self.secret), now)


@dataclass
class AllGreen:
    """Companion that shows everybody green: with one vehicle on the road, what remains is the delay of the bends.

    Signals switched off would not do: there drivers slow down for who might come from the right.
    """

    network: Network

    def begin(self, sumo: Any) -> None:
        """All green, for good."""
        for junction in self.network.junctions.values():
            sumo.trafficlight.setRedYellowGreenState(junction.id, "G" * junction.size)

    def second(self, sumo: Any, now: float) -> None:
        """Nothing changes."""
