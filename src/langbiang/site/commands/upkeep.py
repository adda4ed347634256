"""Keeping an installation in order: migrate, static files."""

import os

import typer


def migrate(quiet: bool = typer.Option(False, help="Say only what went wrong.")) -> None:
    """Bring the tables up to date and load the reference data (places, agencies, calendars, procedures)."""
    os.environ["LANGBIANG_AS_OWNER"] = "1"
    from langbiang.__main__ import setup

    setup()
    from django.core.management import call_command

    from langbiang.site import reference

    call_command("migrate", verbosity=0 if quiet else 1, interactive=False)
    reference.grant_application_role()
    reference.load(quiet=quiet)


def mount(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command()(migrate)
