"""A form definition as written in data: walking through it (format: docs/forms.md)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from . import conditions

Form = Mapping[str, Any]
Group = Mapping[str, Any]
Question = Mapping[str, Any]


def groups(form: Form) -> Sequence[Group]:
    """The groups of a form in order; each is one page."""
    return form.get("groups") or []


def visible_groups(form: Form, answers: Mapping[str, Any]) -> list[Group]:
    """The groups that apply to these answers."""
    kept = applying(form, answers)
    return [g for g in groups(form) if conditions.holds(g.get("show_if") or {}, kept)]


def applying(form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Of a draft's answers those to questions that are asked, right or wrong: an answer from before somebody changed
    their mind must not decide anything."""
    kept: dict[str, Any] = {}
    for group in groups(form):
        if not conditions.holds(group.get("show_if") or {}, kept):
            continue
        if group.get("repeat"):
            if group["key"] in answers:
                kept[group["key"]] = answers[group["key"]]
            continue
        for question in group["questions"]:
            key = question["key"]
            if key in answers and conditions.holds(question.get("show_if") or {}, kept):
                kept[key] = answers[key]
    return kept


def all_questions(form: Form) -> Iterator[tuple[Group, Question]]:
    """Every question with its group."""
    for group in groups(form):
        for question in group.get("questions", []):
            yield group, question


def find(form: Form, key: str) -> tuple[Group, Question] | None:
    """A question by its key."""
    return next(((g, q) for g, q in all_questions(form) if q["key"] == key), None)


def group_of(form: Form, key: str) -> Group | None:
    """A group by its key."""
    return next((g for g in groups(form) if g["key"] == key), None)


def text(part: Mapping[str, Any], name: str, *, english: bool) -> str:
    """A label in the language asked for, Vietnamese where there is no English."""
    return str((part.get(f"{name}_en") if english else None) or part.get(name) or "")
