"""What differs between two layouts, field by field, and which differences take protection away.

Every part of a layout is compared, those nobody can enter in the editor as well: whoever approves sees all that changes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ROWS = ("approaches", "lanes", "movements", "stages", "zones")
PAIRS = ("conflicts", "gives_way")
# Shorter, and somebody is still on the road when others get green.
TIMES = ("min_green_s", "yellow_s", "walk_s", "clear_s")


@dataclass(frozen=True)
class Difference:
    """One field of two layouts: `part` is what it is ("movements.walk_s"), `keys` whose; None stands for not there."""

    part: str
    keys: tuple[str, ...]
    was: Any
    becomes: Any
    is_dangerous: bool = False


def differences(was: Mapping[str, Any], becomes: Mapping[str, Any]) -> list[Difference]:
    """All that differs between two sound layouts, what is dangerous first; empty when they are the same."""
    found = [*_pairs(was, becomes), *_intergreens(was, becomes), *_rows(was, becomes), *_others(was, becomes)]
    return sorted(found, key=lambda one: not one.is_dangerous)


def _is_shorter(was: Any, becomes: Any) -> bool:
    """A time that is smaller than before, or gone."""
    return isinstance(was, int | float) and (not isinstance(becomes, int | float) or becomes < was)


def _pairs(was: Mapping[str, Any], becomes: Mapping[str, Any]) -> Iterator[Difference]:
    before, after = ({tuple(sorted(pair)) for pair in content["conflicts"]} for content in (was, becomes))
    for pair in sorted(before ^ after):
        gone = pair in before
        yield Difference("conflicts", pair, gone or None, None if gone else True, is_dangerous=gone)
    yielding, yields = ({(a, b) for a, b in content["gives_way"]} for content in (was, becomes))
    for a, b in sorted(yielding ^ yields):
        gone = (a, b) in yielding
        # Green together as before, but nobody waits for the other any more.
        loose = gone and tuple(sorted((a, b))) not in after
        yield Difference("gives_way", (a, b), gone or None, None if gone else True, is_dangerous=loose)


def _intergreens(was: Mapping[str, Any], becomes: Mapping[str, Any]) -> Iterator[Difference]:
    before, after = was["intergreens"], becomes["intergreens"]
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if old != new:
            yield Difference("intergreens", tuple(name.split(">")), old, new, is_dangerous=_is_shorter(old, new))


def _rows(was: Mapping[str, Any], becomes: Mapping[str, Any]) -> Iterator[Difference]:
    for name in ROWS:
        before, after = ({row["key"]: row for row in content[name]} for content in (was, becomes))
        for key in dict.fromkeys([*before, *after]):
            if key not in before or key not in after:
                yield Difference(name, (key,), key in before or None, key in after or None, is_dangerous=name == "movements" and key in before)
            else:
                yield from _fields(name, before[key], after[key])
        old, new = ([key for key in keys if key in others] for keys, others in ((before, after), (after, before)))
        if old != new:
            yield Difference(f"{name}.order", (), list(before), list(after))


def _fields(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for field in dict.fromkeys([*before, *after]):
        old, new = before.get(field), after.get(field)
        if field == "movements":  # a stage shows them together: their order says nothing
            old, new = (sorted(keys or []) for keys in (old, new))
        if old != new:
            yield Difference(f"{name}.{field}", (before["key"],), old, new, is_dangerous=field in TIMES and _is_shorter(old, new))


def _others(was: Mapping[str, Any], becomes: Mapping[str, Any]) -> Iterator[Difference]:
    compared = {*ROWS, *PAIRS, "intergreens"}
    for name in dict.fromkeys([*was, *becomes]):
        if name not in compared and was.get(name) != becomes.get(name):
            yield Difference(name, (), was.get(name), becomes.get(name))
