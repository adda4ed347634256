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
class EventSignals:
    """A fixed-time plan a junction runs while an approved event does; `marks`: stage and end of its green within the cycle, in running order."""

    event: str
    plan: str
    cycle_s: float
    offset_s: float
    marks: tuple[tuple[str, float], ...]
    begins_at: float
    ends_at: float

    def stage_at(self, now: float) -> str:
        """The stage that has green, or gets it once the change before it has run."""
        second = (now - self.offset_s) % self.cycle_s
        return next((stage for stage, end_s in self.marks if second < end_s), self.marks[0][0])


@dataclass(frozen=True)
class Asked:
    """All that is asked for at one junction."""

    runs: tuple[Run, ...] = ()
    buses: tuple[Bus, ...] = ()
    events: tuple[Happening, ...] = ()
    signals: tuple[EventSignals, ...] = ()

    def closed(self, now: float) -> frozenset[str]:
        """Approaches from which nobody comes now."""
        return frozenset(one.approach for one in self.events if one.is_closed and one.begins_at <= now < one.ends_at)

    def is_unusual(self, now: float) -> bool:
        """Whether an event changes the traffic now, so that what is counted says nothing about usual days."""
        return any(one.begins_at <= now < one.ends_at for one in self.events)

    def signals_at(self, now: float) -> EventSignals | None:
        """The plan of the event that runs now; it begins and ends at its instants, whether or not anybody can be asked."""
        return next((one for one in self.signals if one.begins_at <= now < one.ends_at), None)
