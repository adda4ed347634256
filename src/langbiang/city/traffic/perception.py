"""What a controller is allowed to know: camera range, missed vehicles, guessed turns, outages, latency.

The twin feeds the truth in; controllers only ever see a ``JunctionView``. The same view is what the camera pipeline
delivers in the field.
"""

import random
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from langbiang.city.traffic.network import Junction, Network

UNOBSTRUCTED_M = 1e6
# Who crosses faster than this is gone before the next green moves.
STUCK_MPS = 3.0


@dataclass(frozen=True, slots=True)
class Perception:
    """One tier of sensing."""

    name: str
    range_m: float
    missed_share: float
    is_turn_known: bool
    latency_s: int = 0

    def __str__(self) -> str:
        turns = "turns known" if self.is_turn_known else "turns guessed"
        return f"{self.name}: {self.range_m:.0f} m, {self.missed_share:.0%} never seen, {turns}"


ORACLE = Perception("oracle", 200.0, 0.0, True)
REAL = Perception("real", 100.0, 0.1, False)
HARSH = Perception("harsh", 60.0, 0.3, False)
PERCEPTIONS = {p.name: p for p in (ORACLE, REAL, HARSH)}


@dataclass(frozen=True, slots=True)
class Outage:
    """Cameras of one junction (or of all, when None) show nothing from ``start_s`` to ``end_s``."""

    start_s: float
    end_s: float
    junction: str | None = None

    def hits(self, junction: str, now: float) -> bool:
        return self.start_s <= now < self.end_s and self.junction in (None, junction)


class TrueVehicle(NamedTuple):
    """A vehicle on its way to a stop line, as the simulator knows it."""

    id: str
    junction: str
    link: int
    distance_m: float
    speed_mps: float
    kind: str


class SeenVehicle(NamedTuple):
    """A vehicle in camera view; ``link`` is known or drawn from learnt ratios, ``lane`` is an index."""

    id: str
    lane: int
    link: int
    distance_m: float
    speed_mps: float
    kind: str


class ExitView(NamedTuple):
    """What fills an exit: free metres up to the last slow vehicle, those rolling before it, those standing."""

    free_m: float
    rolling: int
    standing: int = 0


@dataclass(slots=True)
class JunctionView:
    """What the cameras of one junction deliver for one second."""

    time_s: float
    vehicles: list[SeenVehicle]
    exits: dict[str, ExitView]
    passed: list[tuple[str, int]] = field(default_factory=list)
    """(vehicle, link) of seen vehicles that crossed the stop line in the last second."""
    is_blind: bool = False
    is_turn_known: bool = True
    range_m: float = 200.0
    inside: frozenset[int] = frozenset()
    """Links with a seen vehicle between stop line and exit that hardly moves."""


class PerceptionModel:
    """Turns truth into views; seeded, so that every controller meets the same blind spots."""

    def __init__(self, network: Network, tier: Perception, seed: int, outages: Sequence[Outage] = ()) -> None:
        self._network = network
        self._tier = tier
        self._seed = seed
        self._outages = tuple(outages)
        self._seen: dict[tuple[str, str], bool] = {}
        self._guess: dict[tuple[str, str, int], int] = {}
        self._lane_index = {
            j.id: {lane: i for i, lane in enumerate(j.lanes)} for j in network.junctions.values()
        }
        self._counts: dict[str, list[int]] = {j.id: [1] * j.size for j in network.junctions.values()}
        self._last: dict[str, tuple[str, int]] = {}
        self._delayed: dict[str, deque[JunctionView]] = {j: deque() for j in network.junctions}
        self._exit_places = _exit_places(network)
        self._inner = {
            lane: (j.id, link.index) for j in network.junctions.values() for link in j.links for lane in link.inner
        }

    def observe(
        self,
        now: float,
        approaching: Iterable[TrueVehicle],
        on_lanes: Iterable[tuple[str, float, float]],
        crossing: Iterable[tuple[str, str, float]] = (),
    ) -> dict[str, JunctionView]:
        """Views of all junctions; ``on_lanes`` is (lane, metres from its start, speed) of every vehicle, ``crossing``
        (vehicle, lane, speed) of those inside a junction."""
        tier = self._tier
        views = {
            j: JunctionView(
                now,
                [],
                {},
                is_blind=any(o.hits(j, now) for o in self._outages),
                is_turn_known=tier.is_turn_known,
                range_m=tier.range_m,
            )
            for j in self._network.junctions
        }
        heading: dict[str, tuple[str, int]] = {}
        for vehicle in approaching:
            heading[vehicle.id] = (vehicle.junction, vehicle.link)
            view = views[vehicle.junction]
            if vehicle.distance_m > tier.range_m or view.is_blind or not self._is_seen(vehicle):
                continue
            junction = self._network.junctions[vehicle.junction]
            lane = self._lane_index[junction.id][junction.links[vehicle.link].from_lane]
            link = vehicle.link if tier.is_turn_known else self._drawn_link(vehicle, junction, lane)
            view.vehicles.append(
                SeenVehicle(vehicle.id, lane, link, vehicle.distance_m, vehicle.speed_mps, vehicle.kind)
            )
        for vehicle_id, (junction_id, passed_link) in self._last.items():
            has_passed = heading.get(vehicle_id, ("", -1))[0] != junction_id
            if has_passed and not views[junction_id].is_blind and self._seen.get((vehicle_id, junction_id)):
                self._counts[junction_id][passed_link] += 1
                views[junction_id].passed.append((vehicle_id, passed_link))
        self._last = heading
        self._fill_exits(views, on_lanes)
        self._fill_inside(views, crossing)
        for view in views.values():
            view.vehicles.sort(key=lambda v: (v.lane, v.distance_m))
        return self._delay(views) if tier.latency_s else views

    def _fill_inside(self, views: dict[str, JunctionView], crossing: Iterable[tuple[str, str, float]]) -> None:
        inside: dict[str, set[int]] = {}
        for vehicle_id, lane, speed in crossing:
            place = self._inner.get(lane) if speed < STUCK_MPS else None
            # Who was not seen on the way in is not seen inside.
            if place is not None and self._seen.get((vehicle_id, place[0]), True) and not views[place[0]].is_blind:
                inside.setdefault(place[0], set()).add(place[1])
        for junction_id, links in inside.items():
            views[junction_id].inside = frozenset(links)

    def _is_seen(self, vehicle: TrueVehicle) -> bool:
        key = (vehicle.id, vehicle.junction)
        if key not in self._seen:
            draw = random.Random(f"{self._seed}|{vehicle.id}|{vehicle.junction}").random()
            self._seen[key] = draw >= self._tier.missed_share
        return self._seen[key]

    def _drawn_link(self, vehicle: TrueVehicle, junction: Junction, lane: int) -> int:
        key = (vehicle.id, vehicle.junction, lane)
        if key not in self._guess:
            links = junction.lane_links[junction.lanes[lane]]
            weights = [self._counts[junction.id][k] for k in links]
            draw = random.Random(f"{self._seed}|{vehicle.id}|{vehicle.junction}|{lane}|turn")
            self._guess[key] = draw.choices(links, weights)[0]
        return self._guess[key]

    def _fill_exits(
        self, views: dict[str, JunctionView], on_lanes: Iterable[tuple[str, float, float]]
    ) -> None:
        found: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for lane, position, speed in on_lanes:
            for junction_id, exit_lane, offset in self._exit_places.get(lane, ()):
                place = offset + position
                if place <= self._tier.range_m:
                    found.setdefault((junction_id, exit_lane), []).append((place, speed))
        for (junction_id, exit_lane), vehicles in found.items():
            view = views[junction_id]
            if view.is_blind:
                continue
            tail = min((place for place, speed in vehicles if speed < 2.0), default=UNOBSTRUCTED_M)
            rolling = sum(place < tail and speed >= 2.0 for place, speed in vehicles)
            view.exits[exit_lane] = ExitView(max(0.0, tail - 5.0), rolling, len(vehicles) - rolling)

    def _delay(self, views: dict[str, JunctionView]) -> dict[str, JunctionView]:
        delayed = {}
        for junction_id, view in views.items():
            line = self._delayed[junction_id]
            line.append(view)
            delayed[junction_id] = line.popleft() if len(line) > self._tier.latency_s else line[0]
        return delayed


def _exit_places(network: Network) -> dict[str, list[tuple[str, str, float]]]:
    """Lane to (junction, exit lane, metres from that exit): where a vehicle on the lane stands in an exit queue."""
    places: dict[str, list[tuple[str, str, float]]] = {}
    for junction in network.junctions.values():
        for exit_lane in dict.fromkeys(link.to_lane for link in junction.links):
            offset = 0.0
            for lane in network.exit_chain(exit_lane):
                places.setdefault(lane, []).append((junction.id, exit_lane, offset))
                offset += network.lanes[lane].length_m
    return places
