"""Running the platform: `up` in the foreground, `worker` alone."""

import contextlib
import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

console = Console()
# How far background work steps back, as nice counts; what somebody waits for steps back less.
GIVES_WAY, PROMPT_GIVES_WAY = 15, 10
PROMPT = ("events", "measures", "notices")


def _program() -> str:
    return str(Path(sys.executable).with_name("langbiang"))


def _step(text: str, *command: str) -> None:
    """Run one step of the start; its own progress is shown, its failure ends the start with its words."""
    console.print(f"[bold]{text}[/]")
    begun = time.monotonic()
    done = subprocess.run(command, env=os.environ, check=False)
    if done.returncode:
        raise typer.Exit(done.returncode)
    console.print(f"  [dim]{time.monotonic() - begun:.1f} s[/]")


def up(
    host: str = typer.Option("127.0.0.1", help="Address to listen on."),
    port: int = typer.Option(int(os.environ.get("PORT", "8000")), help="Port to listen on."),
    workers: int = typer.Option(2, help="Web processes."),
    demo: bool = typer.Option(True, help="Load the demo province on the first start."),
    simulators: bool = typer.Option(True, help="Start the stand-ins for the outside world (demo only)."),
) -> None:
    """Start everything in the foreground: database, tables, demo province, web, worker, simulators. Ctrl-C stops it."""
    from langbiang.site import database, stand_ins
    from langbiang.site.supervisor import Process, Supervisor

    os.environ["PORT"] = str(port)
    os.environ.setdefault("LANGBIANG_PUBLIC_URL", f"http://localhost:{port}")
    home = Path(os.environ.setdefault("LANGBIANG_HOME", str(_default_home()))).resolve()
    os.environ["LANGBIANG_HOME"] = str(home)
    home.mkdir(parents=True, exist_ok=True)
    mode = os.environ.get("LANGBIANG_MODE", "demo")
    is_demo = simulators and mode == "demo"
    _alone(home, host, [port, *(stand_ins.ports(port) if is_demo else [])], stand_ins.udp_ports(port) if is_demo else [])
    # Also a shell that started us in the background, with its Ctrl-C ignored, may stop us half way through the start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    embedded = not os.environ.get("DATABASE_URL")
    supervisor = Supervisor(home)
    try:
        if embedded:
            console.print("[bold]Starting the database[/]")
            database.embedded_url(home)
        os.environ.update(stand_ins.environment(home, port) if simulators and mode == "demo" else {})
        static = subprocess.Popen([_program(), "collect-static"], env=os.environ)
        _step("Bringing the tables and the reference data up to date", _program(), "migrate", "--quiet")
        console.print("[bold]Collecting static files[/]")
        if static.wait():
            raise typer.Exit(static.returncode)
        if simulators and mode == "demo":
            for process in stand_ins.processes(home, port):
                supervisor.add(process)
        if demo and mode == "demo":
            _load_demo(home)
        web = [
            str(Path(sys.executable).with_name("granian")),
            "--interface",
            "asginl",
            "--host",
            host,
            "--port",
            str(port),
            "--workers",
            str(workers),
            "--no-ws",
            "--backpressure",
            "1200",  # up to 1000 live streams, which only wait, beside 200 pages
            "--workers-kill-timeout",
            "5",  # open streams are not waited for
            "--respawn-failed-workers",
            "--respawn-interval",
            "0.5",
            "langbiang.site.asgi:application",
        ]
        supervisor.add(Process("web", web, {"LANGBIANG_DB_KEPT": "1"}))
        supervisor.add(Process("worker", [_program(), "worker"]))
        supervisor.add(Process("worker-prompt", [_program(), "worker", "--prompt"]))
        if os.environ.get("LANGBIANG_CABINETS"):
            supervisor.add(Process("traffic-control", [_program(), "traffic", "control"]))
        if embedded:
            supervisor.guard("database", lambda: database.keep_running(home))
        _wait(f"http://127.0.0.1:{port}/healthz")
        if os.environ.get("LANGBIANG_CAMERAS"):
            supervisor.add(Process("traffic-perceive", [_program(), "traffic", "perceive"]))
        _say_hello(port, mode if demo else "production")
        supervisor.run()
    except KeyboardInterrupt:
        pass
    finally:
        supervisor.stop()
        if embedded:
            database.stop(home)
        console.print("Stopped.")


def _alone(home: Path, host: str, ports: list[int], udp_ports: list[int]) -> None:
    """End with a clear word when this installation runs already or another program has one of its ports."""
    # Left open on purpose: the lock is held as long as this process lives, however it ends.
    lock = os.open(home / "running", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        other = os.read(lock, 40).decode().strip()
        console.print(f"[red]The installation in {home} is running already (process {other}).[/]")
        console.print("Stop it first, or choose another folder with LANGBIANG_HOME.")
        raise typer.Exit(1) from None
    os.ftruncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())
    wanted = [(port, socket.SOCK_STREAM) for port in ports] + [(port, socket.SOCK_DGRAM) for port in udp_ports]
    for port, kind in wanted:
        with socket.socket(type=kind) as trial:
            if kind == socket.SOCK_STREAM:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((host, port))
            except OSError as problem:
                taken = problem.errno == errno.EADDRINUSE
                why = "is used by another program" if taken else f"cannot be used: {problem}"
                console.print(f"[red]Port {port} on {host} {why}.[/]")
                console.print(f"Ports {ports[0]} to {ports[-1]} are needed; start at another one with PORT=… make run.")
                raise typer.Exit(1) from None


def _load_demo(home: Path) -> None:
    """Load the demo province on the first start; say so when an earlier loading was broken off."""
    done = home / "demo" / "loaded"
    if done.is_file():
        return
    _step("Loading the demo province", _program(), "demo", "load", "--if-empty")
    if not done.is_file():
        console.print("[yellow]The demo province is incomplete: its loading was broken off.[/]")
        console.print(f"To load it anew, stop, remove {home} and start again.")


def _default_home() -> Path:
    return Path(__file__).resolve().parents[4] / "var"


def _wait(url: str, *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200 and json.load(answer)["status"] == "ok":
                    return
        except (urllib.error.URLError, OSError, ValueError):
            time.sleep(0.3)
    console.print(f"[red]The platform does not answer at {url}; see the folder logs.[/]")
    raise typer.Exit(1)


def _say_hello(port: int, mode: str) -> None:
    console.rule("Langbiang")
    console.print(f"Portal     http://localhost:{port}/")
    console.print(f"Workbench  http://localhost:{port}/work/")
    if mode == "demo":
        subprocess.run([_program(), "demo", "sign-ins"], env=os.environ, check=False)
    console.print("Ctrl-C stops everything.")


def worker(
    concurrency: int = typer.Option(2, help="Jobs worked on at once."),
    prompt: bool = typer.Option(False, help="Only what somebody waits for: events, figures, notices."),
) -> None:
    """Work on background jobs: events, figures, notices, documents, scheduled work.

    A worker of all kinds may have its hands full of documents; one that is prompt is always free for what cannot wait.
    """
    from langbiang.site.ready import setup

    _give_way(PROMPT_GIVES_WAY if prompt else GIVES_WAY)

    setup()
    from procrastinate.contrib.django import app

    from langbiang.foundation.events.tasks import SILENT_S

    connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]  # only of the connector in use
    with app.replace_connector(connector) as working:
        working.run_worker(
            queues=list(PROMPT) if prompt else None,
            concurrency=concurrency,
            install_signal_handlers=True,
            delete_jobs="successful",
            update_heartbeat_interval=5,
            stalled_worker_timeout=SILENT_S,
        )


def _give_way(steps: int) -> None:
    """Those who wait at a page come first: background work gets what they leave."""
    os.nice(steps)
    # A process that leads its own session competes as a group, and the group has a priority of its own.
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(steps))


def collect_static() -> None:
    """Gather style sheets, scripts and fonts into the folder they are served from."""
    from langbiang.site.ready import setup

    setup()
    from django.conf import settings
    from django.core.management import call_command

    stamp = settings.STATIC_ROOT / ".collected"
    wanted = _fingerprint()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(wanted)


def _fingerprint() -> str:
    """What the static files of all rooms and packages are now: names, sizes, times."""
    import hashlib

    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            state = os.stat(storage.path(name))
            digest.update(f"{name} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def print_table(title: str, columns: list[str], rows: list[tuple[str, ...]]) -> None:
    """A table on the terminal."""
    table = Table(title=title)
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*row)
    # A user name cut off at the edge of a narrow terminal is of no use to anybody.
    wide = max(console.width, console.measure(table, options=console.options.update(width=400)).maximum)
    Console(width=wide).print(table)


def mount(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command()(up)
    app.command()(worker)
    app.command("collect-static")(collect_static)
