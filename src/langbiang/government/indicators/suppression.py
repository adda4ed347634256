"""Which figures are left out of open data beside those too small to be told, so that none of these can be worked out. No database.

Sums hold between published figures: units make their province, parts make their total. A small number is safe when no
combination of these sums gives it away, and when what is left out of a sum together is not itself that small.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

Cell = TypeVar("Cell")
_PRIME = 2**61 - 1  # sums are reckoned exactly modulo this prime: their coefficients are 1 and -1


def protect(
    values: Mapping[Cell, Decimal], sums: Sequence[Mapping[Cell, int]], few: Collection[Cell], *, order: Callable[[Cell], tuple[object, ...]], fewest: int
) -> set[Cell]:
    """The cells to leave out: the few, and as many others as it takes, the first in `order` first.

    Every sum says which cells, with 1 or -1, make 0. Cells that are in no table are in no sum.
    """
    hidden = set(few)
    of: dict[Cell, list[Mapping[Cell, int]]] = {}
    for each in sums:
        for cell in each:
            of.setdefault(cell, []).append(each)
    while True:
        exposed = _exposed(values, sums, hidden, few, fewest)
        if not exposed:
            return hidden
        before = len(hidden)
        for cell, which in exposed:
            if which is not None and not _gives_away({each: sign for each, sign in which.items() if each in hidden}, values, few, fewest):
                continue  # another one of this round covers it already
            more = _next(values, [which] if which is not None else of.get(cell, []), of, hidden, order)
            if more is not None:
                hidden.add(more)
        if len(hidden) == before:  # nothing is left beside it: whatever is linked with it goes as well
            more = _next(values, sums, of, hidden, order)
            if more is None:
                return hidden
            hidden.add(more)


def _exposed(
    values: Mapping[Cell, Decimal], sums: Sequence[Mapping[Cell, int]], hidden: set[Cell], few: Collection[Cell], fewest: int
) -> list[tuple[Cell, Mapping[Cell, int] | None]]:
    """What somebody could work out, with the sum that gives it away; where it is none alone, the small cells all sums together do.

    A cell left out beside a small one covers nothing while it can be worked out itself, so no sum is left with a single one.
    """
    found: list[tuple[Cell, Mapping[Cell, int] | None]] = []
    rows = []
    for each in sums:
        left = {cell: sign for cell, sign in each.items() if cell in hidden}
        if not left:
            continue
        rows.append(left)
        if _gives_away(left, values, few, fewest):
            found.append((next(iter(left)), each))
    if found:
        return found
    known = _worked_out(rows)
    return [(cell, None) for cell in few if cell in known]


def _gives_away(left: Mapping[Cell, int], values: Mapping[Cell, Decimal], few: Collection[Cell], fewest: int) -> bool:
    """Whether what one sum leaves open is one cell, or cells of one side, small ones among them, that together are that small."""
    if len(left) == 1:
        return True
    if not any(cell in few for cell in left):
        return False
    return len(set(left.values())) == 1 and sum((values[cell] for cell in left), Decimal(0)) < fewest


def _next(
    values: Mapping[Cell, Decimal], sums: Iterable[Mapping[Cell, int]], of: Mapping[Cell, Sequence[Mapping[Cell, int]]], hidden: set[Cell],
    order: Callable[[Cell], tuple[object, ...]],
) -> Cell | None:  # fmt: skip
    """The next cell of some sums to leave out: one that is not 0 where there is one, for 0 says little, and one that leaves the
    fewest sums with a single one."""

    def opened(cell: Cell) -> int:
        return sum(not any(other in hidden for other in each) for each in of.get(cell, ()))

    left = {cell for each in sums for cell in each if cell not in hidden}
    return min(left, key=lambda cell: (values[cell] == 0, opened(cell), *order(cell)), default=None)  # type: ignore[arg-type, return-value]  # orders of one kind


def _worked_out(rows: Iterable[Mapping[Cell, int]]) -> set[Cell]:
    """The unknowns a system of sums determines: exactly those that stand alone in a row when it is solved."""
    solved: dict[Cell, dict[Cell, int]] = {}
    holding: dict[Cell, set[Cell]] = {}  # unknown -> pivots of the rows it stands in
    for row in rows:
        left = dict(row)
        for cell in [cell for cell in left if cell in solved]:
            _subtract(left, left[cell], solved[cell])
        if not left:
            continue
        pivot = min(left, key=lambda cell: len(holding.get(cell, ())))
        inverse = pow(left[pivot], -1, _PRIME)
        left = {cell: sign * inverse % _PRIME for cell, sign in left.items()}
        for other in list(holding.get(pivot, ())):
            target = solved[other]
            before = set(target)
            _subtract(target, target[pivot], left)
            for cell in before - set(target):
                holding[cell].discard(other)
            for cell in set(target) - before:
                holding.setdefault(cell, set()).add(other)
        solved[pivot] = left
        for cell in left:
            holding.setdefault(cell, set()).add(pivot)
    return {pivot for pivot, row in solved.items() if len(row) == 1}


def _subtract(row: dict[Cell, int], times: int, other: Mapping[Cell, int]) -> None:
    for cell, sign in other.items():
        value = (row.get(cell, 0) - times * sign) % _PRIME
        if value:
            row[cell] = value
        else:
            row.pop(cell, None)
