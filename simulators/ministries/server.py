"""Four sources behind one address: /budget, /civil_status, /health_insurance, /enterprises.

Figures are drawn from a seed, so the same day of the same unit always has the same value until `correct` changes it.
Faults as in the stand-in for the reporting system, and {"bad_rows": 0.1} spoils that share of rows.
"""

import json
import random
import socket
import threading
import time
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from simulators.reporting_system.server import Faults

REGISTER = Path(__file__).parents[2] / "src/langbiang/foundation/places/data/lam_dong.json"
PAGE = 200


class Ministries:
    """All four sources; use as a context manager."""

    def __init__(self, *, port: int = 0, units: list[str] | None = None, seed: int = 7) -> None:
        self.units, self.seed = units or _register(), seed
        self.faults = Faults()
        self.bad_rows = 0.0
        self.corrections: dict[tuple[str, str, str], int] = {}
        self.taken: dict[str, str] = {}
        self.acked: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", port), type("Bound", (Desk,), {"house": self}))
        self.server.daemon_threads = True

    @property
    def address(self) -> str:
        """Where they listen."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> "Ministries":
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def correct(self, column: str, unit: str, period: str, value: int) -> None:
        """Change a figure, as sources do after some days."""
        self.corrections[(column, unit, period)] = value

    def rows(self, subject: str, first: date, last: date) -> list[dict[str, Any]]:
        """All rows of a window."""
        if subject == "health_insurance":
            months = sorted({f"{first + timedelta(n):%Y-%m}" for n in range((last - first).days + 1)})
            return [self._row(subject, unit, "month", month) for month in months for unit in self.units]
        days = [(first + timedelta(n)).isoformat() for n in range((last - first).days + 1)]
        return [self._row(subject, unit, "day", day) for day in days for unit in self.units]

    def _row(self, subject: str, unit: str, when: str, period: str) -> dict[str, Any]:
        dice = random.Random(f"{self.seed}/{subject}/{unit}/{period}")
        people = 20_000 + int(unit) % 97 * 311
        columns = {
            "budget": {"revenue_vnd": dice.randrange(10**6, 10**9), "expenditure_vnd": dice.randrange(10**6, 10**9)},
            "civil_status": {"births": dice.randrange(6), "deaths": dice.randrange(4), "marriages": dice.randrange(4)},
            "health_insurance": {"insured": people * dice.randrange(88, 97) // 100, "population": people},
            "enterprises": {
                "founded": dice.randrange(4), "capital_vnd": dice.randrange(10**8, 10**10),
                "suspended": dice.randrange(2), "dissolved": dice.randrange(2),
            },
        }[subject]  # fmt: skip
        for column in columns:
            columns[column] = self.corrections.get((column, unit, period), columns[column])
        return {"unit": unit, when: period, **columns}

    def spoil(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Make a share of rows wrong, each in another way."""
        dice, found = random.Random(self.seed), []
        for row in rows:
            if dice.random() < self.bad_rows:
                name = list(row)[-1]
                row = dice.choice([
                    {**row, name: -1}, {**row, "unit": "X"}, {**row, "citizen_name": "Nguyễn Văn A"},
                    {key: value for key, value in row.items() if key != name}, {**row, name: "nhiều"},
                ])  # fmt: skip
            found.append(row)
        return found


def _register() -> list[str]:
    """Codes of the communes, wards and special zones of the province."""
    return [row["code"] for row in json.loads(REGISTER.read_text(encoding="utf-8"))["units"]]


class Desk(BaseHTTPRequestHandler):
    """One request."""

    house: Ministries
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on the terminal."""

    def _say(self, status: int, told: object, *, slowly: bool = False) -> None:
        body = json.dumps(told, ensure_ascii=False).encode()
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
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
        """Rows and health."""
        asked = urlsplit(self.path)
        subject = asked.path.strip("/")
        fault = "cut_before" if self.house.faults.is_out else self.house.faults.next()
        if fault in ("cut_before", "timeout_after_commit"):
            return self._cut()
        if fault == "busy":
            return self._say(503, {"error": "maintenance"})
        if subject == "health":
            return self._say(200, {"status": "ok"})
        if subject not in ("budget", "civil_status", "health_insurance", "enterprises"):
            return self._say(404, {"error": "not found"})
        values = {name: each[0] for name, each in parse_qs(asked.query).items()}
        rows = self.house.rows(subject, date.fromisoformat(values["from"]), date.fromisoformat(values["to"]))
        start = int(values.get("cursor") or 0)
        part = self.house.spoil(rows[start : start + PAGE])
        following = str(start + PAGE) if start + PAGE < len(rows) else None
        if fault == "schema_change":
            return self._say(200, {"data": {"items": part}, "next": following})
        return self._say(200, {"rows": part, "cursor": following}, slowly=fault == "slow_drip")

    def do_POST(self) -> None:
        """What is handed over, acknowledgements, faults."""
        content = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 10_000_000))
        if self.path == "/faults":
            told = json.loads(content or b"{}")
            self.house.faults.set(told)
            self.house.bad_rows = float(told.get("bad_rows", 0))
            return self._say(200, {"faults": "set"})
        if "/acks/" in self.path:
            self.house.acked.append(unquote(self.path.rsplit("/", 1)[-1]))
            return self._say(200, {"status": "ok"})
        key = unquote(self.headers.get("Idempotency-Key", ""))
        receipt = self.house.taken.setdefault(key, f"R{len(self.house.taken) + 1}")
        return self._say(200, {"key": key, "receipt": receipt})
