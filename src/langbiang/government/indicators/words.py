"""What is wrong with or unusual about a value, as one sentence in the reader's language."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from langbiang.foundation.ui import formats

from . import queries
from .models import Series


def finding(found: dict[str, Any], series: Series) -> str:
    """One finding as one sentence that names its numbers."""
    values: dict[str, Any] = found.get("values", {})
    shown = {key: formats.number(Decimal(repr(values[key])), series.decimals) for key in ("value", "instead", "expected")
             if isinstance(values.get(key), float)}  # fmt: skip
    match found["rule"]:
        case "not_above":
            whole = Series.objects.filter(code=values.get("whole")).first()
            name = "" if whole is None else queries.named(whole)
            limit = formats.number(Decimal(str(values.get("limit", 0))), series.decimals)
            return _("More than “%(whole)s” (%(limit)s).") % {"whole": name, "limit": limit}
        case "copied":
            return _("The same figure as the period before, on a series that never repeats: was it copied?")
        case "sign":
            return _("Below zero, which this series has never been: is the sign right?")
        case "unit":
            return _("About %(expected)s was to be expected; %(instead)s would fit: was another unit meant?") % shown
        case "digits":
            return _("About %(expected)s was to be expected; %(instead)s would fit: were two digits exchanged?") % shown
        case "high":
            ratio = formats.number(Decimal(repr(round(float(values.get("ratio", 0)), 1))), 1)
            return _("%(ratio)s times what its past let expect (%(expected)s).") % {"ratio": ratio, **shown}
        case "low":
            return _("Far below what its past let expect (%(expected)s).") % shown
        case "last_digits":
            return _("The last digit %(digit)s stands in %(share)s%% of %(n)s figures of this agency; a tenth is usual.") % {
                "digit": values.get("digit"), "share": round(float(values.get("share", 0))), "n": values.get("n"),
            }  # fmt: skip
    return str(found["rule"])
