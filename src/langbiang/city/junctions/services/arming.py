"""Arming: one person asks, another confirms, any one disarms at once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from langbiang.foundation import events
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.audit import services as audit

from .. import policies
from ..events import ArmingChanged
from ..models import ArmingRequest, Junction, Lease
from ..queries.shadowing import objections
from .ending import end_lease, settle_expired
from .finding import NoSuch, junction_to_write, layout_in_force, person_of, rule
from .inspecting import require_safe
from .layouts import SamePerson, WrongState

CONTROLLERS = ("ours", "actuated", "max_pressure", "fixed_opt")


class NotReady(Refusal):
    """The controller has not been long enough in shadow at a junction, or did badly there."""


class BadArming(Refusal):
    """The request cannot be: no junction, unknown controller, too long, no reason."""

    status = 422


def _tell(actor: Actor, junctions: Sequence[Junction], what: str, *, at: datetime) -> None:
    for one in junctions:
        events.emit(
            actor, ArmingChanged(junctions=[one.code], what=what), at=at, agency_id=one.agency_id,
            subject=f"junction:{one.pk}",
        )  # fmt: skip


@transaction.atomic
def ask_for_arming(
    actor: Actor, *, junction_codes: Sequence[str], controller: str, minutes: int, reason: str, at: datetime
) -> ArmingRequest:
    """Ask that a controller may drive these junctions. Raises Forbidden, NoSuch, BadArming, NotReady, Unsafe."""
    if not junction_codes:
        raise BadArming(_("Choose at least one junction."), field="junctions")
    junctions = [junction_to_write(actor, code=code) for code in sorted(set(junction_codes))]
    for one in junctions:
        policies.require(policies.may_operate(actor, agency_id=one.agency_id))
    if controller not in CONTROLLERS:
        raise BadArming(_("There is no such controller."), field="controller")
    most = int(rule("arming_minutes_most", at=at))
    if not 1 <= minutes <= most:
        raise BadArming(_("Arming lasts from 1 to %(most)s minutes.") % {"most": most}, field="minutes")
    if not reason.strip():
        raise BadArming(_("Say why the junctions are to be armed."), field="reason")
    for one in junctions:
        require_safe(layout_in_force(one), at=at)
        objection = objections([(one, controller)], at=at)[one.pk, controller]
        if objection:
            raise NotReady(
                objection, field="controller", way_out=_("Let it run in shadow longer, or choose another controller.")
            )
    row = ArmingRequest.objects.create(
        controller=controller, reason=reason.strip()[:300], minutes=minutes, asked_by_id=person_of(actor),
        asked_by=actor.label[:200], asked_at=at, expires_at=at + timedelta(minutes=rule("ask_minutes", at=at)),
    )  # fmt: skip
    row.junctions.set(junctions)
    codes = [one.code for one in junctions]
    audit.record(
        actor, "traffic.arming_asked", row,
        after={"junctions": codes, "controller": controller, "minutes": minutes, "reason": reason}, at=at,
    )  # fmt: skip
    _tell(actor, junctions, "asked", at=at)
    return row


def _open_request(request_id: int, *, at: datetime) -> ArmingRequest:
    row = ArmingRequest.objects.select_for_update().filter(pk=request_id).first()
    if row is None:
        raise NoSuch(_("There is no such request."))
    if row.state != "asked":
        raise WrongState(_("This request has been answered already."))
    if row.expires_at <= at:
        raise WrongState(_("This request has expired."), way_out=_("Ask again."))
    return row


@transaction.atomic
def confirm_arming(actor: Actor, *, request_id: int, at: datetime) -> list[Lease]:
    """Confirm what somebody else asked for; the leases begin now. Raises Forbidden, NoSuch, SamePerson, WrongState, NotReady, Unsafe.

    What was true when it was asked is asked again: layouts and shadow scores may have changed.
    """
    row = _open_request(request_id, at=at)
    junctions = [junction_to_write(actor, code=one.code) for one in row.junctions.order_by("code")]
    for one in junctions:
        policies.require(policies.may_approve(actor, agency_id=one.agency_id))
    if row.asked_by_id == person_of(actor):
        raise SamePerson(_("You asked for this yourself."), way_out=_("Another person with the right to approve must confirm."))
    settle_expired(at=at)
    leases = []
    for one in junctions:
        require_safe(layout_in_force(one), at=at)
        objection = objections([(one, row.controller)], at=at)[one.pk, row.controller]
        if objection:
            raise NotReady(objection)
        if one.leases.filter(ended_at=None).exists():
            raise WrongState(
                _("%(junction)s is armed already.") % {"junction": one.name}, way_out=_("Disarm it first.")
            )
        leases.append(
            Lease.objects.create(
                junction=one, request=row, fingerprint=layout_in_force(one).fingerprint, controller=row.controller,
                operator_id=row.asked_by_id, operator=row.asked_by, confirmed_by_id=person_of(actor),
                confirmed_by=actor.label[:200], granted_at=at, expires_at=at + timedelta(minutes=row.minutes),
            )  # fmt: skip
        )
    row.state, row.answered_by_id, row.answered_by, row.answered_at = "confirmed", actor.account_id, actor.label[:200], at
    row.save()
    audit.record(
        actor, "traffic.arming_confirmed", row, before={"state": "asked"},
        after={"state": "confirmed", "leases": [lease.pk for lease in leases]}, at=at,
    )  # fmt: skip
    _tell(actor, junctions, "confirmed", at=at)
    return leases


@transaction.atomic
def withdraw_arming(actor: Actor, *, request_id: int, at: datetime) -> None:
    """Take back or turn down a request nobody has confirmed. Raises Forbidden, NoSuch, WrongState."""
    row = _open_request(request_id, at=at)
    junctions = [junction_to_write(actor, code=one.code) for one in row.junctions.order_by("code")]
    for one in junctions:
        policies.require(policies.may_operate(actor, agency_id=one.agency_id))
    row.state, row.answered_by_id, row.answered_by, row.answered_at = "withdrawn", actor.account_id, actor.label[:200], at
    row.save()
    audit.record(actor, "traffic.arming_withdrawn", row, before={"state": "asked"}, after={"state": "withdrawn"}, at=at)
    _tell(actor, junctions, "withdrawn", at=at)


@transaction.atomic
def disarm(actor: Actor, *, junction_code: str, reason: str, at: datetime) -> bool:
    """Take the junction back, at once and alone; gives whether it was armed. Raises Forbidden, NoSuch."""
    junction = junction_to_write(actor, code=junction_code)
    policies.require(policies.may_operate(actor, agency_id=junction.agency_id))
    return end_lease(actor, junction, reason=reason, at=at)
