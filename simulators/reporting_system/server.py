"""The receiver: POST /packets takes one message, GET /holdings lists what is held, POST /faults says how to fail.

A message is held once per key: the same key with the same bytes is answered with the first receipt, with other bytes
it is refused. What is held is on disk before the answer leaves: the receiver may be killed as well as the sender.

Faults ({"timeout_after_commit": 2} for the next two requests, {"rate": {"reject": 0.1}, "seed": 7} by chance):
  timeout_after_commit  keeps the message, then says nothing and closes the connection
  cut_before            closes the connection without reading on
  duplicate_ack         answers twice: to the sender, and again on the address given in X-Acknowledge-To, if any
  reject                refuses for good, with a reason, what it does not hold yet
  busy                  503
  slow_drip             answers one byte at a time
  schema_change         keeps the message, answers in a form nobody agreed on
  clock_skew            tells a time {"clock_skew_s"} seconds away
"""

import hashlib
import json
import os
import random
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

KINDS = ("timeout_after_commit", "cut_before", "duplicate_ack", "reject", "busy", "slow_drip", "schema_change")


class Faults:
    """How to fail, counted or by chance."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.counted: dict[str, int] = {}
        self.rate: dict[str, float] = {}
        self.dice = random.Random(0)
        self.clock_skew_s = 0
        self.is_out = False

    def set(self, told: dict[str, Any]) -> None:
        """Take new orders; what is not named stops."""
        with self.lock:
            self.counted = {k: int(v) for k, v in told.items() if k in KINDS}
            self.rate = {k: float(v) for k, v in told.get("rate", {}).items() if k in KINDS}
            self.dice = random.Random(int(told.get("seed", 0)))
            self.clock_skew_s = int(told.get("clock_skew_s", 0))
            self.is_out = bool(told.get("outage", False))

    def next(self) -> str:
        """The fault of this request, or none."""
        with self.lock:
            for kind, left in self.counted.items():
                if left > 0:
                    self.counted[kind] = left - 1
                    return kind
            draw = self.dice.random()
            for kind, share in self.rate.items():
                if draw < share:
                    return kind
                draw -= share
            return ""


class ReportingSystem:
    """One receiver with its memory in a folder; use as a context manager."""

    def __init__(self, home: Path, *, port: int = 0) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.faults = Faults()
        self.lock = threading.Lock()
        self.held: dict[str, dict[str, Any]] = {}
        self.arrivals: list[tuple[str, str]] = []
        self.log = home / "held.jsonl"
        if self.log.exists():
            for line in self.log.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                self.held[row["key"]] = row
        self.server = ThreadingHTTPServer(("127.0.0.1", port), type("Bound", (Receiver,), {"system": self}))
        self.server.daemon_threads = True

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> "ReportingSystem":
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def keep(self, row: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bool]:
        """Hold a message, once; gives what is held under the key and whether this was new."""
        with self.lock:
            if row["key"] in self.held:
                return self.held[row["key"]], False
            row["receipt"] = f"HTBC-{len(self.held) + 1:07d}"
            with self.log.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(row, ensure_ascii=False) + "\n")
                stream.flush()
                os.fsync(stream.fileno())
            (self.home / f"{row['receipt']}.content").write_bytes(content)
            self.held[row["key"]] = row
            self.arrivals.append((row["key"], row["kind"]))
            return row, True

    def content_of(self, key: str) -> bytes:
        """The exact bytes held under a key."""
        return (self.home / f"{self.held[key]['receipt']}.content").read_bytes()

    def forget(self, key: str) -> None:
        """Lose a message, to see whether reconciliation finds it."""
        with self.lock:
            del self.held[key]


class Receiver(BaseHTTPRequestHandler):
    """One request."""

    system: ReportingSystem
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "reporting-system", ""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on the terminal."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The clock of the receiver, as wrong as ordered."""
        return format_datetime(datetime.now(UTC) + timedelta(seconds=self.system.faults.clock_skew_s), usegmt=True)

    def _say(self, status: int, told: object, *, slowly: bool = False) -> None:
        body = told if isinstance(told, bytes) else json.dumps(told, ensure_ascii=False).encode()
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            if not slowly:
                self.wfile.write(body)
                return
            for each in body:
                self.wfile.write(bytes([each]))
                self.wfile.flush()
                time.sleep(0.2)
        except OSError:
            return

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def do_GET(self) -> None:
        """Health and holdings."""
        address = urlsplit(self.path)
        if self.system.faults.is_out:
            return self._cut()
        if address.path == "/health":
            return self._say(200, {"status": "ok"})
        if address.path == "/holdings":
            asked = parse_qs(address.query)
            start, most = int(asked.get("cursor", ["0"])[0]), min(int(asked.get("limit", ["500"])[0]), 1000)
            with self.system.lock:
                rows = list(self.system.held.values())
            part = rows[start : start + most]
            following = start + most if start + most < len(rows) else None
            return self._say(200, {"holdings": part, "cursor": following, "total": len(rows)})
        return self._say(404, {"error": "not found"})

    def do_POST(self) -> None:
        """Packets and faults."""
        content = self.rfile.read(min(int(self.headers.get("Content-Length", "0")), 50_000_000))
        if self.path == "/faults":
            self.system.faults.set(json.loads(content or b"{}"))
            return self._say(200, {"faults": "set"})
        if self.path != "/packets":
            return self._say(404, {"error": "not found"})
        fault = "cut_before" if self.system.faults.is_out else self.system.faults.next()
        if fault == "cut_before":
            return self._cut()
        if fault == "busy":
            return self._say(503, {"error": "maintenance"})
        return self._take(content, fault)

    def _take(self, content: bytes, fault: str) -> None:
        key = unquote(self.headers.get("Idempotency-Key", ""))
        digest = hashlib.sha256(content).hexdigest()
        echo = {"key": key, "sha256": digest}
        if not key:
            return self._say(400, {"error": "Idempotency-Key is missing"})
        if digest != self.headers.get("X-Content-SHA256"):
            return self._say(422, {**echo, "error": "the digest does not fit the content"})
        if fault == "reject" and key not in self.system.held:
            return self._say(422, {**echo, "error": "code ĐVBC-07: unknown reporting unit"})
        row = {
            **echo, "kind": self.headers.get("X-Message-Kind", ""), "size": len(content),
            "subject": unquote(self.headers.get("X-Message-Subject", "")),
            "signature": self.headers.get("X-Signature", ""), "taken_at": datetime.now(UTC).isoformat(),
        }  # fmt: skip
        held, is_new = self.system.keep(row, content)
        if held["sha256"] != digest:
            return self._say(422, {**echo, "error": "the key was used for another message"})
        if fault == "timeout_after_commit":
            return self._cut()
        if fault == "schema_change":
            return self._say(200, {"data": {"maBienNhan": held["receipt"]}, "code": "00"})
        answer = {**echo, "receipt": held["receipt"], "status": "accepted" if is_new else "duplicate"}
        self._say(200, answer, slowly=fault == "slow_drip")
        return None
