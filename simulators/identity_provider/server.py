"""Discovery, keys, the page where a citizen is chosen, codes with PKCE, signed identity tokens; faults on demand.

Faults: POST /faults {"slow": seconds, "nonce": "wrong", "expired": true, "signature": "wrong", "down": true}; {} clears.
"""

import base64
import hashlib
import html
import json
import secrets
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT = ("langbiang", "langbiang-demo")
BUILT_IN = [
    {"sub": "068190000011", "identity_no": "068190000011", "full_name": "Nguyễn Thị Hồng Hạnh", "birth_date": "1990-05-12",
     "sex": "female", "address": "12 Nguyễn Chí Thanh, phường Xuân Hương - Đà Lạt", "phone": "0900000011"},
    {"sub": "068085000023", "identity_no": "068085000023", "full_name": "K'Brôih Ya Thương", "birth_date": "1985-11-03",
     "sex": "male", "address": "Thôn 2, xã Lạc Dương", "phone": "0900000023"},
    {"sub": "060202000037", "identity_no": "060202000037", "full_name": "Trần Quốc Bảo", "birth_date": "2002-02-28",
     "sex": "male", "address": "45 Hùng Vương, phường Phan Thiết", "phone": "0900000037"},
]  # fmt: skip
PAGE = """<!doctype html><html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>VNeID giả lập</title><style>body{{font:18px/1.5 sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}}
button{{font:inherit;display:block;width:100%;text-align:left;margin:.5rem 0;padding:.75rem;border:1px solid #666;background:#fff;border-radius:6px}}
small{{color:#444}}label{{display:block;margin:.5rem 0}}input{{font:inherit;padding:.4rem;width:100%}}</style>
<h1>VNeID giả lập</h1><p>Máy chủ thử nghiệm. Chọn một người để đăng nhập.</p>
<form method="post">{people}</form>
<h2>Người khác</h2><form method="post"><label>Số định danh <input name="identity_no" inputmode="numeric" pattern="[0-9]{{12}}" required></label>
<label>Họ và tên <input name="full_name" required></label><label>Ngày sinh <input name="birth_date" type="date" required></label>
<button name="sub" value="typed">Đăng nhập</button></form>
<form method="post"><button name="cancel" value="1">Hủy</button></form></html>"""


@dataclass
class Grant:
    """A code waiting to be exchanged."""

    client_id: str
    redirect_uri: str
    nonce: str
    challenge: str
    citizen: dict[str, Any]
    at: float


class IdentityServer:
    """The issuer on a port of this machine."""

    def __init__(self, home: Path, *, port: int = 0) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.key = _key(home / "signing.pem")
        self.stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.grants: dict[str, Grant] = {}
        self.faults: dict[str, Any] = {}
        issuer = self

        class Handler(_Handler):
            server_state = issuer

        self.http = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = int(self.http.server_address[1])
        self.issuer = f"http://localhost:{self.port}"
        self.thread = threading.Thread(target=self.http.serve_forever, daemon=True)

    def __enter__(self) -> "IdentityServer":
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.shutdown()
        self.http.server_close()

    def citizens(self) -> list[dict[str, Any]]:
        """Those of the demo province where it is loaded, else three of its own."""
        listed = self.home.parents[1] / "demo" / "citizens.json"
        if listed.is_file():
            found: list[dict[str, Any]] = json.loads(listed.read_text(encoding="utf-8"))
            return found
        return BUILT_IN

    def token(self, grant: Grant) -> str:
        """The signed identity token of a citizen."""
        person, now = grant.citizen, int(time.time())
        expires = now - 3600 if self.faults.get("expired") else now + 300
        claims = {
            "iss": self.issuer, "aud": grant.client_id, "sub": person["sub"], "iat": now - (7200 if self.faults.get("expired") else 0),
            "exp": expires, "nonce": "another" if self.faults.get("nonce") else grant.nonce, "name": person["full_name"],
            "birthdate": person["birth_date"], "gender": person.get("sex", ""), "identity_no": person["identity_no"],
            "phone_number": person.get("phone", ""), "address": {"formatted": person.get("address", "")},
            "place_code": person.get("place_code", ""),
        }  # fmt: skip
        key = self.stranger if self.faults.get("signature") else self.key
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": "demo-1"})


def _key(path: Path) -> rsa.RSAPrivateKey:
    if path.exists():
        found = serialization.load_pem_private_key(path.read_bytes(), None)
        assert isinstance(found, rsa.RSAPrivateKey)
        return found
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path.write_bytes(
        made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    path.chmod(0o600)
    return made


class _Handler(BaseHTTPRequestHandler):
    server_state: IdentityServer

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def _send(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            **headers,
        }.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _json(self, value: Any, status: int = 200) -> None:
        self._send(status, json.dumps(value).encode(), "application/json")

    def _suffers(self) -> bool:
        faults = self.server_state.faults
        if faults.get("slow"):
            time.sleep(float(faults["slow"]))
        if faults.get("down"):
            self._json({"error": "temporarily_unavailable"}, 503)
            return True
        return False

    def do_GET(self) -> None:
        state, parts = self.server_state, urlsplit(self.path)
        if parts.path == "/healthz":
            return self._json({"status": "ok"})
        if self._suffers():
            return None
        if parts.path == "/.well-known/openid-configuration":
            return self._json(
                {
                    "issuer": state.issuer, "authorization_endpoint": f"{state.issuer}/authorize",
                    "token_endpoint": f"{state.issuer}/token", "jwks_uri": f"{state.issuer}/keys",
                    "response_types_supported": ["code"], "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["RS256"], "code_challenge_methods_supported": ["S256"],
                }
            )  # fmt: skip
        if parts.path == "/keys":
            key = RSAAlgorithm.to_jwk(state.key.public_key(), as_dict=True)
            return self._json({"keys": [{**key, "kid": "demo-1", "use": "sig", "alg": "RS256"}]})
        if parts.path == "/authorize":
            buttons = "".join(
                f'<button name="sub" value="{html.escape(c["sub"])}"><strong>{html.escape(c["full_name"])}</strong><br>'
                f"<small>{html.escape(c['identity_no'])} · {html.escape(c.get('address', ''))}</small></button>"
                for c in state.citizens()
            )
            return self._send(200, PAGE.format(people=buttons).encode(), "text/html; charset=utf-8")
        return self._json({"error": "not_found"}, 404)

    def _form(self) -> dict[str, str]:
        length = min(int(self.headers.get("Content-Length") or 0), 65536)
        return {k: v[0] for k, v in parse_qs(self.rfile.read(length).decode()).items()}

    def do_POST(self) -> None:
        state, parts = self.server_state, urlsplit(self.path)
        if parts.path == "/faults":
            length = min(int(self.headers.get("Content-Length") or 0), 65536)
            state.faults = json.loads(self.rfile.read(length) or b"{}")
            return self._json(state.faults)
        if self._suffers():
            return None
        if parts.path == "/authorize":
            return self._authorize({k: v[0] for k, v in parse_qs(parts.query).items()}, self._form())
        if parts.path == "/token":
            return self._token(self._form())
        return self._json({"error": "not_found"}, 404)

    def _authorize(self, asked: dict[str, str], chosen: dict[str, str]) -> None:
        state = self.server_state
        if asked.get("client_id") != CLIENT[0] or not asked.get("redirect_uri", "").startswith("http"):
            return self._json({"error": "invalid_client"}, 400)
        if chosen.get("cancel"):
            query = {"error": "access_denied", "state": asked.get("state", "")}
        else:
            person = next((c for c in state.citizens() if c["sub"] == chosen.get("sub")), None)
            if chosen.get("sub") == "typed":
                number = chosen.get("identity_no", "")
                person = {"sub": number, "identity_no": number, "full_name": chosen.get("full_name", ""),
                          "birth_date": chosen.get("birth_date", "")}  # fmt: skip
            if person is None:
                return self._json({"error": "unknown_person"}, 400)
            code = secrets.token_urlsafe(24)
            state.grants[code] = Grant(
                asked["client_id"],
                asked["redirect_uri"],
                asked.get("nonce", ""),
                asked.get("code_challenge", ""),
                person,
                time.time(),
            )
            query = {"code": code, "state": asked.get("state", "")}
        return self._send(303, b"", "text/plain", Location=f"{asked['redirect_uri']}?{urlencode(query)}")

    def _token(self, form: dict[str, str]) -> None:
        state = self.server_state
        grant = state.grants.pop(form.get("code", ""), None)
        if (form.get("client_id"), form.get("client_secret")) != CLIENT:
            return self._json({"error": "invalid_client"}, 401)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            grant is None
            or grant.redirect_uri != form.get("redirect_uri")
            or grant.challenge != challenge
            or time.time() - grant.at > 300
        ):
            return self._json({"error": "invalid_grant"}, 400)
        return self._json(
            {
                "access_token": secrets.token_urlsafe(24),
                "token_type": "Bearer",
                "expires_in": 300,
                "id_token": state.token(grant),
            }
        )
