"""Split failures: greens that did not serve everybody who waited."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from . import lamps
from .codes import DETECTOR_OFF, DETECTOR_ON, GREEN_BEGIN, RED_BEGIN, RED_END, YELLOW_BEGIN
from .detectors import PRESENCE, Detector, of_role
from .log import NO_ROWS, QUARTER_MS, Column, EventLog, buckets

OCCUPIED = 0.8
RED_S = 5
RAPID_MS = 2000
# Stands in the order of a cycle for the end of the first seconds of red.
BARRIER = RED_END


@dataclass(frozen=True)
class Judged:
    """One cycle: when its first seconds of red were over, seconds of green, and shares of both that were occupied.

    `channel` is 0 where all lanes of the phase were taken together.
    """

    at_ms: int
    phase: int
    channel: int
    green_s: float
    green_occupancy: float
    red_occupancy: float

    @property
    def is_failure(self) -> bool:
        """Occupied through green and still occupied after it: both at least 80 %."""
        return self.green_occupancy >= OCCUPIED and self.red_occupancy >= OCCUPIED


@dataclass(frozen=True)
class Failures:
    """Cycles of one phase (and channel) judged in one bin, how many failed, and their means."""

    bin_ms: int
    phase: int
    channel: int
    cycles: int
    failures: int
    green_s: float
    green_occupancy: float
    red_occupancy: float


@dataclass(frozen=True)
class Occupancy:
    """Whether something stood over a detector, as instants at which that changed; unknown before the first."""

    ms: Column
    is_on: Column

    def milliseconds_until(self, ms: Column) -> Column:
        """Occupied milliseconds from the first change until instants."""
        if not len(self.ms):
            return np.zeros(len(ms), dtype=np.int64)
        so_far = np.append(0, np.cumsum(np.diff(self.ms) * self.is_on[:-1]))
        place = np.maximum(np.searchsorted(self.ms, ms, side="right") - 1, 0)
        return np.asarray(so_far[place] + np.maximum(ms - self.ms[place], 0) * self.is_on[place], dtype=np.int64)


def repaired(log: EventLog) -> tuple[Column, Column]:
    """Instants and steps (+1 on, -1 off) of one channel with the lost events put back.

    Two ons in a row: an off at the second if they are at most 2 s apart, else half-way. Two offs: an on half-way. A log
    that begins with an off gets an on a millisecond before it, so that occupancy is counted from there.
    """
    if not len(log):
        return NO_ROWS, NO_ROWS
    ms, on = log.ms, log.code == DETECTOR_ON
    gap, same = np.diff(ms), on[1:] == on[:-1]
    half = ms[1:] - gap // 2
    lost_off = same & on[1:]
    at = np.where(lost_off & (gap <= RAPID_MS), ms[1:], half)[same]
    step = np.where(lost_off[same], -1, 1)
    first = [ms[0] - 1] if not on[0] else []
    return (
        np.concatenate([ms, at, np.array(first, dtype=np.int64)]),
        np.concatenate([np.where(on, 1, -1), step, np.ones(len(first), dtype=np.int64)]),
    )


def occupancy(parts: Sequence[tuple[Column, Column]]) -> Occupancy:
    """The occupancy of detectors taken together: on while any of them is on."""
    ms, steps = np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])
    order = np.argsort(ms, kind="stable")
    instants, where = np.unique(ms[order], return_inverse=True)
    total = np.cumsum(np.bincount(where, weights=steps[order], minlength=len(instants))) if len(instants) else NO_ROWS
    return Occupancy(instants, (total > 0).astype(np.int64))


def judged(
    log: EventLog, detectors: Sequence[Detector], *, by_lane: bool = False, red_s: int = RED_S, width_ms: int = QUARTER_MS
) -> list[Judged]:
    """Every cycle with exactly one yellow and one end of the first red, of phases with detectors in the role Presence.

    Green is occupied as long as any detector of the phase is (`by_lane`: the one detector is). Cycles that begin before
    a detector was heard of, or miss a change of the lamps, are not judged. A red ended by the next green before its first
    `red_s` are over makes both cycles unjudgeable, as in the package `atspm`.
    """
    shown, channels = lamps.of_phases(log), of_role(detectors, PRESENCE)
    steps = {channel: repaired(part) for channel, part in log.only(DETECTOR_OFF, DETECTOR_ON).by_parameter() if channel in channels}
    cutoff = int(buckets(log.ms[-1:], width_ms)[0]) + width_ms if len(log) else 0
    found = []
    for phase in sorted({one.phase for one in channels.values()}):
        mine = [c for c, one in sorted(channels.items()) if one.phase == phase and c in steps]
        if phase not in shown or not mine:
            continue
        for channel, parts in ([(c, [steps[c]]) for c in mine] if by_lane else [(0, [steps[c] for c in mine])]):
            found += _judged(shown[phase], occupancy(parts), phase, channel, red_s=red_s, cutoff=cutoff)
    return found


def _judged(shown: lamps.Lamps, taken: Occupancy, phase: int, channel: int, *, red_s: int, cutoff: int) -> list[Judged]:
    barriers = shown.ms[shown.code == RED_BEGIN] + red_s * 1000
    barriers = barriers[barriers < cutoff]
    ms, code = np.concatenate([shown.ms, barriers]), np.concatenate([shown.code, np.full(len(barriers), BARRIER)])
    order = np.lexsort((code, ms))
    rows = lamps.sequence(ms[order], code[order])
    whole = (rows.count(YELLOW_BEGIN) == 1) & (rows.count(BARRIER) == 1)
    whole[0] = False
    whole[rows.cycle[rows.ms <= taken.ms[0]]] = False
    length, on = np.diff(rows.ms), np.diff(taken.milliseconds_until(rows.ms))
    cycle, colour, size = rows.cycle[:-1], rows.colour[:-1], len(whole)

    def total(values: Column, shown_code: int) -> Column:
        chosen = colour == shown_code
        return np.bincount(cycle[chosen], weights=values[chosen], minlength=size)

    green, green_on, red_on = total(length, GREEN_BEGIN), total(on, GREEN_BEGIN), total(on, RED_BEGIN)
    ends = np.zeros(size, dtype=np.int64)
    ends[rows.cycle[rows.code == BARRIER]] = rows.ms[rows.code == BARRIER]
    return [
        Judged(int(ends[n]), phase, channel, float(green[n]) / 1000, float(green_on[n] / green[n]), float(red_on[n]) / (red_s * 1000))
        for n in np.flatnonzero(whole & (green > 0))
    ]


def by_bin(rows: Sequence[Judged], *, width_ms: int = QUARTER_MS) -> list[Failures]:
    """Judged cycles by bin, phase and channel."""
    groups: dict[tuple[int, int, int], list[Judged]] = {}
    for row in rows:
        groups.setdefault((row.at_ms - row.at_ms % width_ms, row.phase, row.channel), []).append(row)
    return [
        Failures(
            *key, len(group), sum(row.is_failure for row in group), *(sum(values) / len(group) for values in zip(
                *((row.green_s, row.green_occupancy, row.red_occupancy) for row in group), strict=True
            ))
        )
        for key, group in sorted(groups.items())
    ]  # fmt: skip
