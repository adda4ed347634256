"""The robustness matrix: missed vehicles, blind cameras and demand, cell by cell, beside the shipped plan.

A cell holds when nothing gridlocks, nobody who waits sees red longer than 120 s, and the delay is not above the shipped
plan's with the same seed and demand.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path

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
    """All runs of the matrix, the references first."""
    folders = [str(folder) for folder in scenarios]
    plain = [Case(f, s, -1.0, "none", d) for f in folders for s in seeds for d in demands]
    return plain + [Case(f, s, m, o, d) for f in folders for s in seeds for m in missed for o in outages for d in demands]


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


def run(case: Case) -> Cell:
    """Simulate one case."""
    scenario = open_scenario(Path(case.scenario))
    network = read_sumo_net(scenario.net)
    tier = replace(REAL, name=f"missed {max(case.missed, 0):.0%}", missed_share=max(case.missed, 0.0))
    settings = RunSettings(FIELD, tier, case.seed, case.demand, outages_of(case.outage, scenario, network))
    name = "fixed" if case.is_reference else "ours"
    found = run_one(name, scenario, network, settings, plan_cache=Path("var/traffic/plans")).metrics
    return Cell(case, found.delay_s, found.max_red_s, found.never_inserted, found.is_gridlock)


def measure(wanted: Sequence[Case], *, workers: int = 1, report: Report | None = None) -> list[Cell]:
    """Run all cases, each in a process that simulates one at a time; the order is that of ``wanted``."""
    done: dict[Case, Cell] = {}
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for future in as_completed([pool.submit(run, case) for case in wanted]):
            cell = future.result()
            done[cell.case] = cell
            if report:
                report(cell)
    return [done[case] for case in wanted]


def broken(cells: Sequence[Cell]) -> list[tuple[Cell, str]]:
    """The cells that do not hold, each with the reason."""
    plain = {(c.case.scenario, c.case.seed, c.case.demand): c for c in cells if c.case.is_reference}
    found = []
    for cell in cells:
        if cell.case.is_reference:
            continue
        fixed = plain[cell.case.scenario, cell.case.seed, cell.case.demand]
        if cell.is_gridlock:
            found.append((cell, f"gridlock: {cell.never_inserted} never entered"))
        elif cell.max_red_s > LONGEST_RED_S:
            found.append((cell, f"red for {cell.max_red_s:.0f} s with somebody waiting"))
        elif cell.delay_s > fixed.delay_s:
            found.append((cell, f"{cell.delay_s:.1f} s of delay, {fixed.delay_s:.1f} s under the shipped plan"))
    return found


def write_json(cells: Sequence[Cell], path: Path) -> None:
    """Every run with what became of it, and the cells that do not hold."""
    rows = [{**asdict(cell), "case": {**asdict(cell.case), "scenario": Path(cell.case.scenario).name}} for cell in cells]
    told = [{"case": {**asdict(cell.case), "scenario": Path(cell.case.scenario).name}, "why": why} for cell, why in broken(cells)]
    path.write_text(json.dumps({"runs": rows, "broken": told}, indent=1) + "\n", encoding="utf-8")
