"""Every room speaks Vietnamese: nothing missing, nothing empty, and every value keeps its place in the sentence."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from langbiang.site.commands import messages

ROOMS = messages.rooms()
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
every_room = pytest.mark.parametrize("room", ROOMS, ids=lambda room: f"{room.parent.name}.{room.name}")


def entries(room: Path) -> list[Message]:
    """What a room has translated; nothing where it has no words of its own."""
    path = room / "locale" / "vi" / "LC_MESSAGES" / "django.po"
    if not path.exists():
        return []
    with path.open("rb") as stream:
        return [entry for entry in read_po(stream, locale="vi", abort_invalid=True) if entry.id]


def each(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or [""])


def values_of(texts: list[str]) -> set[str]:
    return {name for text in texts for name in PLACEHOLDER.findall(text)}


@every_room
def test_a_room_has_a_translation_for_every_text(room: Path) -> None:
    assert messages.missing(room) == []


@every_room
def test_no_translation_of_a_room_is_empty(room: Path) -> None:
    assert [entry.id for entry in entries(room) if not all(text.strip() for text in each(entry.string))] == []


@every_room
def test_no_translation_of_a_room_is_left_for_later(room: Path) -> None:
    assert [entry.id for entry in entries(room) if entry.fuzzy] == []


@every_room
def test_a_translation_keeps_the_values_of_its_text(room: Path) -> None:
    different = {
        str(entry.id): (values_of(each(entry.id)), values_of(each(entry.string)))
        for entry in entries(room)
        # A plural may leave its number out of the singular, so the values of both forms count.
        if values_of(each(entry.id)) != values_of(each(entry.string))
    }
    assert different == {}


@every_room
def test_a_translation_can_be_filled_in(room: Path) -> None:
    """A lone % or a mistyped placeholder would end in an error page for those who read Vietnamese only."""
    broken = []
    for entry in entries(room):
        for text in each(entry.string):
            values = dict.fromkeys(PLACEHOLDER.findall(text), 1)
            if not values:
                continue
            try:
                text % values
            except (KeyError, ValueError, TypeError):
                broken.append(text)
    assert broken == []


def test_there_are_rooms_to_read() -> None:
    assert {"calendars", "cases", "site"} <= {room.name for room in ROOMS}
