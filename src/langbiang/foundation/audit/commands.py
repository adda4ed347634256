"""`langbiang audit ...`: verify the trail, anchor it."""

import json
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import Progress

app = typer.Typer(no_args_is_help=True, help="The audit trail.")
console = Console()


@app.command()
def verify(report: Path | None = typer.Option(None, "--json", help="Also write the findings to this file.")) -> None:
    """Recompute every hash; exit status 0 only when nothing was changed, removed or reordered."""
    from langbiang.foundation.audit import queries

    with Progress(console=console, transient=True) as bars:
        bar = bars.add_task("Reading the chains", total=None)
        found = queries.verify(progress=lambda done, total: bars.update(bar, completed=done, total=total))
    console.print(f"{found.rows} rows in {found.lanes} chains read.")
    for finding in found.findings:
        console.print(f"[red]{finding.kind}[/] chain {finding.lane}, number {finding.seq}: {finding.note}")
    if report:
        rows = [finding.__dict__ for finding in found.findings]
        report.write_text(json.dumps({"rows": found.rows, "lanes": found.lanes, "findings": rows}, indent=1))
    if not found.is_intact:
        console.print("[red]The audit trail is not intact.[/]")
        raise typer.Exit(1)
    console.print("[green]The audit trail is intact.[/]")


@app.command()
def anchor() -> None:
    """Keep the heads of all chains as they are now (also done every night)."""
    from django.utils import timezone

    from langbiang.foundation.audit import services

    made = services.anchor(at=timezone.now())
    console.print(f"{len(made.heads)} chains anchored: {bytes(made.digest).hex()}")
