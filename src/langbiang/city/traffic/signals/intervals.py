"""Spans between two events of a phase, and whether their length can be trusted."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .codes import CLOCK_UPDATE
from .log import DAY_MS, NO_ROWS, QUARTER_MS, Column, EventLog, Flags, buckets

# The longest silence, by the hour at which it begins, before a junction counts as not heard: at night a cabinet that rests
# in green logs nothing for minutes. Minute of the day -> seconds; the last holds past midnight.
SILENCE_S: Mapping[int, int] = {5 * 60: 300, 6 * 60: 120, 21 * 60: 300, 23 * 60: 900}
CLOCK_MS = 5000
# Yellow and red clearance longer than this are bad data.
CLEARANCE_MS = 10_000


@dataclass(frozen=True)
class Spans:
    """Spans of one kind: code they began with, parameter, both ends, and whether they can be trusted. Closed ones only."""

    code: Column
    parameter: Column
    begin_ms: Column
    end_ms: Column
    is_valid: Flags

    @property
    def seconds(self) -> NDArray[np.float64]:
        """Their lengths."""
        return (self.end_ms - self.begin_ms) / 1000

    def where(self, chosen: Flags) -> "Spans":
        """The spans chosen."""
        return Spans(self.code[chosen], self.parameter[chosen], self.begin_ms[chosen], self.end_ms[chosen], self.is_valid[chosen])

    def trusted(self) -> "Spans":
        """Those that can be trusted."""
        return self.where(self.is_valid)


def joined(parts: list[Spans]) -> Spans:
    """Several spans as one, by beginning and parameter."""
    if not parts:
        return Spans(NO_ROWS, NO_ROWS, NO_ROWS, NO_ROWS, np.zeros(0, dtype=np.bool_))
    columns = [np.concatenate([getattr(p, name) for p in parts]) for name in ("code", "parameter", "begin_ms", "end_ms", "is_valid")]
    order = np.lexsort((columns[1], columns[2]))
    return Spans(*(column[order] for column in columns))


def paired(log: EventLog, begin: int, end: int, *, most_ms: int | None = None) -> Spans:
    """From each `begin` to the next of either code of the same parameter; sound where that is an `end`.

    From an `end` to an `end` there is a span as well, with the code of the end and never sound: a begin was lost between.
    """
    parts = []
    for _parameter, rows in log.only(begin, end).by_parameter():
        starts, follows = rows.code[:-1] == begin, rows.code[1:] == end
        is_valid = starts & follows
        if most_ms is not None:
            is_valid &= np.diff(rows.ms) <= most_ms
        spans = Spans(rows.code[:-1], rows.parameter[:-1], rows.ms[:-1], rows.ms[1:], is_valid)
        parts.append(spans.where(starts | follows))
    return joined(parts)


def instants(log: EventLog, code: int) -> Spans:
    """Changes without a length, as spans of 0 s."""
    rows = log.only(code)
    return Spans(rows.code, rows.parameter, rows.ms, rows.ms, np.ones(len(rows), dtype=np.bool_))


def overlapping(spans: Spans, begin_ms: Column, end_ms: Column) -> Flags:
    """Which spans share time with any of some windows; touching is not sharing."""
    if not len(begin_ms):
        return np.zeros(len(spans.begin_ms), dtype=np.bool_)
    order = np.argsort(begin_ms, kind="stable")
    starts, furthest = begin_ms[order], np.maximum.accumulate(end_ms[order])
    place = np.searchsorted(starts, spans.end_ms, side="left") - 1
    return np.asarray((place >= 0) & (furthest[np.maximum(place, 0)] > spans.begin_ms))


def silences(log: EventLog, limits_s: Mapping[int, int] = SILENCE_S) -> tuple[Column, Column]:
    """Times in which the junction was not heard: beginnings and ends."""
    if len(log) < 2 or not limits_s:
        return NO_ROWS, NO_ROWS
    minutes, allowed = (np.array(part) for part in zip(*sorted(limits_s.items()), strict=True))
    of_day = log.ms[:-1] % DAY_MS // 60_000
    gone = np.diff(log.ms) > allowed[np.searchsorted(minutes, of_day, side="right") - 1] * 1000
    return log.ms[:-1][gone], log.ms[1:][gone]


@dataclass(frozen=True)
class Trust:
    """Windows in which instants of a junction mean nothing (a clock set, a silence), and the bins it was heard in."""

    begin_ms: Column
    end_ms: Column
    heard: Column | None
    width_ms: int = QUARTER_MS

    def judged(self, spans: Spans, *, is_instant: bool = False) -> Spans:
        """The spans, no longer sound where they share time with such a window or with a bin without data.

        A change without a length is only asked for its bin.
        """
        is_valid = spans.is_valid.copy()
        if not is_instant:
            is_valid &= ~overlapping(spans, self.begin_ms, self.end_ms)
        if self.heard is not None and len(is_valid):
            first, last = buckets(spans.begin_ms, self.width_ms), buckets(spans.end_ms, self.width_ms)
            low, high = np.searchsorted(self.heard, first), np.searchsorted(self.heard, last, side="right")
            is_valid &= high - low == (last - first) // self.width_ms + 1
        return Spans(spans.code, spans.parameter, spans.begin_ms, spans.end_ms, is_valid)


def trust(log: EventLog, *, heard: Column | None, limits_s: Mapping[int, int] = SILENCE_S, width_ms: int = QUARTER_MS) -> Trust:
    """What may be trusted in a log; `heard` are the bins of `log.has_data`, None where that is not asked for."""
    clock = log.only(CLOCK_UPDATE).ms
    begin, end = silences(log, limits_s)
    return Trust(np.concatenate([clock - CLOCK_MS, begin]), np.concatenate([clock + CLOCK_MS, end]), heard, width_ms)
