"""Trying a process sheet on past cases: would they have been done in time, if each step took what its role took before?"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from statistics import median
from typing import Any

from django.utils import timezone

from langbiang.foundation.calendars import queries as calendars
from langbiang.government.procedures.process_hours import WAITING

from .models import Case, WorkItem

PAST = 300


def simulate(procedure_id: int, steps: Sequence[Any]) -> dict[str, Any]:
    """What the last decided cases of a procedure say about a sheet; empty where there were none.

    A step takes its planned hours times the share its role needed of its plan in these cases (1 where nothing is known),
    in working time of the unit that decided.
    """
    cases = list(
        Case.objects.filter(
            procedure_version__procedure_id=procedure_id, processing_end_at__isnull=False, due_original__isnull=False
        ).order_by("-processing_end_at")[:PAST]
    )
    if not cases:
        return {}
    shares = _shares([case.pk for case in cases])
    hours, in_time, in_time_before = [], 0, 0
    for case in cases:
        assert case.received_at is not None
        assert case.due_original is not None
        needed = _needed(steps, shares)
        day = timezone.localtime(case.received_at).date()
        end = calendars.calendar_for(case.competent_unit_id, on=day).after_minutes(
            case.received_at, max(1, int(needed * 60))
        )
        hours.append(needed)
        in_time += end <= case.due_original
        in_time_before += bool(
            case.processing_end_at and case.due_current and case.processing_end_at <= case.due_current
        )
    ordered = sorted(hours)
    return {
        "cases": len(cases),
        "on_time": in_time,
        "late": len(cases) - in_time,
        "on_time_before": in_time_before,
        "on_time_percent": round(100 * in_time / len(cases), 1),
        "median_hours": round(median(ordered), 1),
        "p90_hours": round(ordered[int(0.9 * (len(ordered) - 1))], 1),
        "from": _day(min(c.received_at for c in cases if c.received_at)),
        "to": _day(max(c.received_at for c in cases if c.received_at)),
    }


def _day(at: datetime) -> str:
    return f"{timezone.localtime(at):%d/%m/%Y}"


def _shares(case_ids: list[int]) -> dict[str, float]:
    """For each role, the median share of the planned time its finished steps took."""
    found: dict[str, list[float]] = defaultdict(list)
    rows = WorkItem.objects.filter(case_id__in=case_ids, is_open=False, due_at__isnull=False, done_at__isnull=False)
    for role, agency_id, opened, due, done in rows.values_list("role", "agency_id", "opened_at", "due_at", "done_at"):
        if due is None or done is None:
            continue
        calendar = calendars.calendar_for(agency_id, on=timezone.localtime(opened).date())
        planned = calendar.working_minutes(opened, due)
        if planned > 0 and done >= opened:
            found[role].append(calendar.working_minutes(opened, done) / planned)
    return {role: median(values) for role, values in found.items()}


def _needed(steps: Sequence[Any], shares: dict[str, float]) -> float:
    """Working hours of the longest way through the steps."""
    total = 0.0
    side_by_side: dict[str, float] = {}
    for step in steps:
        if step.kind in WAITING or step.kind == "return":
            continue
        own = float(step.hours) * shares.get(step.role, 1.0)
        if step.parallel_group:
            side_by_side[step.parallel_group] = max(side_by_side.get(step.parallel_group, 0.0), own)
        else:
            total += own
    return total + sum(side_by_side.values())
