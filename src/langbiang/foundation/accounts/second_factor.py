"""The second factor of officers: time-based codes (RFC 6238) and recovery codes, kept by the sign-in library."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp

from .models import Account


def is_enrolled(account: Account) -> bool:
    """Whether this account has a second factor."""
    return bool(Authenticator.objects.filter(user_id=account.pk, type=Authenticator.Type.TOTP).exists())


def new_secret() -> str:
    """A secret to be scanned into an authenticator app."""
    return str(totp.generate_totp_secret())


def address_of(account: Account, secret: str) -> str:
    """The otpauth: address the app scans."""
    return str(get_adapter().build_totp_url(account, secret))


def enrol(account: Account, secret: str, code: str) -> list[str] | None:
    """Activate the factor when the code fits its secret; gives the recovery codes, shown once. None when it does not."""
    if not totp.validate_totp_code(secret, code.strip()):
        return None
    Authenticator.objects.filter(user_id=account.pk).delete()
    totp.TOTP.activate(account, secret)
    kept: Any = RecoveryCodes.activate(account)
    return [str(code) for code in kept.get_unused_codes()]


def check(account: Account, code: str) -> bool:
    """Whether a code of the app or a recovery code fits; each is accepted once."""
    flat = code.replace(" ", "").strip()
    for row in Authenticator.objects.filter(user_id=account.pk):
        wrapped: Any = row.wrap()
        if hasattr(wrapped, "validate_code") and wrapped.validate_code(flat):
            row.record_usage()
            return True
    return False


def remove(account: Account) -> None:
    """Take the second factor off."""
    Authenticator.objects.filter(user_id=account.pk).delete()
