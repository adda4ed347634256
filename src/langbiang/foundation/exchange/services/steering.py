"""What administrators do: systems, addresses, pauses, and messages sent again."""

import hashlib
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access.policies import require
from langbiang.foundation.audit import services as audit

from .. import policies, queries
from ..models import DEAD, Endpoint, Outgoing, Pace, State, System
from ..transports import transport
from .outbox import builder_of, lock, wake_up


class NotReplayable(Refusal):
    """This message cannot be sent again."""


class NothingToChange(Refusal):
    """What was asked for holds already, or would rewrite the past."""


@transaction.atomic
def replay(actor: Actor, *, message_id: int, reason: str, at: datetime) -> Outgoing:
    """Put a rejected, blocked or expired message on its way again, under its own key.

    A blocked one is written anew first. Raises Forbidden, NotReplayable: when the message is not dead, when a later one
    of the same order has been acknowledged, when it still cannot be written.
    """
    message = Outgoing.objects.select_for_update(of=("self",)).select_related("system").get(pk=message_id)
    require(policies.may_replay(actor, message.agency_id))
    if not reason.strip():
        raise NotReplayable(_("Say why the message is sent again."), field="reason")
    if message.state not in DEAD:
        raise NotReplayable(_("This message is on its way or has arrived."), way_out=_("Nothing needs to be done."))
    if message.order_key:
        lock(message.system_id, f"order:{message.order_key}")
    if message.series or message.order_key:
        row = {"series": message.series} if message.series else {"order_key": message.order_key}
        if Outgoing.objects.filter(system_id=message.system_id, pk__gt=message.pk, state=State.ACKED, **row).exists():
            raise NotReplayable(
                _("The receiver already holds a later message of the same row; this one would turn it back."),
                way_out=_("Send a correction instead."),
            )
    before = {"state": message.state, "sha256": message.sha256, "problem": message.problem}
    make = builder_of(message.kind)
    # What was signed and sent keeps its bytes; what never could be written gets them now.
    if message.state == State.BLOCKED:
        if make is None:
            raise NotReplayable(_("Nobody here can write messages of the kind “%(kind)s”.") % {"kind": message.kind})
        built = make(message, at)
        if built.problem:
            raise NotReplayable(built.problem, way_out=_("Complete the mapping of fields, then try again."))
        message.content, message.content_type = built.content, built.content_type
        message.sha256 = hashlib.sha256(built.content).hexdigest()
    message.state, message.signature, message.signer, message.signer_serial = State.BUILT, None, "", ""
    message.signed_at = message.answered_at = None
    message.problem = message.problem_kind = message.receipt = ""
    message.attempts, message.replays, message.next_attempt_at = 0, message.replays + 1, at
    message.expires_at = at + timedelta(hours=queries.pace_of(message.system, at=at).expires_after_h)
    message.save()
    audit.record(
        actor,
        "exchange.replayed",
        message,
        before=before,
        after={"reason": reason[:300], "sha256": message.sha256},
        at=at,
    )
    wake_up(message.system.code)
    return message


@transaction.atomic
def pause(actor: Actor, *, system: str, reason: str, at: datetime) -> System:
    """Hold everything for a system back, as during announced maintenance. Raises Forbidden, NothingToChange."""
    require(policies.may_manage(actor))
    row = System.objects.select_for_update().get(code=system)
    if row.paused_at is not None:
        raise NothingToChange(_("Sending to this system is paused already."))
    row.paused_at = at
    row.save(update_fields=["paused_at"])
    audit.record(actor, "exchange.paused", row, after={"reason": reason[:300]}, at=at)
    return row


@transaction.atomic
def resume(actor: Actor, *, system: str, at: datetime) -> System:
    """Go on sending to a system. Raises Forbidden, NothingToChange."""
    require(policies.may_manage(actor))
    row = System.objects.select_for_update().get(code=system)
    if row.paused_at is None:
        raise NothingToChange(_("Sending to this system is not paused."))
    row.paused_at = None
    row.save(update_fields=["paused_at"])
    audit.record(actor, "exchange.resumed", row, at=at)
    wake_up(row.code)
    return row


@transaction.atomic
def open_system(
    actor: Actor, *, code: str, name: str, purpose: str = "",
    signing: str = System.Signing.IF_POSSIBLE, source: str = "",
    at: datetime,
) -> System:  # fmt: skip
    """Make another system known. Raises Forbidden, NothingToChange when the code is taken."""
    require(policies.may_manage(actor))
    if queries.is_known(code):
        raise NothingToChange(_("There is a system with this code already."), field="code")
    row = System.objects.create(code=code, name=name, purpose=purpose, signing=signing, source=source)
    audit.record(actor, "exchange.system_opened", row, after={"code": code, "name": name}, at=at)
    return row


@transaction.atomic
def change_endpoint(
    actor: Actor,
    *,
    system: str,
    carried_by: str,
    address: str,
    timeout_s: int,
    first_day: date,
    source: str,
    at: datetime,
) -> Endpoint:
    """Reach a system at another address from a day on; the old row ends the day before.

    Raises Forbidden, UnknownTransport, NothingToChange when a row begins on or after that day.
    """
    require(policies.may_manage(actor))
    transport(carried_by)
    row = System.objects.select_for_update().get(code=system)
    old = Endpoint.objects.filter(system=row, valid_to__isnull=True).first()
    _end(old, first_day)
    made = Endpoint.objects.create(
        system=row, transport=carried_by, address=address, timeout_s=timeout_s, valid_from=first_day, source=source
    )
    audit.record(
        actor, "exchange.endpoint_changed", row, before={"address": old.address if old else ""},
        after={"address": address, "transport": carried_by, "from": first_day}, at=at,
    )  # fmt: skip
    wake_up(row.code)
    return made


@transaction.atomic
def change_pace(
    actor: Actor, *, system: str, per_minute: int, first_wait_s: int, longest_wait_s: int, jitter_percent: int,
    expires_after_h: int, first_day: date, source: str, at: datetime,
) -> Pace:  # fmt: skip
    """Agree on another quota and retry rule from a day on. Raises Forbidden, NothingToChange."""
    require(policies.may_manage(actor))
    row = System.objects.select_for_update().get(code=system)
    _end(Pace.objects.filter(system=row, valid_to__isnull=True).first(), first_day)
    made = Pace.objects.create(
        system=row, per_minute=per_minute, first_wait_s=first_wait_s, longest_wait_s=longest_wait_s,
        jitter_percent=jitter_percent, expires_after_h=expires_after_h, valid_from=first_day, source=source,
    )  # fmt: skip
    audit.record(actor, "exchange.pace_changed", row, after={"per_minute": per_minute, "from": first_day}, at=at)
    return made


def _end(old: Endpoint | Pace | None, first_day: date) -> None:
    if old is None:
        return
    if old.valid_from >= first_day:
        raise NothingToChange(
            _("The present rule itself begins on %(day)s.") % {"day": f"{old.valid_from:%d/%m/%Y}"}, field="first_day",
            way_out=_("Choose a later day."),
        )  # fmt: skip
    old.valid_to = first_day - timedelta(days=1)
    old.save(update_fields=["valid_to"])
