"""A blocked lane, found from what cameras deliver: who stands although nothing seen gives a reason to.

Reasons to stand are red, a slow vehicle close ahead, a full exit, somebody stuck inside the junction, and giving way.
A vehicle (or what stands behind one the camera does not see) that stands without any of them gathers evidence, until it
moves or anybody crosses the stop line from its lane. A track lost and found again at the same place keeps its evidence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from langbiang.city.traffic.network import GREEN, Junction, Lane
from langbiang.city.traffic.perception import JunctionView, SeenVehicle

STANDING_MPS = 0.5
MOVED_M = 3.0


@dataclass(frozen=True, slots=True)
class BlockedSettings:
    """Seconds and metres; chosen on training seeds."""

    gap_m: float = 25.0
    """Somebody standing has a reason when a slow vehicle or the stop line is nearer ahead than this."""
    slow_mps: float = 3.0
    mid_lane_s: float = 40.0
    protected_green_s: float = 12.0
    """At the stop line: time stood while every movement of the lane had protected green and a free exit."""
    permissive_green_s: float = 50.0
    """The same where some movement of the lane gives way: its driver may wait for a gap."""
    start_up_s: int = 4
    exit_free_m: float = 12.0
    forget_s: float = 45.0
    clear_s: float = 20.0


@dataclass(frozen=True, slots=True)
class Alarm:
    """A lane believed blocked; an operator confirms."""

    at_s: float
    junction: str
    lane: str
    distance_m: float
    """From the stop line."""
    reason: str
    green_s: float = 0.0
    """How much green it stood through at the stop line."""


@dataclass(frozen=True, slots=True)
class StopZone:
    """Where standing is ordinary: a bus stop, a loading bay. Metres from the stop line."""

    lane: str
    from_m: float
    to_m: float


@dataclass(slots=True)
class _Place:
    lane: int
    distance_m: float
    track: str
    seen_at: float
    mid_lane_s: float = 0.0
    protected_s: float = 0.0
    permissive_s: float = 0.0


class BlockedLaneDetector:
    """One junction; call ``look`` once a second."""

    def __init__(
        self,
        junction: Junction,
        lanes: Mapping[str, Lane],
        settings: BlockedSettings | None = None,
        zones: Sequence[StopZone] = (),
    ) -> None:
        """``lanes`` gives the lengths: what stands farther upstream is on another lane and is not watched here."""
        self.settings = settings or BlockedSettings()
        self._junction = junction
        self._length = [lanes[lane].length_m if lane in lanes else 1e6 for lane in junction.lanes]
        self._zones = tuple(zones)
        self._places: list[_Place] = []
        self._green_for = [0] * junction.size
        self._raised: dict[int, float] = {}
        """Lane index to when its alarm was last supported."""

    @property
    def blocked_lanes(self) -> tuple[str, ...]:
        """Lanes whose alarm stands."""
        return tuple(self._junction.lanes[lane] for lane in self._raised)

    def look(self, view: JunctionView, lamps: str, now: float) -> list[Alarm]:
        """Alarms that begin this second. A blind camera proves nothing and forgets nothing."""
        for k, lamp in enumerate(lamps):
            self._green_for[k] = self._green_for[k] + 1 if lamp in GREEN else 0
        if view.is_blind:
            return []
        self._let_go(view)
        for lane, vehicles in _by_lane(view).items():
            self._look_at_lane(lane, vehicles, view, lamps, now)
        s = self.settings
        self._places = [p for p in self._places if now - p.seen_at <= s.forget_s]
        return self._alarms(now)

    def _let_go(self, view: JunctionView) -> None:
        """Forget who moved on, and everything near a stop line that somebody crossed."""
        gone = {name for name, _ in view.passed}
        gone |= {v.id for v in view.vehicles if v.speed_mps >= STANDING_MPS}
        flowing = {self._junction.links[k].from_lane for _, k in view.passed}
        self._places = [
            p
            for p in self._places
            if p.track not in gone
            and not (p.distance_m <= self.settings.gap_m and self._junction.lanes[p.lane] in flowing)
        ]

    def _look_at_lane(
        self, lane: int, vehicles: Sequence[SeenVehicle], view: JunctionView, lamps: str, now: float
    ) -> None:
        s = self.settings
        slow_ahead: float | None = None
        for v in vehicles:
            if v.speed_mps < STANDING_MPS and not self._is_zone(lane, v):
                place = self._place(lane, v, now)
                if slow_ahead is not None and v.distance_m - slow_ahead <= s.gap_m:
                    pass
                elif v.distance_m > self._length[lane]:
                    # Not on this lane yet: he may wait to change lanes or to enter, for minutes.
                    pass
                elif v.distance_m > s.gap_m:
                    place.mid_lane_s += 1.0
                else:
                    self._at_stop_line(place, lane, view, lamps)
            if v.speed_mps < s.slow_mps:
                slow_ahead = v.distance_m

    def _at_stop_line(self, place: _Place, lane: int, view: JunctionView, lamps: str) -> None:
        links = self._junction.lane_links[self._junction.lanes[lane]]
        if any(self._green_for[k] <= self.settings.start_up_s for k in links) or view.inside:
            return
        for k in links:
            seen = view.exits.get(self._junction.links[k].to_lane)
            if seen is not None and seen.free_m < self.settings.exit_free_m:
                return
        if all(lamps[k] == "G" for k in links):
            place.protected_s += 1.0
        else:
            place.permissive_s += 1.0

    def _place(self, lane: int, v: SeenVehicle, now: float) -> _Place:
        for place in self._places:
            if place.lane == lane and (
                place.track == v.id or (place.seen_at < now and abs(place.distance_m - v.distance_m) <= MOVED_M)
            ):
                place.track, place.seen_at, place.distance_m = v.id, now, v.distance_m
                return place
        made = _Place(lane, v.distance_m, v.id, now)
        self._places.append(made)
        return made

    def _is_zone(self, lane: int, v: SeenVehicle) -> bool:
        name = self._junction.lanes[lane]
        return any(z.lane == name and z.from_m <= v.distance_m <= z.to_m for z in self._zones)

    def _alarms(self, now: float) -> list[Alarm]:
        s, found = self.settings, []
        for place in self._places:
            # Who was not seen for so long supports no alarm: his evidence only waits for him to be found again.
            reason = _reason(place, s) if now - place.seen_at <= s.clear_s else ""
            if not reason:
                continue
            if place.lane not in self._raised:
                name = self._junction.lanes[place.lane]
                found.append(Alarm(now, self._junction.id, name, place.distance_m, reason, place.protected_s + place.permissive_s))
            self._raised[place.lane] = max(place.seen_at, self._raised.get(place.lane, 0.0))
        self._raised = {lane: at for lane, at in self._raised.items() if now - at <= s.clear_s}
        return found


def _reason(place: _Place, s: BlockedSettings) -> str:
    where = f"{place.distance_m:.0f} m before the stop line"
    if place.mid_lane_s >= s.mid_lane_s:
        return f"Stands {where} for {place.mid_lane_s:.0f} s with nobody ahead."
    if place.protected_s >= s.protected_green_s:
        return f"Stands {where} through {place.protected_s:.0f} s of green with a free exit."
    if place.protected_s + place.permissive_s >= s.permissive_green_s:
        return f"Stands {where} through {place.protected_s + place.permissive_s:.0f} s of green, giving way included."
    return ""


def _by_lane(view: JunctionView) -> Mapping[int, list[SeenVehicle]]:
    lanes: dict[int, list[SeenVehicle]] = {}
    for v in view.vehicles:
        lanes.setdefault(v.lane, []).append(v)
    return lanes
