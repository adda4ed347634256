"""Command line of the traffic twin: ``langbiang traffic evaluate``."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from langbiang.city.traffic.conditions import parse_conditions
from langbiang.city.traffic.evaluate import CONTROLLERS, Evaluation, UnknownController, evaluate, write_json
from langbiang.city.traffic.incidents.cli import incidents_command, what_if_command
from langbiang.city.traffic.layouts_cli import app as layouts_app
from langbiang.city.traffic.metrics import paired_gain
from langbiang.city.traffic.network import BadNetwork
from langbiang.city.traffic.priority.cli import priority_command
from langbiang.city.traffic.replay_cli import app as replay_app
from langbiang.city.traffic.seeds import parse_seeds as parse_seeds
from langbiang.city.traffic.twin.network_cli import app as network_app
from langbiang.city.traffic.twin.scenario import BadScenario
from langbiang.city.traffic.twin.sumo import SumoMissing
from langbiang.city.traffic.vision.cli import perceive

TABLE_WIDTH = 132
app = typer.Typer(help="Traffic lights: evaluate controllers in the digital twin.", no_args_is_help=True)
app.add_typer(network_app)
app.add_typer(replay_app)
app.add_typer(layouts_app)


app.command("perceive")(perceive)


@app.callback()
def traffic() -> None:
    """Traffic lights: the digital twin."""


def default_cache() -> Path:
    """Where searched plans are kept: under the platform's home folder, never beside the scenario."""
    return Path(os.environ.get("LANGBIANG_HOME") or "var") / "traffic" / "plans"


@app.command("evaluate")
def evaluate_command(
    scenario: Annotated[Path, typer.Option(help="Folder with .sumocfg, .net.xml and .rou.xml.")],
    controller: Annotated[
        list[str] | None,
        typer.Option(help=f"One of {', '.join(CONTROLLERS)}; may be repeated. Default: all."),
    ] = None,
    perception: Annotated[str, typer.Option(help="oracle, real or harsh.")] = "oracle",
    limits: Annotated[str, typer.Option(help="free (no all-red, min green 5 s) or field (2 s, 10 s).")] = "free",
    seeds: Annotated[str, typer.Option(help="1-5 or 1,4,7.")] = "1-5",
    scale: Annotated[float, typer.Option(help="Demand factor.", min=0.1, max=5.0)] = 1.0,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write figures here; a .png beside it.")] = None,
) -> None:
    """Run controllers over seeds in the twin; print mean and worst seed, write JSON and a picture."""
    console = Console(width=max(TABLE_WIDTH, Console().width))
    sensing, bounds = parse_conditions(perception, limits)
    names = tuple(controller or CONTROLLERS)
    wanted = parse_seeds(seeds)
    try:
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("Simulating", total=len(names) * len(wanted))

            def report(name: str, seed: int) -> None:
                progress.update(task, advance=1, description=f"{name}, seed {seed}")

            result = evaluate(
                scenario,
                controllers=names,
                perception=sensing,
                limits=bounds,
                seeds=wanted,
                scale=scale,
                plan_cache=default_cache(),
                report=report,
            )
    except (BadScenario, BadNetwork, UnknownController, SumoMissing) as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(2) from error
    console.print(table_of(result))
    if json_out is not None:
        write_json(result, json_out)
        picture = json_out.with_suffix(".png")
        try:
            from langbiang.city.traffic.picture import draw

            draw(result, picture)
            console.print(f"Wrote {json_out} and {picture}")
        except ImportError:
            console.print(f"Wrote {json_out}. No picture: matplotlib is not installed.")


@app.command("robustness")
def robustness_command(
    scenario: Annotated[list[Path], typer.Option(help="Scenario folder; may be repeated.")],
    seeds: Annotated[str, typer.Option(help="1-10 or 1,4,7.")] = "1-10",
    missed: Annotated[str, typer.Option(help="Shares of vehicles never seen.")] = "0,0.1,0.3",
    outage: Annotated[str, typer.Option(help="none, one (15 min), all (5 min).")] = "none,one,all",
    demand: Annotated[str, typer.Option(help="Demand factors.")] = "0.8,1.0,1.2",
    workers: Annotated[int, typer.Option(help="Simulations at once.", min=1, max=64)] = 1,
    minutes: Annotated[float | None, typer.Option(help="Start no further run after so many minutes.", min=0)] = None,
    json_out: Annotated[
        Path | None,
        typer.Option("--json", help="Write every run here; finished ones at once to .jsonl beside it, to go on from."),
    ] = None,
) -> None:
    """Run our controller through missed vehicles, blind cameras and demand; ends with 1 where a cell does not hold or was not run."""
    from langbiang.city.traffic import robustness

    console = Console(width=max(TABLE_WIDTH, Console().width))
    try:
        shares, demands = [float(v) for v in missed.split(",")], [float(v) for v in demand.split(",")]
    except ValueError as error:
        raise typer.BadParameter("missed and demand are numbers with commas between, as 0,0.1,0.3") from error
    kinds = outage.split(",")
    if unknown := set(kinds) - set(robustness.OUTAGES):
        raise typer.BadParameter(f"outage: {min(unknown)!r}; choose of {', '.join(robustness.OUTAGES)}")
    if any(not 0 <= share < 1 for share in shares) or any(not 0 < factor <= 5 for factor in demands):
        raise typer.BadParameter("missed lies from 0 to below 1, demand above 0 up to 5")
    wanted = robustness.cases(scenario, parse_seeds(seeds), missed=shares, outages=kinds, demands=demands)
    try:
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("Simulating", total=len(wanted))
            cells = robustness.measure(
                wanted,
                workers=workers,
                report=lambda _cell: progress.update(task, advance=1),
                journal=robustness.Journal(json_out.with_suffix(".jsonl")) if json_out else None,
                minutes=minutes,
            )
    except (BadScenario, BadNetwork, SumoMissing, robustness.ForeignJournal, robustness.RunLost) as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(2) from error
    missing = robustness.unfinished(wanted, cells)
    if json_out is not None:
        robustness.write_json(cells, json_out, missing=missing)
    found = robustness.broken(cells)
    ran = [cell for cell in cells if not cell.case.is_reference]
    console.print(f"{len(ran)} runs: {len(ran) - len(found)} hold, {len(found)} do not; {len(missing)} of {len(wanted)} not run.")
    for cell, why in found:
        case = cell.case
        console.print(
            f"  {Path(case.scenario).name} seed {case.seed}, missed {case.missed:.0%}, blind {case.outage}, demand {case.demand:g}: {why}"
        )
    raise typer.Exit(1 if found or missing else 0)


app.command("priority")(priority_command)
app.command("incidents")(incidents_command)
app.command("what-if")(what_if_command)


def table_of(result: Evaluation) -> Table:
    """Mean (worst seed) per controller, with the conditions in the title."""
    table = Table(
        title=f"{result.scenario.name} x{result.scale:g}, {result.scenario.trips} trips wanted, "
        f"{len(result.seeds)} seeds\n{result.perception}\n{result.limits}",
        caption="mean (worst seed); delay includes backlog and trips never inserted",
    )
    table.add_column("controller")
    for heading in (
        "delay s",
        "to fixed",
        "backlog s",
        "C1 veh h",
        "C2",
        "p95 s",
        "max wait s",
        "max red s",
        "never in",
        "ms/s",
    ):
        table.add_column(heading, justify="right")
    base = result.summary("fixed")
    for s in result.summaries:
        gain = f"{100 * paired_gain(s, base)[0]:+.0f} %" if base and s is not base else ""
        table.add_row(
            s.controller + (f" [red]{s.gridlocks} GRIDLOCK[/red]" if s.gridlocks else ""),
            f"{s.mean('delay_s'):.1f} ({s.worst('delay_s'):.1f})",
            gain,
            f"{s.mean('backlog_s'):.1f}",
            f"{s.mean('c1_vehicle_hours'):.1f} ({s.worst('c1_vehicle_hours'):.1f})",
            f"{s.mean('c2'):.0f}",
            f"{s.mean('p95_delay_s'):.0f} ({s.worst('p95_delay_s'):.0f})",
            f"{s.worst('max_wait_s'):.0f}",
            f"{s.worst('max_red_s'):.0f}",
            f"{s.worst('never_inserted'):.0f}",
            f"{s.mean('compute_ms_per_s'):.1f}",
        )
    return table


if __name__ == "__main__":
    app()
