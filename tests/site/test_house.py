"""The walls between the rooms: another room is seen through its services, queries, events and policies, nothing else."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import langbiang

HOUSE = Path(langbiang.__file__).parent
FLOORS = ("foundation", "government", "society", "city", "operations")
# What a room shows others. A package may add names of its own in __init__.py; those count as shown too.
DOORS = {"services", "queries", "events", "policies", "measures", "demo", "reference", "api"}
# Foundation rooms whose very purpose is to be used inside others' code.
TOOLS = {"ui", "access", "language", "forms", "calendars", "events", "audit"}
# Pure logic in a module of its own, written to be used by whoever needs it.
PURE = {
    ("people", "identity"), ("signatures", "validation"), ("procedures", "process_hours"), ("places", "cartogram"),
    ("traffic", "gate"), ("traffic", "twin"), ("traffic", "signals"), ("traffic", "vision"),
    ("traffic", "priority"), ("traffic", "incidents"),
}  # fmt: skip


def room_of(parts: tuple[str, ...]) -> tuple[str, str] | None:
    """(floor, room) of a module, for modules that stand in a room."""
    if len(parts) >= 3 and parts[0] == "langbiang" and parts[1] in FLOORS:
        return parts[1], parts[2]
    return None


def imports(path: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    """What a module imports when it runs, absolute: (line, path). What only types are taken from does not count."""
    package = ("langbiang", *path.relative_to(HOUSE).with_suffix("").parts)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from ((node.lineno, tuple(alias.name.split("."))) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level] if node.level else ()
            stem = (*base, *(node.module or "").split(".")) if node.module else base
            yield from ((node.lineno, (*stem, alias.name)) for alias in node.names)


def modules() -> list[Path]:
    found = (p for floor in FLOORS for p in (HOUSE / floor).rglob("*.py") if "migrations" not in p.parts)
    return sorted(found)


def is_door(floor: str, room: str, rest: tuple[str, ...]) -> bool:
    """Whether a path inside another room leads through one of its doors."""
    if not rest or rest[0] in DOORS or room in TOOLS or (room, rest[0]) in PURE:
        return True
    folder = HOUSE / floor / room
    return not (folder / rest[0]).is_dir() and not (folder / f"{rest[0]}.py").is_file()  # a name of __init__.py


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(HOUSE)))
def test_another_room_is_entered_by_its_doors_only(path: Path) -> None:
    own = room_of(("langbiang", *path.relative_to(HOUSE).with_suffix("").parts))
    through_the_wall = []
    for line, target in imports(path):
        other = room_of(target)
        if other and other != own and own and not is_door(*other, target[3:]):
            through_the_wall.append(f"line {line}: {'.'.join(target)}")
    assert through_the_wall == []
