"""Figures the platform counts by itself: taken from its measures, never typed."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from langbiang.foundation import audit, events
from langbiang.foundation.access import SYSTEM
from langbiang.foundation.measures import Scope
from langbiang.foundation.measures import queries as measures
from langbiang.foundation.organizations import queries as organizations

from .. import periods, queries
from ..events import Published
from ..models import Indicator, Lock, Observation, Series
from .obligations import in_force


@transaction.atomic
def take_internal(*, at: datetime, periods_back: int = 2) -> int:
    """Publish the figures of ended periods that stand on a measure of the platform; gives how many changed.

    A record that changed later makes a revision that says so. A closed period stays as it is. Every agency that exists on
    the last day of the period has a figure, and every other one that has records of it.
    """
    today = timezone.localdate(at)
    changed = 0
    catalogue = queries.Catalogue()
    closed = set(Lock.objects.filter(opened_at__isnull=True).values_list("code", "period"))
    for now in in_force(today):
        if now.source_kind != Indicator.Source.INTERNAL:
            continue
        period = periods.of(today, now.frequency, now.scheme)
        for _back in range(periods_back):
            period = period.previous
            # A period is counted under the row that holds on its last day, also when another has begun since.
            indicator = catalogue.row(now.code, period.last)
            if (now.code, period.name) in closed:
                continue
            if indicator is not None and indicator.measure and period.last >= indicator.valid_from:
                changed += _take(indicator, period, at=at)
    return changed


def _take(indicator: Indicator, period: periods.Period, *, at: datetime) -> int:
    scope = Scope(first=period.first, last=period.last, known_at=at)
    figures = measures.by_agency(indicator.measure, scope)
    series = {row.code: row for row in Series.objects.filter(code__in=indicator.series_codes)}
    parts = [(series[indicator.top[0]], "top"), *([(series[indicator.base[0]], "base")] if indicator.base else [])]
    newest = {
        (row.series_id, row.agency_id): row
        for row in Observation.objects.select_for_update()
        .filter(series__in=[each for each, _part in parts], period=period.name, breakdown="_T")
        .order_by("vintage")
    }
    current = {key: row for key, row in newest.items() if row.known_to is None}
    there = {row.id for row in organizations.agencies_on(period.last)}
    added, closed = [], []
    for unit in sorted(there | set(figures) | {agency for _series, agency in current}):
        value = figures.get(unit)
        for each, part in parts:
            number = Decimal(getattr(value, part) or 0) if value is not None else Decimal(0)
            former = newest.get((each.pk, unit))
            if former is not None and former.known_to is None:
                if former.value == number:
                    continue
                closed.append(former.pk)
            added.append(
                Observation(
                    series=each, agency_id=unit, period=period.name, first_day=period.first, last_day=period.last,
                    frequency=period.frequency, vintage=former.vintage + 1 if former else 1, value=number,
                    is_no_event=value is None, known_from=at, source=indicator.source_name, reported_by=SYSTEM.label,
                    reported_at=at, published_by=SYSTEM.label,
                    reason=_("Records changed after the figure was taken.") if former else "",
                    inputs={"measure": indicator.measure, "part": part, "first": str(period.first), "last": str(period.last)},
                )
            )  # fmt: skip
    Observation.objects.filter(pk__in=closed).update(known_to=at)
    Observation.objects.bulk_create(added, batch_size=2000)
    if added:
        audit.record(
            SYSTEM, "indicators.taken", indicator, after={"period": period.name, "figures": len(added)}, at=at
        )
        told = Published(indicator=indicator.code, period=period.name, figures=len(added), is_revision=bool(closed))
        events.emit(SYSTEM, told, at=at, subject=f"indicators.indicator:{indicator.pk}")
    return len(added)


