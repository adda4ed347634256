"""`langbiang indicators ...`: take over figures of former years."""

from datetime import datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape

app = typer.Typer(no_args_is_help=True, help="Indicators and their figures.")
console = Console()


@app.callback()
def _group() -> None:
    """Keeps the name of the command when there is only one."""


@app.command("take-past")
def take_past(
    file: Path = typer.Argument(..., exists=True, dir_okay=False, help="CSV: series, unit, period, value."),
    units_of: datetime = typer.Option(datetime(2025, 6, 30), formats=["%Y-%m-%d"], help="The day whose units the file names."),
    source: str = typer.Option(..., help="The publication the figures come from."),
    reason: str = typer.Option("", help="Why figures taken over before are corrected; needed only where the file corrects some."),
) -> None:
    """Take over figures given for the units of a former day, for the units of the province. All of the file or nothing."""
    from django.utils import timezone

    from langbiang.foundation.access import SYSTEM, Refusal
    from langbiang.government.indicators import services

    try:
        text = file.read_text(encoding="utf-8-sig")
        done = services.take_past(SYSTEM, text=text, units_of=units_of.date(), source=source, reason=reason, at=timezone.now())
    except UnicodeDecodeError as problem:
        console.print("[red]The file is not UTF-8.[/]")
        raise typer.Exit(1) from problem
    except Refusal as refused:
        console.print(f"[red]{escape(str(refused))}[/]", soft_wrap=True)
        raise typer.Exit(1) from refused
    console.print(f"{done.kept} figures kept, {done.estimates} of them estimates, {done.revised} corrected; {done.known} were known already.")
    for line in done.joint:
        console.print(f"No figure of its own: {escape(line)}", soft_wrap=True)
