"""The HTTP face of the test authority: OCSP (POST and GET), CRL, RFC 3161 and enrolment."""

import base64
import binascii
import datetime as dt
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from cryptography.hazmat.primitives import serialization

from .authority import Authority, Clock, EnrolmentRefused, _now

MAX_BODY = 4 * 1024 * 1024


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "LangbiangTrustSimulator"
    server: "_Server"

    # Nagle's algorithm and the split of headers and body would cost 40 ms an answer.
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def _json(self, status: int, payload: object) -> None:
        self._answer(
            status, json.dumps(payload, ensure_ascii=False).encode(), "application/json; charset=utf-8"
        )

    def do_GET(self) -> None:
        authority = self.server.authority
        path = urlsplit(self.path).path
        if path == "/":
            return self._json(200, self.server.description())
        if path == "/healthz":
            return self._json(200, {"ok": True})
        for name, certificate in (
            ("root", authority.root),
            ("issuing", authority.issuing),
            ("tsa", authority.tsa),
        ):
            if path == f"/{name}.cer":
                return self._answer(
                    200, certificate.public_bytes(serialization.Encoding.DER), "application/pkix-cert"
                )
            if path == f"/{name}.pem":
                return self._answer(
                    200, certificate.public_bytes(serialization.Encoding.PEM), "application/x-pem-file"
                )
        if path in ("/crl/root.crl", "/crl/issuing.crl"):
            return self._answer(200, authority.crl(path[5:-4]), "application/pkix-crl")
        if path.startswith("/ocsp/"):
            try:
                request = base64.b64decode(unquote(path[len("/ocsp/") :]), validate=True)
            except binascii.Error:
                request = b""
            return self._answer(200, authority.ocsp_response(request), "application/ocsp-response")
        self._json(404, {"error": "no such page"})

    def do_POST(self) -> None:
        authority = self.server.authority
        address = urlsplit(self.path)
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > MAX_BODY:
            self.close_connection = True
            return self._json(413, {"error": f"a body of 0 to {MAX_BODY} bytes with its length is needed"})
        body = self.rfile.read(int(length))
        if address.path == "/ocsp":
            return self._answer(200, authority.ocsp_response(body), "application/ocsp-response")
        if address.path == "/tsa":
            return self._time_stamp(body, parse_qs(address.query))
        if address.path in ("/enrol", "/revoke"):
            sent = self.headers.get("Authorization", "")
            if not hmac.compare_digest(sent.encode(), f"Bearer {authority.enrol_token}".encode()):
                return self._json(401, {"error": "the enrolment token is missing or wrong"})
            try:
                return self._json(
                    200, (self._enrol if address.path == "/enrol" else self._revoke)(json.loads(body))
                )
            except (ValueError, KeyError, TypeError) as error:
                return self._json(400, {"error": str(error)})
        self._json(404, {"error": "no such page"})

    def _time_stamp(self, body: bytes, query: dict[str, list[str]]) -> None:
        try:
            at = dt.datetime.fromisoformat(query["at"][0]) if "at" in query else None
            if at is not None and at.tzinfo is None:
                raise ValueError("at needs a time zone")
            answer = self.server.authority.time_stamp(body, at=at)
        except (ValueError, TypeError, KeyError) as error:
            return self._json(400, {"error": f"not a time-stamp request: {error}"})
        self._answer(200, answer, "application/timestamp-reply")

    def _enrol(self, asked: dict[str, Any]) -> dict[str, object]:
        authority = self.server.authority
        requests = asked["requests"]
        if not isinstance(requests, list) or not all(isinstance(r, str) for r in requests):
            raise EnrolmentRefused("requests must be a list of PEM texts")
        made = authority.enrol_many(
            [r.encode() for r in requests],
            not_before=_moment(asked.get("not_before")),
            not_after=_moment(asked.get("not_after")),
        )
        return {
            "certificates": [c.public_bytes(serialization.Encoding.PEM).decode() for c in made],
            "chain": [
                c.public_bytes(serialization.Encoding.PEM).decode()
                for c in (authority.issuing, authority.root)
            ],
        }

    def _revoke(self, asked: dict[str, Any]) -> dict[str, object]:
        done = self.server.authority.revoke(
            int(asked["serial"], 16), reason=asked.get("reason", "unspecified"), at=_moment(asked.get("at"))
        )
        if not done:
            raise EnrolmentRefused("no certificate with this serial number was issued here")
        return {"revoked": asked["serial"]}


def _moment(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise EnrolmentRefused("times need a zone, such as +07:00")
    return moment


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    authority: Authority

    def description(self) -> dict[str, object]:
        base = self.authority.base_url
        return {
            "purpose": "TEST trust services of Langbiang. Nothing signed here has legal force.",
            "root": f"{base}/root.pem",
            "issuing": f"{base}/issuing.pem",
            "tsa_certificate": f"{base}/tsa.pem",
            "revocation_lists": [f"{base}/crl/root.crl", f"{base}/crl/issuing.crl"],
            "ocsp": f"{base}/ocsp",
            "timestamp": f"{base}/tsa",
            "enrol": f"{base}/enrol",
        }


class TrustServer:
    """The authority with its HTTP server in a thread of this process; a context manager for tests and demo
    loading.

    Port 0 takes any free port, which is only sensible for an authority that lives as long as this object.
    """

    def __init__(self, home: Path, *, port: int = 0, host: str = "127.0.0.1", clock: Clock = _now) -> None:
        self._http = _Server((host, port), _Handler)
        self.port = int(self._http.server_address[1])
        self.authority = Authority(home, f"http://{host}:{self.port}", clock=clock)
        self._http.authority = self.authority
        self._thread: threading.Thread | None = None
        self._first_address = self._listen_at_first_address(host)

    def _listen_at_first_address(self, host: str) -> "_Server | None":
        """The certificates point to the port of the first start for ever; where it is free, answer there
        too."""
        first = urlsplit(self.authority.base_url).port
        if first in (None, self.port):
            return None
        try:
            server = _Server((host, first), _Handler)
        except OSError:
            return None
        server.authority = self.authority
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    @property
    def reachable(self) -> bool:
        """Whether the addresses in the certificates lead here."""
        return self._first_address is not None or urlsplit(self.base_url).port == self.port

    @property
    def base_url(self) -> str:
        return self.authority.base_url

    @property
    def timestamp_url(self) -> str:
        return f"{self.base_url}/tsa"

    def start(self) -> "TrustServer":
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()
        return self

    def serve_forever(self) -> None:
        self._http.serve_forever()

    def stop(self) -> None:
        if self._thread is not None:
            self._http.shutdown()
            self._thread.join()
        self._http.server_close()
        if self._first_address is not None:
            self._first_address.shutdown()
            self._first_address.server_close()
        self.authority.close()

    def __enter__(self) -> "TrustServer":
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()
