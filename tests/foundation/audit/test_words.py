"""Whatever the platform puts on record has a name that people can read."""

import ast
from pathlib import Path

from django.utils import translation

import langbiang
from langbiang.foundation.audit import words
from langbiang.foundation.events.registry import Event

SOURCE = Path(langbiang.__file__).parent


def recorded() -> set[str]:
    """The codes that calls of `record` name, also through a function that is given its `act`, and those of the events of a
    case (which are recorded under their name)."""
    found: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        place_of = {"record": 1} | {
            node.name: names.index("act")
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and "act" in (names := [each.arg for each in node.args.args])
        }
        for node in ast.walk(tree):
            place = place_of.get(getattr(node.func, "attr", getattr(node.func, "id", ""))) if isinstance(node, ast.Call) else None
            if isinstance(node, ast.Call) and place is not None and len(node.args) > place:
                found |= {
                    each.value
                    for each in ast.walk(node.args[place])
                    if isinstance(each, ast.Constant) and isinstance(each.value, str) and "." in each.value
                }
    return found | {event.event_name for event in all_events(Event) if event.event_name.startswith("cases.")}


def all_events(base: type[Event]) -> set[type[Event]]:
    return {each for below in base.__subclasses__() for each in {below, *all_events(below)}}


def test_every_act_has_a_name() -> None:
    acts = recorded()
    assert len(acts) > 80
    assert sorted(code for code in acts if not words.is_known(code)) == []


def test_no_name_is_kept_for_an_act_nobody_does() -> None:
    named = {code for _room, _name, known in words.acts_by_room() for code, _words in known}
    assert sorted(named - recorded()) == []


def test_two_acts_are_never_told_apart_by_their_code_only() -> None:
    for language in ("en", "vi"):
        with translation.override(language):
            named = [name for _room, _name, known in words.acts_by_room() for _code, name in known]
        assert sorted({name for name in named if named.count(name) > 1}) == []


def test_a_record_is_told_by_its_kind_and_number() -> None:
    with translation.override("en"):
        assert words.record("cases.case:17") == "Case 17"
        assert words.record("places") == "Administrative units"
        assert words.record("parks.tree:4") == "parks.tree:4"
