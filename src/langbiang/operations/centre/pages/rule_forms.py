"""The form of a rule of alerts."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .. import figures, published
from ..models import AlertRule
from ..services.rules import LONGEST_DAYS, LONGEST_HOURS
from ..trials import LOOKED_BACK

SEVERITIES = [("notice", _("Notice")), ("warning", _("Warning")), ("critical", _("Critical"))]
SIDES = [("above", _("as much as the trigger, or more")), ("below", _("as little as the trigger, or less"))]
LEVELS = [("unit", _("each commune, ward and special zone")), ("province", _("the province as a whole"))]
FILTER = "filter_"
INDICATOR = "indicator:"


class RuleForm(forms.Form):
    """What a rule says. Its filters are those of the figure it watches; what cannot hold is said beside its field."""

    measure = forms.ChoiceField(label=_("Figure"))
    level = forms.ChoiceField(label=_("Whose figure"), choices=LEVELS, initial="unit", help_text=_("Of the province the agency that answers for the indicator is alerted."))
    title = forms.CharField(label=_("Name of the rule"), max_length=200, help_text=_("What is wrong when it raises an alert."))
    title_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    severity = forms.ChoiceField(label=_("How serious"), choices=SEVERITIES)
    side = forms.ChoiceField(label=_("It is bad when the figure is"), choices=SIDES)
    trigger = forms.DecimalField(label=_("Trigger"), max_digits=18, decimal_places=4, localize=True, help_text=_("From here on an alert is raised."))
    clear = forms.DecimalField(
        label=_("Clear level"), max_digits=18, decimal_places=4, localize=True,
        help_text=_("The alert is over only here, so that a figure at the edge does not come and go."),
    )  # fmt: skip
    days = forms.IntegerField(label=_("Days the figure covers"), min_value=1, max_value=LONGEST_DAYS, help_text=_("1: today. What stands open at the end of a day is always that of today."))
    least_base = forms.IntegerField(
        label=_("Least number a share is judged by"), min_value=0, max_value=1_000_000, required=False,
        help_text=_("A share of fewer decides nothing."),
    )  # fmt: skip
    missing_after_h = forms.IntegerField(
        label=_("Hours after which figures are missed"), min_value=1, max_value=LONGEST_HOURS, required=False,
        help_text=_("An alert of its own when an agency that had figures has none for so long. Empty: they are not missed."),
    )  # fmt: skip
    answer_h = forms.IntegerField(label=_("Hours to look at it"), min_value=1, max_value=LONGEST_HOURS)
    escalate_h = forms.IntegerField(label=_("Hours to give it to somebody"), min_value=1, max_value=LONGEST_HOURS, help_text=_("After that the leaders of the agency are told."))
    runbook = forms.CharField(label=_("What is to be done"), max_length=4000, required=False, widget=forms.Textarea({"rows": 5}), help_text=_("One step a line; it stands beside every alert."))
    look_back = forms.TypedChoiceField(label=_("Try it on"), coerce=int, choices=[(n, _("the last %(n)s days") % {"n": n}) for n in LOOKED_BACK], initial=LOOKED_BACK[0])
    reason = forms.CharField(label=_("Why"), max_length=300, help_text=_("Stands beside the version, for whoever reads it later."))
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, figure: str, saving: bool = True, **kwargs: Any) -> None:
        """`figure` is what was chosen: the name of a measure, whose filters can be chosen then, or `indicator:` and a code,
        where whose it is can be chosen. Only who saves has to say why."""
        super().__init__(*args, **kwargs)
        self.fields["measure"].choices = [*measures(), *_indicators()]  # type: ignore[attr-defined]  # a choice field has choices
        self.is_indicator = figure.startswith(INDICATOR)
        for name in ("days", "look_back") if self.is_indicator else ("level",):
            del self.fields[name]
        self.fields["reason"].required = saving
        self.filters: Mapping[str, Any] = {}
        known = next((each for each in figures.every() if each.name == figure), None)
        if known is None:
            return
        self.filters = known.records.filters
        for key, each in self.filters.items():
            choices = list(each.choices())
            self.fields[FILTER + key] = (
                forms.ChoiceField(label=str(each.title), choices=[("", _("All of them")), *choices], required=False)
                if choices
                else forms.CharField(label=str(each.title), max_length=80, required=False)
            )

    @property
    def filter_fields(self) -> list[Any]:
        """The fields that narrow the figure."""
        return [self[FILTER + key] for key in self.filters]

    def told(self) -> dict[str, Any]:
        """What the form says, as the services take it."""
        data = self.cleaned_data
        names = ("title", "title_en", "severity", "side", "trigger", "clear", "missing_after_h", "answer_h", "escalate_h")
        told = {
            **{name: data.get(name) for name in names}, "least_base": data.get("least_base") or 0,
            "runbook": (data.get("runbook") or "").replace("\r\n", "\n").strip(),
        }  # fmt: skip
        figure = str(data.get("measure") or "")
        if self.is_indicator:
            code = figure.removeprefix(INDICATOR)
            return {**told, "measure": "", "indicator": code, "level": data.get("level") or "", "days": 1, "filters": {}}
        # A filter that was chosen for another figure is told as well: the rule says that this one has none of the kind.
        sent = {name.removeprefix(FILTER): value for name, value in self.data.items() if name.startswith(FILTER) and value}
        return {**told, "measure": figure, "indicator": "", "level": AlertRule.Level.UNIT, "days": data.get("days"), "filters": sent}


class ReasonForm(forms.Form):
    """Why a rule is ended or put to work again, a wall put away or brought back."""

    reason = forms.CharField(label=_("Why"), max_length=300)
    revision = forms.IntegerField(widget=forms.HiddenInput)


def measures() -> list[tuple[str, Any]]:
    """The figures to choose from, under the records they count."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for each in figures.every():
        groups.setdefault(str(each.records.title).capitalize(), []).append((each.name, str(each.title)))
    return [("", _("Choose a figure")), *groups.items()]


def _indicators() -> list[tuple[str, Any]]:
    """The indicators to choose from, in one group; none before the catalogue is loaded."""
    rows = [(f"{INDICATOR}{each.code}", f"{each.name} ({each.code})") for each in published.every(on=timezone.now())]
    return [(str(_("Indicators, as published")), rows)] if rows else []


def figure_of(told: Mapping[str, Any]) -> str:
    """The figure a rule names, as the form chooses it."""
    return f"{INDICATOR}{told['indicator']}" if told.get("indicator") else str(told.get("measure") or "")


def initial_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """What a rule says, as the form shows it."""
    return {
        **told, "measure": figure_of(told), **{FILTER + key: value for key, value in (told.get("filters") or {}).items()},
        "trigger": _number(told.get("trigger")), "clear": _number(told.get("clear")),
    }  # fmt: skip


def _number(value: Any) -> Any:
    """A level as it is typed in the language of the reader: 92,5 and not 92,5000."""
    return value if value in (None, "") else Decimal(str(value))


NEW = {
    "severity": AlertRule.Severity.WARNING, "side": AlertRule.Side.ABOVE, "days": 1, "answer_h": 4, "escalate_h": 8,
    "least_base": 0, "revision": 0,
}  # fmt: skip
