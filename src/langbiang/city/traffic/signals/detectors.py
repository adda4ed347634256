"""Which detector watches which phase, in which role, and how far before the stop line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

PRESENCE, ADVANCE, YELLOW_RED, COUNT = "Presence", "Advance", "Yellow_Red", "Count"
ROLES = (PRESENCE, ADVANCE, YELLOW_RED, COUNT)
TURNS = ("left", "straight", "right")
# Channels of a described junction: stop-line zones from 1 on, upstream zones from 41 on, in the order of its lanes.
FIRST_UPSTREAM = 41
# Free speed in town assumed for the way from an upstream zone to the stop line, until somebody enters a measured one.
ASSUMED_KMH = 40.0


@dataclass(frozen=True)
class Detector:
    """A channel of the log in one role for one phase.

    `distance_m` before the stop line (0 at it) and `speed_kmh` of free traffic give the time until a vehicle seen there
    reaches the line. `turns` are the ways that may be taken from where it counts.
    """

    channel: int
    phase: int
    role: str
    distance_m: float = 0.0
    speed_kmh: float = ASSUMED_KMH
    turns: tuple[str, ...] = ()

    @property
    def travel_ms(self) -> int:
        """From the detector to the stop line in free traffic, in tenths of a second like the log."""
        return round(self.distance_m / (self.speed_kmh / 3.6) * 10) * 100


@dataclass(frozen=True)
class Mistake:
    """What is wrong with one row of a table of detectors, and in which field of it."""

    row: int
    field: str
    rule: str


def mistakes(detectors: Iterable[Detector]) -> list[Mistake]:
    """Everything wrong with a table of detectors; `rule` is one of range, role, turn, speed, twice."""
    found, seen = [], set()
    for n, one in enumerate(detectors):
        for field, value, most in (("channel", one.channel, 255), ("phase", one.phase, 40)):
            if not 1 <= value <= most:
                found.append(Mistake(n, field, "range"))
        if one.role not in ROLES:
            found.append(Mistake(n, "role", "role"))
        if not 0 <= one.distance_m <= 500:
            found.append(Mistake(n, "distance_m", "range"))
        if not 5 <= one.speed_kmh <= 120:
            found.append(Mistake(n, "speed_kmh", "speed"))
        if not set(one.turns) <= set(TURNS):
            found.append(Mistake(n, "turns", "turn"))
        # One channel serves one phase in a role: on two phases every vehicle would be counted twice.
        if (one.channel, one.role) in seen:
            found.append(Mistake(n, "channel", "twice"))
        seen.add((one.channel, one.role))
    return found


def of_role(detectors: Iterable[Detector], role: str) -> dict[int, Detector]:
    """The detectors of one role by channel."""
    return {one.channel: one for one in detectors if one.role == role}


def phase_numbers(layout: Mapping[str, Any]) -> dict[str, int]:
    """The phase of each movement, as the cabinet numbers them: in the order of the movements, from 1."""
    return {movement["key"]: n + 1 for n, movement in enumerate(layout["movements"])}


def from_layout(layout: Mapping[str, Any]) -> list[Detector]:
    """The detectors a described junction has until somebody enters others.

    A lane in a zone of kind detector has a channel at its stop line for presence, for counting and for running yellow or
    red; a lane in a zone of kind camera one at its upstream end for arrivals. A lane of several movements belongs to the
    first of them, and its count says all the ways it may take.
    """
    phases, zones = phase_numbers(layout), layout["zones"]
    at_line = {lane for zone in zones if zone["kind"] == "detector" for lane in zone["lanes"]}
    upstream = {lane for zone in zones if zone["kind"] == "camera" for lane in zone["lanes"]}
    found = []
    for n, lane in enumerate(layout["lanes"]):
        users = [m for m in layout["movements"] if m["kind"] == "vehicle" and lane["key"] in m["lanes"]]
        if not users:
            continue
        phase, turns = phases[users[0]["key"]], tuple(t for t in TURNS if t in {m["turn"] for m in users})
        if lane["key"] in at_line:
            found += [Detector(n + 1, phase, role, turns=turns) for role in (PRESENCE, COUNT, YELLOW_RED)]
        if lane["key"] in upstream:
            found.append(Detector(FIRST_UPSTREAM + n, phase, ADVANCE, float(lane["length_m"]), turns=turns))
    return found
