"""All measures of a junction by quarter of an hour and phase: what is kept when the raw log is gone."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from . import arrivals, counts, failures, lamps, pedestrians, phases
from .codes import GREEN_BEGIN, WALK_BEGIN, YELLOW_BEGIN
from .detectors import Detector
from .intervals import trust
from .lamps import RED, YELLOW
from .log import QUARTER_MS, EventLog, buckets, has_data

# Vehicles over the line so long after red began still belong to the change; later ones are turns on red or noise.
RED_RUN_S = 10.0


@dataclass(frozen=True)
class Quarter:
    """One phase in one quarter of an hour. Sums and counts, so that quarters add up; seconds unless said otherwise.

    `is_heard` is False where rows are missing: such a quarter is shown as a gap. `greens` are the lengths of trusted greens
    in tenths of a second. `counted` are vehicles by the ways they may have taken.
    """

    bin_ms: int
    phase: int
    is_heard: bool = True
    pattern: int = 0
    cycle_s: int = 0
    arrivals: int = 0
    on_green: int = 0
    green_s: float = 0.0
    delayed: int = 0
    delay_s: float = 0.0
    judged: int = 0
    failed: int = 0
    green_occupied: float = 0.0  # sum over the cycles judged of the share occupied
    red_occupied: float = 0.0
    gaps: int = 0
    maxes: int = 0
    forces: int = 0
    skips: int = 0
    services: int = 0
    presses: int = 0
    people: int = 0
    ped_waits: int = 0
    ped_delay_s: float = 0.0
    on_yellow: int = 0
    on_red: int = 0
    greens: tuple[int, ...] = ()
    counted: dict[str, int] = field(default_factory=dict)

    @property
    def ends(self) -> int:
        """Greens whose end the log explains."""
        return self.gaps + self.maxes + self.forces


ENDING_FIELDS = {"gap": "gaps", "max": "maxes", "force": "forces"}


class _Sheet:
    """Quarters being filled in."""

    def __init__(self, log: EventLog) -> None:
        shown = log.only(GREEN_BEGIN, YELLOW_BEGIN, WALK_BEGIN)
        heard = has_data(log)
        told = {at: (pattern, cycle) for at, pattern, cycle in phases.coordination(log, heard)}
        self.rows = {
            (at, phase): Quarter(at, phase, at in told, *told.get(at, (0, 0)))
            for at in np.unique(buckets(log.ms)).tolist()
            for phase in np.unique(shown.parameter).tolist()
        }

    def add(self, at: int, phase: int, **figures: object) -> None:
        """Fill in some figures of one quarter; phases never shown green or walk are no phases."""
        row = self.rows.get((at, phase))
        if row is not None:
            self.rows[at, phase] = replace(row, **figures)  # type: ignore[arg-type]  # named values of one type


def quarters(log: EventLog, detectors: Sequence[Detector], *, first_ms: int, last_ms: int, latency_ms: int = 0) -> list[Quarter]:
    """Every measure of every phase, by quarters from `first_ms` until before `last_ms`.

    Give the log some minutes of margin at both ends: cycles and waits that cross a boundary need the other side.
    """
    sheet = _Sheet(log)
    judge = trust(log, heard=has_data(log))
    green = {phase: arrivals.green_by_bin(shown) for phase, shown in lamps.of_phases(log).items()}
    for phase, bins in green.items():
        for at, ms in bins.items():
            sheet.add(at, phase, green_s=min(ms, QUARTER_MS) / 1000)  # lost greens are put back generously
    for a in arrivals.arrivals_on_green(log, detectors, latency_ms=latency_ms):
        sheet.add(a.bin_ms, a.phase, arrivals=a.arrivals, on_green=a.on_green)
    for d in arrivals.approach_delay(log, detectors, latency_ms=latency_ms):
        sheet.add(d.bin_ms, d.phase, delayed=d.vehicles, delay_s=d.total_s)
    for f in failures.by_bin(failures.judged(log, detectors)):
        occupied = {"green_occupied": f.green_occupancy * f.cycles, "red_occupied": f.red_occupancy * f.cycles}
        sheet.add(f.bin_ms, f.phase, judged=f.cycles, failed=f.failures, **occupied)
    for e in phases.endings(log):
        sheet.add(e.bin_ms, e.phase, **{ENDING_FIELDS[e.kind]: e.greens})
    for w in phases.phase_waits(log, judge):
        sheet.add(w.bin_ms, w.phase, skips=w.skips)
    for p in pedestrians.crossings(log, judge):
        people = {"services": p.services, "presses": p.presses, "people": p.people}
        sheet.add(p.bin_ms, p.phase, ped_waits=p.waits, ped_delay_s=(p.delay_s or 0.0) * p.waits, **people)
    _over_the_line(sheet, log, detectors, latency_ms)
    _greens_and_turns(sheet, log, detectors)
    return [row for key, row in sorted(sheet.rows.items()) if first_ms <= key[0] < last_ms]


def _over_the_line(sheet: _Sheet, log: EventLog, detectors: Sequence[Detector], latency_ms: int) -> None:
    found: dict[tuple[int, int, int], int] = {}
    for c in counts.yellow_red(log, detectors, latency_ms=latency_ms):
        if c.colour == YELLOW or (c.colour == RED and c.after_red_s <= RED_RUN_S):
            key = (c.bin_ms, c.phase, c.colour)
            found[key] = found.get(key, 0) + c.vehicles
    for (at, phase, colour), n in found.items():
        sheet.add(at, phase, **{"on_yellow" if colour == YELLOW else "on_red": n})


def _greens_and_turns(sheet: _Sheet, log: EventLog, detectors: Sequence[Detector]) -> None:
    sound = phases.greens(log, trust(log, heard=None)).trusted()
    lengths: dict[tuple[int, int], list[int]] = {}
    tenths = (sound.end_ms - sound.begin_ms) // 100
    for at, phase, length in zip(buckets(sound.begin_ms).tolist(), sound.parameter.tolist(), tenths.tolist(), strict=True):
        lengths.setdefault((at, phase), []).append(length)
    for (at, phase), values in lengths.items():
        sheet.add(at, phase, greens=tuple(values))
    turned: dict[tuple[int, int], dict[str, int]] = {}
    for t in counts.turning_counts(log, detectors):
        turned.setdefault((t.bin_ms, t.phase), {})["+".join(t.turns) or "all"] = t.vehicles
    for (at, phase), by_turn in turned.items():
        sheet.add(at, phase, counted=by_turn)


def split_monitor(rows: Sequence[Quarter]) -> list[phases.Split]:
    """Percentiles of greens by phase and the pattern in force at the end of the quarter they began in."""
    lengths: dict[tuple[int, int], list[float]] = {}
    for row in rows:
        if row.is_heard and row.greens:
            lengths.setdefault((row.phase, row.pattern), []).extend(tenths / 10 for tenths in row.greens)
    return phases.split_monitor(lengths)
