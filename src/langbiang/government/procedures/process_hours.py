"""Hours of a process sheet against the time promised to the applicant. Pure arithmetic."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

HOURS_A_DAY = Decimal(8)
# Steps in which the agency waits for somebody else; they take none of the agency's own hours.
WAITING = frozenset({"wait_ext", "wait_money", "posting"})
_HOURS = {
    "working_hours": Decimal(1),
    "working_days": HOURS_A_DAY,
    # Five working days in seven, and some 22 in a month: the law counts days off in, the officers do not work on them.
    "calendar_days": HOURS_A_DAY * 5 / 7,
    "months": HOURS_A_DAY * 22,
}


class StepHours(Protocol):
    """What is needed of a step."""

    @property
    def kind(self) -> str: ...
    @property
    def hours(self) -> Decimal: ...
    @property
    def parallel_group(self) -> str: ...
    @property
    def optional(self) -> bool: ...


class Term(Protocol):
    """What is needed of a way of filing."""

    @property
    def duration(self) -> Decimal | None: ...
    @property
    def duration_unit(self) -> str: ...


@dataclass(frozen=True)
class Balance:
    """The hours of the longest way through the steps, and those promised (None: nothing is promised)."""

    needed: Decimal
    promised: Decimal | None

    @property
    def spare(self) -> Decimal | None:
        """What is left; negative where the steps need more than was promised."""
        return None if self.promised is None else self.promised - self.needed

    @property
    def fits(self) -> bool:
        """Whether the steps fit into what is promised."""
        return self.spare is None or self.spare >= 0


def needed_hours(steps: Iterable[StepHours]) -> Decimal:
    """Hours of the longest way: steps of one parallel group run side by side, waiting takes none of the agency's hours.

    Optional steps count: a promise must hold for the case that needs them.
    """
    total = Decimal(0)
    side_by_side: dict[str, Decimal] = {}
    for step in steps:
        if step.kind in WAITING:
            continue
        if step.parallel_group:
            side_by_side[step.parallel_group] = max(side_by_side.get(step.parallel_group, Decimal(0)), step.hours)
        else:
            total += step.hours
    return total + sum(side_by_side.values(), Decimal(0))


def promised_hours(terms: Iterable[Term]) -> Decimal | None:
    """The shortest promise of all ways of filing, in working hours; None where no way states one."""
    hours = [
        (term.duration * _HOURS[term.duration_unit]).quantize(Decimal("0.01"))
        for term in terms
        if term.duration is not None and term.duration_unit in _HOURS
    ]
    return min(hours, default=None)


def balance(steps: Iterable[StepHours], terms: Iterable[Term]) -> Balance:
    """Both sides."""
    return Balance(needed_hours(steps), promised_hours(terms))
