"""What could be: cases returned by a day, and the index at the end of the period."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from langbiang.foundation.access import Actor
from langbiang.government.cases import queries as cases

from ..counting import COUNTERS, PROCEDURES
from ..index import IndicatorRow, score, score_many
from ..models import CaseFact, ProvinceScore
from .figures import PROVINCE, Period, Scope, counters_of, daily_counters, rank_of

DRAWS = 500
PAST_DAYS = 56


@dataclass(frozen=True)
class WhatIf:
    """The index now, with the cases returned by the day, and with the same cases returned late."""

    chosen: int
    in_time: int
    now: float | None
    returned: float | None
    late: float | None
    rank_now: int | None
    rank_returned: int | None
    rank_late: int | None

    @property
    def gain(self) -> float | None:
        """Points gained against today."""
        return None if self.now is None or self.returned is None else self.returned - self.now

    @property
    def saved(self) -> float | None:
        """Points saved against returning the same cases late."""
        return None if self.late is None or self.returned is None else self.returned - self.late


@dataclass(frozen=True)
class Forecast:
    """The total at the end of the period: middle, and the span that eight of ten drawn futures stay in."""

    middle: float
    low: float
    high: float
    days_left: int
    profile_days: int


def what_if(
    actor: Actor,
    rows: Sequence[IndicatorRow],
    *,
    case_ids: Collection[int],
    by: datetime,
    period: Period,
    others: Collection[ProvinceScore] = (),
    scope: Scope = PROVINCE,
) -> WhatIf:
    """The index if these open cases were decided by a moment, with an electronic result where one is needed.

    Cases the actor may not open, and cases decided already, are left out. A case due before the moment counts as late.
    """
    seen = cases.statistics.visible_cases(actor, list(case_ids)).filter(
        processing_end_at__isnull=True, received_at__isnull=False
    )
    chosen = list(seen.values("pk", "due_current", "procedure_version__needs_paper_result"))
    inside = set(
        CaseFact.objects.filter(scope.as_q(), pk__in=[one["pk"] for one in chosen]).values_list("pk", flat=True)
    )
    chosen = [one for one in chosen if one["pk"] in inside]
    in_time = sum(1 for one in chosen if one["due_current"] is None or one["due_current"] >= by)
    papers = sum(1 for one in chosen if one["procedure_version__needs_paper_result"])
    base = counters_of(rows, period=period, scope=scope)

    def total(on_time: int) -> float | None:
        changed = dict(base)
        changed["ended"] += len(chosen)
        changed["on_time"] += on_time
        changed["result_needed"] += papers
        changed["result_digital"] += papers
        return score(rows, changed).total

    now, returned, late = score(rows, base).total, total(in_time), total(0)
    return WhatIf(
        len(chosen), in_time, now, returned, late, rank_of(now, others), rank_of(returned, others),
        rank_of(late, others),
    )  # fmt: skip


def forecast(
    rows: Sequence[IndicatorRow], *, period: Period, today: date, scope: Scope = PROVINCE, seed: int = 766
) -> Forecast | None:
    """The total at the end of the period if the days to come are like the last eight weeks.

    Each day ahead is drawn from past days of the same weekday (seeded, so the same day gives the same forecast). What is
    counted by procedure stays as it is. None where the period is over or there are no past days.
    """
    days_left = (period.last - today).days
    past = daily_counters(first=today - timedelta(days=PAST_DAYS), last=today - timedelta(days=1), scope=scope)
    if days_left <= 0 or len(past) < 5:
        return None
    by_weekday: list[np.ndarray[tuple[int, int], np.dtype[np.float64]]] = []
    for weekday in range(7):
        days = [today - timedelta(days=back) for back in range(1, PAST_DAYS + 1)]
        table = [
            [past[day][name] if day in past else 0 for name in COUNTERS] for day in days if day.weekday() == weekday
        ]
        by_weekday.append(np.array(table, dtype=np.float64))
    chance = np.random.default_rng(seed)
    ahead = np.zeros((DRAWS, len(COUNTERS)))
    for step in range(1, days_left + 1):
        table_of_day = by_weekday[(today + timedelta(days=step)).weekday()]
        ahead += table_of_day[chance.integers(0, len(table_of_day), DRAWS)]
    so_far = counters_of(rows, period=Period(period.key, period.first, today), scope=scope)
    arrays = {name: so_far[name] + ahead[:, place] for place, name in enumerate(COUNTERS)}
    for name, value in so_far.items():
        if name.startswith(PROCEDURES):
            arrays[name] = np.full(DRAWS, float(value))
    totals = score_many(rows, arrays)
    if np.isnan(totals).all():
        return None
    low, middle, high = np.nanpercentile(totals, [10, 50, 90])
    return Forecast(float(middle), float(low), float(high), days_left, len(past))
