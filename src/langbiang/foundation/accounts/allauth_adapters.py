"""How the sign-in library is held to the rules of the house."""

import base64
import hashlib
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest

from . import queries
from .models import Account


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the library has no types
    """Nobody signs up by themselves with a password: officers are enrolled, citizens come from the identity provider."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address as the whole house sees it."""
        return queries.client_address(request) or "0.0.0.0"


@lru_cache(maxsize=1)
def _cipher(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"second factor" + secret.encode()).digest()))


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # the library has no types
    """Secrets lie encrypted in the database; keys belong to the public address, whatever the request says."""

    def encrypt(self, text: str) -> str:
        """With a key made from the installation's own."""
        return _cipher(settings.SECRET_KEY).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Back again."""
        return _cipher(settings.SECRET_KEY).decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The host keys are bound to."""
        return {"id": urlsplit(settings.PUBLIC_URL).hostname or "localhost", "name": "Langbiang"}

    def get_public_key_credential_user_entity(self, user: Account) -> dict[str, Any]:
        """Whom a key belongs to, as the browser shows it."""
        return {"id": str(user.pk).encode(), "display_name": user.get_full_name(), "name": user.username}

    def get_totp_label(self, user: Account) -> str:
        """What the app shows beside the code."""
        return user.username
