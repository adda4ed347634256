"""What ministries' databases say of the figures an agency reports: drawn by connectors, shown beside, never taken for the value."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from langbiang.foundation.organizations import queries as organizations
from langbiang.government.reporting import queries as reporting

from .. import periods
from ..models import Obligation, Series
from ..periods import Period

# Connectors draw money in đồng; series are kept in these.
_DONG = {"triệu đồng": Decimal(10) ** 6, "tỷ đồng": Decimal(10) ** 9}
# A report that differs from its source by more than so much of it is remarked on to those who check it.
ROOM = Decimal("0.02")

Said = Mapping[tuple[int, str], Decimal]  # number of the report, code of the series


def said_by_sources(reports: Sequence[Obligation]) -> Said:
    """What the sources hold for the unit and period of each report, in the unit of each series. Two SQL statements.

    Days are added up only where every day of the period is there; what stands at a moment is taken as it is.
    """
    spans = {report.pk: periods.parse(report.period) for report in reports}
    places = {row.id: row.place_code for row in organizations.agencies_on(max(span.last for span in spans.values()))} if spans else {}
    series = {row.code: row for row in Series.objects.filter(code__in={c for r in reports for c in r.indicator.series_codes})}
    wanted = {name for span in spans.values() for name in _names(span)}
    codes = {places[report.about_id] for report in reports if places.get(report.about_id)}
    kept: dict[tuple[str, str, str], Decimal] = {}
    for row in reporting.source_figures(series=series, place_codes=codes, periods=wanted) if codes and wanted else ():
        kept[row.series, row.place_code, row.period] = row.value
    found = {}
    for report in reports:
        for code in report.indicator.series_codes:
            value = _of_period(kept, code, places.get(report.about_id, ""), spans[report.pk], series.get(code)) if kept else None
            if value is not None:
                found[report.pk, code] = value
    return found


def _names(span: Period) -> Iterable[str]:
    return {span.name, *_days(span)} if (span.last - span.first).days <= 31 else {span.name}


def _days(span: Period) -> list[str]:
    return [(span.first + timedelta(days=n)).isoformat() for n in range((span.last - span.first).days + 1)]


def _of_period(kept: Mapping[tuple[str, str, str], Decimal], code: str, place: str, span: Period, series: Series | None) -> Decimal | None:
    if series is None:
        return None
    if (value := kept.get((code, place, span.name))) is None:
        days = [kept.get((code, place, name)) for name in _days(span)]
        if series.time != Series.Roll.SUM or any(each is None for each in days):
            return None
        value = sum((each or Decimal(0) for each in days), Decimal(0))
    return value / _DONG.get(series.unit, Decimal(1))


def differs(value: Decimal, said: Decimal) -> bool:
    """Whether a reported value lies further from its source than rounding and a late entry explain."""
    return abs(value - said) > max(ROOM * abs(said), Decimal(1))
