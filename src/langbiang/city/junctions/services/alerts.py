"""Alerts of junctions: raised once per kind, acknowledged, closed with what was done."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from langbiang.foundation import events
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.audit import services as audit

from .. import policies
from ..events import AlertChanged
from ..models import OPEN_STATES, Alert, Junction
from .finding import NoSuch, junction_to_write
from .layouts import WrongState


class NoNote(Refusal):
    """Closing an alert needs a word about what was done."""

    status = 422


def _tell(actor: Actor, row: Alert, junction: Junction, *, at: datetime) -> None:
    events.emit(
        actor, AlertChanged(junction=junction.code, alert_id=row.pk, state=row.state), at=at,
        agency_id=junction.agency_id, subject=f"junction:{junction.pk}",
    )  # fmt: skip


@transaction.atomic
def raise_alert(actor: Actor, *, junction_code: str, kind: str, text: str, at: datetime) -> Alert:
    """Raise an alert, or count it once more where one of this kind is open. Raises Forbidden, NoSuch."""
    junction = junction_to_write(actor, code=junction_code)
    policies.require(policies.may_operate(actor, agency_id=junction.agency_id))
    row = junction.alerts.filter(kind=kind, state__in=OPEN_STATES).first()
    if row is not None:
        row.times, row.last_at, row.text, row.over_at = row.times + 1, at, text[:400], None
        row.save(update_fields=["times", "last_at", "text", "over_at"])
        return row
    row = Alert.objects.create(junction=junction, kind=kind[:30], text=text[:400], raised_at=at, last_at=at)
    audit.record(actor, "traffic.alert_raised", row, after={"junction": junction.code, "kind": kind, "text": text}, at=at)
    _tell(actor, row, junction, at=at)
    return row


@transaction.atomic
def note_over(actor: Actor, *, junction_code: str, kind: str, at: datetime) -> bool:
    """Say that the cause of an open alert is gone; a person still closes it. Gives whether there was one. Raises Forbidden, NoSuch."""
    junction = junction_to_write(actor, code=junction_code)
    policies.require(policies.may_operate(actor, agency_id=junction.agency_id))
    row = junction.alerts.filter(kind=kind, state__in=OPEN_STATES, over_at=None).first()
    if row is None:
        return False
    row.over_at = at
    row.save(update_fields=["over_at"])
    audit.record(actor, "traffic.alert_over", row, after={"junction": junction.code, "kind": kind}, at=at)
    _tell(actor, row, junction, at=at)
    return True


def _locked(actor: Actor, alert_id: int) -> tuple[Alert, Junction]:
    found = Alert.objects.select_related("junction").filter(pk=alert_id).first()
    if found is None:
        raise NoSuch(_("There is no such alert."))
    junction = junction_to_write(actor, code=found.junction.code)
    policies.require(policies.may_operate(actor, agency_id=junction.agency_id))
    return Alert.objects.select_for_update().get(pk=alert_id), junction


@transaction.atomic
def acknowledge_alert(actor: Actor, *, alert_id: int, at: datetime) -> Alert:
    """Say that somebody looks after it. Raises Forbidden, NoSuch, WrongState."""
    row, junction = _locked(actor, alert_id)
    if row.state != "open":
        raise WrongState(_("Somebody looks after this alert already."))
    row.state, row.acknowledged_by, row.acknowledged_at = "acknowledged", actor.label[:200], at
    row.save()
    audit.record(actor, "traffic.alert_acknowledged", row, before={"state": "open"}, after={"state": row.state}, at=at)
    _tell(actor, row, junction, at=at)
    return row


@transaction.atomic
def close_alert(actor: Actor, *, alert_id: int, note: str, at: datetime) -> Alert:
    """Close it with what was done. Raises Forbidden, NoSuch, WrongState, NoNote."""
    row, junction = _locked(actor, alert_id)
    if row.state == "closed":
        raise WrongState(_("%(who)s has closed this alert already: %(note)s") % {"who": row.closed_by, "note": row.note})
    if not note.strip():
        raise NoNote(_("Say what was found or done."), field="note")
    before = {"state": row.state}
    row.state, row.closed_by, row.closed_at, row.note = "closed", actor.label[:200], at, note.strip()[:400]
    row.save()
    audit.record(actor, "traffic.alert_closed", row, before=before, after={"state": "closed", "note": row.note}, at=at)
    _tell(actor, row, junction, at=at)
    return row
