"""The rows of the index in force on a day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from langbiang.foundation.access import Refusal

from ..index import IndicatorRow
from ..models import Group, Scheme, Weight


class NoScheme(Refusal):
    """No index is in force on the day asked for."""


@dataclass(frozen=True)
class SchemeRows:
    """An index as it is on a day: its rules, its groups by code and its sub-indicators."""

    scheme: Scheme
    groups: dict[str, Group]
    rows: tuple[IndicatorRow, ...]
    weights: dict[str, Weight]

    def name_of(self, code: str) -> str:
        """The name of a group or sub-indicator in the language of the reader."""
        found: Any = self.groups.get(code) or self.weights[code].indicator
        english = (get_language() or "vi").startswith("en")
        return str(found.name_en if english and found.name_en else found.name)


def scheme_on(day: date) -> Scheme:
    """The index in force on a day. Raises NoScheme."""
    found = (
        Scheme.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)
        .order_by("-valid_from")
        .first()
    )
    if found is None:
        raise NoScheme(
            _("No quality index is in force on %(day)s.") % {"day": f"{day:%d/%m/%Y}"},
            way_out=_("Load the reference data with “langbiang migrate” or choose a later day."),
        )
    return found


def rows_in_force(day: date) -> SchemeRows:
    """The index with the weights in force on a day. Raises NoScheme. Three SQL statements."""
    scheme = scheme_on(day)
    groups = {group.code: group for group in scheme.groups.order_by("rank")}
    weights = (
        Weight.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)
        .filter(indicator__group__scheme=scheme)
        .select_related("indicator__group")
        .order_by("indicator__group__rank", "indicator__rank")
    )
    rows, by_code = [], {}
    for weight in weights:
        one = weight.indicator
        usable = not one.needs or bool(scheme.rules.get(one.needs))
        rows.append(
            IndicatorRow(
                one.code,
                one.group.code,
                float(weight.points),
                one.numerator if usable else "",
                one.denominator if usable else "",
                float(weight.full_from),
            )
        )
        by_code[one.code] = weight
    return SchemeRows(scheme, groups, tuple(rows), by_code)
