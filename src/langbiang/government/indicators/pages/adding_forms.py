"""What is filled in about a new indicator, and about another formula."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.measures import queries as measures
from langbiang.foundation.ui.form_fields import DateField

from ..models import Group, Indicator
from ..services.adding import MOST_SERIES, Column
from .forms import IndicatorForm

if TYPE_CHECKING:
    _Columns = forms.BaseFormSet[forms.Form]
else:
    _Columns = forms.BaseFormSet

FORM, FORMULA, MEASURE = "form", "formula", "measure"
_OF_A_REPORT = ("rule", "number", "month", "hour", "shift", "grace_hours", "coverage_percent", "source_kind")
# Which fields each way of getting at a figure does without.
_NOT_FOR = {FORM: ("formula", "measure"), FORMULA: (*_OF_A_REPORT, "measure"), MEASURE: (*_OF_A_REPORT[:-2], "formula", "source_kind")}


def measure_choices() -> list[tuple[str, str]]:
    """The measures of the platform, by title."""
    return sorted(((each.name, str(each.title)) for each in measures.every()), key=lambda choice: choice[1].casefold())


class FormulaField(forms.CharField):
    """A line with codes, signs and numbers; capital letters whatever was typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Formula"), max_length=300, help_text=_("Codes of indicators or series with + − × ÷ ( ) and numbers: TOURIST.INTL / TOURIST * 100"),
            widget=forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false", "autocomplete": "off"}), **kwargs,
        )  # fmt: skip

    def to_python(self, value: Any) -> str:
        """Capital letters, one blank between."""
        return " ".join(str(super().to_python(value)).upper().split())


class NewIndicatorForm(IndicatorForm):
    """An indicator that is not there yet: `kind` is form, formula or measure."""

    code = forms.CharField(
        label=_("Code"), max_length=20, help_text=_("Capital letters, digits and _: TOURIST_STAY. It cannot be changed later."),
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false", "autocomplete": "off"}),
    )  # fmt: skip
    group = forms.ChoiceField(label=_("Chapter"))
    unit = forms.CharField(label=_("Unit of measure"), max_length=30, required=False, help_text=_("%, người, triệu đồng … as it is written in Vietnamese"))
    decimals = forms.IntegerField(label=_("Digits after the comma"), min_value=0, max_value=6, initial=0)
    frequency = forms.ChoiceField(
        label=_("How often"),
        choices=[("D", _("every day")), ("W", _("every week")), ("M", _("every month")), ("Q", _("every quarter")), ("S", _("every half-year")), ("A", _("every year"))],
        initial="M",
    )  # fmt: skip
    scheme = forms.ChoiceField(
        label=_("Kind of months"), choices=[("calendar", _("Calendar months")), ("report", _("From the 15th to the 14th"))], initial="calendar"
    )
    direction = forms.ChoiceField(
        label=_("Which way is better"), choices=[("1", _("More is better")), ("-1", _("Less is better")), ("0", _("Neither"))], initial="0"
    )
    levels = forms.MultipleChoiceField(
        label=_("Who has figures of it"), choices=[("province", _("The province")), ("commune", _("Every commune"))], widget=forms.CheckboxSelectMultiple
    )
    source_kind = forms.ChoiceField(
        label=_("How the figures come"),
        choices=[("form", _("Agencies report them")), ("national", _("From a ministry's database, typed or drawn")), ("official", _("Official statistics, for this level only"))],
    )  # fmt: skip
    formula = FormulaField()
    measure = forms.ChoiceField(label=_("Figure of the platform"))
    target = forms.CharField(label=_("Target of the province for this year"), max_length=30, required=False)
    valid_to = DateField(label=_("In force until before"), required=False)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        for name in _NOT_FOR[kind]:
            del self.fields[name]
        is_english = get_language() == "en"
        chosen: dict[str, Any] = {"group": [(row.code, row.name_en if is_english else row.name) for row in Group.objects.order_by("rank")], "measure": measure_choices()}
        for name, choices in chosen.items():
            if name in self.fields:
                field: Any = self.fields[name]
                field.choices = choices
        self.fields["valid_from"].initial = timezone.localdate
        for name, value in {"hour": "17:00", "grace_hours": 24, "coverage_percent": 90, "number": 5}.items():
            if name in self.fields:
                self.fields[name].initial = value

    def clean_code(self) -> str:
        """In capital letters."""
        return str(self.cleaned_data["code"]).strip().upper()

    def values(self) -> dict[str, Any]:
        """The fields of the row of the catalogue."""
        given = self.cleaned_data
        names = ("name", "name_en", "definition", "unit", "decimals", "frequency", "scheme", "levels", "owner", "source_name", "is_publishable", "source", "verified")
        found = {name: given[name] for name in names} | {"direction": int(given["direction"])}
        match self.kind:
            case "formula":
                return found | {"source_kind": Indicator.Source.FORMULA, "formula": given["formula"]}
            case "measure":
                return found | {"source_kind": Indicator.Source.INTERNAL, "measure": given["measure"], "coverage_percent": given["coverage_percent"]}
        return found | {
            "source_kind": given["source_kind"], "coverage_percent": given["coverage_percent"], "deadline": self.deadline(),
            "grace_minutes": 60 * given["grace_hours"],
        }  # fmt: skip


class ColumnForm(forms.Form):
    """A column of the reporting form."""

    suffix = forms.CharField(label=_("Code of the column"), max_length=15, help_text=_("Behind the code of the indicator: AMT, N, ALL"))
    name = forms.CharField(label=_("What is asked"), max_length=250)
    name_en = forms.CharField(label=_("The same in English"), max_length=250, required=False)
    unit = forms.CharField(label=_("Unit of measure"), max_length=30, required=False)
    decimals = forms.IntegerField(label=_("Digits after the comma"), min_value=0, max_value=6, required=False)
    role = forms.ChoiceField(
        label=_("In the figure it is"), choices=[("top", _("added up")), ("base", _("what is divided by")), ("more", _("asked besides"))], initial="top"
    )
    space = forms.ChoiceField(
        label=_("Over units"),
        choices=[("sum", _("the sum")), ("mean", _("the mean")), ("max", _("the largest")), ("min", _("the smallest")), ("official", _("never reckoned from parts"))],
        initial="sum",
    )  # fmt: skip
    time = forms.ChoiceField(
        label=_("Over time"),
        choices=[("sum", _("the sum")), ("last", _("the last one")), ("mean", _("the mean")), ("max", _("the largest")), ("min", _("the smallest")),
                 ("official", _("never reckoned from parts"))],
        initial="sum",
    )  # fmt: skip
    low = forms.DecimalField(label=_("Lowest possible value"), required=False, max_digits=20, decimal_places=6, localize=True)
    high = forms.DecimalField(label=_("Highest possible value"), required=False, max_digits=20, decimal_places=6, localize=True)
    is_optional = forms.BooleanField(label=_("May be left blank"), required=False)

    def column(self) -> Column:
        """The column as the catalogue takes it."""
        given: dict[str, Any] = {**self.cleaned_data}
        return Column(**{**given, "suffix": given["suffix"].strip().upper(), "decimals": given["decimals"] or 0})


class Columns(_Columns):
    """The columns of a form; spare ones that stay empty count for nothing."""

    def columns(self) -> list[Column]:
        """Those that were filled in."""
        return [form.column() for form in self.forms if form.has_changed() and form.is_valid()]  # type: ignore[attr-defined]  # the forms of the set are ours


def columns_of(data: Any, *, least: int = 1, initial: list[dict[str, Any]] | None = None) -> Columns:
    """The forms of the columns: those sent, or those filled in before, and a spare one."""
    made: Any = forms.formset_factory(
        ColumnForm, formset=Columns, min_num=least, validate_min=bool(least), extra=1, max_num=MOST_SERIES, validate_max=True, absolute_max=MOST_SERIES
    )
    found: Columns = made(data, initial=initial, prefix="column")
    return found


class ChangeFormulaForm(forms.Form):
    """How an indicator is reckoned from a day on."""

    formula = FormulaField()
    measure = forms.ChoiceField(label=_("Figure of the platform"))
    top = forms.MultipleChoiceField(label=_("Added up"), widget=forms.CheckboxSelectMultiple, required=False)
    base = forms.MultipleChoiceField(label=_("Divided by (none: no share)"), widget=forms.CheckboxSelectMultiple, required=False)
    more = forms.MultipleChoiceField(label=_("Asked besides"), widget=forms.CheckboxSelectMultiple, required=False)
    scale = forms.TypedChoiceField(
        label=_("A share is told"), coerce=int, empty_value=None,
        choices=[("1", _("as it is")), ("100", _("in %")), ("1000", _("per 1,000")), ("10000", _("per 10,000")), ("100000", _("per 100,000"))],
    )  # fmt: skip
    valid_from = DateField(label=_("In force from"))
    source = forms.CharField(label=_("Act or letter it stands on"), max_length=300)
    verified = forms.BooleanField(label=_("Checked against the signed text"), required=False)

    def __init__(self, *args: Any, row: Indicator, series: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = {Indicator.Source.FORMULA: ["formula"], Indicator.Source.INTERNAL: ["measure"]}.get(Indicator.Source(row.source_kind), ["top", "base", "more", "scale"])
        self.own = kept
        for name in ("formula", "measure", "top", "base", "more", "scale"):
            if name not in kept:
                del self.fields[name]
                continue
            field: Any = self.fields[name]
            if name == "measure":
                field.choices = measure_choices()
            elif name in ("top", "base", "more"):
                field.choices = series
            elif name == "scale" and row.scale not in (1, 100, 1000, 10000, 100000):
                field.choices = [*field.choices, (str(row.scale), f"× {row.scale}")]

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        return {name: self.cleaned_data[name] for name in self.own}


class EndIndicatorForm(forms.Form):
    """From which day on an indicator is kept no more."""

    valid_to = DateField(label=_("Kept no more from"))
    source = forms.CharField(label=_("Act or letter it stands on"), max_length=300)


