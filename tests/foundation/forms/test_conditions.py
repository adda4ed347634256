"""When something applies."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langbiang.foundation.forms import conditions
from tests.foundation.forms.definitions import ANYTHING

TODAY = date(2026, 2, 28)


@pytest.mark.parametrize(
    ("condition", "answers", "expected"),
    [
        ({}, {}, True),
        ({"question": "a", "is": "x"}, {"a": "x"}, True),
        ({"question": "a", "is": "x"}, {"a": ["y", "x"]}, True),
        ({"question": "a", "is": True}, {"a": 1}, False),
        ({"question": "a", "is_not": "x"}, {}, True),
        ({"question": "a", "is_not": "x"}, {"a": ["x"]}, False),
        ({"question": "a", "in": ["x", "y"]}, {"a": "y"}, True),
        ({"question": "a", "filled": True}, {"a": False}, True),
        ({"question": "a", "filled": True}, {"a": []}, False),
        ({"question": "a", "filled": False}, {}, True),
        ({"question": "a", "less_than": 5}, {"a": "4.5"}, True),
        ({"question": "a", "less_than": 5}, {"a": "four"}, False),
        ({"question": "a", "greater_than": 5}, {"a": 6}, True),
        ({"question": "a", "greater_than": 5}, {"a": True}, False),
        ({"question": "a", "age_below": 18}, {"a": "2008-03-01"}, True),
        ({"question": "a", "age_below": 18}, {"a": "2008-02-28"}, False),
        ({"question": "a", "age_from": 18}, {"a": "2008-02-28"}, True),
        ({"question": "a", "age_from": 18}, {"a": "2008-02-29"}, False),
        ({"question": "a", "age_from": 18}, {}, False),
        ({"all": [{"question": "a", "is": 1}, {"question": "b", "is": 2}]}, {"a": 1, "b": 2}, True),
        ({"any": [{"question": "a", "is": 1}, {"question": "b", "is": 2}]}, {"b": 2}, True),
        ({"not": {"question": "a", "is": 1}}, {"a": 1}, False),
    ],
)
def test_conditions(condition: dict[str, Any], answers: dict[str, Any], expected: bool) -> None:
    assert conditions.holds(condition, answers, today=TODAY) is expected
    assert conditions.holds({"not": {"not": condition}} if condition else {}, answers, today=TODAY) is expected


@given(ANYTHING, st.sampled_from(conditions.TESTS))
def test_no_answer_makes_a_condition_stumble(value: Any, test: str) -> None:
    wanted: Any = {"in": ["x", 1, True], "filled": True}.get(test, 3)
    assert conditions.holds({"question": "a", test: wanted}, {"a": value}, today=TODAY) in (True, False)


@pytest.mark.parametrize(
    "condition",
    [
        "x", [], {"question": "a"}, {"question": "z", "is": 1}, {"question": ["a"], "is": 1},
        {"question": "a", "is": 1, "is_not": 2}, {"question": "a", "in": "x"}, {"question": "a", "less_than": "5"},
        {"question": "a", "filled": "yes"}, {"all": []}, {"any": {}}, {"not": {}}, {"not": 5},
        {"all": [{"question": "a", "is": 1}], "question": "a", "is": 1}, {"question": "a", "is": 1, "of": 2},
    ],
)  # fmt: skip
def test_what_is_written_wrongly_is_said(condition: Any) -> None:
    assert conditions.problems_of(condition, {"a"}, "here")


def test_bottomless_conditions_are_refused() -> None:
    condition: dict[str, Any] = {"question": "a", "is": 1}
    for _ in range(30):
        condition = {"not": condition}
    assert "deeply" in conditions.problems_of(condition, {"a"}, "here")[0]


def test_the_questions_of_a_condition_are_found() -> None:
    condition = {"all": [{"question": "a", "is": 1}, {"not": {"any": [{"question": "b", "filled": True}]}}]}
    assert conditions.questions_in(condition) == {"a", "b"}
    assert [t["question"] for t in conditions.tests_in(condition)] == ["a", "b"]
