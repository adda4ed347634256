"""An indicator of the province in one look: for walls and briefs of other rooms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from langbiang.foundation.organizations import queries as organizations

from ..models import Indicator, Series, Target
from .catalogue import Catalogue
from .figures import held_at
from .lines import province_figures
from .reports import named


@dataclass(frozen=True)
class Headline:
    """The newest known figure with the line before it; `value` is None while nothing is known."""

    code: str
    name: str
    unit: str
    decimals: int
    value: Decimal | None
    period: str
    line: Sequence[tuple[str, Decimal | None]]
    have: int
    of: int
    is_provisional: bool
    known_since: datetime | None
    target: Decimal | None
    direction: int
    source: str
    url: str
    # The newest period that has ended has no figure yet.
    is_behind: bool
    # The name of the period, by which addresses know it; what the figure is: A final, P provisional, E estimated.
    period_name: str = ""
    status: str = ""
    # Whether there is a figure at this level at all: what is official, or asked of the province alone, no unit has.
    is_of_level: bool = True


def headlines(
    codes: Sequence[str], *, on: datetime, known_at: datetime | None = None, agency_id: int | None = None
) -> dict[str, Headline]:
    """These indicators for the province, or for one unit of it, as known at a moment (None: now), under the rows in force then.

    Codes that are not in the catalogue are left out.
    """
    from ..words import period_words

    today = timezone.localdate(on)
    in_force = Q(valid_from__lte=today) & (Q(valid_to__isnull=True) | Q(valid_to__gt=today))
    rows = {row.code: row for row in Indicator.objects.filter(in_force, code__in=codes)}
    figures = province_figures(list(rows.values()), on=timezone.localtime(on), known_at=known_at, agency_id=agency_id) if rows else {}
    whose = Q(agency__parent__isnull=True) if agency_id is None else Q(agency_id=agency_id)
    plans = Target.objects.filter(held_at(known_at), whose, code__in=codes, kind="plan")
    targets = {(row.code, row.year): row.value for row in plans}
    summed = set(Series.objects.filter(time=Series.Roll.SUM).values_list("code", flat=True))
    catalogue = None if agency_id is None or agency_id in organizations.root_ids() else Catalogue()
    is_commune = catalogue is not None and agency_id in {unit.id for unit in organizations.commune_agencies(on=today)}
    found = {}
    for code, row in rows.items():
        spans = figures.get(code, [])
        known = [(period, figure) for period, figure in spans if figure.value is not None]
        period, newest = known[-1] if known else (None, None)
        # The target of the year the figure is of. It says nothing about what came in within one month of that year.
        is_of_a_month = not row.is_share and (summed & set(row.top) or (row.formula and row.unit != "%"))
        target = targets.get((code, period.last.year)) if period and not is_of_a_month else None
        found[code] = Headline(
            code, named(row), row.unit, row.decimals, newest.value if newest else None, period_words(period) if period else "",
            [(each.name, figure.value) for each, figure in spans], newest.have if newest else 0, newest.of if newest else 0,
            bool(newest and (newest.is_partial or newest.status in "PE")), newest.newest if newest else None, target,
            row.direction, row.source_name, reverse("indicators:indicator", args=[code]), bool(spans) and spans[-1][1].value is None,
            period.name if period else "", newest.status if newest else "",
            catalogue is None or row.source_kind == Indicator.Source.INTERNAL or (is_commune and catalogue.is_of_units(code, today)),
        )  # fmt: skip
    return found
