"""People on foot: how often they are served, how often they press, how long they wait."""

from dataclasses import dataclass

import numpy as np

from .codes import OVERLAP_WALK_BEGIN, PED_CLEAR_BEGIN, PED_DETECTOR_ON, WALK_BEGIN
from .intervals import Spans, Trust, joined
from .log import QUARTER_MS, EventLog, buckets, tally

# Presses this close together come from one impatient person.
SAME_PERSON_MS = 15_000


@dataclass(frozen=True)
class Crossing:
    """One pedestrian phase in one bin: walks shown, presses, presses by different people, and the delay of those served.

    `waits` counts the delays that make up `delay_s`, the mean in seconds; None where nobody waited. Hourly volumes are not
    estimated from presses: the known formula was fitted to push buttons of one foreign state.
    """

    bin_ms: int
    phase: int
    services: int
    presses: int
    people: int
    waits: int
    delay_s: float | None


def delays(log: EventLog) -> Spans:
    """From the first press after the walk before ended to the next walk, before what `Trust` says of them.

    Who presses during walk does not wait, and further presses belong to the first. Where the beginning of walk was lost
    the wait ends with the clearance that followed it, as in the package `atspm`: too long by the walk.
    """
    parts = []
    for _phase, rows in log.only(PED_DETECTOR_ON, WALK_BEGIN, PED_CLEAR_BEGIN).by_parameter():
        is_press = rows.code == PED_DETECTOR_ON
        before = np.append(PED_CLEAR_BEGIN, rows.code[:-1])
        served = rows.ms[~is_press]
        following = np.searchsorted(np.flatnonzero(~is_press), np.arange(len(rows)), side="right")
        chosen = is_press & (before == PED_CLEAR_BEGIN) & (following < len(served))
        ends = served[following[chosen]]
        parts.append(Spans(rows.code[chosen], rows.parameter[chosen], rows.ms[chosen], ends, np.ones(len(ends), dtype=np.bool_)))
    return joined(parts)


def crossings(log: EventLog, judge: Trust, *, is_first_counted: bool = True, width_ms: int = QUARTER_MS) -> list[Crossing]:
    """Walks, presses, people and delay by bin and phase; a delay belongs to the bin in which walk began.

    The first press of a log is a person too; `is_first_counted=False` leaves it out, as the package `atspm` does.
    """
    services = _counted(log.only(WALK_BEGIN, OVERLAP_WALK_BEGIN), width_ms)
    presses, people = log.only(PED_DETECTOR_ON), {}
    for phase, rows in presses.by_parameter():
        is_new = np.append(is_first_counted, np.diff(rows.ms) > SAME_PERSON_MS)
        people.update({(at, phase): n for (at, _phase), n in _counted(rows.where(is_new), width_ms).items()})
    waited: dict[tuple[int, int], list[float]] = {}
    sound = judge.judged(delays(log)).trusted()
    for at, phase, seconds in zip(buckets(sound.end_ms, width_ms).tolist(), sound.parameter.tolist(), sound.seconds.tolist(), strict=True):
        waited.setdefault((at, phase), []).append(seconds)
    pressed = _counted(presses, width_ms)
    return [
        Crossing(
            *key, services.get(key, 0), pressed.get(key, 0), people.get(key, 0), len(waited.get(key, ())),
            sum(waited[key]) / len(waited[key]) if key in waited else None,
        )
        for key in sorted({*services, *pressed, *waited})
    ]  # fmt: skip


def _counted(rows: EventLog, width_ms: int) -> dict[tuple[int, int], int]:
    return {(at, phase): n for at, phase, n in tally(buckets(rows.ms, width_ms), rows.parameter)}
