"""Rules between the figures of one report: a sum compared with another, what comes together or not at all, what never falls."""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

COMPARE, TOGETHER, EITHER, NOT_FALLING = "compare", "together", "either", "not_falling"
KINDS = (COMPARE, TOGETHER, EITHER, NOT_FALLING)
OPERATORS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


@dataclass(frozen=True)
class Crossing:
    """A rule. The sides are codes of series that are added up; the right one is taken `factor` times."""

    kind: str
    left: Sequence[str]
    right: Sequence[str] = ()
    sign: str = "="
    factor: Decimal = Decimal(1)


def broken(rule: Crossing, cells: Mapping[str, Decimal | None], before: Mapping[str, Decimal | None] | None = None) -> tuple[Decimal, Decimal] | None:
    """Both sides of a rule that does not hold; None where it holds, or where something is blank and nothing can be said.

    `before` are the values of the period before in the same year, for what must not fall.
    """
    left = _sum(rule.left, cells)
    right = _sum(rule.left, before or {}) if rule.kind == NOT_FALLING else _sum(rule.right, cells)
    if left is None or right is None:
        return None
    match rule.kind:
        case "together":
            holds = (left != 0) == (right != 0)
        case "either":
            holds = left == 0 or right == 0
        case "not_falling":
            holds = left >= right
        case _:
            right *= rule.factor
            holds = OPERATORS[rule.sign](left, right)
    return None if holds else (left, right)


def _sum(codes: Sequence[str], cells: Mapping[str, Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for code in codes:
        value = cells.get(code)
        if value is None:
            return None
        total += value
    return total
