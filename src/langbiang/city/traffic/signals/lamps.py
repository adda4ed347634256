"""What each phase showed when: cycles, and the colour at an instant."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .codes import DETECTOR_ON, GREEN_BEGIN, RED_BEGIN, YELLOW_BEGIN
from .detectors import Detector
from .log import NO_ROWS, Column, EventLog

# A colour is told by the code that began it; nothing is known before the first of them.
GREEN, YELLOW, RED, UNKNOWN = GREEN_BEGIN, YELLOW_BEGIN, RED_BEGIN, 0


@dataclass(frozen=True)
class Lamps:
    """The changes of one phase: instant, code, number of the cycle (from green to green; 0 before the first) and colour.

    Colours only go onward within a cycle, from green over yellow to red: a yellow logged late does not turn red back.
    """

    ms: Column
    code: Column
    cycle: Column
    colour: Column

    def at(self, ms: Column) -> tuple[Column, Column]:
        """Cycle and colour at instants; a change holds from its very instant on."""
        place = np.searchsorted(self.ms, ms, side="right")
        return np.append(0, self.cycle)[place], np.append(UNKNOWN, self.colour)[place]

    def count(self, code: int) -> Column:
        """How often a code stands in each cycle, by number of the cycle."""
        return np.bincount(self.cycle[self.code == code], minlength=int(self.cycle.max(initial=0)) + 1).astype(np.int64)


def sequence(ms: Column, code: Column) -> Lamps:
    """Changes in order as cycles and colours; other codes than the three (a barrier) take part in the order."""
    cycle = np.cumsum(code == GREEN_BEGIN)
    return Lamps(ms, code, cycle, np.maximum.accumulate(cycle * 64 + code) % 64 if len(ms) else NO_ROWS)


def of_phases(log: EventLog) -> dict[int, Lamps]:
    """The changes of every phase in the log."""
    changes = log.only(GREEN_BEGIN, YELLOW_BEGIN, RED_BEGIN)
    return {phase: sequence(part.ms, part.code) for phase, part in changes.by_parameter()}


def passings(log: EventLog, detectors: Iterable[Detector], *, latency_ms: int = 0, is_travelling: bool = False) -> dict[int, Column]:
    """Instants at which vehicles were seen, by phase: moved back by the latency, onward by the travel time if wanted."""
    on = log.only(DETECTOR_ON)
    found: dict[int, list[Column]] = {}
    for one in detectors:
        moved = (one.travel_ms if is_travelling else 0) - latency_ms
        found.setdefault(one.phase, []).append(on.ms[on.parameter == one.channel] + moved)
    return {phase: np.sort(np.concatenate(parts)) for phase, parts in sorted(found.items())}


@dataclass(frozen=True)
class Cycle:
    """One cycle of a phase as people look at it: from the beginning of red over green and yellow to the next red."""

    red_ms: int
    green_ms: int
    yellow_ms: int
    end_ms: int

    @property
    def length_s(self) -> float:
        """From red to red."""
        return (self.end_ms - self.red_ms) / 1000

    @property
    def green_s(self) -> float:
        """Green without yellow."""
        return (self.yellow_ms - self.green_ms) / 1000


def cycles(lamps: Lamps) -> list[Cycle]:
    """Complete cycles only: red, green, yellow, red, nothing missing and nothing twice."""
    ms, code = lamps.ms, lamps.code
    if len(ms) < 4:
        return []
    whole = (code[:-3] == RED) & (code[1:-2] == GREEN) & (code[2:-1] == YELLOW) & (code[3:] == RED)
    return [Cycle(*(int(ms[n + k]) for k in range(4))) for n in np.flatnonzero(whole)]
