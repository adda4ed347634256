"""Keys of machines: another system signs in with a key, acts in one seat, and may do what that seat may do.

A key is shown once, when it is made; only its digest is kept. It ends on a day, and can be revoked at any time: every
process stops honouring it within seconds.
"""

import hashlib
import secrets
import time
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from langbiang.foundation import audit
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access import queries as access
from langbiang.foundation.access.policies import Answer, allow_if, require
from langbiang.foundation.organizations import queries as organizations

from . import policies
from .models import Account, ApiKey

PREFIX = "lbk_"
LONGEST_DAYS = 731
# How long a process honours a key without asking the database again.
HONOURED_S = 5.0

_honoured: dict[str, tuple[float, Actor]] = {}


class NoSuchKey(Refusal):
    """There is no such key."""

    status = 404


class KeyRefused(Refusal):
    """A key cannot be made like this."""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def issue_key(actor: Actor, *, name: str, position_id: int, days: int, at: datetime) -> tuple[ApiKey, str]:
    """Make a key for a system that acts in a seat; gives the key and its text, which is never shown again.

    Only who keeps the accounts of the whole province may: the key carries the rights of the seat. A second key under
    the same name is for changing keys without a gap. Raises Forbidden, KeyRefused.
    """
    require(may_keep_keys(actor))
    name = " ".join(name.split())
    if len(name) < 3:
        raise KeyRefused(_("Enter the name of the system."), field="name")
    if not organizations.position_exists(position_id):
        raise KeyRefused(_("Choose the seat it acts in."), field="position_id")
    if not 1 <= days <= LONGEST_DAYS:
        raise KeyRefused(_("A key is valid for at least one day and at most two years."), field="days")
    account = Account.objects.select_for_update().filter(kind=Account.Kind.CLIENT, full_name=name[:200]).first()
    if account is None:
        account = Account(kind=Account.Kind.CLIENT, username=f"client.{secrets.token_hex(6)}", full_name=name[:200])
        account.created_at = at
        account.set_unusable_password()
        account.save()
    text = PREFIX + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        account=account,
        position_id=position_id,
        digest=_digest(text),
        hint=text[-4:],
        made_at=at,
        made_by=actor.label[:300],
        expires_at=at + timedelta(days=days),
    )
    told = {"name": account.full_name, "position": position_id, "expires_at": key.expires_at}
    audit.record(actor, "accounts.key_issued", key, after=told, at=at)
    return key, text


@transaction.atomic
def revoke_key(actor: Actor, *, key_id: int, at: datetime) -> ApiKey:
    """End a key for ever. Raises Forbidden, NoSuchKey."""
    require(may_keep_keys(actor))
    key = ApiKey.objects.select_for_update().filter(pk=key_id).first()
    if key is None:
        raise NoSuchKey(_("There is no such key."))
    if key.revoked_at is None:
        key.revoked_at = at
        key.save(update_fields=["revoked_at"])
        audit.record(actor, "accounts.key_revoked", key, at=at)
    _honoured.pop(key.digest, None)
    return key


def may_keep_keys(actor: Actor) -> Answer:
    """Keys are made by those who keep the accounts of the whole province."""
    return allow_if(actor.reach(policies.PERMISSION).everywhere)


def keys() -> list[ApiKey]:
    """All keys, those in force first."""
    return list(ApiKey.objects.select_related("account").order_by("revoked_at", "account__full_name", "-made_at"))


def actor_of_key(text: str, *, at: datetime) -> Actor | None:
    """The system a key belongs to, in its seat; None for a key that is unknown, expired or revoked."""
    digest = _digest(text)
    known = _honoured.get(digest)
    if known is not None and known[0] > time.monotonic():
        return known[1]
    key = ApiKey.objects.select_related("account").filter(digest=digest, revoked_at=None, expires_at__gt=at).first()
    if key is None or not key.account.is_active:
        _honoured.pop(digest, None)
        return None
    day = timezone.localtime(at).date()
    if key.last_used_on != day:
        ApiKey.objects.filter(pk=key.pk).update(last_used_on=day)
    seat = organizations.position(key.position_id)
    agency = organizations.agency(seat.agency_id)
    actor = Actor(
        kind="client",
        account_id=key.account_id,
        position_id=seat.pk,
        agency_id=agency.id,
        label=f"{key.account.full_name}, {seat.title}, {agency.name}",
        position_title=seat.title,
        agency_name=agency.name,
        grants=access.grants_of_positions([seat.pk], on=day),
        channel="api",
    )
    if len(_honoured) > 10_000:
        _honoured.clear()
    _honoured[digest] = (time.monotonic() + HONOURED_S, actor)
    return actor
