"""An indicator of the province in one look: for walls and briefs of other rooms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from ..models import Indicator, Series, Target
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


def headlines(codes: Sequence[str], *, on: datetime, known_at: datetime | None = None) -> dict[str, Headline]:
    """These indicators for the province, as known at a moment (None: now). Codes that are not in the catalogue are left out."""
    from ..words import period_words

    today = timezone.localdate(on)
    in_force = Q(valid_from__lte=today) & (Q(valid_to__isnull=True) | Q(valid_to__gt=today))
    rows = {row.code: row for row in Indicator.objects.filter(in_force, code__in=codes)}
    figures = province_figures(list(rows.values()), on=timezone.localtime(on), known_at=known_at) if rows else {}
    then = Q(known_to__isnull=True) if known_at is None else Q(known_from__lte=known_at) & (Q(known_to__isnull=True) | Q(known_to__gt=known_at))
    plans = Target.objects.filter(then, code__in=codes, kind="plan", agency__parent__isnull=True)
    targets = {(row.code, row.year): row.value for row in plans}
    summed = set(Series.objects.filter(time=Series.Roll.SUM).values_list("code", flat=True))
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
        )  # fmt: skip
    return found
