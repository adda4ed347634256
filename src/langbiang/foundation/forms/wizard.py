"""One group of questions as one accessible page: build it, take what was posted.

Works without scripts: questions that depend on an answer of the same page are all shown (a script hides those that do
not apply), and what does not apply is not kept.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from langbiang.foundation.access import Refusal
from langbiang.foundation.files import queries as files_room
from langbiang.foundation.ui.tags.fields import error_summary

from . import conditions, definition, kinds
from .question_fields import GroupForm, QuestionField

Store = Callable[[Any], int]


@dataclass(frozen=True)
class KeptFile:
    """A file attached earlier."""

    id: int
    name: str
    url: str

    @property
    def ending(self) -> str:
        """What kind of file it is, in a few letters."""
        return self.name.rpartition(".")[2][:4].upper()


@dataclass
class Section:
    """One form of a page: the only one, or one entry of a repeated group."""

    form: GroupForm
    title: str = ""
    index: int | None = None

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Notes and fields in order, each with the condition under which a script shows it."""
        found = []
        for question in self.form.order:
            key = question["key"]
            condition = self.form.conditions.get(key)
            row: dict[str, Any] = {"condition": json.dumps(_prefixed(self.form, condition)) if condition else ""}
            if question["kind"] == "info":
                row["note"] = definition.text(question, "label", english=self.form.english)
            else:
                row |= {"field": self.form[key], "files": _kept_files(self.form, key)}
            found.append(row)
        return found


def _kept_files(form: GroupForm, name: str) -> list[KeptFile]:
    ids = form.attached(name) if name in form.file_questions() else []
    known = files_room.describe(ids) if ids else {}
    return [KeptFile(i, known[i].name, reverse("files:download", args=[i, known[i].name])) for i in ids if i in known]


def _prefixed(form: GroupForm, condition: Mapping[str, Any]) -> dict[str, Any]:
    """The condition with the names the page uses; answers of earlier pages are put in place of their test."""
    if "all" in condition or "any" in condition:
        key = "all" if "all" in condition else "any"
        return {key: [_prefixed(form, part) for part in condition[key]]}
    if "not" in condition:
        return {"not": _prefixed(form, condition["not"])}
    name = str(condition["question"])
    if name not in form.fields or form.before.get(name):  # of another page, or files attached earlier
        return {"const": conditions.holds(condition, form.before)}
    return {**condition, "question": form.add_prefix(name)}


@dataclass
class Page:
    """A group as a page shows it."""

    group: definition.Group
    title: str
    hint: str
    sections: list[Section]
    item: str = ""
    may_add: bool = False
    may_remove: bool = False
    problems: list[str] = field(default_factory=list)

    @property
    def has_errors(self) -> bool:
        """Whether something on the page has to be put right."""
        return bool(self.problems) or any(section.form.errors for section in self.sections)

    @property
    def faults(self) -> list[dict[str, str]]:
        """Everything to put right, each with the field it jumps to, for one summary on top of the page."""
        found: list[dict[str, str]] = [{"text": text, "target": ""} for text in self.problems]
        for section in self.sections:
            lead = f"{section.title}: " if section.title else ""
            for fault in error_summary(section.form)["problems"]:
                found.append({"text": lead + str(fault["text"]), "target": str(fault["target"])})
        return found

    @property
    def has_files(self) -> bool:
        """Whether the page takes files."""
        return any(s.form.file_questions() for s in self.sections)


@dataclass
class Taken:
    """What came of a posted page: what to keep (right or wrong), and the page again where it has to be shown again."""

    changes: dict[str, Any]
    page: Page
    again: bool


def page(group: definition.Group, answers: Mapping[str, Any], *, english: bool = False) -> Page:
    """A group as a page with what was answered so far."""
    before = _before(group, answers)
    sections = [
        Section(
            GroupForm(group, english=english, before=before, initial=row, prefix=_prefix(group, index)),
            _entry_title(group, index, english),
            index,
        )
        for index, row in _rows(group, answers)
    ]
    return _page(group, sections, english)


def _page(group: definition.Group, sections: list[Section], english: bool) -> Page:
    found = Page(
        group=group,
        title=definition.text(group, "title", english=english),
        hint=definition.text(group, "hint", english=english),
        sections=sections,
    )
    if repeat := group.get("repeat"):
        low, high = _span(group)
        found.item = definition.text(repeat, "item", english=english)
        found.may_add, found.may_remove = len(sections) < high, len(sections) > max(low, 1)
    return found


def _span(group: definition.Group) -> tuple[int, int]:
    return int(group["repeat"].get("min", 1)), int(group["repeat"].get("max", 10))


def _rows(group: definition.Group, answers: Mapping[str, Any]) -> Sequence[tuple[int | None, Mapping[str, Any]]]:
    if not group.get("repeat"):
        return [(None, answers)]
    low, high = _span(group)
    kept = answers.get(group["key"])
    rows = [r for r in kept if isinstance(r, dict)] if isinstance(kept, list) else []
    while len(rows) < max(1, low):
        rows.append({})
    return list(enumerate(rows[:high]))


def _before(group: definition.Group, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers the conditions of a page may look at: those of other pages, and files of this one."""
    own = {q["key"] for q in group["questions"] if q["kind"] != "file"}
    return {k: v for k, v in answers.items() if k not in own}


def _prefix(group: definition.Group, index: int | None) -> str | None:
    return None if index is None else f"{group['key']}-{index}"


def _entry_title(group: definition.Group, index: int | None, english: bool) -> str:
    return "" if index is None else f"{definition.text(group['repeat'], 'item', english=english)} {index + 1}"


def take(
    group: definition.Group,
    answers: Mapping[str, Any],
    posted: QueryDict,
    files: Any,
    *,
    store: Store,
    english: bool = False,
) -> Taken:
    """Take a posted page. What was typed is kept whatever its faults; uploads are stored through `store`, whose refusal
    becomes the error of its field. `again` says whether to show the page once more: faults, or an entry added or removed.
    An entry nobody wrote into is dropped where fewer are enough.
    """
    if not group.get("repeat"):
        section = _section(group, answers, posted, files, None, english)
        entry = _entry(section.form, posted, store)
        changes = {q["key"]: entry.get(q["key"]) for q in group["questions"] if q["kind"] != "info"}
        shown = _page(group, [section], english)
        return Taken(changes, shown, again=shown.has_errors)
    low, high = _span(group)
    count = _posted_count(group, posted, answers)
    sections = [_section(group, answers, posted, files, index, english) for index in range(count)]
    entries = [_entry(section.form, posted, store) for section in sections]
    rows = [{k: v for k, v in entry.items() if v is not None} for entry in entries]
    remove = _whole(posted.get("remove", ""))
    if remove is not None and remove < len(rows):
        del rows[remove]
    elif "add" in posted and len(rows) < high:
        rows.append({})
    else:
        changes = {group["key"]: [row for index, row in enumerate(rows) if row or index < low]}
        shown = _page(group, sections, english)
        return Taken(changes, shown, again=shown.has_errors)
    return Taken({group["key"]: rows}, page(group, {**answers, group["key"]: rows}, english=english), again=True)


def _section(
    group: definition.Group, answers: Mapping[str, Any], posted: QueryDict, files: Any, index: int | None, english: bool
) -> Section:
    spare = index is not None and index >= _span(group)[0]
    form = GroupForm(
        group,
        posted,
        files,
        english=english,
        before=_before(group, answers),
        prefix=_prefix(group, index),
        empty_permitted=spare,
    )
    return Section(form, _entry_title(group, index, english), index)


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def _posted_count(group: definition.Group, posted: QueryDict, answers: Mapping[str, Any]) -> int:
    given = _whole(posted.get("entries", ""))
    return len(_rows(group, answers)) if given is None else max(1, min(_span(group)[1], given))


def _entry(form: GroupForm, posted: QueryDict, store: Store) -> dict[str, Any]:
    """What to keep of one form: answers that can be read, else the text as typed; None takes an answer back."""
    refused = _take_files(form, posted, store)
    form.full_clean()
    for name, words in refused:
        form.add_error(name, words)
    found: dict[str, Any] = {name: form.attached(name) or None for name in form.file_questions()}
    for name, bound in form.fields.items():
        assert isinstance(bound, QuestionField)
        if bound.is_file:
            continue
        raw = bound.widget.value_from_datadict(posted, {}, form.add_prefix(name))  # type: ignore[arg-type]  # a mapping serves
        found[name] = None if kinds.is_empty(raw) else _readable(bound.question, raw)
    return found


def _readable(question: definition.Question, raw: Any) -> Any:
    """The answer as it is kept, else as it was typed: a draft loses nothing."""
    try:
        return kinds.read(question, kinds.typed(question, raw) if isinstance(raw, str) else raw)
    except kinds.Wrong:
        if isinstance(raw, list):
            return [kinds.fit(str(r))[:300] for r in raw[:50]]
        return kinds.fit(str(raw))[:8000]


def _take_files(form: GroupForm, posted: QueryDict, store: Store) -> list[tuple[str, str]]:
    """Keep what was uploaded and drop what was taken back; gives the refusals by question."""
    now: dict[str, list[int]] = {}
    refused: list[tuple[str, str]] = []
    for name in form.file_questions():
        html_name = form.add_prefix(name)
        dropped = {_whole(v) for v in posted.getlist(f"{html_name}_remove")}
        kept = [v for v in form.attached(name) if v not in dropped]
        for upload in form.files.getlist(html_name) if hasattr(form.files, "getlist") else []:
            try:
                kept.append(store(upload))
            except Refusal as problem:
                refused.append((name, f"{upload.name}: {problem}"))
        now[name] = kept
    form.files_now = now
    form.refused_files = {name for name, _words in refused}
    return refused


def prefilled(form: definition.Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """First answers from what is known (`person.full_name` and so on); unknown ones are left open."""
    found = {}
    for group, question in definition.all_questions(form):
        source = question.get("prefill")
        value = values.get(str(source)) if source else None
        if source and not group.get("repeat") and not kinds.is_empty(value):
            try:
                found[question["key"]] = kinds.read(question, value.isoformat() if isinstance(value, date) else value)
            except kinds.Wrong:
                continue
    return found
