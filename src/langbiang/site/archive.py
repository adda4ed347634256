"""Backup and restore: database, files and keys of an installation in one archive whose every part is checked.

The database is dumped first and the files are copied after: files are only ever added, so every file a row names is
in the archive even while people go on working.
"""

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from urllib.parse import quote

FORMAT = 1
# Demo installations also keep their invented citizens, and the authority that certified their signatures.
PARTS = ("files", "keys", "demo", "simulators")


class ArchiveRefused(RuntimeError):
    """The archive cannot be written or restored; the message says why and what to do."""


@dataclass(frozen=True)
class Contents:
    """What an archive holds."""

    made_at: str
    files: int
    bytes: int


def _connection_url() -> str:
    from django.db import connection

    settings = connection.settings_dict
    url = f"postgresql://{quote(str(settings['USER']))}"
    if settings.get("PASSWORD"):
        url += f":{quote(str(settings['PASSWORD']))}"
    host = str(settings["HOST"])
    query = f"?host={quote(host)}" + (f"&port={settings['PORT']}" if settings.get("PORT") else "")
    return f"{url}@/{quote(str(settings['NAME']))}{query}"


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ArchiveRefused(f"{Path(command[0]).name} failed: {done.stderr.strip()[-2000:]}")


def _walk(home: Path) -> Iterator[Path]:
    for part in PARTS:
        folder = home / part
        if folder.is_dir():
            yield from sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.endswith(".part"))


def backup(home: Path, target: Path, *, at: datetime, progress: Callable[[int, int], None] | None = None) -> Contents:
    """Write an archive of the installation; appears under its name only when complete. Raises ArchiveRefused."""
    from langbiang.site.database import binary

    if target.exists():
        raise ArchiveRefused(f"{target} exists already; choose another name.")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(target.name + ".part")
    dump = target.with_name(target.name + ".dump")
    try:
        _run(
            [binary("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", f"--file={dump}", _connection_url()]
        )
        paths = list(_walk(home))
        digests: dict[str, str] = {}
        size = 0
        with tarfile.open(draft, "w") as archive:
            archive.add(dump, "database.dump")
            digests["database.dump"] = _digest(dump)
            for done, path in enumerate(paths, start=1):
                try:  # read once: what is hashed is what is archived, even of a file somebody is writing
                    data, info = path.read_bytes(), archive.gettarinfo(path, str(path.relative_to(home)))
                except FileNotFoundError:
                    continue  # tidied away meanwhile: nothing names it any more
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
                digests[info.name] = hashlib.sha256(data).hexdigest()
                size += len(data)
                if progress:
                    progress(done, len(paths))
            manifest = json.dumps(
                {"format": FORMAT, "made_at": at.isoformat(), "digests": digests}, sort_keys=True, indent=1
            ).encode()
            info = tarfile.TarInfo("manifest.json")
            info.size = len(manifest)
            archive.addfile(info, io.BytesIO(manifest))
        with draft.open("rb") as stream:
            os.fsync(stream.fileno())
        draft.chmod(0o600)
        draft.replace(target)
        return Contents(at.isoformat(), len(digests) - 1, size)
    finally:
        dump.unlink(missing_ok=True)
        draft.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _unpack(archive: tarfile.TarFile, staging: Path) -> None:
    """Put plain files and folders of an archive below `staging`, and nothing anywhere else.

    Written out because the extraction filters of the standard library are missing in early releases of Python 3.11.
    """
    for member in archive:
        name = PurePosixPath(member.name)
        if name.is_absolute() or ".." in name.parts or not (member.isfile() or member.isdir()):
            raise ArchiveRefused(f"The archive holds {member.name!r}, which no archive of this platform has.")
        target = staging / name
        if member.isdir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        content = archive.extractfile(member)
        assert content is not None  # a regular file always has content
        with content, target.open("wb") as out:
            shutil.copyfileobj(content, out, 1 << 20)
        target.chmod(member.mode & 0o755 | 0o600)


def restore(home: Path, source: Path, *, progress: Callable[[int, int], None] | None = None) -> Contents:
    """Bring an archive into an empty installation. Every part is checked before anything is put in place.

    Raises ArchiveRefused when the archive is damaged or the installation holds data.
    """
    from django.db import connection

    from langbiang.site.database import binary

    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.accounts_account')")
        if cursor.fetchone()[0]:
            cursor.execute("SELECT EXISTS (SELECT 1 FROM accounts_account)")
            if cursor.fetchone()[0]:
                raise ArchiveRefused(
                    "This installation holds data. Restore into an empty one (another LANGBIANG_HOME)."
                )
    staging = home / "restore.part"
    if staging.exists():
        _remove(staging)
    staging.mkdir(parents=True)
    try:
        try:
            with tarfile.open(source) as archive:
                _unpack(archive, staging)
            manifest = json.loads((staging / "manifest.json").read_text())
        except (tarfile.TarError, OSError, ValueError, KeyError) as problem:
            raise ArchiveRefused(f"{source} is not a complete archive: {problem}") from problem
        if manifest.get("format") != FORMAT:
            raise ArchiveRefused("This archive was written by another version of the format.")
        digests = manifest["digests"]
        for done, (name, digest) in enumerate(digests.items(), start=1):
            path = staging / name
            if not path.is_file() or _digest(path) != digest:
                raise ArchiveRefused(f"{name} in the archive is damaged; nothing was restored.")
            if progress:
                progress(done, len(digests))
        # Files first, the database last and in one transaction: a restore cut off in between leaves an installation that
        # still counts as empty, and is simply run again.
        size = 0
        for name in digests:
            if name != "database.dump":
                goal = home / name
                goal.parent.mkdir(parents=True, exist_ok=True)
                size += (staging / name).stat().st_size
                (staging / name).replace(goal)
        connection.close()
        _run(
            [
                binary("pg_restore"),
                "--clean",
                "--if-exists",
                "--no-owner",
                "--no-privileges",
                "--exit-on-error",
                "--single-transaction",
                f"--dbname={_connection_url()}",
                str(staging / "database.dump"),
            ]
        )
        return Contents(manifest["made_at"], len(digests) - 1, size)
    finally:
        _remove(staging)


def _remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
