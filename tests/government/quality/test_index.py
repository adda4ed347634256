"""Points, ranks and losses, by hand and by the thousand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from langbiang.government.quality.index import IndicatorRow, competition_ranks, explain, rank_among, score, score_many

ROWS = (
    IndicatorRow("ON_TIME", "TDGQ", 20, "on_time", "ended"),
    IndicatorRow("ONLINE", "CLGQ", 4, "online", "received", 0.5),
    IndicatorRow("PETITIONS", "MDHL", 6),
)
counts = st.integers(0, 10_000)


def test_full_points_are_reached_at_the_threshold_and_not_passed() -> None:
    assert score(ROWS, {"received": 100, "online": 50}).groups[1].points == 4
    assert score(ROWS, {"received": 100, "online": 90}).groups[1].points == 4
    assert score(ROWS, {"received": 100, "online": 25}).groups[1].points == 2


def test_what_has_no_data_is_neither_zero_nor_full() -> None:
    result = score(ROWS, {"ended": 10, "on_time": 9})
    assert (result.points, result.measurable) == (18, 20)
    assert result.total == pytest.approx(90)
    assert [one.points for one in result.indicators] == [18, None, None]


def test_nothing_counted_has_no_total() -> None:
    assert score(ROWS, {}).total is None
    assert explain(score(ROWS, {})) == []


def test_equal_scores_share_a_rank_and_the_next_is_skipped() -> None:
    assert competition_ranks({"a": 90.0, "b": 88.5, "c": 88.5, "d": 70}) == {"a": 1, "b": 2, "c": 2, "d": 4}


def test_scores_that_look_equal_are_equal() -> None:
    assert rank_among(88.504, [88.501, 88.496, 90]) == 2


def test_a_rank_among_thirty_four_is_one_more_than_those_above() -> None:
    assert rank_among(50, list(range(18, 51)) + [60.0]) == 2


@given(ended=counts, late=counts, received=counts, direct=counts)
def test_losses_add_up_to_what_is_missing(ended: int, late: int, received: int, direct: int) -> None:
    counters = {
        "ended": ended, "on_time": max(0, ended - late), "received": received, "online": max(0, received - direct),
    }  # fmt: skip
    result = score(ROWS, counters)
    assert sum(loss.lost for loss in explain(result)) == pytest.approx(result.measurable - result.points)
    assert 0 <= result.points <= result.measurable


@given(st.lists(st.tuples(counts, counts), min_size=1, max_size=20))
def test_many_at_once_equal_one_by_one(pairs: list[tuple[int, int]]) -> None:
    arrays = {
        "ended": np.array([a + b for a, b in pairs], float), "on_time": np.array([a for a, _b in pairs], float),
        "received": np.array([a + b for a, b in pairs], float), "online": np.array([b for _a, b in pairs], float),
    }  # fmt: skip
    totals = score_many(ROWS, arrays)
    for place, total in enumerate(totals):
        alone = score(ROWS, {name: int(values[place]) for name, values in arrays.items()}).total
        assert (np.isnan(total) and alone is None) or total == pytest.approx(alone)
