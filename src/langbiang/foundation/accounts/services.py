"""Keeping accounts: officers are enrolled by an administrator, citizens come from the identity provider."""

import secrets
from datetime import datetime
from typing import Any

from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from langbiang.foundation import audit
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access.policies import allow_if, require
from langbiang.foundation.people import services as people

from .models import Account

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class NameTaken(Refusal):
    """Somebody has this user name."""


class NoSuchAccount(Refusal):
    """There is no such account."""

    status = 404


def _new_password() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _n in range(5)) for _m in range(3))


def _managed(actor: Actor, account_id: int) -> Account:
    require(allow_if(actor.reach("accounts.manage").everywhere or _below(actor, account_id)))
    row = Account.objects.select_for_update().filter(pk=account_id).first()
    if row is None:
        raise NoSuchAccount(_("There is no such account."))
    return row


def _below(actor: Actor, account_id: int) -> bool:
    """Whether the account sits in an agency the actor administers."""
    from django.utils import timezone

    from langbiang.foundation.organizations import queries as organizations

    held = organizations.positions_of(account_id, on=timezone.localdate())
    return bool(held) and all(actor.may("accounts.manage", agency_id=p.agency_id) for p in held)


@transaction.atomic
def enrol_officer(actor: Actor, *, username: str, full_name: str, email: str = "", at: datetime) -> tuple[Account, str]:
    """Make an officer's account; gives it with its first password, which is shown once and must be changed.

    Raises Forbidden, NameTaken, Refusal.
    """
    require(allow_if(bool(actor.reach("accounts.manage"))))
    username = username.strip().lower()
    if len(username) < 3 or not username.replace(".", "").replace("-", "").isalnum() or not username.isascii():
        raise Refusal(_("A user name has at least 3 letters or digits without marks, dots allowed."), field="username")
    if len(full_name.strip()) < 2:
        raise Refusal(_("Enter the full name."), field="full_name")
    password = _new_password()
    row = Account(
        kind=Account.Kind.STAFF, username=username, full_name=" ".join(full_name.split()), email=email,
        must_change_password=True, created_at=at,
    )  # fmt: skip
    row.set_password(password)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise NameTaken(_("The user name %(name)s is taken.") % {"name": username}, field="username") from None
    audit.record(actor, "accounts.enrolled", row, after={"username": username}, at=at)
    return row, password


@transaction.atomic
def reset_password(actor: Actor, *, account_id: int, at: datetime) -> str:
    """A new first password for an officer; their sessions end. Raises Forbidden, NoSuchAccount."""
    row = _managed(actor, account_id)
    password = _new_password()
    row.set_password(password)
    row.must_change_password = True
    row.save(update_fields=["password", "must_change_password"])
    audit.record(actor, "accounts.password_reset", row, at=at)
    return password


@transaction.atomic
def set_active(actor: Actor, *, account_id: int, active: bool, at: datetime) -> None:
    """Lock or open an account; a locked one is signed out at its next request. Raises Forbidden, NoSuchAccount."""
    row = _managed(actor, account_id)
    if row.pk == actor.account_id and not active:
        raise Refusal(_("You cannot lock yourself out."))
    row.is_active = active
    row.save(update_fields=["is_active"])
    audit.record(actor, "accounts.activated" if active else "accounts.deactivated", row, at=at)


@transaction.atomic
def change_own_password(account: Account, actor: Actor, *, at: datetime, password: str) -> None:
    """Set a password one has chosen; checked by the form before."""
    account.set_password(password)
    account.must_change_password = False
    account.save(update_fields=["password", "must_change_password"])
    audit.record(actor, "accounts.password_changed", account, at=at)


@transaction.atomic
def account_for_citizen(claims: dict[str, Any], *, at: datetime) -> Account:
    """The account of somebody vouched for by the identity provider; made, with their record, at the first sign-in.

    Raises BadIdentity when the claims cannot be right, and Refusal for a locked account.
    """
    guest = Actor(kind="system", label=str(_("Identity provider")), channel="oidc")
    person = people.person_from_identity_provider(guest, claims=claims, at=at)
    row = Account.objects.select_for_update().filter(person=person, kind=Account.Kind.CITIZEN).first()
    if row is None:
        row = Account(
            kind=Account.Kind.CITIZEN, username=f"vneid.{claims['sub']}"[:150], full_name=person.full_name, person=person,
            created_at=at,
        )  # fmt: skip
        row.set_unusable_password()
        row.save()
        audit.record(guest, "accounts.citizen_first_sign_in", row, at=at)
    elif not row.is_active:
        raise Refusal(_("This account is locked."), way_out=_("Ask at any one-stop counter."))
    elif row.full_name != person.full_name:
        row.full_name = person.full_name
        row.save(update_fields=["full_name"])
    return row


def end_sessions(account_id: int, *, but: str = "") -> int:
    """End the sessions of an account everywhere, except one; gives how many."""
    ended = 0
    for session in Session.objects.all().iterator():
        data = session.get_decoded()
        if str(data.get("_auth_user_id")) == str(account_id) and session.session_key != but:
            session.delete()
            ended += 1
    return ended


@transaction.atomic
def reset_second_factor(actor: Actor, *, account_id: int, at: datetime) -> None:
    """Somebody lost their telephone. Raises Forbidden, NoSuchAccount."""
    from . import second_factor

    row = _managed(actor, account_id)
    second_factor.remove(row)
    audit.record(actor, "accounts.second_factor_removed", row, at=at)
