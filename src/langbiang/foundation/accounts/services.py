"""Keeping accounts: officers are enrolled by an administrator, citizens come from the identity provider."""

import re
import secrets
from datetime import date, datetime
from typing import Any

from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from langbiang.foundation import audit
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access.policies import require
from langbiang.foundation.organizations import services as organizations
from langbiang.foundation.people import services as people

from . import lockout, policies, second_factor
from .models import Account, ExternalIdentity

# Without the letters and digits people mistake for one another when they copy a note.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
USERNAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{1,58})[a-z0-9]")


class NameTaken(Refusal):
    """Somebody has this user name."""


class NoSuchAccount(Refusal):
    """There is no such account."""

    status = 404


class AccountClosed(Refusal):
    """This account was closed."""

    status = 403


def _first_password() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _n in range(5)) for _m in range(3))


def _kept(actor: Actor, account_id: int, at: datetime) -> Account:
    row = Account.objects.select_for_update().filter(pk=account_id).first()
    if row is None:
        raise NoSuchAccount(_("There is no such account."))
    require(policies.may_keep(actor, row, at=at))
    return row


@transaction.atomic
def enrol_officer(
    actor: Actor, *, username: str, full_name: str, email: str = "", phone: str = "", position_id: int | None = None,
    at: datetime,
) -> tuple[Account, str]:  # fmt: skip
    """Make an officer's account, seated where a position is given; gives it with its first password.

    The password is shown once and must be changed at the first sign-in. Raises Forbidden, NameTaken, Refusal.
    """
    require(policies.may_enrol(actor))
    username = username.strip().lower()
    if not USERNAME.fullmatch(username):
        raise Refusal(
            _("A user name has 3 to 60 letters without marks, digits, dots or hyphens."),
            field="username", way_out=_("For example an.nguyen.xuanhuong"),
        )  # fmt: skip
    full_name = " ".join(full_name.split())
    if len(full_name) < 2:
        raise Refusal(_("Enter the full name."), field="full_name")
    password = _first_password()
    row = Account(
        kind=Account.Kind.STAFF, username=username, full_name=full_name[:200], email=email, phone=phone,
        must_change_password=True, created_at=at, enrolled_by_id=actor.account_id,
    )  # fmt: skip
    row.set_password(password)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise NameTaken(
            _("The user name %(name)s is taken.") % {"name": username}, field="username",
            way_out=_("Add something that tells the two apart, such as the unit."),
        ) from None  # fmt: skip
    if position_id is not None:
        day = timezone.localtime(at).date()
        organizations.appoint(actor, position_id=position_id, account_id=row.pk, valid_from=day, at=at)
    audit.record(actor, "accounts.enrolled", row, after={"username": username, "position": position_id}, at=at)
    return row, password


@transaction.atomic
def reset_password(actor: Actor, *, account_id: int, at: datetime) -> str:
    """A new first password for an officer; all their sessions end, a lock-out is lifted.

    Raises Forbidden, NoSuchAccount.
    """
    row = _kept(actor, account_id, at)
    password = _first_password()
    row.set_password(password)
    row.must_change_password = True
    row.save(update_fields=["password", "must_change_password"])
    lockout.forgive(row.username)
    end_sessions(row.pk)
    audit.record(actor, "accounts.password_reset", row, at=at)
    return password


@transaction.atomic
def set_active(actor: Actor, *, account_id: int, active: bool, at: datetime) -> None:
    """Close or reopen an account; a closed one is nobody from its very next request on.

    Raises Forbidden, NoSuchAccount, Refusal.
    """
    row = _kept(actor, account_id, at)
    if row.pk == actor.account_id and not active:
        raise Refusal(_("You cannot close your own account."), way_out=_("Ask another administrator to do it."))
    if row.is_active == active:
        return
    row.is_active = active
    row.save(update_fields=["is_active"])
    if not active:
        end_sessions(row.pk)
    audit.record(actor, "accounts.reopened" if active else "accounts.closed", row, at=at)


@transaction.atomic
def reset_second_factor(actor: Actor, *, account_id: int, at: datetime) -> None:
    """Somebody lost their telephone or key: only the password is asked until they enrol anew; their sessions end.

    Raises Forbidden, NoSuchAccount.
    """
    row = _kept(actor, account_id, at)
    second_factor.remove_all(row)
    lockout.forgive(row.username)
    end_sessions(row.pk)
    audit.record(actor, "accounts.second_factor_reset", row, at=at)


@transaction.atomic
def change_own_password(actor: Actor, *, account: Account, password: str, but: str = "", at: datetime) -> None:
    """Set a password one has chosen (the form checked old and new); every other session ends."""
    account.set_password(password)
    account.must_change_password = False
    account.save(update_fields=["password", "must_change_password"])
    end_sessions(account.pk, but=but)
    audit.record(actor, "accounts.password_changed", account, at=at)


@transaction.atomic
def account_for_citizen(claims: dict[str, Any], *, issuer: str, at: datetime) -> Account:
    """The account of somebody vouched for by the identity provider; made, with their record, at the first sign-in.

    Found by (issuer, subject), else by the record of the person. Raises BadIdentity when the claims cannot be right,
    AccountClosed for a closed account.
    """
    guest = Actor(kind="system", label=str(_("Identity provider")), channel="oidc")
    subject = str(claims["sub"])[:255]
    with connection.cursor() as cursor:  # two windows may come back at once: the second waits for the first
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{claims.get('identity_no')}"])
    person = people.person_from_identity_provider(guest, claims=claims, at=at)
    link = ExternalIdentity.objects.select_related("account").filter(issuer=issuer, subject=subject).first()
    row = link.account if link else None
    if row is None or row.person_id != person.pk:
        row = Account.objects.filter(person=person, kind=Account.Kind.CITIZEN).order_by("-is_active", "pk").first()
    if row is None:
        row = Account(
            kind=Account.Kind.CITIZEN, username=f"citizen-{person.pk}", full_name=person.full_name, person=person,
            created_at=at,
        )  # fmt: skip
        row.set_unusable_password()
        row.save()
        audit.record(guest, "accounts.citizen_first_sign_in", row, after={"issuer": issuer}, at=at)
    if not row.is_active:
        raise AccountClosed(_("This account was closed."), way_out=_("Ask at any one-stop counter; bring your card."))
    if row.full_name != person.full_name:
        row.full_name = person.full_name
        row.save(update_fields=["full_name"])
    ExternalIdentity.objects.update_or_create(
        issuer=issuer, subject=subject,
        defaults={"account": row, "level": str(claims.get("level", ""))[:100], "last_used_at": at},
        create_defaults={
            "account": row, "level": str(claims.get("level", ""))[:100], "linked_at": at, "last_used_at": at,
        },
    )  # fmt: skip
    return row


def end_sessions(account_id: int, *, but: str = "") -> int:
    """End the sessions of an account everywhere, except one; gives how many were ended."""
    ended = 0
    for session in UserSession.objects.filter(user_id=account_id).exclude(session_key=but):
        ended += bool(session.exists())
        session.end()
    return ended


@transaction.atomic
def record_sign_out(actor: Actor, *, session_key: str) -> None:
    """Take a session off the list of its owner and put the act on record; the page ends it."""
    UserSession.objects.filter(session_key=session_key).delete()
    audit.record(actor, "accounts.signed_out", f"accounts.account:{actor.account_id}", at=timezone.now())


def today() -> date:
    """The day in Viet Nam, on which positions are decided."""
    return timezone.localdate()


@transaction.atomic
def end_other_sessions(actor: Actor, *, account: Account, but: str, at: datetime) -> int:
    """Sign out everywhere but here; gives how many browsers."""
    ended = end_sessions(account.pk, but=but)
    audit.record(actor, "accounts.sessions_ended", account, after={"count": ended}, at=at)
    return ended


@transaction.atomic
def end_own_session(actor: Actor, *, session_id: int, but: str, at: datetime) -> None:
    """Sign out one other browser of one's own; somebody else's, or one that ended, is passed over."""
    row = UserSession.objects.filter(user_id=actor.account_id, pk=session_id).exclude(session_key=but).first()
    if row is not None:
        row.end()
        audit.record(actor, "accounts.sessions_ended", f"accounts.account:{actor.account_id}", after={"count": 1}, at=at)


def move_session(*, old_key: str, new_key: str) -> None:
    """A session went on under a new key."""
    UserSession.objects.filter(session_key=old_key).update(session_key=new_key)


@transaction.atomic
def enrol_app(actor: Actor, *, account: Account, secret: str, code: str, at: datetime) -> list[str] | None:
    """Make an authenticator app the second factor when its code fits; gives recovery codes when these are the first.

    None when the code does not fit.
    """
    first = not second_factor.is_enrolled(account)
    if not second_factor.enrol_app(account, secret, code):
        return None
    audit.record(actor, "accounts.second_factor_added", account, after={"kind": "app"}, at=at)
    return second_factor.new_recovery_codes(account) if first else []


@transaction.atomic
def enrol_key(actor: Actor, *, account: Account, name: str, answer: dict[str, Any], at: datetime) -> list[str] | None:
    """Make a security key a second factor; gives recovery codes when these are the first. None when it did not answer."""
    first = not second_factor.is_enrolled(account)
    if not second_factor.enrol_key(account, name, answer):
        return None
    audit.record(actor, "accounts.second_factor_added", account, after={"kind": "key", "name": name}, at=at)
    return second_factor.new_recovery_codes(account) if first else []


@transaction.atomic
def remove_own_factor(actor: Actor, *, account: Account, factor_id: int, at: datetime) -> None:
    """Take one of one's own second factors away."""
    if second_factor.remove(account, factor_id):
        audit.record(actor, "accounts.second_factor_removed", account, at=at)


@transaction.atomic
def renew_recovery_codes(actor: Actor, *, account: Account, at: datetime) -> list[str]:
    """Fresh recovery codes in place of the old ones."""
    codes = second_factor.new_recovery_codes(account)
    audit.record(actor, "accounts.recovery_codes_renewed", account, at=at)
    return codes


def forget_ended(*, at: datetime) -> tuple[int, int]:
    """Remove sessions that ended and wrong tries nobody counts any more; gives how many of each."""
    sessions, _rows = Session.objects.filter(expire_date__lt=at).delete()
    alive = Session.objects.filter(session_key=OuterRef("session_key"))
    UserSession.objects.filter(~Exists(alive)).delete()
    tries, _rows = AccessAttempt.objects.filter(attempt_time__lt=at - lockout.window()).delete()
    return sessions, tries
