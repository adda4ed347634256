"""`langbiang measures ...`: what there is, prove it, make the books anew."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

if TYPE_CHECKING:
    from langbiang.foundation.access import Actor

app = typer.Typer(no_args_is_help=True, help="What can be counted, and the proof that it is counted right.")
console = Console()
SHOWN = 5


@app.command("list")
def list_measures() -> None:
    """Every measure with its title, its unit and the records behind it."""
    from langbiang.foundation.measures import book, queries

    table = Table("measure", "title", "unit", "records", "book")
    for each in queries.every():
        kept = "kept" if book.is_kept(each.records) else "not yet"
        table.add_row(each.name, str(each.title), each.unit, each.records.name, kept)
    console.print(table)


@app.command()
def verify(
    names: list[str] = typer.Argument(None, help="Only these measures."),
    samples: int = typer.Option(12, help="Random questions for each measure, besides the one about everything."),
    seed: int = typer.Option(68, help="The same seed asks the same questions."),
    output: Path = typer.Option(None, "--json", dir_okay=False, help="Write one row for each measure."),
) -> None:
    """Check that the records are the figure under everybody's own rights, the book is the count of the records now and as
    known then, the parts are the whole, and what rooms prove of figures that are reported."""
    from django.utils import timezone

    from langbiang.foundation.measures import book, declaring, proving, queries, verifying

    for records in declaring.record_sets():
        if not book.is_kept(records):
            book.rebuild(records, at=timezone.now)
    wanted = names or [each.name for each in queries.every()]
    viewers = _viewers()
    verdicts = [
        verifying.verify(name, samples=samples, seed=seed, until=timezone.localdate(), viewers=viewers) for name in wanted
    ]
    for name in () if names else sorted(proving.proofs()):
        verdicts += verifying.prove(name, samples=samples, seed=seed, until=timezone.localdate())
    table = Table("measure", "checks", "failures")
    for each in verdicts:
        table.add_row(each.name, str(each.checks), str(len(each.failures)), style="red" if each.failures else "")
    console.print(table)
    for each in verdicts:
        for line in each.failures[:SHOWN]:
            console.print(f"[red]{each.name}: {escape(line)}[/]", soft_wrap=True)
    if output:
        rows = [{"name": each.name, "checks": each.checks, "failures": each.failures} for each in verdicts]
        output.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
    if any(each.failures or not each.checks for each in verdicts):
        raise typer.Exit(1)


def _viewers() -> list["Actor"]:
    """One person of each role, with the rights of the seat held today."""
    from django.utils import timezone

    from langbiang.foundation.access import queries as access
    from langbiang.foundation.accounts import queries as accounts

    by_role = {holder.role: holder for holder in access.holders(on=timezone.localdate())}
    return [
        accounts.actor_of_account(each.account_id, each.position_id, at=timezone.now())
        for _role, each in sorted(by_role.items())
    ]


@app.command()
def rebuild(names: list[str] = typer.Argument(None, help="Only the books of these records.")) -> None:
    """Compare all records with the books and the books with their sums."""
    from django.utils import timezone

    from langbiang.foundation.measures import book, declaring

    with Progress(TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()) as bars:
        for records in declaring.record_sets():
            if names and records.name not in names:
                continue
            bar = bars.add_task(records.name, total=None)

            def progress(done: int, total: int, bar: object = bar) -> None:
                bars.update(bar, completed=done, total=total)  # type: ignore[arg-type]  # the library counts in floats

            book.rebuild(records, at=timezone.now, progress=progress)


@app.command()
def export(into: Path = typer.Option(None, "--to", file_okay=False, help="Another folder than the usual one.")) -> None:
    """Write the books as Parquet files for analysis."""
    from django.utils import timezone

    from langbiang.foundation.measures import exporting

    done = exporting.export(at=timezone.now(), into=into)
    for name, lines in done.lines.items():
        console.print(f"{name}: {lines:,} lines")


@app.command()
def analyse(
    name: str,
    by: list[str] = typer.Option(..., help="month, year, day, agency, or a filter of the records; up to three."),
    first: str = typer.Option(..., help="First day, as 2026-01-01."),
    last: str = typer.Option(..., help="Last day."),
) -> None:
    """Group a figure over the exported books."""
    from langbiang.foundation.measures import analysis, queries

    question: dict[str, object] = {"first": first, "last": last, "by": by, "filters": {}, "agencies": None}
    found = analysis.run(queries.known(name), question)
    table = Table(*by, name, "top", "base")
    for row in found["rows"]:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    console.print(table)
