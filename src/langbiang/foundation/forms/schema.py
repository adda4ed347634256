"""The same form as JSON Schema 2020-12, for machines: programs that file know beforehand what will be accepted.

Where the schema finds a fault in the answers to the questions asked, so does the check. The check finds more: ages, rules
between answers, the structure of identity numbers and check digits cannot be said in JSON Schema.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from . import definition, kinds

URI = "https://json-schema.org/draft/2020-12/schema"
NEVER: dict[str, Any] = {"not": {}}
ALWAYS: dict[str, Any] = {}
_EMPTY: dict[str, Any] = {"enum": [None, "", []]}
_FILLED = r"\S"
_PATTERNS = {
    "name": r"^[^0-9]*\S[^0-9]*$",
    "decimal": r"^-?[0-9]{1,15}(\.[0-9]{1,6})?$",
    "date": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "identity": r"^([0-9]{9}|[0-9]{12})$",
    "tax_code": r"^[0-9]{10}([0-9]{3})?$",
    "phone": r"^0[1-9][0-9]{8,9}$",
    "email": r"^[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+$",
}
Conditions = Sequence[Mapping[str, Any]]


def as_json_schema(form: definition.Form, *, title: str = "") -> dict[str, Any]:
    """The form as a JSON Schema object over its answers; what is asked under a condition becomes if/then."""
    asked = _asked_under(form)
    properties: dict[str, Any] = {}
    required: list[str] = []
    branches: list[dict[str, Any]] = []
    for group in definition.groups(form):
        outer = [group["show_if"]] if group.get("show_if") else []
        if group.get("repeat"):
            properties[group["key"]] = _entries(group)
            if int(group["repeat"].get("min", 1)):
                _need(group["key"], outer, asked, required, branches)
            continue
        for question in group["questions"]:
            if question["kind"] == "info":
                continue
            properties[question["key"]] = _type(question)
            if question.get("required"):
                _need(question["key"], asked[question["key"]], asked, required, branches)
    schema: dict[str, Any] = {
        "$schema": URI, "type": "object", "properties": properties, "required": required, "additionalProperties": False
    }  # fmt: skip
    if title:
        schema["title"] = title
    if branches:
        schema["allOf"] = branches
    return schema


def _asked_under(form: definition.Form) -> dict[str, Conditions]:
    """The conditions under which each question is asked: its own and its group's."""
    return {
        q["key"]: [part["show_if"] for part in (group, q) if part.get("show_if")]
        for group, q in definition.all_questions(form)
    }


def _need(
    key: str, under: Conditions, asked: Mapping[str, Conditions], required: list[str], branches: list[dict[str, Any]]
) -> None:
    if not under:
        required.append(key)
        return
    when = _all([_surely(condition, asked) for condition in under])
    if when == ALWAYS:
        required.append(key)
    elif when != NEVER:
        branches.append({"if": when, "then": {"required": [key]}})


def _entries(group: definition.Group) -> dict[str, Any]:
    """One entry of a repeated group. A condition on answers outside the entry is left to the check."""
    asked = {q["key"]: [q["show_if"]] if q.get("show_if") else [] for q in group["questions"]}
    inner: dict[str, Any] = {}
    required: list[str] = []
    branches: list[dict[str, Any]] = []
    for question in group["questions"]:
        if question["kind"] == "info":
            continue
        inner[question["key"]] = _type(question)
        if question.get("required"):
            _need(question["key"], asked[question["key"]], asked, required, branches)
    entry: dict[str, Any] = {"type": "object", "properties": inner, "additionalProperties": False}
    if required:
        entry["required"] = required
    if branches:
        entry["allOf"] = branches
    repeat = group["repeat"]
    return {
        "title": group["title"], "type": "array", "items": entry,
        "minItems": int(repeat.get("min", 1)), "maxItems": int(repeat.get("max", 10)),
    }  # fmt: skip


def _type(question: Mapping[str, Any]) -> dict[str, Any]:
    kind = question["kind"]
    found: dict[str, Any] = {"title": question["label"]}
    if question.get("hint"):
        found["description"] = question["hint"]
    if kind in ("number", "money"):
        found |= {"type": "integer"} | ({"minimum": 0} if kind == "money" else {})
        if question.get("min") is not None:
            found["minimum"] = question["min"]
        if question.get("max") is not None:
            found["maximum"] = question["max"]
        return found
    if kind == "yes_no":
        return found | {"type": "boolean"}
    if kind in ("choice", "place"):
        return found | {"enum": [c[0] for c in kinds.choices_of(question)]}
    if kind in ("choices", "file"):
        several: dict[str, Any] = {"type": "array", "items": {"type": "integer", "minimum": 0}}
        if kind == "choices":
            several["items"] = {"enum": [c[0] for c in kinds.choices_of(question)]}
        else:
            several["maxItems"] = int(question.get("max") or 10)
        return found | several | ({"minItems": 1} if question.get("required") else {})
    found["type"] = "string"
    if kind == "date":
        found["format"] = "date"
    if kind in kinds.LENGTH:
        found["maxLength"] = int(question.get("max_length") or kinds.LENGTH[kind])
    pattern = _PATTERNS.get(kind) or (_FILLED if question.get("required") else None)
    if kind == "text" and question.get("pattern"):
        pattern = f"^(?:{question['pattern']})$"
    if pattern:
        found["pattern"] = pattern
    if kind == "name":
        found["minLength"] = 2
    return found


def _surely(condition: Mapping[str, Any], asked: Mapping[str, Conditions]) -> dict[str, Any]:
    """A schema that holds only where the condition holds. An answer to a question not asked counts as none."""
    for key, join in (("all", _all), ("any", _any)):
        if key in condition:
            return join([_surely(part, asked) for part in condition[key]])
    if "not" in condition:
        return _not(_possibly(condition["not"], asked))
    if (under := asked.get(condition["question"])) is None:  # an answer outside the entry
        return NEVER
    if "is_not" in condition or condition.get("filled") is False:
        return _any([_not(_given(condition)), *(_not(_possibly(c, asked)) for c in under)])
    return _all([_given(condition), *(_surely(c, asked) for c in under)])


def _possibly(condition: Mapping[str, Any], asked: Mapping[str, Conditions]) -> dict[str, Any]:
    """A schema that holds wherever the condition holds, and perhaps elsewhere."""
    for key, join in (("all", _all), ("any", _any)):
        if key in condition:
            return join([_possibly(part, asked) for part in condition[key]])
    if "not" in condition:
        return _not(_surely(condition["not"], asked))
    if (under := asked.get(condition["question"])) is None:
        return ALWAYS
    if "is_not" in condition or condition.get("filled") is False:
        return _any([_not(_given(condition)), *(_not(_surely(c, asked)) for c in under)])
    return _all([_given(condition, unknown=ALWAYS), *(_possibly(c, asked) for c in under)])


def _given(condition: Mapping[str, Any], *, unknown: dict[str, Any] = NEVER) -> dict[str, Any]:
    """The test on the answer itself, said positively: for `is_not` that it is, for `filled: false` that it is filled."""
    name = condition["question"]
    if "less_than" in condition or "greater_than" in condition:
        word, limit = (
            ("exclusiveMaximum", condition["less_than"])
            if "less_than" in condition
            else ("exclusiveMinimum", condition["greater_than"])
        )
        answer: dict[str, Any] = {"type": "number", word: limit}
        if unknown == ALWAYS:  # decimals are kept as text, which JSON Schema cannot compare
            answer = {"anyOf": [answer, {"type": "string"}]}
    elif "filled" in condition:
        answer = {"not": _EMPTY}
    elif "in" in condition:
        answer = _contains({"enum": list(condition["in"])})
    elif "is" in condition or "is_not" in condition:
        answer = _contains({"const": condition["is"] if "is" in condition else condition["is_not"]})
    else:  # ages depend on the day
        return unknown
    return {"properties": {name: answer}, "required": [name]}


def _contains(wanted: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [wanted, {"type": "array", "contains": wanted}]}


def _not(schema: dict[str, Any]) -> dict[str, Any]:
    if schema == NEVER:
        return ALWAYS
    return NEVER if schema == ALWAYS else {"not": schema}


def _all(parts: list[dict[str, Any]]) -> dict[str, Any]:
    parts = [part for part in parts if part != ALWAYS]
    if NEVER in parts:
        return NEVER
    return {"allOf": parts} if len(parts) > 1 else (parts[0] if parts else ALWAYS)


def _any(parts: list[dict[str, Any]]) -> dict[str, Any]:
    parts = [part for part in parts if part != NEVER]
    if ALWAYS in parts:
        return ALWAYS
    return {"anyOf": parts} if len(parts) > 1 else (parts[0] if parts else NEVER)
