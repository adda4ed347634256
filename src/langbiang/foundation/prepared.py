"""Statements that every write repeats: planned once for each connection, from then on only executed.

Receiving a case takes some fifteen statements whose text never changes. Planning them anew each time costs the database
more than carrying them out, and building them anew costs the web process more than sending them. A `Statement` is
written down once beside its service; `insert` does the same for a row of a table.

    _NEXT = Statement("UPDATE ... SET last = last + %s WHERE register = %s RETURNING last", "bigint", "text")
    ((last,),) = _NEXT.run(1, "case:H36.12")

Behind a connection pooler that hands out another connection for every transaction, LANGBIANG_DB_PREPARED=0 sends the
plain statements instead.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import connection, models

# Which statements a connection has been told of. It forgets them together with the connection.
_told: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


class Statement:
    """One statement with `%s` for each value and the type of each, in order."""

    def __init__(self, sql: str, *types: str) -> None:
        if sql.count("%s") != len(types):
            raise ValueError(f"{sql.count('%s')} places for {len(types)} types")
        self.sql = sql
        self.name = "langbiang_" + hashlib.sha256(repr((sql, types)).encode()).hexdigest()[:20]
        pieces = sql.split("%s")
        numbered = pieces[0] + "".join(f"${n}{piece}" for n, piece in enumerate(pieces[1:], start=1))
        self._prepare = f"PREPARE {self.name} ({', '.join(types)}) AS {numbered}" if types else ""
        self._execute = f"EXECUTE {self.name} ({', '.join(['%s'] * len(types))})"

    def run(self, *values: Any) -> Sequence[tuple[Any, ...]]:
        """Carry it out with these values in the running transaction; gives the rows it returns."""
        with connection.cursor() as cursor:
            if settings.DB_PREPARED and self._prepare:
                self._tell()
                cursor.execute(self._execute, values)
            else:
                cursor.execute(self.sql, values)
            return cursor.fetchall() if cursor.description else []

    def _tell(self) -> None:
        told = _told.setdefault(connection.connection, set())
        if self.name not in told:
            # A prepared statement outlives a rollback, so it is told only once.
            with connection.wrap_database_errors, connection.connection.cursor() as cursor:
                cursor.execute(self._prepare)
            told.add(self.name)


@lru_cache(maxsize=512)
def _insertion(model: type[models.Model], with_key: bool) -> tuple[Statement, tuple["models.Field[Any, Any]", ...]]:
    """The statement that adds a row to a table, and the columns in its order."""
    fields = tuple(f for f in model._meta.concrete_fields if with_key or not f.primary_key)
    names = ", ".join(connection.ops.quote_name(str(f.column)) for f in fields)
    types = [str(f.db_type(connection)).partition("(")[0] for f in fields]
    key = model._meta.pk
    assert key is not None
    sql = (
        f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({names}) "
        f"VALUES ({', '.join(['%s'] * len(fields))}) RETURNING {connection.ops.quote_name(str(key.column))}"
    )
    return Statement(sql, *types), fields


def insert(row: models.Model) -> None:
    """Add a new row, as `row.save(force_insert=True)` does for a plain table nobody listens to; the row gets its key."""
    statement, fields = _insertion(type(row), row.pk is not None)
    ((row.pk,),) = statement.run(*(f.get_db_prep_save(f.pre_save(row, True), connection) for f in fields))
    row._state.adding = False
    row._state.db = connection.alias
