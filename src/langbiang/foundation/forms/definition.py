"""A form definition as written in data: walking through it, and what is wrong with it (format: docs/forms.md)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from . import conditions, kinds, sources

Form = Mapping[str, Any]
Group = Mapping[str, Any]
Question = Mapping[str, Any]

PREFILL = (
    "person.full_name", "person.identity_no", "person.birth_date", "person.sex", "person.phone", "person.email",
    "person.address_text", "person.place_code", "person.ethnicity", "person.nationality", "today",
)  # fmt: skip
RULES = ("not_after", "not_before", "different_from", "same_as")
_KEY = re.compile(r"^[a-z][a-z0-9_]{0,59}$")
_GROUP_KEYS = {"key", "title", "title_en", "hint", "hint_en", "show_if", "repeat", "questions"}
_QUESTION_KEYS = {
    "key", "kind", "label", "label_en", "hint", "hint_en", "required", "show_if", "choices", "choices_from", "prefill",
    "min", "max", "max_length", "rules", "example", "pattern", "pattern_message",
}  # fmt: skip


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


def problems_of(form: Any) -> list[str]:
    """Everything wrong with a definition as written, each with its place in it; empty when it can be used."""
    if not isinstance(form, Mapping) or not isinstance(form.get("groups"), list):
        return ["groups: a form is an object with a list of groups"]
    found: list[str] = [f"unknown key {k!r}" for k in sorted(set(form) - {"groups"})]
    known: set[str] = set()
    keys: list[str] = []
    for i, group in enumerate(form["groups"]):
        where = f"groups[{i}]"
        if not isinstance(group, Mapping):
            found.append(f"{where}: a group is an object")
            continue
        found += [f"{where}: unknown key {k!r}" for k in sorted(set(group) - _GROUP_KEYS)]
        found += _naming(group, "title", where)
        keys.append(str(group.get("key")))
        found += conditions.problems_of(group.get("show_if") or {}, known, f"{where}.show_if")
        questions = group.get("questions")
        if not isinstance(questions, list) or not questions:
            found.append(f"{where}.questions: at least one question")
            continue
        inner: set[str] = set()
        for j, question in enumerate(questions):
            spot = f"{where}.questions[{j}]"
            if not isinstance(question, Mapping):
                found.append(f"{spot}: a question is an object")
                continue
            here = known | inner
            found += _question(question, here, spot)
            inner.add(str(question.get("key")))
            keys.append(str(question.get("key")))
        if repeat := group.get("repeat"):
            if not isinstance(repeat, Mapping) or not str(repeat.get("item", "")):
                found.append(f"{where}.repeat: an object with item, min and max")
            elif not 0 <= int(repeat.get("min", 1)) <= int(repeat.get("max", 10)) <= 50:
                found.append(f"{where}.repeat: 0 <= min <= max <= 50")
            if any(isinstance(q, Mapping) and q.get("kind") == "file" for q in questions):
                found.append(f"{where}: files are not asked in a repeated group")
        else:
            known |= inner
    found += [f"key {k!r} is used twice" for k in sorted({k for k in keys if keys.count(k) > 1})]
    return found


def _naming(part: Mapping[str, Any], name: str, where: str) -> list[str]:
    found = []
    if not _KEY.match(str(part.get("key", ""))):
        found.append(f"{where}.key: lower-case letters, digits and _, beginning with a letter")
    for field in (name, f"{name}_en"):
        if not isinstance(part.get(field), str) or not part[field].strip():
            found.append(f"{where}.{field}: missing")
    return found


def _question(question: Question, known: set[str], where: str) -> list[str]:
    found = [f"{where}: unknown key {k!r}" for k in sorted(set(question) - _QUESTION_KEYS)]
    found += _naming(question, "label", where)
    kind = question.get("kind")
    if kind not in kinds.KINDS:
        return [*found, f"{where}.kind: one of {', '.join(kinds.KINDS)}"]
    found += conditions.problems_of(question.get("show_if") or {}, known, f"{where}.show_if")
    if kind in ("choice", "choices"):
        source = question.get("choices_from")
        if source is not None and source not in sources.NAMES:
            found.append(f"{where}.choices_from: one of {', '.join(sources.NAMES)}")
        if source is None:
            found += _choices(question.get("choices"), where)
    if (prefill := question.get("prefill")) is not None and prefill not in PREFILL:
        found.append(f"{where}.prefill: one of {', '.join(PREFILL)}")
    for n, rule in enumerate(question.get("rules") or []):
        if not isinstance(rule, Mapping) or rule.get("rule") not in RULES:
            found.append(f"{where}.rules[{n}]: rule is one of {', '.join(RULES)}")
        elif rule.get("other") != "today" and rule.get("other") not in known:
            found.append(f"{where}.rules[{n}]: unknown question {rule.get('other')!r}")
    return found


def _choices(choices: Any, where: str) -> list[str]:
    if not isinstance(choices, list) or not choices:
        return [f"{where}.choices: at least one"]
    found = []
    for n, choice in enumerate(choices):
        if not isinstance(choice, Mapping) or not all(
            isinstance(choice.get(k), str) for k in ("value", "label", "label_en")
        ):
            found.append(f"{where}.choices[{n}]: value, label and label_en are texts")
    return found
