"""``langbiang traffic priority``: what priority gives to ambulances and buses and takes from the others."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from langbiang.city.traffic.conditions import parse_conditions
from langbiang.city.traffic.network import BadNetwork
from langbiang.city.traffic.priority.evaluate import ARMS, PriorityResult, compare, write_json
from langbiang.city.traffic.seeds import parse_seeds
from langbiang.city.traffic.twin.scenario import BadScenario
from langbiang.city.traffic.twin.sumo import SumoMissing

TABLE_WIDTH = 132
FIELDS = (
    ("ambulance_delay_s", "ambulances s"),
    ("bus_delay_s", "buses s"),
    ("others_s", "all but ambulances s"),
    ("others_not_bus_s", "and but buses s"),
)


def priority_command(
    scenario: Annotated[Path, typer.Option(help="Folder with .sumocfg, .net.xml and .rou.xml.")],
    seeds: Annotated[str, typer.Option(help="1-5 or 1,4,7.")] = "1-5",
    arm: Annotated[
        list[str] | None, typer.Option(help=f"One of {', '.join(ARMS[1:])}; may be repeated. Default: emergency and bus.")
    ] = None,
    perception: Annotated[str, typer.Option(help="oracle, real or harsh.")] = "oracle",
    limits: Annotated[str, typer.Option(help="free (no all-red, min green 5 s) or field (2 s, 10 s).")] = "field",
    every: Annotated[float, typer.Option(help="An ambulance every so many seconds.", min=30, max=3000)] = 180.0,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write every run here.")] = None,
) -> None:
    """Run the same hour with and without priority, seeds paired; ambulances on random routes, the buses of the scenario."""
    console = Console(width=max(TABLE_WIDTH, Console().width))
    sensing, bounds = parse_conditions(perception, limits)
    arms = tuple(arm or ("emergency", "bus"))
    if unknown := [a for a in arms if a not in ARMS]:
        raise typer.BadParameter(f"arm: {unknown[0]!r}; choose one of {', '.join(ARMS)}")
    wanted = parse_seeds(seeds)
    try:
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("Simulating", total=(len(set(arms) | {"none"})) * len(wanted))
            result = compare(
                scenario,
                arms=arms,
                perception=sensing,
                limits=bounds,
                seeds=wanted,
                every_s=every,
                report=lambda name, seed: progress.update(task, advance=1, description=f"{name}, seed {seed}"),
            )
    except (BadScenario, BadNetwork, SumoMissing) as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(2) from error
    console.print(table_of(result))
    if json_out is not None:
        write_json(result, json_out)
        console.print(f"Wrote {json_out}")


def table_of(result: PriorityResult) -> Table:
    """Mean over seeds and, in brackets, the change against no priority: over all seeds, and the worst seed."""
    counts = result.of("none")
    table = Table(
        title=f"{result.scenario.name}, seeds {', '.join(map(str, result.seeds))}; {sum(r.ambulances for r in counts)} ambulances, "
        f"{sum(r.buses for r in counts)} buses\n{result.perception}\n{result.limits}",
        caption=f"ambulances, buses: junction delay, of which {result.geometric_s:.1f} s of an ambulance's are bends no signal can "
        "save; the others: all time lost, waiting to enter included. In brackets: change against no priority, mean and worst seed.",
    )
    table.add_column("priority for")
    for _, heading in FIELDS:
        table.add_column(heading, justify="right")
    table.add_column("max red s", justify="right")
    for name in dict.fromkeys(r.arm for r in result.runs):
        cells = []
        for field, _ in FIELDS:
            cell = f"{result.mean(name, field):.1f}"
            if name != "none":
                change, worst = result.change(name, field)
                cell += f" ({100 * change:+.0f}, {100 * worst:+.0f} %)"
            cells.append(cell)
        table.add_row(name, *cells, f"{max(r.metrics.max_red_s for r in result.of(name)):.0f}")
    return table
