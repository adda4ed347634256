"""Backup of a running installation, restored into an empty one: the same records, files and audit trail."""

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.platform import Platform, free_port

# Rows and an order-free checksum of every table. The queue of the worker beats on while we look.
LOOK = """
import json, time
from django.db import connection
def look():
    found = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'"
                       " AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname NOT LIKE 'procrastinate%'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM "{table}" t')
            found[table] = cursor.fetchone()
    return found
"""
TABLES = LOOK + "print(json.dumps(look()))"
# Papers of the last cases are still being drawn after the first page answers: until nothing but the street moves.
SETTLE = (
    LOOK
    + """
def resting():
    return {table: said for table, said in look().items() if not table.startswith("junctions_")}
before, still = resting(), 0
for _ in range(60):
    time.sleep(3)
    after = resting()
    before, still = after, still + 1 if after == before else 0
    if still == 3:
        break
"""
)
PARTS = ("files", "keys", "demo", "simulators")
# The lamps of the street change while nobody works, and each change is written down: those tables and logs never rest.
STREET_TABLES = "junctions_"
STREET_LOGS = "simulators/cabinet/"
# What the application's role must not be able to do, in any installation.
TRY_AUDIT = """
from django.db import connection, transaction, DatabaseError
for what in ("UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry", "TRUNCATE audit_entry",
             "UPDATE audit_lane SET seq = 0", "DELETE FROM audit_lane", "INSERT INTO audit_lane VALUES (99, 0, '')",
             "ALTER TABLE audit_entry DISABLE TRIGGER ALL", "DROP TABLE audit_entry"):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(what)
    except DatabaseError as refused:
        print("refused", what)
    else:
        print("DONE", what)
"""


@dataclass
class Backup:
    """An archive, and what the installation it was made of held."""

    source: Platform
    archive: Path
    tables: dict[str, list[str | int]]
    tables_after: dict[str, list[str | int]]
    files: dict[str, dict[str, str]]


def resting(found: dict[str, list[str | int]]) -> dict[str, list[str | int]]:
    return {table: said for table, said in found.items() if not table.startswith(STREET_TABLES)}


def tables_of(platform: Platform) -> dict[str, list[str | int]]:
    return json.loads(platform.ask(TABLES))


def files_of(home: Path, part: str) -> dict[str, str]:
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (home / part).rglob("*")
        if path.is_file()
        and not path.name.endswith(".part")
        and not str(path.relative_to(home)).startswith(STREET_LOGS)
    }


def stop_database(home: Path) -> None:
    code = f"from pathlib import Path; from langbiang.site import database; database.stop(Path({str(home)!r}))"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.fixture(scope="module")
def empty() -> Iterator[Platform]:
    home = Path(tempfile.mkdtemp(prefix="lb-copy-"))
    yield Platform(home, free_port(), process=None)
    stop_database(home)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def backup(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Backup:
    """A backup of the running platform, made while nobody worked, so that there is something to compare with."""
    archive = tmp_path_factory.mktemp("backup") / "province.tar"
    platform.ask(SETTLE)
    for _attempt in range(12):
        before, files = tables_of(platform), {part: files_of(platform.home, part) for part in PARTS}
        archive.unlink(missing_ok=True)
        platform.run("backup", str(archive))
        after = tables_of(platform)
        if resting(after) == resting(before) and {part: files_of(platform.home, part) for part in PARTS} == files:
            break
        time.sleep(5)  # somebody, or the worker, wrote meanwhile
    return Backup(platform, archive, before, after, files)


@pytest.fixture(scope="module")
def copy(backup: Backup, empty: Platform) -> Platform:
    """The empty installation after the restore."""
    said = empty.run("restore", str(backup.archive)).stdout
    assert "The audit trail is intact." in said
    return empty


def test_a_damaged_archive_restores_nothing(backup: Backup, empty: Platform, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.tar"
    with tarfile.open(backup.archive) as archive:
        member = next(m for m in archive if m.name.startswith("files/") and m.isfile() and m.size)
    shutil.copy(backup.archive, damaged)
    with damaged.open("r+b") as stream:
        stream.seek(member.offset_data)
        first = stream.read(1)
        stream.seek(member.offset_data)
        stream.write(bytes([first[0] ^ 1]))
    refused = empty.run("restore", str(damaged), check=False)
    assert refused.returncode != 0
    assert f"{member.name} in the archive is damaged; nothing was restored." in refused.stderr
    assert not any((empty.home / "files").rglob("*"))


def test_a_cut_off_archive_restores_nothing(backup: Backup, empty: Platform, tmp_path: Path) -> None:
    cut = tmp_path / "cut.tar"
    with backup.archive.open("rb") as whole, cut.open("wb") as part:
        part.write(whole.read(backup.archive.stat().st_size // 2))
    refused = empty.run("restore", str(cut), check=False)
    assert refused.returncode != 0
    assert "not a complete archive" in refused.stderr
    assert not any((empty.home / "files").rglob("*"))


@pytest.mark.parametrize(
    "member", ["../outside", "/langbiang-outside", "files/../../outside", "files/link"], ids=str
)
def test_an_archive_that_reaches_outside_is_refused(empty: Platform, tmp_path: Path, member: str) -> None:
    hostile = tmp_path / "hostile.tar"
    with tarfile.open(hostile, "w") as archive:
        info = tarfile.TarInfo(member)
        if member.endswith("link"):
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    refused = empty.run("restore", str(hostile), check=False)
    assert refused.returncode != 0
    assert "which no archive of this platform has" in refused.stderr
    assert not list(tmp_path.parent.rglob("outside"))
    assert not any((empty.home / "files").rglob("*"))


def test_every_table_has_the_same_rows(backup: Backup, copy: Platform) -> None:
    found, expected = resting(tables_of(copy)), resting(backup.tables)
    assert {t: (expected.get(t), found.get(t)) for t in expected | found if expected.get(t) != found.get(t)} == {}
    assert found["cases_case"][0] > 0


def test_what_the_street_wrote_is_in_the_copy_up_to_the_moment_of_the_backup(backup: Backup, copy: Platform) -> None:
    """The control of the lights goes on writing: the copy holds no less than before the backup, no more than after."""
    found = tables_of(copy)
    street = [table for table in backup.tables if table.startswith(STREET_TABLES)]
    assert "junctions_signalevent" in street
    for table in street:
        assert backup.tables[table][0] <= found[table][0] <= backup.tables_after[table][0], table
    logs = sorted((backup.source.home / STREET_LOGS).glob("*.jsonl"))
    assert logs
    for log in logs:
        copied = (copy.home / log.relative_to(backup.source.home)).read_bytes()
        assert copied
        assert log.read_bytes().startswith(copied), log.name


@pytest.mark.parametrize("part", PARTS)
def test_every_file_is_the_same(backup: Backup, copy: Platform, part: str) -> None:
    assert files_of(copy.home, part) == backup.files[part]


def test_the_audit_trail_is_verified_by_the_restore_and_afterwards(backup: Backup, copy: Platform) -> None:
    assert copy.run("audit", "verify", check=False).returncode == 0


def test_the_application_works_in_the_copy_with_its_own_role_and_cannot_change_audit_rows(
    backup: Backup, copy: Platform
) -> None:
    said = copy.ask(TRY_AUDIT)
    assert "DONE" not in said
    assert said.count("refused") == 8
    count = copy.ask("from langbiang.government.cases.models import Case; print(Case.objects.count())")
    assert int(count) == backup.tables["cases_case"][0]


def test_work_goes_on_in_the_copy(backup: Backup, copy: Platform) -> None:
    """Sequences stand where they stood: the next record does not take a number that is gone."""
    said = copy.ask(
        "from django.db import transaction\nfrom django.utils import timezone\n"
        "from langbiang.foundation import audit\nfrom langbiang.foundation.access import SYSTEM\n"
        "from langbiang.foundation.events.models import EventRow\nfrom langbiang.government.cases.models import Case\n"
        "last = Case.objects.order_by('-pk').first()\nlast.pk = None\nlast.filing_ref, last.code = 'COPYCOPY', None\n"
        "last.business = 'submitted'\nlast.save()\n"
        "with transaction.atomic(): audit.record(SYSTEM, 'test.copied', last, at=timezone.now())\nprint('done')"
    )
    assert said == "done"
    assert copy.run("audit", "verify", check=False).returncode == 0


def test_an_installation_with_data_is_not_restored_over(backup: Backup, copy: Platform) -> None:
    refused = copy.run("restore", str(backup.archive), check=False)
    assert refused.returncode != 0
    assert "holds data" in refused.stderr


def test_an_archive_is_not_overwritten(backup: Backup, copy: Platform) -> None:
    refused = backup.source.run("backup", str(backup.archive), check=False)
    assert refused.returncode != 0
    assert "exists already" in refused.stderr
