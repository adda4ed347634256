"""``langbiang traffic replay``: replay a counted day from the command line. The one command of the twin that needs the database."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

app = typer.Typer()


def parse_hours(text: str) -> tuple[int, int]:
    """``7-9``: from 7:00 to 9:00. Raises typer.BadParameter naming the form wanted."""
    first, dash, last = text.partition("-")
    try:
        hours = int(first), int(last) if dash else int(first) + 1
    except ValueError as error:
        raise typer.BadParameter(f"hours: {text!r} is not understood; write 7-9 for 7:00 to 9:00") from error
    if not 0 <= hours[0] < hours[1] <= 24:
        raise typer.BadParameter(f"hours: {text!r} lies outside 0-24 or ends before it begins; write 7-9 for 7:00 to 9:00")
    return hours


@app.command("replay")
def replay_command(
    day: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day whose counts are replayed.")],
    seeds: Annotated[str, typer.Option(help="1-5 or 1,4,7; two or more.")] = "1-5",
    hours: Annotated[str, typer.Option(help="7-9 for 7:00 to 9:00.")] = "7-9",
    search: Annotated[int, typer.Option(help="First search an optimised fixed plan over so many candidates; it is kept.", min=0)] = 0,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the whole outcome here.")] = None,
) -> None:
    """Replay a day's counts in the twin under the cabinet's plan, actuated control and ours; keeps the proof, won or lost."""
    from langbiang.city.traffic.cli import parse_seeds

    wanted, (from_hour, until_hour) = parse_seeds(seeds), parse_hours(hours)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "langbiang.site.settings")
    import django

    django.setup()
    from django.utils import timezone

    from langbiang.city.junctions import queries, services
    from langbiang.foundation.access import SYSTEM, Refusal

    console = Console()
    try:
        with Progress(console=console, transient=True) as progress:
            bar = progress.add_task("Simulating", total=None)
            row = services.replay_now(
                SYSTEM, day=day.date(), from_hour=from_hour, until_hour=until_hour, seeds=wanted, clock=timezone.now, search=search,
                report=lambda done, total, what: progress.update(bar, completed=done, total=total, description=what),
            )  # fmt: skip
    except Refusal as refused:
        console.print(f"[red]{escape(str(refused))}[/red]", soft_wrap=True)
        raise typer.Exit(2) from refused
    if why := queries.why_not(row) or queries.why_not_again(row):
        console.print(f"[red]{escape(why)}[/red]", soft_wrap=True)
        raise typer.Exit(2)
    console.print(_table(row.outcome))
    for line in _conditions(row.details):
        console.print(escape(line), soft_wrap=True)
    if not row.outcome["is_calibrated"]:
        console.print("[red]Not calibrated: these figures prove nothing.[/red]")
    if json_out is not None:
        json_out.parent.mkdir(parents=True, exist_ok=True)
        json_out.write_text(json.dumps({**row.outcome, "conditions": row.details}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        console.print(f"Wrote {json_out}")


def _conditions(details: dict[str, Any]) -> list[str]:
    """What was assumed where the plan of the cabinet or the class of a vehicle was not known."""
    lines = [f"Baseline fixed: an approved plan in {details['planned']} of {details['junction_hours']} junction hours, evenly timed stages in the others."]
    if mix := details.get("class_mix"):
        shares = ", ".join(f"{kind} {100 * share:.0f} %" for kind, share in mix["shares"].items())
        lines.append(
            f"{100 * details['unclassed_share']:.0f} % of the vehicles were counted without a class and drive by the mix of {mix['valid_from']}: {shares}"
            f" ({'verified' if mix['verified'] else 'not verified'}: {mix['source']})."
        )
    return lines


def _table(outcome: dict[str, object]) -> Table:
    """Ours against every baseline, with the conditions in the title."""
    rows: list[dict[str, object]] = outcome["comparisons"]  # type: ignore[assignment]  # written by Replay.as_json
    table = Table(
        title=f"hours {outcome['hours']}, seeds {outcome['seeds']}\n{outcome['limits']}\n{outcome['bounds']}\n"
        f"GEH below 5 on {outcome['links_good']} of {outcome['links']} approach hours",
        caption="delay includes backlog and trips never inserted; mean of the seeds, longest wait of the worst",
    )
    for heading in ("", "change %", "between %", "delay s", "backlog s", "C1", "C2", "stops", "p95 s", "max wait s", "gridlocks"):
        table.add_column(heading, justify="left" if not heading else "right")
    keys = ("delay_s", "backlog_s", "c1", "c2", "stops", "p95_s", "max_wait_s", "failures")
    for n, row in enumerate(rows):
        ours, base = row["ours"], row["base"]
        if not n:
            table.add_row("ours", "", "", *(f"{ours[key]:g}" for key in keys))  # type: ignore[index]  # read from a mapping of many kinds
        change = f"{row['change_percent']:+.1f}"
        between = f"{row['low_percent']:+.1f} … {row['high_percent']:+.1f}"
        table.add_row(f"against {row['baseline']}", change, between, *(f"{base[key]:g}" for key in keys))  # type: ignore[index]  # read from a mapping of many kinds
    return table
