"""What a packet is called on the wire: rows of data, one a field."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, get_args, get_origin

from pydantic import BaseModel

WIRE_TYPES = (
    "string", "integer", "decimal", "boolean", "boolean_01", "date", "date_vn", "datetime", "list", "object",
)  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One row: our path, its name and form on the wire. A list is named `container/item`.

    An empty name means: not on the wire. That is fine for an optional field and blocks a packet for a required one.
    """

    our_path: str
    wire_name: str
    wire_type: str = "string"
    required: bool = False
    max_len: int | None = None
    code_list: str = ""


@dataclass(frozen=True)
class CodeList:
    """Our values and theirs."""

    name: str
    pairs: tuple[tuple[str, str], ...]

    @cached_property
    def outward(self) -> dict[str, str]:
        """Ours to theirs."""
        return dict(self.pairs)

    @cached_property
    def inward(self) -> dict[str, str]:
        """Theirs to ours."""
        return {theirs: ours for ours, theirs in self.pairs}


@dataclass(frozen=True)
class Mapping:
    """All rows of one kind of packet, in the order they are written."""

    kind: str
    root: str
    fields: tuple[Field, ...]
    code_lists: dict[str, CodeList] = field(default_factory=dict)

    @cached_property
    def by_path(self) -> dict[str, Field]:
        """Rows by our path."""
        return {each.our_path: each for each in self.fields}

    def children(self, path: str) -> list[Field]:
        """The rows directly under a path ('' for the packet itself), in their order."""
        depth = path.count(".") + 1 if path else 0
        prefix = f"{path}." if path else ""
        return [each for each in self.fields if each.our_path.startswith(prefix) and each.our_path.count(".") == depth]


def item_of(annotation: Any) -> Any:
    """What a list holds, or None for anything else."""
    if get_origin(annotation) is list:
        return get_args(annotation)[0]
    found = [item_of(each) for each in get_args(annotation) if each is not type(None)]
    return next((each for each in found if each is not None), None)


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The model behind an annotation, through optional and annotated forms."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) is list:
        return None
    return next((found for each in get_args(annotation) if (found := model_in(each)) is not None), None)


def paths(model: type[BaseModel], prefix: str = "") -> list[tuple[str, bool]]:
    """Every path of a model and whether it must be there; lists end in []."""
    found: list[tuple[str, bool]] = []
    for name, each in model.model_fields.items():
        if name == "extra":
            continue
        item = item_of(each.annotation)
        path = f"{prefix}{name}{'[]' if item is not None else ''}"
        found.append((path, each.is_required()))
        inner = model_in(item if item is not None else each.annotation)
        if inner is not None:
            found += paths(inner, f"{path}.")
    return found
