"""The same figures from the records themselves: where no book is kept yet, and as the proof of the book."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count as CountOf
from django.db.models import F, Min, Q
from django.db.models import Sum as SumOf
from django.db.models import Value as Literal
from django.db.models.functions import TruncDate
from django.utils import timezone

from .declaring import Measure, Part, Rows, Stock
from .scope import Scope, Value, morning


def flow_ends(found: Measure, scope: Scope) -> datetime:
    """Until when moments count: what lies ahead is not cut off at the moment the question is asked about."""
    if found.looks_ahead:
        return morning(scope.last + timedelta(days=1))
    return scope.ends


def behind(found: Measure, rows: Rows, part: str, scope: Scope) -> Rows:
    """The records behind a part of a figure, among these."""
    declared = found.parts(rows)[part]
    return narrowed(found, _counted(found, declared, scope), scope)


def narrowed(found: Measure, rows: Rows, scope: Scope) -> Rows:
    """Only those of the agencies and filters of the scope."""
    if scope.agencies is not None:
        rows = rows.filter(**{f"{found.records.agency}__in": scope.agencies})
    wanted = {found.records.filters[key].column: value for key, value in scope.filters.items()
              if value and key in found.records.filters}  # fmt: skip
    return rows.filter(**wanted)


def by_agency(found: Measure, scope: Scope) -> dict[int, Value]:
    """The figure of each agency. One SQL statement."""
    sums = _summed(found, scope, F(found.records.agency))
    return {agency: value(found, sums, agency) for agency in {key for key, _part in sums}}


def by_day(found: Measure, scope: Scope) -> dict[date, Value]:
    """The figure of each day; for a stock one statement a day."""
    if found.is_stock:
        at_end_of = (replace(scope, first=day, last=day) for day in scope.days)
        return {each.last: sum(by_agency(found, each).values(), found.nothing) for each in at_end_of}
    sums = _summed(found, scope, TruncDate("_at", tzinfo=timezone.get_current_timezone()))
    return {day: value(found, sums, day) for day in scope.days}


def by_agency_and_day(found: Measure, scope: Scope) -> dict[int, dict[date, int]]:
    """How many at each agency on each day on which there were any."""
    rows = _parts(found, scope)["top"].values(
        key=F(found.records.agency), on=TruncDate("_at", tzinfo=timezone.get_current_timezone())
    )
    days: dict[int, dict[date, int]] = {}
    for agency, day, n in rows.annotate(n=_amount(found, "top")).order_by().values_list("key", "on", "n"):
        days.setdefault(agency, {})[day] = n
    return days


def moves(found: Measure, scope: Scope) -> list[tuple[int, str, date, int]]:
    """(agency, part, day, amount): what came on each day of the period, and of a stock what came less what went."""
    ends = min(scope.ends, timezone.now()) if found.is_stock else flow_ends(found, scope)
    moved = []
    for name, part in found.parts(found.records.rows(None)).items():
        for line in part.lines():
            rows = narrowed(found, line.rows, scope).annotate(_moved_at=line.at, _amount=line.amount)
            rows = rows.filter(_moved_at__gte=scope.begins, _moved_at__lt=ends)
            on = TruncDate("_moved_at", tzinfo=timezone.get_current_timezone())
            sums = rows.values(key=F(found.records.agency), on=on).annotate(n=SumOf("_amount")).order_by()
            moved += [(agency, name, day, int(n)) for agency, day, n in sums.values_list("key", "on", "n")]
    return moved


def first_moment(found: Measure) -> datetime | None:
    """The first moment at which anything counts; None where nothing ever did."""
    lows = [
        line.rows.order_by().aggregate(low=Min(line.at))["low"]
        for part in found.parts(found.records.rows(None)).values()
        for line in part.lines()
    ]
    return min((low for low in lows if low is not None), default=None)


def value(found: Measure, sums: Mapping[tuple[Any, str], int], key: Any) -> Value:
    """The figure of a key from the sums of its parts."""
    return Value(sums.get((key, "top"), 0), sums.get((key, "base"), 0) if found.is_ratio else None, found.scale)


def _parts(found: Measure, scope: Scope) -> dict[str, Rows]:
    rows = found.records.rows(None)
    return {part: behind(found, rows, part, scope) for part in found.part_names}


def _counted(found: Measure, declared: Part, scope: Scope) -> Rows:
    if isinstance(declared, Stock):
        ends = min(scope.ends, timezone.now())
        return declared.standing().filter(Q(_until__isnull=True) | Q(_until__gte=ends), _since__lt=ends)
    (line,) = declared.lines()
    return line.rows.filter(_at__gte=scope.begins, _at__lt=flow_ends(found, scope))


def _amount(found: Measure, part: str) -> Any:
    column = found.columns[found.part_names.index(part)]
    return SumOf(column) if column else CountOf("pk")


def _summed(found: Measure, scope: Scope, key: Any) -> dict[tuple[Any, str], int]:
    """The sum of each part by key, in one statement."""
    first, *others = (
        rows.values(key=key).annotate(n=_amount(found, part), part=Literal(part)).order_by().values_list("key", "part", "n")
        for part, rows in _parts(found, scope).items()
    )
    return {(each, part): int(n or 0) for each, part, n in first.union(*others, all=True)}
