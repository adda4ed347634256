"""The control process dies at random moments: the cabinets go back to their own plan, and no lamp ever shows what it may not."""

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from langbiang.city.junctions.layout import Layout, gate_rules
from langbiang.city.traffic.gate.monitor import LampMonitor
from langbiang.city.traffic.ntcip import objects
from langbiang.city.traffic.ntcip.adapter import SnmpCabinet

ROOT = Path(__file__).resolve().parents[4]
JUNCTIONS = ROOT / "src" / "langbiang" / "city" / "junctions" / "data" / "dalat.json"
BACKUP_S = 3
KILLS = int(os.environ.get("LANGBIANG_TEST_KILLS", "4"))
# What a cabinet may take beyond its backup time: one tick, and a moment of a busy machine.
LATE_S = 1.0


def free_block() -> int:
    """A port whose eight followers are free as well."""
    for port in random.SystemRandom().sample(range(20000, 30000, 20), 100):
        try:
            with socket.socket() as street:
                street.bind(("127.0.0.1", port))
            for n in range(1, 8):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                    probe.bind(("127.0.0.1", port + n))
        except OSError:
            continue
        return port
    raise RuntimeError("no free ports")


@pytest.fixture
def street(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    port = free_block()
    process = subprocess.Popen(
        [sys.executable, "-m", "simulators.cabinet", "--port", str(port), "--home", str(tmp_path), "--backup", str(BACKUP_S),
         "--community", "test"], cwd=ROOT, env={**os.environ, "PYTHONPATH": f"{ROOT}/src:{ROOT}"},
    )  # fmt: skip
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port, tmp_path
    finally:
        process.kill()
        process.wait()


def entries(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.endswith("}")]


def drives(port: int, *what: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.city.traffic.process.driver", str(JUNCTIONS), str(port), str(BACKUP_S), *what], cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}/src:{ROOT}"}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def still_set(port: int) -> list[str]:
    """Holds, omits, force-offs, calls, patterns and preempts that stand in any cabinet: asked over SNMP, not read from a log."""

    async def ask() -> list[str]:
        found = []
        for n, row in enumerate(json.loads(JUNCTIONS.read_text(encoding="utf-8"))["junctions"], start=1):
            cabinet = SnmpCabinet(("127.0.0.1", port + n), gate_rules(row["code"], Layout(row["layout"])), community="test")
            rows = range(1, objects.groups_of(len(row["layout"]["movements"])) + 1)
            names = [objects.cell(objects.CONTROL, column, group) for column in objects.CONTROLS for group in rows]
            names += [objects.SYSTEM_PATTERN, (*objects.PREEMPT_CONTROL, 1)]
            found += [f"{row['code']} {name}: {value}" for name, value in (await cabinet._get(names)).items() if value]
            cabinet.close()
        return found

    return asyncio.run(ask())


def killed_at_random(street: tuple[int, Path], dice: random.Random, *what: str) -> None:
    """Let a process drive for a while, kill it, and look whether the cabinets are free of it in time."""
    port, home = street
    process = drives(port, *what)
    assert process.stdout is not None
    assert process.stdout.readline() == "drives\n"
    until = time.monotonic() + 20
    while time.monotonic() < until and not any(e.get("hold") for path in home.glob("*.jsonl") for e in entries(path)[-3:]):
        time.sleep(0.2)
    time.sleep(dice.uniform(0.2, 6.0))
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    killed = time.time()
    time.sleep(BACKUP_S + LATE_S)
    assert still_set(port) == []  # no orphan
    for path in home.glob("*.jsonl"):
        back = [e["at"] for e in entries(path) if e.get("event") == "backup" and e["at"] >= killed - 1]
        held = [e for e in entries(path) if e["at"] > killed + BACKUP_S + LATE_S and e.get("mode") == "system"]
        assert not held
        assert all(at <= killed + BACKUP_S + LATE_S for at in back[:1])


def test_a_process_killed_while_it_runs_the_plan_of_an_event_leaves_nothing_of_it(street: tuple[int, Path]) -> None:
    """Half of the junctions are armed and driven by the plan through the gate, the others run it as a pattern of their cabinet."""
    _port, home = street
    dice = random.Random(11)
    for _ in range(max(1, KILLS // 2)):
        killed_at_random(street, dice, "event")
    logs = [entries(path) for path in home.glob("*.jsonl")]
    assert any(e.get("hold") for log in logs for e in log)
    assert any(e.get("pattern") == 2 for log in logs for e in log)


def test_a_killed_process_leaves_no_hold_and_no_illegal_lamp(street: tuple[int, Path]) -> None:
    _port, home = street
    dice = random.Random(7)
    for _ in range(KILLS):
        killed_at_random(street, dice)
    rows = {row["code"]: row["layout"] for row in json.loads(JUNCTIONS.read_text(encoding="utf-8"))["junctions"]}
    backups = driven = 0
    for code, layout in rows.items():
        log = entries(home / f"{code}.jsonl")
        rules = gate_rules(code, Layout(layout))
        images = [(e["at"], e["lamps"]) for e in log if "mode" in e]
        monitor = LampMonitor(rules, images[0][1], images[0][0] - 60)
        broken = [each for at, lamps in images[1:] for each in monitor.look(lamps, at + 1e-3)]
        assert [each for each in broken if not each.startswith("max red")] == []
        assert not any(e.get("flash") for e in log)
        backups += sum(e.get("event") == "backup" for e in log)
        driven += sum(e.get("mode") == "system" for e in log)
    assert driven > 0
    assert backups >= KILLS  # every death was noticed by at least one cabinet
