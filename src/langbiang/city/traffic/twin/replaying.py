"""Runs the hours of a day in a process of its own: a job as JSON comes in, lines of progress and the outcome go out.

A simulator that crashes or is killed takes nothing with it, and the worker stays free of libsumo.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from langbiang.city.traffic.control.horizon import RollingHorizon
from langbiang.city.traffic.metrics import RunMetrics, Summary, Trip
from langbiang.city.traffic.network import Network
from langbiang.city.traffic.perception import REAL
from langbiang.city.traffic.twin.demand import (
    HOUR_S,
    Count,
    Departure,
    HourDemand,
    departures,
    hour_demand,
    write_routes,
)
from langbiang.city.traffic.twin.described import Arm, CannotDraw, Description, describe, edge_into
from langbiang.city.traffic.twin.programmes import Plan, write_fixed
from langbiang.city.traffic.twin.replay import OURS, Replay, fit, from_json, pooled
from langbiang.city.traffic.twin.runner import Run, RunSettings, run_controller, run_programmes
from langbiang.city.traffic.twin.scenario import Scenario, open_scenario
from langbiang.city.traffic.twin.signals import (
    Signals,
    bounds_of,
    common_limits,
    drivers,
    told_limits,
    write_actuated,
)
from langbiang.city.traffic.twin.split_search import search
from langbiang.city.traffic.twin.streets import draw, write_config
from langbiang.city.traffic.twin.sumo import SumoMissing, load_sumo

Progress = Callable[[int, int, str], None]
Splits = Mapping[str, Any]
LINKS = "links.xml"


class ReplayFailed(RuntimeError):
    """The process that replays ended without an outcome; the message is its last word."""


@dataclass(frozen=True)
class Job:
    """What is to be replayed: counts of some hours, the plan of each junction in each hour, seeds.

    ``plans`` and ``searched`` give ``splits`` and ``offset_s`` by junction; a junction without a plan runs all its
    stages evenly. ``searched`` may be empty: then there is no optimised plan to compare with.
    """

    description: Mapping[str, Any]
    counts: Sequence[Count]
    hours: Sequence[int]
    seeds: Sequence[int]
    plans: Mapping[int, Mapping[str, Splits]]
    searched: Mapping[str, Splits]
    seconds: int = HOUR_S
    """How much of each hour is simulated; less than an hour only to try the machinery."""
    search: int = 0
    """So many candidates of an optimised fixed plan are tried on the busiest hour before anything is compared."""

    def as_json(self) -> dict[str, Any]:
        """For the process that replays."""
        return {
            "description": self.description, "counts": [list(asdict(c).values()) for c in self.counts], "hours": list(self.hours),
            "seeds": list(self.seeds), "plans": {str(h): dict(p) for h, p in self.plans.items()}, "searched": dict(self.searched),
            "seconds": self.seconds, "search": self.search,
        }  # fmt: skip


def job_from(content: Mapping[str, Any]) -> Job:
    """What ``Job.as_json`` wrote."""
    return Job(
        content["description"], [Count(*row) for row in content["counts"]], content["hours"], content["seeds"],
        {int(h): p for h, p in content["plans"].items()}, content["searched"], content["seconds"], content["search"],
    )  # fmt: skip


def run_job(job: Job, folder: Path, report: Progress) -> Replay:
    """Replay every hour under every controller, seed by seed. Raises CannotDraw, SumoMissing."""
    load_sumo()
    description = describe(job.description)
    network, signals = draw(description, folder)
    limits = common_limits(signals)
    demands = [hour_demand(description, job.counts, begin_s=hour * HOUR_S) for hour in job.hours]
    if job.search:
        job = replace(job, searched=_searched(job, description, demands, network, signals, folder, report))
    names = ["fixed", *(["fixed_opt"] if job.searched else []), "actuated", OURS]
    total, done = len(names) * len(job.seeds) * len(job.hours), 0
    kept: dict[tuple[str, int], list[tuple[RunMetrics, Sequence[Trip]]]] = {}
    passed: list[dict[Arm, float]] = []
    for hour, demand in zip(job.hours, demands, strict=True):
        of_hour = dict.fromkeys(description.arms, 0.0)
        for seed in job.seeds:
            scenario = scenario_of(description, demand, seed, folder, job.seconds)
            settings = RunSettings(limits, REAL, seed)
            for name in names:
                run = run_one(name, job, hour, scenario, network, signals, settings)
                kept.setdefault((name, seed), []).append((run.metrics, run.trips))
                if name == "fixed":
                    for arm, count in links_passed(folder / LINKS, description).items():
                        of_hour[arm] += count / len(job.seeds)
                done += 1
                report(done, total, f"{hour}:00, {name}, {seed}")
        passed.append(of_hour)
    part = job.seconds / HOUR_S
    good, links = fit(
        [{arm: v / part for arm, v in hour.items()} for hour in passed], [demand.counted for demand in demands]
    )
    return Replay(
        hours=tuple(job.hours),
        seeds=tuple(job.seeds),
        limits=told_limits(signals),
        bounds=bounds_of(signals) | {"range_m": round(REAL.range_m), "missed_percent": round(100 * REAL.missed_share)},
        links_good=good,
        links=links,
        side_share=sum(d.side_share for d in demands) / len(demands),
        summaries=tuple(Summary(name, tuple(pooled(kept[name, seed]) for seed in job.seeds)) for name in names),
        searched=dict(job.searched),
        gridlock_hours={name: sum(m.is_gridlock for seed in job.seeds for m, _ in kept[name, seed]) for name in names},
    )


def _searched(
    job: Job,
    description: Description,
    demands: Sequence[HourDemand],
    network: Network,
    signals: Mapping[str, Signals],
    folder: Path,
    report: Progress,
) -> Mapping[str, Splits]:
    busiest = max(demands, key=lambda demand: sum(demand.counted.values()))

    def delay(plans: Mapping[str, Splits], seed: int) -> float:
        scenario = scenario_of(description, busiest, seed, folder, job.seconds)
        settings = RunSettings(common_limits(signals), REAL, seed)
        given = plans_of(signals, plans)
        return run_programmes(scenario, network, settings, "search", lambda path: write_fixed(path, given)).metrics.delay_s

    return search(signals, delay, runs=job.search, report=report)


def scenario_of(
    description: Description, demand: HourDemand, seed: int, folder: Path, seconds: int, *, more: Callable[[list[Departure]], list[Departure]] = list
) -> Scenario:
    """The hour of a seed as SUMO reads it; `more` may change who departs."""
    until = demand.begin_s + seconds
    write_routes(folder / "day.rou.xml", [d for d in more(departures(description, demand, seed)) if d.at_s < until])
    (folder / "links.add.xml").write_text(
        f'<additional><edgeData id="links" file="{LINKS}" begin="{demand.begin_s}" end="{until}"/></additional>\n', encoding="utf-8"
    )
    write_config(folder, routes="day.rou.xml", begin_s=demand.begin_s, end_s=until, additional=["links.add.xml"])
    return open_scenario(folder)


def run_one(
    name: str, job: Job, hour: int, scenario: Scenario, network: Network, signals: Mapping[str, Signals], settings: RunSettings
) -> Run:
    """One controller and seed over one hour."""
    if name == OURS:
        controller = RollingHorizon(network, settings.limits, {code: each.stages for code, each in signals.items()})
        return run_controller(scenario, network, settings, controller, drivers(network, signals))
    if name == "actuated":
        return run_programmes(scenario, network, settings, name, lambda path: write_actuated(path, signals))
    plans = plans_of(signals, job.plans.get(hour, {}) if name == "fixed" else job.searched)
    return run_programmes(scenario, network, settings, name, lambda path: write_fixed(path, plans))


def plans_of(signals: Mapping[str, Signals], given: Mapping[str, Splits]) -> dict[str, Plan]:
    """Plans of all junctions; evenly timed stages where none is given."""
    return {
        code: each.plan(given[code]["splits"], float(given[code]["offset_s"])) if code in given else each.even_plan()
        for code, each in signals.items()
    }


def links_passed(path: Path, description: Description) -> dict[Arm, float]:
    """Vehicles that crossed each stop line, as SUMO counted them."""
    left = {edge.attrib["id"]: float(edge.get("left", "0")) for edge in ElementTree.parse(path).getroot().iter("edge")}
    return {arm: left.get(edge_into(*arm), 0.0) for arm in description.arms}


def replay_apart(job: Job, report: Progress, *, command: Sequence[str] = ()) -> Replay:
    """Replay in a process of its own, at low priority. Raises CannotDraw, SumoMissing, ReplayFailed."""
    asked = list(command) or [sys.executable, "-m", "langbiang.city.traffic.twin.replaying"]
    return from_json(work_apart(asked, job.as_json(), report))


def work_apart(asked: Sequence[str], content: Mapping[str, Any], report: Progress) -> Mapping[str, Any]:
    """Hand a job to a process and take its outcome. Raises CannotDraw, SumoMissing, ReplayFailed."""
    outcome: Mapping[str, Any] | None = None
    with (
        tempfile.TemporaryFile("w+") as words,
        subprocess.Popen(asked, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=words, text=True) as process,
    ):
        assert process.stdin
        assert process.stdout
        try:
            with contextlib.suppress(BrokenPipeError):  # it died before it read: its last word says why
                process.stdin.write(json.dumps(content))
                process.stdin.close()
            for line in process.stdout:
                told = _line(line)
                if "progress" in told:
                    report(*told["progress"])
                elif "missing" in told:
                    raise SumoMissing(told["missing"])
                elif "junction" in told:
                    raise CannotDraw(told["junction"], told["field"], told["text"])
                elif "outcome" in told:
                    outcome = told["outcome"]
        except BaseException:
            process.kill()
            raise
        process.wait()
        words.seek(0)
        last = words.read().strip().splitlines()[-1:]
    if outcome is None:
        raise ReplayFailed(last[0] if last else f"ended with {process.returncode}")
    return outcome


def _line(text: str) -> dict[str, Any]:
    """A line of ours; libraries print what they like in between."""
    try:
        told = json.loads(text)
    except json.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


def main() -> None:
    """Read a job, replay it, say so line by line."""
    job = job_from(json.load(sys.stdin))
    answer(lambda folder, report: run_job(job, folder, report).as_json())


def answer(work: Callable[[Path, Progress], Mapping[str, Any]]) -> None:
    """The other end of `work_apart`: do the work in a folder that is gone afterwards, and tell line by line."""
    os.nice(10)

    def tell(**told: Any) -> None:
        print(json.dumps(told), flush=True)

    try:
        with tempfile.TemporaryDirectory() as folder:
            outcome = work(Path(folder), lambda done, total, what: tell(progress=[done, total, what]))
    except SumoMissing as error:
        tell(missing=str(error))
    except CannotDraw as error:
        tell(junction=error.junction, field=error.field, text=error.told)
    else:
        tell(outcome=outcome)


if __name__ == "__main__":
    main()
