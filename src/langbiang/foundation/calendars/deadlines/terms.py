"""How long something may take, and when reception of a day ends."""

from dataclasses import dataclass
from datetime import datetime, time
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

# Article 105 of the Labour Code 45/2019/QH14: a normal day has eight hours. "1.5 working days" is 12 of them,
# whatever the office hours of the unit are.
MINUTES_OF_A_LEGAL_DAY = 480
# Article 146.1 of the Civil Code 91/2015/QH13: half a month is fifteen days.
DAYS_OF_HALF_A_MONTH = 15


class InvalidTerm(ValueError):
    """A time limit that says nothing the law knows how to count. `code` names what is wrong."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class NaiveTime(TypeError):
    """An instant without a time zone: no day can be decided from it."""


class TermUnit(StrEnum):
    """What a time limit is counted in."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"
    WORKING_HOURS = "working_hours"


@dataclass(frozen=True, slots=True)
class Term:
    """A time limit; zero working days means the same day. Raises InvalidTerm when it cannot be counted."""

    amount: Decimal
    unit: TermUnit

    def __post_init__(self) -> None:
        amount = Decimal(self.amount)
        object.__setattr__(self, "amount", amount)
        object.__setattr__(self, "unit", TermUnit(self.unit))
        if not amount.is_finite() or amount < 0:
            raise InvalidTerm("not_positive", f"a time limit of {amount} cannot be counted")
        if amount == 0 and self.unit is not TermUnit.WORKING_DAYS:
            raise InvalidTerm("not_positive", "only working days may be zero (the same day)")
        if amount > 10_000:
            raise InvalidTerm("too_long", f"a time limit of {amount} {self.unit.value} is not believable")
        if self.unit is TermUnit.CALENDAR_DAYS and amount != int(amount):
            raise InvalidTerm("fraction_of_day", f"{amount} calendar days: only whole days can be counted")
        if self.unit is TermUnit.MONTHS and (amount * 2) != int(amount * 2):
            raise InvalidTerm("fraction_of_month", f"{amount} months: only whole and half months count")

    @classmethod
    def working_days(cls, amount: Decimal | int | str) -> "Term":
        """So many working days."""
        return cls(Decimal(amount), TermUnit.WORKING_DAYS)

    @classmethod
    def calendar_days(cls, amount: int) -> "Term":
        """So many days of the calendar."""
        return cls(Decimal(amount), TermUnit.CALENDAR_DAYS)

    @classmethod
    def months(cls, amount: Decimal | int | str) -> "Term":
        """So many months; half a month is fifteen days."""
        return cls(Decimal(amount), TermUnit.MONTHS)

    @classmethod
    def working_hours(cls, amount: Decimal | int | str) -> "Term":
        """So many hours of office time."""
        return cls(Decimal(amount), TermUnit.WORKING_HOURS)

    @classmethod
    def same_day(cls) -> "Term":
        """The result on the very day."""
        return cls(Decimal(0), TermUnit.WORKING_DAYS)

    @property
    def is_same_day(self) -> bool:
        """Whether the result is due on the day reception counts for."""
        return self.amount == 0

    @property
    def runs_by_minutes(self) -> bool:
        """Whether it is counted in minutes of office time: hours, and fractions of working days."""
        return self.unit is TermUnit.WORKING_HOURS or (
            self.unit is TermUnit.WORKING_DAYS and self.amount != int(self.amount)
        )

    @property
    def minutes(self) -> int:
        """Minutes of office time of a term that runs by minutes; a split minute counts as a whole one."""
        per_unit = 60 if self.unit is TermUnit.WORKING_HOURS else MINUTES_OF_A_LEGAL_DAY
        return int((self.amount * per_unit).to_integral_value(ROUND_CEILING))


class CutoffScope(StrEnum):
    """Which terms of a procedure the cut-off hour bears upon."""

    SAME_DAY = "same_day"
    ALL = "all"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class CutoffRule:
    """Reception after `hour` counts for the next working day; without an hour, that of the calendar holds."""

    scope: CutoffScope = CutoffScope.NONE
    hour: time | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "scope", CutoffScope(self.scope))

    def bears_on(self, term: Term) -> bool:
        """Whether this rule holds for such a term."""
        return self.scope is CutoffScope.ALL or (self.scope is CutoffScope.SAME_DAY and term.is_same_day)


NO_CUTOFF = CutoffRule()


class Shift(StrEnum):
    """Why reception counts for a later day than it happened on."""

    DAY_OFF = "day_off"
    AFTER_CUTOFF = "after_cutoff"
    AFTER_OFFICE_TIME = "after_office_time"


def aware(at: datetime) -> datetime:
    """The instant itself. Raises NaiveTime when it has no time zone."""
    if at.tzinfo is None:
        raise NaiveTime("an instant needs a time zone; days are decided in Asia/Ho_Chi_Minh")
    return at
