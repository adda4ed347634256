"""Bus priority: how much a bus weighs, and the lock that lets the others have their turn before the next bus.

A bus that is early or on time and not full weighs as any vehicle. Position, lateness and load come from the bus itself
(AVL or GTFS-Realtime), never from its look.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from langbiang.city.traffic.network import GREEN, Junction
from langbiang.city.traffic.perception import JunctionView


@dataclass(frozen=True, slots=True)
class BusReport:
    """Where a bus is on its way to a stop line, how late it runs (negative: early) and how many are on board."""

    vehicle: str
    junction: str
    from_edge: str
    to_edge: str
    distance_m: float
    speed_mps: float
    lateness_s: float
    passengers: int


@dataclass(frozen=True, slots=True)
class BusSettings:
    """Chosen on training seeds."""

    persons_per_car: float = 1.3
    person_share: float = 0.25
    """Share of the passengers that counts: at 1.0 a full bus outweighs a queue of thirty cars."""
    late_from_s: float = 0.0
    late_full_s: float = 60.0
    full_passengers: int = 40
    most_weight: float = 8.0
    longest_lock_s: float = 90.0
    extend_s: float = 5.0
    """A running green is held this long for a bus that will make it."""


def weight_of(report: BusReport, settings: BusSettings) -> float:
    """What one vehicle-second of this bus costs, a car being 1: passengers times how late it is."""
    span = max(1.0, settings.late_full_s - settings.late_from_s)
    late = min(1.0, max(0.0, (report.lateness_s - settings.late_from_s) / span))
    if report.passengers >= settings.full_passengers and report.lateness_s >= 0.0:
        late = max(late, 0.5)
    load = settings.person_share * report.passengers / settings.persons_per_car
    return min(settings.most_weight, 1.0 + late * load)


@dataclass(slots=True)
class CycleLock:
    """One junction: after a bus went through with priority, no other has any until all who then waited had green."""

    junction: Junction
    longest_s: float
    waiting: set[int] = field(default_factory=set)
    ends_at: float = 0.0

    def close(self, now: float, lamps: str, view: JunctionView) -> None:
        """A bus has used its priority: note the red movements with somebody in view."""
        lanes = {v.lane for v in view.vehicles}
        self.waiting = {
            k
            for k, link in enumerate(self.junction.links)
            if lamps[k] not in GREEN and self.junction.lanes.index(link.from_lane) in lanes
        }
        self.ends_at = now + self.longest_s

    def tick(self, now: float, lamps: str) -> None:
        """One second of lamps was shown."""
        self.waiting = {k for k in self.waiting if lamps[k] not in GREEN}
        if now >= self.ends_at:
            self.waiting.clear()

    @property
    def is_closed(self) -> bool:
        """Whether somebody still waits for the turn a bus has taken."""
        return bool(self.waiting)


def weights_at(reports: Sequence[BusReport], settings: BusSettings) -> dict[str, float]:
    """Weight by vehicle, of those that have any priority."""
    found = {r.vehicle: weight_of(r, settings) for r in reports}
    return {vehicle: weight for vehicle, weight in found.items() if weight > 1.0}
