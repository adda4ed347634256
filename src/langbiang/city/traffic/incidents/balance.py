"""Do the counts of neighbouring junctions agree? What leaves one towards another should be counted there.

For every street, driven one way: the vehicles its lower end counted against those the upper end let go towards it, by the lanes
they left from. How drivers of a shared lane turn, who joins and who turns off between is not counted; it is taken as usual, from the same
hours of days before: the median of the ratio, and how far it scatters. Where no days are known the ratio is assumed to be one, and may
be far off. Of what differs from the usual, the one camera is looked for whose error explains most of it: one that misses vehicles is
short of what comes, and what it lets go seems to multiply behind it. A difference no camera explains lies on the street.

Plain numbers, no clock, no database. Arms are (junction, approach).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from langbiang.city.traffic.twin.demand import OTHERWISE, PRIOR
from langbiang.city.traffic.twin.described import Arm, Description

Totals = Mapping[tuple[str, str], float]
"""Vehicles by junction and lane; a lane that was not counted whole is not in it."""
MOST_FINDINGS = 5
MAD_TO_SIGMA = 1.4826
STREET_PLAINER, ALIKE = 1.15, 0.97
TOO_MANY_RARER = 0.75  # cameras miss vehicles far more often than they count one twice


@dataclass(frozen=True)
class Settings:
    """Tolerances: what a camera and what a street may be off (shares), how sure one has to be (standard deviations)."""

    tolerance: float = 0.10
    turn_off: float = 0.25
    sigmas: float = 4.5
    days_least: int = 5
    unknown: float = 0.30  # how far the assumed turning may be off where no days are known
    vehicles_least: float = 100.0


@dataclass(frozen=True)
class Balance:
    """One street, one way: counted at its lower end, let go towards it at its upper end, and the usual ratio of both."""

    arm: Arm
    origin: str
    counted: float
    let_go: float
    usual: float
    days: int
    sigma: float
    """Of the logarithm of the ratio."""
    parts: Mapping[Arm, float]
    """Shares of what was let go by the approaches of the upper end it came from."""

    @property
    def expected(self) -> float:
        """What its lower end would count as usual."""
        return self.let_go * self.usual

    @property
    def off(self) -> float:
        """Logarithm of counted against expected."""
        return math.log(max(self.counted, 0.5) / self.expected)


@dataclass(frozen=True)
class Finding:
    """A count that does not fit: of a camera (or whatever counts that approach), or a whole street no camera explains."""

    arm: Arm
    is_camera: bool
    share: float
    """What is counted, as a share of what passes; of a street: what arrives, as a share of what is usual."""
    sigmas: float
    counted: float
    expected: float
    origin: str
    """The junction before it; empty where only the junctions behind it tell."""


def turning(description: Description) -> dict[tuple[str, str], dict[str, float]]:
    """By junction and lane: shares of the arms left by, as assumed before any count tells."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for code, place in description.places.items():
        for turn in place.turns:
            key = code, str(place.lanes(turn.approach)[turn.lane]["key"])
            row = found.setdefault(key, {})
            row[turn.exit] = row.get(turn.exit, 0.0) + PRIOR.get(turn.kind, OTHERWISE)
    return {key: {goal: value / sum(row.values()) for goal, value in row.items()} for key, row in found.items()}


def let_go(description: Description, totals: Totals) -> dict[Arm, tuple[float, dict[Arm, float]]]:
    """By arm of arrival: vehicles let go towards it, and how many of them by each approach; only where every lane was counted."""
    shares = turning(description)
    found: dict[Arm, tuple[float, dict[Arm, float]]] = {}
    for code, place in description.places.items():
        lanes = [(str(lane["key"]), str(lane["approach"])) for lane in place.layout["lanes"]]
        for goal in place.bearings:
            onward = description.across(code, goal)
            used = [(key, approach) for key, approach in lanes if goal in shares.get((code, key), {})]
            if onward is None or not used or any((code, key) not in totals for key, _approach in used):
                continue
            parts: dict[Arm, float] = {}
            for key, approach in used:
                parts[code, approach] = parts.get((code, approach), 0.0) + totals[code, key] * shares[code, key][goal]
            found[onward] = sum(parts.values()), parts
    return found


def counted_at(description: Description, totals: Totals) -> dict[Arm, float]:
    """By approach: vehicles counted, where every lane was."""
    found = {}
    for code, approach in description.arms:
        lanes = [(code, str(lane["key"])) for lane in description.places[code].lanes(approach)]
        if all(key in totals for key in lanes):
            found[code, approach] = sum(totals[key] for key in lanes)
    return found


def balances(description: Description, totals: Totals, days: Sequence[Totals], settings: Settings) -> list[Balance]:
    """Every street that was counted at both its ends, with what the same hours of days before say is usual."""
    before = [(counted_at(description, day), let_go(description, day)) for day in days]
    here, kept = counted_at(description, totals), []
    beyond: list[float] = []
    for arm, (gone, parts) in let_go(description, totals).items():
        if arm not in here or max(gone, here[arm]) < settings.vehicles_least or gone <= 0:
            continue
        known = [
            math.log(counted[arm] / left[arm][0])
            for counted, left in before
            if arm in left and counted.get(arm, 0.0) > 0 and left[arm][0] > 0
        ]
        noise = 1.0 / max(gone, 1.0) + 1.0 / max(here[arm], gone * 0.1, 1.0)
        if len(known) >= settings.days_least:
            scatter = MAD_TO_SIGMA * median(abs(value - median(known)) for value in known)
            beyond.append(scatter**2 - noise)
        kept.append((arm, gone, parts, known, noise))
    # How far days scatter beyond counting noise is much the same for all streets, and of one of them a few days tell little.
    extra = max(0.0, median(beyond)) if beyond else 0.0
    found = []
    for arm, gone, parts, known, noise in kept:
        if len(known) >= settings.days_least:
            middle, sigma = median(known), math.sqrt((noise + extra) * (1.0 + math.pi / 2 / len(known)))
        else:
            middle, sigma = 0.0, math.sqrt(noise + settings.unknown**2)
        shares = {at: value / gone for at, value in parts.items()}
        found.append(Balance(arm, next(iter(parts))[0], here[arm], gone, math.exp(middle), len(known), sigma, shares))
    return found


def judge(rows: Sequence[Balance], settings: Settings) -> list[Finding]:
    """The cameras and streets whose counts do not fit, the plainest first; what one explains is not held against another."""
    off = [row.off for row in rows]
    cameras = sorted({row.arm for row in rows} | {arm for row in rows for arm in row.parts})
    found: list[Finding] = []
    for _round in range(3 * MOST_FINDINGS):
        camera = _best(rows, off, [(arm, [(1.0 if row.arm == arm else 0.0) - row.parts.get(arm, 0.0) for row in rows]) for arm in cameras])
        street = _best(rows, off, [(one.arm, [1.0 if row.arm == one.arm else 0.0 for row in rows]) for one in rows])
        if camera is None or street is None or len(found) == MOST_FINDINGS:
            break
        # Behind a camera that misses vehicles little is counted that tells it from a street on which they turn off. Where several
        # cameras explain it alike none of them is named.
        is_camera = street[0] <= STREET_PLAINER * camera[0] and camera[3] < ALIKE * camera[0]
        gain, error, arm, _next = camera if is_camera else street
        if gain < settings.sigmas**2:
            break
        for n, row in enumerate(rows):
            off[n] -= error * ((1.0 if row.arm == arm else 0.0) - (row.parts.get(arm, 0.0) if is_camera else 0.0))
        is_beyond = abs(math.expm1(error)) >= (settings.tolerance if is_camera else settings.turn_off)
        if is_beyond and all(one.arm != arm for one in found):
            found.append(_finding(rows, arm, is_camera, error, math.sqrt(gain)))
    return found


def _best(rows: Sequence[Balance], off: Sequence[float], causes: Sequence[tuple[Arm, Sequence[float]]]) -> tuple[float, float, Arm, float] | None:
    """The cause one error of which takes away most of all differences: how much (in variances), the error, whose; and how much the next one would."""
    found: list[tuple[float, float, Arm]] = []
    for arm, pull in causes:
        weight = sum(a * a / row.sigma**2 for a, row in zip(pull, rows, strict=True))
        along = sum(a * value / row.sigma**2 for a, value, row in zip(pull, off, rows, strict=True))
        if weight > 0:
            found.append((along**2 / weight * (1.0 if along < 0 else TOO_MANY_RARER), along / weight, arm))
    if not found:
        return None
    best, *others = sorted(found, key=lambda one: (-one[0], one[2]))
    return *best, others[0][0] if others else 0.0


def _finding(rows: Sequence[Balance], arm: Arm, is_camera: bool, error: float, sigmas: float) -> Finding:
    into = next((row for row in rows if row.arm == arm), None)
    if into is not None:
        return Finding(arm, is_camera, math.exp(error), sigmas, into.counted, into.expected, into.origin)
    behind = [row for row in rows if arm in row.parts]
    return Finding(arm, is_camera, math.exp(error), sigmas, sum(row.counted for row in behind), sum(row.expected for row in behind), "")
