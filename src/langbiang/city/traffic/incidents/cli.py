"""``langbiang traffic incidents`` and ``langbiang traffic what-if``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from langbiang.city.traffic.conditions import parse_conditions
from langbiang.city.traffic.evaluate import UnknownController
from langbiang.city.traffic.incidents import evaluate, what_if
from langbiang.city.traffic.incidents.plans import BadPlan, EventPlan, Kept, parse_extras, read_plan
from langbiang.city.traffic.network import BadNetwork
from langbiang.city.traffic.seeds import parse_seeds
from langbiang.city.traffic.twin.scenario import BadScenario
from langbiang.city.traffic.twin.sumo import SumoMissing

TABLE_WIDTH = 132
ScenarioOption = Annotated[Path, typer.Option(help="Folder with .sumocfg, .net.xml and .rou.xml.")]
SeedsOption = Annotated[str, typer.Option(help="1-5 or 1,4,7.")]
PerceptionOption = Annotated[str, typer.Option(help="oracle, real or harsh.")]
LimitsOption = Annotated[str, typer.Option(help="free (no all-red, min green 5 s) or field (2 s, 10 s).")]
JsonOption = Annotated[Path | None, typer.Option("--json", help="Write every run here.")]


def incidents_command(
    scenario: ScenarioOption,
    seeds: SeedsOption = "1-5",
    perception: PerceptionOption = "real",
    limits: LimitsOption = "field",
    blockages: Annotated[int, typer.Option(help="Blocked lanes per simulated window.", min=0, max=10)] = 4,
    lasts: Annotated[float, typer.Option(help="Seconds each stays.", min=120, max=3000)] = 600.0,
    json_out: JsonOption = None,
) -> None:
    """Stop vehicles in the twin and see how soon the cameras' views give the blocked lane away, and what false alarms there are."""
    console = Console(width=max(TABLE_WIDTH, Console().width))
    tier, bounds = parse_conditions(perception, limits)
    wanted = parse_seeds(seeds)
    try:
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("Simulating", total=len(wanted))
            result = evaluate.measure(
                scenario,
                perception=tier,
                limits=bounds,
                seeds=wanted,
                count=blockages,
                lasts_s=lasts,
                report=lambda seed: progress.update(task, advance=1, description=f"seed {seed}"),
            )
    except (BadScenario, BadNetwork, SumoMissing) as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(2) from error
    console.print(incident_table(result))
    if json_out is not None:
        evaluate.write_json(result, json_out)
        console.print(f"Wrote {json_out}")


def incident_table(result: evaluate.IncidentResult) -> Table:
    """Every blocked lane with what became of it; the shares in the caption."""
    middle = "none found" if result.median_s is None else f"median {result.median_s:.0f} s"
    table = Table(
        title=f"{result.scenario.name}, seeds {', '.join(map(str, result.seeds))}\n{result.perception}\n{result.limits}",
        caption=f"{result.found_share:.0%} of {len(result.cases)} found within {evaluate.IN_TIME_S:.0f} s ({middle}); "
        f"{len(result.false_alarms)} false alarms in {result.clear_junction_hours:.1f} junction hours: "
        f"{result.false_per_junction_day:.2f} per junction and day",
    )
    for heading in ("seed", "junction", "lane", "m before stop line", "found after s"):
        table.add_column(heading, justify="left" if heading in {"junction", "lane"} else "right")
    for case in result.cases:
        b = case.blockage
        after = "[red]not found[/red]" if case.after_s is None else f"{case.after_s:.0f}"
        table.add_row(str(case.seed), b.junction[:28], b.lane, f"{b.distance_m:.0f}", after)
    for seed, alarm in result.false_alarms:
        table.add_row(str(seed), alarm.junction[:28], alarm.lane, f"{alarm.distance_m:.0f}", "[yellow]false alarm[/yellow]")
    return table


def what_if_command(
    scenario: ScenarioOption,
    close: Annotated[list[str] | None, typer.Option(help="Edge or lane nobody may use; may be repeated.")] = None,
    extra: Annotated[list[str] | None, typer.Option(help="FROM:TO:VEH_PER_H, edges; may be repeated.")] = None,
    demand: Annotated[float, typer.Option(help="Factor on all demand.")] = 1.0,
    motorbikes: Annotated[float, typer.Option(help="Share of the cars that become motorbikes, 0 to 1.")] = 0.0,
    keep: Annotated[Kept, typer.Option(help="What stays equal when cars become motorbikes.")] = Kept.PERSONS,
    plan_file: Annotated[
        Path | None, typer.Option("--plan", help="A plan kept as JSON, instead of the options above.")
    ] = None,
    seeds: SeedsOption = "1-3",
    perception: PerceptionOption = "real",
    limits: LimitsOption = "field",
    controller: Annotated[
        list[str] | None, typer.Option(help=f"One of {', '.join(what_if.CONTROLLERS)}; may be repeated. Default: all.")
    ] = None,
    json_out: JsonOption = None,
) -> None:
    """What a closure, a festival, more demand or more motorbikes would do, under three controls, before and after."""
    console = Console(width=max(TABLE_WIDTH, Console().width))
    tier, bounds = parse_conditions(perception, limits)
    wanted, names = parse_seeds(seeds), tuple(controller or what_if.CONTROLLERS)
    try:
        plan = EventPlan(tuple(close or ()), parse_extras(extra or ()), demand, motorbikes, keep)
        if plan_file is not None and not plan.is_nothing:
            raise BadPlan("plan: give a file or --close, --extra, --demand and --motorbikes, not both")
        if plan_file is not None:
            plan = read_plan(plan_file)
        if plan.is_nothing:
            raise BadPlan("plan: nothing is changed; give --close, --extra, --demand, --motorbikes or --plan")
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("Simulating", total=2 * len(names) * len(wanted))
            result = what_if.ask(
                scenario,
                plan,
                controllers=names,
                perception=tier,
                limits=bounds,
                seeds=wanted,
                report=lambda name, seed: progress.update(task, advance=1, description=f"{name}, seed {seed}"),
            )
    except (BadScenario, BadNetwork, BadPlan, UnknownController, SumoMissing) as error:
        console.print(f"[red]{error}[/red]", soft_wrap=True)
        raise typer.Exit(2) from error
    console.print(what_if_table(result))
    if json_out is not None:
        what_if.write_json(result, json_out)
        console.print(f"Wrote {json_out}")


def what_if_table(result: what_if.WhatIf) -> Table:
    """Delay, congestion and who never got in, before and after, per control."""
    after = [r for r in result.runs if r.is_after]
    lost = f"; {sum(r.cut_off + r.no_way for r in after) / len(after):.0f} trips a run have no way any more" if result.plan.closed else ""
    bikes = (
        f"; {sum(r.converted for r in after) / len(after):.0f} cars became {sum(r.motorbikes for r in after) / len(after):.0f} motorbikes"
        if result.plan.motorbikes
        else ""
    )
    table = Table(
        title=f"{result.scenario.name}: {result.plan}\nseeds {', '.join(map(str, result.seeds))}; {result.perception}; {result.limits}",
        caption=f"mean over seeds, before to after; delay with waiting to enter, per vehicle driven{lost}{bikes}",
    )
    table.add_column("control")
    for heading in ("delay s", "change", "C1 veh h", "p95 s", "max wait s", "never in"):
        table.add_column(heading, justify="right")
    for name in dict.fromkeys(r.controller for r in result.runs):
        cells = {f: (result.mean(name, f, is_after=False), result.mean(name, f, is_after=True)) for f in
                 ("delay_s", "c1_vehicle_hours", "p95_delay_s", "max_wait_s", "never_inserted")}
        before, now = cells["delay_s"]
        table.add_row(
            name,
            f"{before:.1f} to {now:.1f}",
            f"{100 * (now / before - 1):+.0f} %" if before else "",
            *(f"{cells[f][0]:.0f} to {cells[f][1]:.0f}" for f in ("c1_vehicle_hours", "p95_delay_s", "max_wait_s", "never_inserted")),
        )
    return table
