"""`langbiang places ...`: load boundaries, look a unit up."""

from pathlib import Path

import typer
from rich.console import Console

app = typer.Typer(no_args_is_help=True, help="Administrative units and their boundaries.")
console = Console()


@app.command("load-geometry")
def load_geometry(
    path: Path | None = typer.Argument(None, help="A GeoJSON file; without it the one LANGBIANG_BOUNDARIES names."),
    attribution: str = typer.Option("", help="Whom the boundaries come from, when the file does not say so itself."),
    province: str | None = typer.Option(None, help="Code of the province; this one when left out."),
) -> None:
    """Load boundaries for maps and for finding the unit around a point. They are never the legal boundary."""
    from django.conf import settings
    from django.utils import timezone

    from langbiang.foundation.access import SYSTEM, Refusal
    from langbiang.foundation.places import services

    file = path or (Path(settings.BOUNDARIES) if settings.BOUNDARIES else None)
    if file is None:
        console.print("[red]Name a file, or set LANGBIANG_BOUNDARIES.[/]")
        raise typer.Exit(2)
    try:
        package = services.import_geometry(
            SYSTEM, path=file, attribution=attribution, province_code=province, at=timezone.now()
        )
    except Refusal as refused:
        console.print(f"[red]{refused}[/]")
        for problem in getattr(refused, "problems", [])[:20]:
            console.print(f"  {problem}")
        raise typer.Exit(1) from None
    console.print(f"{package.units} units, {package.points_kept} of {package.points_read} points kept for drawing.")


@app.command()
def find(text: str = typer.Argument(help="A code or a name, with or without marks.")) -> None:
    """Show the units a text may mean, and what became of former ones."""
    from langbiang.foundation.places import queries

    found = queries.search(text)
    for each in found:
        now = f" -> {', '.join(f'{row.code} {row.in_text}' for row in each.now)}" if each.is_former else ""
        console.print(f"{each.place.code:8} {queries.long_name(each.place)}{now}")
    if not found:
        console.print("No unit fits.")
        raise typer.Exit(1)
