"""Keeping the record of a case: lock it, write its history, save it once, tell everybody."""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext_lazy as _

from langbiang.foundation import audit, events
from langbiang.foundation.access import Actor, Refusal, Stale
from langbiang.foundation.prepared import Statement, insert

from ..events import CaseHappening
from ..models import ActionKey, Case, CaseEvent

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_CLAIM = Statement(
    "INSERT INTO cases_actionkey (key, account_id, action, case_id, at) VALUES (%s, %s, %s, %s, %s) "
    "ON CONFLICT (account_id, key) DO NOTHING RETURNING id",
    *("varchar", "bigint", "varchar", "bigint", "timestamptz"),
)
_NEXT_CASE = Statement("SELECT nextval(pg_get_serial_sequence('cases_case', 'id'))")
_CLAIM_NEW = Statement(
    "INSERT INTO cases_actionkey (key, account_id, action, case_id, at) "
    "SELECT %s, %s, %s, nextval(pg_get_serial_sequence('cases_case', 'id')), %s "
    "ON CONFLICT (account_id, key) DO NOTHING RETURNING case_id",
    *("varchar", "bigint", "varchar", "timestamptz"),
)


class NoSuchCase(Refusal):
    """There is no such case, or it is none of this person's business; the two look alike from outside."""

    status = 404


class WrongState(Refusal):
    """The case does not stand where this action could be done."""


class AlreadyDone(Refusal):
    """This very form was sent before; what it asked for has been done."""

    def __init__(self, case_id: int | None) -> None:
        super().__init__(_("This was sent before and has been done; nothing was done twice."))
        self.case_id = case_id


def new_filing_ref() -> str:
    """A code a person can spell over the telephone: 10 characters without look-alikes."""
    return "".join(secrets.choice(ALPHABET) for _ in range(10))


def new_token() -> str:
    """128 random bits in base32: the address of a verification page, unrelated to any other code."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def lock_case(case_id: int, *, revision: int | None = None) -> Case:
    """The case, locked until the transaction ends. Raises NoSuchCase, and Stale when it moved on since `revision`."""
    try:
        case = Case.objects.select_for_update(of=("self",)).get(pk=case_id)
    except Case.DoesNotExist:
        raise NoSuchCase(_("There is no such case.")) from None
    if revision is not None and revision != case.revision:
        last = CaseEvent.objects.filter(case_id=case.pk).order_by("-seq").values_list("actor_label", "at").first()
        who = last[0] if last else ""
        raise Stale(
            _("%(who)s changed this case while you had it open. Nothing of yours was saved over it.") % {"who": who},
            way_out=_("Look at the case as it is now, then decide again."),
        )
    return case


def once(actor: Actor, key: str, *, action: str, case: Case | None = None, at: datetime) -> None:
    """Claim the key of a form; the same form sent again raises AlreadyDone. An empty key claims nothing."""
    if not key:
        return
    if not _CLAIM.run(key[:64], actor.account_id or 0, action, case.pk if case else None, at):
        raise _done_already(actor, key)


def once_for_new(actor: Actor, key: str, *, action: str, at: datetime) -> int:
    """The number of a case about to be made, with the key of its form claimed for it. Raises AlreadyDone."""
    for (case_id,) in _CLAIM_NEW.run(key[:64], actor.account_id or 0, action, at) if key else _NEXT_CASE.run():
        return int(case_id)
    raise _done_already(actor, key)


def _done_already(actor: Actor, key: str) -> AlreadyDone:
    done = ActionKey.objects.filter(account_id=actor.account_id or 0, key=key[:64]).first()
    return AlreadyDone(done.case_id if done else None)


def canonical(value: Any) -> bytes:
    """The bytes of a value that are hashed: JSON with sorted keys and no spaces."""
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def chain(previous: bytes, line: Mapping[str, Any]) -> bytes:
    """The hash of a line of history: sha256 of the hash before and the line itself."""
    return hashlib.sha256(previous + canonical(line)).digest()


def note_down(
    actor: Actor,
    case: Case,
    kind: str,
    *,
    at: datetime,
    note: str = "",
    data: Mapping[str, Any] | None = None,
    public: bool = False,
) -> CaseEvent:
    """Add a line to the history of a locked case. The caller saves the case afterwards (`save`)."""
    case.history_seq += 1
    event = CaseEvent(
        case_id=case.pk,
        seq=case.history_seq,
        at=at,
        kind=kind,
        account_id=actor.account_id,
        position_id=actor.position_id,
        agency_id=actor.agency_id,
        actor_label=actor.label[:300],
        is_public=public,
        note=note,
        data=json.loads(canonical(data or {})),
    )
    event.hash = case.history_hash = chain(bytes(case.history_hash or b""), line_of(event))
    insert(event)
    return event


def line_of(event: CaseEvent) -> dict[str, Any]:
    """What of a line of history is hashed: everything but the hash."""
    return {
        "case": event.case_id,
        "seq": event.seq,
        "at": event.at.astimezone(UTC).isoformat(),
        "kind": event.kind,
        "account": event.account_id,
        "position": event.position_id,
        "agency": event.agency_id,
        "label": event.actor_label,
        "note": event.note,
        "data": event.data,
        "public": event.is_public,
    }


def save(case: Case, *fields: str) -> None:
    """Save the changed columns of a locked case under a new revision; a case that is new is written whole."""
    if case._state.adding:
        insert(case)
        return
    case.revision += 1
    case.save(update_fields=[*fields, "revision", "history_seq", "history_hash"])


def tell(
    actor: Actor, case: Case, what: CaseHappening, *, at: datetime, after: Mapping[str, Any] | None = None
) -> None:
    """The last two lines of every service: the audit row and the event, for the unit that handles the case."""
    audit.record(actor, what.event_name, case, after=after, at=at)
    events.emit(actor, what, at=at, agency_id=case.processing_unit_id, subject=f"case:{case.pk}")
