"""What those who keep the store fill in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.ui.form_fields import DateField

EVERY_ROOM = "*"


class LimitForm(forms.Form):
    """How large files may be from a day on."""

    room = forms.ChoiceField(label=_("Files of"))
    max_megabytes = forms.DecimalField(
        label=_("One file at most"), min_value=0, max_digits=6, decimal_places=1, localize=True,
        help_text=_("Megabytes, between 0.1 and 200."),
    )  # fmt: skip
    max_pages = forms.IntegerField(label=_("Pages of one file at most"), help_text=_("Between 1 and 5,000."))
    max_megabytes_a_day = forms.IntegerField(
        label=_("One citizen within a day at most"), min_value=1, max_value=100_000,
        help_text=_("Megabytes of all files together. Officers are not limited."),
    )  # fmt: skip
    valid_from = DateField(label=_("Holds from"))
    source = forms.CharField(
        label=_("Decided in"), max_length=200, help_text=_("The decision or notice it rests on, with number and day.")
    )

    def __init__(self, *args: Any, rooms: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["room"].choices = [(EVERY_ROOM, _("All rooms without limits of their own")), *rooms]  # type: ignore[attr-defined]  # a choice field
