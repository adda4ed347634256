"""The signal control process put together: what the junctions' room knows, what the traffic modules do, one program.

The ticks run on an event loop that touches neither web nor database. Two threads stand between them and the database: one asks
for layouts and orders once a second, one reports. Where the database is gone both try again; control goes on meanwhile with what
it knows: layouts from the last snapshot, a lease until the end of its slice.
"""

import asyncio
import contextlib
import logging
import math
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langbiang.city.junctions.layout import Layout, gate_rules
from langbiang.city.traffic.gate.gate import SafetyGate
from langbiang.city.traffic.ntcip.adapter import SnmpCabinet
from langbiang.city.traffic.priority.asked import Asked
from langbiang.city.traffic.process import counting, horizon, shadow, snapshot
from langbiang.city.traffic.process.cabinets import CabinetSetting
from langbiang.city.traffic.process.deciding import Eyes, LaneController, Wants
from langbiang.city.traffic.process.loop import JunctionLoop, Order
from langbiang.city.traffic.process.mirror import model_of
from langbiang.city.traffic.process.outbox import Outbox, Told
from langbiang.city.traffic.process.pressure import LanePressure, Movement
from langbiang.city.traffic.process.priority import Priority
from langbiang.city.traffic.process.running import Complaints, Fleet, supervised, take_counts
from langbiang.city.traffic.process.snapshot import Station
from langbiang.city.traffic.process.watching import Watch

if TYPE_CHECKING:
    from langbiang.city.junctions.following import Standing

ASK_EVERY_S = 1.0
TAKEN_AT_ONCE = 400
KEEP_EVERY_S = 300.0
PATIENCE_S = 2.0
# How long reports that wait are still delivered after every junction was given back.
DRAIN_S = 5.0
TRY_AGAIN_S = 30.0
log = logging.getLogger("langbiang.signals")


class Desk:
    """What is known of the province's wishes: written by the asking thread, read by the ticks."""

    def __init__(self, snapshot_path: Path) -> None:
        self.path = snapshot_path
        self.stations: dict[str, Station] = snapshot.read(snapshot_path)
        self.orders: dict[str, Order] = {}
        self._kept = self.stations
        self._asked: dict[str, Asked] = {}
        self._complaints = Complaints()

    def ask(self) -> None:
        """Ask the database for layouts and orders. Raises what the database raises."""
        from langbiang.city.junctions import following

        standing = following.standing(at=datetime.now(UTC))
        # First of all: a lease taken back waits for nothing of what follows.
        self.orders = {code: _order(one, self._asked.get(code, Asked())) for code, one in standing.items()}
        stations = dict(self.stations)
        for code, one in standing.items():
            known = stations.get(code)
            if known is None or known.version != one.version:
                stations[code] = Station(code, one.version, following.layout_of(code))
        stations = {code: each for code, each in stations.items() if code in standing}
        if stations != self._kept:
            self._keep(stations)
        self.stations = stations
        self._asked = following.priority_asked(at=datetime.now(UTC))
        self.orders = {code: _order(one, self._asked.get(code, Asked())) for code, one in standing.items()}

    def _keep(self, stations: dict[str, Station]) -> None:
        """For a process that begins without a database; where it cannot be written control goes on, and it is tried again."""
        try:
            snapshot.write(self.path, stations)
            self._kept = stations
        except OSError as problem:
            self._complaints.say(f"the configuration is not kept in {self.path}", problem)


def _order(one: "Standing", asked: Asked) -> Order:
    return Order(one.lease, one.override, one.lease_id or 0, one.controller, one.plan, asked)


def deliver(rows: list[Told]) -> None:
    """Report to the platform; a report it cannot take is logged and left out. Raises what the database raises when it is gone."""
    from django.db import InterfaceError, OperationalError, transaction

    from langbiang.city.junctions import following

    def report(row: Told) -> None:
        try:
            with transaction.atomic():
                _report(following, row)
        except (OperationalError, InterfaceError):
            raise
        except Exception as problem:
            _complaints.say(f"a report of kind {row.kind} about {row.junction} was refused", problem)

    rows = [Told(row.kind, row.junction, _without_nul(row.what)) for row in rows]
    others = [row for row in rows if row.kind != "status"]
    done = 0
    try:
        try:
            following.report_statuses([_status(following, row) for row in rows if row.kind == "status"])
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # whatever is wrong with one of them, the sound ones all the same
            for row in rows:
                if row.kind == "status":
                    report(row)
        for row in others:
            report(row)
            done += 1
    except (OperationalError, InterfaceError) as problem:
        raise Undelivered(others[done:]) from problem


_complaints = Complaints()


def _without_nul(told: Any) -> Any:
    """What is told without the one character a database cannot keep."""
    match told:
        case str():
            return told.replace("\x00", "")
        case dict():
            return {_without_nul(key): _without_nul(value) for key, value in told.items()}
        case list() | tuple():
            return [_without_nul(value) for value in told]
    return told


class Undelivered(ConnectionError):
    """The database is gone; `rows` have not arrived."""

    def __init__(self, rows: list[Told]) -> None:
        super().__init__("the database does not answer")
        self.rows = rows


def _at(value: float) -> datetime:
    return datetime.fromtimestamp(value, UTC)


def _timed(told: Mapping[str, Any]) -> dict[str, Any]:
    instants = ("at", "stage_since", "begun_at", "ended_at")
    return {name: _at(value) if name in instants else value for name, value in told.items()}


def _status(following: Any, row: Told) -> Any:
    """A picture to report; a word for a camera nobody knows means that it cannot be relied on."""
    what = _timed(row.what)
    if "cameras" in what:
        known = following.CAMERA_WORDS
        what["cameras"] = {zone: word if word in known else "blind" for zone, word in what["cameras"].items()}
    return following.StatusReport(row.junction, **what)


def _report(following: Any, row: Told) -> None:
    from langbiang.city.junctions import services
    from langbiang.foundation.access import SYSTEM

    what = _timed(row.what)
    match row.kind:
        case "status":
            following.report_statuses([_status(following, row)])
        case "decision":
            following.report_decision(row.junction, **what)
        case "verdict":
            following.report_verdict(row.junction, **what)
        case "events":
            following.report_event(row.junction, rows=[(_at(at), code, parameter) for at, code, parameter in what["rows"]])
        case "alert":
            following.report_alert(row.junction, **what)
        case "over":
            following.report_over(row.junction, **what)
        case "void":
            services.void_lease(SYSTEM, junction_code=row.junction, **what)
        case "flow":
            following.report_flow(row.junction, **what)
        case "shadow":
            following.report_shadow(row.junction, **what)
        case "priority":
            following.report_priority(row.junction, **what)


def _thread(name: str, stop: threading.Event, work: Callable[[], None]) -> threading.Thread:
    """Work again and again until told to stop; what goes wrong is logged once a minute and tried again."""

    def run() -> None:
        said_at = -1e9
        while not stop.is_set():
            try:
                from langbiang.site.ready import setup

                setup()
                work()
            except Exception as problem:
                if time.monotonic() - said_at > 60:
                    log.warning("%s: %s: %s", name, type(problem).__name__, problem)
                    said_at = time.monotonic()
                _close()
                stop.wait(PATIENCE_S)

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread


def _close() -> None:
    try:
        from django.db import connection

        connection.close()
    except Exception as problem:  # there may be neither settings nor a database
        log.debug("closing: %s", problem)


def loop_for(
    station: Station, setting: CabinetSetting, outbox: Outbox, history: counting.History, *, now: float
) -> JunctionLoop:
    """One junction, ready to run. Raises UnsafeConfiguration where the layout would not be safe."""
    layout = Layout(station.layout)
    rules = gate_rules(station.code, layout)
    rows = station.layout["movements"]
    movements = [Movement(m["key"], tuple(m.get("lanes", ())), m["kind"] == "pedestrian") for m in rows]
    lanes = tuple(lane["key"] for lane in station.layout["lanes"])
    zones = {zone["key"]: tuple(zone["lanes"]) for zone in station.layout["zones"]}
    cabinet = SnmpCabinet(setting.address, rules, community=setting.community, user=setting.user, backup_s=setting.backup_s)
    widths = {lane["key"]: float(lane["width_m"]) for lane in station.layout["lanes"]}
    return JunctionLoop(
        station.code, SafetyGate(rules, now), cabinet, Wants(LanePressure(movements, rules.stages)), Eyes(lanes, zones, history),
        outbox, tuple(layout.stages), tuple(layout.movements), tuple(frozenset(m.lanes) for m in movements), dict(setting.patterns),
        priority=Priority(station.layout, rules), watch=Watch(model_of(station.layout, rules), widths, history),
        approaches={lane["key"]: lane["approach"] for lane in station.layout["lanes"]},
    )  # fmt: skip


def equip(junction: JunctionLoop, station: Station, scores: Mapping[tuple[str, str], shadow.Score], *, now: float) -> None:
    """Give a junction the planner, and every controller a place in its shadow; done once the planner is compiled."""
    rules = junction.gate.rules
    junction.wants.controllers["ours"] = horizon.HorizonOnLanes(station.layout, rules)
    reckoning = shadow.Reckoning(junction.served, junction.eyes.lanes)
    beside: list[LaneController] = [horizon.HorizonOnLanes(station.layout, rules), junction.wants.fallback]
    for each in beside:
        kept = scores.get((station.code, each.name))
        reckoning.shadows[each.name] = shadow.Shadow(each, rules, junction.served, junction.eyes.lanes, now, kept)
    junction.reckoning = reckoning


class Control:
    """The running process: what is known, what is told, the junctions."""

    def __init__(self, home: Path, cabinets: Mapping[str, CabinetSetting]) -> None:
        self.cabinets = cabinets
        self.desk, self.outbox = Desk(home / "traffic" / "configuration.json"), Outbox()
        self._ending = threading.Event()
        self._history_path, self._scores_path = home / "traffic" / "history.json", home / "traffic" / "shadow.json"
        self.histories = counting.read_histories(self._history_path)
        self.scores = shadow.read_scores(self._scores_path, now=time.time())
        self._running: dict[str, int] = {}
        self._failed: dict[str, tuple[int, float]] = {}  # the version, and until when it is not tried again
        self._unequipped: dict[str, int] = {}

    def _ask(self) -> None:
        self.desk.ask()
        self._ending.wait(ASK_EVERY_S)

    def _report(self) -> None:
        rows = self.outbox.take(TAKEN_AT_ONCE, wait_s=1.0)
        try:
            if rows:
                deliver(rows)
                for code, lost in self.outbox.take_lost().items():
                    text = f"{lost} reports of this junction were lost: the platform did not take them in time."
                    self.outbox.alert(code, at=time.time(), kind="reports", text=text)
        except Undelivered as problem:
            self.outbox.give_back(problem.rows)
            raise
        self._ending.wait(0.3)

    def _compile(self) -> None:
        while not self._ending.is_set() and not horizon.is_ready():
            station = next(iter(self.desk.stations.values()), None)
            if station is not None:
                try:
                    horizon.make_ready(station.layout, gate_rules(station.code, Layout(station.layout)))
                except Exception:
                    log.exception("the planner cannot be used; pressure of the lanes decides")
                return
            self._ending.wait(1.0)

    async def run(self, counts_urls: list[str], stop: asyncio.Event, *, health_urls: Sequence[str] = ()) -> None:
        """Drive every junction that has an approved layout and a cabinet, until told to stop; then give all back."""
        threads = [_thread("asking", self._ending, self._ask), _thread("reporting", self._ending, self._report)]
        threading.Thread(target=self._compile, name="compiling", daemon=True).start()
        fleet = Fleet(stop)
        counts = asyncio.create_task(supervised("counts", stop, lambda: take_counts(fleet, counts_urls, stop, health_urls=health_urls)))
        kept_at = time.monotonic()
        try:
            while not stop.is_set():
                try:
                    await self._look_after(fleet)
                except Exception:
                    log.exception("the junctions were not looked after in this round")
                if time.monotonic() - kept_at > KEEP_EVERY_S:
                    kept_at = time.monotonic()
                    self._keep(fleet.loops)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), 0.25)
        finally:  # whatever ended it: first of all the junctions are given back
            loops = dict(fleet.loops)
            await fleet.end_all()
            counts.cancel()
            await asyncio.gather(counts, return_exceptions=True)
            self._keep(loops)
            await self._drain()
            self._ending.set()
            for thread in threads:
                thread.join(timeout=3)

    async def _drain(self) -> None:
        """What was told at the end shall arrive as well; not for ever, as a database that is gone takes nothing."""
        until = time.monotonic() + DRAIN_S
        while len(self.outbox) and time.monotonic() < until:
            await asyncio.sleep(0.05)
        if len(self.outbox):
            log.warning("%d reports were not delivered", len(self.outbox))

    async def _look_after(self, fleet: Fleet) -> None:
        """Junctions come, go and change their layout; each gets its orders. What is wrong with one keeps no other from it."""
        stations = self.desk.stations
        for code, junction in fleet.loops.items():
            junction.order = self.desk.orders.get(code, Order())
        for code in [code for code in fleet.loops if code not in stations or stations[code].version != self._running.get(code)]:
            try:
                await fleet.end(code)
            except Exception:
                log.exception("%s was not given back in order", code)
        for code, station in stations.items():
            if code in self.cabinets and code not in fleet.loops and not self._has_failed(station):
                try:
                    history = self.histories.setdefault(code, counting.History())
                    fleet.begin(loop_for(station, self.cabinets[code], self.outbox, history, now=time.time()))
                    self._running[code] = station.version
                except Exception as problem:
                    # What the layout says stays as it is; anything else may pass.
                    until = math.inf if isinstance(problem, ValueError) else time.monotonic() + TRY_AGAIN_S
                    self._failed[code] = station.version, until
                    log.exception("the layout of %s cannot be used", code)
                    self.outbox.alert(code, at=time.time(), kind="layout", text=str(problem) or type(problem).__name__)
        for code, junction in fleet.loops.items():
            junction.order = self.desk.orders.get(code, Order())
            if junction.reckoning is None and horizon.is_ready() and self._unequipped.get(code) != stations[code].version:
                try:
                    equip(junction, stations[code], self.scores, now=time.time())
                except Exception:
                    self._unequipped[code] = stations[code].version
                    log.exception("the planner cannot be used at %s; pressure of the lanes decides", code)

    def _has_failed(self, station: Station) -> bool:
        version, until = self._failed.get(station.code, (None, 0.0))
        return version == station.version and time.monotonic() < until

    def _keep(self, loops: Mapping[str, JunctionLoop]) -> None:
        """What is known, for the next start. A full disk costs this and nothing else."""
        for code, junction in loops.items():
            for name, each in (junction.reckoning.shadows if junction.reckoning else {}).items():
                self.scores[code, name] = each.score
        writing: tuple[Callable[[], None], ...] = (
            lambda: counting.write_histories(self._history_path, self.histories),
            lambda: shadow.write_scores(self._scores_path, self.scores),
        )
        for work in writing:
            try:
                work()
            except Exception:
                log.exception("histories or scores are not kept")


def run(home: Path, cabinets: Mapping[str, CabinetSetting], counts_urls: list[str], health_urls: Sequence[str] = ()) -> None:
    """Until Ctrl-C or SIGTERM; then every junction is given back."""

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await Control(home, cabinets).run(counts_urls, stop, health_urls=health_urls)

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "langbiang.site.settings")
    asyncio.run(main())
