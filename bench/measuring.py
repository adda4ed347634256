"""What every measurement here shares: the machine it ran on, percentiles, processor time, tables, JSON, a home of its own."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results"
PROGRAM = str(Path(sys.executable).with_name("langbiang"))
TICKS = os.sysconf("SC_CLK_TCK")


def machine() -> dict[str, Any]:
    """Where and when this was measured, and how busy the machine was with other things."""
    model = next(
        (r.split(":")[1].strip() for r in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in r), ""
    )
    return {
        "at": datetime.now().astimezone().isoformat(timespec="seconds"), "cores": os.cpu_count(), "processor": model,
        "load_average": [round(v, 1) for v in os.getloadavg()], "python": sys.version.split()[0],
    }  # fmt: skip


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, p95 and worst of some measurements."""
    ordered = sorted(values)
    return {
        "median": round(statistics.median(ordered), 2),
        "p95": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 2),
        "worst": round(ordered[-1], 2),
        "n": len(ordered),
    }


def processor_seconds(pids: Iterable[int]) -> dict[int, float]:
    """Processor time used by processes until now; those that ended are left out."""
    found = {}
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found[pid] = (int(fields[11]) + int(fields[12])) / TICKS
    return found


def idle_seconds() -> tuple[float, float]:
    """(processor seconds of the whole machine spent on anything, seconds idle) since it was started."""
    fields = [int(v) / TICKS for v in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(fields) - fields[3] - fields[4], fields[3] + fields[4]


def processes(needle: str, home: Path) -> list[int]:
    """Processes of an installation whose command line holds a text."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            environment = (entry / "environ").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if needle in command and (f"LANGBIANG_HOME={home}" in environment or str(home) in command):
            found.append(int(entry.name))
    return found


def postmaster(home: Path) -> int:
    """The database server's first process."""
    return int((home / "database" / "postmaster.pid").read_text().splitlines()[0])


def backends(home: Path) -> list[int]:
    """All processes of the database server: the first, its helpers and one for each connection."""
    first = postmaster(home)
    found = [first]
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == first:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


class ProcessorClock:
    """Adds up the processor time of processes that come and go; read it often enough to miss none."""

    def __init__(self) -> None:
        self._first: dict[int, float] = {}
        self._last: dict[int, float] = {}

    def read(self, pids: Iterable[int]) -> None:
        """Look at these processes now; one seen for the first time counts from here on."""
        for pid, seconds in processor_seconds(pids).items():
            self._first.setdefault(pid, seconds)
            self._last[pid] = seconds

    @property
    def seconds(self) -> float:
        """Used since the first look at each."""
        return sum(self._last[pid] - first for pid, first in self._first.items())


@contextmanager
def own_home(keep: Path | None = None) -> Iterator[Path]:
    """An empty installation, migrated and with reference data, removed afterwards; or one that is kept."""
    home = keep or Path(tempfile.mkdtemp(prefix="lb-bench-"))
    os.environ["LANGBIANG_HOME"] = str(home)
    try:
        run("migrate", "--quiet")
        yield home
    finally:
        from langbiang.site import database

        database.stop(home)
        if keep is None:
            shutil.rmtree(home, ignore_errors=True)


@contextmanager
def province(source: Path | None, *, cases: int) -> Iterator[Path]:
    """A stopped installation with the demo province to do anything with: a copy of one that is not running, or a new
    one with so many cases. Thrown away afterwards."""
    home = Path(tempfile.mkdtemp(prefix="lb-bench-"))
    try:
        if source is not None:
            if (source / "database" / "postmaster.pid").exists():
                raise SystemExit(f"The installation in {source} is running, or was not stopped cleanly: stop it first.")
            subprocess.run(["cp", "-a", f"{source}/.", str(home)], check=True)
            (home / "running").unlink(missing_ok=True)
        else:
            from langbiang.site import database

            say(f"loading a demo province with {cases} cases")
            environment = {**os.environ, "LANGBIANG_HOME": str(home)}
            for command in (["migrate", "--quiet"], ["demo", "load", "--cases", str(cases)]):
                subprocess.run([PROGRAM, *command], env=environment, check=True, stdout=subprocess.DEVNULL)
            database.stop(home)
        yield home
    finally:
        from langbiang.site import database

        database.stop(home)
        shutil.rmtree(home, ignore_errors=True)


def run(*command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run `langbiang ...` on the installation of this measurement."""
    done = subprocess.run([PROGRAM, *command], check=False, capture_output=True, text=True)
    if check and done.returncode:
        raise SystemExit(f"langbiang {' '.join(command)} failed: {done.stderr[-2000:]}{done.stdout[-2000:]}")
    return done


def say(text: str) -> None:
    """One line of progress."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table."""
    lines = [[str(cell) for cell in row] for row in [header, *rows]]
    widths = [max(len(row[n]) for row in lines) for n in range(len(header))]
    for number, row in enumerate(lines):
        print(
            "  ".join(
                cell.ljust(w) if n == 0 else cell.rjust(w) for n, (cell, w) in enumerate(zip(row, widths, strict=True))
            )
        )
        if number == 0:
            print("  ".join("-" * w for w in widths))


def keep(name: str, result: dict[str, Any]) -> Path:
    """Write a result beside the others, under the name of the measurement."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({"machine": machine(), **result}, indent=1, ensure_ascii=False, default=str) + "\n")
    return path
