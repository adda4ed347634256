"""Hours of a process sheet against the time promised to the applicant. Pure arithmetic."""

from collections.abc import Iterable, Mapping, Sequence
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


class WrittenStep(StepHours, Protocol):
    """A step of a way of working."""

    @property
    def key(self) -> str: ...
    @property
    def role(self) -> str: ...


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


# Who does the work that grows with the time the law allows; receiving, signing and handing over do not take longer.
_GROWING = frozenset({"officer", "field_team", "council_secretary", "consulted", "reviewer"})
_SMALLEST = Decimal("0.5")


def fitted(
    steps: Sequence[WrittenStep], promised: Decimal | None, fixed: Mapping[str, Decimal] | None = None
) -> dict[str, Decimal]:  # fmt: skip
    """Hours by step key that use up exactly what is promised: those fixed stay, the others shrink or grow.

    Where nothing is promised, or what is fixed leaves no room, the hours of the way of working stay as they are.
    """
    hours = {step.key: (fixed or {}).get(step.key, step.hours) for step in steps}
    free = [s for s in steps if s.key not in (fixed or {}) and s.kind not in WAITING and hours[s.key] > 0]
    if promised is None or not free:
        return hours
    needed = needed_hours(_With(s, hours[s.key]) for s in steps)
    own = needed_hours(_With(s, hours[s.key]) for s in free)
    if needed < promised:
        free = [s for s in free if s.role in _GROWING]
        own = needed_hours(_With(s, hours[s.key]) for s in free)
    room = promised - (needed - own)
    if needed == promised or own <= 0 or room < _SMALLEST * len(free):
        return hours
    for step in free:
        hours[step.key] = max(_SMALLEST, (hours[step.key] * room / own) // _SMALLEST * _SMALLEST)
    left = promised - needed_hours(_With(s, hours[s.key]) for s in steps)
    alone = [s for s in free if not s.parallel_group]
    # Rounding goes to the longest steps, which notice it least.
    for step in sorted(alone, key=lambda s: -hours[s.key]):
        moved = max(left, _SMALLEST - hours[step.key])
        hours[step.key] += moved
        left -= moved
    return hours


@dataclass(frozen=True)
class _With:
    """A step with other hours."""

    step: StepHours
    hours: Decimal

    @property
    def kind(self) -> str:
        return self.step.kind

    @property
    def parallel_group(self) -> str:
        return self.step.parallel_group

    @property
    def optional(self) -> bool:
        return self.step.optional
