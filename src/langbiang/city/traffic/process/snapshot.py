"""The last configuration that was read, in a file: control begins and goes on while web and database are down.

Leases are not in it: a process started without the database watches and decides beside the cabinets, and drives none.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Station:
    """One junction as approved: `version` changes whenever another layout comes into force."""

    code: str
    version: int
    layout: Mapping[str, Any]


def write(path: Path, stations: Mapping[str, Station]) -> None:
    """Put it in place in one step: a reader finds the old or the new, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"code": s.code, "version": s.version, "layout": s.layout} for _code, s in sorted(stations.items())]
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as target:
        json.dump({"junctions": rows}, target, ensure_ascii=False)
        target.flush()
        os.fsync(target.fileno())
    fresh.replace(path)


def read(path: Path) -> dict[str, Station]:
    """What was kept; nothing where there is no such file or it cannot be read."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["junctions"]
        return {row["code"]: Station(row["code"], int(row["version"]), row["layout"]) for row in rows}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
