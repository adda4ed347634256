"""Facts of cases and the sums made of them: all anew, or by the difference one case makes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from langbiang.government.cases import queries as cases

from ..counting import COUNTERS, ENDED_COUNTERS, RECEIVED_COUNTERS
from ..models import Reckoning
from ..queries.schemes import scheme_on

# One number of the house for the lock that keeps a full count and the counting of single cases apart.
LOCK = 766_001
KEYS = ("agency_id", "officer_id", "procedure_id", "field")
FACT_COLUMNS = ("case_id", *KEYS, "received_day", "ended_day", *RECEIVED_COUNTERS, *ENDED_COUNTERS)


@dataclass(frozen=True)
class Recount:
    """What a full count found and how long it took."""

    cases: int
    counters: int
    seconds: float


def fact_parameters(rules: dict[str, Any]) -> dict[str, Any]:
    """The parameters of the statement of facts, from the rules of an index."""
    return {
        "zone": settings.TIME_ZONE,
        "online": list(rules.get("online_intakes", ["online", "portal"])),
        "satisfied": int(rules.get("satisfied_from", 3)),
        "marks": list(rules.get("online_payment_marks", [])),
        "original": rules.get("due", "current") == "original",
        "apology": bool(rules.get("extension_needs_apology", True)),
    }


def _sums(source: str) -> str:
    """Facts on their two days, summed by the keys of a counter."""
    keys = ", ".join(KEYS)
    received = ", ".join(f"{name}::int AS {name}" for name in RECEIVED_COUNTERS)
    ended = ", ".join(f"{name}::int AS {name}" for name in ENDED_COUNTERS)
    no_received = ", ".join("0" for _name in RECEIVED_COUNTERS)
    no_ended = ", ".join(f"0 AS {name}" for name in ENDED_COUNTERS)
    totals = ", ".join(f"sum({name}) AS {name}" for name in COUNTERS)
    return (
        f"SELECT day, {keys}, {totals} FROM ("
        f"SELECT received_day AS day, {keys}, {received}, {no_ended} FROM {source} "
        f"UNION ALL SELECT ended_day, {keys}, {no_received}, {ended} FROM {source} WHERE ended"
        f") both_days GROUP BY day, {keys}"
    )


@contextmanager
def _alone() -> Iterator[Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        yield cursor


def _settle(cursor: Any, table: str, made: str, keys: tuple[str, ...], columns: tuple[str, ...]) -> None:
    """Bring a table to what was counted, writing only rows that differ: nothing to clean up after a count that agrees."""
    same_key = " AND ".join(f"n.{key} = t.{key}" for key in keys)
    ours, theirs = (", ".join(f"{side}.{name}" for name in columns) for side in ("t", "n"))
    listed = ", ".join(columns)
    cursor.execute(
        f"DELETE FROM {table} t WHERE NOT EXISTS "
        f"(SELECT 1 FROM {made} n WHERE {same_key} AND ({ours}) IS NOT DISTINCT FROM ({theirs}))"
    )
    cursor.execute(
        f"INSERT INTO {table} ({listed}) SELECT {theirs} FROM {made} n "
        f"WHERE NOT EXISTS (SELECT 1 FROM {table} t WHERE {same_key})"
    )


def recompute(*, at: datetime) -> Recount:
    """Count all cases anew, in the database, set-wise. Readers see the counters of before until the count is whole."""
    started = monotonic()
    parameters = fact_parameters(scheme_on(timezone.localdate(at)).rules)
    columns = ", ".join(FACT_COLUMNS)
    with _alone() as cursor:
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(
            f"CREATE TEMP TABLE quality_new ON COMMIT DROP AS SELECT {columns} FROM ({cases.fact_rows_sql()}) facts",
            parameters,
        )
        counted = cursor.rowcount
        cursor.execute(f"CREATE TEMP TABLE quality_sums ON COMMIT DROP AS {_sums('quality_new')}")
        made = cursor.rowcount
        cursor.execute("ANALYZE quality_new")
        cursor.execute("ANALYZE quality_sums")
        # A table believed to be empty is scanned anew for each row while it fills: quadratic. Hash or merge, nothing else.
        cursor.execute("SET LOCAL enable_nestloop = off")
        _settle(cursor, "quality_casefact", "quality_new", ("case_id",), FACT_COLUMNS)
        _settle(cursor, "quality_daycounter", "quality_sums", ("day", *KEYS), ("day", *KEYS, *COUNTERS))
        done = Recount(counted, made, monotonic() - started)
        Reckoning.objects.create(at=at, cases=counted, seconds=done.seconds)
    return done


def refresh(case_ids: Sequence[int], *, on: date) -> None:
    """Make the facts of these cases anew and move the counters by the difference."""
    ids = sorted(set(case_ids))
    parameters = {**fact_parameters(scheme_on(on).rules), "ids": ids}
    columns = ", ".join(FACT_COLUMNS)
    names = ", ".join(("day", *KEYS, *COUNTERS))
    plus = ", ".join(f"{name} = quality_daycounter.{name} + excluded.{name}" for name in COUNTERS)
    minus = ", ".join(f"{name} = c.{name} - s.{name}" for name in COUNTERS)
    same = " AND ".join(f"c.{key} = s.{key}" for key in ("day", *KEYS))
    with _alone() as cursor:
        cursor.execute(
            f"UPDATE quality_daycounter c SET {minus} FROM "
            f"({_sums('(SELECT * FROM quality_casefact WHERE case_id = ANY(%(ids)s)) old')}) s WHERE {same}",
            {"ids": ids},
        )
        cursor.execute("DELETE FROM quality_casefact WHERE case_id = ANY(%(ids)s)", {"ids": ids})
        cursor.execute(
            f"INSERT INTO quality_casefact ({columns}) SELECT {columns} FROM ({cases.fact_rows_sql(only=True)}) facts",
            parameters,
        )
        cursor.execute(
            f"INSERT INTO quality_daycounter ({names}) "
            f"{_sums('(SELECT * FROM quality_casefact WHERE case_id = ANY(%(ids)s)) new')} "
            f"ON CONFLICT (day, agency_id, officer_id, procedure_id, field) DO UPDATE SET {plus}",
            {"ids": ids},
        )
