"""Vehicles counted: by detector, by turn, and over the stop line on yellow and red."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import lamps
from .codes import DETECTOR_ON, GREEN_BEGIN, RED_BEGIN, YELLOW_BEGIN
from .detectors import COUNT, YELLOW_RED, Detector, of_role
from .log import QUARTER_MS, Column, EventLog, buckets, tally


@dataclass(frozen=True)
class Actuations:
    """Detector-on events of a channel in one bin."""

    bin_ms: int
    channel: int
    vehicles: int


def actuations(log: EventLog, *, is_filled: bool = False, width_ms: int = QUARTER_MS) -> list[Actuations]:
    """Detector-on events by bin and channel.

    Filled, a channel heard at all has a 0 in every bin in which the junction sent anything, and nothing where it did not:
    no traffic and no data are different things.
    """
    on = log.only(DETECTOR_ON)
    found: dict[tuple[int, int], int] = {}
    for at, channel, n in tally(buckets(on.ms, width_ms), on.parameter):
        found[at, channel] = n
    if is_filled:
        channels = np.unique(on.parameter).tolist()
        found = {(at, channel): found.get((at, channel), 0) for at in np.unique(buckets(log.ms, width_ms)).tolist() for channel in channels}
    return [Actuations(*key, n) for key, n in sorted(found.items())]


@dataclass(frozen=True)
class Turning:
    """Vehicles of a phase that took one of some ways in one bin; several ways where one lane serves them all."""

    bin_ms: int
    phase: int
    turns: tuple[str, ...]
    vehicles: int


def turning_counts(log: EventLog, detectors: Sequence[Detector], *, width_ms: int = QUARTER_MS) -> list[Turning]:
    """Vehicles by bin, phase and turn, from detectors in the role Count, with a 0 where the junction sent anything."""
    channels = of_role(detectors, COUNT)
    found: dict[tuple[int, int, tuple[str, ...]], int] = {}
    for row in actuations(log, is_filled=True, width_ms=width_ms):
        one = channels.get(row.channel)
        if one is not None:
            key = (row.bin_ms, one.phase, one.turns)
            found[key] = found.get(key, 0) + row.vehicles
    return [Turning(*key, n) for key, n in sorted(found.items())]


@dataclass(frozen=True)
class Crossed:
    """Vehicles over the stop line at so many seconds after red began (before: negative), by the colour shown then."""

    bin_ms: int
    phase: int
    colour: int
    after_red_s: float
    vehicles: int


def half_seconds(ms: Column) -> NDArray[np.float64]:
    """Seconds rounded to the nearest half, the middle away from zero."""
    return np.asarray(np.sign(ms) * np.floor(np.abs(ms) / 500 + 0.5) / 2)


def yellow_red(
    log: EventLog, detectors: Sequence[Detector], *, latency_ms: int = 0, least_s: float | None = -8.0, width_ms: int = QUARTER_MS
) -> list[Crossed]:
    """Vehicles over the stop line around the end of green, from detectors in the role Yellow_Red.

    Bins are those of the beginning of red. Only cycles with exactly one green, yellow and red are taken: with one lost, who
    drove on green would be accused. `least_s` leaves out what is long before red.
    """
    shown = lamps.of_phases(log)
    found = []
    for phase, ms in lamps.passings(log, of_role(detectors, YELLOW_RED).values(), latency_ms=latency_ms).items():
        if phase not in shown:
            continue
        mine = shown[phase]
        whole = (mine.count(GREEN_BEGIN) == 1) & (mine.count(YELLOW_BEGIN) == 1) & (mine.count(RED_BEGIN) == 1)
        whole[0] = False
        reds = np.zeros(len(whole), dtype=np.int64)
        reds[mine.cycle[mine.code == RED_BEGIN]] = mine.ms[mine.code == RED_BEGIN]
        cycle, colour = mine.at(ms)
        kept = whole[cycle]
        red, halves = reds[cycle[kept]], (half_seconds(ms[kept] - reds[cycle[kept]]) * 2).astype(np.int64)
        found += [
            Crossed(at, phase, shown_code, half / 2, n)
            for at, shown_code, half, n in tally(buckets(red, width_ms), colour[kept], halves)
            if least_s is None or half / 2 >= least_s
        ]
    return sorted(found, key=lambda row: (row.bin_ms, row.phase, row.after_red_s, row.colour))
