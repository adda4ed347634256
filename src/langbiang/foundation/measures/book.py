"""The book: what each record contributes to each measure, and the sums by day and month that make figures quick.

One statement compares what records contribute now with what the book says they do, closes what is no longer so, writes
what is new, and moves the sums by the difference. Doing it twice is the same as doing it once, and the first filling of
the book, a correction of one record and the yearly check of all of them are the same statement over more or fewer records.
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Max, Min

from langbiang.foundation import events
from langbiang.foundation.access import SYSTEM
from langbiang.foundation.prepared import Statement

from . import declaring
from .declaring import RecordSet
from .events import MeasuresMoved
from .models import Book, Fact

# Records compared at a time when a book is filled: enough to be quick, few enough to fit in memory and show progress.
CHUNK = 100_000
BATCH = 400
# So long a process believes what it saw last of whether a book is kept.
REMEMBERED_S = 2.0
_kept: dict[str, tuple[float, bool]] = {}
Progress = Callable[[int, int], None]

_TAKE = Statement(
    "DELETE FROM measures_waiting WHERE id IN"
    " (SELECT id FROM measures_waiting WHERE records = %s ORDER BY id LIMIT %s) RETURNING record_id",
    "varchar", "bigint",
)  # fmt: skip

_COMPARE = """
WITH {asked}said AS MATERIALIZED ({said}),
fresh AS (
    INSERT INTO measures_mix (records, values)
    SELECT DISTINCT {records}, s.mix FROM said s
    WHERE NOT EXISTS (SELECT 1 FROM measures_mix m WHERE m.records = {records} AND m.values = s.mix)
    RETURNING id, values
),
mixes AS (
    SELECT id, values FROM measures_mix WHERE records = {records} UNION ALL SELECT id, values FROM fresh
),
wanted AS MATERIALIZED (
    SELECT s.part_id, s.agency_id, s.at, s.record_id, s.amount, m.id AS mix_id, s.known
    FROM said s JOIN mixes m ON m.values = s.mix
),
standing AS MATERIALIZED (
    SELECT f.part_id, f.agency_id, f.at, f.record_id, f.amount, f.mix_id FROM measures_fact f
    WHERE f.known_to IS NULL AND f.part_id = ANY ({parts}) AND {which}
),
gone AS (
    SELECT * FROM standing EXCEPT SELECT part_id, agency_id, at, record_id, amount, mix_id FROM wanted
),
held AS MATERIALIZED (
    SELECT part_id, record_id FROM standing WHERE part_id = ANY ({first})
    UNION SELECT f.part_id, f.record_id FROM measures_fact f
    WHERE f.known_to IS NOT NULL AND f.part_id = ANY ({first}) AND {which}
),
closed AS (
    UPDATE measures_fact f SET known_to = greatest({moment}, f.known_from + interval '1 microsecond') FROM gone g
    WHERE f.known_to IS NULL AND f.part_id = g.part_id AND f.record_id = g.record_id AND f.at = g.at
      AND f.agency_id = g.agency_id AND f.amount = g.amount AND f.mix_id = g.mix_id AND {which}
    RETURNING f.part_id, f.agency_id, f.at, -f.amount AS amount
),
opened AS (
    INSERT INTO measures_fact (part_id, agency_id, at, record_id, amount, mix_id, known_from)
    SELECT w.part_id, w.agency_id, w.at, w.record_id, w.amount, w.mix_id,
           CASE WHEN w.part_id = ANY ({first}) AND h.part_id IS NULL THEN least({moment}, w.at, w.known) ELSE {moment} END
    FROM wanted w LEFT JOIN standing s USING (part_id, record_id, at, agency_id, amount, mix_id)
    LEFT JOIN held h USING (part_id, record_id)
    WHERE s.part_id IS NULL
    ORDER BY w.part_id, w.agency_id, w.at
    RETURNING part_id, agency_id, at, amount
),
changes AS (SELECT * FROM closed UNION ALL SELECT * FROM opened){sums}
SELECT DISTINCT agency_id FROM changes
"""


# The sums by day and month move by the difference.
_SUMS = """,
moved AS MATERIALIZED (
    SELECT part_id, agency_id, (at AT TIME ZONE {zone})::date AS day, sum(amount)::bigint AS amount
    FROM changes GROUP BY 1, 2, 3 HAVING sum(amount) <> 0
),
days AS (
    INSERT INTO measures_day AS d (part_id, agency_id, day, amount) SELECT part_id, agency_id, day, amount FROM moved
    ON CONFLICT (part_id, day, agency_id) DO UPDATE SET amount = d.amount + excluded.amount
),
months AS (
    INSERT INTO measures_month AS m (part_id, agency_id, month, amount)
    SELECT part_id, agency_id, date_trunc('month', day)::date, sum(amount) FROM moved GROUP BY 1, 2, 3
    ON CONFLICT (part_id, month, agency_id) DO UPDATE SET amount = m.amount + excluded.amount
)
"""


@dataclass(frozen=True)
class Written:
    """How the contributions of a kind of records are asked for, worked out once."""

    digest: str
    parts: list[int]
    # For some records, planned once; for a range of them, with `{low}` and `{high}` to be filled in.
    of_ids: Statement
    said_of_range: str
    words: Mapping[str, str]


def is_kept(records: RecordSet) -> bool:
    """Whether the book of these records is complete for the measures as they are declared now. Looked up once in a
    while: a page asks for many figures."""
    until, kept = _kept.get(records.name, (0.0, False))
    if time.monotonic() > until:
        kept = Book.objects.filter(records=records.name, digest=written(records).digest).exists()
        _kept[records.name] = (time.monotonic() + REMEMBERED_S, kept)
    return kept


def forget() -> None:
    """Look again whether the books are kept."""
    _kept.clear()


def follow(*, at: Callable[[], datetime], most: int = BATCH) -> int:
    """Bring the books up to date for the records of which something happened; gives how many there were."""
    return sum(_follow(records, at, most) for records in declaring.record_sets() if is_kept(records))


def rebuild(records: RecordSet, *, at: Callable[[], datetime], progress: Progress | None = None) -> None:
    """Compare all records with the book, and the sums with the contributions.

    The first time it fills the book, as if each record had been followed since it came in; broken off, it goes on like
    that the next time. What was changed without an event being told is found here.
    """
    found = written(records)
    first = _begin(records, found.parts)
    # Nobody reads the sums of a book that is not kept yet; they are made once, at the end.
    kept = Book.objects.filter(records=records.name, digest=found.digest).exists()
    span = records.rows(None).order_by().aggregate(low=Min("pk"), high=Max("pk"))
    low, high = span["low"] or 0, max(span["high"] or 0, _highest(found.parts))
    for start in range(low, high + 1, CHUNK):
        with transaction.atomic():
            hold(records)
            _compare_range(found, start, start + CHUNK, first, at(), moves_sums=kept)
        if progress:
            progress(min(start + CHUNK, high + 1) - low, high + 1 - low)
    with transaction.atomic():
        hold(records)
        _sum_up(found.parts)
        moment = at()
        Book.objects.update_or_create(
            records=records.name, defaults={"digest": found.digest, "moved_at": moment, "parts": found.parts},
            create_defaults={"digest": found.digest, "moved_at": moment, "built_at": moment, "parts": found.parts},
        )  # fmt: skip
    forget()


def hold(records: RecordSet) -> None:
    """Let nobody else write this book until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"measures:{records.name}"])


def written(records: RecordSet) -> Written:
    """The statements of a book, worked out once in each process."""
    return _worked_out(records.name)


def _follow(records: RecordSet, at: Callable[[], datetime], most: int) -> int:
    with transaction.atomic():
        hold(records)
        # Taken away before the records are looked at: one that changes from now on is noted once more.
        taken = [record for (record,) in _TAKE.run(records.name, most)]
        if not taken:
            return 0
        # Strictly after the last change: "as known then" must be able to tell two changes apart.
        last = Book.objects.get(records=records.name).moved_at
        moment = max(at(), last + timedelta(microseconds=1))
        agencies = written(records).of_ids.run(taken, moment, [])
        Book.objects.filter(records=records.name).update(moved_at=moment)
        for (agency,) in agencies:
            events.emit(SYSTEM, MeasuresMoved(records=records.name), at=moment, agency_id=agency)
    return len(taken)


def _compare_range(found: Written, low: int, high: int, first: Sequence[int], moment: datetime, *,
                   moves_sums: bool) -> None:
    sql = _COMPARE.format(
        asked="",
        sums=_SUMS.format(**found.words) if moves_sums else "",
        said=found.said_of_range.replace("{low}", str(low)).replace("{high}", str(high)),
        which=f"f.record_id >= {low} AND f.record_id < {high}",
        moment=_told(moment),
        first=_told(list(first)) + "::integer[]",
        **found.words,
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)


@lru_cache(maxsize=64)
def _worked_out(name: str) -> Written:
    records = next(each for each in declaring.record_sets() if each.name == name)
    lines = [
        (each.numbers[part], line)
        for each in declaring.measures_of(records)
        for part, declared in each.parts(records.rows(None)).items()
        for line in declared.lines()
    ]
    of_ids = " UNION ALL ".join(
        f"{_said(records, number, line)} WHERE q.record_id = ANY ((SELECT ids FROM asked)::bigint[])"
        for number, line in lines
    )
    of_range = " UNION ALL ".join(
        f"{_said(records, number, line)} WHERE q.record_id >= {{low}} AND q.record_id < {{high}}" for number, line in lines
    )
    parts = sorted({number for number, _line in lines})
    words = {"records": _told(name), "parts": _told(parts) + "::integer[]", "zone": _told(settings.TIME_ZONE)}
    statement = _COMPARE.format(
        asked="asked AS (SELECT %s AS ids, %s AS moment, %s AS first), ",
        said=of_ids, which="f.record_id = ANY ((SELECT ids FROM asked)::bigint[])",
        moment="(SELECT moment FROM asked)", first="(SELECT first FROM asked)::integer[]",
        sums=_SUMS.format(**words), **words,
    )  # fmt: skip
    return Written(
        hashlib.sha256(of_range.encode()).hexdigest(), parts,
        Statement(statement, "bigint[]", "timestamptz", "integer[]"), of_range, words,
    )  # fmt: skip


def _said(records: RecordSet, number: int, line: declaring.Line) -> str:
    """What the records of a line contribute, as a statement that can be narrowed by `q.record_id`."""
    columns = {"q_id": F("pk"), "q_agency": F(records.agency), "q_known": F(records.known)}
    columns |= {f"q_{n}": F(each.column) for n, each in enumerate(records.filters.values())}
    rows = line.rows.order_by().annotate(**columns, q_at=line.at, q_amount=line.amount)
    sql, params = rows.values_list(*columns, "q_at", "q_amount").query.sql_with_params()
    names = ["record_id", "agency_id", "known", *(f"v{n}" for n in range(len(records.filters))), "at", "amount"]
    values = ", ".join(f"{_told(key)}, coalesce(q.v{n}::text, '')" for n, key in enumerate(records.filters))
    return (
        f"SELECT {number}::integer AS part_id, q.agency_id::bigint AS agency_id, q.at, q.record_id::bigint AS record_id, "
        f"q.amount::bigint AS amount, jsonb_build_object({values}) AS mix, q.known "
        f"FROM ({_composed(sql, params)}) AS q ({', '.join(names)})"
    )


def _told(value: Any) -> str:
    """A value as it is written in a statement."""
    return _composed("%s", [value])


def _composed(sql: str, params: Sequence[Any]) -> str:
    """A statement with its values written into it."""
    operations: Any = connection.ops  # those of PostgreSQL
    return str(operations.compose_sql(sql, params))


@transaction.atomic
def _begin(records: RecordSet, parts: Sequence[int]) -> list[int]:
    """The parts that are filled for the first time, or go on being: what the book is told of them was known all along.

    They count as complete only when the filling has come to its end. A part without anything in it is filled anew.
    """
    hold(records)
    row = Book.objects.filter(records=records.name).first()
    complete = {part for part in row.parts if Fact.objects.filter(part_id=part).exists()} if row else set()
    if row is not None and complete != set(row.parts):
        Book.objects.filter(pk=row.pk).update(parts=sorted(complete))
    return [part for part in parts if part not in complete]


def _highest(parts: Sequence[int]) -> int:
    """The highest record the book holds something of: one that is gone from its table has to be closed as well."""
    return Fact.objects.filter(part_id__in=parts, known_to=None).aggregate(high=Max("record_id"))["high"] or 0


def _sum_up(parts: Sequence[int]) -> None:
    """Make the sums anew from the contributions where they differ."""
    zone = settings.TIME_ZONE
    with connection.cursor() as cursor:
        for table, column, step in (("measures_day", "day", "day"), ("measures_month", "month", "month")):
            cursor.execute(
                f"""
                WITH sums AS MATERIALIZED (
                    SELECT part_id, agency_id, date_trunc('{step}', at AT TIME ZONE %s)::date AS {column},
                           sum(amount)::bigint AS amount
                    FROM measures_fact WHERE known_to IS NULL AND part_id = ANY (%s) GROUP BY 1, 2, 3
                ), gone AS (
                    DELETE FROM {table} t WHERE part_id = ANY (%s) AND NOT EXISTS (
                        SELECT 1 FROM sums s WHERE (s.part_id, s.agency_id, s.{column}) = (t.part_id, t.agency_id, t.{column}))
                )
                INSERT INTO {table} AS t (part_id, agency_id, {column}, amount)
                SELECT part_id, agency_id, {column}, amount FROM sums
                ON CONFLICT (part_id, {column}, agency_id) DO UPDATE SET amount = excluded.amount
                WHERE t.amount <> excluded.amount
                """,
                [zone, list(parts), list(parts)],
            )
