"""What people ask of a figure and write at the desk."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import roles
from langbiang.foundation.ui import formats
from langbiang.foundation.ui.form_fields import DateField, UploadField

from ..figures import Measure

ALL = "all"
LONGEST_DAYS = 366


class PeriodForm(forms.Form):
    """Period, filters of the figure and the moment as of which it is asked."""

    first = DateField(label=_("From"), help_text="")
    last = DateField(label=_("To"), help_text="")
    known_at = forms.DateTimeField(
        label=_("As known at"), required=False, help_text=_("Leave empty for now. For example 25/11/2026 08:00"),
        input_formats=["%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M%z", "%d/%m/%Y"],
    )  # fmt: skip

    def __init__(self, asked: QueryDict, known: Measure) -> None:
        """What was not asked is the last 30 days of everything. A filter without a list to choose from is kept as it came."""
        self.filters = known.records.filters
        data = asked.copy()
        today = timezone.localdate()
        usual = {"from": formats.day(today - timedelta(days=29)), "to": formats.day(today)}
        chosen = {key: list(each.choices()) for key, each in self.filters.items()}
        for key, value in (usual | {key: ALL for key, choices in chosen.items() if choices}).items():
            if not data.get(key):
                data[key] = value
        super().__init__(data)
        for key, each in self.filters.items():
            if choices := chosen[key]:
                self.fields[key] = forms.ChoiceField(label=str(each.title), choices=[(ALL, _("All of them")), *choices])
            else:
                self.fields[key] = forms.CharField(max_length=80, required=False, widget=forms.HiddenInput)

    @property
    def seen(self) -> list[Any]:
        """The fields in the order in which they are asked."""
        return [self[name] for name in ("first", "last", *self.filters, "known_at")]

    def add_prefix(self, field_name: str) -> str:
        """The names people see in addresses."""
        return {"first": "from", "last": "to"}.get(field_name, field_name)

    def clean_known_at(self) -> datetime | None:
        """A moment that has been."""
        found: datetime | None = self.cleaned_data["known_at"]
        if found and found > timezone.now():
            raise forms.ValidationError(_("This moment has not come yet. Choose one in the past."))
        return found

    def clean(self) -> dict[str, Any]:
        """A period that goes forward, at most a year."""
        data: dict[str, Any] = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last and first > last:
            self.add_error("first", _("The period ends before it begins. Exchange the two days."))
        elif first and last and (last - first).days > LONGEST_DAYS:
            self.add_error("first", _("A period of more than a year is too long. Choose a later first day."))
        return {**data, **{key: "" for key in self.filters if data.get(key) == ALL}}


def _fields() -> list[tuple[str, Any]]:
    return [("", _("Every field")), *sorted(roles.fields().items(), key=lambda each: each[1])]


class MomentForm(forms.Form):
    """The moment as of which a dashboard is asked (nothing told is now), and what all its figures are narrowed by."""

    known_at = forms.DateTimeField(
        label=_("As known at"), required=False, help_text=_("Leave empty for now. For example 25/11/2026 08:00"),
        input_formats=["%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M%z", "%d/%m/%Y"],
    )  # fmt: skip
    field = forms.ChoiceField(label=_("Field"), choices=_fields, required=False)
    unit = forms.CharField(max_length=10, required=False, widget=forms.HiddenInput)

    def clean_known_at(self) -> datetime | None:
        """A moment that has been."""
        found: datetime | None = self.cleaned_data["known_at"]
        if found and found > timezone.now():
            raise forms.ValidationError(_("This moment has not come yet. Choose one in the past."))
        return found


class PublishedForm(forms.Form):
    """The period of an indicator, and the moment as of which it is asked; nothing told is the newest, now."""

    period = forms.ChoiceField(label=_("Period"), required=False)
    known_at = forms.DateTimeField(
        label=_("As known at"), required=False, help_text=_("Leave empty for now. For example 25/11/2026 08:00"),
        input_formats=["%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z", "%d/%m/%Y"],
    )  # fmt: skip

    def offer(self, periods: Sequence[tuple[str, str]]) -> None:
        """The periods to choose from, by name and as people say them."""
        self.fields["period"].choices = [("", _("The newest")), *periods]  # type: ignore[attr-defined]  # a choice field has choices

    def clean_known_at(self) -> datetime | None:
        """A moment that has been."""
        found: datetime | None = self.cleaned_data["known_at"]
        if found and found > timezone.now():
            raise forms.ValidationError(_("This moment has not come yet. Choose one in the past."))
        return found


class NoteForm(forms.Form):
    """A note to a figure."""

    day = DateField(label=_("Day"), help_text="")
    text = forms.CharField(label=_("Note"), max_length=500)


class AssignForm(forms.Form):
    """Who does something about an alert, until when."""

    account_id = forms.TypedChoiceField(label=_("Officer"), coerce=int)
    due_at = forms.DateTimeField(
        label=_("Deadline"), help_text=_("For example 25/11/2026 17:00"), input_formats=["%d/%m/%Y %H:%M"]
    )
    note = forms.CharField(
        label=_("What is to be done"), max_length=1000, required=False, widget=forms.Textarea({"rows": 3})
    )

    def __init__(self, *args: Any, officers: dict[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account_id"].choices = sorted(officers.items(), key=lambda each: each[1])  # type: ignore[attr-defined]  # a choice field has choices


class CloseForm(forms.Form):
    """What was done about an alert."""

    evidence = forms.CharField(
        label=_("What was done, and how you know that it is over"), max_length=2000, widget=forms.Textarea({"rows": 4})
    )
    file = UploadField(label=_("A paper that shows it"), required=False)
    record = forms.CharField(
        label=_("A record that shows it"), required=False, max_length=600,
        help_text=_("The code of a case, or the address of a case, a document, a figure or a report of this platform."),
    )  # fmt: skip
    kept_file = forms.IntegerField(required=False, widget=forms.HiddenInput)


class SilenceForm(forms.Form):
    """What is kept quiet, where, from when until when and why."""

    rule_id = forms.TypedChoiceField(label=_("Rule"), coerce=int, empty_value=None, required=False)
    agency_id = forms.TypedChoiceField(label=_("Agency and all below it"), coerce=int)
    begins_at = forms.DateTimeField(label=_("From"), input_formats=["%d/%m/%Y %H:%M"])
    ends_at = forms.DateTimeField(
        label=_("Until"), help_text=_("For example 25/11/2026 17:00"), input_formats=["%d/%m/%Y %H:%M"]
    )
    reason = forms.CharField(label=_("Why"), max_length=300)

    def __init__(
        self, *args: Any, rules: list[tuple[int, str]], agencies: list[tuple[int, str]], now: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["begins_at"].initial = formats.moment(now)
        self.fields["rule_id"].choices = [("", _("Every rule")), *rules]  # type: ignore[attr-defined]  # a choice field has choices
        self.fields["agency_id"].choices = agencies  # type: ignore[attr-defined]  # a choice field has choices


class KeyForm(forms.Form):
    """The key of a screen."""

    layout = forms.ChoiceField(label=_("Wall"))
    name = forms.CharField(label=_("Where the screen hangs"), max_length=120)
    networks = forms.CharField(
        label=_("Addresses the screen shows from"), widget=forms.Textarea({"rows": 3}),
        help_text=_("One address or network a line, such as 10.1.2.0/24"),
    )  # fmt: skip
    valid_until = DateField(label=_("Valid until"))

    def __init__(self, *args: Any, walls: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["layout"].choices = walls  # type: ignore[attr-defined]  # a choice field has choices


PERIODS = [("1", _("Today")), ("7", _("7 days")), ("30", _("30 days")), ("90", _("90 days")), ("365", _("A year"))]
INDICATOR = "indicator:"  # before the code of an indicator where measures and indicators are chosen from one list
SHOWN_AS = [("number", _("As a number")), ("series", _("Line over time")), ("rank", _("Units furthest off")), ("map", _("Map of the units"))]


class DashboardForm(forms.Form):
    """Name and audience of a dashboard; `version` is the one this page was opened at."""

    title = forms.CharField(label=_("Name of the dashboard"), max_length=120)
    shared = forms.ChoiceField(
        label=_("Who sees it"),
        choices=[("mine", _("Only me")), ("agency", _("My agency")), ("all", _("Everybody at the operations centre"))],
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class TileForm(forms.Form):
    """One line of a dashboard; a line without a figure is left out."""

    measure = forms.ChoiceField(label=_("Figure"), required=False)
    view = forms.ChoiceField(label=_("Shown as"), choices=SHOWN_AS, required=False)
    days = forms.ChoiceField(label=_("Period"), choices=PERIODS, required=False)
    agency = forms.ChoiceField(label=_("Place"), required=False)
    field = forms.ChoiceField(label=_("Field"), required=False)

    def __init__(
        self, *args: Any, measures: list[tuple[str, Any]], indicators: list[tuple[str, Any]], agencies: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        figures = [(_("Counted by the platform"), measures), (_("Indicators, as published"), [(f"{INDICATOR}{code}", name) for code, name in indicators])]
        for name, choices in (
            ("measure", [("", _("No figure")), *figures]), ("agency", [("", _("All I may see")), *agencies]),
            ("field", [("", _("Every field")), *sorted(roles.fields().items(), key=lambda each: each[1])]),
        ):  # fmt: skip
            self.fields[name].choices = choices  # type: ignore[attr-defined]  # a choice field has choices
        for each in self.fields.values():
            each.widget.attrs["class"] = "form-select"

    @property
    def tile(self) -> dict[str, Any] | None:
        """What the line says, as a version keeps it."""
        data = self.cleaned_data
        if not data.get("measure"):
            return None
        named = {"indicator": data["measure"].removeprefix(INDICATOR)} if data["measure"].startswith(INDICATOR) else {"measure": data["measure"]}
        found: dict[str, Any] = {**named, "view": data["view"] or "number", "days": int(data["days"] or 30)}
        if data.get("agency"):
            found["agency"] = int(data["agency"])
        if data.get("field"):
            found["filters"] = {"field": data["field"]}
        return found
