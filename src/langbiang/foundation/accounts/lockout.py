"""Too many wrong passwords or codes: who is held up, how long, and what they are told.

Three limits within the same quarter of an hour: wrong tries on one account from one address (somebody guesses, or forgot),
on one account from anywhere (somebody guesses from many places), from one address on any account (somebody tries one
password on everybody; high, because a whole office shares one address). Whether a user name exists makes no difference.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from langbiang.foundation import audit
from langbiang.foundation.access import ANONYMOUS

from . import queries


@dataclass(frozen=True)
class Hold:
    """Somebody has to wait: `by` is account or address."""

    by: str
    minutes: int


def username_of(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The user name of an attempt, so that An.Nguyen and an.nguyen are one account."""
    given = (credentials or {}).get("username") or request.POST.get("username", "")
    return str(given).strip().casefold()[:150]


def window() -> timedelta:
    """How long a wrong try counts."""
    return timedelta(hours=float(settings.AXES_COOLOFF_TIME))


def hold_on(username: str, address: str) -> Hold | None:
    """Whether an account or an address is held up now. One SQL statement."""
    limits: dict[str, int] = settings.SIGN_IN_LIMITS
    now = timezone.now()
    account, here = Q(username=username), Q(ip_address=address or None)
    found = AccessAttempt.objects.filter(account | here, attempt_time__gte=now - window()).aggregate(
        both=Sum("failures_since_start", filter=account & here),
        account=Sum("failures_since_start", filter=account),
        address=Sum("failures_since_start", filter=here),
        last=Max("attempt_time"),
    )
    if (found["both"] or 0) >= limits["account_from_address"] or (found["account"] or 0) >= limits["account"]:
        by = "account"
    elif (found["address"] or 0) >= limits["address"]:
        by = "address"
    else:
        return None
    left = (found["last"] + window() - now).total_seconds()
    return Hold(by, max(1, -int(-left // 60)))


def is_held_up_somewhere(username: str) -> bool:
    """Whether an account is held up everywhere, or from at least one address. One SQL statement."""
    limits: dict[str, int] = settings.SIGN_IN_LIMITS
    rows = AccessAttempt.objects.filter(username=username, attempt_time__gte=timezone.now() - window())
    tries: dict[str | None, int] = {}
    for address, count in rows.values_list("ip_address", "failures_since_start"):
        tries[address] = tries.get(address, 0) + count
    return sum(tries.values()) >= limits["account"] or max(tries.values(), default=0) >= limits["account_from_address"]


def forgive(username: str) -> None:
    """Forget the wrong tries on an account: its holder was helped by an administrator."""
    AccessAttempt.objects.filter(username=username.casefold()).delete()


class Handler(AxesDatabaseHandler):  # type: ignore[misc]  # the library has no types
    """Counts by the three limits, and puts the moment of a lock-out on record."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """The library's figure: its limit when one of ours is reached, else none."""
        held = hold_on(username_of(request, credentials), queries.client_address(request))
        return int(settings.AXES_FAILURE_LIMIT) if held else 0

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        """A wrong try; the one that reaches a limit is audited."""
        before = getattr(request, "axes_locked_out", False)
        super().user_login_failed(sender, credentials, request, **kwargs)
        if request is not None and not before and getattr(request, "axes_locked_out", False):
            with transaction.atomic():
                audit.record(
                    ANONYMOUS, "accounts.locked_out", "accounts.account", at=timezone.now(),
                    after={"username": username_of(request, credentials), "address": queries.client_address(request)},
                )  # fmt: skip


def locked_out(
    request: HttpRequest, credentials: dict[str, Any] | None = None, *args: Any, **kwargs: Any
) -> HttpResponse:
    """A page that says who has to wait, how long, and what to do."""
    held = hold_on(username_of(request, credentials), queries.client_address(request))
    held = held or Hold("account", round(window().total_seconds() / 60))
    response = render(request, "accounts/locked.html", {"hold": held}, status=429)
    response["Retry-After"] = str(held.minutes * 60)
    return response
