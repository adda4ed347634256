"""What is asked, and what is answered: places and periods, sums and shares. No database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.utils import timezone


@dataclass(frozen=True)
class Scope:
    """What is asked: from `first` to `last` (local days, both inclusive), at these agencies (None: all), narrowed by
    filters; `known_at` asks for what was known at that moment."""

    first: date
    last: date
    agencies: frozenset[int] | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    known_at: datetime | None = None

    @property
    def begins(self) -> datetime:
        """The first moment of the period."""
        return morning(self.first)

    @property
    def ends(self) -> datetime:
        """The moment after the period, or the moment the question is asked about when that is earlier."""
        end = morning(self.last + timedelta(days=1))
        return min(end, self.known_at) if self.known_at else end

    @property
    def days(self) -> list[date]:
        """Every day of the period."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


@dataclass(frozen=True)
class Value:
    """A figure as two sums, so that figures can be added; a share rolls up as the ratio of the sums."""

    top: int = 0
    base: int | None = None
    scale: int = 100

    @property
    def number(self) -> float | None:
        """The figure itself: the sum, or the share; None when nothing is there to take a share of."""
        if self.base is None:
            return float(self.top)
        return self.scale * self.top / self.base if self.base else None

    def __add__(self, other: "Value") -> "Value":
        both = None if self.base is None and other.base is None else (self.base or 0) + (other.base or 0)
        return Value(self.top + other.top, both, self.scale)


def morning(day: date) -> datetime:
    """The first moment of a local day."""
    return timezone.make_aware(datetime.combine(day, time.min))
