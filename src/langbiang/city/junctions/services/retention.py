"""What is kept for how long: single counts become quarters of an hour, quarters and the sentences of control go in the end."""

from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from ..measures import TRUSTED, forgotten
from ..models import Flow, FlowDay
from ..queries.signals import midnight
from .finding import rule

A_DAY = timedelta(days=1)
# Of each log the rule that says for how many days it is kept.
REASONS = {"junctions_decision": "decision_log_days", "junctions_verdict": "verdict_log_days"}

# Counts that follow one another within a quarter become one, in the row of the first: only those alike in lane, class, source
# and whether they are trusted, and only where no gap lies between them. So nothing is said of a time nobody counted, and what
# is summed over the rows stays what it was.
_TOGETHER = """
WITH old AS (
    SELECT id, junction_id, lane, vehicle_class, begun_at, ended_at, vehicles, counts, occupancy, speed_kmh, quality, source,
           extract(epoch FROM ended_at - begun_at) AS seconds, quality >= %(trusted)s AS is_trusted,
           date_bin('15 minutes', begun_at, timestamptz '2000-01-01 00:00+00') AS quarter
    FROM junctions_flow WHERE begun_at >= %(first)s AND begun_at < %(last)s
),
followed AS (
    SELECT *, (lag(ended_at) OVER lane, lag(is_trusted) OVER lane, lag(source) OVER lane)
              IS DISTINCT FROM (begun_at, is_trusted, source) AS is_first
    FROM old WHERE ended_at <= quarter + interval '15 minutes'
    WINDOW lane AS (PARTITION BY junction_id, lane, vehicle_class, quarter ORDER BY begun_at)
),
numbered AS (
    SELECT *, count(*) FILTER (WHERE is_first) OVER (PARTITION BY junction_id, lane, vehicle_class, quarter ORDER BY begun_at) AS run
    FROM followed
),
named AS MATERIALIZED (
    SELECT *, first_value(id) OVER (PARTITION BY junction_id, lane, vehicle_class, quarter, run ORDER BY begun_at) AS kept_id
    FROM numbered
),
gone AS (
    DELETE FROM junctions_flow f USING named n WHERE f.id = n.id AND n.id <> n.kept_id RETURNING f.id
),
kept AS (
    UPDATE junctions_flow f SET ended_at = t.ended_at, vehicles = t.vehicles, counts = t.counts, quality = t.quality,
                                occupancy = t.occupancy, speed_kmh = t.speed_kmh
    FROM (
        SELECT kept_id, max(ended_at) AS ended_at, sum(vehicles) AS vehicles, sum(counts) AS counts,
               round(sum(quality * seconds) / sum(seconds), 2) AS quality,
               round(sum(occupancy * seconds) / sum(seconds) FILTER (WHERE occupancy IS NOT NULL), 3) AS occupancy,
               round(sum(speed_kmh * greatest(vehicles, 1)) / sum(greatest(vehicles, 1)) FILTER (WHERE speed_kmh IS NOT NULL), 1) AS speed_kmh
        FROM named GROUP BY kept_id HAVING count(*) > 1
    ) t WHERE f.id = t.kept_id RETURNING f.id
)
SELECT id FROM gone UNION ALL SELECT id FROM kept
"""


def put_counts_together(*, at: datetime) -> int:
    """Make quarters of an hour of the single counts beyond their retention, day by day; gives how many days.

    Raises NoSuch where the retention is not set.
    """
    last = timezone.localdate(at) - timedelta(days=int(rule("flow_days", at=at)))
    oldest = Flow.objects.filter(begun_at__lt=midnight(last)).order_by("begun_at").values_list("begun_at", flat=True).first()
    if oldest is None:
        return 0
    first = timezone.localdate(oldest)
    known = set(FlowDay.objects.filter(day__gte=first).values_list("day", flat=True))
    days = [first + timedelta(days=n) for n in range((last - first).days)]
    for day in days:
        if day not in known:
            _put_together(day, at=at)
    return len(set(days) - known)


@transaction.atomic
def _put_together(day: date, *, at: datetime) -> None:
    rows = Flow.objects.filter(begun_at__gte=midnight(day), begun_at__lt=midnight(day + A_DAY))
    before = rows.count()
    with connection.cursor() as cursor:
        cursor.execute(_TOGETHER, {"trusted": TRUSTED, "first": midnight(day), "last": midnight(day + A_DAY)})
        forgotten([pk for (pk,) in cursor.fetchall()])
    FlowDay.objects.create(day=day, counts=before, rows=rows.count(), done_at=at)


def drop_old_counts(*, at: datetime) -> int:
    """Delete counts beyond the retention of quarters, day by day; gives how many rows. Raises NoSuch where it is not set."""
    before = at - timedelta(days=366 * int(rule("flow_quarter_years", at=at)))
    dropped = 0
    while oldest := Flow.objects.filter(begun_at__lt=before).order_by("begun_at").values_list("begun_at", flat=True).first():
        with transaction.atomic(), connection.cursor() as cursor:
            until = min(before, midnight(timezone.localdate(oldest) + A_DAY))
            cursor.execute("DELETE FROM junctions_flow WHERE begun_at < %s RETURNING id", [until])
            gone = [pk for (pk,) in cursor.fetchall()]
            forgotten(gone)
            dropped += len(gone)
    FlowDay.objects.filter(day__lt=timezone.localdate(before)).delete()
    return dropped


def drop_old_reasons(*, at: datetime) -> int:
    """Drop the months of decisions and verdicts beyond their retention; gives how many. Raises NoSuch where it is not set."""
    dropped = 0
    for log, name in REASONS.items():
        with connection.cursor() as cursor:
            cursor.execute("SELECT junctions_drop_log(%s, %s)", [log, at - timedelta(days=rule(name, at=at))])
            dropped += int(cursor.fetchone()[0])
    return dropped
