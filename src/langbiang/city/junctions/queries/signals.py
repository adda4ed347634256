"""Reads of the event log of signals: raw rows as columns, quarters, detectors; and what a page shows of them."""

from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone
from psycopg import sql

from langbiang.city.traffic.signals.detectors import Detector, from_layout
from langbiang.city.traffic.signals.log import EventLog
from langbiang.city.traffic.signals.quarters import Quarter, quarters

from ..models import DetectorTable, Junction, Layout, SignalDay, SignalEvent, SignalQuarter

# Around what is measured: cycles and waits that cross its ends need the other side.
MARGIN = timedelta(minutes=30)
# The binary copy of (timestamptz, smallint, integer): three lengths, each before its value, after the number of columns.
ROW = np.dtype([("n", ">i2"), ("a", ">i4"), ("at", ">i8"), ("b", ">i4"), ("code", ">i2"), ("c", ">i4"), ("parameter", ">i4")])
HEADER, TRAILER = 19, 2
COPY = sql.SQL(
    "COPY (SELECT at, code, parameter FROM junctions_signalevent WHERE junction_id = {} AND at >= {} AND at < {})"
    " TO STDOUT (FORMAT binary)"
)
EPOCH_MS = 946_684_800_000  # of PostgreSQL: 2000-01-01 UTC
NUMBERS = {field.name for field in fields(Quarter)} - {"bin_ms", "phase"}


def wall_ms(at: datetime) -> int:
    """An instant as milliseconds of the wall clock since 1970, as logs are measured."""
    return round(timezone.make_naive(at).replace(tzinfo=UTC).timestamp() * 1000)


def instant_of(ms: int) -> datetime:
    """The instant of milliseconds of the wall clock."""
    return timezone.make_aware(datetime.fromtimestamp(ms / 1000, tz=UTC).replace(tzinfo=None))


def midnight(day: date) -> datetime:
    """The beginning of a day here."""
    return timezone.make_aware(datetime.combine(day, time()))


def event_log(junction_id: int, *, first: datetime, last: datetime) -> EventLog:
    """The raw rows from an instant until before another. They come as a binary copy: a million rows in about a second."""
    with connection.cursor() as cursor:
        # COPY takes no parameters from the server's side; the values are written into it as literals.
        statement = COPY.format(*(sql.Literal(value) for value in (junction_id, first, last))).as_string(cursor.connection)
        with cursor.copy(statement) as copy:
            data = b"".join(bytes(part) for part in copy)
    rows = np.frombuffer(data[HEADER:-TRAILER], dtype=ROW)
    # One offset for the whole piece: there is no summer time here.
    shift_ms = wall_ms(first) - round(first.timestamp() * 1000)
    ms = rows["at"].astype(np.int64) // 1000 + EPOCH_MS + shift_ms
    return EventLog.of_columns(ms, rows["code"].astype(np.int64), rows["parameter"].astype(np.int64))


def detector_table(junction_id: int, *, day: date) -> DetectorTable | None:
    """What somebody entered for a day, the newest that had begun."""
    return DetectorTable.objects.filter(junction_id=junction_id, valid_from__lte=day).order_by("-valid_from").first()


def detectors_of(junction: Junction, *, day: date) -> list[Detector]:
    """The detectors of a junction on a day: entered ones, else those its layout in force implies."""
    entered = detector_table(junction.pk, day=day)
    if entered is not None:
        return [Detector(**{**row, "turns": tuple(row["turns"])}) for row in entered.rows]
    layout = Layout.objects.filter(junction=junction, state="approved").first()
    return from_layout(layout.content) if layout is not None else []


def last_event(junction_id: int) -> datetime | None:
    """When the junction was last heard."""
    return SignalEvent.objects.filter(junction_id=junction_id).order_by("-at").values_list("at", flat=True).first()


def first_event(junction_id: int) -> datetime | None:
    """The beginning of what is kept of the raw log."""
    return SignalEvent.objects.filter(junction_id=junction_id).order_by("at").values_list("at", flat=True).first()


def kept_quarters(junction_id: int, *, first: datetime, last: datetime) -> list[Quarter]:
    """Quarters reckoned at night, from an instant until before another."""
    rows = SignalQuarter.objects.filter(junction_id=junction_id, begun_at__gte=first, begun_at__lt=last).order_by("begun_at", "phase")
    return [_quarter(row) for row in rows]


def _quarter(row: SignalQuarter) -> Quarter:
    figures: dict[str, Any] = {name: value for name, value in row.figures.items() if name in NUMBERS}
    return Quarter(wall_ms(row.begun_at), row.phase, **{**figures, "greens": tuple(figures.get("greens", ()))})


@dataclass(frozen=True)
class Measured:
    """What is known of some hours: quarters, raw rows where they were asked for, and where it comes from."""

    quarters: list[Quarter]
    log: EventLog | None
    detectors: list[Detector]
    rows: int
    is_kept: bool


def measured(junction: Junction, *, day: date, first: datetime, last: datetime, with_rows: bool) -> Measured:
    """The measures of some hours of a day: those kept since the night after it, else reckoned now from the raw rows."""
    detectors = detectors_of(junction, day=day)
    done = SignalDay.objects.filter(junction=junction, day=day).first()
    log = event_log(junction.pk, first=first - MARGIN, last=last + MARGIN) if with_rows or done is None else None
    within = 0 if log is None else len(log.between(wall_ms(first), wall_ms(last)))
    if done is not None:
        rows = kept_quarters(junction.pk, first=first, last=last)
    else:
        assert log is not None
        rows = quarters(log, detectors, first_ms=wall_ms(first), last_ms=wall_ms(last))
    return Measured(rows, log, detectors, within if log is not None else done.rows if done else 0, done is not None)
