"""The second factor of officers: an authenticator app (RFC 6238), a security key (WebAuthn), recovery codes.

Storage and cryptography are those of the sign-in library. A code of the app is accepted once: the counter it came from is
kept in the database, because the web processes share no memory.
"""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt, encrypt
from allauth.mfa.webauthn.internal import auth as webauthn
from django.core.exceptions import ValidationError
from django.db import transaction

from .models import Account

TOTP, KEY, RECOVERY = (
    Authenticator.Type.TOTP,
    Authenticator.Type.WEBAUTHN,
    Authenticator.Type.RECOVERY_CODES,
)
DRIFT = (-1, 0, 1)  # telephones' clocks are wrong by some seconds


@dataclass(frozen=True)
class Factor:
    """One second factor as its owner sees it."""

    id: int
    kind: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


def factors(account: Account) -> list[Factor]:
    """App and keys of an account."""
    rows = Authenticator.objects.filter(user_id=account.pk, type__in=[TOTP, KEY]).order_by("created_at")
    return [Factor(r.pk, str(r.type), r.data.get("name", ""), r.created_at, r.last_used_at) for r in rows]


def is_enrolled(account: Account) -> bool:
    """Whether this account has a second factor."""
    return bool(Authenticator.objects.filter(user_id=account.pk, type__in=[TOTP, KEY]).exists())


def protected(account_ids: set[int]) -> set[int]:
    """Which of these accounts have a second factor. One SQL statement."""
    rows = Authenticator.objects.filter(user_id__in=account_ids, type__in=[TOTP, KEY])
    return set(rows.values_list("user_id", flat=True))


def has_key(account: Account) -> bool:
    """Whether a security key is enrolled."""
    return bool(Authenticator.objects.filter(user_id=account.pk, type=KEY).exists())


def recovery_codes_left(account: Account) -> int:
    """How many recovery codes were not used yet."""
    row = Authenticator.objects.filter(user_id=account.pk, type=RECOVERY).first()
    return len(RecoveryCodes(row).get_unused_codes()) if row else 0


def new_recovery_codes(account: Account) -> list[str]:
    """Fresh recovery codes; the old ones are void."""
    Authenticator.objects.filter(user_id=account.pk, type=RECOVERY).delete()
    codes: Any = RecoveryCodes.activate(account)
    return [str(code) for code in codes.get_unused_codes()]


# the app


def new_secret() -> str:
    """A secret to be scanned into an authenticator app."""
    return str(totp.generate_totp_secret())


def address_of(account: Account, secret: str) -> str:
    """The otpauth: address the app scans."""
    return str(get_adapter().build_totp_url(account, secret))


def _counter_of(secret: str, code: str) -> int | None:
    now: int = int(time.time()) // int(app_settings.TOTP_PERIOD)
    for counter in (now + step for step in DRIFT):
        expected = totp.format_hotp_value(totp.hotp_value(secret, counter))
        if totp.compare_user_code(actual=code, expected=expected):
            return counter
    return None


@transaction.atomic
def enrol_app(account: Account, secret: str, code: str) -> bool:
    """Put an app in place of the former one when its code fits the secret."""
    counter = _counter_of(secret, code.replace(" ", ""))
    if counter is None:
        return False
    Authenticator.objects.filter(user_id=account.pk, type=TOTP).delete()
    Authenticator.objects.create(user=account, type=TOTP, data={"secret": encrypt(secret), "last_counter": counter})
    return True


@transaction.atomic
def check(account: Account, code: str) -> bool:
    """Whether a code of the app or a recovery code fits; each is accepted once."""
    flat = "".join(code.split()).replace("-", "")
    rows = Authenticator.objects.select_for_update().filter(user_id=account.pk, type__in=[TOTP, RECOVERY])
    for row in rows.order_by("-type"):
        if row.type == TOTP:
            counter = _counter_of(decrypt(row.data["secret"]), flat)
            if counter is None or counter <= row.data.get("last_counter", 0):
                continue
            row.data["last_counter"] = counter
            row.save(update_fields=["data"])
        elif not RecoveryCodes(row).validate_code(flat):
            continue
        row.refresh_from_db()
        row.record_usage()
        return True
    return False


# security keys


def begin_key(account: Account) -> dict[str, Any]:
    """What the browser needs to enrol a key; the challenge stays in the session."""
    return dict(webauthn.begin_registration(account, False))


def enrol_key(account: Account, name: str, answer: dict[str, Any]) -> bool:
    """Keep a key that answered the challenge."""
    try:
        webauthn.parse_registration_response(answer)
        webauthn.complete_registration(answer)
    except (ValidationError, ValueError, KeyError, TypeError):
        return False
    webauthn.WebAuthn.add(account, name[:60], answer)
    return True


def ask_key(account: Account) -> dict[str, Any]:
    """What the browser needs to have a key answer."""
    return dict(webauthn.begin_authentication(account))


def check_key(account: Account, answer: dict[str, Any]) -> bool:
    """Whether one of the account's keys answered the challenge."""
    try:
        webauthn.parse_authentication_response(answer)
        row = webauthn.complete_authentication(account, answer)
    except (ValidationError, ValueError, KeyError, TypeError):
        return False
    row.record_usage()
    return True


# taking away


@transaction.atomic
def remove(account: Account, factor_id: int) -> bool:
    """Take one factor away; with the last, the recovery codes go too. Whether there was one."""
    count, _rows = Authenticator.objects.filter(user_id=account.pk, pk=factor_id, type__in=[TOTP, KEY]).delete()
    if not is_enrolled(account):
        remove_all(account)
    return bool(count)


def remove_all(account: Account) -> None:
    """Take every second factor away."""
    Authenticator.objects.filter(user_id=account.pk).delete()
