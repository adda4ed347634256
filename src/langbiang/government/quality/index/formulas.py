"""Points from counters.

An indicator is a rate (numerator over denominator) worth so many points; from `full_from` on it gets all of them, below
that in proportion. An indicator whose data the platform does not hold has no counters: it gives no points and takes
none, and the total is reckoned over the points that could be measured. The same holds where the denominator is 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

FloatArray = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class IndicatorRow:
    """One sub-indicator as the rows in force on a day have it. Empty counters: no data on this platform."""

    code: str
    group: str
    points: float
    numerator: str = ""
    denominator: str = ""
    full_from: float = 1.0

    @property
    def is_measured(self) -> bool:
        """Whether the platform holds what is needed to compute it."""
        return bool(self.numerator and self.denominator)


@dataclass(frozen=True)
class IndicatorScore:
    """What one sub-indicator gave. `points` is None where there is no data or nothing to count."""

    row: IndicatorRow
    numerator: int
    denominator: int
    points: float | None

    @property
    def rate(self) -> float | None:
        """The bare rate, 0 to 1."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def lost(self) -> float:
        """Points missing to the maximum."""
        return 0.0 if self.points is None else self.row.points - self.points


@dataclass(frozen=True)
class GroupScore:
    """A group: points reached, points that could be measured, and the maximum by the decision."""

    code: str
    points: float
    measurable: float
    maximum: float


@dataclass(frozen=True)
class Result:
    """The index of one unit over one period."""

    indicators: tuple[IndicatorScore, ...]
    groups: tuple[GroupScore, ...]
    points: float
    measurable: float

    @property
    def total(self) -> float | None:
        """Points out of 100, reckoned over what could be measured."""
        return 100 * self.points / self.measurable if self.measurable else None


@dataclass(frozen=True)
class Loss:
    """Points one sub-indicator loses, by how many cases (or procedures), and what each of them costs at most."""

    score: IndicatorScore
    lost: float
    failing: int
    each: float


def rate_points(
    points: float, full_from: float, numerator: FloatArray, denominator: FloatArray
) -> FloatArray:
    """Points of one indicator for many units at once; NaN where the denominator is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(denominator > 0, numerator / denominator, np.nan)
    reached: FloatArray = points * np.minimum(rate / full_from, 1.0)
    return reached


def score_many(rows: Sequence[IndicatorRow], counters: Mapping[str, FloatArray]) -> FloatArray:
    """Totals out of 100 for many units at once: counters are arrays of one length. NaN where nothing is measured."""
    if not counters:
        return np.zeros(0)
    length = len(next(iter(counters.values())))
    reached, measurable = np.zeros(length), np.zeros(length)
    for row in rows:
        if not row.is_measured or not row.points:
            continue
        points = rate_points(row.points, row.full_from, counters[row.numerator], counters[row.denominator])
        known = ~np.isnan(points)
        reached += np.where(known, points, 0.0)
        measurable += np.where(known, row.points, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        totals: FloatArray = np.where(measurable > 0, 100 * reached / measurable, np.nan)
    return totals


def _score_of(row: IndicatorRow, counters: Mapping[str, int]) -> IndicatorScore:
    if not row.is_measured:
        return IndicatorScore(row, 0, 0, None)
    numerator, denominator = int(counters.get(row.numerator, 0)), int(counters.get(row.denominator, 0))
    if not denominator:
        return IndicatorScore(row, numerator, 0, None)
    reached = row.points * min(numerator / denominator / row.full_from, 1.0)
    return IndicatorScore(row, numerator, denominator, reached)


def score(rows: Sequence[IndicatorRow], counters: Mapping[str, int]) -> Result:
    """The index of one unit from its counters, sub-indicator by sub-indicator."""
    scores = tuple(_score_of(row, counters) for row in rows)
    groups = []
    for code in dict.fromkeys(row.group for row in rows):
        inside = [s for s in scores if s.row.group == code]
        known = [s for s in inside if s.points is not None]
        groups.append(
            GroupScore(
                code,
                sum(s.points or 0.0 for s in known),
                sum(s.row.points for s in known),
                sum(s.row.points for s in inside),
            )
        )
    return Result(scores, tuple(groups), sum(g.points for g in groups), sum(g.measurable for g in groups))


def explain(result: Result) -> list[Loss]:
    """Where the points go, the heaviest loss first. The losses add up to what is missing of the measurable points."""
    losses = []
    for one in result.indicators:
        if one.points is None or one.lost <= 0:
            continue
        each = one.row.points / (one.row.full_from * one.denominator)
        losses.append(Loss(one, one.lost, one.denominator - one.numerator, each))
    return sorted(losses, key=lambda loss: (-loss.lost, loss.score.row.code))
