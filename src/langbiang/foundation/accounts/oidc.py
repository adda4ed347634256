"""A client of one OpenID Connect issuer: authorization code with PKCE, the identity token checked by its signature.

Generic: issuer, client, scopes and the names of claims are settings (`OIDC`). In the demo the issuer is a stand-in for VNeID.
The sign-in library's own client checks neither nonce nor signature of a token it fetched itself, hence this one.
"""

import base64
import hashlib
import secrets
import threading
import time
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import jwt
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Refusal

TIMEOUT_S = 8.0
LEEWAY_S = 60
ATTEMPT_S = 900
KEPT_S = 3600
RENEW_S = 30  # an unknown key makes us ask for the keys again, at most so often
ALGORITHMS = ["RS256", "PS256", "ES256"]
AGAIN = _("Begin the sign-in again.")


class ProviderUnavailable(Refusal):
    """The identity provider does not answer."""

    status = 503


class SignInFailed(Refusal):
    """What came back from the identity provider cannot be trusted, or the person gave up."""

    status = 403


@dataclass(frozen=True)
class Attempt:
    """What must come back unchanged: kept in the session between leaving and returning."""

    state: str
    nonce: str
    verifier: str
    started: float


_lock = threading.Lock()
_documents: dict[str, tuple[float, dict[str, Any]]] = {}


def is_configured() -> bool:
    """Whether an issuer is set."""
    return bool(settings.OIDC["issuer"] and settings.OIDC["client_id"])


def forget() -> None:
    """Drop the documents kept in memory."""
    with _lock:
        _documents.clear()


def _document(address: str, *, younger_than: float = KEPT_S) -> dict[str, Any]:
    """A JSON document of the issuer, from memory while it is young. Raises ProviderUnavailable."""
    now = time.monotonic()
    with _lock:
        kept = _documents.get(address)
    if kept and now - kept[0] < younger_than:
        return kept[1]
    try:
        answer = httpx.get(address, timeout=TIMEOUT_S)
        answer.raise_for_status()
        found = answer.json()
        if not isinstance(found, dict):
            raise ValueError("not an object")
    except (httpx.HTTPError, ValueError) as problem:
        raise _unavailable() from problem
    with _lock:
        _documents[address] = (now, found)
    return found


def _discovery() -> dict[str, Any]:
    issuer: str = settings.OIDC["issuer"]
    found = _document(f"{issuer}/.well-known/openid-configuration")
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if str(found.get("issuer", "")).rstrip("/") != issuer or not all(found.get(name) for name in needed):
        raise _unavailable()
    return found


def _unavailable() -> ProviderUnavailable:
    return ProviderUnavailable(
        _("The identity service does not answer at this moment."),
        way_out=_("Try again in a few minutes. Any one-stop counter can take your papers meanwhile."),
    )


def begin(*, redirect_uri: str) -> tuple[str, Attempt]:
    """The address to send the person to, and what to remember. Raises ProviderUnavailable."""
    endpoint = _discovery()["authorization_endpoint"]
    attempt = Attempt(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), time.time())
    query = {
        "response_type": "code",
        "client_id": settings.OIDC["client_id"],
        "redirect_uri": redirect_uri,
        "scope": settings.OIDC["scopes"],
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": _b64(hashlib.sha256(attempt.verifier.encode()).digest()),
        "code_challenge_method": "S256",
    }
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}", attempt


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def finish(attempt: Attempt, *, state: str, code: str, redirect_uri: str) -> dict[str, Any]:
    """Exchange the code and check the identity token; gives its claims. Raises SignInFailed, ProviderUnavailable."""
    if not secrets.compare_digest(state.encode(), attempt.state.encode()) or time.time() - attempt.started > ATTEMPT_S:
        raise SignInFailed(_("This sign-in was begun elsewhere or too long ago."), way_out=AGAIN)
    found = _discovery()
    token = _exchange(found, attempt, code=code, redirect_uri=redirect_uri)
    try:
        claims = _claims(found, token)
    except (jwt.PyJWTError, ValueError, TypeError) as problem:
        raise SignInFailed(_("The answer of the identity service could not be trusted."), way_out=AGAIN) from problem
    if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), attempt.nonce.encode()):
        raise SignInFailed(_("The answer of the identity service belongs to another sign-in."), way_out=AGAIN)
    return claims


def _exchange(found: dict[str, Any], attempt: Attempt, *, code: str, redirect_uri: str) -> str:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": attempt.verifier,
    }
    client = settings.OIDC["client_id"], settings.OIDC["secret"]
    headers = {}
    if "client_secret_post" in found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
        form |= {"client_id": client[0], "client_secret": client[1]}
    else:
        plain = ":".join(quote(part, safe="") for part in client)
        headers["Authorization"] = "Basic " + base64.b64encode(plain.encode()).decode()
    try:
        answer = httpx.post(found["token_endpoint"], data=form, headers=headers, timeout=TIMEOUT_S)
    except httpx.HTTPError as problem:
        raise _unavailable() from problem
    if answer.status_code >= 500:
        raise _unavailable()
    try:
        token = answer.json()["id_token"] if answer.status_code == 200 else None
    except (ValueError, KeyError, TypeError):
        token = None
    if not isinstance(token, str):
        raise SignInFailed(_("The identity service refused the sign-in."), way_out=AGAIN)
    return token


def _claims(found: dict[str, Any], token: str) -> dict[str, Any]:
    kid = jwt.get_unverified_header(token).get("kid")
    for age in (KEPT_S, RENEW_S):  # a key we do not know yet: the issuer may have turned its keys
        keys = jwt.PyJWKSet.from_dict(_document(found["jwks_uri"], younger_than=age)).keys
        key = next((k for k in keys if kid is None or k.key_id == kid), None)
        if key is not None:
            claims: dict[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=ALGORITHMS,
                audience=settings.OIDC["client_id"],
                issuer=found["issuer"],
                leeway=LEEWAY_S,
                options={"require": ["exp", "iat", "sub", "nonce", "aud", "iss"]},
            )
            if isinstance(claims["aud"], list) and len(claims["aud"]) > 1:
                if claims.get("azp") != settings.OIDC["client_id"]:
                    raise jwt.InvalidAudienceError("made for another client")
            return claims
    raise jwt.InvalidTokenError("unknown key")


def identity_of(claims: dict[str, Any]) -> dict[str, Any]:
    """The claims as the register of people understands them, by the names in `OIDC["claims"]`."""
    names: dict[str, str] = settings.OIDC["claims"]

    def text(field: str) -> str:
        value = claims.get(names[field])
        if isinstance(value, dict):
            value = value.get("formatted")
        return " ".join(str(value or "").split())

    try:
        birth_date = date.fromisoformat(text("birth_date")) if text("birth_date") else None
    except ValueError:
        birth_date = None
    sex = text("sex").lower()
    found: dict[str, Any] = {
        "sub": str(claims["sub"]),
        "level": str(claims.get("acr") or ""),
        "identity_no": text("identity_no"),
        "full_name": text("full_name"),
        "birth_date": birth_date,
        "sex": sex if sex in ("male", "female") else "",
        "phone": text("phone")[:20],
        "email": text("email")[:254],
        "address_text": text("address")[:300],
        "place_code": text("place_code")[:10],
    }
    return found
