"""The demo province: load it, list its sign-ins."""

import os
from importlib import import_module
from importlib.util import find_spec

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

app = typer.Typer(no_args_is_help=True, help="The demo province.")
console = Console()
# The order in which rooms bring their demo data: each builds on those before; the books of measures are filled last.
ORDER = [
    "organizations", "people", "accounts", "signatures", "notifications", "procedures", "cases", "quality", "junctions",
    "indicators", "measures",
]  # fmt: skip


@app.command()
def load(
    if_empty: bool = typer.Option(False, help="Do nothing when it has been loaded already."),
    cases: int = typer.Option(int(os.environ.get("LANGBIANG_DEMO_CASES", "20000")), help="How many cases of history."),
    seed: int = typer.Option(68, help="The same seed gives the same province."),
) -> None:
    """Fill an empty installation with a believable province: officers, citizens, six months of cases. Synthetic people only."""
    from langbiang.site.ready import setup

    setup()
    from django.conf import settings
    from django.utils import timezone

    from langbiang.foundation.accounts import queries as accounts
    from langbiang.site.rooms import INSTALLED_ROOMS

    if accounts.has_demo():
        if if_empty:
            console.print("  already there")
            return
        console.print("The demo province is loaded already.")
        raise typer.Exit(1)
    rooms = {room.rsplit(".", 1)[-1]: room for room in INSTALLED_ROOMS}
    with Progress(TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()) as bars:
        for name in ORDER:
            if name in rooms and find_spec(f"{rooms[name]}.demo"):
                module = import_module(f"{rooms[name]}.demo")
                if not hasattr(module, "load"):
                    continue
                bar = bars.add_task(name, total=None)

                def progress(done: int, total: int, bar: object = bar) -> None:
                    bars.update(bar, completed=done, total=total)  # type: ignore[arg-type]  # the library counts in floats

                options = {"cases": cases} if name == "cases" else {}
                module.load(at=timezone.now(), seed=seed, progress=progress, **options)
    done = settings.HOME / "demo" / "loaded"
    done.parent.mkdir(exist_ok=True)
    done.write_text(f"{timezone.now():%Y-%m-%d %H:%M}\n")


@app.command("sign-ins")
def sign_ins() -> None:
    """Print the demo sign-ins of every role."""
    from langbiang.site.ready import setup

    setup()
    from langbiang.foundation.accounts import demo
    from langbiang.site.commands.running import print_table

    print_table(
        "Demo sign-ins", ["Role", "Agency", "User name", "Password"], [tuple(row) for row in demo.sign_in_table()]
    )
