"""Blocked lanes in the twin: vehicles that stop where nobody stops, and the detectors that watch the views."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from langbiang.city.traffic.control.base import Controller, Decision
from langbiang.city.traffic.incidents.blocked import Alarm, BlockedLaneDetector, BlockedSettings
from langbiang.city.traffic.lamps import LampDriver
from langbiang.city.traffic.network import Network
from langbiang.city.traffic.perception import JunctionView

SHORTEST_LANE_M = 40.0
MID_LANE_M = (25.0, 60.0)
SEARCH_S = 240.0


@dataclass(slots=True)
class Blockage:
    """One lane to be blocked; filled in as the run goes on, as it needs somebody there who can still brake."""

    from_s: float
    lasts_s: float
    wanted_m: float
    """Where it shall stand, from the stop line; below 1 m: at the stop line."""
    lanes: tuple[tuple[str, str], ...] = ()
    """(junction, lane) in the order in which they are tried."""
    junction: str = ""
    lane: str = ""
    distance_m: float = 0.0
    vehicle: str = ""
    began_s: float | None = None
    """When the vehicle had come to rest; None while nobody has stopped yet."""

    def covers(self, junction: str, now: float, *, after_s: float = 300.0) -> bool:
        """Whether an alarm there and then is about this blockage or what it left behind."""
        if self.began_s is None or junction != self.junction:
            return False
        return self.began_s <= now <= self.began_s + self.lasts_s + after_s


def blockages_of(network: Network, begin_s: float, end_s: float, seed: int, *, count: int, lasts_s: float) -> list[Blockage]:
    """Seeded blockages, one after another, half in mid-lane and half at the stop line."""
    draw = random.Random(f"blockages {seed}")
    lanes = [
        (j.id, lane)
        for j in network.junctions.values()
        for lane in j.lanes
        if network.lanes[lane].length_m >= SHORTEST_LANE_M
    ]
    room = (end_s - begin_s - 300.0 - lasts_s) / max(1, count - 1) if count > 1 else 0.0
    found: list[Blockage] = []
    for n in range(count):
        distance = draw.uniform(*MID_LANE_M) if draw.random() < 0.5 else 0.5
        order = tuple(draw.sample(lanes, len(lanes)))
        found.append(Blockage(begin_s + 300.0 + n * room, lasts_s, distance, order))
    return found


@dataclass
class Blocking:
    """Companion of a run: makes a vehicle that still can brake stop at each place and stay there."""

    network: Network
    blockages: list[Blockage]

    def begin(self, sumo: Any) -> None:
        """Nothing to prepare."""

    def second(self, sumo: Any, now: float) -> None:
        """Look for somebody to stop; note when they have come to rest."""
        for blockage in self.blockages:
            if blockage.began_s is not None or not blockage.from_s <= now < blockage.from_s + SEARCH_S:
                continue
            if not blockage.vehicle:
                self._stop_somebody(sumo, blockage)
            elif blockage.vehicle not in sumo.vehicle.getIDList():
                blockage.vehicle = ""
            elif sumo.vehicle.isStopped(blockage.vehicle):
                blockage.began_s = now

    def _stop_somebody(self, sumo: Any, blockage: Blockage) -> None:
        used = {b.junction for b in self.blockages}
        for junction, name in blockage.lanes:
            if junction in used:
                continue
            lane = self.network.lanes[name]
            place = max(15.0, lane.length_m - blockage.wanted_m)
            for vehicle in sumo.lane.getLastStepVehicleIDs(name):
                if sumo.vehicle.getLanePosition(vehicle) > place - 12.0:
                    continue
                try:
                    sumo.vehicle.setStop(vehicle, lane.edge, place, lane.index, blockage.lasts_s)
                except sumo.TraCIException:
                    continue
                blockage.vehicle, blockage.junction, blockage.lane = vehicle, junction, name
                blockage.distance_m = lane.length_m - place
                return


@dataclass
class WatchedController:
    """A controller whose views the detectors look at as well; decides exactly as the one it holds."""

    inner: Controller
    network: Network
    settings: BlockedSettings | None = None
    name: str = "ours"
    alarms: list[Alarm] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._detectors = {
            j.id: BlockedLaneDetector(j, self.network.lanes, self.settings) for j in self.network.junctions.values()
        }

    def holds(self, view: JunctionView, driver: LampDriver) -> bool:
        """As the controller inside."""
        return self.inner.holds(view, driver)

    def decide(
        self, now: float, views: Mapping[str, JunctionView], lamps: Mapping[str, LampDriver]
    ) -> dict[str, Decision]:
        """Let the detectors look, then decide."""
        for junction_id, detector in self._detectors.items():
            self.alarms += detector.look(views[junction_id], lamps[junction_id].state(), now)
        return self.inner.decide(now, views, lamps)
