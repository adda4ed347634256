"""Requests for more time: those somebody may answer, those of an own agency, and all of one report."""

from django.db.models import Q, QuerySet

from langbiang.foundation.access import Actor

from .. import policies
from ..models import Narrative, Obligation, TimeRequest
from .reports import _reach


def _rows() -> QuerySet[TimeRequest]:
    return TimeRequest.objects.select_related("obligation__indicator", "narrative__outline", "agency")


def to_answer(actor: Actor, *, most: int = 200) -> list[TimeRequest]:
    """Open requests this person may answer, the nearest deadline first."""
    rows = list(_rows().filter(_reach(actor, "indicators.publish"), answer="open").order_by("asked_at", "pk")[:most])
    return sorted((row for row in rows if policies.may_grant_time(actor, row.report).allowed), key=lambda row: (row.report.due_at, row.pk))


def of_agency(actor: Actor, *, most: int = 100) -> list[TimeRequest]:
    """Requests of the agencies this person reports or checks for, and those answered at agencies they answer for, the newest first."""
    reach = [_reach(actor, f"indicators.{act}") for act in ("report", "verify", "publish")]
    where = Q() if any(not each for each in reach) else reach[0] | reach[1] | reach[2]
    return list(_rows().filter(where).exclude(answer="replaced").order_by("-asked_at", "-pk")[:most])


def of_report(report: Obligation | Narrative) -> list[TimeRequest]:
    """All requests about one report, the newest first."""
    return list(report.time_requests.order_by("-asked_at", "-pk"))
