"""A control process for tests: drives every junction of a file under a lease that never ends, without a database."""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from langbiang.city.traffic.gate.arming import ArmLease
from langbiang.city.traffic.priority.asked import Asked, EventSignals
from langbiang.city.traffic.process.cabinets import CabinetSetting
from langbiang.city.traffic.process.counting import History, Seen
from langbiang.city.traffic.process.loop import JunctionLoop, Order
from langbiang.city.traffic.process.running import drive
from langbiang.city.traffic.process.snapshot import Station
from langbiang.site.signals import loop_for


class Silent:
    """Tells nobody."""

    def status(self, junction: str, **told: Any) -> None: ...

    def decision(self, junction: str, **told: Any) -> None: ...

    def verdict(self, junction: str, **told: Any) -> None: ...

    def events(self, junction: str, rows: list[tuple[float, int, int]]) -> None: ...

    def alert(self, junction: str, **told: Any) -> None: ...

    def over(self, junction: str, **told: Any) -> None: ...

    def void(self, junction: str, **told: Any) -> None: ...

    def flow(self, junction: str, **told: Any) -> None: ...

    def shadow(self, junction: str, **told: Any) -> None: ...

    def priority(self, junction: str, **told: Any) -> None: ...


def made(row: dict[str, Any], port: int, *, backup_s: int, sink: Any = None, patterns: dict[str, int] | None = None) -> JunctionLoop:
    """A junction of the file with its cabinet on a port, as the control process makes it."""
    setting = CabinetSetting(("127.0.0.1", port), "test", backup_s=backup_s, patterns=patterns or {})
    return loop_for(Station(row["code"], 1, row["layout"]), setting, sink or Silent(), History(), now=time.time())


def festival(each: JunctionLoop, now: float) -> EventSignals:
    """A plan that gives every stage twelve seconds and runs already."""
    marks = tuple((name, 12.0 * (n + 1)) for n, name in enumerate(each.stage_names))
    return EventSignals("Festival Hoa", "Lễ hội", marks[-1][1], 0.0, marks, now - 60, now + 60)


async def main(path: str, port: int, backup_s: int, what: str = "") -> None:
    """Queues that change quickly, so that there is always something to do; with an event, its plan, half of the junctions armed."""
    rows = json.loads(Path(path).read_text(encoding="utf-8"))["junctions"]
    loops = [made(row, port + n, backup_s=backup_s, patterns={"Lễ hội": 2}) for n, row in enumerate(rows, start=1)]
    stop = asyncio.Event()

    async def renew() -> None:
        while True:
            now = time.time()
            for n, each in enumerate(loops):
                lease = ArmLease(each.code, each.gate.fingerprint, "Lan", "Minh", now, now + 60)
                each.order = Order(lease) if what != "event" else Order(lease if n % 2 else None, asked=Asked(signals=(festival(each, now),)))
                busy = int(now / 12 + n) % len(each.stage_names)
                stage = each.gate.rules.stages[busy]
                lanes = {lane for on, served in zip(stage, each.served, strict=True) if on for lane in served}
                each.seen = Seen(now, {lane: 12.0 if lane in lanes else 0.0 for lane in each.eyes.lanes})
            await asyncio.sleep(1)

    task = asyncio.create_task(renew())
    print("drives", flush=True)
    await drive(loops, counts_urls=(), stop=stop)
    task.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:]))
