"""The event log of one junction as columns."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .codes import STANDARD_MOST

Column = NDArray[np.int64]
Flags = NDArray[np.bool_]
QUARTER_MS = 15 * 60 * 1000
DAY_MS = 24 * 60 * 60 * 1000
MOST = 32767  # of a code and of a parameter; what is larger is no event
NO_ROWS: Column = np.zeros(0, dtype=np.int64)


class TooLong(ValueError):
    """A log longer than the 99 days that fit one sorting key."""


def buckets(ms: Column, width_ms: int = QUARTER_MS) -> Column:
    """The beginning of the bin each instant falls into; bins are counted from midnight, so they suit the wall clock."""
    return ms - ms % width_ms


def tally(*columns: Column) -> list[tuple[int, ...]]:
    """How often each combination of values stands in some columns: rows (values, count), in order.

    One key of mixed radix per row: sorting that is several times faster than sorting rows.
    """
    if not len(columns[0]):
        return []
    lows = [int(column.min()) for column in columns]
    widths = [int(column.max()) - low + 1 for column, low in zip(columns, lows, strict=True)]
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for column, low, width in zip(columns, lows, widths, strict=True):
        key = key * width + (column - low)
    keys, counts = np.unique(key, return_counts=True)
    parts = [counts.tolist()]
    for low, width in zip(reversed(lows), reversed(widths), strict=True):
        keys, value = np.divmod(keys, width)
        parts.append((value + low).tolist())
    return list(zip(*reversed(parts), strict=True))


@dataclass(frozen=True)
class EventLog:
    """Rows of one junction by time, code and parameter, each once: what a cabinet sends twice counts once.

    `ms` is milliseconds of the junction's wall clock since 1970 (local time without a zone): hours of the day and bins are
    those people know. Codes and parameters outside 0 to 32767 are left out.
    """

    ms: Column
    code: Column
    parameter: Column

    def __len__(self) -> int:
        return len(self.ms)

    @classmethod
    def of_columns(cls, ms: Column, code: Column, parameter: Column) -> "EventLog":
        """A log from columns in any order. Raises TooLong."""
        sound = (code >= 0) & (code <= MOST) & (parameter >= 0) & (parameter <= MOST)
        if not sound.any():
            return cls(NO_ROWS, NO_ROWS, NO_ROWS)
        ms, code, parameter = ms[sound].astype(np.int64), code[sound].astype(np.int64), parameter[sound].astype(np.int64)
        first = ms.min()
        if int(ms.max() - first) >= 1 << 33:
            raise TooLong("a log of more than 99 days is measured in pieces")
        # One key per row: sorting and dropping what stands there twice is a single pass.
        keys = np.unique((ms - first) << 30 | code << 15 | parameter)
        return cls((keys >> 30) + first, keys >> 15 & MOST, keys & MOST)

    @classmethod
    def of(cls, rows: Iterable[tuple[int, int, int]]) -> "EventLog":
        """A log from rows (ms, code, parameter)."""
        table = np.array(list(rows), dtype=np.int64).reshape(-1, 3)
        return cls.of_columns(table[:, 0], table[:, 1], table[:, 2])

    def only(self, *codes: int) -> "EventLog":
        """The rows with these codes."""
        return self.where(np.isin(self.code, codes) if len(codes) > 1 else self.code == codes[0])

    def where(self, chosen: Flags) -> "EventLog":
        """The rows chosen."""
        return EventLog(self.ms[chosen], self.code[chosen], self.parameter[chosen])

    def between(self, first_ms: int, last_ms: int) -> "EventLog":
        """The rows from an instant until before another."""
        low, high = np.searchsorted(self.ms, [first_ms, last_ms])
        return EventLog(self.ms[low:high], self.code[low:high], self.parameter[low:high])

    def by_parameter(self) -> Iterator[tuple[int, "EventLog"]]:
        """The rows of each parameter (a phase, a channel), in order of parameter; each part by time and code."""
        order = np.argsort(self.parameter, kind="stable")
        parameter = self.parameter[order]
        starts = np.flatnonzero(np.diff(parameter, prepend=-1))
        for n, start in enumerate(starts):
            part = order[start : starts[n + 1] if n + 1 < len(starts) else len(order)]
            yield int(parameter[start]), EventLog(self.ms[part], self.code[part], self.parameter[part])

    def shifted(self, by_ms: Column) -> Column:
        """The instants, each moved by its own amount."""
        return np.asarray(self.ms + by_ms, dtype=np.int64)


def has_data(log: EventLog, *, width_ms: int = QUARTER_MS, check_ms: int = 5 * 60 * 1000, least: int = 3) -> Column:
    """Bins in which the junction was heard all along: every part of `check_ms` holds at least so many rows.

    Codes of the maker (above 218) do not count: some cabinets go on sending those when the lamps are dark.
    """
    parts, rows = np.unique(buckets(log.ms[log.code <= STANDARD_MOST], check_ms), return_counts=True)
    bins, heard = np.unique(buckets(parts[rows >= least], width_ms), return_counts=True)
    return np.asarray(bins[heard == width_ms // check_ms], dtype=np.int64)
