"""``langbiang traffic layouts``: judge the layouts in force by the rules of today. Needs the database, as the replay does."""

import os

import typer
from rich.console import Console
from rich.markup import escape

app = typer.Typer()


@app.command("layouts")
def layouts_command() -> None:
    """Judge every layout in force by the rules of the gate as they are today; raises the alerts, and ends with 1 where one breaks a rule."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "langbiang.site.settings")
    import django

    django.setup()
    from django.utils import timezone

    from langbiang.city.junctions import services
    from langbiang.foundation.access import Refusal

    console = Console()
    try:
        judged = services.judge_layouts(at=timezone.now())
    except Refusal as refused:
        console.print(f"[red]{escape(str(refused))}[/red]", soft_wrap=True)
        raise typer.Exit(2) from refused
    for one in judged:
        state = "[red]breaks a rule[/red]" if one.faults else "sound"
        console.print(f"{escape(one.layout.junction.code)}: version {one.layout.number} {state}", soft_wrap=True)
        for text in one.faults:
            console.print(f"  {escape(' '.join(text.splitlines()))}", soft_wrap=True)
    bad = sum(1 for one in judged if one.faults)
    console.print(f"{len(judged)} layouts in force, {bad} of them break a rule.")
    if bad:
        raise typer.Exit(1)
