"""The JSON Schema of a form says the same as the check, as far as JSON Schema can say it."""

from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from langbiang.foundation.forms import conditions, queries
from tests.foundation.forms.definitions import EVERYTHING, forms, hostile_answers

TODAY = date(2026, 11, 25)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def valid(form: dict[str, Any], answers: Any) -> bool:
    return bool(Draft202012Validator(queries.as_json_schema(form)).is_valid(answers))


def sayable(form: dict[str, Any]) -> bool:
    """Whether JSON Schema can say all of its conditions: no ages, no decimals compared, entries looking at themselves."""
    kinds = {q["key"]: q["kind"] for g in form["groups"] for q in g["questions"]}
    for group in form["groups"]:
        here = {q["key"] for q in group["questions"]}
        for part in (group, *group["questions"]):
            for test in conditions.tests_in(part.get("show_if") or {}):
                compares = "less_than" in test or "greater_than" in test
                if "age_below" in test or "age_from" in test or (compares and kinds[test["question"]] == "decimal"):
                    return False
                if group.get("repeat") and part is not group and test["question"] not in here:
                    return False
    return True


@QUICK
@given(st.data())
def test_what_the_check_keeps_satisfies_the_schema(data: st.DataObject) -> None:
    form = data.draw(forms())
    example = queries.example_answers(form, full_name="Trần An", seed=data.draw(st.integers(0, 999)))
    hostile = data.draw(hostile_answers(form))
    if isinstance(hostile, dict) and data.draw(st.booleans()):
        example = {**example, **hostile}
    kept, problems = queries.check_answers(form, example, today=TODAY)
    if not problems:
        assert valid(form, kept)


@QUICK
@given(st.data())
def test_both_say_the_same_of_mixed_and_missing_answers(data: st.DataObject) -> None:
    form = data.draw(forms())
    one, other = (queries.example_answers(form, full_name="Trần An", seed=seed) for seed in (1, 2))
    answers = {**one, **other}
    for key in data.draw(st.lists(st.sampled_from(sorted(answers)), max_size=3)) if answers else []:
        answers.pop(key, None)
    _kept, problems = queries.check_answers(form, answers, today=TODAY)
    if not valid(form, answers):
        assert problems
    elif sayable(form):
        assert problems == {}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(forms())
def test_it_is_a_schema(form: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(queries.as_json_schema(form, title="Khai sinh"))


def test_answers_of_wrong_kinds_are_refused_by_both() -> None:
    good = {"child_name": "Trần An", "birth_day": "2026-11-20", "place": "clinic"}
    assert valid(EVERYTHING, good)
    for wrong in ({"place": "sea"}, {"child_name": "7"}, {"birth_day": "20/11"}, {"lang": ["fr"]}, {"extra": 1},
                  {"copies": 0}, {"place": None}, {"evidence": [1, 2, 3]}):  # fmt: skip
        assert not valid(EVERYTHING, {**good, **wrong}), wrong
        assert queries.check_answers(EVERYTHING, {**good, **wrong}, today=TODAY)[1], wrong


def test_a_question_asked_under_a_condition_is_needed_only_then() -> None:
    good = {"child_name": "Trần An", "birth_day": "2026-11-20", "place": "home"}
    assert not valid(EVERYTHING, good)
    assert valid(EVERYTHING, {**good, "witness": "Lê Bình"})


def test_what_an_entry_needs_is_said() -> None:
    good = {"child_name": "Trần An", "birth_day": "2026-11-20", "place": "home", "witness": "Lê Bình"}
    assert valid(EVERYTHING, {**good, "members": [{"member_name": "Trần Bình"}]})
    assert not valid(EVERYTHING, {**good, "members": [{"member_name": "Trần Bình", "member_works": True}]})
