"""What those who keep the organisation fill in."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.ui.form_fields import DateField

from .. import words
from ..models import Agency, AgencySuccession, Position, Substitution

Choices = list[tuple[str, Any]]


def _law(*, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=_("Decision it stands on"), max_length=200, required=required,
        help_text=_("Number and date of the decision this stands on, for example “Quyết định 12/QĐ-UBND, 03/11/2026”."),
        error_messages={"required": _("Enter number and date of the decision.")},
    )  # fmt: skip


def _revision() -> forms.IntegerField:
    return forms.IntegerField(widget=forms.HiddenInput, required=False)


class _Choosing(forms.Form):
    """A form whose choices come from the register."""

    def offer(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        """Set what can be chosen."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)


class AgencyForm(forms.Form):
    """What is said of an agency."""

    name = forms.CharField(label=_("Name of the agency"), max_length=200, error_messages={"required": _("Enter the name of the agency.")})
    short_name = forms.CharField(label=_("Short name"), max_length=80, required=False)
    name_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    phone = forms.CharField(
        label=_("Telephone"), max_length=40, required=False, help_text=_("Printed on receipts and letters to applicants.")
    )
    email = forms.EmailField(label=_("E-mail"), required=False)
    address = forms.CharField(label=_("Postal address"), max_length=300, required=False)
    is_one_stop = forms.BooleanField(label=_("Has a one-stop counter that takes in papers"), required=False)
    revision = _revision()


class OpenForm(_Choosing):
    """A new agency."""

    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("Choose…")), *words.KINDS.items()])
    name = forms.CharField(label=_("Name of the agency"), max_length=200, error_messages={"required": _("Enter the name of the agency.")})
    short_name = forms.CharField(label=_("Short name"), max_length=80, required=False)
    name_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    code = forms.CharField(
        label=_("Electronic code"), max_length=20, help_text=_("As in Decision 20/2020/QĐ-TTg, for example H36.30."),
        error_messages={"required": _("Enter the electronic code of the agency.")},
    )  # fmt: skip
    parent = forms.ChoiceField(label=_("Stands below"))
    place_code = forms.CharField(
        label=_("Code of its territory"), max_length=10, required=False,
        help_text=_("Five digits, only for the People's Committee of a commune, ward or special zone."),
    )  # fmt: skip
    is_one_stop = forms.BooleanField(label=_("Has a one-stop counter that takes in papers"), required=False)
    valid_from = DateField(label=_("Begins on"))
    legal_ref = _law()


class MoveForm(_Choosing):
    """A new place in the tree."""

    parent = forms.ChoiceField(label=_("Stands below"))
    on = DateField(label=_("From"))
    legal_ref = _law()
    revision = _revision()


class EndForm(_Choosing):
    """What becomes of an agency."""

    kind = forms.ChoiceField(
        label=_("What happens to it"), widget=forms.RadioSelect,
        choices=[
            (AgencySuccession.Kind.MERGE.value, _("It is merged into another agency")),
            (AgencySuccession.Kind.SPLIT.value, _("It is split over several agencies")),
            (AgencySuccession.Kind.RENAME.value, _("A new agency with another name takes its place")),
            (AgencySuccession.Kind.TRANSFER.value, _("All its tasks pass on to another agency")),
            ("close", _("It ends and nobody takes over its tasks")),
        ],
    )  # fmt: skip
    new = forms.MultipleChoiceField(
        label=_("Who takes over"), required=False, widget=forms.SelectMultiple(attrs={"size": 12}),
        help_text=_("Several only for a split: hold Ctrl while you choose."),
    )  # fmt: skip
    on = DateField(label=_("First day without this agency"))
    legal_ref = _law()
    revision = _revision()


class PositionForm(forms.Form):
    """A seat in an agency."""

    title = forms.CharField(label=_("Title of the position"), max_length=200, error_messages={"required": _("Enter the title of the position.")})
    title_en = forms.CharField(label=_("Title of the position in English"), max_length=200, required=False)
    sign = forms.ChoiceField(label=_("Signs results"), choices=list(words.SIGNS.items()), initial=Position.Sign.NONE)
    is_leader = forms.BooleanField(label=_("Belongs to the leaders of the agency"), required=False)
    revision = _revision()


class AddPositionForm(_Choosing, PositionForm):
    """A new seat."""

    department = forms.ChoiceField(label=_("Division"), required=False)
    valid_from = DateField(label=_("Exists from"))
    field_order = ("title", "title_en", "department", "sign", "is_leader", "valid_from", "revision")


class _OfficerForm(_Choosing):
    """A form that names an officer among those found."""

    account = forms.ChoiceField(
        label=_("Officer"), widget=forms.RadioSelect, error_messages={"required": _("Choose the officer.")}
    )
    revision = _revision()


class AppointForm(_OfficerForm):
    """Who takes a seat."""

    valid_from = DateField(label=_("From"))
    is_acting = forms.BooleanField(label=_("Acting, beside the present holder"), required=False)
    legal_ref = _law(required=False)


class SubstituteForm(_OfficerForm):
    """Who stands in, and when."""

    kind = forms.ChoiceField(
        label=_("Why"), widget=forms.RadioSelect,
        choices=[
            (Substitution.Kind.ABSENCE.value, _("The holder is absent")),
            (Substitution.Kind.DELEGATION.value, _("The tasks are delegated by a written decision")),
        ],
    )  # fmt: skip
    valid_from = DateField(label=_("First day"))
    last_day = DateField(label=_("Last day"))
    note = forms.CharField(label=_("Note"), max_length=300, required=False)
    legal_ref = _law(required=False)


class DayForm(forms.Form):
    """A day on which something ends."""

    on = DateField(label=_("First day without"))
    revision = _revision()


def agency_choices(rows: Iterable[Agency], *, empty: bool = True) -> Choices:
    """Agencies as choices."""
    found: Choices = [(str(row.pk), row.name) for row in rows]
    return [("", _("Choose…")), *found] if empty else found
