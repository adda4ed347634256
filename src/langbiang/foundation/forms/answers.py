"""Checking answers against a form: what is kept, and what is wrong with each."""

import operator
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from . import conditions, definition, kinds

Problems = dict[str, list[str]]


def check(form: definition.Form, answers: Any, *, today: date | None = None) -> tuple[dict[str, Any], Problems]:
    """Answers as they are kept, and what is wrong by question (`group.0.question` inside a repeated group).

    Answers to questions that are not asked under the conditions are dropped; answers to unknown questions are named.
    Nothing a stranger can send raises.
    """
    day = today or localdate()
    if not isinstance(answers, Mapping):
        return {}, {"": [str(_("The answers cannot be read."))]}
    kept: dict[str, Any] = {}
    problems: Problems = {}
    known: set[str] = set()
    for group in definition.groups(form):
        known.add(str(group["key"]))
        known |= {str(q["key"]) for q in group["questions"]}
        if not conditions.holds(group.get("show_if") or {}, kept, today=day):
            continue
        if group.get("repeat"):
            rows, wrong = _check_repeat(group, answers.get(group["key"]), kept, day)
            kept[group["key"]] = rows
        else:
            wrong = check_group(group, answers, kept, day)
        problems.update(wrong)
    problems.update(_not_asked(answers, known))
    return kept, problems


def _not_asked(answers: Mapping[Any, Any], known: set[str], prefix: str = "") -> Problems:
    """Answers to questions the form does not have; a stranger's thousand names are not all said back."""
    extra = [name for name in answers if not isinstance(name, str) or name not in known][:20]
    return {prefix + kinds.fit(str(name))[:60]: [str(_("This form does not ask this."))] for name in extra}


def check_group(group: definition.Group, answers: Mapping[str, Any], kept: dict[str, Any], day: date) -> Problems:
    """Check the questions of one group, adding to `kept`; conditions look at what was kept before."""
    problems: Problems = {}
    for question in group["questions"]:
        key, kind = question["key"], question["kind"]
        if kind == "info" or not conditions.holds(question.get("show_if") or {}, kept, today=day):
            continue
        value = answers.get(key)
        if kinds.is_empty(value):
            if question.get("required"):
                problems[key] = [str(_missing(question))]
            continue
        try:
            kept[key] = kinds.read(question, value)
        except kinds.Wrong as wrong:
            problems[key] = [str(wrong.message)]
            continue
        if broken := _rules(question, kept, day):
            problems[key] = broken
    return problems


def _missing(question: definition.Question) -> Any:
    if question["kind"] in ("choice", "yes_no", "place"):
        return _("Choose an answer.")
    if question["kind"] == "choices":
        return _("Choose at least one answer.")
    if question["kind"] == "file":
        return _("Attach a file.")
    return _("Answer this question.")


_RULES: dict[str, Callable[[Any, Any], bool]] = {
    "not_after": operator.le,
    "not_before": operator.ge,
    "different_from": lambda one, other: not conditions.same(one, other),
    "same_as": conditions.same,
}


def _rules(question: definition.Question, kept: Mapping[str, Any], day: date) -> list[str]:
    found = []
    for rule in question.get("rules") or []:
        value = kept[question["key"]]
        other = day.isoformat() if rule["other"] == "today" else kept.get(rule["other"])
        if other is None:
            continue
        if rule["rule"] in ("not_after", "not_before"):
            value, other = _comparable(value, other)
        if not _RULES[rule["rule"]](value, other):
            found.append(kinds.in_words(rule, "message") or str(_default_words(rule)))
    return found


def _comparable(one: Any, other: Any) -> tuple[Any, Any]:
    """Two answers as numbers where both are such, else as text: days are kept so that text compares rightly."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one, other
    numbers = conditions.number(one), conditions.number(other)
    return numbers if None not in numbers else (str(one), str(other))


def _default_words(rule: Mapping[str, Any]) -> Any:
    if rule["rule"] == "not_after":
        return _("This day lies in the future.") if rule["other"] == "today" else _("This must not be later.")
    if rule["rule"] == "not_before":
        return _("This day lies in the past.") if rule["other"] == "today" else _("This must not be earlier.")
    return _("This must differ.") if rule["rule"] == "different_from" else _("This must be the same.")


def _check_repeat(
    group: definition.Group, value: Any, kept: Mapping[str, Any], day: date
) -> tuple[list[dict[str, Any]], Problems]:
    key, repeat = group["key"], group["repeat"]
    rows = value if isinstance(value, list) else []
    low, high = int(repeat.get("min", 1)), int(repeat.get("max", 10))
    problems: Problems = {}
    if len(rows) < low or len(rows) > high:
        problems[key] = [str(_("Between %(low)s and %(high)s entries.") % {"low": low, "high": high})]
    made = []
    inner = {str(q["key"]) for q in group["questions"]}
    for index, row in enumerate(rows[:high]):
        if not isinstance(row, Mapping):
            problems[f"{key}.{index}"] = [str(_("The answers cannot be read."))]
            continue
        merged = dict(kept)
        wrong = check_group(group, row, merged, day)
        made.append({k: v for k, v in merged.items() if k in inner})
        problems.update({f"{key}.{index}.{name}": text for name, text in wrong.items()})
        problems.update(_not_asked(row, inner, f"{key}.{index}."))
    return made, problems
