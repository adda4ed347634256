"""Figures as people read them."""

from django.utils.translation import gettext as _

from langbiang.foundation.places import queries as places
from langbiang.foundation.ui import formats

from .figures import Measure


def written(value: float | None, known: Measure | None) -> str:
    """A value with its unit, as the language of the reader writes it."""
    if value is None:
        return _("no data")
    if known is not None and known.unit == "%":
        return f"{formats.number(value, 1)} %"
    if known is not None and known.unit == "đồng":
        if abs(value) < 10_000_000:
            return _("%(value)s đồng") % {"value": formats.number(value, 0)}
        return _("%(value)s million đồng") % {"value": formats.number(value / 1_000_000, 1)}
    if known is not None and known.decimals:
        return formats.number(value, known.decimals)
    return formats.number(value, 0 if float(value).is_integer() else 1)


def title_of(code: str) -> str:
    """A unit at the beginning of a line or a sentence; the code itself where it is not known."""
    found = places.find(code)
    return found.title if found else code
