"""What is wrong with or unusual about a value, as one sentence in the reader's language."""

from typing import Any

from django.utils.translation import gettext as _

from langbiang.foundation.ui import formats

from .models import Series


def finding(found: dict[str, Any], series: Series) -> str:
    """One finding in words."""
    values = found.get("values", {})
    if found["rule"] == "not_above":
        whole = Series.objects.filter(code=values.get("whole")).first()
        name = "" if whole is None else whole.name
        return _("more than “%(whole)s” (%(limit)s)") % {
            "whole": name, "limit": formats.number(values.get("limit"), series.decimals),
        }  # fmt: skip
    return str(values.get("sentence", found["rule"]))
