"""`langbiang quality ...`: count anew, check, read scores of other provinces."""

from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape

app = typer.Typer(no_args_is_help=True, help="The index of service quality.")
console = Console()
SHOWN = 20


@app.command()
def recompute(
    check: bool = typer.Option(False, "--check", help="Compare with an independent count; exit 1 when they differ."),
) -> None:
    """Count the index of all cases anew."""
    from django.utils import timezone

    from langbiang.government.quality.services import checking, counters

    done = counters.recompute(at=timezone.now())
    console.print(f"{done.cases:,} cases, {done.counters:,} counters, {done.seconds:.1f} s")
    if not check:
        return
    found = checking.check(at=timezone.now())
    for year, ours, again in found.totals:
        console.print(f"{year}: {ours if ours is None else round(ours, 4)}, counted again {again and round(again, 4)}")
    for line in found.differences[:SHOWN]:
        console.print(f"[red]{escape(line)}[/]", soft_wrap=True)
    console.print(f"{found.cells:,} counters compared, {len(found.differences)} differ.")
    if not found.agrees:
        raise typer.Exit(1)


@app.command("import-scores")
def import_scores(
    file: Path = typer.Argument(..., exists=True, dir_okay=False, help="CSV or JSON: docs/quality.md says how."),
    period: str = typer.Option(..., help="2026, 2026-Q3 or 2026-07."),
    source: str = typer.Option(..., help="Where the scores were published."),
    as_of: str = typer.Option(..., help="The day they are of, as 2026-07-31."),
) -> None:
    """Read the published scores of other provinces."""
    from datetime import date

    from django.utils import timezone

    from langbiang.foundation.access import SYSTEM, Refusal
    from langbiang.government.quality.services import scores

    try:
        count = scores.import_scores(
            SYSTEM, name=file.name, content=file.read_bytes(), period=period, source=source,
            as_of=date.fromisoformat(as_of), at=timezone.now(),
        )  # fmt: skip
    except (Refusal, ValueError) as problem:
        console.print(f"[red]{escape(str(problem))}[/]", soft_wrap=True)
        raise typer.Exit(2) from None
    console.print(f"{count} provinces")
