"""`langbiang traffic control`: the process that drives the signals."""

import os
from pathlib import Path

import typer
from rich.console import Console

console = Console(stderr=True)


def control(
    check: bool = typer.Option(False, "--check", help="Only say which cabinets are set, and end."),
) -> None:
    """Drive the junctions that have an approved layout and a cabinet (LANGBIANG_CABINETS), with counts from LANGBIANG_COUNTS
    and, where LANGBIANG_CAMERA_HEALTH is set, the state of cameras from there.

    Junctions are driven only while two persons have armed them; otherwise they are watched. Ctrl-C gives all of them back.
    """
    from langbiang.city.traffic.process.cabinets import BadSetting, cabinets_of

    try:
        cabinets = cabinets_of(os.environ.get("LANGBIANG_CABINETS", ""))
    except BadSetting as problem:
        console.print(f"[red]{problem}[/]")
        raise typer.Exit(2) from problem
    urls = os.environ.get("LANGBIANG_COUNTS", "").split()
    health_urls = os.environ.get("LANGBIANG_CAMERA_HEALTH", "").split()
    if check:
        for code, setting in sorted(cabinets.items()):
            console.print(f"{code}  {setting.address[0]}:{setting.address[1]}  {'v3' if setting.user else 'v2c'}")
        console.print(f"{len(cabinets)} cabinets, counts from {', '.join(urls) or 'nowhere'}")
        if health_urls:
            console.print(f"state of cameras from {', '.join(health_urls)}; their counts are not used")
        return
    if not cabinets:
        console.print("[red]LANGBIANG_CABINETS names no cabinet; see docs/traffic-control.md.[/]")
        raise typer.Exit(2)
    from langbiang.site.signals import run

    home = Path(os.environ.get("LANGBIANG_HOME") or Path(__file__).resolve().parents[4] / "var").resolve()
    run(home, cabinets, urls, health_urls)
