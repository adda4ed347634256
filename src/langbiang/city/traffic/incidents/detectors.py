"""Is a detector to be believed? Checks per detector and slot, and what stands in for one that is not.

A detector is a virtual loop of a camera or a real one. Faults are found in three ways: by what is physically impossible,
by what is unusual for this detector, and by what its neighbours on the same stream counted.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median

from langbiang.city.traffic.incidents.profiles import SLOT_MIN, Expected


class Fault(StrEnum):
    """Why a detector is not believed."""

    STUCK_ON = "stuck_on"
    STUCK_OFF = "stuck_off"
    NO_ACTIVITY = "no_activity"
    ERRATIC = "erratic"
    IMPOSSIBLE = "impossible"
    OUT_OF_BALANCE = "out_of_balance"


class Source(StrEnum):
    """Where a figure comes from; pages and exports show it."""

    CAMERA = "camera"
    PROFILE = "profile"
    NEIGHBOUR = "neighbour"


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """Bounds of a lane; motorbikes ride abreast, so the largest flow is per metre of width in the field."""

    longest_on_s: float = 300.0
    most_changes_per_min: float = 120.0
    most_flow_per_h: float = 3600.0
    fastest_mps: float = 45.0
    length_m: tuple[float, float] = (1.0, 25.0)
    """Effective vehicle length that flow, speed and occupancy together may imply."""
    silent_expected: float = 10.0
    """No vehicle where so many were expected: by chance once in 22,000."""
    balance_share: float = 0.25
    balance_vehicles: float = 12.0
    balance_sigmas: float = 3.0
    sound_slots: int = 3
    """A detector is believed again after so many slots without a fault."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One slot of one detector."""

    detector: str
    slot: int
    flow: float
    occupancy: float
    speed_mps: float | None = None
    longest_on_s: float = 0.0
    changes: int = 0
    """On-off changes in the slot."""
    greens: int = 1
    """How often its signal was green: presence through whole greens is not a queue."""


@dataclass(frozen=True, slots=True)
class Found:
    """A fault with its sentence."""

    fault: Fault
    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    """What is used further on: counted, or put in the place of what is not believed."""

    detector: str
    flow: float
    occupancy: float
    source: Source
    quality: float
    """1 counted; below for what stands in: fewer neighbours and fewer days make it lower."""
    text: str = ""


def physical_faults(r: Reading, s: CheckSettings) -> list[Found]:
    """What cannot be, whatever the traffic."""
    found = []
    minutes = float(SLOT_MIN)
    values = [r.flow, r.occupancy] + ([] if r.speed_mps is None else [r.speed_mps])
    if any(not math.isfinite(v) for v in values) or r.flow < 0 or not 0.0 <= r.occupancy <= 1.0:
        return [Found(Fault.IMPOSSIBLE, f"Flow {r.flow}, occupancy {r.occupancy}: not a count and a share.")]
    if r.longest_on_s >= s.longest_on_s or (r.occupancy >= 0.99 and r.greens >= 2 and r.flow <= 1):
        found.append(Found(Fault.STUCK_ON, f"Occupied for {r.longest_on_s:.0f} s without a break, through {r.greens} greens."))
    if r.changes / minutes > s.most_changes_per_min:
        found.append(Found(Fault.ERRATIC, f"{r.changes / minutes:.0f} changes a minute."))
    if r.flow * 60 / minutes > s.most_flow_per_h:
        found.append(Found(Fault.ERRATIC, f"{r.flow * 60 / minutes:.0f} vehicles an hour on one lane."))
    if r.speed_mps is not None and not 0.0 <= r.speed_mps <= s.fastest_mps:
        found.append(Found(Fault.IMPOSSIBLE, f"Mean speed {r.speed_mps * 3.6:.0f} km/h."))
    elif r.speed_mps and r.flow >= 10 and r.speed_mps > 5.0:
        length = r.occupancy * r.speed_mps * 60 * minutes / r.flow
        if not s.length_m[0] <= length <= s.length_m[1]:
            text = f"Flow, speed and occupancy together make vehicles {length:.1f} m long."
            found.append(Found(Fault.IMPOSSIBLE, text))
    if r.flow >= 5 and r.occupancy == 0.0:
        found.append(Found(Fault.IMPOSSIBLE, f"{r.flow:.0f} vehicles passed and the detector was never occupied."))
    return found


def out_of_balance(
    upstream: Mapping[str, float],
    downstream: Mapping[str, float],
    expected: Mapping[str, Expected | None],
    s: CheckSettings,
    suspected: Collection[str] = (),
) -> tuple[str, str] | None:
    """(detector, sentence) to blame when what flows in and what flows out of a stretch do not agree over a quarter of an hour.

    Blamed is the detector furthest from its own profile, scaled with the others, and by more than counting noise. One already
    ``suspected`` keeps the blame while it is nearly as far off as the furthest. None when they agree or nobody stands out.
    """
    into, out = sum(upstream.values()), sum(downstream.values())
    if abs(into - out) <= max(s.balance_vehicles, s.balance_share * max(into, out)):
        return None
    counted = {**upstream, **downstream}
    usual = {d: e.flow for d in counted if (e := expected.get(d)) is not None and e.flow >= s.balance_vehicles}
    ratios = {d: max(counted[d] / flow, 0.02) for d, flow in usual.items()}
    if len(ratios) < 2:
        return None
    off = {}
    for d, ratio in ratios.items():
        # With a single other there is no telling who moved: each is compared with what it usually counts.
        others = median(v for k, v in ratios.items() if k != d) if len(ratios) > 2 else 1.0
        off[d] = abs(math.log(ratio / others))
    worst = max(off, key=lambda d: (off[d] + (0.25 * max(off.values()) if d in suspected else 0.0), d))
    rest = sum(flow for d, flow in usual.items() if d != worst)
    if off[worst] <= s.balance_sigmas * math.sqrt(1.0 / usual[worst] + 1.0 / rest):
        return None
    runner_up = max(v for d, v in off.items() if d != worst)
    if worst not in suspected and off[worst] < 1.2 * runner_up:
        return None
    return worst, f"{into:.0f} vehicles flowed in and {out:.0f} out; this detector counts {ratios[worst]:.0%} of the usual."


@dataclass(slots=True)
class DetectorHealth:
    """One detector over time: faults as they come, belief as it returns."""

    detector: str
    settings: CheckSettings = field(default_factory=CheckSettings)
    faults: tuple[Found, ...] = ()
    _silent: float = 0.0
    _sound: int = 0

    @property
    def is_believed(self) -> bool:
        """Whether its counts are used."""
        return not self.faults

    def check(self, reading: Reading, expected: Expected | None, *blame: Found) -> tuple[Found, ...]:
        """Judge one slot; ``blame`` is what the comparison with neighbours found. Returns the faults that now stand."""
        found = physical_faults(reading, self.settings) + list(blame)
        if reading.flow > 0 or not math.isfinite(reading.flow):
            self._silent = 0.0
        elif expected is not None:
            # The lower end of what is usual: an empty Sunday morning is not a fault.
            self._silent += max(0.0, expected.flow - 2.0 * expected.flow_mad)
        if self._silent >= self.settings.silent_expected:
            kind = Fault.STUCK_OFF if reading.changes == 0 and reading.occupancy == 0.0 else Fault.NO_ACTIVITY
            found.append(Found(kind, f"Nobody counted where at least {self._silent:.0f} were to be expected."))
        if found:
            self.faults, self._sound = tuple(found), 0
        elif self.faults:
            self._sound += 1
            if self._sound >= self.settings.sound_slots:
                self.faults = ()
        return self.faults


def figure(
    reading: Reading,
    health: DetectorHealth,
    expected: Expected | None,
    neighbours: Sequence[tuple[float, Expected]],
) -> Figure:
    """What is used for a slot: the count when believed, else the profile scaled with what healthy neighbours count now.

    ``neighbours`` holds (count, expected) of believed detectors on the same street; the scale is the median of their
    ratios, bounded, so that one odd neighbour does not move it. Without any profile the figure is of no quality.
    """
    if health.is_believed:
        return Figure(reading.detector, reading.flow, reading.occupancy, Source.CAMERA, 1.0)
    why = health.faults[0].text
    if expected is None:
        return Figure(reading.detector, 0.0, 0.0, Source.PROFILE, 0.0, f"{why} No profile yet: nothing stands in.")
    ratios = [count / usual.flow for count, usual in neighbours if usual.flow >= 3.0]
    if not ratios:
        text = f"{why} The usual count of {expected.days} days stands in."
        return Figure(reading.detector, expected.flow, expected.occupancy, Source.PROFILE, 0.5, text)
    scale = min(4.0, max(0.25, median(ratios)))
    quality = 0.6 + 0.1 * min(3, len(ratios))
    text = f"{why} The usual count, times {scale:.2f} as {len(ratios)} neighbours show, stands in."
    return Figure(
        reading.detector, expected.flow * scale, min(1.0, expected.occupancy * scale), Source.NEIGHBOUR, quality, text
    )
