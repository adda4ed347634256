"""What is filled in about indicators."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.ui.form_fields import DateField, UploadField


class AsKnownForm(forms.Form):
    """At the end of which day figures were known."""

    known_on = DateField(label=_("As known at the end of"), required=False)
    agency = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        """The moment: the last one of the day, or none for today and later."""
        given = super().clean() or {}
        day = given.get("known_on")
        if day and day < timezone.localdate():
            given["known_at"] = timezone.make_aware(datetime(day.year, day.month, day.day, 23, 59, 59))
        return given


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = forms.CharField(label=_("Reason"), max_length=1000, min_length=5, widget=forms.Textarea(attrs={"rows": 3}))


class ExtendForm(ReasonForm):
    """Until when a report may be sent, and why."""

    day = DateField(label=_("New deadline"))
    hour = forms.TimeField(label=_("At"), initial="17:00")
    field_order = ["day", "hour", "reason"]

    def due_at(self) -> datetime:
        """The instant."""
        return timezone.make_aware(datetime.combine(self.cleaned_data["day"], self.cleaned_data["hour"]))


class SheetForm(forms.Form):
    """A filled-in spreadsheet."""

    file = UploadField(endings=(".xlsx",), max_bytes=2_000_000, label=_("Filled-in spreadsheet (XLSX)"))


class IndicatorForm(forms.Form):
    """What can be changed about an indicator from a day on."""

    name = forms.CharField(label=_("Name in Vietnamese"), max_length=250)
    name_en = forms.CharField(label=_("Name in English"), max_length=250)
    definition = forms.CharField(label=_("Definition"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))
    owner = forms.ChoiceField(label=_("Agency that answers for it"))
    source_name = forms.CharField(label=_("Where the figures come from"), max_length=200, required=False)
    rule = forms.ChoiceField(
        label=_("To be sent by"),
        choices=[
            ("day_of_month", _("On a day of the month after the period")), ("days_after", _("Some days after the period")),
            ("weekday", _("On a weekday within the week")), ("date", _("On a date of the year after")),
        ],
    )  # fmt: skip
    number = forms.IntegerField(
        label=_("Which day"), min_value=0, max_value=366, help_text=_("Day of the month, number of days, or weekday (Monday is 0)")
    )
    month = forms.IntegerField(label=_("Month (for a date)"), min_value=1, max_value=12, required=False)
    hour = forms.TimeField(label=_("At"))
    shift = forms.ChoiceField(
        label=_("When that is a day off"),
        choices=[("none", _("the same day")), ("after", _("the next working day")), ("before", _("the last working day before"))],
    )
    grace_hours = forms.IntegerField(label=_("Counts as missing after (hours)"), min_value=0, max_value=24 * 60)
    coverage_percent = forms.IntegerField(label=_("Shown for the province from (% of units)"), min_value=1, max_value=100)
    is_publishable = forms.BooleanField(label=_("May be published as open data"), required=False)
    valid_from = DateField(label=_("In force from"))
    source = forms.CharField(label=_("Act or letter it stands on"), max_length=300)
    verified = forms.BooleanField(label=_("Checked against the signed text"), required=False)

    def __init__(self, *args: Any, is_owed: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_owed:  # nobody reports it, so it has no deadline
            for name in ("rule", "number", "month", "hour", "shift", "grace_hours"):
                del self.fields[name]
        field: Any = self.fields["owner"]
        field.choices = [
            (row.code, row.name) for row in organizations.agencies_on(timezone.localdate()) if row.kind not in ("commune", "province")
        ]

    def deadline(self) -> dict[str, Any]:
        """The rule for the deadline."""
        given = self.cleaned_data
        rule: dict[str, Any] = {"rule": given["rule"], "at": f"{given['hour']:%H:%M}", "shift": given["shift"]}
        name = {"day_of_month": "day", "days_after": "days", "weekday": "weekday", "date": "day"}[given["rule"]]
        rule[name] = given["number"]
        if given["rule"] == "date":
            rule |= {"month": given["month"] or 1, "years": 1}
        return rule


class RuleForm(forms.Form):
    """What has to hold between figures of one report."""

    name = forms.CharField(label=_("What has to hold, in a few words"), max_length=250)
    name_en = forms.CharField(label=_("The same in English"), max_length=250, required=False)
    kind = forms.ChoiceField(
        label=_("Kind of rule"),
        choices=[
            ("compare", _("A sum compared with another")), ("together", _("Both or neither")), ("either", _("Never both")),
            ("not_falling", _("Does not fall within the year")),
        ],
    )  # fmt: skip
    left = forms.MultipleChoiceField(label=_("These figures together"), widget=forms.CheckboxSelectMultiple)
    sign = forms.ChoiceField(
        label=_("have to (for a comparison)"),
        choices=[("=", _("equal")), ("<=", _("not be more than")), (">=", _("not be less than")), ("<", _("be less than")),
                 (">", _("be more than")), ("!=", _("differ from"))],
    )  # fmt: skip
    right = forms.MultipleChoiceField(label=_("those together"), widget=forms.CheckboxSelectMultiple, required=False)
    factor = forms.DecimalField(
        label=_("taken so many times"), initial=1, min_value=Decimal("0.000001"), max_value=100_000, max_digits=12, decimal_places=6
    )
    is_final = forms.BooleanField(label=_("No reason lets a report through that breaks it"), required=False)
    valid_from = DateField(label=_("In force from"))
    source = forms.CharField(label=_("Act or letter it stands on"), max_length=300)
    verified = forms.BooleanField(label=_("Checked against the signed text"), required=False)

    def __init__(self, *args: Any, series: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("left", "right"):
            field: Any = self.fields[name]
            field.choices = series


class OutlineForm(forms.Form):
    """The outline of a written report, section by section."""

    name = forms.CharField(label=_("Name in Vietnamese"), max_length=250)
    name_en = forms.CharField(label=_("Name in English"), max_length=250)
    sections = forms.CharField(
        label=_("Sections, one a line"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("Number | heading | guidance | codes of indicators to be shown beside it. A star after the number: may be left blank."),
    )
    owners = forms.CharField(label=_("Codes of the agencies that write it besides the communes"), max_length=500, required=False)
    days = forms.IntegerField(label=_("Due so many days after the period"), min_value=0, max_value=366)
    hour = forms.TimeField(label=_("At"))
    valid_from = DateField(label=_("In force from"))
    source = forms.CharField(label=_("Act or letter it stands on"), max_length=300)
    verified = forms.BooleanField(label=_("Checked against the signed text"), required=False)


class DimensionForm(forms.Form):
    """Something figures can be broken down by."""

    code = forms.CharField(label=_("Code"), max_length=30, help_text=_("1 to 12 capital letters, digits or _. Keys of figures stand on it."))
    name = forms.CharField(label=_("Name in Vietnamese"), max_length=250)
    name_en = forms.CharField(label=_("Name in English"), max_length=250, required=False)
    valid_from = DateField(label=_("In force from"))
    source = forms.CharField(label=_("Act or letter it stands on"), max_length=300)
    verified = forms.BooleanField(label=_("Checked against the signed text"), required=False)


class CategoryForm(DimensionForm):
    """One of the parts of a dimension."""


class BreakdownForm(forms.Form):
    """By what a series is reported in parts."""

    series = forms.ChoiceField(label=_("Series"))
    dimensions = forms.MultipleChoiceField(
        label=_("Broken down by"), widget=forms.CheckboxSelectMultiple, help_text=_("One dimension, or two to be crossed.")
    )
    is_exhaustive = forms.BooleanField(label=_("The parts add up to the total"), required=False)
    is_final = forms.BooleanField(label=_("No reason lets a report through whose parts miss the total"), required=False)
    is_optional = forms.BooleanField(label=_("All parts may be left blank"), required=False)
    valid_from = DateField(label=_("In force from"))
    source = forms.CharField(label=_("Act or letter it stands on"), max_length=300)
    verified = forms.BooleanField(label=_("Checked against the signed text"), required=False)

    def __init__(self, *args: Any, series: list[tuple[str, str]], dimensions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("series", series), ("dimensions", dimensions)):
            field: Any = self.fields[name]
            field.choices = choices


class EndForm(forms.Form):
    """From which day on something holds no more."""

    valid_to = DateField(label=_("Holds no more from"))


class EndWithSourceForm(EndForm):
    """From which day on something holds no more, and by which act."""

    source = forms.CharField(label=_("Act or letter it stands on"), max_length=300)


class TargetForm(forms.Form):
    """What is to be reached in a year."""

    year = forms.IntegerField(label=_("Year"), min_value=2020, max_value=2060)
    value = forms.CharField(label=_("To be reached"), max_length=30)
    source = forms.CharField(label=_("Act or letter it stands on"), max_length=300)
    verified = forms.BooleanField(label=_("Checked against the signed text"), required=False)


class LockForm(forms.Form):
    """Which period is closed."""

    code = forms.ChoiceField(label=_("Indicator"))
    period = forms.CharField(label=_("Period"), help_text=_("2026-10, 2026-W47, 2026-Q3, 2026-S1 or 2026"), max_length=12)

    def __init__(self, *args: Any, indicators: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["code"]
        field.choices = indicators
