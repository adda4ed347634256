"""`langbiang procedures ...`: import the national catalogue, check and list models."""

import json
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

app = typer.Typer(no_args_is_help=True, help="The catalogue of procedures.")
console = Console()


@app.command("import")
def import_(
    folder: Path = typer.Argument(..., help="A folder with one JSON file per record."),
    report: Path | None = typer.Option(None, help="Write total, structured, review, failed and changed, with codes."),
    approve: bool = typer.Option(False, help="Take over changes to known procedures without review."),
) -> None:
    """Read records of the national catalogue; new ones become findable, changes wait for an approver."""
    from django.utils import timezone

    from langbiang.foundation.access import SYSTEM
    from langbiang.government.procedures.services import imports

    if not folder.is_dir():
        console.print(f"[red]There is no folder {folder}.[/]")
        raise typer.Exit(2)
    paths = sorted(p for p in folder.glob("*.json") if p.is_file())
    if not paths:
        console.print(f"[red]There are no JSON files in {folder}.[/]")
        raise typer.Exit(2)
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console) as bars:
        bar = bars.add_task("Reading", total=len(paths))
        done = imports.import_files(
            SYSTEM, paths=paths, source=folder.name, approve=approve, at=timezone.now(),
            progress=lambda count: bars.update(bar, completed=count),
        )  # fmt: skip
    for name in ("total", "structured", "review", "failed", "changed"):
        console.print(f"{name:>11}: {getattr(done, name) if name == 'total' else len(getattr(done, name))}")
    for row in [*done.review, *done.failed]:
        console.print(f"  [yellow]{row['code']}[/] {row['title']}: {'; '.join(row['reasons'])}")
    if report:
        report.write_text(json.dumps(done.as_json(), ensure_ascii=False, indent=1), encoding="utf-8")


@app.command()
def check(files: list[Path] = typer.Argument(..., help="Model files (docs/procedures.md).")) -> None:
    """Name every mistake in model files, with its place; exit status 0 only when there is none."""
    from langbiang.government.procedures.loading import models

    wrong = 0
    for path in files:
        try:
            models.read(path)
        except models.BadModel as problem:
            wrong += 1
            for line in problem.args:
                console.print(f"[red]{line}[/]", soft_wrap=True)
    console.print(f"{len(files) - wrong} of {len(files)} files are in order.")
    if wrong:
        raise typer.Exit(1)
