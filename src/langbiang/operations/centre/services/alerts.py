"""The life of an alert: raised and cleared by its figure; acknowledged, assigned, escalated and closed by people."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from langbiang.foundation import events
from langbiang.foundation.access import SYSTEM, Actor, Refusal
from langbiang.foundation.access import policies as access
from langbiang.foundation.accounts import queries as accounts
from langbiang.foundation.audit import services as audit
from langbiang.foundation.organizations import queries as organizations

from .. import figures, policies
from ..events import AlertCleared, AlertMoved, AlertRaised
from ..figures import Scope, Value
from ..hysteresis import Levels, is_worse, judge
from ..models import Alert, AlertRule, AlertStep
from ..writing import written


class WrongState(Refusal):
    """The alert is not in a state for this."""

    status = 409


def evaluate(*, at: datetime, rule_codes: frozenset[str] | None = None) -> int:
    """Look at every active rule (or some) at every agency; gives how many alerts were raised or cleared.

    One SQL statement per rule, one transaction per change: an alert exists once per rule and agency while it is open.
    """
    changed = 0
    for rule in AlertRule.objects.filter(is_active=True).order_by("pk"):
        if rule_codes is not None and rule.code not in rule_codes:
            continue
        today = timezone.localdate(at)
        scope = Scope(today - timedelta(days=rule.days - 1), today, None, rule.filters)
        found = figures.by_agency(rule.measure, scope)
        up = set(Alert.objects.filter(rule=rule, closed_at__isnull=True).values_list("agency_id", flat=True))
        known = figures.figure(rule.measure)
        for agency in sorted(set(found) | up):
            value = found.get(agency, Value(0, 0 if known.is_ratio else None))
            changed += _apply(rule, agency, value, at)
    return changed


@transaction.atomic
def _apply(rule: AlertRule, agency_id: int, value: Value, at: datetime) -> bool:
    """What a value means for the alert of a rule at an agency."""
    levels = Levels(rule.side, float(rule.trigger), float(rule.clear), rule.least_base)
    number = value.number
    alert = Alert.objects.select_for_update().filter(rule=rule, agency_id=agency_id, closed_at__isnull=True).first()
    is_up = alert is not None and alert.cleared_at is None
    verdict = judge(levels, number, value.base, is_up=is_up)
    now = None if number is None else Decimal(f"{number:.4f}")
    words = written(number, figures.figure(rule.measure))
    if verdict == "raise":
        if alert is None:
            alert = Alert.objects.create(
                rule=rule, agency_id=agency_id, kind=Alert.Kind.BREACH, value=now, worst=now, raised_at=at
            )
        else:
            # It came back before anybody closed it: the same alert, not another one.
            alert.cleared_at, alert.value, alert.times = None, now, alert.times + 1
            alert.save(update_fields=["cleared_at", "value", "times"])
        AlertStep.objects.create(alert=alert, at=at, what="raised", by=SYSTEM.label, note=words)
        what = AlertRaised(alert_id=alert.pk, rule=rule.code, severity=rule.severity)
        events.emit(SYSTEM, what, at=at, agency_id=agency_id, subject=f"alert:{alert.pk}")
        return True
    if alert is None or now is None:
        return False
    if verdict == "clear":
        alert.value, alert.cleared_at = now, at
        alert.save(update_fields=["value", "cleared_at"])
        AlertStep.objects.create(alert=alert, at=at, what="cleared", by=SYSTEM.label, note=words)
        events.emit(SYSTEM, AlertCleared(alert_id=alert.pk), at=at, agency_id=agency_id, subject=f"alert:{alert.pk}")
        return True
    if alert.value != now:
        alert.value = now
        if is_worse(rule.side, float(now), float(alert.worst) if alert.worst is not None else None):
            alert.worst = now
        alert.save(update_fields=["value", "worst"])
    return False


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
def close(actor: Actor, *, alert_id: int, evidence: str, evidence_file_id: int | None = None, at: datetime) -> Alert:
    """Close an alert whose figure is back, with what was done. Raises Forbidden, WrongState, Refusal."""
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
    if alert.acknowledged_at is None:
        alert.acknowledged_at, alert.acknowledged_by = at, actor.label
    alert.closed_at = at
    return _moved(
        actor,
        alert,
        "closed",
        evidence.strip(),
        at,
        "acknowledged_at",
        "acknowledged_by",
        "closed_at",
        file_id=evidence_file_id,
    )


def escalate_overdue(*, at: datetime) -> int:
    """Escalate alerts nobody answered in time, and tasks past their deadline; gives how many."""
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
        if unanswered or forgotten or late:
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
    actor: Actor, alert: Alert, what: str, note: str, at: datetime, *fields: str, file_id: int | None = None
) -> Alert:
    """Keep a change of an alert: its row, its step, the trail and the event."""
    alert.revision += 1
    alert.save(update_fields=[*fields, "revision"])
    AlertStep.objects.create(alert=alert, at=at, what=what, by=actor.label, note=note, evidence_id=file_id)
    audit.record(
        actor,
        {
            "acknowledged": "centre.alert_acknowledged", "assigned": "centre.alert_assigned",
            "escalated": "centre.alert_escalated", "closed": "centre.alert_closed",
        }[what],
        alert, after={"note": note}, at=at,
    )  # fmt: skip
    moved = AlertMoved(alert_id=alert.pk, state=alert.state)
    events.emit(actor, moved, at=at, agency_id=alert.agency_id, subject=f"alert:{alert.pk}")
    return alert
