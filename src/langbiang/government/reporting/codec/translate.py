"""Packets to bytes and back, by the rows of a mapping.

What comes in and has no row is kept in `extra` under its path on the wire, and written back to the same place. What
would be lost on the way out is never left away in silence: the packet is not written, and all reasons are named at
once.
"""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ValidationError

from ..packets import KINDS, Packet
from . import trees, values
from .mapping import Field, Mapping, item_of, model_in


class CannotWrite(Exception):
    """The packet cannot be written with this mapping; `problems` are (our path, code, detail)."""

    def __init__(self, problems: Sequence[tuple[str, str, str]]) -> None:
        super().__init__("; ".join(f"{path}: {code} {detail}".strip() for path, code, detail in problems))
        self.problems = list(problems)


class NotReadable(Exception):
    """The bytes are not the packet they should be; `problems` are (path, what is wrong)."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{path}: {text}" if path else text for path, text in problems))
        self.problems = list(problems)


def encode(packet: Packet, mapping: Mapping, *, form: str = "xml") -> bytes:
    """The packet as bytes; the same packet always gives the same ones. Raises CannotWrite."""
    if packet.kind != mapping.kind:
        raise CannotWrite([("", "other_kind", mapping.kind)])
    problems: list[tuple[str, str, str]] = []
    if not mapping.root:
        problems.append(("", "unmapped", ""))
    tree = _outward(packet, "", mapping, problems)
    if problems:
        raise CannotWrite(problems)
    for place, value in packet.extra.items():
        _put_back(tree, place, json.loads(value, parse_float=Decimal))
    try:
        return trees.write(mapping.root, tree, form)
    except trees.Unwritable as problem:
        raise CannotWrite([("extra", "unwritable", str(problem))]) from problem


def decode(content: bytes, mapping: Mapping, *, form: str = "xml") -> Packet:
    """The packet the bytes hold. Raises NotReadable."""
    try:
        root, tree = trees.read(content, form)
    except trees.Unreadable as problem:
        raise NotReadable([("", str(problem))]) from problem
    if root != mapping.root:
        raise NotReadable([("", f"the root is “{root[:80]}”, expected “{mapping.root}”")])
    if not isinstance(tree, dict):
        raise NotReadable([("", "the packet is empty")])
    problems: list[tuple[str, str]] = []
    extra: dict[str, str] = {}
    model = KINDS[mapping.kind]
    found = _inward(tree, model, "", "", mapping, extra, problems)
    if problems:
        raise NotReadable(problems)
    try:
        return model.model_validate({**found, "extra": extra})
    except ValidationError as problem:
        told = [(".".join(str(part) for part in row["loc"]), row["msg"]) for row in problem.errors()[:50]]
        raise NotReadable(told) from problem


def _outward(part: BaseModel, prefix: str, mapping: Mapping, problems: list[tuple[str, str, str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    rows = {each.our_path: each for each in mapping.children(prefix)}
    told: dict[str, tuple[Any, str]] = {}
    for name, info in type(part).model_fields.items():
        if name == "extra":
            continue
        item = item_of(info.annotation)
        path = f"{prefix}.{name}" if prefix else name
        path += "[]" if item is not None else ""
        value = getattr(part, name)
        row = rows.get(path)
        if row is None or not row.wire_name:
            # Deliberately not on the wire is only what has a row that says so.
            must = info.is_required() if row is None else row.required
            if must or (row is None and value not in (None, [])):
                problems.append((path, "unmapped", ""))
        elif value is None or value == []:
            if row.required and (value is None or info.is_required()):
                problems.append((path, "missing", ""))
        else:
            told[path] = (value, name)
    for path, row in rows.items():
        if path in told:
            _write_one(told[path][0], row, path, mapping, found, problems)
    return found


def _write_one(
    value: Any, row: Field, path: str, mapping: Mapping, found: dict[str, Any], problems: list[tuple[str, str, str]]
) -> None:
    if isinstance(value, list):
        container, _slash, item = row.wire_name.partition("/")
        rows = [
            _outward(each, path, mapping, problems)
            if isinstance(each, BaseModel)
            else _scalar(each, row, path, mapping, problems)
            for each in value
        ]
        found[container] = {item or "Item": rows}
    elif isinstance(value, BaseModel):
        found[row.wire_name] = _outward(value, path, mapping, problems)
    else:
        found[row.wire_name] = _scalar(value, row, path, mapping, problems)


def _scalar(value: Any, row: Field, path: str, mapping: Mapping, problems: list[tuple[str, str, str]]) -> Any:
    wire_type = "string" if row.wire_type == "list" else row.wire_type
    if row.code_list:
        known = mapping.code_lists.get(row.code_list)
        key = str(value).lower() if isinstance(value, bool) else str(value)
        if known is None or key not in known.outward:
            problems.append((path, "no_code", key))
            return None
        return known.outward[key]
    try:
        written = values.written(value, wire_type)
    except (ValueError, TypeError) as problem:
        problems.append((path, "other_type", f"{wire_type} ({problem})"))
        return None
    if row.max_len is not None and len(str(written)) > row.max_len:
        problems.append((path, "too_long", f"{len(str(written))} > {row.max_len}"))
    return written


def _inward(
    tree: dict[str, Any], model: type[BaseModel], prefix: str, place: str, mapping: Mapping, extra: dict[str, str],
    problems: list[tuple[str, str]],
) -> dict[str, Any]:  # fmt: skip
    found: dict[str, Any] = {}
    rows = {each.wire_name.partition("/")[0]: each for each in mapping.children(prefix) if each.wire_name}
    for name, value in tree.items():
        here = f"{place}/{_step(name)}"
        row = rows.get(name)
        field = row.our_path.removeprefix(f"{prefix}." if prefix else "").removesuffix("[]") if row else ""
        info = model.model_fields.get(field)
        if row is None or info is None:
            extra[here] = json.dumps(value, ensure_ascii=False, default=_number)
            continue
        item = item_of(info.annotation)
        try:
            if item is not None:
                found[field] = _list(value, row, item, here, mapping, extra, problems)
            elif (inner := model_in(info.annotation)) is not None:
                found[field] = _inward(_mapping(value), inner, row.our_path, here, mapping, extra, problems)
            else:
                single = _without_attributes(value, here, extra)
                if single not in ("", None):
                    found[field] = _one(single, row, mapping)
        except ValueError as problem:
            problems.append((here.strip("/"), str(problem)))
    return found


def _list(
    value: Any,
    row: Field,
    item: Any,
    here: str,
    mapping: Mapping,
    extra: dict[str, str],
    problems: list[tuple[str, str]],
) -> list[Any]:
    name = row.wire_name.partition("/")[2] or "Item"
    inside = _mapping(value) if value not in ("", None) else {}
    for other, each in inside.items():
        if other != name:
            extra[f"{here}/{_step(other)}"] = json.dumps(each, ensure_ascii=False, default=_number)
    rows = inside.get(name, [])
    rows = rows if isinstance(rows, list) else [rows]
    model = model_in(item)
    found = []
    for number, each in enumerate(rows):
        at = f"{here}/{_step(name)}/{number}"
        if model is not None:
            found.append(_inward(_mapping(each), model, row.our_path, at, mapping, extra, problems))
        else:
            found.append(_one(_without_attributes(each, at, extra), row, mapping))
    return found


def _one(value: Any, row: Field, mapping: Mapping) -> Any:
    if row.code_list:
        known = mapping.code_lists.get(row.code_list)
        if known is None or str(value) not in known.inward:
            raise ValueError(f"“{str(value)[:60]}” is not in the list “{row.code_list}”")
        return known.inward[str(value)]
    return values.read(value, "string" if row.wire_type == "list" else row.wire_type)


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("parts were expected")
    return value


def _without_attributes(value: Any, here: str, extra: dict[str, str]) -> Any:
    if not isinstance(value, dict) or "#text" not in value:
        if isinstance(value, dict) and value and all(name.startswith("@") for name in value):
            value = {**value, "#text": ""}
        else:
            return value
    for name, each in value.items():
        if name != "#text":
            extra[f"{here}/{_step(name)}"] = json.dumps(each, ensure_ascii=False, default=_number)
    return value["#text"]


def _step(name: str) -> str:
    """A name as a step of a path; names may hold slashes (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(type(value).__name__)


def _put_back(tree: dict[str, Any], place: str, value: Any) -> None:
    """Write what we do not understand where it stood, if that place is still there."""
    here: Any = tree
    steps = [step.replace("~1", "/").replace("~0", "~") for step in place.strip("/").split("/")]
    for step in steps[:-1]:
        following = here[int(step)] if isinstance(here, list) and step.isdigit() and int(step) < len(here) else None
        if isinstance(here, dict):
            if step not in here:
                here[step] = {}
            following = here[step]
        if following is None:
            return
        if not isinstance(following, dict | list):  # a single value that carries attributes
            following = {"#text": following}
            here[step if isinstance(here, dict) else int(step)] = following
        here = following
    if isinstance(here, dict):
        here.setdefault(steps[-1], value)
