"""What it costs to measure a day of signal logs, beside the package atspm, and how that grows from 7 to 100 junctions.

python bench/traffic_signals.py [--sizes 7,25,50,100] [--reference-most 25] [--hours 24]

One day of a made-up junction (see tests/city/traffic/signals/generated.py) is repeated under other numbers and shifted by
minutes, so that no junction is like another. Ours takes a junction at a time, as the night does; the package takes all of
them at once, as it is meant to be used, and is asked for the same measures. Both read the same Parquet file. The memory is
the highest of a process of its own. Needs atspm: bin/prepare twin.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import numpy as np

from bench.measuring import keep, say, table
from langbiang.city.traffic.signals.log import DAY_MS, EventLog
from langbiang.city.traffic.signals.quarters import quarters
from tests.city.traffic.signals import generated, package

MEASURES = [
    {"name": "has_data", "params": {"no_data_min": 5, "min_data_points": 3}},
    {"name": "actuations", "params": {"fill_in_missing": True}},
    {"name": "arrival_on_green", "params": {"latency_offset_seconds": 0}},
    {"name": "platoon_ratio", "params": {}},
    {
        "name": "split_failures",
        "params": {"red_time": 5, "red_occupancy_threshold": 0.8, "green_occupancy_threshold": 0.8, "by_approach": True, "by_cycle": False},
    },
    {"name": "terminations", "params": {}},
    {"name": "yellow_red", "params": {"latency_offset_seconds": 0, "min_red_offset": -8}},
    {"name": "full_ped", "params": {"seconds_between_actuations": 15, "return_volumes": False}},
    {"name": "timeline", "params": {"min_duration": 0, "cushion_time": 0}},
    {"name": "ped_delay", "params": {}},
    {"name": "phase_wait", "params": {}},
    {"name": "coordination_agg", "params": {}},
]  # fmt: skip


def write_day(day: EventLog, size: int, path: Path) -> int:
    """So many junctions, each some minutes from the next, in one file with a row group for each; gives the rows."""
    import pyarrow
    from pyarrow import parquet

    rows = 0
    schema = pyarrow.schema([("TimeStamp", pyarrow.timestamp("ms")), ("DeviceId", "int64"), ("EventId", "int64"), ("Parameter", "int64")])
    with parquet.ParquetWriter(path, schema) as writer:
        for n in range(size):
            ms = day.ms.min() + (day.ms - day.ms.min() + n * 420_000) % DAY_MS
            columns = [pyarrow.array(ms).cast(pyarrow.timestamp("ms")), np.full(len(ms), n, dtype=np.int64), day.code, day.parameter]
            writer.write_table(pyarrow.table(columns, schema=schema), row_group_size=len(ms))
            rows += len(ms)
    return rows


def ours(path: Path) -> int:
    """All measures of all junctions, one after another; gives the quarters reckoned."""
    from pyarrow import parquet

    source, detectors, made = parquet.ParquetFile(path), generated.table(), 0
    for n in range(source.num_row_groups):
        part = source.read_row_group(n)
        ms = part["TimeStamp"].cast("int64").to_numpy()
        log = EventLog.of_columns(ms, part["EventId"].to_numpy(), part["Parameter"].to_numpy())
        begin = int(ms.min()) // 900_000 * 900_000
        made += len(quarters(log, detectors, first_ms=begin, last_ms=begin + DAY_MS))
    return made


def theirs(path: Path) -> int:
    """The same measures by the package; gives the rows of its tables."""
    from pyarrow import parquet

    devices = list(range(parquet.ParquetFile(path).num_row_groups))
    detectors = path.with_name("detectors.parquet")
    package.write_table(devices, generated.table(), detectors)
    with package.loaded(path, detectors, MEASURES) as processor:
        processor.aggregate()
        return sum(processor.conn.execute(f"SELECT count(*) FROM {m['name']}").fetchone()[0] for m in MEASURES)


def alone(who: str, path: Path) -> dict[str, float]:
    """One of both in a process of its own: seconds by the clock and of processor, megabytes at most."""
    done = subprocess.run([sys.executable, __file__, "--alone", who, str(path)], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def measured(who: str, path: Path) -> None:
    """What `alone` runs."""
    started, used = time.perf_counter(), time.process_time()
    made = {"ours": ours, "atspm": theirs}[who](path)
    told = {
        "seconds": round(time.perf_counter() - started, 2), "processor_s": round(time.process_time() - used, 2), "made": made,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip
    print(json.dumps(told))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="7,25,50,100")
    parser.add_argument("--reference-most", type=int, default=25, help="the package is not asked for more junctions than these")
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--alone", nargs=2, metavar=("WHO", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        measured(options.alone[0], Path(options.alone[1]))
        return
    day = generated.log_of(1, options.hours)
    say(f"{len(day)} rows a junction in {options.hours} hours")
    rows, told = [], []
    with tempfile.TemporaryDirectory() as folder:
        for size in (int(part) for part in options.sizes.split(",")):
            path = Path(folder) / f"{size}.parquet"
            many = write_day(day, size, path)
            say(f"{size} junctions, {many} rows")
            mine = alone("ours", path)
            other = alone("atspm", path) if size <= options.reference_most else None
            told.append({"junctions": size, "rows": many, "raw_mb": round(many * 26 / 1e6, 1), "ours": mine, "atspm": other})
            rows.append(
                (
                    size, many, f"{many * 26 / 1e6:.0f}", mine["seconds"], mine["processor_s"], int(mine["memory_mb"]),
                    other["seconds"] if other else "–", other["processor_s"] if other else "–", int(other["memory_mb"]) if other else "–",
                    f"{other['processor_s'] / mine['processor_s']:.1f}" if other else "–",
                )
            )  # fmt: skip
            say(f"{size} junctions: ours {mine}, atspm {other}")
            keep("traffic_signals", {"hours": options.hours, "rows": told})
            path.unlink()
    table(
        ["junctions", "rows", "raw MB", "ours s", "ours cpu s", "ours MB", "atspm s", "atspm cpu s", "atspm MB", "cpu ratio"], rows,
    )  # fmt: skip
    first, last = told[0], told[-1]
    growth = (last["ours"]["processor_s"] / last["junctions"]) / (first["ours"]["processor_s"] / first["junctions"])
    print(f"a junction costs {growth:.2f} times as much among {last['junctions']} as among {first['junctions']}")
    print(keep("traffic_signals", {"hours": options.hours, "rows": told, "growth": growth}))


if __name__ == "__main__":
    main()
