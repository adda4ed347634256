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

    def leaves_time(self, driver: LampDriver, stage: int, limit_s: Sequence[float]) -> bool:
        """Whether every link that has a limit can still be green before the longest red if ``stage`` comes first.

        A stage just begun stays its minimum green: what was not due a moment ago could then come too late.
        """
        longest, intergreen, minimum = driver.limits.max_red_s, driver.limits.intergreen_s, driver.limits.min_green_s
        ready_in = float(intergreen + minimum)
        if max(self.red_for) + ready_in + intergreen <= longest:
            return True
        served = {k for k in range(self.junction.size) if self.stages[stage].serves(k)}
        for red, k in sorted(((red, k) for k, red in enumerate(self.red_for) if red > 0 and limit_s[k] < 1e6), reverse=True):
            if k in served:
                continue
            following = self._stage_for(k, stage, None)
            if following is None:
                continue
            ready_in += intergreen
            if red + ready_in > longest:
                return False
            ready_in += minimum
            served.update(i for i in range(self.junction.size) if self.stages[following].serves(i))
        return True

    def _stage_for(self, link: int, running: int, preference: Sequence[float] | None) -> int | None:
        serving = [s.index for s in self.stages if s.serves(link) and s.index != running]
        if not serving:
            return None
        return max(
            serving,
            key=lambda s: (self.stages[s].protects(link), preference[s] if preference else 0.0, -s),
        )
