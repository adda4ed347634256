"""Written reports: what an agency owes, what waits to be checked or handed on, who has written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import get_language

from langbiang.foundation.access import Actor
from langbiang.foundation.organizations import queries as organizations

from .. import periods
from ..models import Indicator, Narrative, Outline
from .figures import Figure
from .lines import history
from .reports import _reach

_OPEN = ("empty", "draft", "returned")


def titled(outline: Outline) -> str:
    """The name of an outline in the reader's language."""
    return outline.name_en if get_language() == "en" else outline.name


def may_see(actor: Actor, report: Narrative) -> bool:
    """Whether this person may read a written report: of an agency within reach at any time, of others once it was handed on."""
    within = any(actor.may(f"indicators.{act}", agency_id=report.agency_id) for act in ("report", "verify", "publish"))
    return within or report.vintages.exists()


@dataclass(frozen=True)
class Desk:
    """What lies before one person: to write, to check, to hand on."""

    to_write: list[Narrative]
    to_check: list[Narrative]
    to_hand_on: list[Narrative]


def desk(actor: Actor, *, at: datetime, ahead: timedelta = timedelta(days=31), most: int = 200) -> Desk:
    """The written reports this person has to do with, the nearest deadline first. Three SQL statements."""
    rows = Narrative.objects.exclude(state="waived").select_related("outline", "agency").order_by("due_at", "pk")
    mine = rows.none()
    if actor.agency_id is not None and actor.may("indicators.report", agency_id=actor.agency_id):
        mine = rows.filter(agency_id=actor.agency_id, stage__in=_OPEN, due_at__lte=at + ahead)
    check = rows.filter(_reach(actor, "indicators.verify"), stage="submitted").exclude(submitted_by_id=actor.account_id)
    return Desk(list(mine[:most]), list(check[:most]), list(rows.filter(_reach(actor, "indicators.publish"), stage="verified")[:most]))


def progress(*, at: datetime, periods_back: int = 3) -> list[dict[str, Any]]:
    """Of each outline and period that is due soon or was: how many reports there are in each state, the newest first.

    What was given more time is judged by its new deadline; what was waived counts neither as owed nor as late.
    """
    rows = (
        Narrative.objects.annotate(asked_by=Coalesce("first_due_at", "due_at"))
        .filter(asked_by__lte=at + timedelta(days=31), asked_by__gte=at - timedelta(days=92))
        .values("outline__name", "outline__name_en", "outline__code", "period")
        .annotate(
            due_at=Min("asked_by"), of=Count("pk", filter=~Q(state="waived")), waived=Count("pk", filter=Q(state="waived")),
            more_time=Count("pk", filter=Q(first_due_at__isnull=False) & ~Q(state="waived")), on_time=Count("pk", filter=Q(state="on_time")), late=Count("pk", filter=Q(state="late")),
            missing=Count("pk", filter=Q(state__in=("missing", "overdue"))), handed_on=Count("pk", filter=Q(stage="published")),
        )
        .order_by("-due_at", "outline__code")
    )  # fmt: skip
    return [dict(row) for row in rows[: 4 * periods_back]]


def written(code: str, period: str) -> QuerySet[Narrative]:
    """All reports on an outline for a period, by agency."""
    rows = Narrative.objects.filter(outline__code=code, period=period).select_related("outline", "agency")
    return rows.order_by("agency__name")


def figures_beside(report: Narrative) -> Mapping[str, list[tuple[Indicator, periods.Period, Figure]]]:
    """By section, the newest published figures of the agency its outline asks to be shown beside it."""
    codes = {code for section in report.outline.sections for code in section.get("indicators", ())}
    rows = {row.code: row for row in Indicator.objects.filter(code__in=codes, valid_to__isnull=True)}
    root = next(iter(organizations.root_ids()), 0)
    is_commune = any(row.id == report.agency_id for row in organizations.commune_agencies(on=report.last_day))
    known: dict[str, tuple[Indicator, periods.Period, Figure]] = {}
    for code, row in rows.items():
        if is_commune and "commune" not in row.levels:
            continue
        agency = report.agency_id if is_commune else root
        last = periods.of(report.last_day, row.frequency, row.scheme)
        found = [(period, figure) for period, figure in history(row, agency, last=last, count=4) if figure.value is not None]
        if found:
            known[code] = (row, *found[-1])
    return {
        section["number"]: [known[code] for code in section.get("indicators", ()) if code in known] for section in report.outline.sections
    }
