"""What is filled in about the index."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.ui.form_fields import DateField, UploadField


class ReturnDayForm(forms.Form):
    """By when the chosen cases would be returned."""

    day = DateField(label=_("Returned by 17:00 on"))

    def __init__(self, *args: Any, earliest: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.earliest = earliest

    def clean_day(self) -> date:
        """Not in the past."""
        day: date = self.cleaned_data["day"]
        if day < self.earliest:
            raise forms.ValidationError(_("Choose today or a later day."))
        return day


class WeightForm(forms.Form):
    """A sub-indicator is worth something from a day on."""

    points = forms.DecimalField(label=_("Points"), min_value=0, max_value=100, max_digits=5, decimal_places=2)
    full_percent = forms.DecimalField(
        label=_("Full points from (%)"), min_value=1, max_value=100, max_digits=4, decimal_places=1
    )
    valid_from = DateField(label=_("In force from"))
    source = forms.CharField(label=_("Act or letter it stands on"), max_length=300)
    verified = forms.BooleanField(label=_("Checked against the signed text"), required=False)


class ScoresForm(forms.Form):
    """Published scores of other provinces."""

    file = UploadField(endings=(".csv", ".json"), max_bytes=1_000_000, label=_("File (CSV or JSON)"))
    period = forms.CharField(label=_("Period"), help_text=_("2026, 2026-Q3 or 2026-07"), max_length=8)
    as_of = DateField(label=_("Scores of the day"))
    source = forms.CharField(label=_("Where they were published"), max_length=300)
