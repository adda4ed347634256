"""Keeping an installation in order: migrate, backup, restore, doctor."""

import os
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import Progress


def migrate(quiet: bool = typer.Option(False, help="Say only what went wrong.")) -> None:
    """Bring the tables up to date and load the reference data (places, agencies, calendars, procedures)."""
    os.environ["LANGBIANG_AS_OWNER"] = "1"
    from langbiang.site.ready import setup

    setup()
    from django.core.management import call_command

    from langbiang.site import reference

    call_command("migrate", verbosity=0 if quiet else 1, interactive=False)
    reference.grant_application_role()
    reference.load(quiet=quiet)


def backup(target: Path = typer.Argument(help="The archive to write, for example backup.tar.")) -> None:
    """Write database, files and keys into one checked archive; works while people go on working."""
    os.environ["LANGBIANG_AS_OWNER"] = "1"
    from langbiang.site.ready import setup

    setup()
    from django.conf import settings
    from django.utils import timezone

    from langbiang.site import archive

    with Progress(transient=True) as bars:
        bar = bars.add_task("Copying files", total=None)
        try:
            made = archive.backup(
                settings.HOME,
                target.resolve(),
                at=timezone.now(),
                progress=lambda done, total: bars.update(bar, completed=done, total=total),
            )
        except archive.ArchiveRefused as refusal:
            raise SystemExit(str(refusal)) from refusal
    print(f"{target}: the database and {made.files} files ({made.bytes / 1e6:.1f} MB).")


def restore(source: Path = typer.Argument(help="The archive to read.", exists=True)) -> None:
    """Bring an archive into an empty installation, check every part, and verify the audit trail."""
    os.environ["LANGBIANG_AS_OWNER"] = "1"
    from langbiang.site.ready import setup

    setup()
    from django.conf import settings

    from langbiang.foundation.audit import queries as audit
    from langbiang.site import archive, reference

    with Progress(transient=True) as bars:
        bar = bars.add_task("Checking the archive", total=None)
        try:
            found = archive.restore(
                settings.HOME,
                source.resolve(),
                progress=lambda done, total: bars.update(bar, completed=done, total=total),
            )
        except archive.ArchiveRefused as refusal:
            raise SystemExit(str(refusal)) from refusal
    reference.grant_application_role()
    verified = audit.verify()
    print(f"Restored the state of {found.made_at}: {found.files} files, {verified.rows} audit rows.")
    if not verified.is_intact:
        raise SystemExit("The audit trail of the archive is not intact; run `langbiang audit verify`.")
    print("The audit trail is intact.")


def doctor() -> None:
    """Check the set-up and say what is wrong, and what to do about it."""
    from langbiang.site.ready import setup

    setup()
    from langbiang.site import diagnosis

    console = Console()
    worst = 0
    for check in diagnosis.all_checks():
        mark = {"ok": "[green]ok[/]", "warning": "[yellow]look at[/]", "error": "[red]wrong[/]"}[check.state]
        console.print(f"{mark:>24}  {check.title}: {check.finding}" + (f"  -> {check.advice}" if check.advice else ""))
        worst = max(worst, {"ok": 0, "warning": 0, "error": 1}[check.state])
    raise typer.Exit(worst)


def mount(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command()(migrate)
    app.command()(backup)
    app.command()(restore)
    app.command()(doctor)
