"""The same form as JSON Schema 2020-12, for machines: programs that file know beforehand what will be accepted."""

from collections.abc import Mapping
from typing import Any

from . import definition, kinds

URI = "https://json-schema.org/draft/2020-12/schema"


def as_json_schema(form: definition.Form, *, title: str = "") -> dict[str, Any]:
    """The form as a JSON Schema object over its answers. Conditions become if/then; law-like rules stay with `check`."""
    properties: dict[str, Any] = {}
    required: list[str] = []
    conditional: list[dict[str, Any]] = []
    for group in definition.groups(form):
        inner: dict[str, Any] = {}
        needed: list[str] = []
        branches: list[dict[str, Any]] = []
        for question in group["questions"]:
            if question["kind"] == "info":
                continue
            inner[question["key"]] = _type(question)
            if not question.get("required"):
                continue
            if question.get("show_if"):
                branches.append({"if": _condition(question["show_if"]), "then": {"required": [question["key"]]}})
            else:
                needed.append(question["key"])
        if repeat := group.get("repeat"):
            item = {
                "type": "object",
                "properties": inner,
                "required": needed,
                "additionalProperties": False,
                "allOf": branches,
            }
            properties[group["key"]] = {
                "type": "array", "items": {k: v for k, v in item.items() if v not in ([], {})},
                "minItems": int(repeat.get("min", 1)), "maxItems": int(repeat.get("max", 10)),
            }  # fmt: skip
            needed, branches = ([group["key"]] if repeat.get("min", 1) else []), []
        else:
            properties.update(inner)
        if group.get("show_if"):
            then: dict[str, Any] = {"required": needed} if needed else {}
            if branches:
                then["allOf"] = branches
            if then:
                conditional.append({"if": _condition(group["show_if"]), "then": then})
        else:
            required += needed
            conditional += branches
    schema: dict[str, Any] = {
        "$schema": URI, "type": "object", "properties": properties, "required": required, "additionalProperties": False
    }  # fmt: skip
    if title:
        schema["title"] = title
    if conditional:
        schema["allOf"] = conditional
    return schema


def _type(question: Mapping[str, Any]) -> dict[str, Any]:
    kind = question["kind"]
    found: dict[str, Any] = {"title": question["label"]}
    if kind in ("number", "money"):
        found |= {"type": "integer"} | ({"minimum": 0} if kind == "money" else {})
        if question.get("min") is not None:
            found["minimum"] = question["min"]
        if question.get("max") is not None:
            found["maximum"] = question["max"]
    elif kind == "yes_no":
        found["type"] = "boolean"
    elif kind in ("choices", "file"):
        items: dict[str, Any] = (
            {"type": "integer"} if kind == "file" else {"enum": [c[0] for c in kinds.choices_of(question)]}
        )
        found |= {"type": "array", "items": items}
        if question.get("required"):
            found["minItems"] = 1
    elif kind in ("choice", "place"):
        found["enum"] = [c[0] for c in kinds.choices_of(question)]
    else:
        found["type"] = "string"
        if kind == "date":
            found["format"] = "date"
        elif kind in kinds.LENGTH:
            found["maxLength"] = int(question.get("max_length") or kinds.LENGTH[kind])
        if question.get("required"):
            found["minLength"] = 1
        found |= {
            "identity": {"pattern": "^([0-9]{9}|[0-9]{12})$"},
            "tax_code": {"pattern": "^[0-9]{10}([0-9]{3})?$"},
        }.get(kind, {})
    return found


def _condition(condition: Mapping[str, Any]) -> dict[str, Any]:
    for key, word in (("all", "allOf"), ("any", "anyOf")):
        if key in condition:
            return {word: [_condition(part) for part in condition[key]]}
    if "not" in condition:
        return {"not": _condition(condition["not"])}
    name = condition["question"]
    tests: dict[str, Any] = {
        "is": lambda v: {"anyOf": [{"const": v}, {"type": "array", "contains": {"const": v}}]},
        "is_not": lambda v: {"not": {"anyOf": [{"const": v}, {"type": "array", "contains": {"const": v}}]}},
        "in": lambda v: {"enum": v},
        "filled": lambda v: {},
        "less_than": lambda v: {"type": "number", "exclusiveMaximum": v},
        "greater_than": lambda v: {"type": "number", "exclusiveMinimum": v},
    }
    test = next((t for t in tests if t in condition), None)
    if test is None:  # ages depend on the day and are left to the check
        return {"not": {}}
    if test == "filled" and not condition["filled"]:
        return {"not": {"required": [name]}}
    return {"properties": {name: tests[test](condition[test])}, "required": [] if test == "is_not" else [name]}
