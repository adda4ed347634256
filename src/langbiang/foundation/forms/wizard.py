"""One group of questions as one accessible page: build it, take what was posted, say where to go next.

Works without scripts: questions that depend on an answer of the same page are all shown (a script hides those that do
not apply), and what does not apply is not kept.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Refusal
from langbiang.foundation.ui.form_fields import DateInput, DatePartsInput, MoneyInput

from . import answers as checking
from . import conditions, definition, kinds

FEW = 7
_AUTOCOMPLETE = {
    "person.full_name": "name", "person.phone": "tel", "person.email": "email", "person.birth_date": "bday",
    "person.address_text": "street-address",
}  # fmt: skip
Store = Callable[[Any], int]


class ManyFiles(forms.FileInput):
    """A field for several files."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """All files chosen under this name."""
        return files.getlist(name) if hasattr(files, "getlist") else []


class QuestionField(forms.Field):
    """A question of the definition as a field of a Django form: reads an answer exactly as the machine interface does."""

    def __init__(self, question: definition.Question, *, english: bool, must: bool) -> None:
        self.question = question
        super().__init__(
            label=definition.text(question, "label", english=english),
            help_text=definition.text(question, "hint", english=english),
            required=must,
            widget=_widget(question, english=english),
        )
        self.error_messages["required"] = checking._missing(question)

    def clean(self, value: Any) -> Any:
        """The answer as it is kept, None for none. Raises ValidationError in words."""
        if kinds.is_empty(value):
            if self.required:
                raise forms.ValidationError(self.error_messages["required"], code="required")
            return None
        if self.question["kind"] == "file":
            return value
        try:
            return kinds.read(self.question, kinds.typed(self.question, value) if isinstance(value, str) else value)
        except kinds.Wrong as wrong:
            raise forms.ValidationError(str(wrong.message), code="invalid") from None

    def prepare_value(self, value: Any) -> Any:
        """An answer as its widget shows it."""
        kind = self.question["kind"]
        if kind == "yes_no":
            return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
        if kind == "date" and isinstance(value, str):
            try:
                return date.fromisoformat(value)
            except ValueError:
                return value
        if kind == "decimal" and isinstance(value, str):
            return value.replace(".", ",")
        return value


def _widget(question: definition.Question, *, english: bool) -> forms.Widget:
    kind = question["kind"]
    attributes: dict[str, Any] = {}
    if complete := _AUTOCOMPLETE.get(str(question.get("prefill", ""))):
        attributes["autocomplete"] = complete
    if kind in ("number", "identity", "tax_code"):
        attributes["inputmode"] = "numeric"
    if kind == "phone":
        attributes |= {"inputmode": "tel", "autocomplete": attributes.get("autocomplete", "off")}
    if kind == "email":
        return forms.EmailInput(attributes)
    if kind == "money":
        return MoneyInput(attributes)
    if kind == "long_text":
        return forms.Textarea({**attributes, "rows": 4})
    if kind == "date":
        return (
            DatePartsInput(attributes)
            if "birth" in question["key"] or "dob" in question["key"]
            else DateInput(attributes)
        )
    if kind == "yes_no":
        return forms.RadioSelect(choices=[("yes", _("Yes")), ("no", _("No"))])
    if kind in ("choice", "place", "choices"):
        options = [(value, (e if english else label)) for value, label, e in kinds.choices_of(question)]
        if kind == "choices":
            return forms.CheckboxSelectMultiple(choices=options)
        if len(options) <= FEW:
            return forms.RadioSelect(choices=options)
        return forms.Select(choices=[("", _("Choose…")), *options])
    if kind == "file":
        return ManyFiles({"accept": ".pdf,.jpg,.jpeg,.png,.tif,.tiff,.docx,.xlsx,.odt", "multiple": True})
    return forms.TextInput(attributes)


class GroupForm(forms.Form):
    """The questions of one group (or one entry of a repeated group)."""

    def __init__(
        self, group: definition.Group, *args: Any, english: bool, before: Mapping[str, Any], **kwargs: Any
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.group = group
        self.before = before
        here = {q["key"] for q in group["questions"]}
        self.conditions: dict[str, Any] = {}
        for question in group["questions"]:
            condition = question.get("show_if") or {}
            depends_here = bool(conditions.questions_in(condition) & here)
            if question["kind"] == "info" or (not depends_here and not conditions.holds(condition, before)):
                continue
            if depends_here:
                self.conditions[question["key"]] = condition
            must = bool(question.get("required")) and not depends_here
            self.fields[question["key"]] = QuestionField(question, english=english, must=must)

    def clean(self) -> dict[str, Any]:
        """Conditions and rules among the answers of this page."""
        given = {k: v for k, v in (super().clean() or {}).items() if v is not None}
        kept = dict(self.before)
        problems = checking.check_group(self.group, _raw(self, given), kept, localdate())
        for key, words in problems.items():
            if key in self.fields and key not in self.errors:
                self.add_error(key, [forms.ValidationError(w) for w in words])
        return {k: v for k, v in kept.items() if k in self.fields}


def _raw(form: GroupForm, given: dict[str, Any]) -> dict[str, Any]:
    """Answers for the check of the whole group: files count as answered by those kept before."""
    found = dict(given)
    for name, bound in form.fields.items():
        if isinstance(bound, QuestionField) and bound.question["kind"] == "file":
            kept = form.before.get(name)
            found[name] = kept if isinstance(kept, list) and kept else ([0] if given.get(name) else None)
    return found


@dataclass
class Section:
    """One form of a page: the only one, or one entry of a repeated group."""

    form: GroupForm
    title: str = ""
    index: int | None = None

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Fields with the condition under which a script shows them."""
        import json

        return [
            {"field": self.form[name], "condition": json.dumps(_prefixed(self.form, c)) if (c := self.form.conditions.get(name)) else "",
             "files": self.form.before.get(name, []) if _is_file(self.form, name) else []}
            for name in self.form.fields
        ]  # fmt: skip

    @property
    def notes(self) -> list[str]:
        """Texts without a question."""
        return [definition.text(q, "label", english=False) for q in self.form.group["questions"] if q["kind"] == "info"]


def _is_file(form: GroupForm, name: str) -> bool:
    bound = form.fields[name]
    return isinstance(bound, QuestionField) and bound.question["kind"] == "file"


def _prefixed(form: GroupForm, condition: Mapping[str, Any]) -> dict[str, Any]:
    """The condition with the names the page uses; answers of earlier pages are put in place of their test."""
    if "all" in condition or "any" in condition:
        key = "all" if "all" in condition else "any"
        return {key: [_prefixed(form, part) for part in condition[key]]}
    if "not" in condition:
        return {"not": _prefixed(form, condition["not"])}
    if condition.get("question") not in form.fields:
        return {"const": conditions.holds(condition, form.before)}
    return {**condition, "question": form.add_prefix(str(condition["question"]))}


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
    def has_files(self) -> bool:
        """Whether the page takes files."""
        return any(_is_file(s.form, n) for s in self.sections for n in s.form.fields)


@dataclass
class Taken:
    """What came of a posted page: what to keep (right or wrong), and the page again where it has to be shown again."""

    changes: dict[str, Any]
    page: Page
    again: bool


def page(group: definition.Group, answers: Mapping[str, Any], *, english: bool = False) -> Page:
    """A group as a page with what was answered so far."""
    rows = _rows(group, answers)
    sections = [
        Section(
            GroupForm(group, english=english, before=_before(group, answers), initial=row, prefix=_prefix(group, index)),
            _entry_title(group, index, english), index,
        )
        for index, row in rows
    ]  # fmt: skip
    return _page(group, sections, english)


def _page(group: definition.Group, sections: list[Section], english: bool) -> Page:
    repeat = group.get("repeat")
    return Page(
        group=group, title=definition.text(group, "title", english=english), sections=sections,
        hint=definition.text(group, "hint", english=english),
        item=definition.text(repeat, "item", english=english) if repeat else "",
        may_add=bool(repeat) and len(sections) < int(repeat.get("max", 10)) if repeat else False,
        may_remove=bool(repeat) and len(sections) > int(repeat.get("min", 1)) if repeat else False,
    )  # fmt: skip


def _rows(group: definition.Group, answers: Mapping[str, Any]) -> Sequence[tuple[int | None, Mapping[str, Any]]]:
    repeat = group.get("repeat")
    if not repeat:
        return [(None, answers)]
    kept = answers.get(group["key"])
    rows = [r for r in kept if isinstance(r, dict)] if isinstance(kept, list) else []
    while len(rows) < max(1, int(repeat.get("min", 1))):
        rows.append({})
    return list(enumerate(rows[: int(repeat.get("max", 10))]))


def _before(group: definition.Group, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers the conditions of a page may look at: those of other pages, and files of this one."""
    own = {q["key"] for q in group["questions"] if q["kind"] != "file"}
    return {k: v for k, v in answers.items() if k not in own}


def _prefix(group: definition.Group, index: int | None) -> str | None:
    return None if index is None else f"{group['key']}-{index}"


def _entry_title(group: definition.Group, index: int | None, english: bool) -> str:
    if index is None:
        return ""
    return f"{definition.text(group['repeat'], 'item', english=english)} {index + 1}"


def take(
    group: definition.Group, answers: Mapping[str, Any], posted: QueryDict, files: Any, *, store: Store,
    english: bool = False,
) -> Taken:  # fmt: skip
    """Take a posted page. What was typed is kept whatever its faults; uploads are stored through `store`, whose refusal
    becomes the error of its field. `again` says whether to show the page once more: faults, or an entry added or removed.
    """
    count = _posted_count(group, posted, answers)
    forms_ = [
        Section(
            GroupForm(
                group, posted, files, english=english, before=_before(group, answers), prefix=_prefix(group, index)
            ),
            _entry_title(group, index, english), index,
        )
        for index in (range(count) if group.get("repeat") else [None])
    ]  # fmt: skip
    entries = [_entry(section.form, posted, answers, store) for section in forms_]
    if not group.get("repeat"):
        changes = {q["key"]: entries[0].get(q["key"]) for q in group["questions"] if q["kind"] != "info"}
        shown = _page(group, forms_, english)
        return Taken(changes, shown, again=shown.has_errors)
    rows = [{k: v for k, v in entry.items() if v is not None} for entry in entries]
    remove = posted.get("remove", "")
    if remove.isdigit() and int(remove) < len(rows):
        del rows[int(remove)]
        return Taken({group["key"]: rows}, page(group, {**answers, group["key"]: rows}, english=english), again=True)
    if "add" in posted and len(rows) < int(group["repeat"].get("max", 10)):
        rows.append({})
        return Taken({group["key"]: rows}, page(group, {**answers, group["key"]: rows}, english=english), again=True)
    shown = _page(group, forms_, english)
    return Taken({group["key"]: rows}, shown, again=shown.has_errors)


def _posted_count(group: definition.Group, posted: QueryDict, answers: Mapping[str, Any]) -> int:
    if not group.get("repeat"):
        return 1
    top = int(group["repeat"].get("max", 10))
    given = posted.get("entries", "")
    return max(1, min(top, int(given))) if given.isdigit() else len(_rows(group, answers))


def _entry(form: GroupForm, posted: QueryDict, answers: Mapping[str, Any], store: Store) -> dict[str, Any]:
    """What to keep of one form: answers that can be read, else the text as typed; None takes an answer back."""
    form.full_clean()
    found: dict[str, Any] = {}
    for name, bound in form.fields.items():
        assert isinstance(bound, QuestionField)
        html_name = form.add_prefix(name)
        if bound.question["kind"] == "file":
            found[name] = _files(form, name, html_name, posted, answers, store)
            continue
        raw = bound.widget.value_from_datadict(posted, {}, html_name)  # type: ignore[arg-type]
        if kinds.is_empty(raw):
            found[name] = None
            continue
        try:
            found[name] = kinds.read(bound.question, kinds.typed(bound.question, raw) if isinstance(raw, str) else raw)
        except kinds.Wrong:
            found[name] = (
                [kinds.fit(str(r))[:300] for r in raw[:50]] if isinstance(raw, list) else kinds.fit(raw)[:8000]
            )
    return found


def _files(
    form: GroupForm, name: str, html_name: str, posted: QueryDict, answers: Mapping[str, Any], store: Store
) -> list[int] | None:  # fmt: skip
    before = answers.get(name)
    kept = [v for v in before if isinstance(v, int)] if isinstance(before, list) else []
    dropped = {int(v) for v in posted.getlist(f"{html_name}_remove") if v.isdigit()}
    kept = [v for v in kept if v not in dropped]
    for upload in form.files.getlist(html_name) if hasattr(form.files, "getlist") else []:
        try:
            kept.append(store(upload))
        except Refusal as refused:
            form.add_error(name, str(refused))
    return kept or None


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
