"""How greens ended, how long they lasted, how long phases waited, and which were passed over."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .codes import (
    BUS_CHECK_OUT,
    BUS_EARLY_GREEN,
    BUS_EXTENDED_GREEN,
    CALL_OFF,
    CALL_ON,
    CYCLE_LENGTH,
    FORCE_OFF,
    GAP_OUT,
    GREEN_BEGIN,
    GREEN_END,
    MAX_OUT,
    PATTERN,
    PREEMPT_OFF,
    PREEMPT_ON,
    RED_BEGIN,
    RED_END,
    YELLOW_BEGIN,
    YELLOW_END,
)
from .intervals import CLEARANCE_MS, Spans, Trust, instants, joined, overlapping, paired
from .log import QUARTER_MS, Column, EventLog, Flags, buckets, tally

ENDINGS: Mapping[int, str] = {GAP_OUT: "gap", MAX_OUT: "max", FORCE_OFF: "force"}
# A called phase that waits longer than this many cycles was passed over; after a change for a bus that many.
SKIP_CYCLES, SKIP_CYCLES_BUS = 1.5, 2.0
FREE_CYCLE_S = 140  # taken for the cycle where the cabinet runs free and tells none
PREEMPT_RECOVERY_MS = 120_000


@dataclass(frozen=True)
class Ending:
    """How many greens of a phase ended in one way in one bin: gap, max or force."""

    bin_ms: int
    phase: int
    kind: str
    greens: int


def endings(log: EventLog, *, width_ms: int = QUARTER_MS) -> list[Ending]:
    """Greens by bin, phase and the way they ended. A green the log gives no reason for is not among them."""
    rows = log.only(*ENDINGS)
    return [Ending(at, phase, ENDINGS[code], n) for at, phase, code, n in tally(buckets(rows.ms, width_ms), rows.parameter, rows.code)]


def greens(log: EventLog, judge: Trust) -> Spans:
    """Greens from their beginning to their end."""
    return judge.judged(paired(log, GREEN_BEGIN, GREEN_END))


@dataclass(frozen=True)
class Split:
    """Lengths of the greens of a phase under one pattern (0: none was told), in seconds."""

    phase: int
    pattern: int
    greens: int
    least: float
    p15: float
    p50: float
    p85: float
    most: float


def in_force(log: EventLog, code: int, ms: Column) -> Column:
    """The parameter last told by a code at instants; 0 before the first."""
    told = log.only(code)
    return np.append(0, told.parameter)[np.searchsorted(told.ms, ms, side="right")]


def split_monitor(lengths_s: Mapping[tuple[int, int], list[float]]) -> list[Split]:
    """Percentiles of greens by (phase, pattern); between two lengths the percentile lies in proportion."""
    found = []
    for (phase, pattern), values in sorted(lengths_s.items()):
        points = np.percentile(values, [0, 15, 50, 85, 100])
        found.append(Split(phase, pattern, len(values), *(round(float(point), 2) for point in points)))
    return found


def green_lengths(log: EventLog, judge: Trust) -> dict[tuple[int, int], list[float]]:
    """Trusted greens in seconds by (phase, pattern in force when they began)."""
    sound = greens(log, judge).trusted()
    found: dict[tuple[int, int], list[float]] = {}
    patterns = in_force(log, PATTERN, sound.begin_ms)
    for phase, pattern, length in zip(sound.parameter.tolist(), patterns.tolist(), sound.seconds.tolist(), strict=True):
        found.setdefault((phase, pattern), []).append(length)
    return found


def waits(log: EventLog) -> Spans:
    """How long called phases waited for green, before what `Trust` says of them.

    A wait begins with a call, or with the end of a green whose call went on, and ends with the next green. A call dropped
    before green is no wait. A wait is not sound where its call never ended as it should, or where any phase of the junction
    shows a lost change of lamps meanwhile: the phase may have been served unseen.
    """
    parts = []
    for _phase, rows in log.only(GREEN_BEGIN, GREEN_END, CALL_ON, CALL_OFF).by_parameter():
        if len(rows) < 2:
            continue
        is_call = (rows.code == CALL_ON) | (rows.code == CALL_OFF)
        last = np.maximum.accumulate(np.where(is_call, np.arange(len(rows)), -1))
        is_called = (last >= 0) & (rows.code[np.maximum(last, 0)] == CALL_ON)
        begins = (rows.code == CALL_ON) | ((rows.code == GREEN_END) & is_called)
        chosen = begins[:-1] & (rows.code[1:] == GREEN_BEGIN)
        spans = Spans(rows.code[:-1], rows.parameter[:-1], rows.ms[:-1], rows.ms[1:], np.ones(len(rows) - 1, dtype=np.bool_))
        parts.append(spans.where(chosen))
    found = joined(parts)
    lost = joined(
        [
            paired(log, GREEN_BEGIN, GREEN_END),
            paired(log, YELLOW_BEGIN, YELLOW_END, most_ms=CLEARANCE_MS),
            paired(log, RED_BEGIN, RED_END, most_ms=CLEARANCE_MS),
        ]
    )
    lost = lost.where(~lost.is_valid)
    is_valid = ~overlapping(found, lost.begin_ms, lost.end_ms) & ~_within_broken_call(found, paired(log, CALL_ON, CALL_OFF))
    return Spans(found.code, found.parameter, found.begin_ms, found.end_ms, is_valid)


def _within_broken_call(spans: Spans, calls: Spans) -> Flags:
    broken = np.zeros(len(spans.begin_ms), dtype=np.bool_)
    for phase in np.unique(spans.parameter).tolist():
        mine, of_phase = spans.parameter == phase, calls.where(calls.parameter == phase)
        if not len(of_phase.begin_ms):
            continue
        place = np.searchsorted(of_phase.begin_ms, spans.begin_ms[mine], side="right") - 1
        inside = (place >= 0) & (spans.begin_ms[mine] < of_phase.end_ms[np.maximum(place, 0)])
        broken[mine] = inside & ~of_phase.is_valid[np.maximum(place, 0)]
    return broken


@dataclass(frozen=True)
class Wait:
    """Waits of a phase that ended in one bin: how many, their mean and longest in seconds, and how often it was passed over."""

    bin_ms: int
    phase: int
    waits: int
    mean_s: float
    longest_s: float
    skips: int


def phase_waits(log: EventLog, judge: Trust, *, width_ms: int = QUARTER_MS) -> list[Wait]:
    """Waits by bin and phase, and phases passed over: a wait longer than 1.5 cycles (2 after a change for a bus).

    The cycle is the longer of those in force at both ends of the wait, 140 s where none is told. Waits that touch a
    priority vehicle or the 120 s after it are left out: they say nothing about the plan.
    """
    sound = judge.judged(waits(log)).trusted()
    preempts = judge.judged(paired(log, PREEMPT_ON, PREEMPT_OFF))
    preempts = preempts.where((preempts.code == PREEMPT_ON) & preempts.is_valid)
    sound = sound.where(~overlapping(sound, preempts.begin_ms, preempts.end_ms + PREEMPT_RECOVERY_MS))
    told = judge.judged(instants(log, CYCLE_LENGTH), is_instant=True).trusted()

    def cycle_s(ms: Column) -> Column:
        length = np.append(0, told.parameter)[np.searchsorted(told.begin_ms, ms, side="right")]
        return np.where(length == 0, FREE_CYCLE_S, length)

    changes = judge.judged(bus_changes(log)).trusted()
    latest = np.searchsorted(changes.begin_ms, sound.end_ms, side="right") - 1
    is_bus = np.zeros(len(latest), dtype=np.bool_)
    if len(changes.begin_ms):
        is_bus = (latest >= 0) & (changes.begin_ms[np.maximum(latest, 0)] >= sound.begin_ms)
    limit = np.maximum(cycle_s(sound.begin_ms), cycle_s(sound.end_ms)) * np.where(is_bus, SKIP_CYCLES_BUS, SKIP_CYCLES)
    is_skipped = sound.seconds > limit
    groups: dict[tuple[int, int], list[tuple[float, bool]]] = {}
    rows = zip(buckets(sound.end_ms, width_ms).tolist(), sound.parameter.tolist(), sound.seconds.tolist(), is_skipped.tolist(), strict=True)
    for at, phase, seconds, skipped in rows:
        groups.setdefault((at, phase), []).append((seconds, skipped))
    return [
        Wait(at, phase, len(rows), sum(r[0] for r in rows) / len(rows), max(r[0] for r in rows), sum(r[1] for r in rows))
        for (at, phase), rows in sorted(groups.items())
    ]


def bus_changes(log: EventLog) -> Spans:
    """Early and extended greens for a bus, each until the next change or check-out of the same parameter."""
    parts = []
    for _parameter, rows in log.only(BUS_EARLY_GREEN, BUS_EXTENDED_GREEN, BUS_CHECK_OUT).by_parameter():
        spans = Spans(rows.code[:-1], rows.parameter[:-1], rows.ms[:-1], rows.ms[1:], np.ones(len(rows) - 1, dtype=np.bool_))
        parts.append(spans.where(spans.code != BUS_CHECK_OUT))
    return joined(parts)


def coordination(log: EventLog, heard: Column, *, width_ms: int = QUARTER_MS) -> list[tuple[int, int, int]]:
    """(bin, pattern, cycle in seconds) for every bin with data: the last told in it or in an earlier such bin, 0 before."""
    found: list[list[int]] = []
    for code in (PATTERN, CYCLE_LENGTH):
        rows = log.only(code)
        bins, last = np.unique(buckets(rows.ms, width_ms)[::-1], return_index=True)
        values = rows.parameter[::-1][last]
        kept = np.isin(bins, heard)
        place = np.searchsorted(bins[kept], heard, side="right")
        found.append(np.append(0, values[kept])[place].tolist())
    return list(zip(heard.tolist(), *found, strict=True))
