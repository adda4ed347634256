"""The very cases behind a lost point, what is still open, and what is about to be late."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Q, QuerySet, Sum

from langbiang.foundation.access import Actor
from langbiang.government.cases import queries as cases

from ..counting import PROCEDURES, day_column
from ..index import IndicatorRow
from ..models import CaseFact
from .figures import PROVINCE, Period, Scope, _rows

PAGE = 50
HISTORY = timedelta(days=365)
# With fewer passages the step says nothing of its own; the procedure as a whole is looked at, then nothing.
ENOUGH = 20


@dataclass(frozen=True)
class Losing:
    """The cases (or procedures) that lose points: how many there are, how many of them the reader may open."""

    total: int
    openable: int
    cases: list[Any]
    procedure_ids: list[int]
    next_after: int | None


@dataclass(frozen=True)
class Risk:
    """An open case that is about to be late, with the sentence's figures."""

    step: Any
    probability: float
    passages: int
    late_passages: int
    by_step: bool
    left: timedelta

    @property
    def percent(self) -> int:
        """The probability as people read it."""
        return round(100 * self.probability)


def losing_facts(row: IndicatorRow, *, period: Period, scope: Scope = PROVINCE) -> QuerySet[CaseFact]:
    """Facts of the cases that are in the denominator of a sub-indicator and not in its numerator."""
    day = day_column(row.denominator)
    return CaseFact.objects.filter(
        scope.as_q(),
        Q(**{f"{day}__gte": period.first, f"{day}__lte": period.last}),
        **{row.denominator: True, row.numerator: False},
    )


def losing_cases(
    actor: Actor, row: IndicatorRow, *, period: Period, scope: Scope = PROVINCE, after: int = 0
) -> Losing:
    """What loses the points of one sub-indicator, a page at a time, under the reader's rights. Three SQL statements."""
    if row.numerator.startswith(PROCEDURES):
        return _losing_procedures(row, period=period, scope=scope)
    facts = losing_facts(row, period=period, scope=scope)
    seen = cases.statistics.visible_cases(actor, facts.values("case_id"))
    page = list(seen.filter(pk__gt=after).order_by("pk")[: PAGE + 1])
    return Losing(facts.count(), seen.count(), page[:PAGE], [], page[PAGE - 1].pk if len(page) > PAGE else None)


def _losing_procedures(row: IndicatorRow, *, period: Period, scope: Scope) -> Losing:
    whole, part = (name.removeprefix(PROCEDURES).split("&") for name in (row.denominator, row.numerator))
    sums = {f"n_{fact}": Sum(fact) for fact in {*whole, *part}}
    lines: Any = _rows(period, scope).values("procedure_id").annotate(**sums).order_by()
    ids = sorted(
        line["procedure_id"]
        for line in lines
        if all(line[f"n_{fact}"] > 0 for fact in whole) and not all(line[f"n_{fact}"] > 0 for fact in part)
    )
    return Losing(len(ids), len(ids), [], ids, None)


def _among(scope: Scope) -> QuerySet[Any, Any] | None:
    """The cases of a part of the administration, as a statement; None for all of them."""
    return None if scope == PROVINCE else CaseFact.objects.filter(scope.as_q()).values("case_id")


def open_cases(actor: Actor, *, now: datetime, days: int, scope: Scope = PROVINCE, limit: int = 200) -> list[Any]:
    """Open cases of a part within reach: overdue ones of the last year and those due in so many days, most urgent first."""
    return cases.statistics.open_steps(
        actor, due_before=now + timedelta(days=days), due_after=now - HISTORY, limit=limit, among=_among(scope)
    )


def chance_late(durations: "np.ndarray[Any, Any]", *, spent: float, allowed: float) -> tuple[float, int, int]:
    """The chance that a step passed for `spent` so far ends after `allowed`, from past passages that lasted as long.

    Gives (probability, passages that lasted at least as long, those of them that ended too late). One passage of each
    kind is added, so that few passages never give certainty.
    """
    alike = int((durations > spent).sum())
    late = int((durations > allowed).sum())
    return (late + 1) / (alike + 2), alike, late


def at_risk(
    actor: Actor, *, now: datetime, days: int = 10, scope: Scope = PROVINCE, limit: int = 100
) -> list[Risk]:
    """Open cases of a part within reach that will probably be late, the surest first. Two SQL statements."""
    steps = cases.statistics.open_steps(
        actor, due_before=now + timedelta(days=days), due_after=now, limit=1000, among=_among(scope)
    )
    by_step: dict[tuple[int, str], list[float]] = defaultdict(list)
    by_procedure: dict[int, list[float]] = defaultdict(list)
    wanted = sorted({step.procedure_id for step in steps})
    for procedure_id, step_key, took in cases.statistics.passages(wanted, since=now - HISTORY):
        by_step[procedure_id, step_key].append(took.total_seconds())
        by_procedure[procedure_id].append(took.total_seconds())
    arrays = {key: np.array(values) for key, values in by_step.items()}
    wholes = {key: np.array(values) for key, values in by_procedure.items()}
    nothing = np.zeros(0)
    found = []
    for step in steps:
        spent, allowed = (now - step.opened_at).total_seconds(), (step.due_at - step.opened_at).total_seconds()
        own = arrays.get((step.procedure_id, step.step_key), nothing)
        is_own = len(own) >= ENOUGH
        past = own if is_own else wholes.get(step.procedure_id, nothing)
        if len(past) < ENOUGH:
            continue
        chance, alike, late = chance_late(past, spent=spent, allowed=allowed)
        found.append(Risk(step, chance, alike, late, is_own, step.due_at - now))
    return sorted(found, key=lambda risk: (-risk.probability, risk.left))[:limit]
