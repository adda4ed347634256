"""A junction, its cabinet and the SNMP between them in one program, on a clock the test turns by hand."""

import json
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any

from langbiang.city.junctions.layout import Layout, gate_rules
from langbiang.city.traffic.gate.arming import ArmLease
from langbiang.city.traffic.gate.monitor import LampMonitor
from langbiang.city.traffic.gate.rules import GateRules
from langbiang.city.traffic.priority.asked import Asked
from langbiang.city.traffic.process.cabinets import CabinetSetting
from langbiang.city.traffic.process.counting import History, Seen
from langbiang.city.traffic.process.loop import JunctionLoop, Order
from langbiang.city.traffic.process.snapshot import Station
from langbiang.site.signals import loop_for
from simulators.cabinet.agent import serve
from simulators.cabinet.controller import Cabinet
from tests.city.traffic.process.test_kill import JUNCTIONS

STEP_S = 0.1


class Heard:
    """Keeps what a junction told."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, dict[str, Any]]] = []

    def _keep(self, kind: str) -> Callable[..., None]:
        def keep(junction: str, **told: Any) -> None:
            self.rows.append((kind, told))

        return keep

    def __getattr__(self, kind: str) -> Callable[..., None]:
        return self._keep(kind)

    def events(self, junction: str, rows: list[tuple[float, int, int]]) -> None:
        self.rows.append(("events", {"rows": rows}))

    def kinds(self) -> list[str]:
        """Kinds of the alerts, in order."""
        return [told["kind"] for kind, told in self.rows if kind == "alert"]

    def last(self, kind: str = "status") -> dict[str, Any]:
        """What was told last of a kind."""
        return next(told for k, told in reversed(self.rows) if k == kind)


def layout_of(code: str) -> dict[str, Any]:
    rows = json.loads(JUNCTIONS.read_text(encoding="utf-8"))["junctions"]
    layout: dict[str, Any] = next(row["layout"] for row in rows if row["code"] == code)
    return layout


def gate_rules_of(code: str) -> tuple[dict[str, Any], GateRules]:
    """A layout and the rules of its gate."""
    layout = layout_of(code)
    return layout, gate_rules(code, Layout(layout))


def free_udp() -> int:
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Crossing:
    """To be made inside a running loop. Lamps are watched by a monitor of its own from the first moment."""

    def __init__(
        self, code: str = "kim-cuc", *, setting: Mapping[str, Any] | None = None, user: tuple[str, str, str] | None = None,
        history: History | None = None,
    ) -> None:  # fmt: skip
        self.layout = layout_of(code)
        self.now = time.time()
        self.log: list[Mapping[str, Any]] = []
        self.cabinet = Cabinet(self.layout, self.now, backup_s=15.0, log=self.log.append)
        port = free_udp()
        self.agent = serve(self.cabinet, port, community="test", clock=lambda: self.now, user=user)
        self.heard = Heard()
        given = {"community": "test", "patterns": {"Ban ngày": 2}, **(setting or {})}
        self.loop: JunctionLoop = loop_for(
            Station(code, 1, self.layout), CabinetSetting(("127.0.0.1", port), **given), self.heard, history or History(), now=self.now
        )
        self.rules = gate_rules(code, Layout(self.layout))
        self.monitor = LampMonitor(self.rules, self.cabinet.image(), self.now - 60)
        self.broken: list[str] = []
        self.queues: dict[str, float] | None = {lane["key"]: 2.0 for lane in self.layout["lanes"]}
        self.cameras: dict[str, str] = {}
        self.left: dict[str, int] = {}
        self.leases = 0
        self.override: dict[str, Any] | None = None
        self.is_armed_by_people = False
        self.is_asked_for = True  # whether the platform can be asked for the lease
        self._slice: ArmLease | None = None
        self.asked = Asked()
        self.ahead = 0.0  # how far the hour of the control process was set against the clock nobody sets
        self._due = self.now

    def arm(self) -> None:
        """Two persons give a lease, renewed as the platform does until `disarm`."""
        self.is_armed_by_people, self.leases = True, self.leases + 1

    def disarm(self) -> None:
        """The lease is taken back."""
        self.is_armed_by_people = False

    async def run(self, seconds: float, *, until: Callable[[], bool] | None = None) -> bool:
        """Let time pass, at most so long; True as soon as something has come true."""
        end = self.now + seconds
        while self.now < end:
            self.now += STEP_S
            self.cabinet.tick(self.now)
            if self.cabinet.is_flashing:  # no lamp image at all; it begins anew with everything red
                self.monitor = LampMonitor(self.rules, [0] * len(self.rules.groups), self.now)
            else:
                self.broken += [one for one in self.monitor.look(self.cabinet.image(), self.now) if not one.startswith("max red")]
            if self.now >= self._due:
                self._order()
                await self.loop.tick(self.now + self.ahead, self.now)
                self._due = self.now + self.loop.pause_s - 1e-6
            if until is not None and until():
                return True
        return until is None

    def _order(self) -> None:
        lease = None
        if self.is_armed_by_people:
            if self.is_asked_for or self._slice is None:
                at = self.now + self.ahead
                self._slice = ArmLease(self.loop.code, self.loop.gate.fingerprint, "Lan", "Minh", at, at + 300)
            lease = self._slice
        self.loop.order = Order(lease, self.override, self.leases, "max_pressure", "Ban ngày", self.asked)
        if self.queues is not None:
            self.loop.seen = Seen(self.now + self.ahead, dict(self.queues), left=dict(self.left), cameras=dict(self.cameras))

    @property
    def is_free(self) -> bool:
        """Nothing of the system is set in the cabinet."""
        return not self.cabinet._is_set()

    async def close(self) -> None:
        await self.loop.leave()
        self.agent.close()
