"""`langbiang procedures ...`: import the national catalogue, check models, write the catalogue out."""

import json
import os
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

app = typer.Typer(no_args_is_help=True, help="The catalogue of procedures.")
console = Console()


def _bars() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )


def _write(path: Path, content: Any) -> None:
    """A whole file or none: what was there before stays until the new one is complete."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    os.replace(part, path)


def _stop(message: str) -> typer.Exit:
    console.print(f"[red]{escape(message)}[/]", soft_wrap=True)
    return typer.Exit(2)


@app.command("import")
def import_(
    folder: Path = typer.Argument(..., help="A folder with one JSON file per record."),
    report: Path | None = typer.Option(
        None, help="Write total, structured, review, failed and changed, with the codes of each, to this file."
    ),
    approve: bool = typer.Option(False, help="Take over structured changes of known procedures too, without a person."),
) -> None:
    """Read records of the national catalogue. Unknown ones become findable; changes of known ones wait for an approver."""
    from django.utils import timezone

    from langbiang.foundation.access import SYSTEM
    from langbiang.government.procedures.services import imports

    if not folder.is_dir():
        raise _stop(f"There is no folder {folder}.")
    if report and not report.absolute().parent.is_dir():
        raise _stop(f"There is no folder for the report {report}.")
    paths = sorted(p for p in folder.glob("*.json") if p.is_file())
    if not paths:
        raise _stop(f"There are no JSON files in {folder}.")
    with _bars() as bars:
        bar = bars.add_task("Records", total=len(paths))
        done = imports.import_files(
            SYSTEM, paths=paths, source=folder.name or str(folder), approve=approve, at=timezone.now(),
            progress=lambda count: bars.update(bar, completed=count),
        )  # fmt: skip
    for name, count in done.counts().items():
        console.print(f"{name:>11}: {count}")
    for row in [*done.review, *done.failed]:
        console.print(
            f"  [yellow]{escape(row['code'])}[/] {escape(row['title'])}: {escape('; '.join(row['reasons']))}",
            soft_wrap=True,
        )
    if done.waiting:
        console.print("Changes wait for an approver: Catalogue, Imports, on the workbench.")
    if report:
        _write(report, done.as_json())
        console.print(f"Report: {escape(str(report))}", soft_wrap=True)


@app.command()
def check(
    files: list[Path] = typer.Argument(..., help="Model files, or folders of them (docs/procedures.md)."),
) -> None:
    """Name every mistake in model files, with its place; exit status 0 only when there is none."""
    from langbiang.government.procedures.loading import models

    paths = [p for file in files for p in (sorted(file.glob("*.json")) if file.is_dir() else [file])]
    wrong = 0
    for path in paths:
        try:
            models.read(path)
        except models.BadModel as problem:
            wrong += 1
            for line in problem.args:
                console.print(f"[red]{escape(line)}[/]", soft_wrap=True)
    console.print(f"{len(paths) - wrong} of {len(paths)} files are in order.")
    if wrong or not paths:
        raise typer.Exit(1)


@app.command()
def export(
    folder: Path = typer.Argument(..., help="Where to write one file per procedure; made when it is missing."),
    everything: bool = typer.Option(False, "--all", help="Also procedures that are only described, without a form."),
) -> None:
    """Write the procedures in force as model files: to keep them, to read them elsewhere, to begin another one from."""
    from django.utils import timezone

    from langbiang.government.procedures.loading import writing

    if folder.exists() and not folder.is_dir():
        raise _stop(f"{folder} is not a folder.")
    folder.mkdir(parents=True, exist_ok=True)
    versions = writing.in_force(on=timezone.localdate(), everything=everything)
    with _bars() as bars:
        bar = bars.add_task("Procedures", total=len(versions))
        for version in versions:
            _write(folder / f"{version.procedure.code}.json", writing.as_model(version))
            bars.advance(bar)
    console.print(f"{len(versions)} procedures in {escape(str(folder))}", soft_wrap=True)
