"""Coming in: what happens between a right password (or a vouched-for citizen) and a session."""

from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import authenticate, login
from django.contrib.auth.signals import user_login_failed
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from langbiang.foundation import audit

from . import lockout, queries, second_factor
from .models import Account

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
WAITING = "second_step"
WAITING_S = 600
MUST_CHANGE = "must_change_password"
SIGNED_IN_AT = "signed_in_at"
SEEN_AT = "seen_at"


def officer_with(request: HttpRequest, username: str, password: str) -> Account | None:
    """The open officer's account with this password; anything else takes as long and tells nothing.

    Sets `request.axes_locked_out` where a limit of wrong tries is reached.
    """
    found = authenticate(request, username=username.strip(), password=password)
    if not isinstance(found, Account):
        return None
    if found.kind != Account.Kind.STAFF or (found.is_demo and settings.MODE == "production"):
        wrong_try(request, username)
        return None
    return found


def wrong_try(request: HttpRequest, username: str) -> None:
    """Count a wrong try that the password check itself did not see."""
    user_login_failed.send(sender=__name__, credentials={"username": username}, request=request)


def wait_for_second_step(request: HttpRequest, account: Account) -> None:
    """Remember, on the server only, who still owes the second factor. Nobody is signed in yet."""
    request.session.cycle_key()
    request.session[WAITING] = {"account": account.pk, "at": timezone.now().timestamp()}


def waiting(request: HttpRequest) -> Account | None:
    """Who owes the second factor in this session; nobody after ten minutes."""
    kept: dict[str, Any] = request.session.get(WAITING) or {}
    if not kept or timezone.now().timestamp() - kept["at"] > WAITING_S:
        request.session.pop(WAITING, None)
        return None
    return Account.objects.filter(pk=kept["account"], kind=Account.Kind.STAFF, is_active=True).first()


@transaction.atomic
def enter(request: HttpRequest, account: Account, *, how: str) -> None:
    """Sign in: a new session key, the session listed for its owner, the act on record.

    how: password | password+code | password+key | oidc.
    """
    request.session.pop(WAITING, None)
    login(request, account, backend=BACKEND)
    now = timezone.now()
    request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = now.timestamp()
    request.session[MUST_CHANGE] = account.must_change_password
    UserSession.objects.filter(user_id=account.pk, last_seen_at__lt=now - settings.SESSION_LONGEST).delete()
    UserSession.objects.create_from_request(request)
    actor = queries.actor_of(request)
    audit.record(actor, "accounts.signed_in", account, after={"how": how}, at=now)


def needs_second_step(account: Account) -> bool:
    """Whether the password alone is not enough."""
    return second_factor.is_enrolled(account)


def is_held_up(request: HttpRequest, account: Account) -> bool:
    """Whether too many wrong tries were made on this account or from here."""
    return lockout.hold_on(account.username.casefold(), queries.client_address(request)) is not None


def lock(request: HttpRequest, account: Account) -> None:
    """Have the lock-out page answer this request."""
    request.axes_locked_out = True  # type: ignore[attr-defined]  # carried along on the object
    request.axes_credentials = {"username": account.username}  # type: ignore[attr-defined]  # carried along on the object
