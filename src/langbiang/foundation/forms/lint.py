"""What is wrong with a form definition as written, each with its place in it (format: docs/forms.md)."""

import re
from collections.abc import Mapping
from typing import Any

from . import conditions, kinds, sources

PREFILL = (
    "person.full_name", "person.identity_no", "person.birth_date", "person.sex", "person.phone", "person.email",
    "person.address_text", "person.place_code", "person.ethnicity", "person.nationality", "today",
)  # fmt: skip
RULES = ("not_after", "not_before", "different_from", "same_as")
MOST_ENTRIES = 50
_KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
_GROUP_KEYS = {"key", "title", "title_en", "hint", "hint_en", "show_if", "repeat", "questions"}
_REPEAT_KEYS = {"min", "max", "item", "item_en"}
_QUESTION_KEYS = {
    "key", "kind", "label", "label_en", "hint", "hint_en", "required", "show_if", "choices", "choices_from", "prefill",
    "min", "max", "max_length", "rules", "example", "pattern", "pattern_message", "pattern_message_en",
}  # fmt: skip
_COMPARED = ("date", "number", "decimal", "money")
_LIMITED = ("number", "decimal", "money", "file")
_LENGTHS = ("text", "long_text", "name", "address", "email")
Known = dict[str, Mapping[str, Any]]


def problems_of(form: Any) -> list[str]:
    """Everything wrong with a definition as written; empty when it can be used. Nothing somebody writes raises."""
    if not isinstance(form, Mapping) or not isinstance(form.get("groups"), list):
        return ["groups: a form is an object with a list of groups"]
    found = _unknown(form, {"groups"}, "form")
    known: Known = {}
    keys: list[str] = []
    for i, group in enumerate(form["groups"]):
        where = f"groups[{i}]"
        if not isinstance(group, Mapping):
            found.append(f"{where}: a group is an object")
            continue
        found += _unknown(group, _GROUP_KEYS, where) + _naming(group, "title", where)
        keys.append(str(group.get("key")))
        found += _condition(group.get("show_if"), known, f"{where}.show_if")
        questions = group.get("questions")
        if not isinstance(questions, list) or not questions:
            found.append(f"{where}.questions: at least one question")
            continue
        inner: Known = {}
        for j, question in enumerate(questions):
            spot = f"{where}.questions[{j}]"
            if not isinstance(question, Mapping):
                found.append(f"{spot}: a question is an object")
                continue
            found += _question(question, known | inner, spot)
            inner[str(question.get("key"))] = question
            keys.append(str(question.get("key")))
        if group.get("repeat") is not None:
            found += _repeat(group["repeat"], inner, where)
        else:
            known |= inner
    return found + [f"key {k!r} is used twice" for k in sorted({k for k in keys if keys.count(k) > 1})]


def _unknown(part: Mapping[Any, Any], allowed: set[str], where: str) -> list[str]:
    return [f"{where}: unknown key {k!r}" for k in sorted({str(k) for k in part} - allowed)]


def _naming(part: Mapping[str, Any], name: str, where: str) -> list[str]:
    found = []
    if not _KEY.fullmatch(str(part.get("key", ""))):
        found.append(f"{where}.key: lower-case letters, digits and _, beginning with a letter")
    for field in (name, f"{name}_en"):
        value = part.get(field)
        if not isinstance(value, str) or not value.strip():
            found.append(f"{where}.{field}: missing")
    hints = [h for h in ("hint", "hint_en") if part.get(h) is not None]
    if any(not isinstance(part[h], str) for h in hints):
        found.append(f"{where}.hint: hint and hint_en are texts")
    elif len(hints) == 1:
        found.append(f"{where}.hint: hint and hint_en go together")
    return found


def _repeat(repeat: Any, inner: Known, where: str) -> list[str]:
    if not isinstance(repeat, Mapping) or not all(isinstance(repeat.get(k), str) for k in ("item", "item_en")):
        return [f"{where}.repeat: an object with item, item_en, min and max"]
    found = _unknown(repeat, _REPEAT_KEYS, f"{where}.repeat")
    low, high = repeat.get("min", 1), repeat.get("max", 10)
    if not _whole(low) or not _whole(high) or not 0 <= low <= high <= MOST_ENTRIES or high < 1:
        found.append(f"{where}.repeat: 0 <= min <= max, and max between 1 and {MOST_ENTRIES}")
    if any(question.get("kind") == "file" for question in inner.values()):
        found.append(f"{where}: files are not asked in a repeated group")
    return found


def _condition(condition: Any, known: Known, where: str) -> list[str]:
    if condition is None:
        return []
    found = conditions.problems_of(condition, set(known), where)
    if found:
        return found
    return [f"{where}: {text}" for test in conditions.tests_in(condition) for text in _hopeless(test, known)]


def _hopeless(test: Mapping[str, Any], known: Known) -> list[str]:
    """A test that can never be met by the question it looks at: a slip of the pen."""
    name = str(test["question"])
    question = known[name]
    kind = question.get("kind")
    if kind == "info":
        return [f"{name} is not a question"]
    if ("age_below" in test or "age_from" in test) and kind != "date":
        return [f"an age needs a date, {name} is {kind}"]
    if ("less_than" in test or "greater_than" in test) and kind not in ("number", "decimal", "money"):
        return [f"a comparison needs a number, {name} is {kind}"]
    wanted = test["in"] if "in" in test else [test[w] for w in ("is", "is_not") if w in test]
    if kind == "yes_no":
        return [f"{name} is answered by true or false, not {v!r}" for v in wanted if not isinstance(v, bool)]
    if kind in ("choice", "choices") and isinstance(question.get("choices"), list):
        values = [c.get("value") for c in question["choices"] if isinstance(c, Mapping)]
        return [f"{name} has no answer {v!r}" for v in wanted if v not in values]
    return []


def _question(question: Mapping[str, Any], known: Known, where: str) -> list[str]:
    found = _unknown(question, _QUESTION_KEYS, where) + _naming(question, "label", where)
    kind = question.get("kind")
    if not isinstance(kind, str) or kind not in kinds.KINDS:
        return [*found, f"{where}.kind: one of {', '.join(kinds.KINDS)}"]
    found += _condition(question.get("show_if"), known, f"{where}.show_if")
    if not isinstance(question.get("required", False), bool):
        found.append(f"{where}.required: true or false")
    if kind in ("choice", "choices"):
        found += _choices(question, where)
    if (prefill := question.get("prefill")) is not None and prefill not in PREFILL:
        found.append(f"{where}.prefill: one of {', '.join(PREFILL)}")
    wrong = _limits(question, kind, where) + _pattern(question, kind, where) + _rules(question, kind, known, where)
    return found + (wrong or ([] if found else _example(question, where)))


def _choices(question: Mapping[str, Any], where: str) -> list[str]:
    source = question.get("choices_from")
    if source is not None:
        return [] if source in sources.NAMES else [f"{where}.choices_from: one of {', '.join(sources.NAMES)}"]
    choices = question.get("choices")
    if not isinstance(choices, list) or not choices:
        return [f"{where}.choices: at least one"]
    found = []
    values: list[str] = []
    for n, choice in enumerate(choices):
        if not isinstance(choice, Mapping) or not all(
            isinstance(choice.get(k), str) and choice[k].strip() for k in ("value", "label", "label_en")
        ):
            found.append(f"{where}.choices[{n}]: value, label and label_en are texts")
        else:
            found += _unknown(choice, {"value", "label", "label_en"}, f"{where}.choices[{n}]")
            values.append(choice["value"])
    return found + [f"{where}.choices: {v!r} stands twice" for v in sorted({v for v in values if values.count(v) > 1})]


def _limits(question: Mapping[str, Any], kind: str, where: str) -> list[str]:
    found = []
    given = [(k, question[k]) for k in ("min", "max") if question.get(k) is not None]
    for name, value in given:
        if kind not in _LIMITED:
            found.append(f"{where}.{name}: only for {', '.join(_LIMITED)}")
        elif isinstance(value, bool) or not isinstance(value, int | float):
            found.append(f"{where}.{name}: a number")
    if len(given) == 2 and not found and question["min"] > question["max"]:
        found.append(f"{where}.min: not more than max")
    length = question.get("max_length")
    if length is not None and (kind not in _LENGTHS or not _whole(length) or not 1 <= length <= 20_000):
        found.append(f"{where}.max_length: 1 to 20000, only for {', '.join(_LENGTHS)}")
    return found


def _pattern(question: Mapping[str, Any], kind: str, where: str) -> list[str]:
    pattern = question.get("pattern")
    if pattern is None:
        return []
    if kind != "text" or not isinstance(pattern, str):
        return [f"{where}.pattern: a text, only for text"]
    try:
        re.compile(pattern)
    except re.error as wrong:
        return [f"{where}.pattern: {wrong}"]
    found = []
    if not all(isinstance(question.get(k), str) for k in ("pattern_message", "pattern_message_en")):
        found.append(f"{where}.pattern_message: say in Vietnamese and in English what is expected")
    if "example" not in question:
        found.append(f"{where}.example: a pattern needs an example")
    return found


def _rules(question: Mapping[str, Any], kind: str, known: Known, where: str) -> list[str]:
    rules = question.get("rules")
    if rules is None:
        return []
    if not isinstance(rules, list):
        return [f"{where}.rules: a list"]
    found = []
    for n, rule in enumerate(rules):
        spot = f"{where}.rules[{n}]"
        if not isinstance(rule, Mapping) or rule.get("rule") not in RULES:
            found.append(f"{spot}: rule is one of {', '.join(RULES)}")
            continue
        found += _unknown(rule, {"rule", "other", "message", "message_en"}, spot)
        other = rule.get("other")
        if other != "today" and (not isinstance(other, str) or other not in known):
            found.append(f"{spot}: unknown question {other!r}")
            continue
        other_kind = "date" if other == "today" else known[other].get("kind")
        ordered = rule["rule"] in ("not_after", "not_before")
        if ordered and (kind not in _COMPARED or (kind == "date") != (other_kind == "date")):
            found.append(f"{spot}: {kind} and {other_kind} have no order")
        if any(rule.get(k) is not None and not isinstance(rule[k], str) for k in ("message", "message_en")):
            found.append(f"{spot}: message and message_en are texts")
        elif bool(rule.get("message")) != bool(rule.get("message_en")):
            found.append(f"{spot}: message and message_en go together")
    return found


def _example(question: Mapping[str, Any], where: str) -> list[str]:
    if question.get("example") is None or question["kind"] in ("file", "info"):
        return []
    try:
        kinds.read(question, question["example"])
    except kinds.Wrong as wrong:
        return [f"{where}.example: {wrong}"]
    return []


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
