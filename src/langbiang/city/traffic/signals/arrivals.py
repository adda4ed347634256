"""Whether vehicles arrive on green: Purdue coordination diagram, arrivals on green, platoon ratio, approach delay."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from . import lamps
from .codes import GREEN_BEGIN, YELLOW_BEGIN
from .detectors import ADVANCE, Detector, of_role
from .intervals import silences
from .lamps import GREEN, RED, Cycle, Lamps
from .log import NO_ROWS, QUARTER_MS, Column, EventLog, buckets

# Upper bounds of the platoon ratio for arrival types 1 to 5 of the Highway Capacity Manual; above is type 6.
ARRIVAL_TYPES = (0.50, 0.85, 1.15, 1.50, 2.00)


@dataclass(frozen=True)
class Arrivals:
    """Arrivals of one phase in one bin. Nobody arriving on green is a finding, so such a bin is there with 0.

    (The package `atspm` leaves bins without an arrival on green out; with one or more the figures are the same.)
    """

    bin_ms: int
    phase: int
    arrivals: int
    on_green: int
    green_s: float
    width_s: float

    @property
    def share(self) -> float:
        """Arrivals on green as a share of all."""
        return self.on_green / self.arrivals

    @property
    def green_ratio(self) -> float:
        """Green as a share of the bin: g/C where the phase cycles all along."""
        return self.green_s / self.width_s

    @property
    def platoon_ratio(self) -> float | None:
        """Share on green over share of green: 1 is chance, above are platoons that come on green. None without green."""
        return self.share / self.green_ratio if self.green_s > 0 else None

    @property
    def arrival_type(self) -> int | None:
        """1 very poor to 6 exceptional progression, after the Highway Capacity Manual."""
        ratio = self.platoon_ratio
        return None if ratio is None else 1 + sum(ratio > bound for bound in ARRIVAL_TYPES)


def green_by_bin(phase: Lamps, *, width_ms: int = QUARTER_MS) -> dict[int, int]:
    """Milliseconds of green in each bin, a green over a boundary divided between both.

    A green lasts until yellow or, with that lost, the next green. One still open at the end of the log lasts to the end of
    its bin, one already running at its beginning since the beginning of its bin: pieces cut at bins then add up. A green that
    was lost (yellow follows yellow) counts since the beginning of the bin as well, as in the package `atspm`.
    """
    chosen = (phase.code == GREEN_BEGIN) | (phase.code == YELLOW_BEGIN)
    ms, is_green = phase.ms[chosen], phase.code[chosen] == GREEN_BEGIN
    if not len(ms):
        return {}
    ends = np.append(ms[1:], buckets(ms[-1:], width_ms) + width_ms)
    opened = ~is_green & np.append(True, ~is_green[:-1])
    begin = np.concatenate([ms[is_green], buckets(ms[opened], width_ms)])
    end = np.concatenate([ends[is_green], ms[opened]])
    found: dict[int, int] = {}
    place = buckets(begin, width_ms)
    while len(begin):
        for at, part in zip(place.tolist(), (np.minimum(end, place + width_ms) - np.maximum(begin, place)).tolist(), strict=True):
            if part > 0:
                found[at] = found.get(at, 0) + part
        place = place + width_ms
        going = end > place
        begin, end, place = begin[going], end[going], place[going]
    return found


def arrivals_on_green(
    log: EventLog, detectors: Sequence[Detector], *, latency_ms: int = 0, is_travelling: bool = True, width_ms: int = QUARTER_MS
) -> list[Arrivals]:
    """Arrivals and arrivals on green by bin and phase, from detectors in the role Advance.

    An arrival is a detector-on event moved back by the latency of the detector and onward by the time from it to the stop
    line; it is on green from the very instant green begins until before yellow begins. `is_travelling=False` judges a
    vehicle by the lamp at the moment it is seen upstream, as the package `atspm` does.
    """
    shown, seen = lamps.of_phases(log), _arrivals(log, detectors, latency_ms=latency_ms, is_travelling=is_travelling)
    found = []
    for phase, ms in seen.items():
        if phase not in shown:
            continue
        _cycle, colour = shown[phase].at(ms)
        green = green_by_bin(shown[phase], width_ms=width_ms)
        bins, where = np.unique(buckets(ms, width_ms), return_inverse=True)
        everybody = np.bincount(where, minlength=len(bins))
        lucky = np.bincount(where[colour == GREEN], minlength=len(bins))
        found += [
            Arrivals(at, phase, int(everybody[n]), int(lucky[n]), green.get(at, 0) / 1000, width_ms / 1000)
            for n, at in enumerate(bins.tolist())
        ]
    return sorted(found, key=lambda row: (row.bin_ms, row.phase))


def _arrivals(log: EventLog, detectors: Sequence[Detector], *, latency_ms: int, is_travelling: bool) -> dict[int, Column]:
    chosen = of_role(detectors, ADVANCE).values()
    return lamps.passings(log, chosen, latency_ms=latency_ms, is_travelling=is_travelling)


@dataclass(frozen=True)
class Diagram:
    """The Purdue coordination diagram of a phase: complete cycles, and every arrival with its second in its cycle."""

    phase: int
    cycles: list[Cycle]
    at_ms: Column
    in_cycle_s: list[float]
    colour: Column
    outside: int  # arrivals in no complete cycle: they are counted, not drawn

    @property
    def on_green(self) -> int:
        """Arrivals drawn on green."""
        return int((self.colour == GREEN).sum())


def diagram(log: EventLog, detectors: Sequence[Detector], phase: int, *, latency_ms: int = 0) -> Diagram:
    """The diagram of one phase, cycles from red to red. Arrivals are those of `arrivals_on_green` with travel time.

    A cycle during which the junction was not heard is left out: what was lost meanwhile may have been a cycle.
    """
    shown = lamps.of_phases(log).get(phase)
    seen = _arrivals(log, detectors, latency_ms=latency_ms, is_travelling=True).get(phase, NO_ROWS)
    quiet = list(zip(*(column.tolist() for column in silences(log)), strict=True))
    whole = [c for c in lamps.cycles(shown) if not any(c.red_ms < end and begin < c.end_ms for begin, end in quiet)] if shown else []
    if shown is None or not whole:
        return Diagram(phase, whole, NO_ROWS, [], NO_ROWS, len(seen))
    begins, ends = np.array([c.red_ms for c in whole]), np.array([c.end_ms for c in whole])
    place = np.searchsorted(begins, seen, side="right") - 1
    inside = (place >= 0) & (seen < ends[place])
    drawn, colour = seen[inside], shown.at(seen[inside])[1]
    since = (drawn - begins[place[inside]]) / 1000
    return Diagram(phase, whole, drawn, since.tolist(), colour, int((~inside).sum()))


@dataclass(frozen=True)
class Delay:
    """Delay of one phase in one bin by the simple approach method."""

    bin_ms: int
    phase: int
    vehicles: int
    total_s: float


def approach_delay(log: EventLog, detectors: Sequence[Detector], *, latency_ms: int = 0, width_ms: int = QUARTER_MS) -> list[Delay]:
    """Volume and delay by bin and phase: who reaches the stop line on red waits until the next green begins.

    Who arrives on green or yellow waits 0 s. Queues are not seen: waiting for a queue to leave, and a green that does not
    serve all, come on top, so the figure is a lower bound. An arrival with no colour before or no green after it is left out.
    """
    shown, seen = lamps.of_phases(log), _arrivals(log, detectors, latency_ms=latency_ms, is_travelling=True)
    found = []
    for phase, ms in seen.items():
        if phase not in shown:
            continue
        greens = shown[phase].ms[shown[phase].code == GREEN_BEGIN]
        _cycle, colour = shown[phase].at(ms)
        following = np.searchsorted(greens, ms, side="right")
        known = (colour != lamps.UNKNOWN) & ((colour != RED) | (following < len(greens)))
        ms, colour, following = ms[known], colour[known], following[known]
        waits = np.zeros(len(ms))
        waiting = colour == RED
        waits[waiting] = (greens[following[waiting]] - ms[waiting]) / 1000
        bins, where = np.unique(buckets(ms, width_ms), return_inverse=True)
        vehicles, total = np.bincount(where, minlength=len(bins)), np.bincount(where, weights=waits, minlength=len(bins))
        found += [Delay(at, phase, int(vehicles[n]), round(float(total[n]), 1)) for n, at in enumerate(bins.tolist())]
    return sorted(found, key=lambda row: (row.bin_ms, row.phase))
