"""Long lists in pieces: the next piece begins after the moment and number of the last row, so nothing is skipped or told twice."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

KEY = r"^[0-9]{1,17}-[0-9]{1,18}$"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
Row = TypeVar("Row", bound=Model)


def key_of(row: Any, field: str) -> str:
    """The place of a row in a list by a moment of it: microseconds since 1970 and its number."""
    return f"{(getattr(row, field) - EPOCH) // MICROSECOND}-{row.pk}"


def _place(key: str) -> tuple[datetime, int] | None:
    if not re.fullmatch(KEY, key, re.ASCII):
        return None
    moment, _dash, number = key.partition("-")
    return EPOCH + int(moment) * MICROSECOND, int(number)


def newer(rows: QuerySet[Row], field: str, key: str) -> QuerySet[Row]:
    """Rows in order of a moment, oldest first, after a place; from the beginning where there is none."""
    place = _place(key)
    if place is not None:
        rows = rows.filter(Q(**{f"{field}__gt": place[0]}) | Q(**{field: place[0], "pk__gt": place[1]}), **{f"{field}__gte": place[0]})
    return rows.order_by(field, "pk")


def older(rows: QuerySet[Row], field: str, key: str) -> QuerySet[Row]:
    """Rows in order of a moment, newest first, after a place; from the beginning where there is none."""
    place = _place(key)
    if place is not None:
        rows = rows.filter(Q(**{f"{field}__lt": place[0]}) | Q(**{field: place[0], "pk__lt": place[1]}), **{f"{field}__lte": place[0]})
    return rows.order_by(f"-{field}", "-pk")
