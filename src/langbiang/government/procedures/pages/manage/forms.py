"""What those who keep the catalogue fill in."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.ui.form_fields import DateField, MoneyField

from ...catalogue_text.parties import AUDIENCES
from ...models import Channel, Field, LifeEvent, ProcedureVersion, ProcessTemplate
from ...models.process import StepKind
from .. import words

LEVELS = [(code, words.LEVELS[code]) for code in ("commune", "province", "ministry", "other")]
UNITS = [
    ("", _("not stated")), ("working_days", _("working days")), ("calendar_days", _("days")), ("months", _("months")),
    ("working_hours", _("working hours")),
]  # fmt: skip


def _people_first(audience: str) -> tuple[bool, str]:
    """Citizens before organisations, as readers look for them."""
    return not audience.startswith(("Công dân", "Người", "Cán bộ")), audience


def _field_choices() -> list[tuple[str, str]]:
    return [("", "—"), *Field.objects.order_by("name").values_list("code", "name")]


def _event_choices() -> list[tuple[str, str]]:
    return list(LifeEvent.objects.order_by("-audience", "rank").values_list("slug", "name"))


def template_choices() -> list[tuple[str, str]]:
    """The ways of working a sheet can begin from."""
    return [
        (t.code, f"{t.code} {words.in_language(t, 'name')}") for t in ProcessTemplate.objects.order_by("code")
    ]


class NewProcedureForm(forms.Form):
    """The few things a procedure begins with."""

    code = forms.RegexField(
        r"^\d\.\d{6}(\.H\d{2})?$", label=_("Code"), max_length=20,
        help_text=_("As in the national catalogue, for instance 1.001193; a variant of the province ends in .H and two digits."),
        error_messages={"invalid": _("A code has one digit, a dot and six digits, for instance 1.001193.")},
    )  # fmt: skip
    title = forms.CharField(label=_("Title"), max_length=1000)
    field_code = forms.ChoiceField(label=_("Field"), choices=_field_choices)
    levels = forms.MultipleChoiceField(label=_("Levels"), choices=LEVELS, widget=forms.CheckboxSelectMultiple)


class PropertiesForm(forms.Form):
    """The main properties of a draft."""

    title = forms.CharField(label=_("Title"), max_length=1000)
    title_en = forms.CharField(label=_("Title in English"), max_length=1000, required=False)
    summary = forms.CharField(
        label=_("Summary"), max_length=4000, required=False, widget=forms.Textarea({"rows": 3}),
        help_text=_("One or two plain sentences for citizens: what it is and when they need it."),
    )  # fmt: skip
    field_code = forms.ChoiceField(label=_("Field"), choices=_field_choices)
    levels = forms.MultipleChoiceField(label=_("Levels"), choices=LEVELS, widget=forms.CheckboxSelectMultiple)
    audiences = forms.MultipleChoiceField(
        label=_("Who may file"), choices=[(a, a) for a in sorted(AUDIENCES, key=_people_first)], widget=forms.CheckboxSelectMultiple, required=False
    )
    life_events = forms.MultipleChoiceField(
        label=_("Life events"), choices=_event_choices, widget=forms.CheckboxSelectMultiple, required=False
    )
    keywords = forms.CharField(
        label=_("Keywords"), max_length=1000, required=False,
        help_text=_("Words people search by that do not stand in the title."),
    )  # fmt: skip
    decision_no = forms.CharField(label=_("Decision number"), max_length=80, required=False)
    decision_date = DateField(label=_("Decision date"), required=False)
    online_level = forms.ChoiceField(
        label=_("Online level"), choices=[(c, words.ONLINE[c]) for c in ProcedureVersion.Online.values],
        widget=forms.RadioSelect,
    )  # fmt: skip
    cutoff_scope = forms.ChoiceField(
        label=_("Cut-off hour"), choices=[(c, words.CUTOFFS[c]) for c in ProcedureVersion.Cutoff.values],
        widget=forms.RadioSelect, help_text=_("For which filings the cut-off hour of the calendar moves the start to the next working day."),
    )  # fmt: skip
    conditions = forms.CharField(
        label=_("Requirements"), max_length=20_000, required=False, widget=forms.Textarea({"rows": 4})
    )
    steps_text = forms.CharField(
        label=_("Steps as published"), max_length=60_000, required=False, widget=forms.Textarea({"rows": 6})
    )
    verified = forms.BooleanField(label=_("I have compared this with the signed decision"), required=False)


class ChannelRow(forms.Form):
    """One way of filing."""

    kind = forms.ChoiceField(label=_("Way"), choices=[(c, words.CHANNELS[c]) for c in Channel.Kind.values])
    duration = forms.DecimalField(
        label=_("Time limit"), min_value=Decimal("0.25"), max_value=1000, max_digits=7, decimal_places=2, required=False,
        localize=True,
    )  # fmt: skip
    duration_unit = forms.ChoiceField(label=_("Unit"), choices=UNITS, required=False)
    fee_state = forms.ChoiceField(
        label=_("Cost"), choices=[("free", _("Free of charge")), ("known", _("Amount known")), ("unknown", _("Not known yet"))]
    )
    fee_amount = MoneyField(label=_("Amount (đồng)"), least=0, most=100_000_000_000, required=False)
    note = forms.CharField(label=_("Note"), max_length=1000, required=False)

    def clean(self) -> dict[str, Any]:
        """A number needs its unit; a known fee its amount."""
        data = super().clean() or {}
        if "duration" in self.errors or "fee_amount" in self.errors:
            return data
        if data.get("duration") is not None and not data.get("duration_unit"):
            self.add_error("duration_unit", _("Choose the unit of the time limit."))
        if data.get("duration") is None:
            data["duration_unit"] = ""
        if data.get("fee_state") == "known" and data.get("fee_amount") is None:
            self.add_error("fee_amount", _("Enter the amount, or say that it is not known yet."))
        if data.get("fee_state") != "known":
            data["fee_amount"] = None
        return data


class PaperRow(forms.Form):
    """One paper of the list."""

    name = forms.CharField(label=_("Paper"), max_length=2000)
    group = forms.CharField(label=_("Only in this case"), max_length=500, required=False)
    originals = forms.IntegerField(label=_("Originals"), min_value=0, max_value=99, initial=0)
    copies = forms.IntegerField(label=_("Copies"), min_value=0, max_value=99, initial=0)
    present_only = forms.BooleanField(label=_("Only shown"), required=False)
    required = forms.BooleanField(label=_("Required"), required=False, initial=True)
    key = forms.CharField(widget=forms.HiddenInput, max_length=60, required=False)


class StepRow(forms.Form):
    """One step of a process sheet."""

    name = forms.CharField(label=_("Step"), max_length=200)
    role = forms.ChoiceField(label=_("Who"), choices=list(words.ROLES.items()))
    kind = forms.ChoiceField(label=_("Kind"), choices=[(k, words.STEP_KINDS[k]) for k in StepKind.values])
    hours = forms.DecimalField(
        label=_("Hours"), min_value=0, max_value=5000, max_digits=6, decimal_places=2, localize=True, initial=0
    )
    place = forms.CharField(label=_("Where"), max_length=20, initial="competent", widget=forms.Select)
    parallel_group = forms.SlugField(label=_("Side by side"), max_length=20, required=False)
    optional = forms.BooleanField(label=_("Only where it applies"), required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)
    name_en = forms.CharField(widget=forms.HiddenInput, max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = list(words.PLACES.items())
        kept = str(self.initial.get("place") or (self.data.get(self.add_prefix("place")) if self.is_bound else "") or "")
        if kept and kept not in words.PLACES:
            places.append((kept, kept))  # an agency named by its code stays what it is
        self.fields["place"].widget = forms.Select(choices=places)
        for name, field in self.fields.items():
            # A table has one heading for the column; each input says it for itself.
            field.widget.attrs["aria-label"] = str(field.label)
            if name in ("hours", "parallel_group"):
                field.widget.attrs["size"] = "5"
            if name not in ("optional", "key", "name_en"):
                field.widget.attrs["class"] = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
        self.fields["optional"].widget.attrs["class"] = "form-check-input"


class PublishForm(forms.Form):
    """The day a version comes into force."""

    valid_from = DateField(label=_("In force from"))


class SheetForm(forms.Form):
    """What a new sheet begins from."""

    template_code = forms.ChoiceField(label=_("Way of working"), choices=template_choices, widget=forms.RadioSelect)


class NoteForm(forms.Form):
    """A remark kept with a sheet."""

    note = forms.CharField(label=_("Note"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2}))


def errors_of(parts: Iterable[forms.Form]) -> list[forms.Form]:
    """The forms with errors, for the summary on top."""
    return [form for form in parts if form.is_bound and form.errors]
