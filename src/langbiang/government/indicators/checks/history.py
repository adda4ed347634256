"""What a series was before: its usual height, its season and how much it strays, without being led by a few outliers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

LEAST = 8  # periods from which a series says something about itself
SEASONAL_FROM = 18  # periods of a monthly series from which its season is taken out
FEWEST_STRAY = 0.03  # a series is never taken to be steadier than this share of its height
MAD_TO_SIGMA = 1.4826


@dataclass(frozen=True)
class History:
    """Earlier values of one series of one unit, oldest first, None where nothing was reported; the newest directly before.

    `season` is the number of periods in a year (12, 4, 2, 52) or 0 where the season says nothing. `is_count` for counts
    of events: their chance spread grows with the root of their height.
    """

    values: Sequence[float | None]
    season: int = 0
    is_count: bool = False

    @cached_property
    def known(self) -> list[float]:
        """The values there are."""
        return [value for value in self.values if value is not None]

    @cached_property
    def speaks(self) -> bool:
        """Whether there is enough to judge by."""
        return len(self.known) >= LEAST

    @cached_property
    def previous(self) -> float | None:
        """The value of the period before."""
        return self.values[-1] if self.values else None

    def _smoothed(self, value: float) -> float:
        """On a scale where a change by a share is a step of one size, also near zero and below it."""
        return math.copysign(math.log1p(abs(value) / self._floor), value)

    @cached_property
    def _floor(self) -> float:
        """What counts as near zero: a tenth of the usual height, one for counts."""
        usual = median(abs(value) for value in self.known) if self.known else 0.0
        return max(1.0 if self.is_count else usual / 10, 1e-9)

    @cached_property
    def _forecasts(self) -> list[tuple[float, float]]:
        """What would have been expected of each value from those before it, and what came (both smoothed)."""
        found = []
        for n in range(3, len(self.values)):
            value = self.values[n]
            if value is None:
                continue
            said = self._expect(self.values[:n])
            if said is not None:
                found.append((said, self._smoothed(value)))
        return found

    def _expect(self, before: Sequence[float | None]) -> float | None:
        """The smoothed value expected after some: the level of the last ones without their season, with that of this one."""
        n = len(before)
        season = self._seasons
        recent = [
            self._smoothed(value) - season[(n - back) % self.season] if self.season else self._smoothed(value)
            for back, value in ((back, before[-back]) for back in range(1, min(6, n) + 1))
            if value is not None
        ]
        if not recent:
            return None
        return median(recent) + (season[n % self.season] if self.season else 0.0)

    @cached_property
    def _seasons(self) -> list[float]:
        """How far each period of the year lies from the level around it, on the smoothed scale; nothing before a year and a half.

        Means over the years there are, drawn towards nothing where they differ much between years.
        """
        count = self.season
        if not count or len(self.known) < max(SEASONAL_FROM, count + 6):
            return [0.0] * max(count, 1)
        half = count // 2
        apart: list[list[float]] = [[] for _ in range(count)]
        smooth = [None if value is None else self._smoothed(value) for value in self.values]
        for n, value in enumerate(smooth):
            # A year around it; at the ends the year nearest to it, whose level is near enough.
            first = min(max(n - half, 0), max(len(smooth) - count, 0))
            around = [each for each in smooth[first : first + count] if each is not None]
            if value is not None and len(around) >= half:
                apart[n % count].append(value - sum(around) / len(around))
        noise = median(abs(a - b) for row in apart for a, b in zip(row, row[1:], strict=False)) if any(len(r) > 1 for r in apart) else 0.0
        found = []
        for row in apart:
            middle = median(row) if row else 0.0
            spread = noise / max(1, len(row)) ** 0.5
            found.append(middle * middle**2 / (middle**2 + spread**2) if middle else 0.0)
        return found

    @cached_property
    def expected(self) -> float | None:
        """The value expected now, None when nothing can be expected."""
        said = self._expect(self.values)
        return None if said is None else math.copysign(math.expm1(abs(said)) * self._floor, said)

    @cached_property
    def stray(self) -> float:
        """How far values usually lie from what was expected, on the smoothed scale: a robust standard deviation."""
        misses = [abs(came - said) for said, came in self._forecasts]
        robust = MAD_TO_SIGMA * median(misses) if misses else 0.0
        chance = 0.0
        if self.is_count and self.expected is not None:
            chance = 1.0 / math.sqrt(max(abs(self.expected), 0.0) + self._floor)
        return max(robust, chance, FEWEST_STRAY)

    def strangeness(self, value: float) -> float:
        """How many usual strays a value lies from the expected one (a robust z)."""
        said = self._expect(self.values)
        return 0.0 if said is None else (self._smoothed(value) - said) / self.stray

    @cached_property
    def repeats(self) -> bool:
        """Whether equal values follow one another now and then, so that one more says nothing."""
        pairs = [(a, b) for a, b in zip(self.values, self.values[1:], strict=False) if a is not None and b is not None]
        return not pairs or any(a == b for a, b in pairs)

    @cached_property
    def is_below_zero(self) -> bool:
        """Whether the series has ever been negative."""
        return any(value < 0 for value in self.known)
