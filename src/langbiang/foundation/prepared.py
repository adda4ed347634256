"""Statements that every write repeats: planned once for each connection, and sent together where nobody waits for them.

Receiving a case takes some twenty statements whose text never changes. Planning them anew each time costs the database
more than carrying them out; building them anew, and waiting for the answer to each, costs the web process more than
everything else it does. A `Statement` is written down once beside its service; `insert` does the same for a row of a
table; inside `together()` statements nobody needs an answer from go to the database in one message.

    _NEXT = Statement("UPDATE ... SET last = last + %s WHERE register = %s RETURNING last", "bigint", "text")
    ((last,),) = _NEXT.run(1, "case:H36.12")

Behind a connection pooler that hands out another connection for every transaction, LANGBIANG_DB_PREPARED=0 sends the
plain statements instead.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from threading import local
from typing import Any, Generic, TypeVar, cast
from weakref import WeakKeyDictionary

from django.apps import apps
from django.conf import settings
from django.db import connection, models

Rows = Sequence[tuple[Any, ...]]
M = TypeVar("M", bound=models.Model)
# Which statements a connection has been told of. It forgets them together with the connection.
_told: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


class _Waiting(local):
    """What this thread has not sent yet; None outside `together`."""

    queue: "list[tuple[str, Sequence[Any]]] | None" = None


_waiting = _Waiting()


def _listed(items: Sequence[str]) -> str:
    return f" ({', '.join(items)})" if items else ""


class Statement:
    """One statement with `%s` for each value and the type of each, in order."""

    def __init__(self, sql: str, *types: str) -> None:
        if sql.count("%s") != len(types):
            raise ValueError(f"{sql.count('%s')} places for {len(types)} types")
        self.sql = sql
        self.name = "langbiang_" + hashlib.sha256(repr((sql, types)).encode()).hexdigest()[:20]
        pieces = sql.split("%s")
        numbered = pieces[0] + "".join(f"${n}{piece}" for n, piece in enumerate(pieces[1:], start=1))
        self._prepare = f"PREPARE {self.name}{_listed(types)} AS {numbered}"
        self._execute = f"EXECUTE {self.name}{_listed(['%s'] * len(types))}"

    def run(self, *values: Any) -> Rows:
        """Carry it out with these values in the running transaction, after all that waits; gives the rows it returns."""
        queue, _waiting.queue = _waiting.queue, None
        try:
            return _send([*(queue or ()), (self._ready(), values)])
        finally:
            _waiting.queue = [] if queue is not None else None

    def write(self, *values: Any) -> None:
        """Carry it out without an answer: at once, or inside `together` with the others."""
        if _waiting.queue is None:
            _send([(self._ready(), values)])
        else:
            _waiting.queue.append((self._ready(), values))

    def _ready(self) -> str:
        """What to send: the name of the plan, which the connection is told of the first time."""
        if not settings.DB_PREPARED:
            return self.sql
        connection.ensure_connection()
        told = _told.setdefault(connection.connection, set())
        if self.name not in told:
            # A prepared statement outlives a rollback, so it is told only once.
            with connection.wrap_database_errors, connection.connection.cursor() as cursor:
                cursor.execute(self._prepare)
            told.add(self.name)
        return self._execute


def _send(statements: Sequence[tuple[str, Sequence[Any]]]) -> Rows:
    """Send statements as one message; gives the rows of the last."""
    with connection.cursor() as cursor:
        cursor.execute(";".join(sql for sql, _values in statements), [v for _sql, values in statements for v in values])
        for _more in statements[1:]:
            cursor.nextset()
        return cursor.fetchall() if cursor.description else []


@contextmanager
def together() -> Iterator[None]:
    """Let statements wait for one another: they are sent before the next one that is asked for an answer, before any
    other query, and at the end. An error of theirs is raised there."""
    if _waiting.queue is not None:
        yield
        return
    _waiting.queue = []
    try:
        with connection.execute_wrapper(_send_first):
            yield
        _flush()
    finally:
        _waiting.queue = None


def _flush() -> None:
    queue, _waiting.queue = _waiting.queue, None
    if queue:
        _send(queue)


def _send_first(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Another query must find in the tables what was written before it."""
    if _waiting.queue:
        _flush()
        _waiting.queue = []
    return execute(sql, params, many, context)


@lru_cache(maxsize=512)
def _insertion(model: type[models.Model], with_key: bool) -> tuple[Statement, tuple["models.Field[Any, Any]", ...]]:
    """The statement that adds a row to a table, and the columns in its order."""
    fields = tuple(f for f in model._meta.concrete_fields if with_key or not f.primary_key)
    names = ", ".join(connection.ops.quote_name(str(f.column)) for f in fields)
    types = [str(f.db_type(connection)).partition("(")[0] for f in fields]
    sql = (
        f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({names}) "
        f"VALUES ({', '.join(['%s'] * len(fields))})"
    )
    return Statement(sql, *types), fields


def insert(row: models.Model) -> None:
    """Add a new row to a plain table nobody listens to. The row does not learn its key, unless it brings one."""
    statement, fields = _insertion(type(row), row.pk is not None)
    statement.write(*(f.get_db_prep_save(f.pre_save(row, True), connection) for f in fields))
    row._state.adding = False
    row._state.db = connection.alias


class Reading(Generic[M]):
    """A read of rows of one table that every request repeats, as objects.

    `_BY_NUMBER = Reading("people.Person", "identity_no = %s AND state <> 'merged'", "varchar")`
    """

    def __init__(self, model: str, where: str, *types: str) -> None:
        self._model, self._where, self._types = model, where, types

    @cached_property
    def _plan(self) -> tuple[type[M], list[str], list[tuple[int, Callable[..., Any]]], Statement]:
        model = cast(type[M], apps.get_model(self._model))
        fields = model._meta.concrete_fields
        columns = ", ".join(connection.ops.quote_name(str(f.column)) for f in fields)
        table = connection.ops.quote_name(model._meta.db_table)
        convert = [(n, f.from_db_value) for n, f in enumerate(fields) if hasattr(f, "from_db_value")]
        statement = Statement(f"SELECT {columns} FROM {table} WHERE {self._where}", *self._types)
        return model, [f.attname for f in fields], convert, statement

    def first(self, *values: Any) -> M | None:
        """The first row, if there is one."""
        model, names, convert, statement = self._plan
        for row in statement.run(*values):
            found = list(row)
            for n, from_db_value in convert:
                found[n] = from_db_value(found[n], None, connection)
            return model.from_db(connection.alias, names, found)
        return None
