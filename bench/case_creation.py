"""How many cases a second are made over HTTP, and what one costs: checked, numbered, audited, with its event and receipt.

python bench/case_creation.py [--home HOME --port PORT] [--cases 3000] [--connections 12] [--way machine|page]
                              [--without-worker]

HOME and PORT name a running installation with the demo province; without them one is made and started. One case is one
request: a system with a key files through the machine interface, or an officer sends a complete draft from the counter
page (`--way page`). Either way: who it is, check of every answer and paper, similar filings, fees, due date, process
sheet, history, audit row, event, case code, receipt; all of it committed before the answer. The processor time is that
of the web processes and of the database, from /proc; the worker's is told apart. Reference: a bare INSERT of a row of
the same size, committed one by one over one connection to the same database.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psycopg

from bench.counters import Counter, Line, send
from bench.measuring import ROOT, ProcessorClock, backends, idle_seconds, keep, processes, say, spread, table

RATE, CPU_MS = 150, 12
WARM = 248  # two at each counter are sent before the clock runs
BARE = (
    "CREATE TABLE IF NOT EXISTS bench_bare (id bigserial PRIMARY KEY, at timestamptz, code text UNIQUE, content jsonb)"
)


def prepare(home: Path, port: int, filings: int, seed: int, way: str) -> list[Counter]:
    """Have filings laid on the counters of the installation."""
    environment = {**os.environ, "LANGBIANG_HOME": str(home), "PORT": str(port), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, str(ROOT / "bench" / "counters.py"), str(filings), "124", str(seed), way]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return [Counter(**row) for row in json.loads(done.stdout)]


def bare_insert(url: str, count: int = 2000) -> dict[str, float]:
    """Milliseconds of a bare committed INSERT of a like row."""
    content = json.dumps({f"question_{n}": "Nguyễn Thị Mai, 12 Nguyễn Chí Thanh" for n in range(20)})
    times = []
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS bench_bare")
        connection.execute(BARE)
        for number in range(count):
            begun = time.perf_counter()
            connection.execute(
                "INSERT INTO bench_bare (at, code, content) VALUES (now(), %s, %s)", [f"H36-{number}", content]
            )
            times.append((time.perf_counter() - begun) * 1000)
        connection.execute("DROP TABLE bench_bare")
    return spread(times)


class Load:
    """Some connections that send drafts as fast as they are answered."""

    def __init__(self, port: int, counters: list[Counter], connections: int) -> None:
        self.times: list[float] = []
        self.refused: list[str] = []
        most = max(len(c.drafts) + len(c.filings) for c in counters)
        drafts = [(c, d) for row in range(most) for c in counters for d in (c.drafts or c.filings)[row : row + 1]]
        self._threads = [
            threading.Thread(target=self._send, args=(port, drafts[n::connections])) for n in range(connections)
        ]

    def _send(self, port: int, drafts: list[tuple[Counter, str]]) -> None:
        line = Line(port)
        for counter, draft in drafts:
            begun = time.perf_counter()
            if counter.key:
                answer = line.file(counter, draft, key=secrets.token_hex(16))
            else:
                answer = send(line, counter, draft)
            if answer.status not in (201, 302) or (not counter.key and answer.case_id is None):
                self.refused.append(f"{answer.status} {answer.location} {answer.body[:300]!r}")
            else:
                self.times.append((time.perf_counter() - begun) * 1000)

    def run(self, look: Any) -> float:
        """Send everything; `look` is called while it runs. Gives the seconds."""
        begun = time.perf_counter()
        for thread in self._threads:
            thread.start()
        while any(thread.is_alive() for thread in self._threads):
            look()
            time.sleep(0.25)
        look()
        return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--port", type=int)
    parser.add_argument("--cases", type=int, default=3000)
    parser.add_argument("--connections", type=int, default=12)
    parser.add_argument("--way", choices=["machine", "page"], default="machine")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument(
        "--without-worker", action="store_true", help="stop the worker meanwhile (it goes on afterwards)"
    )
    options = parser.parse_args()
    if options.home:
        raise SystemExit(0 if measure(options) else 1)
    from tests import platform as running

    say("starting an installation with the demo province")
    platform = running.start(Path(tempfile.mkdtemp(prefix="lb-bench-")), cases=2000)
    try:
        options.home, options.port = platform.home, platform.port
        passed = measure(options)
    finally:
        running.clear(platform)
    raise SystemExit(0 if passed else 1)


def measure(options: argparse.Namespace) -> bool:
    """File everything on a running installation and print what it cost; gives whether the bounds were met."""
    os.environ["LANGBIANG_HOME"] = str(options.home)
    from langbiang.site import database

    url = database.embedded_url(options.home)
    say("a bare INSERT")
    bare = bare_insert(database.embedded_url(options.home, role="owner"))
    say(f"laying {options.cases} filings on the counters")
    counters = prepare(options.home, options.port, options.cases + WARM, options.seed, options.way)
    warm = [replace(c, drafts=c.drafts[:2], filings=c.filings[:2]) for c in counters]
    counters = [replace(c, drafts=c.drafts[2:], filings=c.filings[2:]) for c in counters]
    web, worker = processes("granian", options.home), processes("langbiang worker", options.home)
    if options.without_worker:
        for pid in worker:
            os.kill(pid, 19)
    try:
        say("warming up")
        Load(options.port, warm, options.connections).run(lambda: None)
        clocks = {
            "web": ProcessorClock(),
            "database": ProcessorClock(),
            "worker": ProcessorClock(),
            "load": ProcessorClock(),
        }

        def look() -> None:
            clocks["web"].read(web)
            clocks["database"].read(backends(options.home))
            clocks["worker"].read(worker)
            clocks["load"].read([os.getpid()])

        say("sending")
        look()
        busy, idle = idle_seconds()
        load = Load(options.port, counters, options.connections)
        seconds = load.run(look)
        busy_after, idle_after = idle_seconds()
    finally:
        if options.without_worker:
            for pid in worker:
                os.kill(pid, 18)
    made = len(load.times)
    used = {name: clock.seconds for name, clock in clocks.items()}
    each = {name: round(value / made * 1000, 2) for name, value in used.items()}
    ours = used["web"] + used["database"]
    others = max(0.0, busy_after - busy - sum(used.values()))
    latency = spread(load.times)
    cpu_each = round(ours / made * 1000, 2)
    table(
        ["", "measured", "wanted"],
        [
            ("cases made over HTTP", made, options.cases),
            ("cases per second", f"{made / seconds:.1f}", f">= {RATE}"),
            ("processor ms per case (web + database)", cpu_each, f"<= {CPU_MS}"),
            ("  of it web", each["web"], ""),
            ("  of it database (all its processes)", each["database"], ""),
            ("worker, per case (notices, receipts drawn)", each["worker"], ""),
            ("this load, per case", each["load"], ""),
            ("answer ms, median", latency["median"], ""),
            ("answer ms, p95", latency["p95"], ""),
            ("reference: bare INSERT ms, median", bare["median"], ""),
            ("times the reference", f"{latency['median'] / bare['median']:.0f}", ""),
            ("cases per second, were both cores ours", f"{(os.cpu_count() or 1) / (ours / made):.0f}", ""),
            ("processor taken by others meanwhile", f"{others / seconds:.2f} cores", ""),
            ("processor idle meanwhile", f"{(idle_after - idle) / seconds:.2f} cores", ""),
        ],
    )
    passed = not load.refused and made / seconds >= RATE and cpu_each <= CPU_MS
    if load.refused:
        print(f"refused: {len(load.refused)}, for example {load.refused[0]}")
    path = keep(
        f"case_creation_{options.way}",
        {
            "cases": made, "seconds": seconds, "per_second": made / seconds, "cpu_ms_each": cpu_each, "cpu_ms": each,
            "latency_ms": latency, "bare_insert_ms": bare, "ratio_to_reference": latency["median"] / bare["median"],
            "cores_of_others": others / seconds, "cores_idle": (idle_after - idle) / seconds,
            "way": options.way, "connections": options.connections, "without_worker": options.without_worker, "url": url,
            "refused": load.refused[:20], "passed": passed,
        },
    )  # fmt: skip
    print(f"{path}: {'met' if passed else 'MISSED'}")
    return passed


if __name__ == "__main__":
    main()
