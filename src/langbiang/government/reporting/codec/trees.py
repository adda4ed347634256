"""XML and JSON as one kind of tree: text, mappings of names to values, lists. Hostile input is refused, not obeyed.

An XML element with nothing but text is that text; attributes are `@name`, text beside them `#text`; elements of one
name that stand several times are a list.
"""

import json
import re
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

CONTENT_TYPES = {"xml": "application/xml", "json": "application/json"}
MOST_BYTES = 20 * 1024 * 1024
MOST_DEPTH = 40
_NAME = re.compile(r"^(\{[^{}]{1,300}\})?[A-Za-z_À-ỹ][\w.\-]{0,119}$")


class Unreadable(ValueError):
    """The bytes are no tree we take."""


class Unwritable(ValueError):
    """The tree cannot be written in this format."""


def read(content: bytes, form: str) -> tuple[str, Any]:
    """The name of the root and the tree under it. Raises Unreadable."""
    if len(content) > MOST_BYTES:
        raise Unreadable("too large")
    if form == "xml":
        return _read_xml(content)
    if form == "json":
        return _read_json(content)
    raise Unreadable("unknown format")


def write(root: str, tree: dict[str, Any], form: str) -> bytes:
    """The same tree always gives the same bytes. Raises Unwritable."""
    if form == "json":
        return json.dumps(
            {root: tree}, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_exact
        ).encode()
    if form != "xml":
        raise Unwritable("unknown format")
    body = ElementTree.tostring(_element(root, tree, 0), encoding="unicode", short_empty_elements=False)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body.encode()


def _exact(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise Unwritable(type(value).__name__)


def _element(name: str, value: Any, depth: int) -> ElementTree.Element:
    if not _NAME.match(name):
        raise Unwritable(f"“{name}” cannot be the name of an element")
    if depth > MOST_DEPTH:
        raise Unwritable("too deep")
    made = ElementTree.Element(name)
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "#text":
                made.text = _text(each)
            elif key.startswith("@"):
                if not _NAME.match(key[1:]):
                    raise Unwritable(f"“{key}” cannot be the name of an attribute")
                made.set(key[1:], _text(each))
            elif isinstance(each, list):
                for item in each:
                    made.append(_element(key, item, depth + 1))
            else:
                made.append(_element(key, each, depth + 1))
    elif isinstance(value, list):
        raise Unwritable("a list needs a name")
    elif value is not None:
        made.text = _text(value)
    return made


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _read_xml(content: bytes) -> tuple[str, Any]:
    try:
        root = fromstring(content, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as problem:
        raise Unreadable("document types and entities are not taken") from problem
    except (ElementTree.ParseError, ValueError, LookupError, RecursionError) as problem:
        raise Unreadable(f"not XML: {problem}") from problem
    own = root.tag[: root.tag.index("}") + 1] if root.tag.startswith("{") else ""
    return root.tag.removeprefix(own), _tree(root, own, 0)


def _tree(element: ElementTree.Element, own: str, depth: int) -> Any:
    if depth > MOST_DEPTH:
        raise Unreadable("too deep")
    if not len(element) and not element.attrib:
        return element.text or ""
    found: dict[str, Any] = {f"@{name}": value for name, value in element.attrib.items()}
    for child in element:
        name, value = child.tag.removeprefix(own), _tree(child, own, depth + 1)
        if name not in found:
            found[name] = value
        elif isinstance(found[name], _Several):
            found[name].append(value)
        else:
            found[name] = _Several([found[name], value])
    stray = (element.text or "") + "".join(child.tail or "" for child in element)
    if stray.strip():
        found["#text"] = stray
    return found


class _Several(list[Any]):
    """Elements of one name, told apart from a list that is one value."""


def _read_json(content: bytes) -> tuple[str, Any]:
    try:
        found = json.loads(
            content.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_unique
        )
        _check_depth(found, 0)
    except (ValueError, RecursionError) as problem:
        raise Unreadable(f"not JSON: {problem}") from problem
    if not isinstance(found, dict) or len(found) != 1:
        raise Unreadable("one object with one name is expected")
    ((root, tree),) = found.items()
    return root, tree


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no value")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _check_depth(value: Any, depth: int) -> None:
    if depth > MOST_DEPTH:
        raise ValueError("too deep")
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check_depth(each, depth + 1)
