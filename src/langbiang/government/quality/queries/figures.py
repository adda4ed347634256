"""Counters of any part of the administration, the index made of them, and where it stands among provinces."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.db.models import Count, F, Q, QuerySet, Sum

from ..counting import COUNTERS, PROCEDURES
from ..index import IndicatorRow, Result, competition_ranks, rank_among, score, score_many
from ..models import DayCounter, ProvinceScore

# What lines can be made by, and the column of the counters.
DIMENSIONS = {"agency": "agency_id", "field": "field", "procedure": "procedure_id", "officer": "officer_id"}


@dataclass(frozen=True)
class Period:
    """A year, quarter or month, first and last day."""

    key: str
    first: date
    last: date


@dataclass(frozen=True)
class Scope:
    """What part of the administration: nothing named is the province."""

    agency_ids: frozenset[int] | None = None
    officer_id: int | None = None
    procedure_id: int | None = None
    field: str = ""

    def as_q(self) -> Q:
        """As a condition on counters or facts."""
        found = Q()
        if self.agency_ids is not None:
            found &= Q(agency_id__in=self.agency_ids)
        if self.officer_id is not None:
            found &= Q(officer_id=self.officer_id)
        if self.procedure_id is not None:
            found &= Q(procedure_id=self.procedure_id)
        if self.field:
            found &= Q(field=self.field)
        return found


PROVINCE = Scope()


@dataclass(frozen=True)
class Line:
    """One agency, field, procedure or officer with its total and rank among its like."""

    key: Any
    received: int
    ended: int
    on_time: int
    total: float | None
    rank: int | None


def period_of(key: str, *, today: date) -> Period:
    """2026, 2026-Q3 or 2026-07; anything else is the present year. The last day may lie ahead."""
    try:
        year, _dash, part = key.partition("-")
        number = int(year)
        if part.startswith("Q"):
            quarter = int(part[1:])
            first = date(number, 3 * quarter - 2, 1)
            after = date(number + quarter // 4, 3 * quarter % 12 + 1, 1)
        elif part:
            first = date(number, int(part), 1)
            after = date(number + int(part) // 12, int(part) % 12 + 1, 1)
        else:
            first, after = date(number, 1, 1), date(number + 1, 1, 1)
    except ValueError:
        return period_of(str(today.year), today=today)
    return Period(key, first, date.fromordinal(after.toordinal() - 1))


def _rows(period: Period, scope: Scope) -> QuerySet[DayCounter]:
    return DayCounter.objects.filter(scope.as_q(), day__gte=period.first, day__lte=period.last)


def _needed_by_procedure(rows: Sequence[IndicatorRow]) -> dict[str, list[str]]:
    """Counters of procedures with the facts each procedure must have: "procedures.online&online_offered"."""
    names = {name for row in rows for name in (row.numerator, row.denominator) if name.startswith(PROCEDURES)}
    return {name: name.removeprefix(PROCEDURES).split("&") for name in sorted(names)}


def _sums_of(wanted: dict[str, list[str]]) -> dict[str, Sum]:
    return {f"n_{fact}": Sum(fact) for fact in sorted({fact for facts in wanted.values() for fact in facts})}


def counters_of(rows: Sequence[IndicatorRow], *, period: Period, scope: Scope = PROVINCE) -> dict[str, int]:
    """All counters of a scope and period, those of procedures too. Two SQL statements."""
    sums = _rows(period, scope).aggregate(**{f"n_{name}": Sum(name) for name in COUNTERS})
    found = {name: int(sums[f"n_{name}"] or 0) for name in COUNTERS}
    wanted = _needed_by_procedure(rows)
    if wanted:
        per_procedure: Any = _rows(period, scope).values("procedure_id").annotate(**_sums_of(wanted))
        found |= dict.fromkeys(wanted, 0)
        for line in per_procedure:
            for name, facts in wanted.items():
                found[name] += all(line[f"n_{fact}"] > 0 for fact in facts)
    return found


def index_of(rows: Sequence[IndicatorRow], *, period: Period, scope: Scope = PROVINCE) -> Result:
    """The index of a scope over a period. Two SQL statements."""
    return score(rows, counters_of(rows, period=period, scope=scope))


def lines_by(
    rows: Sequence[IndicatorRow], dimension: str, *, period: Period, scope: Scope = PROVINCE
) -> list[Line]:
    """The total and rank of every agency, field, procedure or officer of a scope. Two SQL statements, any number."""
    column = DIMENSIONS[dimension]
    counted = list(
        _rows(period, scope).values(column).annotate(**{f"n_{name}": Sum(name) for name in COUNTERS}).order_by(column)
    )
    if not counted:
        return []
    arrays = {name: np.array([line[f"n_{name}"] for line in counted], dtype=np.float64) for name in COUNTERS}
    wanted = _needed_by_procedure(rows)
    place = {line[column]: position for position, line in enumerate(counted)}
    by_procedure: Any = (
        _rows(period, scope).values(key=F(column), one=F("procedure_id"))
        .annotate(**_sums_of(wanted))
        if wanted
        else []
    )  # fmt: skip
    for name in wanted:
        arrays[name] = np.zeros(len(counted))
    for line in by_procedure:
        for name, facts in wanted.items():
            arrays[name][place[line["key"]]] += all(line[f"n_{fact}"] > 0 for fact in facts)
    totals = score_many(rows, arrays)
    known = {str(i): float(total) for i, total in enumerate(totals) if not np.isnan(total)}
    ranks = competition_ranks(known)
    lines = [
        Line(
            line[column], line["n_received"], line["n_ended"], line["n_on_time"], known.get(str(i)), ranks.get(str(i))
        )
        for i, line in enumerate(counted)
        if line["n_received"] or line["n_ended"]
    ]
    return sorted(lines, key=lambda line: (line.rank is None, line.rank or 0, -line.received))


def daily_counters(*, first: date, last: date, scope: Scope = PROVINCE) -> dict[date, dict[str, int]]:
    """Counters day by day. One SQL statement."""
    counted: Any = (
        DayCounter.objects.filter(scope.as_q(), day__gte=first, day__lte=last)
        .values("day")
        .annotate(**{f"n_{name}": Sum(name) for name in COUNTERS}, lines=Count("id"))
    )
    return {line["day"]: {name: int(line[f"n_{name}"]) for name in COUNTERS} for line in counted}


def standings(period_key: str, *, own_code: str) -> list[ProvinceScore]:
    """The newest published score of every other province for a period. One SQL statement."""
    return list(
        ProvinceScore.objects.filter(period=period_key)
        .exclude(province_code=own_code)
        .order_by("province_code", "-as_of")
        .distinct("province_code")
    )


def rank_of(total: float | None, others: Collection[ProvinceScore]) -> int | None:
    """The rank of a total among the published scores of the others; None where nothing can be compared."""
    if total is None or not others:
        return None
    return rank_among(total, [float(other.total) for other in others])
