"""``langbiang traffic network``: a described network becomes a scenario folder."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from langbiang.city.traffic.twin.demand import HOUR_S, departures, even_counts, hour_demand, write_routes
from langbiang.city.traffic.twin.described import CannotDraw, read_description
from langbiang.city.traffic.twin.signals import told_limits
from langbiang.city.traffic.twin.streets import draw, write_config
from langbiang.city.traffic.twin.sumo import SumoMissing

app = typer.Typer()
DALAT = Path(__file__).parents[2] / "junctions" / "data" / "dalat.json"
PEAK_S = 7 * HOUR_S


def default_folder() -> Path:
    """Where drawn networks lie: under the platform's home folder."""
    return Path(os.environ.get("LANGBIANG_HOME") or "var") / "traffic" / "networks"


@app.command("network")
def network_command(
    out: Annotated[Path | None, typer.Option(help="Folder to write; default: in the installation's home.")] = None,
    description: Annotated[Path, typer.Option(help="Description file: junctions with layouts, links.")] = DALAT,
    per_lane: Annotated[int, typer.Option(help="Vehicles an hour on every lane, so that it can be tried.", min=1, max=2000)] = 200,
) -> None:
    """Draw a network from layouts typed by hand: SUMO net, traffic lights with their own stages, an even demand."""
    console = Console()
    folder = out or default_folder() / description.stem
    try:
        drawn = read_description(description)
        network, signals = draw(drawn, folder)
    except (CannotDraw, SumoMissing) as error:
        console.print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
        raise typer.Exit(2) from error
    demand = hour_demand(drawn, even_counts(drawn, begin_s=PEAK_S, per_lane=per_lane), begin_s=PEAK_S)
    write_routes(folder / "even.rou.xml", departures(drawn, demand, 1))
    write_config(folder, routes="even.rou.xml", begin_s=PEAK_S, end_s=PEAK_S + HOUR_S)
    console.print(
        f"Wrote {folder}: {len(network.junctions)} junctions, {len(drawn.streets)} links; {told_limits(signals)}; "
        f"even demand of {per_lane} vehicles an hour and lane, not a count. "
        f"{'Verified' if drawn.is_verified else 'Not verified'}: {drawn.source}",
        soft_wrap=True, markup=False,
    )  # fmt: skip
