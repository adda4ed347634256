"""What a detector usually counts: median and spread per class of day and five-minute slot.

Holidays and festival days are classes of their own: an ordinary Monday says nothing about Tết. Where a class has too few
days yet, the nearest one stands in, and the answer says so.
"""

import math
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from statistics import median

SLOT_MIN = 5
SLOTS = 24 * 60 // SLOT_MIN
MAD_TO_SIGMA = 1.4826


class DayClass(StrEnum):
    """Days that resemble one another."""

    WORKDAY = "workday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"
    HOLIDAY = "holiday"
    FESTIVAL = "festival"


STANDS_IN: dict[DayClass, tuple[DayClass, ...]] = {
    DayClass.WORKDAY: (DayClass.FRIDAY,),
    DayClass.FRIDAY: (DayClass.WORKDAY,),
    DayClass.SATURDAY: (DayClass.SUNDAY,),
    DayClass.SUNDAY: (DayClass.SATURDAY,),
    DayClass.HOLIDAY: (DayClass.SUNDAY, DayClass.SATURDAY),
    DayClass.FESTIVAL: (DayClass.SATURDAY, DayClass.HOLIDAY, DayClass.SUNDAY),
}


def class_of(day: date, holidays: Collection[date] = (), festivals: Collection[date] = ()) -> DayClass:
    """The class of a day; a festival rules over a holiday, a holiday over the weekday."""
    if day in festivals:
        return DayClass.FESTIVAL
    if day in holidays:
        return DayClass.HOLIDAY
    return {4: DayClass.FRIDAY, 5: DayClass.SATURDAY, 6: DayClass.SUNDAY}.get(day.weekday(), DayClass.WORKDAY)


@dataclass(frozen=True, slots=True)
class Expected:
    """What is usual: vehicles per slot and occupancy (0 to 1), each with its median absolute deviation."""

    flow: float
    flow_mad: float
    occupancy: float
    occupancy_mad: float
    days: int
    day_class: DayClass
    """The class the figures come from; another than asked for when that one had too few days."""

    def is_unusual(self, flow: float, *, sigmas: float = 4.0) -> bool:
        """Whether a count lies further from the median than spread and counting noise explain."""
        spread = max(MAD_TO_SIGMA * self.flow_mad, math.sqrt(max(1.0, self.flow)))
        return abs(flow - self.flow) > sigmas * spread


@dataclass
class Profile:
    """The memory of one detector; the last ``kept_days`` days per class and slot."""

    fewest_days: int = 3
    kept_days: int = 30
    _seen: dict[tuple[DayClass, int], deque[tuple[float, float]]] = field(default_factory=dict)

    def learn(self, day_class: DayClass, slots: Iterable[tuple[int, float, float]]) -> None:
        """Take in one day: (slot, vehicles, occupancy) of the slots in which the detector was sound.

        Raises ValueError for a slot outside the day or a negative figure.
        """
        for slot, flow, occupancy in slots:
            if not 0 <= slot < SLOTS or flow < 0 or not 0 <= occupancy <= 1:
                raise ValueError(f"slot {slot}, flow {flow}, occupancy {occupancy}: outside 0 to {SLOTS - 1}, from 0, 0 to 1")
            self._seen.setdefault((day_class, slot), deque(maxlen=self.kept_days)).append((flow, occupancy))

    def expected(self, day_class: DayClass, slot: int) -> Expected | None:
        """What is usual in that slot; None when not even a class that stands in has enough days."""
        for candidate in (day_class, *STANDS_IN[day_class]):
            seen = self._seen.get((candidate, slot), ())
            if len(seen) >= self.fewest_days:
                flows, occupancies = [f for f, _ in seen], [o for _, o in seen]
                flow, occupancy = median(flows), median(occupancies)
                return Expected(
                    flow,
                    median(abs(f - flow) for f in flows),
                    occupancy,
                    median(abs(o - occupancy) for o in occupancies),
                    len(seen),
                    candidate,
                )
        return None
