"""The package `atspm` asked for its tables, over a log of ours.

Version 2.6.1 was written for DuckDB 1: it fetches one row and goes on, which a connection of DuckDB 2 refuses while the
rest of the result waits. The connection here takes every result to its end at once; the statements are the package's own.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from langbiang.city.traffic.signals.detectors import Detector
from langbiang.city.traffic.signals.log import EventLog

MISSING = "equality needs the package atspm, which comes with bin/prepare twin"
Rows = list[dict[str, Any]]


class Result:
    """Rows of a statement that has ended."""

    def __init__(self, description: Any, rows: list[tuple[Any, ...]]) -> None:
        self.description, self._rows = description, rows

    def fetchall(self) -> list[tuple[Any, ...]]:
        """What is left."""
        rows, self._rows = self._rows, []
        return rows

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next."""
        return self._rows.pop(0) if self._rows else None


class Connection:
    """A connection on which a result never stays unfinished."""

    def __init__(self) -> None:
        import duckdb

        self._inner = duckdb.connect()

    def execute(self, sql: str, parameters: Any = None) -> Result:
        """Run a statement (or several) to its end."""
        done = self._inner.execute(sql, parameters) if parameters is not None else self._inner.execute(sql)
        return Result(done.description, done.fetchall())

    query = sql = execute

    def close(self) -> None:
        """End it."""
        self._inner.close()


def write(logs: dict[int, EventLog], path: Path) -> None:
    """Logs by device as a Parquet file with the columns the package reads."""
    import pyarrow
    from pyarrow import parquet

    sizes = [len(log) for log in logs.values()]
    parquet.write_table(
        pyarrow.table(
            {
                "TimeStamp": pyarrow.array(np.concatenate([log.ms for log in logs.values()])).cast(pyarrow.timestamp("ms")),
                "DeviceId": np.repeat(np.array(list(logs), dtype=np.int64), sizes),
                "EventId": np.concatenate([log.code for log in logs.values()]),
                "Parameter": np.concatenate([log.parameter for log in logs.values()]),
            }
        ),
        path,
    )


def write_table(devices: Sequence[int], detectors: Sequence[Detector], path: Path) -> None:
    """The same detectors at every device, as the package reads them."""
    import pyarrow
    from pyarrow import parquet

    rows = [{"DeviceId": d, "Phase": one.phase, "Parameter": one.channel, "Function": one.role} for d in devices for one in detectors]
    parquet.write_table(pyarrow.Table.from_pylist(rows), path)


def loaded(raw: Path, detectors: Path, measures: list[dict[str, Any]]) -> Any:
    """A processor of the package with its data taken in."""
    import atspm

    processor = atspm.SignalDataProcessor(
        raw_data=str(raw), detector_config=str(detectors), bin_size=15, verbose=0,
        aggregations=[{**m, "params": dict(m["params"])} for m in measures],
    )  # fmt: skip
    processor.conn.close()
    processor.conn = Connection()
    processor.load()
    return processor


def ask(log: EventLog, detectors: Sequence[Detector], measures: list[dict[str, Any]]) -> dict[str, Rows]:
    """What the package makes of a log: its tables by name."""
    with tempfile.TemporaryDirectory() as folder:
        raw, table = Path(folder) / "raw.parquet", Path(folder) / "detectors.parquet"
        write({1: log}, raw)
        write_table([1], detectors, table)
        with loaded(raw, table, measures) as processor:
            processor.aggregate()
            return {m["name"]: _rows(processor.conn, m["name"]) for m in measures}


def _rows(connection: Connection, name: str) -> Rows:
    found = connection.execute(f"SELECT * FROM {name}")
    names = [column[0] for column in found.description]
    return [{n: _plain(v) for n, v in zip(names, row, strict=True)} for row in found.fetchall()]


def _plain(value: Any) -> Any:
    return int(np.datetime64(value, "ms").astype(np.int64)) if hasattr(value, "isoformat") else value
