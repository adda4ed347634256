"""What those who keep the register fill in."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.ui.form_fields import DateField

from .. import words
from ..models import Place

COMMUNE_KINDS = (Place.Kind.COMMUNE, Place.Kind.WARD, Place.Kind.SPECIAL_ZONE)
PROVINCE_KINDS = (Place.Kind.PROVINCE, Place.Kind.CITY)


def _reason() -> forms.CharField:
    return forms.CharField(
        label=_("Reason"), max_length=300, help_text=_("Stays in the audit trail, for example “Theo Công báo số 12/2026”."),
        error_messages={"required": _("Say why you change this; the reason stays in the audit trail.")},
    )  # fmt: skip


def _area(label: Any, *, required: bool = False) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, min_value=Decimal("0.01"), max_digits=8, decimal_places=2, required=required, localize=True
    )


def _share(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, min_value=Decimal("0.000001"), max_value=1, max_digits=7, decimal_places=6, required=False,
        localize=True, help_text=_("Between 0 and 1, for example 0,35. Leave empty when nobody has published it."),
    )  # fmt: skip


class FactsForm(forms.Form):
    """What is said of a unit."""

    name = forms.CharField(label=_("Name of the unit"), max_length=120, help_text=_("Without the kind before it."))
    name_en = forms.CharField(label=_("Name in English"), max_length=120, required=False)
    district = forms.CharField(label=_("Former district"), max_length=80, required=False)
    area_km2 = _area(_("Published area, km²"))
    area_measured_km2 = _area(_("Area measured on the boundary, km²"))
    population = forms.IntegerField(label=_("Population"), min_value=0, max_value=2_000_000_000, required=False)
    population_on = DateField(label=_("Population counted on"), required=False)
    population_source = forms.CharField(label=_("Source of the population"), max_length=200, required=False)
    local_epsg = forms.IntegerField(
        label=_("Local coordinate system (EPSG code)"), min_value=1024, max_value=32767, required=False
    )
    legal_ref = forms.CharField(label=_("Legal basis"), max_length=300, required=False)
    verified = forms.BooleanField(label=_("I have checked these facts against the official text"), required=False)
    reason = _reason()
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)


class ChangeForm(forms.Form):
    """What every declared change needs."""

    effective_on = DateField(label=_("Holds from"), help_text=_("The first day the units are as the decision says."))
    legal_ref = forms.CharField(
        label=_("Legal basis"), max_length=300,
        help_text=_("Number and day of the decision, for example Nghị quyết 1671/NQ-UBTVQH15."),
        error_messages={"required": _("Name the act this rests on, for example Nghị quyết 1671/NQ-UBTVQH15.")},
    )  # fmt: skip
    note = forms.CharField(label=_("Note"), max_length=300, required=False)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)


class MergeForm(ChangeForm):
    """The other units of a merger."""

    others = forms.CharField(
        label=_("Units that merge with it"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000,
        help_text=_("One a line: code or name with its kind, for example “xã D'Ran”."),
        error_messages={"required": _("Name at least one other unit.")},
    )  # fmt: skip
    field_order = ("others", "effective_on", "legal_ref", "note")


class SplitForm(ChangeForm):
    """Where the shares of a split come from."""

    share_source = forms.CharField(
        label=_("Source of the shares"), max_length=200, required=False,
        help_text=_("Needed only when you enter shares."),
    )  # fmt: skip


class UnitForm(forms.Form):
    """A unit as it will be."""

    code = forms.CharField(label=_("Code"), max_length=5, help_text=_("From the official list; an old code may be used again."))
    kind = forms.ChoiceField(label=_("Kind"))
    name = forms.CharField(label=_("Name of the unit"), max_length=120, help_text=_("Without the kind before it."))
    name_en = forms.CharField(label=_("Name in English"), max_length=120, required=False)
    parent_code = forms.ChoiceField(label=_("Province"))
    area_km2 = _area(_("Published area, km²"))

    def __init__(self, *args: Any, level: str, provinces: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind, parent = self.fields["kind"], self.fields["parent_code"]
        assert isinstance(kind, forms.ChoiceField)
        assert isinstance(parent, forms.ChoiceField)
        kinds = COMMUNE_KINDS if level == Place.Level.COMMUNE else PROVINCE_KINDS
        kind.choices = [(each.value, words.KINDS[each]) for each in kinds]
        if level == Place.Level.COMMUNE:
            parent.choices = provinces
        else:
            del self.fields["parent_code"]


class PartForm(UnitForm):
    """One part of a split."""

    share_area = _share(_("Share of the area"))
    share_population = _share(_("Share of the people"))


if TYPE_CHECKING:
    _Units = forms.BaseFormSet[UnitForm]
else:  # generic only to the type checker
    _Units = forms.BaseFormSet


class UnitForms(_Units):
    """The units to come. The first is filled in as the present one; of the others only kind and province."""

    def __init__(self, *args: Any, first: dict[str, Any], **kwargs: Any) -> None:
        self.first = first
        super().__init__(*args, **kwargs)

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """What a form starts from. As `initial` of the set, spare forms would count as filled in."""
        initial = self.first if index == 0 else {key: self.first[key] for key in ("kind", "parent_code")}
        return {**super().get_form_kwargs(index), "initial": initial}


class SharesForm(forms.Form):
    """How a split unit divides; one field for each part is added by the page."""

    by = forms.ChoiceField(
        label=_("These are shares"), choices=[("population", _("of the people")), ("area", _("of the area"))], widget=forms.RadioSelect,
        initial="population",
    )  # fmt: skip
    source = forms.CharField(label=_("Published in"), max_length=200)
    reason = _reason()

    def __init__(self, *args: Any, parts: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for pk, name in parts:
            self.fields[f"share_{pk}"] = forms.DecimalField(
                label=_("Share of %(place)s") % {"place": name}, min_value=Decimal("0.000001"), max_value=1, max_digits=7,
                decimal_places=6, localize=True, help_text=_("Between 0 and 1, for example 0,35."),
            )  # fmt: skip
        self.order_fields(["by", *(f"share_{pk}" for pk, _name in parts), "source", "reason"])


class ReasonForm(forms.Form):
    """Only why."""

    reason = _reason()


class LoadForm(forms.Form):
    """Whom the boundaries come from."""

    attribution = forms.CharField(
        label=_("Whom the boundaries come from"), max_length=500, required=False,
        help_text=_("Every map shows it. Leave empty when the file says so itself."),
    )  # fmt: skip
