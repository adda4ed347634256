"""What a day's log says is broken: a silent cabinet, a detector that always or never calls, a stuck push button."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .codes import DETECTOR_ON, FORCE_OFF, GAP_OUT, MAX_OUT, PED_DETECTOR_ON
from .detectors import ADVANCE, Detector, of_role
from .log import EventLog

HOUR_MS = 3_600_000
NIGHT, PEAK = (1, 5), (17, 18)  # hours of the wall clock, until before the second
SILENT, STUCK_MAX, STUCK_FORCE, FEW_VEHICLES, MANY_PRESSES = "records", "max_out", "force_off", "vehicles", "presses"


@dataclass(frozen=True)
class Limits:
    """From when on something is a finding."""

    records_least: float = 500
    ends_least: float = 50
    ends_percent: float = 90
    vehicles_least: float = 100
    presses_most: float = 200


@dataclass(frozen=True)
class Finding:
    """One thing that looks broken: its kind, the phase (0 for the junction), the figure and the limit it crossed."""

    kind: str
    phase: int
    figure: float
    limit: float


def _hours(log: EventLog, midnight_ms: int, hours: tuple[int, int]) -> EventLog:
    return log.between(midnight_ms + hours[0] * HOUR_MS, midnight_ms + hours[1] * HOUR_MS)


def findings(log: EventLog, detectors: Sequence[Detector], *, midnight_ms: int, limits: Limits | None = None) -> list[Finding]:
    """Findings of the 24 hours from a midnight on.

    A junction with too few records has no other finding: the rest would only repeat it.
    - Fewer than 500 records: the cabinet or the line to it is silent.
    - From 01:00 to 05:00, of at least 50 ends of green, more than 90 % by max-out or by force-off: a detector calls always.
    - From 17:00 to 18:00 fewer than 100 vehicles on the upstream detectors of a phase: a detector does not see.
    - From 01:00 to 05:00 more than 200 presses: a push button is stuck.
    """
    held = limits or Limits()
    day = log.between(midnight_ms, midnight_ms + 24 * HOUR_MS)
    if len(day) < held.records_least:
        return [Finding(SILENT, 0, len(day), held.records_least)]
    night = _hours(day, midnight_ms, NIGHT)
    found = []
    for phase, ends in night.only(GAP_OUT, MAX_OUT, FORCE_OFF).by_parameter():
        for kind, code in ((STUCK_MAX, MAX_OUT), (STUCK_FORCE, FORCE_OFF)):
            percent = 100 * int((ends.code == code).sum()) / len(ends)
            if len(ends) >= held.ends_least and percent > held.ends_percent:
                found.append(Finding(kind, phase, round(percent, 1), held.ends_percent))
    seen = _hours(day, midnight_ms, PEAK).only(DETECTOR_ON)
    upstream = of_role(detectors, ADVANCE).values()
    for phase in sorted({one.phase for one in upstream}):
        vehicles = int(np.isin(seen.parameter, [one.channel for one in upstream if one.phase == phase]).sum())
        if vehicles < held.vehicles_least:
            found.append(Finding(FEW_VEHICLES, phase, vehicles, held.vehicles_least))
    for phase, presses in night.only(PED_DETECTOR_ON).by_parameter():
        if len(presses) > held.presses_most:
            found.append(Finding(MANY_PRESSES, phase, len(presses), held.presses_most))
    return found
