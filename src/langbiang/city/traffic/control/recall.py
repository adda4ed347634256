"""No link waits for ever: per-link recall, as late as is still safe.

Kept per link and not per stage: a stage that gave way to nobody may still have left one of its links red.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from langbiang.city.traffic.lamps import LampDriver
from langbiang.city.traffic.network import GREEN, Junction, Stage


@dataclass(slots=True)
class RecallClock:
    """Seconds each link has been red, and which stage must come now so that all deadlines can be kept."""

    junction: Junction
    stages: Sequence[Stage]
    red_for: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.red_for = [0] * self.junction.size

    def tick(self, lamps: str) -> None:
        """One second of lamps was shown."""
        for k, lamp in enumerate(lamps):
            self.red_for[k] = 0 if lamp in GREEN else self.red_for[k] + 1

    def due(
        self, driver: LampDriver, limit_s: Sequence[float], preference: Sequence[float] | None = None
    ) -> tuple[int, int] | None:
        """(stage, link) that must be served now, or None.

        ``limit_s[k]`` is the longest red allowed for link k (infinite when nobody can be there). Deadlines are taken
        in order; the first stage is due as soon as waiting longer would make any later one miss its own deadline.
        """
        intergreen, minimum = driver.limits.intergreen_s, driver.limits.min_green_s
        waiting = sorted(
            (limit_s[k] - self.red_for[k], k)
            for k in range(self.junction.size)
            if self.red_for[k] > 0 and limit_s[k] < 1e6
        )
        first: tuple[int, int] | None = None
        served: set[int] = set()
        ready_in = 0.0
        for slack, k in waiting:
            if k in served:
                continue
            stage = self._stage_for(k, driver.stage, preference)
            if stage is None:
                continue
            if first is None:
                first = stage, k
                ready_in = float(driver.wait_for(stage))
            ready_in += intergreen
            if ready_in + 2 >= slack:
                return first
            ready_in += minimum
            served.update(i for i in range(self.junction.size) if self.stages[stage].serves(i))
        return None

    def _stage_for(self, link: int, running: int, preference: Sequence[float] | None) -> int | None:
        serving = [s.index for s in self.stages if s.serves(link) and s.index != running]
        if not serving:
            return None
        return max(
            serving,
            key=lambda s: (self.stages[s].protects(link), preference[s] if preference else 0.0, -s),
        )
