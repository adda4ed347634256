"""The books as Parquet files, for analysis outside the database. One file for each kind of records, written anew.

A line is a contribution as it is known when the export is made. Columns: `part` (number of a part of a measure), `agency`,
`day`, `month`, `amount`, and one for each filter of the records. `parts.json` beside it says which number is which part.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path

from django.conf import settings
from django.db import connection

from . import book, declaring

PARTS = "parts.json"


class ExportFailed(Exception):
    """A file could not be written; the one before stays."""


@dataclass(frozen=True)
class Exported:
    """What lies in a folder of exports."""

    at: datetime
    lines: dict[str, int]
    # Of each kind of records: the measures whose contributions are there to the last, and the filters that have a column.
    complete: Mapping[str, Sequence[str]] = field(default_factory=dict)
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def holds(self, found: declaring.Measure) -> bool:
        """Whether a figure can be answered from what lies there."""
        name = found.records.name
        return found.name in self.complete.get(name, ()) and set(found.records.filters) <= set(self.columns.get(name, ()))


def folder() -> Path:
    """Where exports are kept."""
    return Path(settings.HOME) / "analysis"


def export(*, at: datetime, into: Path | None = None) -> Exported:
    """Write every book. A file is put in its place whole: whoever reads at that moment reads the old one to the end."""
    place = into or folder()
    place.mkdir(parents=True, exist_ok=True)
    # Before anything is written: a book that is filled meanwhile is in the next export.
    complete = {
        each.name: [known.name for known in declaring.measures_of(each)] for each in declaring.record_sets() if book.is_kept(each)
    }
    lines = {records.name: _write(records, place, at) for records in declaring.record_sets()}
    columns = {each.name: list(each.filters) for each in declaring.record_sets()}
    parts = {each.name: each.numbers for each in declaring.every()}
    told = {"at": at.isoformat(), "lines": lines, "complete": complete, "columns": columns, "parts": parts}
    waiting = place / f"{PARTS}.{os.getpid()}"
    waiting.write_text(json.dumps(told))
    waiting.replace(place / PARTS)
    return Exported(at, lines, complete, columns)


def exported(at: Path | None = None) -> Exported | None:
    """What lies there, if anything does."""
    try:
        told = json.loads(((at or folder()) / PARTS).read_text())
    except FileNotFoundError:
        return None
    return Exported(datetime.fromisoformat(told["at"]), told["lines"], told.get("complete", {}), told.get("columns", {}))


def _write(records: declaring.RecordSet, place: Path, at: datetime) -> int:
    """One book through a pipe into the process that writes Parquet; nothing is held in memory here."""
    target, waiting = place / f"{records.name}.parquet", place / f"{records.name}.parquet.{os.getpid()}"
    lines = _lines(records, at)
    first = next(lines, None)
    # A pipe that ends at once is no CSV to its reader: that there is nothing has to be said.
    act = "write" if first else "write-empty"
    command = [sys.executable, "-m", "langbiang.foundation.measures.analysing", act, str(waiting), *records.filters]
    writer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert writer.stdin is not None
    try:
        for piece in chain([first] if first else [], lines):
            writer.stdin.write(piece)
        told, _nothing = writer.communicate()
    finally:
        writer.stdin.close() if not writer.stdin.closed else None
        if writer.poll() is None:
            writer.kill()
    if writer.returncode:
        waiting.unlink(missing_ok=True)
        raise ExportFailed(f"The export of {records.name} ended with {writer.returncode}.")
    waiting.replace(target)
    return int(json.loads(told)["lines"])


def _lines(records: declaring.RecordSet, at: datetime) -> Iterator[bytes]:
    """The contributions as CSV, piece by piece. What lies ahead is told only of figures that look ahead."""
    measures = declaring.measures_of(records)
    parts = [number for each in measures for number in each.numbers.values()]
    ahead = [number for each in measures if each.looks_ahead for number in each.numbers.values()] or [0]
    mixes = ", ".join(f"m.values->>{_quoted(key)}" for key in records.filters)
    sql = (
        "COPY (SELECT f.part_id, f.agency_id, (f.at AT TIME ZONE "
        f"{_quoted(settings.TIME_ZONE)})::date, f.amount{', ' + mixes if mixes else ''} FROM measures_fact f "
        f"JOIN measures_mix m ON m.id = f.mix_id WHERE f.known_to IS NULL AND f.part_id IN ({', '.join(map(str, parts))})"
        f" AND (f.at <= {_quoted(at.isoformat())} OR f.part_id IN ({', '.join(map(str, ahead))}))"
        ") TO STDOUT (FORMAT csv)"
    )
    with connection.cursor() as cursor, cursor.copy(sql) as copy:
        for piece in copy:
            yield bytes(piece)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
