"""What is asked for at a junction by emergency vehicles, buses and approved events. Plain data: the database side knows nothing else of control."""

from dataclasses import dataclass

# The report of a bus is carried on along the road for so long.
BUS_LIVES_S = 30.0


@dataclass(frozen=True)
class Run:
    """An emergency vehicle on its way to this junction: from an approach towards another ("" where nobody knows), and when."""

    run: int
    vehicle: str
    kind: str
    from_approach: str
    to_approach: str
    eta: float
    expires_at: float


@dataclass(frozen=True)
class Bus:
    """A bus on its way to this junction, as it told at an instant."""

    vehicle: str
    from_approach: str
    to_approach: str
    distance_m: float
    speed_mps: float
    lateness_s: float
    passengers: int
    at: float


@dataclass(frozen=True)
class Happening:
    """An approach during an approved event: closed, or busier than usual."""

    approach: str
    is_closed: bool
    begins_at: float
    ends_at: float


@dataclass(frozen=True)
class Asked:
    """All that is asked for at one junction."""

    runs: tuple[Run, ...] = ()
    buses: tuple[Bus, ...] = ()
    events: tuple[Happening, ...] = ()

    def closed(self, now: float) -> frozenset[str]:
        """Approaches from which nobody comes now."""
        return frozenset(one.approach for one in self.events if one.is_closed and one.begins_at <= now < one.ends_at)

    def is_unusual(self, now: float) -> bool:
        """Whether an event changes the traffic now, so that what is counted says nothing about usual days."""
        return any(one.begins_at <= now < one.ends_at for one in self.events)
