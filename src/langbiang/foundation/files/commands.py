"""`langbiang files ...`: verify the store, tidy it up."""

import typer
from rich.console import Console
from rich.progress import Progress

app = typer.Typer(no_args_is_help=True, help="The store of files.")
console = Console()


@app.command()
def verify() -> None:
    """Read every file and compare it with its digest; exit status 0 only when all are as they were kept."""
    from langbiang.foundation.files import queries

    with Progress(console=console, transient=True) as bars:
        bar = bars.add_task("Reading the store", total=None)
        found = queries.verify(progress=lambda done, total: bars.update(bar, completed=done, total=total))
    console.print(f"{found.contents} contents read.")
    for word, digests in (("damaged", found.damaged), ("missing", found.missing)):
        for digest in digests:
            console.print(f"[red]{word}[/] {digest} (files {', '.join(map(str, queries.rows_with(digest)))})")
    if not found.is_sound:
        console.print("[red]The store is not sound.[/] Bring these files back from a backup (folder files/).")
        raise typer.Exit(1)
    console.print("[green]Every file is as it was kept.[/]")


@app.command()
def tidy() -> None:
    """Remove half-written files, contents nobody names and files of drafts nobody finished (also done every night)."""
    from django.utils import timezone

    from langbiang.foundation.files import services

    went = services.clean_up(at=timezone.now())
    console.print(f"Removed: {went['drafts']} half-written, {went['files']} files, {went['contents']} contents.")
