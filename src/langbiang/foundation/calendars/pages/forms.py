"""What those who keep calendars fill in."""

import re
from datetime import date, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.ui.form_fields import DateField

from ..deadlines import TermUnit


class ClockField(forms.Field):
    """A time of day as people type it: 7:30, 07h30, 7.30, 730 or 15 alone for the full hour."""

    default_error_messages = {
        "required": _("Enter the time, for example 07:30."),
        "invalid": _("“%(value)s” is not a time of day. Write hour and minutes, for example 07:30."),
    }

    def to_python(self, value: Any) -> time | None:
        """The time meant."""
        if isinstance(value, time) or value in self.empty_values:
            return value or None
        text = str(value).strip()
        found = re.fullmatch(r"(\d{1,2})\s*(?:[:hHgG.]\s*(\d{2})?)?", text) or re.fullmatch(r"(\d{1,2})(\d{2})", text)
        if found and int(found[1]) < 24 and int(found[2] or 0) < 60:
            return time(int(found[1]), int(found[2] or 0))
        raise forms.ValidationError(self.error_messages["invalid"], code="invalid", params={"value": text[:20]})

    def prepare_value(self, value: Any) -> Any:
        """07:30."""
        return f"{value:%H:%M}" if isinstance(value, time) else value


class DayOfYearField(forms.Field):
    """A day of every year: 15/4. Gives "04-15"."""

    default_error_messages = {
        "required": _("Enter day and month, for example 15/04."),
        "invalid": _("“%(value)s” is not a day of the year. Write day/month, for example 15/04."),
    }

    def to_python(self, value: Any) -> str:
        """Month and day with a dash between."""
        if value in self.empty_values:
            return ""
        text = str(value).strip()
        if kept := re.fullmatch(r"(\d{2})-(\d{2})", text):
            month, day = kept.groups()
        elif found := re.fullmatch(r"(\d{1,2})\s*[/.]\s*(\d{1,2})", text):
            day, month = found.groups()
        else:
            raise self._invalid(text)
        try:
            return f"{date(2024, int(month), int(day)):%m-%d}"
        except ValueError:
            raise self._invalid(text) from None

    def _invalid(self, text: str) -> forms.ValidationError:
        return forms.ValidationError(self.error_messages["invalid"], code="invalid", params={"value": text[:20]})

    def prepare_value(self, value: Any) -> Any:
        """15/04."""
        if isinstance(value, str) and (kept := re.fullmatch(r"(\d{2})-(\d{2})", value)):
            return f"{kept[2]}/{kept[1]}"
        return value


def _source_field() -> forms.CharField:
    return forms.CharField(
        label=_("Legal source"), max_length=300,
        help_text=_("Number and date of the notice or decision, for instance “Thông báo 9441/TB-BNV, 16/10/2025”."),
    )


def _verified_field() -> forms.BooleanField:
    return forms.BooleanField(label=_("I have read the signed text of this source"), required=False)


class DayForm(forms.Form):
    """What a day becomes."""

    kind = forms.ChoiceField(
        label=_("This day becomes"),
        choices=[("off", _("a day off")), ("work", _("a working day")), ("half", _("a half day"))],
        widget=forms.RadioSelect,
    )
    opens = ClockField(label=_("Open from"), required=False)
    closes = ClockField(label=_("until"), required=False)
    note = forms.CharField(
        label=_("Why"), max_length=200, help_text=_("Shown to applicants, for instance: Nghỉ do bão số 5.")
    )
    source = _source_field()
    verified = _verified_field()

    def clean(self) -> dict[str, Any]:
        """Hours of its own need both ends."""
        data = super().clean() or {}
        if bool(data.get("opens")) != bool(data.get("closes")):
            self.add_error("closes" if data.get("opens") else "opens", _("Enter both times or none."))
        return data


class SwapForm(forms.Form):
    """Two days that change places."""

    day_off = DateField(label=_("Working day that becomes free"))
    worked_instead = DateField(label=_("Day off that is worked instead"))
    note = forms.CharField(
        label=_("Why"), max_length=200, help_text=_("Shown to applicants, for instance: Nghỉ hoán đổi dịp Quốc khánh.")
    )
    source = _source_field()
    verified = _verified_field()


class CancelForm(forms.Form):
    """Why a declaration falls away."""

    reason = forms.CharField(label=_("Reason"), max_length=300)


class ConfirmForm(forms.Form):
    """What a year is confirmed by."""

    source = _source_field()


class HoursForm(forms.Form):
    """Office hours from a day on."""

    valid_from = DateField(label=_("In force from"))
    morning_from = ClockField(label=_("Morning from"))
    morning_to = ClockField(label=_("until"))
    afternoon_from = ClockField(label=_("Afternoon from"), required=False)
    afternoon_to = ClockField(label=_("until"), required=False)
    season_from = DayOfYearField(label=_("Season from"), required=False)
    season_to = DayOfYearField(label=_("until"), required=False)
    season_morning_from = ClockField(label=_("Morning from"), required=False)
    season_morning_to = ClockField(label=_("until"), required=False)
    season_afternoon_from = ClockField(label=_("Afternoon from"), required=False)
    season_afternoon_to = ClockField(label=_("until"), required=False)
    saturday_from = ClockField(label=_("Counter open from"), required=False)
    saturday_to = ClockField(label=_("until"), required=False)
    source = _source_field()
    verified = _verified_field()

    PAIRS = (
        ("morning_from", "morning_to"), ("afternoon_from", "afternoon_to"), ("season_from", "season_to"),
        ("season_morning_from", "season_morning_to"), ("season_afternoon_from", "season_afternoon_to"),
        ("saturday_from", "saturday_to"),
    )

    def clean(self) -> dict[str, Any]:
        """Every interval has two ends in order; a season has hours."""
        data = super().clean() or {}
        for begin, end in self.PAIRS:
            opens, closes = data.get(begin), data.get(end)
            if bool(opens) != bool(closes) and not self.errors.get(begin) and not self.errors.get(end):
                self.add_error(end if opens else begin, _("Enter both or none."))
            elif isinstance(opens, time) and isinstance(closes, time) and opens >= closes:
                self.add_error(end, _("This must be later than the time before it."))
        if data.get("season_from") and not data.get("season_morning_from"):
            self.add_error("season_morning_from", _("Enter the hours of the season."))
        if data.get("season_morning_from") and not data.get("season_from"):
            self.add_error("season_from", _("Enter when the season begins."))
        return data


class CutoffForm(forms.Form):
    """The cut-off hour from a day on."""

    valid_from = DateField(label=_("In force from"))
    hour = ClockField(label=_("Cut-off hour"), help_text=_("Papers received at this very minute still count for the day."))
    source = _source_field()
    verified = _verified_field()


class OpenForm(forms.Form):
    """An agency that gets a calendar of its own."""

    agency = forms.TypedChoiceField(label=_("Agency"), coerce=int, choices=())

    def __init__(self, *args: Any, agencies: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["agency"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", _("Choose…")), *agencies]


class TrialForm(forms.Form):
    """A matter that never was, to see when it would be due."""

    received_on = DateField(label=_("Received on"))
    received_time = ClockField(label=_("at"))
    amount = forms.DecimalField(
        label=_("Time limit"), min_value=0, max_value=1000, decimal_places=2, localize=True,
        help_text=_("0 working days: on the same day."),
    )
    unit = forms.ChoiceField(
        label=_("Counted in"),
        choices=[
            (TermUnit.WORKING_DAYS.value, _("working days")),
            (TermUnit.CALENDAR_DAYS.value, _("days of the calendar")),
            (TermUnit.MONTHS.value, _("months")),
            (TermUnit.WORKING_HOURS.value, _("working hours")),
        ],
    )
    cutoff = forms.ChoiceField(
        label=_("Cut-off hour"), required=False,
        choices=[
            ("none", _("does not hold")),
            ("same_day", _("holds for same-day matters")),
            ("all", _("holds for every time limit")),
        ],
    )
    suspended_on = DateField(label=_("Clock stopped on"), required=False)
    resumed_on = DateField(label=_("and resumed on"), required=False)

    def clean(self) -> dict[str, Any]:
        """A stop needs both ends, in order."""
        data = super().clean() or {}
        stopped, resumed = data.get("suspended_on"), data.get("resumed_on")
        if bool(stopped) != bool(resumed):
            self.add_error("resumed_on" if stopped else "suspended_on", _("Enter both or none."))
        elif stopped and resumed and resumed < stopped:
            self.add_error("resumed_on", _("The clock cannot resume before it stopped."))
        return data
