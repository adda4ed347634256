"""The HTTP side of the issuer: discovery, keys, authorize page, token, userinfo; POST /faults and /turn-keys for tests.

POST /faults {"down": true} answers 503 everywhere; {"slow_s": 5} waits first; "wrong_nonce", "wrong_audience",
"wrong_issuer", "wrong_signature", "expired", "no_identity" spoil the identity token; "times": 2 ends after two.
"""

import base64
import json
import secrets
import threading
import time
import unicodedata
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from . import page
from .citizens import Citizen, load, typed
from .issuer import Issuer, Refused, Request

SHOWN = 30
TICKET_SECONDS = 1800


class IdentityServer:
    """One running issuer."""

    def __init__(self, home: Path, *, port: int = 0, citizens: Path | None = None, host: str = "127.0.0.1") -> None:
        self.citizens_file = citizens
        self.tickets: dict[str, tuple[Request, float]] = {}
        handler = type("Handler", (_Handler,), {"owner": self})
        self.http = ThreadingHTTPServer((host, port), handler)
        self.http.daemon_threads = True
        self.port = int(self.http.server_address[1])
        self.issuer = Issuer(f"http://localhost:{self.port}", home)

    def citizens(self) -> list[Citizen]:
        """Read anew each time: the demo province may be loaded after the start."""
        return load(self.citizens_file)

    def remember(self, request: Request) -> str:
        """A ticket for the page, so that the form need not carry the request."""
        now = time.time()
        self.tickets = {t: v for t, v in self.tickets.items() if v[1] > now}
        ticket = secrets.token_urlsafe(16)
        self.tickets[ticket] = (request, now + TICKET_SECONDS)
        return ticket

    def request_of(self, ticket: str) -> Request:
        """The request behind a ticket. Raises Refused."""
        kept = self.tickets.get(ticket)
        if kept is None or kept[1] < time.time():
            raise Refused("invalid_request", "Lượt đăng nhập này đã quá lâu. Hãy bắt đầu lại từ cổng dịch vụ công.")
        return kept[0]

    def start(self) -> None:
        """Serve in a thread, for tests."""
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Stop serving."""
        self.http.shutdown()
        self.http.server_close()

    def __enter__(self) -> "IdentityServer":
        self.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self.stop()


def _plain(text: str) -> str:
    flat = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(ch for ch in flat if not unicodedata.combining(ch))


class _Handler(BaseHTTPRequestHandler):
    owner: IdentityServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the supervisor keeps our output."""

    def do_GET(self) -> None:
        """Documents and the page."""
        self._answer("GET", {})

    def do_POST(self) -> None:
        """Decisions, tokens, faults."""
        length = min(int(self.headers.get("Content-Length") or 0), 65536)
        body = self.rfile.read(length).decode("utf-8", "replace")
        if "json" in (self.headers.get("Content-Type") or ""):
            try:
                form = json.loads(body or "{}")
            except ValueError:
                form = {}
        else:
            form = dict(parse_qsl(body))
        self._answer("POST", form if isinstance(form, dict) else {})

    def _answer(self, method: str, form: dict[str, Any]) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        issuer = self.owner.issuer
        control = parts.path in ("/faults", "/turn-keys", "/healthz")
        if not control and (wait := issuer.takes("slow_s")):
            time.sleep(float(wait))
        if not control and issuer.takes("down"):
            self._send(503, {"error": "temporarily_unavailable"})
            return
        try:
            match method, parts.path:
                case "GET", "/.well-known/openid-configuration":
                    self._send(200, issuer.discovery())
                case "GET", "/jwks":
                    self._send(200, issuer.jwks())
                case "GET", "/authorize":
                    self._choose(query)
                case "POST", "/decide":
                    self._decide(form)
                case "POST", "/token":
                    self._send(200, issuer.exchange(form, client=self._client(form)))
                case "GET" | "POST", "/userinfo":
                    self._send(200, issuer.userinfo((self.headers.get("Authorization") or "").removeprefix("Bearer ")))
                case "GET", "/sign-out":
                    self._send(200, page.refused("Bạn đã đăng xuất khỏi dịch vụ định danh giả lập."))
                case "GET", "/faults":
                    self._send(200, issuer.faults)
                case "POST", "/faults":
                    issuer.set_faults(form)
                    self._send(200, issuer.faults)
                case "POST", "/turn-keys":
                    issuer.turn_keys()
                    self._send(200, {"kid": issuer.kid})
                case "GET", "/healthz":
                    self._send(200, {"status": "ok"})
                case "GET", "/":
                    self._send(200, page.refused("Trang này chỉ mở từ nút đăng nhập của cổng dịch vụ công."))
                case _:
                    self._send(404, {"error": "not_found"})
        except Refused as refused:
            if parts.path in ("/authorize", "/decide"):
                self._send(400, page.refused(refused.words))
            else:
                status = 401 if refused.error in ("invalid_client", "invalid_token") else 400
                self._send(status, {"error": refused.error, "error_description": refused.words})

    def _client(self, form: dict[str, Any]) -> tuple[str, str]:
        header = self.headers.get("Authorization") or ""
        if header.startswith("Basic "):
            try:
                name, _, secret = base64.b64decode(header[6:]).decode().partition(":")
            except ValueError:
                return "", ""
            return unquote(name), unquote(secret)
        return str(form.get("client_id", "")), str(form.get("client_secret", ""))

    def _choose(self, query: dict[str, str]) -> None:
        ticket = query.get("ticket", "")
        if ticket:
            self.owner.request_of(ticket)
        else:
            ticket = self.owner.remember(self.owner.issuer.check(query))
        wanted = query.get("q", "")
        self._send(200, self._page(ticket, wanted=wanted, given={}))

    def _page(self, ticket: str, *, wanted: str = "", problem: str = "", given: dict[str, str]) -> str:
        words = _plain(wanted).split()
        found = [c for c in self.owner.citizens() if all(w in _plain(c.full_name) or w in c.identity_no for w in words)]
        return page.choose(found[:SHOWN], ticket, wanted=wanted, problem=problem, given=given)

    def _decide(self, form: dict[str, Any]) -> None:
        ticket = str(form.get("ticket", ""))
        request = self.owner.request_of(ticket)
        if form.get("cancel"):
            self._go_back(request, error="access_denied")
            return
        citizen: Citizen | str | None
        if form.get("sub"):
            citizen = next((c for c in self.owner.citizens() if c.sub == form["sub"]), None)
            if citizen is None:
                raise Refused("invalid_request", "Không có người này.")
        else:
            given = {k: str(form.get(k, "")) for k in ("identity_no", "full_name", "birth_date", "sex")}
            known = [c for c in self.owner.citizens() if c.identity_no == given["identity_no"].replace(" ", "")]
            citizen = known[0] if known else typed(**given)
            if isinstance(citizen, str):
                self._send(200, self._page(ticket, problem=citizen, given=given))
                return
        self.owner.tickets.pop(ticket, None)
        self._go_back(request, code=self.owner.issuer.grant(request, citizen))

    def _go_back(self, request: Request, **values: str) -> None:
        joint = "&" if "?" in request.redirect_uri else "?"
        target = request.redirect_uri + joint + urlencode({**values, "state": request.state})
        self.send_response(303)
        self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, status: int, body: dict[str, Any] | str) -> None:
        data = (body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)).encode()
        kind = "text/html" if isinstance(body, str) else "application/json"
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(data)
