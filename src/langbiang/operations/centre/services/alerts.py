"""What people do about an alert: acknowledge, assign, close; and what happens when nobody does. See also watching.py."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from langbiang.foundation import events
from langbiang.foundation.access import SYSTEM, Actor, Refusal
from langbiang.foundation.access import policies as access
from langbiang.foundation.accounts import queries as accounts
from langbiang.foundation.audit import services as audit
from langbiang.foundation.files import queries as file_queries
from langbiang.foundation.files import services as files
from langbiang.foundation.organizations import queries as organizations

from .. import evidence as proof
from .. import policies
from ..events import AlertMoved
from ..models import Alert, AlertStep
from .watching import silenced


class WrongState(Refusal):
    """The alert is not in a state for this."""

    status = 409


@transaction.atomic
def acknowledge(actor: Actor, *, alert_id: int, note: str = "", at: datetime) -> Alert:
    """Say that somebody has seen an alert and looks after it. Raises Forbidden, WrongState."""
    alert = _open(actor, alert_id)
    if alert.acknowledged_at is not None:
        raise WrongState(_("%(who)s has acknowledged this alert already.") % {"who": alert.acknowledged_by})
    alert.acknowledged_at, alert.acknowledged_by = at, actor.label
    return _moved(actor, alert, "acknowledged", note, at, "acknowledged_at", "acknowledged_by")


@transaction.atomic
def assign(actor: Actor, *, alert_id: int, account_id: int, due_at: datetime, note: str = "", at: datetime) -> Alert:
    """Give an alert to an officer of its agency with a deadline. Raises Forbidden, WrongState, Refusal."""
    alert = _open(actor, alert_id)
    if due_at <= at:
        raise Refusal(_("The deadline lies in the past."), field="due_at", way_out=_("Choose a later moment."))
    if account_id not in officers_for(alert, at=at):
        raise Refusal(
            _("This person holds no position at the agency of the alert."), field="account_id",
            way_out=_("Choose somebody from the list."),
        )  # fmt: skip
    if alert.acknowledged_at is None:
        alert.acknowledged_at, alert.acknowledged_by = at, actor.label
    alert.assignee_id, alert.due_at, alert.escalated_at = account_id, due_at, None
    return _moved(
        actor, alert, "assigned", note, at, "acknowledged_at", "acknowledged_by", "assignee", "due_at", "escalated_at"
    )


@transaction.atomic
def close(
    actor: Actor, *, alert_id: int, evidence: str, evidence_file_id: int | None = None, record: str = "", at: datetime
) -> Alert:
    """Close an alert whose figure is back, with what was done, a file the actor handed in, a record they may open.

    Raises Forbidden, WrongState, Refusal with the field concerned.
    """
    alert = _open(actor, alert_id)
    if len(evidence.strip()) < 10:
        raise Refusal(
            _("Say in a sentence what was done and how you know that it is over."), field="evidence",
            way_out=_("Name the document, the list or the change."),
        )  # fmt: skip
    if alert.cleared_at is None:
        raise WrongState(
            _("The figure is not back yet, so the alert cannot be closed."),
            way_out=_("Assign it, or wait until the figure is beyond its clear level."),
        )
    address = proof.read(actor, record)
    if evidence_file_id is not None:
        if not file_queries.own(actor, [evidence_file_id], room=proof.ROOM):
            raise Refusal(_("This file was not handed in by you."), field="file", way_out=_("Choose the file again."))
        files.bind([evidence_file_id], room=proof.ROOM, owner=proof.owner_of(alert))
    if alert.acknowledged_at is None:
        alert.acknowledged_at, alert.acknowledged_by = at, actor.label
    alert.closed_at = at
    return _moved(
        actor, alert, "closed", evidence.strip(), at, "acknowledged_at", "acknowledged_by", "closed_at",
        file_id=evidence_file_id, record=address,
    )  # fmt: skip


def escalate_overdue(*, at: datetime) -> int:
    """Escalate alerts nobody answered in time, and tasks past their deadline, unless there is a silence; gives how many."""
    found = 0
    waiting = Alert.objects.filter(closed_at__isnull=True, cleared_at__isnull=True, escalated_at__isnull=True)
    for alert in waiting.select_related("rule").order_by("pk"):
        unanswered = alert.acknowledged_at is None and at >= alert.raised_at + timedelta(hours=alert.rule.answer_h)
        forgotten = (
            alert.acknowledged_at is not None
            and alert.assignee_id is None
            and at >= alert.acknowledged_at + timedelta(hours=alert.rule.escalate_h)
        )
        late = alert.due_at is not None and at >= alert.due_at
        if (unanswered or forgotten or late) and alert.agency_id not in silenced(at=at, rule=alert.rule):
            with transaction.atomic():
                fresh = Alert.objects.select_for_update().get(pk=alert.pk)
                if fresh.escalated_at is None and fresh.closed_at is None:
                    fresh.escalated_at = at
                    _moved(SYSTEM, fresh, "escalated", "", at, "escalated_at")
                    found += 1
    return found


def officers_for(alert: Alert, *, at: datetime) -> dict[int, str]:
    """Who can be given an alert: the officers of its agency, by account."""
    ids = organizations.officers_at(alert.agency_id, on=timezone.localdate(at))
    return accounts.names_of(ids)


def _open(actor: Actor, alert_id: int) -> Alert:
    alert = Alert.objects.select_for_update().filter(pk=alert_id).first()
    if alert is None:
        raise NoSuchAlert(_("There is no such alert."))
    access.require(policies.may_handle(actor, agency_id=alert.agency_id))
    if alert.closed_at is not None:
        raise WrongState(_("This alert is closed."))
    return alert


class NoSuchAlert(Refusal):
    """There is no such alert, or it is none of their business."""

    status = 404


def _moved(
    actor: Actor, alert: Alert, what: str, note: str, at: datetime, *fields: str, file_id: int | None = None, record: str = ""
) -> Alert:
    """Keep a change of an alert: its row, its step, the trail and the event."""
    alert.revision += 1
    alert.save(update_fields=[*fields, "revision"])
    AlertStep.objects.create(alert=alert, at=at, what=what, by=actor.label, note=note, evidence_id=file_id, record=record)
    told = {"note": note} | ({"file": file_id} if file_id else {}) | ({"record": record} if record else {})
    audit.record(
        actor,
        {
            "acknowledged": "centre.alert_acknowledged", "assigned": "centre.alert_assigned",
            "escalated": "centre.alert_escalated", "closed": "centre.alert_closed",
        }[what],
        alert, after=told, at=at,
    )  # fmt: skip
    moved = AlertMoved(alert_id=alert.pk, state=alert.state)
    events.emit(actor, moved, at=at, agency_id=alert.agency_id, subject=f"alert:{alert.pk}")
    return alert
