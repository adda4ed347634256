"""Putting a message on its way, in the transaction of its cause."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from procrastinate.exceptions import AlreadyEnqueued

from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.audit import services as audit

from .. import queries
from ..models import Outgoing, State, System


class UnknownSystem(Refusal):
    """No such system is known here."""


class KeyTaken(Refusal):
    """Another message already carries this key."""


@dataclass(frozen=True)
class Built:
    """What a builder gives: the bytes, or why they cannot be written."""

    content: bytes
    content_type: str = "application/xml"
    problem: str = ""


Builder = Callable[[Outgoing, datetime], Built]
_BUILDERS: dict[str, Builder] = {}


def builder(*kinds: str) -> Callable[[Builder], Builder]:
    """Write blocked messages of these kinds anew with this function when somebody replays them."""

    def wrap(make: Builder) -> Builder:
        _BUILDERS.update(dict.fromkeys(kinds, make))
        return make

    return wrap


def builder_of(kind: str) -> Builder | None:
    """Who can write messages of a kind anew."""
    return _BUILDERS.get(kind)


@transaction.atomic
def send(
    actor: Actor,
    *,
    system: str,
    kind: str,
    subject: str,
    content: bytes,
    key: str,
    order_key: str = "",
    series: str = "",
    content_type: str = "application/xml",
    agency_id: int | None = None,
    at: datetime,
) -> Outgoing:
    """Put a message on its way; it leaves after the transaction of its cause has committed.

    The key makes it one message for ever: the same key with the same bytes gives the message there is, with other bytes
    raises KeyTaken. Messages with one `order_key` arrive in the order of their sending. Of one `series` a later one
    replaces an earlier, which is then not sent again. Raises UnknownSystem, KeyTaken.
    """
    return _put(actor, system, kind, subject, Built(content, content_type), key, order_key, series, agency_id, at)


@transaction.atomic
def block(
    actor: Actor,
    *,
    system: str,
    kind: str,
    subject: str,
    problem: str,
    key: str,
    order_key: str = "",
    series: str = "",
    agency_id: int | None = None,
    at: datetime,
) -> Outgoing:
    """Keep a place for a message that cannot be written yet, with the reason; `replay` writes it later.

    Raises UnknownSystem.
    """
    return _put(actor, system, kind, subject, Built(b"", problem=problem), key, order_key, series, agency_id, at)


def _put(
    actor: Actor, system: str, kind: str, subject: str, built: Built, key: str, order_key: str,
    series: str, agency_id: int | None, at: datetime,
) -> Outgoing:  # fmt: skip
    receiver = System.objects.filter(code=system).first()
    if receiver is None:
        raise UnknownSystem(
            _("No system “%(code)s” is known here.") % {"code": system}, field="system",
            way_out=_("Add it under “Exchange”, with its address."),
        )  # fmt: skip
    digest = hashlib.sha256(built.content).hexdigest()
    # Numbers are drawn before their transactions commit: without this lock a later message could leave first.
    lock(receiver.pk, f"order:{order_key}" if order_key else f"key:{key}")
    known = Outgoing.objects.filter(system=receiver, key=key).first()
    if known is not None:
        if known.sha256 == digest or known.state == State.BLOCKED:
            return known
        raise KeyTaken(
            _("The message “%(key)s” was put on its way with other content.") % {"key": key}, field="key",
            way_out=_("Send a correction under a key of its own."),
        )  # fmt: skip
    pace = queries.pace_of(receiver, at=at)
    agency = agency_id if agency_id is not None else actor.agency_id
    message = Outgoing.objects.create(
        system=receiver, agency_id=agency, kind=kind, subject=subject, key=key, order_key=order_key, series=series,
        content_type=built.content_type, content=built.content, sha256=digest,
        state=State.BLOCKED if built.problem else State.BUILT, built_at=at,
        expires_at=at + timedelta(hours=pace.expires_after_h), next_attempt_at=None if built.problem else at,
        problem_kind="blocked" if built.problem else "", problem=built.problem[:500],
    )  # fmt: skip
    audit.record(
        actor, "exchange.blocked" if built.problem else "exchange.queued", message,
        after={"system": system, "kind": kind, "key": key, "sha256": digest}, at=at,
    )  # fmt: skip
    if not built.problem:
        wake_up(system)
    return message


def lock(system_id: int, name: str) -> None:
    """Let writers of one thread of messages follow one another until the end of their transactions."""
    number = int.from_bytes(hashlib.sha256(f"exchange\0{system_id}\0{name}".encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def wake_up(system: str) -> None:
    """Ask the worker to send after the commit. A hint only: the round of every minute finds what it missed."""

    def ask() -> None:
        from ..tasks import flush_system

        with suppress(AlreadyEnqueued):
            flush_system.configure(queueing_lock=f"exchange.flush.{system}").defer(system=system)

    transaction.on_commit(ask, robust=True)
