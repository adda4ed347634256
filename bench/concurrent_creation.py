"""100,000 filings at once over 124 units while web, database and worker are killed with -9: nothing lost, doubled or skipped.

python bench/concurrent_creation.py [--home HOME] [--cases 100000] [--connections 10] [--every 45]

HOME is an installation with the demo province that is not running (without it one is made); a copy is used and thrown
away. Systems
file through the machine interface, each filing with its own key, sent again until it is answered. Every few seconds
something is killed: the web server with all its processes, one of them, the database, the worker. In the end the records
are compared with what was acknowledged: each filing has exactly one case, each case one number, one accepted event, one
audit row and one receipt form; no unit's day has a gap; the audit trail is intact.
"""

import argparse
import json
import os
import random
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections import Counter as Tally
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.counters import Counter, Line
from bench.measuring import keep, province, say, spread, table
from tests.platform import ROOT, Platform, free_port

LOOK = """
import json
from datetime import datetime
from django.db import connection
from langbiang.foundation.numbering.models import Counter
from langbiang.government.cases.models import ActionKey, Case
from langbiang.government.cases.services import intake

def rows(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()

days = {(c.register.split(":")[1], datetime.strptime(c.period, "%y%m%d").date())
        for c in Counter.objects.filter(register__startswith="case:")}
print(json.dumps({
    "case_of": {k.partition(":")[2]: c for k, c in
                ActionKey.objects.filter(key__startswith="api:").values_list("key", "case_id")},
    "code_of": dict(Case.objects.exclude(code=None).values_list("pk", "code")),
    "gaps": {f"{u} {d}": intake.gaps(u, d) for u, d in days if intake.gaps(u, d)},
    "events": dict(rows("SELECT (payload->>'case_id')::bigint, count(*) FROM events_event WHERE name = 'cases.accepted'"
                        " GROUP BY 1")),
    "audit": dict(rows("SELECT split_part(target, ':', 2)::bigint, count(*) FROM audit_entry"
                       " WHERE action = 'cases.accepted' GROUP BY 1")),
    "forms": dict(rows("SELECT case_id, count(*) FROM cases_issuedform WHERE form_no = '01' GROUP BY 1")),
}))
"""


@dataclass
class Filed:
    """What the systems were told."""

    codes: dict[str, str] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    broken: int = 0
    odd: list[str] = field(default_factory=list)


def send_all(port: int, work: list[tuple[Counter, str]], filed: Filed) -> None:
    """Send each filing until it is answered."""
    line = Line(port, timeout=15)
    waiting = [(counter, body, secrets.token_hex(12)) for counter, body in work]
    waiting.reverse()
    while waiting:
        counter, body, key = waiting.pop()
        begun = time.perf_counter()
        try:
            answer = line.file(counter, body, key=key)
        except OSError:
            filed.broken += 1
            waiting.append((counter, body, key))
            time.sleep(0.2)
            continue
        if answer.status in (200, 201):
            filed.codes[key] = json.loads(answer.body)["code"]
            filed.times.append((time.perf_counter() - begun) * 1000)
        elif answer.status >= 500:
            filed.broken += 1
            waiting.append((counter, body, key))
            time.sleep(0.2)
        else:
            filed.odd.append(f"{answer.status} {answer.body[:200]!r}")


def kill(platform: Platform, what: str) -> int:
    """Kill something with -9; gives how many processes it were."""
    if what == "database":
        pids = [int((platform.home / "database" / "postmaster.pid").read_text().splitlines()[0])]
    elif what == "one web process":
        pids = platform.pids("granian")[-1:]
    else:
        pids = platform.pids({"web": "granian", "worker": "langbiang worker"}[what])
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    return len(pids)


def start(home: Path) -> Platform:
    """Start the installation."""
    port = free_port()
    platform = Platform(home, port, None)
    log = (home / "up.log").open("wb")
    program = str(Path(sys.executable).with_name("langbiang"))
    platform.process = subprocess.Popen(
        [program, "up", "--port", str(port)], env=platform.environment(), stdout=log, stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL, start_new_session=True, cwd=ROOT,
    )  # fmt: skip
    platform.wait(120)
    return platform


def findings(found: dict, filed: Filed, keys_sent: int, before: set[str]) -> dict[str, int]:
    """What is wrong, by kind; all nought when nothing is."""
    case_of, code_of = found["case_of"], found["code_of"]
    made = [case_of.get(key) for key in filed.codes]
    once = {str(case) for case in made if case is not None}
    codes = Tally(code_of.values())
    return {
        "filings never answered": keys_sent - len(filed.codes),
        "answers nobody expected": len(filed.odd),
        "acknowledged without a case": sum(case is None for case in made),
        "acknowledged under another number": sum(
            code_of.get(str(case_of.get(key))) != code for key, code in filed.codes.items()
        ),
        "cases standing for two filings": len(made) - len(set(made)),
        "numbers given twice": sum(n > 1 for n in codes.values()),
        "gaps in a unit's day": sum(len(gaps) for gaps in found["gaps"].values()),
        "cases nobody was told of": sum(key not in filed.codes for key in case_of if key not in before),
        **{
            f"cases without exactly one {name}": sum(found[kind].get(case) != 1 for case in once)
            for kind, name in (("events", "event"), ("audit", "audit row"), ("forms", "receipt"))
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--every", type=float, default=45, help="seconds between two kills")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with province(options.home, cases=2000) as home:
        raise SystemExit(0 if storm(home, options) else 1)


def storm(home: Path, options: argparse.Namespace) -> bool:
    """File everything while things are killed, then compare; gives whether all is well."""
    platform = start(home)
    try:
        say(f"laying {options.cases} filings on the counters of 124 units")
        counters = [
            Counter(**row)
            for row in json.loads(
                platform.ask(
                    f"import json, sys; sys.path.insert(0, {str(ROOT)!r})\nfrom dataclasses import asdict\n"
                    "from bench.counters import prepare\nprint(json.dumps([asdict(c) for c in "
                    f"prepare(drafts={options.cases}, units=124, seed={options.seed}, machine=True)]))"
                )
            )
        ]
        work = [(c, body) for row in range(max(len(c.filings) for c in counters)) for c in counters
                for body in c.filings[row : row + 1]]  # fmt: skip
        before = set(json.loads(platform.ask(LOOK))["case_of"])
        filed, kills, dice = Filed(), Tally[str](), random.Random(options.seed)
        threads = [
            threading.Thread(target=send_all, args=(platform.port, work[n :: options.connections], filed))
            for n in range(options.connections)
        ]
        begun = last = told = time.monotonic()
        for thread in threads:
            thread.start()
        plan: list[str] = []
        while any(thread.is_alive() for thread in threads):
            time.sleep(0.5)
            if time.monotonic() - last > options.every and len(filed.codes) < len(work) * 0.98:
                plan = plan or dice.sample(["web", "database", "one web process", "database", "worker"], 5)
                what = plan.pop()
                kills[what] += kill(platform, what) > 0
                last = time.monotonic()
            if time.monotonic() - told > 30:
                told = time.monotonic()
                say(f"{len(filed.codes)} acknowledged, {sum(kills.values())} kills, {filed.broken} broken off")
        seconds = time.monotonic() - begun
        say("comparing the records with what was acknowledged")
        platform.wait(60)
        wrong = findings(json.loads(platform.ask(LOOK)), filed, len(work), before)
        verified = platform.run("audit", "verify", check=False)
        wrong["audit trail broken"] = int(verified.returncode != 0)
    finally:
        platform.stop()
    latency = spread(filed.times)
    table(
        ["", "found", "wanted"],
        [
            ("filings acknowledged", len(filed.codes), len(work)),
            ("kills with -9", sum(kills.values()), ""),
            *((f"  {what}", n, "") for what, n in sorted(kills.items())),
            ("requests broken off and sent again", filed.broken, ""),
            ("cases per second, kills included", f"{len(filed.codes) / seconds:.0f}", ""),
            ("answer ms, median / p95 / worst", f"{latency['median']} / {latency['p95']} / {latency['worst']}", ""),
            *((what, n, 0) for what, n in wrong.items()),
        ],
    )
    passed = not any(wrong.values())
    path = keep("concurrent_creation", {"cases": len(filed.codes), "seconds": seconds, "kills": dict(kills),
                "broken": filed.broken, "latency_ms": latency, "wrong": wrong, "odd": filed.odd[:5], "passed": passed})  # fmt: skip
    print(f"{path}: {'met' if passed else 'MISSED'}")
    return passed


if __name__ == "__main__":
    main()
