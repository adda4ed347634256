"""What open data leave out beside small numbers: as much as it takes that no sum gives one away, tried by solving the sums."""

from decimal import Decimal
from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from langbiang.government.indicators.suppression import protect

Cell = tuple[int, int]
TOTAL, PROVINCE = -1, -1
numbers = st.sampled_from([0, 0, 1, 2, 3, 4, 5, 9, 40, 200])


def _tables(counts: list[list[int]]) -> tuple[dict[Cell, Decimal], list[dict[Cell, int]]]:
    """Units by parts with their totals, those of the province included, and every sum that holds between them."""
    units, parts = range(len(counts)), range(len(counts[0]))
    values = {(unit, part): Decimal(counts[unit][part]) for unit in units for part in parts}
    values |= {(unit, TOTAL): sum((values[unit, part] for part in parts), Decimal(0)) for unit in units}
    values |= {(PROVINCE, part): sum((values[unit, part] for unit in units), Decimal(0)) for part in (*parts, TOTAL)}
    sums = [{(unit, TOTAL): -1, **{(unit, part): 1 for part in parts}} for unit in (*units, PROVINCE)]
    sums += [{(PROVINCE, part): -1, **{(unit, part): 1 for unit in units}} for part in (*parts, TOTAL)]
    return values, sums


def _order(values: dict[Cell, Decimal]):  # type: ignore[no-untyped-def]  # a small function of the test
    return lambda cell: (cell[0] == PROVINCE, cell[1] == TOTAL, values[cell], cell)


def _worked_out(sums: list[dict[Cell, int]], hidden: set[Cell]) -> set[Cell]:
    """The unknowns a reader can reckon from what is told: plain elimination in fractions."""
    unknown = sorted(hidden)
    rows = [[Fraction(each.get(cell, 0)) for cell in unknown] for each in sums]
    pivots: list[tuple[int, int]] = []
    for column in range(len(unknown)):
        done = len(pivots)
        found = next((n for n in range(done, len(rows)) if rows[n][column]), None)
        if found is None:
            continue
        rows[done], rows[found] = rows[found], rows[done]
        rows[done] = [each / rows[done][column] for each in rows[done]]
        for n, row in enumerate(rows):
            if n != done and row[column]:
                rows[n] = [each - row[column] * other for each, other in zip(row, rows[done], strict=True)]
        pivots.append((done, column))
    return {unknown[column] for row, column in pivots if sum(bool(each) for each in rows[row]) == 1}


@given(st.integers(1, 5).flatmap(lambda parts: st.lists(st.lists(numbers, min_size=parts, max_size=parts), min_size=1, max_size=5)))
def test_no_small_number_can_be_worked_out(counts: list[list[int]]) -> None:
    values, sums = _tables(counts)
    few = {cell for cell, value in values.items() if 0 < value < 5}
    hidden = protect(values, sums, few, order=_order(values), fewest=5)
    assert few <= hidden
    assert not _worked_out(sums, hidden) & few
    if not few:
        assert not hidden


def test_a_single_small_part_takes_the_next_smallest_with_it_and_both_of_another_unit() -> None:
    values, sums = _tables([[3, 40, 7], [50, 60, 80]])
    hidden = protect(values, sums, {(0, 0)}, order=_order(values), fewest=5)
    assert hidden == {(0, 0), (0, 2), (1, 0), (1, 2)}


def test_what_is_left_out_together_is_not_that_small_itself() -> None:
    values, sums = _tables([[1, 1, 90]])
    assert (0, 2) in protect(values, sums, {(0, 0), (0, 1)}, order=_order(values), fewest=5)


def test_small_numbers_that_cover_each_other_take_nothing_more() -> None:
    values, sums = _tables([[3, 4, 90], [4, 3, 70]])
    few = set(product((0, 1), (0, 1)))
    assert protect(values, sums, few, order=_order(values), fewest=5) == few
