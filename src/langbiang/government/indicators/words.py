"""Findings and periods in the reader's language."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from langbiang.foundation.ui import formats

from . import periods, queries
from .models import Rule, Series
from .periods import Period


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
        case "part_above":
            return _("More than its total (%(limit)s).") % {"limit": formats.number(Decimal(str(values.get("limit", 0))), series.decimals)}
        case "parts":
            return _parts(values, series)
        case "cross":
            return _crossing(values, series)
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
        case "running":
            told = {key: formats.number(Decimal(repr(values[key])), series.decimals) for key in ("typed", "expected", "instead") if key in values}
            if "instead" in told:
                return _("With the periods before it makes %(expected)s since January, but %(typed)s stands there. %(instead)s would fit: were two digits exchanged?") % told  # fmt: skip
            return _("With the periods before it makes %(expected)s since January, but %(typed)s stands there. One of the two is wrong, or an earlier period was corrected.") % told  # fmt: skip
        case "change":
            told = {key: formats.number(Decimal(repr(values[key])), series.decimals) for key in ("typed", "expected", "instead") if key in values}
            if "instead" in told:
                return _("Against the period before that is a change of %(expected)s, but %(typed)s stands there. %(instead)s would fit: were two digits exchanged?") % told  # fmt: skip
            return _("Against the period before that is a change of %(expected)s, but %(typed)s stands there. One of the two is wrong, or the period before was corrected.") % told  # fmt: skip
        case "last_digits":
            return _("The last digit %(digit)s stands in %(share)s%% of %(n)s figures of this agency; a tenth is usual.") % {
                "digit": values.get("digit"), "share": round(float(values.get("share", 0))), "n": values.get("n"),
            }  # fmt: skip
    return str(found["rule"])


SIGNS = {"=": _lazy("equal"), "!=": _lazy("differ from"), "<": _lazy("be less than"), "<=": _lazy("not be more than"),
         ">": _lazy("be more than"), ">=": _lazy("not be less than")}  # fmt: skip


ROLLS = {"sum": _lazy("the sum"), "last": _lazy("the last one"), "mean": _lazy("the mean"), "max": _lazy("the largest"),
         "min": _lazy("the smallest"), "official": _lazy("never reckoned from parts")}  # fmt: skip


def _parts(values: dict[str, Any], series: Series) -> str:
    """Parts that do not make their total."""
    shown = {key: formats.number(Decimal(str(values.get(key, 0))), series.decimals) for key in ("sum", "total")}
    told = {**shown, "by": queries.Breakdowns().name_of(str(values.get("by", "")))}
    if values.get("blank"):
        return _("%(by)s: the parts filled in make %(sum)s already, more than the total of %(total)s.") % told
    return _("%(by)s: the parts make %(sum)s, not %(total)s.") % told


def _crossing(values: dict[str, Any], series: Series) -> str:
    """A rule between figures that does not hold, with both sides."""
    rule = Rule.objects.filter(pk=values.get("rule_id", 0)).first()
    shown = {key: formats.number(Decimal(str(values.get(key, 0))), series.decimals) for key in ("left", "right")}
    if rule is None:
        return _("Two figures of the report contradict each other: %(left)s and %(right)s.") % shown
    told = {"rule": queries.named(rule), **shown, "sign": SIGNS[rule.sign]}
    match rule.kind:
        case "not_falling":
            return _("%(rule)s: it was %(right)s the period before, %(left)s stands here.") % told
        case "compare":
            return _("%(rule)s: %(left)s has to %(sign)s %(right)s.") % told
    return _("%(rule)s: here stand %(left)s and %(right)s.") % told


def period_words(period: Period) -> str:
    """A period as people say it."""
    day = period.last if period.scheme == periods.REPORT else period.first
    values = {"year": day.year, "month": day.month, "quarter": (day.month - 1) // 3 + 1, "half": (day.month - 1) // 6 + 1}
    match period.frequency:
        case "D":
            return formats.day(period.first)
        case "W":
            year, week, _weekday = period.first.isocalendar()
            return _("week %(week)s of %(year)s") % {"week": week, "year": year}
        case "M":
            said = _("%(month)s/%(year)s") % values
        case "Q":
            said = _("quarter %(quarter)s of %(year)s") % values
        case "S":
            said = _("half %(half)s of %(year)s") % values
        case _:
            said = str(day.year)
    return said + (_(" (15th to 14th)") if period.scheme == periods.REPORT else "")
