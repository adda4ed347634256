"""Questions to ClickHouse: values never stand in the statement, and the answer is that of the engine on this machine."""

import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from langbiang.foundation.measures import analysing, clickhouse

SERVER = os.environ.get("LANGBIANG_CLICKHOUSE_TEST", "")
ASKED: dict[str, Any] = {
    "top": 7, "base": 8, "scale": 100, "stock": False, "first": "2026-01-01", "last": "2026-03-31", "by": ["month", "field"],
    "agencies": [3, 5], "filters": {"field": "đất đai' OR 1=1 --"}, "columns": ["field", "intake"], "limit": 100,
}  # fmt: skip


def test_what_people_choose_is_a_value_and_never_a_part_of_the_statement() -> None:
    sql, values = clickhouse.statement(ASKED, "cases")
    assert "OR 1=1" not in sql
    assert values == {"first": "2026-01-01", "last": "2026-03-31", "agencies": "[3, 5]", "filter0": "đất đai' OR 1=1 --"}
    assert "FROM langbiang_cases WHERE" in sql
    assert sql.index("sumIf(amount, part = 7)") < sql.index("sumIf(amount, part = 8)")
    assert "GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2 LIMIT 101" in sql


def test_a_stock_is_asked_from_its_beginning_and_unknown_keys_are_left_out() -> None:
    sql, values = clickhouse.statement({**ASKED, "stock": True, "base": None, "by": ["agency", "password"], "agencies": None}, "cases")
    assert "first" not in values
    assert "password" not in sql
    assert "has(" not in sql


@pytest.mark.parametrize("name", ["cases; DROP TABLE x", "", "Cases", "a-b"])
def test_a_table_is_named_by_a_kind_of_records_only(name: str) -> None:
    with pytest.raises(ValueError, match="no kind of records"):
        clickhouse.statement(ASKED, name)


def test_the_answer_is_read_as_the_other_engine_gives_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def post(address: str, *, content: str, params: dict[str, str], timeout: int) -> httpx.Response:
        assert params["param_filter0"] == ASKED["filters"]["field"]
        assert params["readonly"] == "2"
        return httpx.Response(200, json={"data": [["2026-01", "land", 3, 4], ["2026-02", "land", 0, 0]]})

    monkeypatch.setattr(httpx, "post", post)
    told = clickhouse.answer("http://server/", ASKED, "cases")
    assert told == {"rows": [["2026-01", "land", 75.0, 3, 4], ["2026-02", "land", None, 0, 0]], "more": False}
    monkeypatch.setattr(httpx, "post", lambda *_a, **_k: httpx.Response(500, text="Code: 60. Unknown table"))
    with pytest.raises(clickhouse.Unreachable, match="Unknown table"):
        clickhouse.answer("http://server/", ASKED, "cases")


@pytest.mark.skipif(not SERVER, reason="no ClickHouse: set LANGBIANG_CLICKHOUSE_TEST to its address")
def test_both_engines_give_the_same_answer(tmp_path: Path) -> None:
    file = tmp_path / "probe.parquet"
    made = analysing.connect(tmp_path)
    made.execute(
        "CREATE TABLE lines AS SELECT (7 + n % 2)::INTEGER AS part, (1 + n % 6)::BIGINT AS agency,"
        " DATE '2026-01-01' + (n % 120)::INTEGER AS day, (1 + n % 3)::BIGINT AS amount,"
        " 'f' || (n % 4) AS field, 'i' || (n % 3) AS intake FROM range(5000) r(n)"
    )
    made.execute(f"COPY lines TO {analysing.quoted(str(file))} (FORMAT parquet)")
    create = (
        "CREATE OR REPLACE TABLE langbiang_probe (part Int32, agency Int64, day Date, amount Int64, field String, intake String)"
        " ENGINE = MergeTree ORDER BY (part, agency, day)"
    )
    for sql, data in ((create, b""), ("INSERT INTO langbiang_probe FORMAT Parquet", file.read_bytes())):
        httpx.post(SERVER, params={"query": sql}, content=data).raise_for_status()
    first = date(2026, 1, 1)
    for by in (["month"], ["agency", "field"], ["day", "intake"], []):
        for base, stock in ((None, False), (8, False), (8, True)):
            asked = {
                **ASKED, "by": by, "base": base, "stock": stock, "filters": {"field": "f1"}, "file": str(file),
                "last": (first + timedelta(days=70)).isoformat(), "limit": 40,
            }  # fmt: skip
            assert clickhouse.answer(SERVER, asked, "probe") == analysing.answer(asked)
