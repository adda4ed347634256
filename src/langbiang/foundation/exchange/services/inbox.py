"""Messages from other systems: kept as they came, handled once."""

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.audit import services as audit

from .. import queries
from ..backoff import Waiting, wait
from ..models import Incoming, System
from .outbox import UnknownSystem, lock

log = logging.getLogger(__name__)
MOST_BYTES = 20 * 1024 * 1024
MOST_TRIES = 12
Handler = Callable[[Incoming], str]
_HANDLERS: dict[str, Handler] = {}


class KeyReused(Refusal):
    """The same key came before with other content."""


class UnknownKind(Refusal):
    """Nobody here takes messages of this kind."""


class TooLarge(Refusal):
    """The message is larger than this installation takes."""

    status = 413


def handler(*kinds: str) -> Callable[[Handler], Handler]:
    """Take in messages of these kinds with this function, inside a transaction together with the note that it is done.

    It gives a short word on what came of it; a Refusal refuses the message for good, any other error is tried again.
    """

    def wrap(take: Handler) -> Handler:
        _HANDLERS.update(dict.fromkeys(kinds, take))
        return take

    return wrap


@transaction.atomic
def receive(
    actor: Actor,
    *,
    system: str,
    kind: str,
    key: str,
    content: bytes,
    content_type: str = "application/xml",
    at: datetime,
) -> tuple[Incoming, bool]:
    """Keep a message of another system; gives it and whether it is new. A repetition is counted, not kept twice.

    Raises UnknownSystem, UnknownKind, TooLarge, KeyReused.
    """
    sender = System.objects.filter(code=system).first()
    if sender is None:
        raise UnknownSystem(_("No system “%(code)s” is known here.") % {"code": system}, field="system")
    if kind not in _HANDLERS:
        raise UnknownKind(
            _("Nobody here takes messages of the kind “%(kind)s”.") % {"kind": kind}, field="kind",
            way_out=_("Known kinds: %(kinds)s.") % {"kinds": ", ".join(sorted(_HANDLERS)) or "–"},
        )  # fmt: skip
    if len(content) > MOST_BYTES:
        raise TooLarge(
            _("The message has %(size)d MB; at most %(most)d MB are taken.")
            % {"size": len(content) // 1_048_576 + 1, "most": MOST_BYTES // 1_048_576},
            way_out=_("Send it in parts."),
        )
    lock(sender.pk, f"in:{key}")
    digest = hashlib.sha256(content).hexdigest()
    known = Incoming.objects.filter(system=sender, key=key).first()
    if known is not None:
        if (known.sha256, known.kind) != (digest, kind):
            raise KeyReused(
                _("The key “%(key)s” came before with other content.") % {"key": key}, field="key",
                way_out=_("Send a correction under a key of its own."),
            )  # fmt: skip
        Incoming.objects.filter(pk=known.pk).update(copies=F("copies") + 1)
        return known, False
    message = Incoming.objects.create(
        system=sender, kind=kind, key=key, content=content, content_type=content_type, sha256=digest, received_at=at,
        next_attempt_at=at,
    )  # fmt: skip
    audit.record(
        actor, "exchange.received", message, after={"system": system, "kind": kind, "key": key, "sha256": digest}, at=at
    )
    return message, True


def handle_due(*, at: datetime, most: int = 200) -> int:
    """Hand waiting messages to those who take them in; gives how many were looked at."""
    ids = list(
        Incoming.objects.filter(state=Incoming.State.RECEIVED, next_attempt_at__lte=at)
        .order_by("next_attempt_at", "pk")
        .values_list("pk", flat=True)[:most]
    )
    for message_id in ids:
        _handle(message_id, at)
    return len(ids)


def _handle(message_id: int, at: datetime) -> None:
    try:
        with transaction.atomic():
            message = (
                Incoming.objects.select_for_update(skip_locked=True, of=("self",))
                .select_related("system")
                .filter(pk=message_id, state=Incoming.State.RECEIVED)
                .first()
            )
            if message is None:
                return
            result = _HANDLERS[message.kind](message)
            message.state, message.handled_at, message.next_attempt_at = Incoming.State.HANDLED, at, None
            message.result, message.problem = result[:200], ""
            message.attempts += 1
            message.save()
    except Refusal as refusal:
        Incoming.objects.filter(pk=message_id).update(
            state=Incoming.State.REFUSED, handled_at=at, next_attempt_at=None, problem=str(refusal)[:500],
            attempts=F("attempts") + 1,
        )  # fmt: skip
    except Exception as problem:  # a handler that fails must not hold up the others
        log.exception("message %s could not be taken in", message_id)
        row = Incoming.objects.select_related("system").get(pk=message_id)
        pace = queries.pace_of(row.system, at=at)
        rule = Waiting(pace.first_wait_s, pace.longest_wait_s, pace.jitter_percent)
        given_up = row.attempts + 1 >= MOST_TRIES
        Incoming.objects.filter(pk=message_id).update(
            attempts=row.attempts + 1,
            problem=f"{type(problem).__name__}: {problem}"[:500],
            state=Incoming.State.REFUSED if given_up else Incoming.State.RECEIVED,
            next_attempt_at=None if given_up else at + wait(rule, failures=row.attempts + 1, key=row.key),
        )
