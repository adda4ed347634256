"""The same questions put to ClickHouse, for installations whose books outgrow one machine. No Django, no database of ours.

The tables are the exported books, one for each kind of records (`langbiang_cases`, ...), filled as docs/measures.md says.
A question and its answer are those of `analysing`: whoever asks does not see which engine answers.
"""

import json
import re
from typing import Any

import httpx

PREFIX = "langbiang_"
SECONDS = 60
KEYS = {"agency": "agency", "day": "day", "month": "formatDateTime(day, '%Y-%m')", "year": "formatDateTime(day, '%Y')"}
TIMELY = ("day", "month", "year")


class Unreachable(ValueError):
    """ClickHouse did not answer, or refused the question; the message is what it said."""


def table_of(records: str) -> str:
    """The table of a kind of records. Raises ValueError for a name that is none."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", records):
        raise ValueError(f"{records!r} is no kind of records")
    return PREFIX + records


def statement(question: dict[str, Any], records: str) -> tuple[str, dict[str, str]]:
    """The question as a statement and the values that go into it; no value is ever written into the statement."""
    known = set(KEYS) | set(question["columns"])
    by = [key for key in question["by"] if key in known]
    keys = [KEYS.get(key, _name(key)) for key in by]
    values = {"last": question["last"]}
    where = ["day <= {last:Date}"]
    if not question["stock"]:
        where.append("day >= {first:Date}")
        values["first"] = question["first"]
    if question["agencies"] is not None:
        where.append("has({agencies:Array(Int64)}, agency)")
        values["agencies"] = json.dumps([int(each) for each in question["agencies"]])
    for number, (key, value) in enumerate(sorted(question["filters"].items())):
        if key in question["columns"]:
            where.append(f"{_name(key)} = {{filter{number}:String}}")
            values[f"filter{number}"] = str(value)
    parts = [int(question["top"])] + ([int(question["base"])] if question["base"] is not None else [])
    where.append(f"part IN ({', '.join(map(str, parts))})")
    columns = [*(f"toString({key})" for key in keys), *(f"toInt64(sumIf(amount, part = {part}))" for part in parts)]
    timely = [str(n) for n, key in enumerate(by, start=1) if key in TIMELY]
    order = [*timely, f"{len(keys) + 1} DESC", *(str(n) for n in range(1, len(keys) + 1) if str(n) not in timely)]
    return (
        f"SELECT {', '.join(columns)} FROM {table_of(records)} WHERE {' AND '.join(where)}"
        + (f" GROUP BY {', '.join(map(str, range(1, len(keys) + 1)))}" if keys else "")
        + f" ORDER BY {', '.join(order)} LIMIT {int(question['limit']) + 1}"
        " SETTINGS output_format_json_quote_64bit_integers = 0, enable_positional_arguments = 1 FORMAT JSONCompact"
    ), values


def answer(address: str, question: dict[str, Any], records: str) -> dict[str, Any]:
    """The figure grouped as asked, by the server at this address (user and password in it). Raises Unreachable."""
    sql, values = statement(question, records)
    try:
        told = httpx.post(
            address, content=sql, params={f"param_{key}": value for key, value in values.items()} | {"readonly": "2"}, timeout=SECONDS
        )
    except httpx.HTTPError as problem:
        raise Unreachable(f"{type(problem).__name__}: {problem}") from problem
    if told.status_code != httpx.codes.OK:
        raise Unreachable(told.text[:500])
    rows = told.json()["data"]
    return {"rows": [_row(row, question) for row in rows[: question["limit"]]], "more": len(rows) > question["limit"]}


def _row(row: list[Any], question: dict[str, Any]) -> list[Any]:
    width = 1 if question["base"] is None else 2
    labels, sums = row[:-width], row[-width:]
    top, base = int(sums[0]), int(sums[1]) if width == 2 else None
    number = float(top) if base is None else question["scale"] * top / base if base else None
    return [*labels, number, top, base]


def _name(column: str) -> str:
    """A column name as it is written in a statement."""
    return "`" + column.replace("\\", "\\\\").replace("`", "\\`") + "`"
