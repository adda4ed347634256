"""Grouping large books: a process of its own, with limits on memory, processors and time. No Django, no database.

    python -m langbiang.foundation.measures.analysing write FILE FILTER ...   < lines of a book as CSV
    python -m langbiang.foundation.measures.analysing ask                     < a question as JSON

A question: {"file", "top", "base", "scale", "stock", "first", "last", "by": [...], "agencies": [...] or null,
"filters": {...}, "limit"}. The answer: {"rows": [[keys..., number, top, base]], "more": bool}.
"""

import json
import sys
from pathlib import Path
from typing import Any

MEMORY = "512MB"
THREADS = 2
# What a figure can be grouped by, besides the filters of its records, and how a group is written: millions of lines are
# grouped by a number, and only the groups that are told are put into words.
KEYS = {"agency": "agency", "day": "day", "month": "year(day) * 100 + month(day)", "year": "year(day)"}
WRITTEN = {"month": "format('{:04d}-{:02d}', {key} // 100, {key} % 100)"}


def connect(beside: Path) -> Any:
    """An empty database in memory that may not reach anything but files, and spills beside the exports."""
    import duckdb

    made = duckdb.connect(":memory:")
    made.execute(f"SET memory_limit = '{MEMORY}'")
    made.execute(f"SET threads = {THREADS}")
    made.execute(f"SET temp_directory = {quoted(str(beside / 'spill'))}")
    made.execute("SET autoinstall_known_extensions = false")
    made.execute("SET autoload_known_extensions = false")
    made.execute("SET preserve_insertion_order = false")
    made.execute("SET enable_progress_bar = false")
    return made


def write(target: Path, filters: list[str], *, empty: bool) -> int:
    """Turn CSV on standard input into a Parquet file; gives the number of lines. `empty`: there are none to read."""
    columns = {"part": "INTEGER", "agency": "BIGINT", "day": "DATE", "amount": "BIGINT", **dict.fromkeys(filters, "VARCHAR")}
    told = ", ".join(f"{quoted(name)}: {quoted(kind)}" for name, kind in columns.items())
    made = connect(target.parent)
    made.execute(f"CREATE TABLE lines ({', '.join(f'{name(column)} {kind}' for column, kind in columns.items())})")
    source = "lines" if empty else f"read_csv('/dev/stdin', header = false, columns = {{{told}}})"
    # In the order in which it is asked for, so that whole pieces of the file can be passed over.
    made.execute(
        f"COPY (SELECT * FROM {source} ORDER BY part, day) TO {quoted(str(target))} (FORMAT parquet, COMPRESSION zstd)"
    )
    return int(made.execute(f"SELECT count(*) FROM read_parquet({quoted(str(target))})").fetchone()[0])


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """The figure grouped as asked, the largest groups first; time goes forward."""
    known = set(KEYS) | set(question["columns"])
    by = [key for key in question["by"] if key in known]
    keys = [KEYS.get(key, name(key)) for key in by]
    written = [WRITTEN.get(key, "{key}").replace("{key}", f"k{n}") for n, key in enumerate(by)]
    where, values = ["day <= ?"], [question["last"]]
    if not question["stock"]:
        where.append("day >= ?")
        values.append(question["first"])
    if question["agencies"] is not None:
        where.append("list_contains(?, agency)")
        values.append(question["agencies"])
    for key, value in question["filters"].items():
        if key in question["columns"]:
            where.append(f"{name(key)} = ?")
            values.append(value)
    parts = [question["top"]] + ([question["base"]] if question["base"] is not None else [])
    where.append(f"part IN ({', '.join(str(int(part)) for part in parts)})")
    sums = [f"coalesce(sum(amount) FILTER (WHERE part = {int(part)}), 0)::BIGINT AS s{n}" for n, part in enumerate(parts)]
    timely = [f"{n}" for n, key in enumerate(by, start=1) if key in ("day", "month", "year")]
    order = ", ".join([*timely, f"{len(keys) + 1} DESC", *(str(n) for n in range(1, len(keys) + 1) if str(n) not in timely)])
    groups = ", ".join([*(f"{key} AS k{n}" for n, key in enumerate(keys)), *sums])
    sql = (
        f"SELECT {', '.join([*(f'({key})::VARCHAR' for key in written), *(f's{n}' for n in range(len(sums)))])} FROM ("
        f"SELECT {groups} FROM read_parquet({quoted(question['file'])}) WHERE {' AND '.join(where)}"
        + (f" GROUP BY {', '.join(map(str, range(1, len(keys) + 1)))}" if keys else "")
        + f") ORDER BY {order} LIMIT {int(question['limit']) + 1}"
    )
    rows = connect(Path(question["file"]).parent).execute(sql, values).fetchall()
    told = []
    for row in rows[: question["limit"]]:
        labels, top = list(row[: len(keys)]), row[len(keys)]
        base = row[len(keys) + 1] if question["base"] is not None else None
        number = float(top) if base is None else question["scale"] * top / base if base else None
        told.append([*labels, number, top, base])
    return {"rows": told, "more": len(rows) > question["limit"]}


def name(column: str) -> str:
    """A column name as it is written in a statement."""
    return '"' + column.replace('"', '""') + '"'


def quoted(text: str) -> str:
    """A text as it is written in a statement."""
    return "'" + text.replace("'", "''") + "'"


def main() -> None:
    """Entry point of the process."""
    if sys.argv[1] in ("write", "write-empty"):
        print(json.dumps({"lines": write(Path(sys.argv[2]), sys.argv[3:], empty=sys.argv[1] == "write-empty")}))
    else:
        print(json.dumps(answer(json.load(sys.stdin))))


if __name__ == "__main__":
    main()
