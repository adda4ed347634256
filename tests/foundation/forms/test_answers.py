"""Checking answers against a form."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langbiang.foundation.forms import queries
from tests.foundation.forms.definitions import EVERYTHING, forms, hostile_answers

TODAY = date(2026, 11, 25)
GOOD: dict[str, Any] = {"child_name": "Trần An", "birth_day": "20/11/2026", "place": "clinic"}


def check(**changes: Any) -> tuple[dict[str, Any], dict[str, list[str]]]:
    return queries.check_answers(EVERYTHING, {**GOOD, **changes}, today=TODAY)


def test_the_form_of_these_tests_is_well_made() -> None:
    assert queries.problems_of(EVERYTHING) == []


def test_right_answers_are_kept_as_machines_keep_them() -> None:
    kept, problems = check(lang=["vi", "vi"], copies="3", area="120,50")
    assert problems == {}
    assert kept["birth_day"] == "2026-11-20"
    assert (kept["lang"], kept["copies"], kept["area"]) == (["vi"], 3, "120.5")


def test_what_is_not_asked_is_not_kept() -> None:
    kept, problems = check(witness="Lê Bình", members=[{"member_name": "Ai Đó"}])
    assert problems == {}
    assert "witness" not in kept
    assert "members" not in kept


def test_what_is_asked_under_a_condition_is_needed() -> None:
    _kept, problems = check(place="home")
    assert list(problems) == ["witness"]


def test_a_question_nobody_asks_is_named() -> None:
    _kept, problems = check(shoe_size=42)
    assert list(problems) == ["shoe_size"]


def test_entries_are_checked_one_by_one() -> None:
    rows = [{"member_name": "Trần Bình", "member_works": True}, {"member_name": ""}, "x"]
    _kept, problems = check(place="home", witness="Lê Chi", members=rows)
    assert set(problems) == {"members.0.member_income", "members.1.member_name", "members.2"}


def test_too_many_entries_are_refused() -> None:
    rows = [{"member_name": "Trần Bình"}] * 4
    _kept, problems = check(place="home", witness="Lê Chi", members=rows)
    assert "members" in problems


def test_unknown_fields_inside_an_entry_are_named() -> None:
    _kept, problems = check(place="home", witness="Lê Chi", members=[{"member_name": "Trần Bình", "shoe": 1}])
    assert list(problems) == ["members.0.shoe"]


def test_a_rule_speaks_the_language_of_the_page() -> None:
    from django.utils import translation

    with translation.override("en"):
        assert check(birth_day="2026-11-26")[1] == {"birth_day": ["Not yet."]}
    with translation.override("vi"):
        assert check(birth_day="2026-11-26")[1] == {"birth_day": ["Chưa đến ngày này."]}


def test_numbers_are_compared_as_numbers() -> None:
    form = {"groups": [{"key": "g", "title": "g", "title_en": "g", "questions": [
        {"key": "low", "kind": "decimal", "label": "l", "label_en": "l"},
        {"key": "high", "kind": "decimal", "label": "h", "label_en": "h",
         "rules": [{"rule": "not_before", "other": "low"}]}]}]}  # fmt: skip
    assert queries.check_answers(form, {"low": "9", "high": "10"})[1] == {}
    assert list(queries.check_answers(form, {"low": "10", "high": "9,5"})[1]) == ["high"]


@pytest.mark.parametrize("nonsense", [None, [], "x", 5, {1: 2}, {"child_name": {"a": 1}}, {"members": {"a": 1}}])
def test_nonsense_is_refused_in_words(nonsense: Any) -> None:
    _kept, problems = queries.check_answers(EVERYTHING, nonsense)
    assert problems
    assert all(isinstance(w, str) and w for words in problems.values() for w in words)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_nothing_a_stranger_sends_crashes_and_what_is_kept_stays_right(data: st.DataObject) -> None:
    form = data.draw(forms())
    assert queries.problems_of(form) == []
    answers = data.draw(hostile_answers(form))
    kept, problems = queries.check_answers(form, answers, today=TODAY)
    json.dumps(kept, ensure_ascii=False).encode()  # half a character could not be written down
    assert "\\u0000" not in json.dumps(kept)
    queries.summary(form, answers if isinstance(answers, dict) else {})
    if not problems:
        assert queries.check_answers(form, kept, today=TODAY) == (kept, {})


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(forms(), st.integers(0, 10**6))
def test_examples_are_right_answers(form: dict[str, Any], seed: int) -> None:
    found = queries.example_answers(form, full_name="Nguyễn Thị Lan", seed=seed)
    kept, problems = queries.check_answers(form, found)
    assert problems == {}
    assert kept == found
    assert queries.example_answers(form, full_name="Nguyễn Thị Lan", seed=seed) == found
