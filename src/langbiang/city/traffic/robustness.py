"""The robustness matrix: missed vehicles, blind cameras and demand, cell by cell, beside the shipped plan.

A cell holds when nothing gridlocks, nobody who waits sees red longer than 120 s, and the delay is not above the shipped
plan's with the same seed and demand.
"""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from langbiang.city.traffic import control, lamps, perception
from langbiang.city.traffic.control.settings import HorizonSettings
from langbiang.city.traffic.evaluate import run_one
from langbiang.city.traffic.limits import FIELD
from langbiang.city.traffic.network import Network, read_sumo_net
from langbiang.city.traffic.perception import REAL, Outage
from langbiang.city.traffic.twin.runner import RunSettings
from langbiang.city.traffic.twin.scenario import Scenario, open_scenario

MISSED = (0.0, 0.1, 0.3)
OUTAGES = ("none", "one", "all")
DEMANDS = (0.8, 1.0, 1.2)
LONGEST_RED_S = 120
Report = Callable[["Cell"], None]


class RunLost(RuntimeError):
    """A simulation in a process of its own ended without an answer; the message names the case and its last words."""


class ForeignJournal(ValueError):
    """The file of finished runs belongs to other settings or scenarios; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Case:
    """What one run is asked for; ``missed`` below zero stands for the shipped plan, which sees nothing."""

    scenario: str
    seed: int
    missed: float
    outage: str
    demand: float

    @property
    def is_reference(self) -> bool:
        """Whether this is the shipped plan."""
        return self.missed < 0


@dataclass(frozen=True, slots=True)
class Cell:
    """One run and what became of it."""

    case: Case
    delay_s: float
    max_red_s: float
    never_inserted: int
    is_gridlock: bool


def cases(
    scenarios: Iterable[Path],
    seeds: Sequence[int],
    *,
    missed: Sequence[float] = MISSED,
    outages: Sequence[str] = OUTAGES,
    demands: Sequence[float] = DEMANDS,
) -> list[Case]:
    """All runs of the matrix, seed by seed, so that one broken off is still a fair sample.

    Within a seed the cells come in a shuffled order that is always the same, each reference before its first cell.
    """
    folders = [str(folder) for folder in scenarios]
    found: dict[Case, None] = {}
    for s in seeds:
        cells = [Case(f, s, m, o, d) for m in missed for o in outages for d in demands for f in folders]
        random.Random(s).shuffle(cells)
        for cell in cells:
            found[Case(cell.scenario, s, -1.0, "none", cell.demand)] = None
            found[cell] = None
    return list(found)


def outages_of(kind: str, scenario: Scenario, network: Network) -> tuple[Outage, ...]:
    """None; the busiest junction blind for a quarter of an hour; all blind for five minutes."""
    begin = scenario.begin_s
    match kind:
        case "none":
            return ()
        case "one":
            busiest = max(network.junctions.values(), key=lambda j: (j.size, j.id))
            return (Outage(begin + 900, begin + 1800, busiest.id),)
        case "all":
            return (Outage(begin + 1200, begin + 1500),)
    raise ValueError(f"outage: {kind!r}; choose one of {', '.join(OUTAGES)}")


@cache
def _opened(folder: str) -> tuple[Scenario, Network]:
    scenario = open_scenario(Path(folder))
    return scenario, read_sumo_net(scenario.net)


def run(case: Case) -> Cell:
    """Simulate one case."""
    scenario, network = _opened(case.scenario)
    tier = replace(REAL, name=f"missed {max(case.missed, 0):.0%}", missed_share=max(case.missed, 0.0))
    settings = RunSettings(FIELD, tier, case.seed, case.demand, outages_of(case.outage, scenario, network))
    name = "fixed" if case.is_reference else "ours"
    found = run_one(name, scenario, network, settings, plan_cache=Path("var/traffic/plans")).metrics
    return Cell(case, found.delay_s, found.max_red_s, found.never_inserted, found.is_gridlock)


@dataclass(frozen=True, slots=True)
class Journal:
    """Finished runs, one line each, written as they finish: an interrupted matrix goes on where it stopped."""

    path: Path

    def read(self, wanted: Sequence[Case]) -> dict[Case, Cell]:
        """The wanted cases already run; starts the file when there is none.

        Raises ForeignJournal when it was written with other settings or other scenario files.
        """
        mark = fingerprint(wanted)
        if not self.path.is_file():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(json.dumps({"fingerprint": mark}) + "\n", encoding="utf-8")
            return {}
        text = self.path.read_text(encoding="utf-8")
        if not text.endswith("\n"):
            with self.path.open("a", encoding="utf-8") as file:
                file.write("\n")
        lines = text.splitlines()
        if not lines or _line(lines[0]).get("fingerprint") != mark:
            raise ForeignJournal(
                f"{self.path}: holds runs of other settings or scenario files; remove it or name another file with --json"
            )
        named = {replace(case, scenario=Path(case.scenario).name): case for case in wanted}
        found = {}
        for row in map(_line, lines[1:]):
            # The last line may have been cut off with the process; its run is done again.
            case = named.get(Case(**row["case"])) if row else None
            if case is not None:
                found[case] = Cell(**{**row, "case": case})
        return found

    def add(self, cell: Cell) -> None:
        """Append one finished run at once."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(_row(cell)) + "\n")


def _line(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def fingerprint(wanted: Sequence[Case]) -> str:
    """What runs of one journal must have in common: our settings and code, the limits, the net and demand files."""
    folders = sorted({case.scenario for case in wanted})
    digests = [(Path(folder).name, _opened(folder)[0].digest()) for folder in folders]
    return sha256(repr((HorizonSettings(), FIELD, REAL, digests, _code())).encode()).hexdigest()[:16]


def _code() -> str:
    """Digest of the modules that decide: a run of other code is another run."""
    modules = sorted(Path(control.__file__).parent.glob("*.py")) + [Path(m.__file__ or "") for m in (lamps, perception)]
    return sha256(b"".join(module.read_bytes() for module in modules)).hexdigest()


def measure(
    wanted: Sequence[Case],
    *,
    workers: int = 1,
    report: Report | None = None,
    journal: Journal | None = None,
    minutes: float | None = None,
) -> list[Cell]:
    """Run all cases in their order.

    Cases in the journal are not run again, and each finished run is written to it. After ``minutes`` no further run is
    started: the answer then lacks cases.
    """
    until = None if minutes is None else time.monotonic() + 60.0 * minutes
    done = journal.read(wanted) if journal else {}
    for cell in done.values():
        if report:
            report(cell)
    open_cases = (case for case in wanted if case not in done)
    for cell in _simulated(open_cases, workers, until):
        done[cell.case] = cell
        if journal:
            journal.add(cell)
        if report:
            report(cell)
    return [done[case] for case in wanted if case in done]


def _simulated(open_cases: Iterator[Case], workers: int, until: float | None) -> Iterator[Cell]:
    """Cells as they finish; one worker simulates in this process, several each in one of their own."""
    if workers == 1:
        for case in open_cases:
            if until is not None and time.monotonic() >= until:
                return
            yield run(case)
        return
    with ThreadPoolExecutor(workers) as pool:
        running: set[Future[Cell]] = set()
        while True:
            while len(running) < workers and (until is None or time.monotonic() < until):
                following = next(open_cases, None)
                if following is None:
                    break
                running.add(pool.submit(_run_apart, following))
            if not running:
                return
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                yield future.result()


def _run_apart(case: Case) -> Cell:
    """One case in a Python of its own: SUMO holds one simulation a process."""
    asked = subprocess.run(
        [sys.executable, "-m", "langbiang.city.traffic.robustness"],
        input=json.dumps(asdict(case)), capture_output=True, text=True, check=False,
    )  # fmt: skip
    # SUMO may write warnings of its own before the answer.
    answer = _line(asked.stdout.strip().splitlines()[-1]) if asked.returncode == 0 and asked.stdout.strip() else {}
    if "delay_s" not in answer:
        raise RunLost(f"{case}: ended with {asked.returncode}; {asked.stderr.strip()[-300:]}")
    return Cell(**{**answer, "case": case})


def broken(cells: Sequence[Cell]) -> list[tuple[Cell, str]]:
    """The cells that do not hold, each with the reason; without its reference a cell is judged by the rest alone."""
    plain = {(c.case.scenario, c.case.seed, c.case.demand): c for c in cells if c.case.is_reference}
    found = []
    for cell in cells:
        if cell.case.is_reference:
            continue
        fixed = plain.get((cell.case.scenario, cell.case.seed, cell.case.demand))
        if cell.is_gridlock:
            found.append((cell, f"gridlock: {cell.never_inserted} never entered"))
        elif cell.max_red_s > LONGEST_RED_S:
            found.append((cell, f"red for {cell.max_red_s:.0f} s with somebody waiting"))
        elif fixed is not None and cell.delay_s > fixed.delay_s:
            found.append((cell, f"{cell.delay_s:.1f} s of delay, {fixed.delay_s:.1f} s under the shipped plan"))
    return found


def unfinished(wanted: Sequence[Case], cells: Sequence[Cell]) -> list[Case]:
    """Wanted cases that were not run."""
    ran = {cell.case for cell in cells}
    return [case for case in wanted if case not in ran]


def _named(case: Case) -> Mapping[str, Any]:
    return {**asdict(case), "scenario": Path(case.scenario).name}


def _row(cell: Cell) -> dict[str, Any]:
    return {**asdict(cell), "case": _named(cell.case)}


def write_json(cells: Sequence[Cell], path: Path, *, missing: Sequence[Case] = ()) -> None:
    """Every run with what became of it, the cells that do not hold, and those not run."""
    told = [{"case": _named(cell.case), "why": why} for cell, why in broken(cells)]
    content = {"runs": [_row(cell) for cell in cells], "broken": told, "not_run": [_named(case) for case in missing]}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    print(json.dumps(_row(run(Case(**json.loads(sys.stdin.read()))))))
