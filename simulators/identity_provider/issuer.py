"""The issuer itself, without HTTP: keys, codes, tokens, and the ways in which it can be made to fail."""

import base64
import hashlib
import secrets
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from .citizens import Citizen

CODE_SECONDS = 60
TOKEN_SECONDS = 300
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
FAULTS = {
    "slow_s",
    "down",
    "wrong_nonce",
    "wrong_audience",
    "wrong_issuer",
    "wrong_signature",
    "expired",
    "no_identity",
}


class Refused(Exception):
    """A request that breaks the protocol: OAuth error code and its words."""

    def __init__(self, error: str, words: str) -> None:
        super().__init__(words)
        self.error, self.words = error, words


@dataclass(frozen=True)
class Request:
    """A checked authorization request."""

    client_id: str
    redirect_uri: str
    scope: str
    state: str
    nonce: str
    code_challenge: str


@dataclass
class _Grant:
    request: Request
    citizen: Citizen
    until: float


@dataclass
class Issuer:
    """One issuer with its memory. `faults` holds what is to go wrong, and `times` how often (absent: until told otherwise)."""

    base_url: str
    home: Path
    client_id: str = "langbiang"
    secret: str = "langbiang-demo"
    faults: dict[str, Any] = field(default_factory=dict)
    hosts: set[str] = field(default_factory=lambda: set(LOCAL))  # where it may send people back to
    _grants: dict[str, _Grant] = field(default_factory=dict)
    _tokens: dict[str, tuple[Citizen, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.key = self._kept_key()
        self.kid = self._kid()

    # keys

    def _kept_key(self) -> rsa.RSAPrivateKey:
        path = self.home / "key.pem"
        if path.exists():
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
            if isinstance(key, rsa.RSAPrivateKey):
                return key
        return self._new_key()

    def _new_key(self) -> rsa.RSAPrivateKey:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.home.mkdir(parents=True, exist_ok=True)
        path = self.home / "key.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        path.chmod(0o600)
        return key

    def _kid(self) -> str:
        numbers = self.key.public_key().public_numbers()
        return hashlib.sha256(str(numbers.n).encode()).hexdigest()[:16]

    def turn_keys(self) -> None:
        """Begin to sign with a new key, as issuers do from time to time."""
        self.key = self._new_key()
        self.kid = self._kid()

    # documents

    def discovery(self) -> dict[str, Any]:
        """The discovery document."""
        return {
            "issuer": self.base_url,
            "authorization_endpoint": f"{self.base_url}/authorize",
            "token_endpoint": f"{self.base_url}/token",
            "userinfo_endpoint": f"{self.base_url}/userinfo",
            "jwks_uri": f"{self.base_url}/jwks",
            "end_session_endpoint": f"{self.base_url}/sign-out",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["openid", "profile", "phone", "email", "address"],
            "claims_supported": [
                "sub",
                "name",
                "birthdate",
                "gender",
                "phone_number",
                "email",
                "address",
                "citizen_id",
            ],
        }

    def jwks(self) -> dict[str, Any]:
        """The public key."""
        numbers = self.key.public_key().public_numbers()
        modulus = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")
        return {
            "keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": _b64(modulus), "e": "AQAB"}]
        }

    # the dance

    def check(self, query: dict[str, str]) -> Request:
        """Look at an authorization request. Raises Refused for one that must not be answered by going back."""
        if query.get("client_id") != self.client_id:
            raise Refused("unauthorized_client", "client_id không được đăng ký ở đây.")
        target = query.get("redirect_uri", "")
        if urlsplit(target).scheme not in ("http", "https") or urlsplit(target).hostname not in self.hosts:
            raise Refused("invalid_request", "redirect_uri phải là địa chỉ trên chính máy này.")
        if query.get("response_type") != "code" or "openid" not in query.get("scope", "").split():
            raise Refused("invalid_request", "Cần response_type=code và scope có openid.")
        if query.get("code_challenge_method") != "S256" or len(query.get("code_challenge", "")) != 43:
            raise Refused("invalid_request", "Cần PKCE với code_challenge_method=S256.")
        if not query.get("state"):
            raise Refused("invalid_request", "Thiếu state.")
        return Request(
            self.client_id, target, query["scope"], query["state"], query.get("nonce", ""), query["code_challenge"]
        )

    def grant(self, request: Request, citizen: Citizen) -> str:
        """The code for a person who agreed."""
        code = secrets.token_urlsafe(32)
        with self._lock:
            now = time.time()
            self._grants = {c: g for c, g in self._grants.items() if g.until > now}
            self._grants[code] = _Grant(request, citizen, now + CODE_SECONDS)
        return code

    def exchange(self, form: dict[str, str], *, client: tuple[str, str]) -> dict[str, Any]:
        """Code against tokens, once. Raises Refused."""
        if not secrets.compare_digest(":".join(client), f"{self.client_id}:{self.secret}"):
            raise Refused("invalid_client", "Sai client_id hoặc client_secret.")
        if form.get("grant_type") != "authorization_code":
            raise Refused("unsupported_grant_type", "Chỉ nhận authorization_code.")
        with self._lock:
            grant = self._grants.pop(form.get("code", ""), None)
        if grant is None or grant.until < time.time():
            raise Refused("invalid_grant", "Mã đã dùng, đã hết hạn hoặc không có.")
        if form.get("redirect_uri") != grant.request.redirect_uri:
            raise Refused("invalid_grant", "redirect_uri khác lúc bắt đầu.")
        challenge = _b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if not secrets.compare_digest(challenge, grant.request.code_challenge):
            raise Refused("invalid_grant", "code_verifier không khớp.")
        access = secrets.token_urlsafe(32)
        with self._lock:
            self._tokens[access] = (grant.citizen, time.time() + TOKEN_SECONDS)
        return {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "id_token": self.id_token(grant.citizen, grant.request.nonce),
        }

    def id_token(self, citizen: Citizen, nonce: str) -> str:
        """A signed identity token; the faults that concern tokens are worked in here."""
        now = int(time.time())
        if self.takes("expired"):
            now -= 2 * 3600
        claims = {
            "iss": self.base_url,
            "aud": self.client_id,
            "iat": now,
            "auth_time": now,
            "exp": now + TOKEN_SECONDS,
            "nonce": nonce,
            **citizen.claims(),
        }
        if self.takes("wrong_nonce"):
            claims["nonce"] = secrets.token_urlsafe(16)
        if self.takes("wrong_audience"):
            claims["aud"] = "somebody-else"
        if self.takes("wrong_issuer"):
            claims["iss"] = "http://localhost:1"
        if self.takes("no_identity"):
            claims.pop("citizen_id")
        key = self.key
        if self.takes("wrong_signature"):
            key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": self.kid})

    def userinfo(self, access: str) -> dict[str, Any]:
        """Who an access token belongs to. Raises Refused."""
        with self._lock:
            citizen, until = self._tokens.get(access, (None, 0.0))
        if citizen is None or until < time.time():
            raise Refused("invalid_token", "Thẻ truy cập không còn hiệu lực.")
        return citizen.claims()

    # faults

    def set_faults(self, wanted: dict[str, Any]) -> None:
        """From now on fail so; an empty dict makes everything well. Raises Refused for an unknown fault."""
        unknown = set(wanted) - FAULTS - {"times"}
        if unknown:
            raise Refused("invalid_request", f"Không biết lỗi: {', '.join(sorted(unknown))}")
        with self._lock:
            self.faults = dict(wanted)

    def takes(self, name: str) -> Any:
        """Whether a fault is on now; counts it when it is to happen only a number of times."""
        with self._lock:
            value = self.faults.get(name)
            if value and "times" in self.faults:
                self.faults["times"] -= 1
                if self.faults["times"] <= 0:
                    self.faults = {}
            return value


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
