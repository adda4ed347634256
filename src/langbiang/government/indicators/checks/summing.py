"""Parts of a total held against it: plain sums, no database. A blank part is never 0."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Sum:
    """What parts make together, of how many that are there how many are blank."""

    total: Decimal
    blank: int


def summed(parts: Mapping[str, Decimal | None]) -> Sum | None:
    """The sum of the parts that are filled in; None where none is."""
    known = [value for value in parts.values() if value is not None]
    return Sum(sum(known, Decimal(0)), len(parts) - len(known)) if known else None


def misses(total: Decimal | None, parts: Mapping[str, Decimal | None], *, never_below_zero: bool = True) -> Sum | None:
    """What the parts of an exhaustive breakdown make where that is not the total; None where it is, or nothing can be said yet.

    While parts are blank only too much can be said, and that only where no part can be below zero.
    """
    found = summed(parts)
    if total is None or found is None:
        return None
    if found.blank:
        return found if never_below_zero and found.total > total else None
    return None if found.total == total else found


def above(total: Decimal | None, parts: Mapping[str, Decimal | None]) -> list[str]:
    """The parts that are more than their total."""
    return [] if total is None else [key for key, value in parts.items() if value is not None and value > total]
