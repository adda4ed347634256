"""By what the trail is narrowed."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from langbiang.foundation.ui.form_fields import DateField

from .. import words
from ..queries import Narrowing


class NarrowingForm(forms.Form):
    """Agency, person, act, record and days; all may be left empty."""

    agency = forms.TypedChoiceField(label=gettext_lazy("Agency"), coerce=int, required=False, empty_value=None)
    who = forms.CharField(label=gettext_lazy("Who"), max_length=100, required=False)
    action = forms.ChoiceField(label=gettext_lazy("What was done"), required=False)
    target = forms.RegexField(
        r"^[a-z]+(\.[a-z]+)?(:[\w.-]{1,80})?$", label=gettext_lazy("Record"), max_length=120, required=False,
        error_messages={
            "invalid": gettext_lazy("Enter the kind of a record and its number, for example cases.case:20001.")
        },
    )  # fmt: skip
    first = DateField(label=gettext_lazy("From"), required=False)
    last = DateField(label=gettext_lazy("To"), required=False)

    def __init__(self, *args: Any, agencies: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agencies = dict(agencies)
        acts: list[Any] = [
            (room, [(f"{code}.", _("%(room)s: all") % {"room": room}), *known]) for code, room, known in words.acts_by_room()
        ]
        asked = self.data.get("action", "")
        if asked and not words.is_known(asked) and all(asked != lines[0][0] for _room, lines in acts):
            acts.append((asked, asked))  # an act nobody has named yet: the link from a row must still work
        for name, choices, empty in (("agency", agencies, _("All agencies")), ("action", acts, _("All acts"))):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", empty), *choices]

    def clean(self) -> dict[str, Any]:
        """Days in order."""
        data = super().clean() or {}
        if data.get("first") and data.get("last") and data["last"] < data["first"]:
            self.add_error("last", _("This day is before the first one."))
        return data

    def narrowing(self) -> Narrowing:
        """What is asked for."""
        data = self.cleaned_data
        return Narrowing(
            lane=data["agency"], who=data["who"], action=data["action"], target=data["target"], first=data["first"],
            last=data["last"],
        )  # fmt: skip
