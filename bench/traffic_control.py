"""How long after a command the lamps of seven cabinets are read back as changed, over SNMP, with the loop as it drives.

python bench/traffic_control.py [--minutes 8]

The cabinets are the stand-ins of the demo in a process of their own. A command counts from the moment the gate allows the change
until a read-back shows every losing signal group no longer green.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from typing import Any

from bench.measuring import ROOT, keep, machine, processor_seconds, say, table
from langbiang.city.traffic.gate.arming import ArmLease
from langbiang.city.traffic.gate.lamps import GREEN
from langbiang.city.traffic.ntcip.adapter import Shown
from langbiang.city.traffic.process.counting import Seen
from langbiang.city.traffic.process.loop import JunctionLoop, Order
from langbiang.city.traffic.process.running import drive
from tests.city.traffic.process.driver import made
from tests.city.traffic.process.test_kill import JUNCTIONS, free_block

BACKUP_S = 15


class Watch:
    """Times the orders and questions of one junction."""

    def __init__(self, junction: JunctionLoop) -> None:
        self.junction = junction
        self.commands: list[float] = []
        self.questions: list[float] = []
        self.orders: list[float] = []
        self._begun: tuple[float, frozenset[int]] | None = None
        self._read, self._change = junction.cabinet.read, junction.cabinet.change
        junction.cabinet.read = self.read  # type: ignore[method-assign]  # a stand-in for a method
        junction.cabinet.change = self.change  # type: ignore[method-assign]  # a stand-in for a method

    async def change(self, running: int, target: int) -> None:
        """The first order of a change starts the clock; one repeated does not."""
        begun = time.perf_counter()
        rules = self.junction.gate.rules
        losing = frozenset(g for g, on in enumerate(rules.stages[running]) if on and not rules.stages[target][g])
        if self._begun is None and not self.junction._changing:
            self._begun = begun, losing
        await self._change(running, target)
        self.orders.append(time.perf_counter() - begun)

    async def read(self) -> Shown:
        """Ask for the lamps; the clock stops when they show what was ordered."""
        begun = time.perf_counter()
        shown = await self._read()
        self.questions.append(time.perf_counter() - begun)
        if self._begun is not None and all(shown.lamps[g] != GREEN for g in self._begun[1]):
            self.commands.append(time.perf_counter() - self._begun[0])
            self._begun = None
        return shown


async def measured(port: int, minutes: float) -> list[Watch]:
    """Drive all cabinets with queues that change sides, so that there is always something to do."""
    rows = json.loads(JUNCTIONS.read_text(encoding="utf-8"))["junctions"]
    loops = [made(row, port + n, backup_s=BACKUP_S) for n, row in enumerate(rows, start=1)]
    watches = [Watch(each) for each in loops]
    stop = asyncio.Event()

    async def renew() -> None:
        while True:
            now = time.time()  # people arm anew twice a minute, should a junction have been disarmed meanwhile
            for n, each in enumerate(loops):
                each.order = Order(ArmLease(each.code, each.gate.fingerprint, "Lan", "Minh", now, now + 60), None, int(now / 30))
                stage = each.gate.rules.stages[int(now / 9 + n) % len(each.stage_names)]
                lanes = {lane for on, served in zip(stage, each.served, strict=True) if on for lane in served}
                each.seen = Seen(now, {lane: 12.0 if lane in lanes else 0.0 for lane in each.eyes.lanes})
            await asyncio.sleep(0.5)

    renewing = asyncio.create_task(renew())
    asyncio.get_running_loop().call_later(60 * minutes, stop.set)
    await drive(loops, counts_urls=(), stop=stop)
    renewing.cancel()
    return watches


def figures(values: list[float]) -> dict[str, float]:
    """Median, p99 and worst in milliseconds."""
    ordered = sorted(values)
    if not ordered:
        return {"n": 0}
    return {
        "n": len(ordered), "median_ms": round(1000 * ordered[len(ordered) // 2], 1),
        "p99_ms": round(1000 * ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))], 1), "worst_ms": round(1000 * ordered[-1], 1),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=8.0)
    options = parser.parse_args()
    port = free_block()
    with tempfile.TemporaryDirectory() as home:
        cabinets = subprocess.Popen(
            [sys.executable, "-m", "simulators.cabinet", "--port", str(port), "--home", home, "--backup", str(BACKUP_S),
             "--community", "test"], cwd=ROOT, env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        )  # fmt: skip
        try:
            time.sleep(5)
            before = processor_seconds([cabinets.pid, os.getpid()])
            begun = time.monotonic()
            watches = asyncio.run(measured(port, options.minutes))
            spent, after = time.monotonic() - begun, processor_seconds([cabinets.pid, os.getpid()])
        finally:
            cabinets.kill()
            cabinets.wait()
    every: dict[str, list[float]] = {name: [v for w in watches for v in getattr(w, name)] for name in ("commands", "orders", "questions")}
    result: dict[str, Any] = {
        "machine": machine(), "cabinets": len(watches), "minutes": options.minutes,
        "command_to_read_back": figures(every["commands"]), "order": figures(every["orders"]), "question": figures(every["questions"]),
        "processor_percent": {
            "control": round(100 * (after[os.getpid()] - before[os.getpid()]) / spent, 1),
            "cabinets": round(100 * (after[cabinets.pid] - before[cabinets.pid]) / spent, 1),
        },
    }  # fmt: skip
    names = ("command_to_read_back", "order", "question")
    columns = ("n", "median_ms", "p99_ms", "worst_ms")
    table(("", "n", "median ms", "p99 ms", "worst ms"), [(name, *(result[name].get(column, "-") for column in columns)) for name in names])
    say(f"processor, percent of a core: {result['processor_percent']}; load {result['machine']['load_average']}")
    say(f"written to {keep('traffic_control', result)}")


if __name__ == "__main__":
    main()
