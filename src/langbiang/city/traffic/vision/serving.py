"""What all cameras of a process see, over HTTP: `GET /lanes` for the control process, `GET /events?after=n` for the log."""

import http.client
import json
import threading
import time
import urllib.request
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .health import OK
from .saved import BadSaved, Shelf, fitted, version_for
from .station import Log, Station

READ_EVERY_S, KNOWN_FOR_S = 0.5, 3.0


def take_saved(shelf: Shelf, stations: Sequence[Station], say: Log) -> None:
    """Give each camera the version saved last for it; what cannot be used is told, and the camera goes on as it was."""
    try:
        if not shelf.has_changed():
            return
    except BadSaved as problem:
        say("perceive", str(problem))
        return
    for station in stations:
        one = version_for(station.setting, shelf.saved)
        if one is None or station.offered == (one.zone, one.number):
            continue
        station.offered = one.zone, one.number
        try:
            station.recalibrate(fitted(one, station.setting), one.zone, one.number)
        except BadSaved as problem:
            say(station.setting.key, f"goes on with calibration version {station.version}: {problem}")


def told(stations: Sequence[Station], now: float) -> dict[str, Any]:
    """Junctions with their lanes and cameras; a junction is lost when none of its cameras sees."""
    found: dict[str, Any] = {}
    for station in stations:
        at, word, lanes = station.seen(now)
        here = found.setdefault(station.setting.junction, {"at": at, "lost": True, "lanes": {}, "cameras": {}, "calibrations": {}})
        # The age of a junction is that of its freshest camera that sees; a blind one says so itself.
        here["at"] = max(here["at"], at) if word == OK or here["lost"] else here["at"]
        here["lost"] = here["lost"] and word != OK
        here["lanes"].update(lanes)
        here["calibrations"].update(dict.fromkeys(station.setting.zones, station.version))
        here["cameras"].update(dict.fromkeys(station.setting.zones, word))
    return found


def events(stations: Sequence[Station], after: Mapping[str, int]) -> dict[str, list[list[float]]]:
    """Detector events by camera: [number, instant, code, lane], those above the number asked for."""
    return {
        s.setting.key: [[n, e.at, e.code, e.lane] for n, e in list(s.events) if n > after.get(s.setting.key, 0)] for s in stations
    }


class Elsewhere:
    """What another source tells of junctions: lamps by lane, and counts where no camera of this process watches.

    What is older than three seconds is not known.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._known: dict[str, Mapping[str, Any]] = {}
        self._read_at = -1e18

    def run(self, stop: threading.Event) -> None:
        """Until told to stop."""
        while not stop.is_set():
            try:
                with urllib.request.urlopen(self.url, timeout=1.0) as answer:
                    rows = json.load(answer)
                self._known = {code: row for code, row in rows.items() if isinstance(row, dict)}
                self._read_at = time.monotonic()
            except (OSError, ValueError, AttributeError, http.client.HTTPException):
                pass  # seen by its age
            stop.wait(READ_EVERY_S)

    def junctions(self) -> Mapping[str, Mapping[str, Any]]:
        """What it tells of every junction."""
        return self._known if time.monotonic() - self._read_at <= KNOWN_FOR_S else {}

    def lamps(self, junction: str) -> Mapping[str, str] | None:
        """Lamps of the lanes of a junction: r red, y yellow, G green. None where they are not known."""
        found = self.junctions().get(junction, {}).get("lamps")
        return found if isinstance(found, dict) else None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    stations: Sequence[Station] = ()
    others: Elsewhere | None = None


class _Answers(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        """One question."""
        asked = urlsplit(self.path)
        if asked.path == "/lanes":
            others = self.server.others.junctions() if self.server.others else {}
            self._answer(200, {**others, **told(self.server.stations, time.time())})
        elif asked.path == "/events":
            try:
                after = {key: int(values[0]) for key, values in parse_qs(asked.query).items()}
            except ValueError:
                self._answer(400, {"error": "after: ask with numbers, as /events?camera-key=17"})
                return
            self._answer(200, events(self.server.stations, after))
        else:
            self._answer(404, {"error": "ask for /lanes or /events"})

    def _answer(self, status: int, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Asked every second: not worth a line."""


def serve(stations: Sequence[Station], host: str, port: int, *, others: Elsewhere | None = None) -> ThreadingHTTPServer:
    """A server that answers for these cameras, and passes on what `others` tells of junctions without one."""
    server = _Server((host, port), _Answers)
    server.stations, server.others = stations, others
    return server
