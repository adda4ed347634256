"""A client of one OpenID Connect issuer: authorization code with PKCE, the identity token checked by its signature.

Generic: issuer, client and claim names are settings. In the demo the issuer is the stand-in for VNeID.
"""

import base64
import hashlib
import os
import secrets
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import httpx
import jwt
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Refusal

SCOPES = "openid profile phone email address"
TIMEOUT = 8.0
LEEWAY = 60


class ProviderUnavailable(Refusal):
    """The identity provider does not answer."""

    status = 503


class SignInFailed(Refusal):
    """What came back from the identity provider cannot be trusted, or the person gave up."""

    status = 403


@dataclass(frozen=True)
class Provider:
    """The configured issuer."""

    issuer: str
    client_id: str
    secret: str


@dataclass(frozen=True)
class Attempt:
    """What must come back unchanged: kept in the session between leaving and returning."""

    state: str
    nonce: str
    verifier: str
    started: float


def provider() -> Provider | None:
    """The issuer from the environment; None when there is none."""
    issuer = os.environ.get("LANGBIANG_OIDC_ISSUER", "").rstrip("/")
    if not issuer:
        return None
    return Provider(issuer, os.environ.get("LANGBIANG_OIDC_CLIENT_ID", ""), os.environ.get("LANGBIANG_OIDC_SECRET", ""))


def _unavailable(problem: Exception) -> ProviderUnavailable:
    found = ProviderUnavailable(
        _("The identity service does not answer at this moment."), way_out=_("Try again in a few minutes.")
    )
    found.__cause__ = problem
    return found


@lru_cache(maxsize=4)
def _discovery(issuer: str, _hour: int) -> dict[str, Any]:
    answer = httpx.get(f"{issuer}/.well-known/openid-configuration", timeout=TIMEOUT)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    if found.get("issuer", "").rstrip("/") != issuer:
        raise ValueError("the discovery document names another issuer")
    return found


@lru_cache(maxsize=4)
def _keys(address: str, _hour: int) -> jwt.PyJWKSet:
    answer = httpx.get(address, timeout=TIMEOUT)
    answer.raise_for_status()
    return jwt.PyJWKSet.from_dict(answer.json())


def _hour() -> int:
    return int(time.time() // 3600)


def begin(known: Provider, *, redirect_uri: str) -> tuple[str, Attempt]:
    """The address to send the person to, and what to remember. Raises ProviderUnavailable."""
    try:
        endpoint = _discovery(known.issuer, _hour())["authorization_endpoint"]
    except (httpx.HTTPError, ValueError, KeyError) as problem:
        raise _unavailable(problem) from problem
    attempt = Attempt(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), time.time())
    challenge = base64.urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code", "client_id": known.client_id, "redirect_uri": redirect_uri, "scope": SCOPES,
        "state": attempt.state, "nonce": attempt.nonce, "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    return f"{endpoint}?{urlencode(query)}", attempt


def finish(known: Provider, attempt: Attempt, *, state: str, code: str, redirect_uri: str) -> dict[str, Any]:
    """Exchange the code and check the identity token; gives its claims. Raises SignInFailed, ProviderUnavailable."""
    again = _("Begin the sign-in again.")
    if not secrets.compare_digest(state, attempt.state) or time.time() - attempt.started > 900:
        raise SignInFailed(_("This sign-in was begun elsewhere or too long ago."), way_out=again)
    try:
        found = _discovery(known.issuer, _hour())
        answer = httpx.post(
            found["token_endpoint"],
            data={
                "grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri,
                "client_id": known.client_id, "client_secret": known.secret, "code_verifier": attempt.verifier,
            },
            timeout=TIMEOUT,
        )  # fmt: skip
    except (httpx.HTTPError, ValueError, KeyError) as problem:
        raise _unavailable(problem) from problem
    if answer.status_code >= 500:
        raise _unavailable(ValueError(answer.text[:200]))
    if answer.status_code != 200:
        raise SignInFailed(_("The identity service refused the sign-in."), way_out=again)
    try:
        token = answer.json()["id_token"]
        claims = _claims(known, found["jwks_uri"], token)
    except (jwt.PyJWTError, KeyError, ValueError) as problem:
        raise SignInFailed(_("The answer of the identity service could not be trusted."), way_out=again) from problem
    except httpx.HTTPError as problem:
        raise _unavailable(problem) from problem
    if not secrets.compare_digest(str(claims.get("nonce", "")), attempt.nonce):
        raise SignInFailed(_("The answer of the identity service belongs to another sign-in."), way_out=again)
    return claims


def _claims(known: Provider, keys_address: str, token: str) -> dict[str, Any]:
    kid = jwt.get_unverified_header(token).get("kid")
    for hour in (
        _hour(),
        _hour() * 1000 + secrets.randbelow(1000),
    ):  # the second time past the cache: keys may have turned
        key = next((k for k in _keys(keys_address, hour).keys if k.key_id == kid), None)
        if key is not None:
            claims: dict[str, Any] = jwt.decode(
                token, key.key, algorithms=["RS256", "ES256"], audience=known.client_id, issuer=known.issuer,
                leeway=LEEWAY, options={"require": ["exp", "iat", "sub", "nonce"]},
            )  # fmt: skip
            return claims
    raise jwt.InvalidTokenError("unknown key")


def identity_of(claims: dict[str, Any]) -> dict[str, Any]:
    """The claims as the register of people understands them."""
    from datetime import date

    born = claims.get("birthdate") or claims.get("birth_date")
    try:
        birth_date = date.fromisoformat(str(born)) if born else None
    except ValueError:
        birth_date = None
    address = claims.get("address")
    return {
        "sub": str(claims["sub"]),
        "identity_no": str(claims.get("identity_no") or claims.get("citizen_id") or claims["sub"]),
        "full_name": str(claims.get("name") or ""),
        "birth_date": birth_date,
        "sex": {"male": "male", "female": "female"}.get(str(claims.get("gender", "")), ""),
        "phone": str(claims.get("phone_number") or ""),
        "email": str(claims.get("email") or ""),
        "address_text": str(address.get("formatted", "") if isinstance(address, dict) else address or "")[:300],
        "place_code": str(claims.get("place_code") or "")[:10],
    }
