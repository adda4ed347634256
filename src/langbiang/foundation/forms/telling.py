"""Answers as people read them: a summary by group, and one answer by its path."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import conditions, definition, kinds


@dataclass(frozen=True)
class Line:
    """One answered question."""

    key: str
    label: str
    text: str
    file_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Told:
    """One group of answers."""

    key: str
    title: str
    lines: tuple[Line, ...]

    @property
    def rows(self) -> list[tuple[str, str]]:
        """(question, answer), as lists show them."""
        return [(line.label, line.text) for line in self.lines]


def summary(
    form: definition.Form, answers: Mapping[str, Any], *, english: bool = False, everything: bool = False
) -> list[Told]:
    """The groups that apply, with every answer given to what is asked; `everything`: whether it is asked or not."""
    told = []
    answers = answers if everything else definition.applying(form, answers)
    for group in definition.groups(form):
        if not everything and not conditions.holds(group.get("show_if") or {}, answers):
            continue
        title = definition.text(group, "title", english=english)
        if repeat := group.get("repeat"):
            rows = answers.get(group["key"])
            for index, row in enumerate(rows if isinstance(rows, list) else [], 1):
                if isinstance(row, Mapping):
                    item = definition.text(repeat, "item", english=english)
                    told.append(Told(f"{group['key']}.{index - 1}", f"{item} {index}", _lines(group, row, english)))
            continue
        told.append(Told(group["key"], title, _lines(group, answers, english)))
    return told


def _lines(group: definition.Group, answers: Mapping[str, Any], english: bool) -> tuple[Line, ...]:
    found = []
    for question in group["questions"]:
        value = answers.get(question["key"])
        if question["kind"] == "info" or kinds.is_empty(value):
            continue
        files = (
            tuple(v for v in value if isinstance(v, int))
            if question["kind"] == "file" and isinstance(value, list)
            else ()
        )
        label = definition.text(question, "label", english=english)
        found.append(Line(question["key"], label, kinds.say(question, value, english=english), files))
    return tuple(found)


def answer_text(form: definition.Form, answers: Mapping[str, Any], path: str) -> str:
    """One answer as text by its key, or all of a repeated group's by `group.key`; empty when there is none.

    Documents are written in Vietnamese whatever the language of the page.
    """
    head, _dot, tail = path.partition(".")
    found = definition.find(form, tail or head)
    if found is None:
        return ""
    group, question = found
    if group.get("repeat"):
        rows = answers.get(group["key"])
        texts = [kinds.say(question, row.get(question["key"])) for row in rows or [] if isinstance(row, Mapping)]
        return "; ".join(t for t in texts if t)
    return kinds.say(question, answers.get(question["key"]))
