"""Commands of the house itself: up, worker, migrate, backup, restore, doctor."""

import typer

from langbiang.site.commands import running, upkeep


def mount(app: typer.Typer) -> None:
    """Add the commands to the program."""
    running.mount(app)
    upkeep.mount(app)
