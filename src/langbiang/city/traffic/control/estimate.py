"""From a camera view to what the rollout needs: arrival times, links, weights, room at the exits.

A camera does not know where a driver will turn, and misses some vehicles altogether. What it does not tell is
inferred: turning from learnt ratios and from who does not move in green, hidden vehicles from gaps in a standing
queue, lone hidden ones from the flow expected since the last green.
"""

import math
import operator
import zlib
from collections.abc import Collection, Sequence
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
# So long a green link is not taken before the first of its lane is believed to want another one.
REFUSES_AFTER_S = 4.0
HEAD_M = 30.0
# The last vehicle seen stands so near the end of the view that there is room for no further one before it.
FULL_M = 15.0
MOST_DRAWS = 4000


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


_eta_of = operator.attrgetter("eta")


def arrival_s(distance_m: float, speed_mps: float, limit_mps: float) -> float:
    """Seconds to the stop line when nothing is in the way: accelerate to the limit, then drive it."""
    speed = min(speed_mps, limit_mps)
    to_limit = (limit_mps**2 - speed**2) / (2 * ACCELERATION)
    if distance_m <= to_limit:
        return (math.sqrt(speed**2 + 2 * ACCELERATION * distance_m) - speed) / ACCELERATION
    return (limit_mps - speed) / ACCELERATION + (distance_m - to_limit) / limit_mps


class Estimator:
    """Keeps per junction what one view alone does not tell."""

    def __init__(
        self,
        tables: Tables,
        settings: HorizonSettings,
        *,
        missed_share: float = 0.0,
        fed_lanes: Collection[str] = (),
    ) -> None:
        junction = tables.junction
        self._tables = tables
        self._settings = settings
        self._missed = missed_share
        self._waited: dict[str, int] = {}
        self._refused: dict[str, dict[int, int]] = {}
        self._draws: dict[str, tuple[int, tuple[int, ...], tuple[int, ...]]] = {}
        """Drawn links by vehicle, with the lane's count and the links excluded when they were drawn."""
        self._passed = [0.5] * junction.size
        self._started: float | None = None
        self._lamps = ""
        self._green_since = [0.0] * junction.size
        self._red_since = [0.0] * junction.size
        self._lane_links = [junction.lane_links[lane] for lane in junction.lanes]
        self._lane_of = {lane: i for i, lane in enumerate(junction.lanes)}
        self._lane_passed = [0.5 * len(links) for links in self._lane_links]
        self._lane_count = [0] * len(junction.lanes)
        self._lane_speed = [float(v) for v in tables.lane_speed]
        self._lane_of_link = [int(a) for a in tables.link_lane]
        self._is_fed = [lane in fed_lanes for lane in junction.lanes]
        self._full_since: dict[int, float] = {}
        """Since when the queue of a lane has reached the end of the view."""
        self._moved_at = [0.0] * len(junction.lanes)
        """When somebody was last seen to leave each lane over its stop line."""
        self._blocked: list[dict[int, int]] = [{} for _ in junction.lanes]
        """Per lane, seconds a link was green while its first vehicle, seen or not, did not take it."""

    def update(self, now: float, view: JunctionView, lamps: str, coming: Sequence[Arrival] = ()) -> Estimate:
        """Take in one view and what the neighbours will release."""
        if self._started is None:
            self._started = now
            self._green_since = [now - 1] * len(lamps)
            self._red_since = [now - 1] * len(lamps)
            self._moved_at = [now] * len(self._moved_at)
        if lamps != self._lamps:
            before = self._lamps or "-" * len(lamps)
            for k, (was, lamp) in enumerate(zip(before, lamps, strict=True)):
                if lamp in GREEN and was not in GREEN:
                    self._green_since[k] = now - 1
                elif lamp not in GREEN and was in GREEN:
                    self._red_since[k] = now - 1
            self._lamps = lamps
        for _, k in view.passed:
            self._passed[k] += 1
            lane = self._lane_of_link[k]
            self._lane_passed[lane] += 1
            self._lane_count[lane] += 1
            self._moved_at[lane] = now
            self._blocked[lane].clear()
        lanes: list[list[_Item]] = [[] for _ in self._lane_links]
        waiting = self._seen_in(now, view, lamps, lanes)
        if not view.is_turn_known:
            self._hidden_alone(now, lanes)
        if self._settings.beyond_most:
            self._beyond_view(now, view, lanes)
        for arrival in coming:
            self._place(arrival, now, lanes)
        if not view.is_turn_known and self._settings.profile_weight:
            self._expected(now, view.range_m, lanes)
        return self._packed(view, lanes, waiting)

    def _seen_in(self, now: float, view: JunctionView, lamps: str, lanes: list[list[_Item]]) -> int:
        waited: dict[str, int] = {}
        waiting = 0
        lane, last, tail = -1, 0.0, 0.0
        is_guessed = not view.is_turn_known
        rise = self._settings.wait_weight_per_min / 60.0
        for v in view.vehicles:
            if v.lane != lane:
                lane, last, tail = v.lane, 0.0, 0.0
                if is_guessed:
                    self._watch_head(now, v, lamps)
            queue = lanes[lane]
            is_slow = v.speed_mps < STOPPED_MPS
            if is_guessed and v.speed_mps < STANDING_MPS:
                self._hidden_before(v, tail, last, queue, waited)
            is_queued = is_slow and v.distance_m < 8.0 * (len(queue) + 1) + 10.0
            last = max(last, self._arrival(v, is_queued))
            stood = waited[v.id] = self._waited.get(v.id, 0) + (v.speed_mps < STANDING_MPS)
            links = self._likely(v, lamps, now, is_head=not queue) if is_guessed else (v.link,)
            queue.append(_Item(last, 1.0 + rise * stood, is_slow, links, v.id))
            waiting += is_slow
            tail = v.distance_m + 5.0
        self._waited = waited
        self._refused = {i: self._refused[i] for i in self._refused.keys() & waited.keys()}
        return waiting

    def _watch_head(self, now: float, v: SeenVehicle, lamps: str) -> None:
        """The first seen of a lane stands though a link is green: whoever is first, seen or not, wants another link."""
        blocked = self._blocked[v.lane]
        if v.speed_mps >= STANDING_MPS or v.distance_m > HEAD_M:
            blocked.clear()
            return
        for k in self._lane_links[v.lane]:
            if lamps[k] == "G" and now - max(self._green_since[k], self._moved_at[v.lane]) >= REFUSES_AFTER_S:
                blocked[k] = blocked.get(k, 0) + 1

    def _hidden_before(
        self, v: SeenVehicle, tail: float, eta: float, queue: list[_Item], waited: dict[str, int]
    ) -> None:
        """A vehicle standing far behind the one ahead (or the stop line) stands behind somebody unseen."""
        if self._waited.get(v.id, 0) < 2 or v.distance_m > 60.0 + tail:
            return
        missing = int((v.distance_m - tail - 2.0) / VEHICLE_SPACE_M)
        for n in range(min(missing, 3)):
            name = f"{v.id}#{n}"
            waited[name] = self._waited.get(name, 0) + 1
            weight = 1.0 + self._settings.wait_weight_per_min * waited[name] / 60.0
            out = tuple(k for k, n in self._blocked[v.lane].items() if n >= 2) if not queue else ()
            queue.append(_Item(eta, weight, True, self._drawn(name, v.lane, out), name))

    def _beyond_view(self, now: float, view: JunctionView, lanes: list[list[_Item]]) -> None:
        """A queue that reaches the end of what is seen goes on behind it, the longer the longer it has."""
        last: dict[int, SeenVehicle] = {}
        for v in view.vehicles:
            last[v.lane] = v
        for a, queue in enumerate(lanes):
            end = last.get(a)
            if end is None or end.speed_mps >= STOPPED_MPS or end.distance_m < view.range_m - FULL_M:
                self._full_since.pop(a, None)
                continue
            since = self._full_since.setdefault(a, now)
            count = min(self._settings.beyond_most, 1 + int((now - since) * self._settings.beyond_per_s))
            for n in range(count):
                name = f"beyond#{a}#{n}@"
                queue.append(_Item(queue[-1].eta, 1.0, True, self._drawn(name, a, ()), name))

    def _hidden_alone(self, now: float, lanes: list[list[_Item]]) -> None:
        """Where nobody is seen, somebody unseen waits with the probability the flow since the last green gives."""
        if not self._missed:
            return
        seconds = max(60.0, now - (self._started or now))
        per_second = self._missed / (1.0 - self._missed) / seconds
        for a, queue in enumerate(lanes):
            if queue:
                continue
            links = self._lane_links[a]
            red = min(0.0 if self._lamps[k] in GREEN else now - self._red_since[k] for k in links)
            chance = 1.0 - math.exp(-self._lane_passed[a] * per_second * red)
            if chance > 0.05:
                weight = chance * (1.0 + self._settings.wait_weight_per_min * red / 120.0)
                queue.append(_Item(0.0, weight, True, self._drawn(f"hidden#{a}", a, ()), f"hidden#{a}"))

    def _expected(self, now: float, range_m: float, lanes: list[list[_Item]]) -> None:
        """Who will come into view on lanes no neighbour tells about: the learnt flow, at fixed moments of the clock."""
        seconds = now - (self._started or now)
        if seconds < 300.0:
            return
        for a, queue in enumerate(lanes):
            if self._is_fed[a]:
                continue
            flow = self._lane_passed[a] / seconds / (1.0 - self._missed)
            first = now + arrival_s(range_m, 99.0, self._lane_speed[a])
            n = math.ceil(first * flow)
            while n / flow - now < self._settings.horizon_s:
                name = f"flow#{a}#{n}@"
                queue.append(_Item(n / flow - now, self._settings.profile_weight, False, self._drawn(name, a, ()), name))
                n += 1

    def _likely(self, v: SeenVehicle, lamps: str, now: float, *, is_head: bool) -> tuple[int, ...]:
        """Draws of the movement; a head that stands through its green does not want that green."""
        links = self._lane_links[v.lane]
        if len(links) == 1:
            return (links[0],) * self._settings.samples
        refused = self._refused.get(v.id)
        # Who came to the front a moment ago has had no time to start.
        moved = self._moved_at[v.lane]
        if is_head and v.speed_mps < STANDING_MPS and v.distance_m < 12.0:
            for k in links:
                if lamps[k] == "G" and now - max(self._green_since[k], moved) >= REFUSES_AFTER_S:
                    if refused is None:
                        refused = self._refused[v.id] = {}
                    refused[k] = refused.get(k, 0) + 1
        return self._drawn(v.id, v.lane, tuple(k for k, n in refused.items() if n >= 2) if refused else ())

    def _drawn(self, name: str, lane: int, excluded: tuple[int, ...]) -> tuple[int, ...]:
        links: Sequence[int] = self._lane_links[lane]
        count = self._settings.samples
        if len(links) == 1:
            return (links[0],) * count
        kept = self._draws.get(name)
        if kept is not None and kept[0] == self._lane_count[lane] and kept[1] == excluded:
            return kept[2]
        if excluded:
            links = [k for k in links if k not in excluded] or links
        if len(self._draws) > MOST_DRAWS:
            self._draws.clear()
        start = _fraction(name)
        shares = [self._passed[k] for k in links]
        drawn = tuple([links[_pick(shares, (start + i / count) % 1.0)] for i in range(count)])
        self._draws[name] = self._lane_count[lane], excluded, drawn
        return drawn

    def _place(self, arrival: Arrival, now: float, lanes: list[list[_Item]]) -> None:
        """Give an expected vehicle a lane by the learnt share of each lane of that approach."""
        eta = arrival.at_s - now
        if not 0.0 < eta < self._settings.horizon_s:
            return
        options = [self._lane_of[lane] for lane in arrival.lanes]
        a = options[0]
        if len(options) > 1:
            shares = [self._lane_passed[a] for a in options]
            a = options[_pick(shares, _fraction(arrival.key))]
        lanes[a].append(
            _Item(eta, self._settings.neighbour_weight, False, self._drawn(arrival.key, a, ()), arrival.key)
        )

    def _packed(self, view: JunctionView, lanes: list[list[_Item]], waiting: int) -> Estimate:
        t = self._tables
        items: list[_Item] = []
        lane_from = np.zeros(len(lanes) + 1, np.int32)
        for a, queue in enumerate(lanes):
            queue.sort(key=_eta_of)
            items.extend(queue)
            lane_from[a + 1] = len(items)
        if view.is_turn_known:
            link = np.array([[item.links[0] for item in items]], np.int32)
        else:
            rows = np.array([item.links for item in items], np.int32).reshape(len(items), self._settings.samples)
            link = np.ascontiguousarray(rows.T)
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
            self._longest_red(view),
            waiting,
            [item.id for item in items],
        )

    def _arrival(self, v: SeenVehicle, is_queued: bool) -> float:
        if is_queued:
            return 0.0
        if v.speed_mps < STOPPED_MPS:
            return v.distance_m / 10.0
        return arrival_s(v.distance_m, v.speed_mps, self._lane_speed[v.lane])

    def _longest_red(self, view: JunctionView) -> list[float]:
        """Red allowed per link: short with demand in view, long where nobody is seen, none when proven empty."""
        s = self._settings
        if view.is_turn_known:
            wanted = {v.link for v in view.vehicles}
            return [s.recall_demand_s if k in wanted else NEVER_DUE for k in range(len(self._lane_of_link))]
        seen_lanes = {v.lane for v in view.vehicles}
        return [s.recall_demand_s if a in seen_lanes else s.recall_empty_s for a in self._lane_of_link]


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
