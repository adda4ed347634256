"""Slips of the pen in a form are found before anybody has to fill it in."""

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langbiang.foundation.forms import queries
from tests.foundation.forms.definitions import ANYTHING, EVERYTHING, forms

BORN = {"key": "born", "kind": "date", "label": "Sinh", "label_en": "Born"}
SEX = {"key": "sex", "kind": "choice", "label": "Giới", "label_en": "Sex",
       "choices": [{"value": "male", "label": "Nam", "label_en": "Male"}]}  # fmt: skip
LATE = {"key": "late", "kind": "yes_no", "label": "Muộn", "label_en": "Late"}


def with_question(**question: Any) -> dict[str, Any]:
    """A form whose last question is the one looked at."""
    last = {"key": "last", "kind": "text", "label": "Câu", "label_en": "Question", **question}
    return {"groups": [{"key": "g", "title": "Nhóm", "title_en": "Group", "questions": [BORN, SEX, LATE, last]}]}


@pytest.mark.parametrize(
    ("slip", "said"),
    [
        ({"kind": "colour"}, "kind: one of"),
        ({"kind": ["text"]}, "kind: one of"),
        ({"label_en": ""}, "label_en: missing"),
        ({"key": "Last"}, "lower-case"),
        ({"key": "born"}, "used twice"),
        ({"requried": True}, "unknown key 'requried'"),
        ({"required": "yes"}, "true or false"),
        ({"hint": "Chỉ số"}, "go together"),
        ({"show_if": {"question": "nobody", "is": 1}}, "unknown question 'nobody'"),
        ({"show_if": {"question": "sex", "is": "man"}}, "no answer 'man'"),
        ({"show_if": {"question": "sex", "in": ["male", "man"]}}, "no answer 'man'"),
        ({"show_if": {"question": "late", "is": "yes"}}, "true or false"),
        ({"show_if": {"question": "sex", "age_below": 18}}, "needs a date"),
        ({"show_if": {"not": {"question": "born", "less_than": 18}}}, "needs a number"),
        ({"show_if": {"question": "last", "is": 1}}, "unknown question 'last'"),
        ({"kind": "choice"}, "choices: at least one"),
        ({"kind": "choice", "choices_from": "planets"}, "choices_from: one of"),
        ({"kind": "choice", "choices": [*SEX["choices"], *SEX["choices"]]}, "stands twice"),  # type: ignore[misc]  # a list of choices
        ({"kind": "number", "min": "1"}, "min: a number"),
        ({"kind": "number", "min": 5, "max": 1}, "not more than max"),
        ({"kind": "text", "min": 5}, "min: only for"),
        ({"max_length": 0}, "max_length"),
        ({"pattern": "("}, "pattern"),
        ({"pattern": "[A-Z]+", "example": "AB"}, "pattern_message"),
        ({"prefill": "person.shoe_size"}, "prefill: one of"),
        ({"kind": "number", "example": "five"}, "example"),
        ({"rules": [{"rule": "not_after", "other": "today"}]}, "have no order"),
        ({"kind": "date", "rules": [{"rule": "not_after", "other": "late"}]}, "have no order"),
        ({"kind": "date", "rules": [{"rule": "not_after", "other": "nobody"}]}, "unknown question"),
        ({"kind": "date", "rules": [{"rule": "before", "other": "born"}]}, "rule is one of"),
        ({"kind": "date", "rules": [{"rule": "not_after", "other": "born", "message": "Sai"}]}, "go together"),
    ],
)
def test_a_slip_is_named_with_its_place(slip: dict[str, Any], said: str) -> None:
    found = queries.problems_of(with_question(**slip))
    assert len(found) == 1, found
    assert said in found[0]


def test_an_empty_entry_of_the_repeated_group_is_named() -> None:
    form = copy.deepcopy(EVERYTHING)
    form["groups"][1]["repeat"] = {"min": 3, "max": 2, "item": "Người", "item_en": "Person"}
    assert queries.problems_of(form) == ["groups[1].repeat: 0 <= min <= max, and max between 1 and 50"]


def test_a_repeated_group_decides_over_nothing_outside() -> None:
    form = copy.deepcopy(EVERYTHING)
    form["groups"][2]["show_if"] = {"question": "member_works", "is": True}
    assert queries.problems_of(form) == ["groups[2].show_if: unknown question 'member_works'"]


def test_files_are_not_asked_in_a_repeated_group() -> None:
    form = copy.deepcopy(EVERYTHING)
    form["groups"][1]["questions"].append({"key": "scan", "kind": "file", "label": "Tệp", "label_en": "File"})
    assert queries.problems_of(form) == ["groups[1]: files are not asked in a repeated group"]


def _places(part: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    return [path, *(p for key, inner in steps for p in _places(inner, (*path, key)))]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_is_written_it_is_judged_without_stumbling(data: st.DataObject) -> None:
    form: Any = copy.deepcopy(data.draw(forms()))
    place = data.draw(st.sampled_from(_places(form)))
    wrong = data.draw(ANYTHING)
    if not place:
        form = wrong
    else:
        inner = form
        for step in place[:-1]:
            inner = inner[step]
        inner[place[-1]] = wrong
    if queries.problems_of(form) == []:
        answers = queries.example_answers(form, full_name="Trần An", seed=1)
        queries.check_answers(form, answers)
        queries.as_json_schema(form)
