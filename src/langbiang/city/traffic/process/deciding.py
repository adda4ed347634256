"""What one junction sees and wants: the picture of the second, the step of the ladder it allows, and the stage chosen."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from langbiang.city.traffic.control.base import Decision
from langbiang.city.traffic.gate.lamps import LampSequence
from langbiang.city.traffic.priority.weighted import RadioVehicle

from .counting import Flows, History, Seen, Substitute, blind_lanes
from .ladder import Ladder, Level

SEEN_FOR_S = 3.0
# How far the clock of a camera may be ahead of ours; as in the gate.
SKEW_S = 0.5
# The rate at which lanes fill is taken over the last minutes.
RATE_S = 180.0


@dataclass(frozen=True)
class Picture:
    """One second of one junction. None as a queue: nobody sees that lane."""

    at: float
    queues: Mapping[str, float | None]
    arrived: Mapping[str, int] = field(default_factory=dict)
    left: Mapping[str, int] = field(default_factory=dict)
    blind: frozenset[str] = frozenset()
    radio: tuple[RadioVehicle, ...] = ()
    """Vehicles that told where they are and weigh more than a car."""
    extra: Mapping[str, float] = field(default_factory=dict)
    """What they weigh beyond a car, by the lanes they come on, for controllers that know queues only."""

    @property
    def blind_share(self) -> float:
        """Lanes nobody sees, 0 to 1."""
        return len(self.blind) / max(1, len(self.queues))


class LaneController(Protocol):
    """Chooses stages from counted lanes, one junction each."""

    name: str

    def choose(self, picture: Picture, sequence: LampSequence, now: float) -> Decision:
        """The stage wanted now and why; asked every second, what it says while lamps change counts for nothing."""
        ...


class Eyes:
    """From what the cameras deliver to a picture with the lanes nobody sees filled in where their history allows."""

    def __init__(self, lanes: tuple[str, ...], zones: Mapping[str, tuple[str, ...]], history: History | None = None) -> None:
        self.lanes = lanes
        self.zones = zones
        self.history = history or History()
        self.flows = Flows()
        self._substitute = Substitute(self.history)
        self._last: dict[str, float] = {}
        self._marks: list[tuple[float, Mapping[str, int]]] = []

    def look(
        self, seen: Seen | None, green: frozenset[str], now: float, closed: frozenset[str] = frozenset()
    ) -> tuple[Picture, Level]:
        """The picture of this second, and the best level it allows. On a closed lane nobody waits, whatever a camera sees or not."""
        if seen is None or seen.is_lost or not -SKEW_S <= now - seen.at <= SEEN_FOR_S:
            every = frozenset(self.lanes)
            self._substitute.queues(every, self._last, {}, green, now)  # time passes for them as well
            return Picture(now, dict.fromkeys(self.lanes), blind=every), Level.PATTERN
        blind = blind_lanes(seen, self.lanes, self.zones) - closed
        known = {lane: 0.0 if lane in closed else seen.queues[lane] for lane in self.lanes if lane not in blind}
        self._last |= known
        guessed = self._substitute.queues(blind, self._last, self._rates(seen, blind, now), green, now)
        queues = {lane: known.get(lane, guessed.get(lane)) for lane in self.lanes}
        picture = Picture(seen.at, queues, seen.arrived, seen.left, blind)
        if picture.blind_share > 0.5:
            return picture, Level.PATTERN
        if not blind:
            return picture, Level.ADAPTIVE
        return picture, Level.SUBSTITUTED if set(guessed) == set(blind) else Level.PRESSURE

    def clock_set(self) -> None:
        """Somebody set the hour: how many came in how long begins anew."""
        self._marks = []

    def _rates(self, seen: Seen, blind: frozenset[str], now: float) -> dict[str, float]:
        """Vehicles a second that came lately, of lanes that are seen."""
        if not self._marks or now - self._marks[-1][0] >= 10.0:
            self._marks = [(at, counts) for at, counts in self._marks if now - at <= RATE_S] + [(now, dict(seen.arrived))]
        began, before = self._marks[0]
        if now - began < 30.0:
            return {}
        return {
            lane: (count - before[lane]) / (now - began)
            for lane, count in seen.arrived.items()
            if lane not in blind and count >= before.get(lane, count + 1)
        }


class Wants:
    """The chosen controller on the step of the ladder the junction stands on."""

    def __init__(self, fallback: LaneController, controllers: Mapping[str, LaneController] | None = None) -> None:
        self.fallback = fallback
        self.controllers = {fallback.name: fallback} | dict(controllers or {})
        self.ladder = Ladder()
        self.name = fallback.name

    def choose(self, named: str, picture: Picture, sequence: LampSequence, now: float) -> Decision:
        """The stage wanted now, by the named controller where the ladder still allows it."""
        level = self.ladder.level
        chosen = self.controllers.get(named, self.fallback) if level <= Level.SUBSTITUTED else self.fallback
        if level >= Level.PRESSURE:  # nobody's history counts any more: a lane not seen always has somebody waiting
            picture = replace(picture, queues={lane: None if lane in picture.blind else q for lane, q in picture.queues.items()})
        self.name = chosen.name
        return chosen.choose(picture, sequence, now)
