"""More time for a report, or none at all: asked for by the agency that owes it, granted or waived by who receives it."""

from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from langbiang.foundation import audit, events
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.ui import formats

from .. import policies
from ..events import NarrativeMoved, ReportMoved, TimeAnswered, TimeAsked
from ..models import Narrative, Obligation, TimeRequest
from .entering import Closed, held
from .flow import WAITING, _needs
from .narratives import held_narrative

Report = Obligation | Narrative
State, Answer = Obligation.State, TimeRequest.Answer
FURTHEST = timedelta(days=92)


class BadTime(Refusal):
    """A deadline that cannot be set."""


@transaction.atomic
def ask_for_time(actor: Actor, *, report_id: int = 0, narrative_id: int = 0, due_at: datetime, reason: str, at: datetime) -> TimeRequest:
    """Ask for more time for a report the own agency owes; asking again replaces what nobody has answered yet.

    The deadline stays until somebody grants it. Raises Forbidden, Closed, NoReason, BadTime.
    """
    report = held_narrative(narrative_id) if narrative_id else held(report_id)
    policies.require(policies.may_ask_for_time(actor, report))
    _check_waiting(report)
    _check_due(report, due_at, at)
    told = _needs(reason)
    _open_requests(report).update(answer=Answer.REPLACED, answered_at=at, answered_label=actor.label[:300])
    made = TimeRequest.objects.create(
        **_of(report), agency_id=report.agency_id, due_at=due_at, reason=told, asked_at=at, asked_by_id=actor.account_id, asked_label=actor.label[:300]
    )
    audit.record(actor, "indicators.time_asked", report, after={"due_at": due_at, "reason": told}, at=at)
    events.emit(actor, TimeAsked(request_id=made.pk), at=at, agency_id=report.agency_id, subject=f"indicators.time_request:{made.pk}")
    return made


@transaction.atomic
def refuse_time(actor: Actor, *, request_id: int, reason: str, at: datetime) -> TimeRequest:
    """Answer that the deadline stays. Raises Forbidden, Closed, NoReason."""
    found = TimeRequest.objects.select_for_update(of=("self",)).select_related("obligation", "narrative").filter(pk=request_id, answer=Answer.OPEN).first()
    if found is None:
        raise Closed(_("Somebody has answered this request already."))
    policies.require(policies.may_grant_time(actor, found.report))
    told = _needs(reason)
    audit.record(actor, "indicators.time_refused", found.report, after={"reason": told}, at=at)
    _answer(actor, found.report, Answer.REFUSED, told, at)
    found.refresh_from_db()
    return found


@transaction.atomic
def extend(actor: Actor, *, report_id: int, due_at: datetime, reason: str, at: datetime) -> Obligation:
    """Give an agency more time for a report that was not sent. Raises Forbidden, Closed, NoReason, BadTime."""
    report = held(report_id)
    _extend(actor, report, due_at, reason, at)
    return report


@transaction.atomic
def extend_narrative(actor: Actor, *, narrative_id: int, due_at: datetime, reason: str, at: datetime) -> Narrative:
    """Give an agency more time for a written report that was not sent. Raises Forbidden, Closed, NoReason, BadTime."""
    report = held_narrative(narrative_id)
    _extend(actor, report, due_at, reason, at)
    return report


@transaction.atomic
def waive(actor: Actor, *, report_id: int, reason: str, at: datetime) -> Obligation:
    """Say that a report is not owed after all, naming the act. Raises Forbidden, Closed, NoReason."""
    report = held(report_id)
    _waive(actor, report, reason, at)
    return report


@transaction.atomic
def waive_narrative(actor: Actor, *, narrative_id: int, reason: str, at: datetime) -> Narrative:
    """Say that a written report is not owed after all, naming the act. Raises Forbidden, Closed, NoReason."""
    report = held_narrative(narrative_id)
    _waive(actor, report, reason, at)
    return report


def _extend(actor: Actor, report: Report, due_at: datetime, reason: str, at: datetime) -> None:
    policies.require(policies.may_grant_time(actor, report))
    _check_waiting(report)
    _check_due(report, due_at, at)
    before = report.due_at
    report.note = _needs(reason)
    report.first_due_at = report.first_due_at or report.due_at
    report.missing_at += due_at - report.due_at
    report.due_at, report.state, report.flagged_at = due_at, State.OPEN, None
    report.save()
    audit.record(actor, "indicators.extended", report, before={"due_at": before}, after={"due_at": due_at, "reason": report.note}, at=at)
    _answer(actor, report, Answer.GRANTED, report.note, at, due_at=due_at)
    _moved(actor, report, at)


def _waive(actor: Actor, report: Report, reason: str, at: datetime) -> None:
    policies.require(policies.may_grant_time(actor, report))
    _check_waiting(report)
    report.note, report.state = _needs(reason), State.WAIVED
    report.save(update_fields=["note", "state"])
    audit.record(actor, "indicators.waived", report, after={"reason": report.note}, at=at)
    _answer(actor, report, Answer.WAIVED, report.note, at)
    _moved(actor, report, at)


def _check_waiting(report: Report) -> None:
    if report.state not in WAITING:
        raise Closed(_("This report was sent already, or is not owed any more."))


def _check_due(report: Report, due_at: datetime, at: datetime) -> None:
    if due_at <= max(at, report.due_at) or due_at > report.due_at + FURTHEST:
        raise BadTime(
            _("The new deadline has to lie after %(due)s and now, within three months.") % {"due": formats.moment(timezone.localtime(report.due_at))},
            field="day", way_out=_("Choose a later day."),
        )  # fmt: skip


def _of(report: Report) -> dict[str, Report]:
    return {"narrative" if isinstance(report, Narrative) else "obligation": report}


def _open_requests(report: Report) -> "models.QuerySet[TimeRequest]":
    return TimeRequest.objects.filter(**_of(report), answer=Answer.OPEN)


def _answer(actor: Actor, report: Report, answer: str, reason: str, at: datetime, *, due_at: datetime | None = None) -> None:
    """Whatever is decided about a report answers the request that waits for it."""
    waiting = _open_requests(report).select_for_update().first()
    if waiting is None:
        return
    waiting.answer, waiting.answer_reason, waiting.answered_at, waiting.granted_due_at = answer, reason, at, due_at
    waiting.answered_label = actor.label[:300]
    waiting.save()
    events.emit(actor, TimeAnswered(request_id=waiting.pk, answer=answer), at=at, agency_id=report.agency_id, subject=f"indicators.time_request:{waiting.pk}")


def _moved(actor: Actor, report: Report, at: datetime) -> None:
    if isinstance(report, Narrative):
        events.emit(actor, NarrativeMoved(narrative_id=report.pk), at=at, agency_id=report.agency_id, subject=f"indicators.narrative:{report.pk}")
    else:
        events.emit(actor, ReportMoved(obligation_id=report.pk), at=at, agency_id=report.agency_id, subject=f"indicators.obligation:{report.pk}")
