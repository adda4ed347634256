"""The hour of the day beside a clock nobody sets: whether somebody has set the hour, and how long a lease really holds."""

from dataclasses import dataclass

from langbiang.city.traffic.gate.arming import ArmLease

# What both clocks may drift apart between two rounds before it counts as set.
STEP_S = 0.5


@dataclass
class Steady:
    """To be told both clocks each round."""

    _begun: float | None = None
    _steady: float = 0.0
    _apart: float = 0.0
    _slice: tuple[float, float] | None = None  # the slice of a lease that was given last
    _slice_since: float = 0.0

    def tell(self, now: float, steady: float) -> float:
        """Both clocks of this round; gives by how much the hour was set since the one before, 0 where it was not."""
        apart = now - steady
        if self._begun is None:
            self._begun, self._apart = steady, apart
        self._steady = steady
        step = apart - self._apart
        if abs(step) <= STEP_S:
            return 0.0
        self._apart = apart
        return step

    @property
    def age_s(self) -> float:
        """Seconds since the first round."""
        return self._steady - (self._steady if self._begun is None else self._begun)

    def holds(self, lease: ArmLease | None) -> bool:
        """Whether a slice of a lease still runs: as long as it was given for, from when it was first seen, whatever the hour says."""
        if lease is None:
            return False
        if self._slice != (lease.granted_at, lease.expires_at):
            self._slice, self._slice_since = (lease.granted_at, lease.expires_at), self._steady
        return self._steady - self._slice_since < lease.expires_at - lease.granted_at
