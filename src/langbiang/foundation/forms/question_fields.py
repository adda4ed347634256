"""Questions as fields of a Django form: they read an answer exactly as the machine interface does."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.ui.form_fields import DateInput, DatePartsInput, MoneyInput, UploadsInput

from . import answers as checking
from . import conditions, definition, kinds

FEW = 7
ACCEPTED = ".pdf,.jpg,.jpeg,.png,.tif,.tiff,.docx,.xlsx,.odt"
_AUTOCOMPLETE = {
    "person.full_name": "name", "person.phone": "tel", "person.email": "email", "person.birth_date": "bday",
    "person.address_text": "street-address",
}  # fmt: skip


class QuestionField(forms.Field):
    """A question of the definition as a field of a Django form."""

    def __init__(self, question: definition.Question, *, english: bool) -> None:
        self.question = question
        super().__init__(
            label=definition.text(question, "label", english=english),
            help_text=definition.text(question, "hint", english=english),
            required=bool(question.get("required")),
            widget=_widget(question, english=english),
        )

    @property
    def is_file(self) -> bool:
        """Whether files answer this question."""
        return bool(self.question["kind"] == "file")

    def clean(self, value: Any) -> Any:
        """The answer as it is kept, None for none. Raises ValidationError in words."""
        if self.is_file:
            return value
        if kinds.is_empty(value):
            return None  # whether it is missed depends on other answers: see GroupForm.clean
        try:
            return kinds.read(self.question, kinds.typed(self.question, value) if isinstance(value, str) else value)
        except kinds.Wrong as wrong:
            raise forms.ValidationError(str(wrong.message), code="invalid") from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether anything was answered: an entry without any answer is no entry."""
        return not kinds.is_empty(data)

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
            return value.replace(".", ",") if "," not in value else value
        return value


def _widget(question: definition.Question, *, english: bool) -> forms.Widget:
    kind = question["kind"]
    attributes: dict[str, Any] = {}
    if complete := _AUTOCOMPLETE.get(str(question.get("prefill", ""))):
        attributes["autocomplete"] = complete
    if kind in ("number", "identity", "tax_code"):
        attributes["inputmode"] = "numeric"
    if kind == "decimal":
        attributes["inputmode"] = "decimal"
    if kind == "phone":
        attributes |= {"inputmode": "tel", "autocomplete": attributes.get("autocomplete", "off")}
    if kind == "email":
        return forms.EmailInput(attributes)
    if kind == "money":
        return MoneyInput(attributes)
    if kind == "long_text":
        return forms.Textarea({**attributes, "rows": 4})
    if kind == "date":
        by_heart = "birth" in question["key"] or "dob" in question["key"]
        return DatePartsInput(attributes) if by_heart else DateInput(attributes)
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
        return UploadsInput({"accept": ACCEPTED, "multiple": True, "data-upload": ""})
    return forms.TextInput(attributes)


class GroupForm(forms.Form):
    """The questions of one group, or of one entry of a repeated group.

    before: answers the conditions may look at, and the files attached earlier. files_now: file ids by question, once an
    upload has been taken.
    """

    use_required_attribute = False

    def __init__(
        self,
        group: definition.Group,
        *args: Any,
        english: bool,
        before: Mapping[str, Any],
        files_now: Mapping[str, list[int]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.group, self.before, self.english = group, before, english
        self.files_now = files_now
        self.refused_files: set[str] = set()
        self.conditions: dict[str, Any] = {}
        self.order: list[definition.Question] = []
        here = {q["key"] for q in group["questions"]}
        for question in group["questions"]:
            condition = question.get("show_if") or {}
            depends_here = bool(conditions.questions_in(condition) & here)
            if not depends_here and not conditions.holds(condition, before):
                continue
            self.order.append(question)
            if depends_here:
                self.conditions[question["key"]] = condition
            if question["kind"] != "info":
                self.fields[question["key"]] = QuestionField(question, english=english)

    def file_questions(self) -> list[str]:
        """The questions on this page that files answer."""
        return [name for name, field in self.fields.items() if isinstance(field, QuestionField) and field.is_file]

    def attached(self, name: str) -> list[int]:
        """The files that answer a question."""
        found = (self.before if self.files_now is None else self.files_now).get(name)
        return [v for v in found if isinstance(v, int)] if isinstance(found, list) else []

    def clean(self) -> dict[str, Any]:
        """Conditions and rules among the answers of this page."""
        given = {k: v for k, v in (super().clean() or {}).items() if v is not None}
        given |= {name: self.attached(name) for name in self.file_questions()}
        kept = dict(self.before)
        for question in self.group["questions"]:
            kept.pop(question["key"], None)
        problems = checking.check_group(self.group, given, kept, localdate())
        for key, words in problems.items():
            if key in self.fields and key not in self.errors and key not in self.refused_files:
                self.add_error(key, [forms.ValidationError(w) for w in words])
        return {k: v for k, v in kept.items() if k in self.fields}
