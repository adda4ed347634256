"""What is filled in about junctions."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.ui.form_fields import DateField

from ..layout import Layout

Choices = list[tuple[Any, str]]
# Replayed days are shown for so long; an older one could be replayed, but nobody would find it.
SHOWN_DAYS = 30


def controller_word(code: str) -> str:
    """A controller in words."""
    return {
        "ours": gettext("Look-ahead controller"), "actuated": gettext("Vehicle-actuated"), "max_pressure": gettext("Max-pressure"),
        "fixed_opt": gettext("Optimised fixed plan"),
    }.get(code, code)  # fmt: skip


def weekdays() -> Choices:
    """Days of the week, Monday first."""
    names = (gettext("Monday"), gettext("Tuesday"), gettext("Wednesday"), gettext("Thursday"), gettext("Friday"), gettext("Saturday"), gettext("Sunday"))
    return list(enumerate(names))


class AskForm(forms.Form):
    """A controller may drive some junctions for a while."""

    junctions = forms.MultipleChoiceField(label=_("Junctions"), widget=forms.CheckboxSelectMultiple)
    controller = forms.ChoiceField(label=_("Controller"))
    minutes = forms.IntegerField(label=_("For how many minutes"), min_value=1)
    reason = forms.CharField(label=_("Why"), max_length=300)

    def __init__(self, *args: Any, junctions: Choices, controllers: Choices, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["junctions"].choices = junctions  # type: ignore[attr-defined]  # a choice field
        self.fields["controller"].choices = controllers  # type: ignore[attr-defined]  # a choice field
        self.fields["minutes"].help_text = gettext("At most %(most)s.") % {"most": most}


class OverrideForm(forms.Form):
    """A person's order for one junction."""

    what = forms.ChoiceField(label=_("What the junction shall do"), widget=forms.RadioSelect)
    minutes = forms.IntegerField(label=_("For how many minutes"), min_value=1)
    reason = forms.CharField(label=_("Why"), max_length=300)

    def __init__(self, *args: Any, stages: Choices, plans: Choices, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = [  # type: ignore[attr-defined]  # a choice field
            *((f"stage:{key}", gettext("Hold stage %(name)s") % {"name": name}) for key, name in stages),
            *((f"plan:{key}", gettext("Run the plan %(name)s") % {"name": name}) for key, name in plans),
            ("flash:", gettext("Flashing yellow")),
        ]
        self.fields["minutes"].help_text = gettext("At most %(most)s; it ends by itself.") % {"most": most}


class ReplayForm(forms.Form):
    """A day to replay in the simulation."""

    day = DateField(label=_("Day to replay"), earliest=lambda: timezone.localdate() - timedelta(days=SHOWN_DAYS))
    from_hour = forms.IntegerField(label=_("From hour"), min_value=0, max_value=23)
    until_hour = forms.IntegerField(label=_("To hour"), min_value=1, max_value=24)


class PlanForm(forms.Form):
    """Cycle, greens, days and hours of a plan."""

    name = forms.CharField(label=_("Name"), max_length=80)
    cycle_s = forms.IntegerField(label=_("Cycle (s)"), min_value=20, max_value=240)
    offset_s = forms.IntegerField(label=_("Offset (s)"), min_value=0, max_value=239)
    valid_from = DateField(label=_("From the day"))
    valid_to = DateField(label=_("Until before the day"), required=False)
    weekdays = forms.TypedMultipleChoiceField(label=_("Days of the week"), coerce=int, widget=forms.CheckboxSelectMultiple)
    time_from = forms.TimeField(label=_("From (hour:minute)"))
    time_to = forms.TimeField(label=_("To (hour:minute)"))

    def __init__(self, *args: Any, layout: Layout, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["weekdays"].choices = weekdays()  # type: ignore[attr-defined]  # a choice field
        self.stages = layout.stages
        for stage in layout.content["stages"]:
            self.fields[f"green_{stage['key']}"] = forms.IntegerField(
                label=gettext("Green of stage %(name)s (s)") % {"name": f"{stage['key']}: {stage['name']}"}, min_value=0, max_value=120,
                help_text=gettext("At least %(least)s; 0 leaves the stage out.") % {"least": f"{layout.min_green_s(stage['key']):g}"},
            )  # fmt: skip

    @property
    def greens(self) -> list[forms.BoundField]:
        """The fields of the greens, in running order."""
        return [self[f"green_{key}"] for key in self.stages]

    def splits(self) -> list[dict[str, Any]]:
        """What was entered, without the stages left out."""
        rows = [{"stage": key, "green_s": self.cleaned_data[f"green_{key}"]} for key in self.stages]
        return [row for row in rows if row["green_s"]]
