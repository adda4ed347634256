"""What leaves one junction arrives at the next: projected outflow, shared between neighbours every second.

No vehicle is recognised again across cameras. A neighbour is told "about one vehicle will reach your approach in
23 s"; which of its movements it will take is drawn from that junction's own learnt ratios.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from langbiang.city.traffic.network import Network

MIN_SPEED_MPS = 8.0
CROSSING_SPEED_MPS = 10.0
FAR_M = 600.0


@dataclass(frozen=True, slots=True)
class Road:
    """The way from an exit to the next signalised junction: its approach lanes and the metres between."""

    junction: str
    lanes: tuple[str, ...]
    length_m: float
    travel_s: float


@dataclass(frozen=True, slots=True)
class Arrival:
    """A vehicle expected at a stop line; ``key`` is stable, so that its drawn movement does not flicker."""

    key: str
    at_s: float
    lanes: tuple[str, ...]
    length_m: float


@dataclass(slots=True)
class Outflow:
    """Expected arrivals at every junction from what its neighbours plan to release and have just released."""

    network: Network
    roads: dict[tuple[str, str], Road] = field(default_factory=dict)
    _rolling: dict[str, list[Arrival]] = field(default_factory=dict)
    _planned: dict[str, dict[str, list[Arrival]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.roads = _roads(self.network)
        self._rolling = {j: [] for j in self.network.junctions}

    def released(self, junction: str, exit_lane: str, key: str, now: float) -> None:
        """A seen vehicle crossed the stop line towards ``exit_lane``."""
        road = self.roads.get((junction, exit_lane))
        if road is not None:
            self._rolling[road.junction].append(
                Arrival(f"{key}@{junction}", now + road.travel_s, road.lanes, road.length_m)
            )

    def planned(self, junction: str, releases: list[tuple[str, str, float]]) -> None:
        """The plan of a junction: (vehicle, exit lane, second it will cross), replacing the one before."""
        targets: dict[str, list[Arrival]] = {}
        for key, exit_lane, leaves in releases:
            road = self.roads.get((junction, exit_lane))
            if road is not None:
                targets.setdefault(road.junction, []).append(
                    Arrival(f"{key}@{junction}", leaves + road.travel_s, road.lanes, road.length_m)
                )
        self._planned[junction] = targets

    def arrivals(self, junction: str, now: float, view_m: float) -> list[Arrival]:
        """Who will come into view later; those near enough to be seen already are left to the camera."""
        keep = []
        for arrival in self._rolling[junction]:
            road_in_view_s = min(view_m, arrival.length_m) / CROSSING_SPEED_MPS
            if arrival.at_s - now > road_in_view_s:
                keep.append(arrival)
        self._rolling[junction] = keep
        coming = list(keep)
        for targets in self._planned.values():
            coming.extend(targets.get(junction, ()))
        return coming


def _roads(network: Network) -> dict[tuple[str, str], Road]:
    owner = {lane: j.id for j in network.junctions.values() for lane in j.lanes}
    by_edge: Mapping[str, tuple[str, ...]] = {
        a.edge: a.lanes for j in network.junctions.values() for a in j.approaches
    }
    roads = {}
    for junction in network.junctions.values():
        for link in junction.links:
            if (junction.id, link.to_lane) in roads:
                continue
            found = _next_stop_line(network, link.to_lane, owner)
            if found is not None and owner[found[0]] != junction.id:
                lane, length, travel = found
                roads[junction.id, link.to_lane] = Road(
                    owner[lane],
                    by_edge[network.lanes[lane].edge],
                    length,
                    travel + link.crossing_m / CROSSING_SPEED_MPS,
                )
    return roads


def _next_stop_line(
    network: Network, start: str, owner: Mapping[str, str]
) -> tuple[str, float, float] | None:
    """Nearest signalised lane reachable from ``start``, lane changes allowed: (lane, metres, seconds)."""
    edges: dict[str, list[str]] = {}
    for lane in network.lanes.values():
        edges.setdefault(lane.edge, []).append(lane.id)
    queue = [(0.0, 0.0, start)]
    seen: set[str] = set()
    while queue:
        queue.sort()
        length, travel, lane_id = queue.pop(0)
        lane = network.lanes[lane_id]
        if lane.edge in seen or length > FAR_M:
            continue
        seen.add(lane.edge)
        length += lane.length_m
        travel += lane.length_m / max(MIN_SPEED_MPS, lane.speed_mps)
        siblings = edges[lane.edge]
        ends = [s for s in siblings if s in owner]
        if ends:
            return ends[0], length, travel
        queue.extend((length, travel, n) for s in siblings for n in network.successors.get(s, ()))
    return None
