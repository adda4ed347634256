"""From a camera view to what the rollout needs: arrival times, links, weights, room at the exits.

A camera does not know where a driver will turn, and misses some vehicles altogether. What it does not tell is
inferred: turning from learnt ratios and from who does not move in green, hidden vehicles from gaps in a standing
queue, lone hidden ones from the flow expected since the last green.
"""

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from langbiang.city.traffic.control.neighbours import Arrival
from langbiang.city.traffic.control.settings import HorizonSettings
from langbiang.city.traffic.control.tables import VEHICLE_SPACE_M, Tables
from langbiang.city.traffic.network import GREEN
from langbiang.city.traffic.perception import JunctionView, SeenVehicle

STOPPED_MPS = 2.0
STANDING_MPS = 0.5
ACCELERATION = 2.0
NEVER_DUE = 1e9


@dataclass(slots=True)
class Estimate:
    """One second of one junction, in rollout order (lane by lane, nearest first)."""

    lane_from: Any
    eta: Any
    link: Any
    """int32 [sample, vehicle]: several draws where turns are not known."""
    weight: Any
    is_stopped: Any
    room: Any
    longest_red: list[float]
    waiting: int
    ids: list[str]


@dataclass(slots=True)
class _Item:
    eta: float
    weight: float
    is_stopped: bool
    links: tuple[int, ...]
    id: str


def arrival_s(distance_m: float, speed_mps: float, limit_mps: float) -> float:
    """Seconds to the stop line when nothing is in the way: accelerate to the limit, then drive it."""
    speed = min(speed_mps, limit_mps)
    to_limit = (limit_mps**2 - speed**2) / (2 * ACCELERATION)
    if distance_m <= to_limit:
        return (math.sqrt(speed**2 + 2 * ACCELERATION * distance_m) - speed) / ACCELERATION
    return (limit_mps - speed) / ACCELERATION + (distance_m - to_limit) / limit_mps


class Estimator:
    """Keeps per junction what one view alone does not tell."""

    def __init__(self, tables: Tables, settings: HorizonSettings, *, missed_share: float = 0.0) -> None:
        junction = tables.junction
        self._tables = tables
        self._settings = settings
        self._missed = missed_share
        self._waited: dict[str, int] = {}
        self._refused: dict[str, dict[int, int]] = {}
        self._draws: dict[str, tuple[float, ...]] = {}
        self._passed = [0.5] * junction.size
        self._started: float | None = None
        self._green_for = [0] * junction.size
        self._red_for = [0] * junction.size
        self._lane_links = [junction.lane_links[lane] for lane in junction.lanes]
        self._lane_of = {lane: i for i, lane in enumerate(junction.lanes)}

    def update(self, now: float, view: JunctionView, lamps: str, coming: Sequence[Arrival] = ()) -> Estimate:
        """Take in one view and what the neighbours will release."""
        if self._started is None:
            self._started = now
        for k, lamp in enumerate(lamps):
            self._green_for[k] = self._green_for[k] + 1 if lamp in GREEN else 0
            self._red_for[k] = 0 if lamp in GREEN else self._red_for[k] + 1
        for _, k in view.passed:
            self._passed[k] += 1
        lanes: list[list[_Item]] = [[] for _ in self._lane_links]
        waiting = self._seen_in(view, lamps, lanes)
        if not view.is_turn_known:
            self._hidden_alone(now, lanes)
        for arrival in coming:
            self._place(arrival, now, lanes)
        return self._packed(view, lanes, waiting)

    def _seen_in(self, view: JunctionView, lamps: str, lanes: list[list[_Item]]) -> int:
        waited: dict[str, int] = {}
        waiting = 0
        lane, last, tail = -1, 0.0, 0.0
        for v in view.vehicles:
            if v.lane != lane:
                lane, last, tail = v.lane, 0.0, 0.0
            queue = lanes[lane]
            is_slow = v.speed_mps < STOPPED_MPS
            if not view.is_turn_known and v.speed_mps < STANDING_MPS:
                self._hidden_before(v, tail, queue, waited)
            is_queued = is_slow and v.distance_m < 8.0 * (len(queue) + 1) + 10.0
            last = max(last, self._arrival(v, is_queued))
            waited[v.id] = self._waited.get(v.id, 0) + (v.speed_mps < STANDING_MPS)
            links = (v.link,) if view.is_turn_known else self._likely(v, lamps, is_head=not queue)
            weight = 1.0 + self._settings.wait_weight_per_min * waited[v.id] / 60.0
            queue.append(_Item(last, weight, is_slow, links, v.id))
            waiting += is_slow
            tail = v.distance_m + 5.0
        self._waited = waited
        self._refused = {i: r for i, r in self._refused.items() if i in waited}
        self._draws = {i: d for i, d in self._draws.items() if i in waited or "@" in i}
        return waiting

    def _hidden_before(self, v: SeenVehicle, tail: float, queue: list[_Item], waited: dict[str, int]) -> None:
        """A vehicle standing far behind the one ahead (or the stop line) stands behind somebody unseen."""
        if self._waited.get(v.id, 0) < 2 or v.distance_m > 60.0 + tail:
            return
        missing = int((v.distance_m - tail - 2.0) / VEHICLE_SPACE_M)
        for n in range(min(missing, 3)):
            name = f"{v.id}#{n}"
            waited[name] = self._waited.get(name, 0) + 1
            weight = 1.0 + self._settings.wait_weight_per_min * waited[name] / 60.0
            queue.append(_Item(0.0, weight, True, self._drawn(name, v.lane, ()), name))

    def _hidden_alone(self, now: float, lanes: list[list[_Item]]) -> None:
        """Where nobody is seen, somebody unseen waits with the probability the flow since the last green gives."""
        seconds = max(60.0, now - (self._started or now))
        for a, queue in enumerate(lanes):
            if queue or not self._missed:
                continue
            links = self._lane_links[a]
            red = min(self._red_for[k] for k in links)
            flow = sum(self._passed[k] for k in links) / seconds
            chance = 1.0 - math.exp(-flow * self._missed / (1.0 - self._missed) * red)
            if chance > 0.05:
                weight = chance * (1.0 + self._settings.wait_weight_per_min * red / 120.0)
                queue.append(_Item(0.0, weight, True, self._drawn(f"hidden#{a}", a, ()), f"hidden#{a}"))

    def _likely(self, v: SeenVehicle, lamps: str, *, is_head: bool) -> tuple[int, ...]:
        """Draws of the movement; a head that stands through its green does not want that green."""
        refused = self._refused.setdefault(v.id, {})
        if is_head and v.speed_mps < STANDING_MPS and v.distance_m < 12.0:
            for k in self._lane_links[v.lane]:
                if lamps[k] == "G" and self._green_for[k] >= 4:
                    refused[k] = refused.get(k, 0) + 1
        out = tuple(k for k, n in refused.items() if n >= 2)
        return self._drawn(v.id, v.lane, out)

    def _drawn(self, name: str, lane: int, excluded: tuple[int, ...]) -> tuple[int, ...]:
        links = [k for k in self._lane_links[lane] if k not in excluded] or list(self._lane_links[lane])
        if len(links) == 1:
            return (links[0],) * self._settings.samples
        draws = self._draws.get(name)
        if draws is None:
            start, count = _fraction(name), self._settings.samples
            draws = tuple((start + i / count) % 1.0 for i in range(count))
            self._draws[name] = draws
        shares = [self._passed[k] for k in links]
        return tuple(links[_pick(shares, draw)] for draw in draws)

    def _place(self, arrival: Arrival, now: float, lanes: list[list[_Item]]) -> None:
        """Give an expected vehicle a lane by the learnt share of each lane of that approach."""
        eta = arrival.at_s - now
        if not 0.0 < eta < self._settings.horizon_s:
            return
        options = [self._lane_of[lane] for lane in arrival.lanes]
        shares = [sum(self._passed[k] for k in self._lane_links[a]) for a in options]
        a = options[_pick(shares, _fraction(arrival.key))]
        lanes[a].append(
            _Item(eta, self._settings.neighbour_weight, False, self._drawn(arrival.key, a, ()), arrival.key)
        )

    def _packed(self, view: JunctionView, lanes: list[list[_Item]], waiting: int) -> Estimate:
        t, samples = self._tables, 1 if view.is_turn_known else self._settings.samples
        items: list[_Item] = []
        lane_from = np.zeros(len(lanes) + 1, np.int32)
        for a, queue in enumerate(lanes):
            queue.sort(key=lambda item: item.eta)
            items.extend(queue)
            lane_from[a + 1] = len(items)
        link = np.empty((samples, len(items)), np.int32)
        for i, item in enumerate(items):
            for s in range(samples):
                link[s, i] = item.links[s % len(item.links)]
        room = np.full(len(t.exits), 1e6)
        for e, name in enumerate(t.exits):
            seen = view.exits.get(name)
            if seen is not None and seen.free_m < 1e5:
                room[e] = max(0.0, seen.free_m / VEHICLE_SPACE_M - seen.rolling)
        return Estimate(
            lane_from,
            np.array([item.eta for item in items]),
            link,
            np.array([item.weight for item in items]),
            np.array([item.is_stopped for item in items], np.int8),
            room,
            self._longest_red(view, lanes),
            waiting,
            [item.id for item in items],
        )

    def _arrival(self, v: SeenVehicle, is_queued: bool) -> float:
        if is_queued:
            return 0.0
        if v.speed_mps < STOPPED_MPS:
            return v.distance_m / 10.0
        return arrival_s(v.distance_m, v.speed_mps, float(self._tables.lane_speed[v.lane]))

    def _longest_red(self, view: JunctionView, lanes: list[list[_Item]]) -> list[float]:
        """Red allowed per link: short with demand in view, long where nobody is seen, none when proven empty."""
        s, t = self._settings, self._tables
        wanted = {v.link for v in view.vehicles}
        seen_lanes = {v.lane for v in view.vehicles}
        limits = []
        for k in range(t.junction.size):
            if view.is_turn_known:
                limits.append(s.recall_demand_s if k in wanted else NEVER_DUE)
            else:
                limits.append(s.recall_demand_s if int(t.link_lane[k]) in seen_lanes else s.recall_empty_s)
        return limits


def _fraction(name: str) -> float:
    """A number in [0, 1) that is the same for the same name: a vehicle's drawn movement must not flicker."""
    return zlib.crc32(name.encode()) / 2**32


def _pick(shares: Sequence[float], fraction: float) -> int:
    left = fraction * sum(shares)
    for i, share in enumerate(shares):
        left -= share
        if left < 0:
            return i
    return len(shares) - 1
