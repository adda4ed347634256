"""Classes of a map: every value in exactly one, nothing invented for what is missing."""

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langbiang.operations.centre.classing import MOST, WAYS, classed

numbers = st.one_of(
    st.none(),
    st.floats(-1e12, 1e12),
    st.sampled_from([0.0, 1.0, 50.0, 100.0]),
    st.just(math.nan),
)
units = st.dictionaries(st.text("0123456789", min_size=1, max_size=5), numbers, max_size=130)


# A machine with much else to do gives values slowly; how quickly says nothing about the classes.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    units, st.sampled_from(WAYS), st.integers(-3, 40), st.lists(st.floats(-1e6, 1e6), max_size=12), st.floats(-1e6, 1e6)
)
def test_every_value_is_in_one_class_that_holds_it_and_what_is_missing_in_none(
    values: dict[str, float | None], way: str, number: int, breaks: list[float], target: float
) -> None:
    found = classed(values, way=way, number=number, breaks=breaks, target=target)
    known = {code for code, value in values.items() if value is not None and math.isfinite(value)}
    assert set(found.class_of) == known
    assert set(found.missing) == set(values) - known
    assert len(found.classes) <= MOST
    assert sum(each.count for each in found.classes) == len(known)
    for code, place in found.class_of.items():
        assert found.classes[place].low <= values[code] <= found.classes[place].high  # type: ignore[operator]  # both were found


def test_all_equal_is_one_class() -> None:
    for way in ("quantile", "equal"):
        found = classed(dict.fromkeys("abc", 7.0), way=way)
        assert [(each.low, each.high, each.count) for each in found.classes] == [(7.0, 7.0, 3)]


def test_all_on_target_is_one_class() -> None:
    assert [each.count for each in classed({"a": 5.0, "b": 5.0}, way="diverging", target=5).classes] == [2]


def test_nothing_at_all_has_no_classes_and_counts_what_is_missing() -> None:
    found = classed({"a": None, "b": math.nan})
    assert found.classes == ()
    assert found.missing == ("a", "b")


def test_quantiles_hold_about_as_many_units_each() -> None:
    found = classed({str(n): float(n) for n in range(124)}, number=4)
    assert [each.count for each in found.classes] == [31, 31, 31, 31]


def test_around_a_target_the_side_is_in_the_shade() -> None:
    found = classed({"a": 80.0, "b": 94.0, "c": 96.0, "d": 99.0}, way="diverging", target=95)
    assert [found.shade_of(code) for code in "abcd"] == [-3, -1, 1, 1]


def test_classes_around_a_target_need_one() -> None:
    with pytest.raises(ValueError):
        classed({"a": 1.0}, way="diverging")


def test_a_few_above_a_common_lowest_value_stand_out() -> None:
    found = classed({**dict.fromkeys(map(str, range(120)), 0.0), "a": 1.0, "b": 3.0})
    assert [each.count for each in found.classes] == [120, 2]
