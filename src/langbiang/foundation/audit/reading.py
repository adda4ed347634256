"""The trail a page at a time: newest first, narrowed, and never longer than the reader can wait."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import OperationalError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from psycopg.errors import QueryCanceled

from langbiang.foundation.access import Refusal

from .models import Entry

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TookTooLong(Refusal):
    """What was asked would keep the reader, and the database, waiting."""

    status = 503


@dataclass(frozen=True)
class Narrowing:
    """Which part of the trail: all that is left empty is not asked for."""

    lane: int | None = None
    who: str = ""
    action: str = ""  # "cases.accepted", or "cases." for all of a room
    target: str = ""  # "cases.case:17", or "cases.case" for all records of that kind
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Place:
    """Where a page of the trail ends: the time and number of its last row. Later rows never move it."""

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}.{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Place | None":
        """The place named in an address; None for anything else."""
        at, _dot, number = text.partition(".")
        if not (at.isascii() and at.isdigit() and number.isascii() and number.isdigit()):
            return None
        if len(at) > 17 or len(number) > 18:
            return None
        return cls(_EPOCH + timedelta(microseconds=int(at)), int(number))


@dataclass(frozen=True)
class Page:
    """Some rows, newest first, and where the pages beside them begin."""

    rows: list[Entry]
    newer: Place | None
    older: Place | None


def narrowed(rows: QuerySet[Entry], by: Narrowing) -> QuerySet[Entry]:
    """The rows that are asked for."""
    if by.lane is not None:
        rows = rows.filter(lane=by.lane)
    if by.first:
        rows = rows.filter(at__gte=datetime.combine(by.first, time.min, LOCAL))
    if by.last:
        rows = rows.filter(at__lt=datetime.combine(by.last, time.min, LOCAL) + timedelta(days=1))
    if by.action:
        rows = rows.filter(_same_or_below("action", by.action, "."))
    if by.target:
        rows = rows.filter(_same_or_below("target", by.target, ":"))
    for word in by.who.split():
        rows = rows.filter(actor_label__icontains=word)
    return rows


def _same_or_below(column: str, text: str, mark: str) -> Q:
    """The text itself, or all that begins with it: a range, so that an index serves it under any collation."""
    if mark in text.rstrip(mark):
        return Q(**{column: text})
    stem = text.rstrip(mark)
    below = Q(**{f"{column}__gte": stem + mark, f"{column}__lt": stem + chr(ord(mark) + 1)})
    return below if text.endswith(mark) else below | Q(**{column: text})


def page_of(rows: QuerySet[Entry], *, size: int, before: Place | None = None, after: Place | None = None) -> Page:
    """The newest rows, those older than `before`, or those just newer than `after`."""
    if after is not None:
        ahead = Q(at__gt=after.at) | Q(id__gt=after.id)
        found = list(rows.filter(ahead, at__gte=after.at).order_by("at", "id")[: size + 1])
        has_newer, found = len(found) > size, found[:size][::-1]
        has_older = True
    else:
        if before is not None:
            rows = rows.filter(Q(at__lt=before.at) | Q(id__lt=before.id), at__lte=before.at)
        found = list(rows.order_by("-at", "-id")[: size + 1])
        has_older, found = len(found) > size, found[:size]
        has_newer = before is not None
    if not found:
        return Page([], None, None)
    return Page(
        found,
        newer=Place(found[0].at, found[0].id) if has_newer else None,
        older=Place(found[-1].at, found[-1].id) if has_older else None,
    )


@contextmanager
def no_longer_than(seconds: int, way_out: str) -> Iterator[None]:
    """Stop a query that runs longer. Raises TookTooLong, saying what to do instead."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{seconds}s"])
            yield
    except OperationalError as stopped:
        if isinstance(stopped.__cause__, QueryCanceled):
            raise TookTooLong(_("This takes too long to read."), way_out=way_out) from stopped
        raise
