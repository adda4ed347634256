"""What is kept for how long: single counts, quarters, and the sentences of control; and that no figure moves with it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from langbiang.city.junctions import following, services
from langbiang.city.junctions.measures import FLOWS
from langbiang.city.junctions.models import Decision, Flow, FlowDay, Rule, Verdict
from langbiang.foundation.measures import Scope, book, queries
from langbiang.foundation.measures.models import Waiting
from tests.city.junctions.conftest import NOW, Control

FIVE = timedelta(minutes=5)
OLD = datetime(2026, 7, 1, 0, 0, tzinfo=UTC)  # 07:00 in Đà Lạt, more than 90 days before NOW
DAY = date(2026, 7, 1)


def keep(control: Control, n: int, *, vehicles: int = 10, quality: float = 0.9, begun: datetime = OLD, **changes: Any) -> Flow:
    """The nth count of five minutes."""
    told = {
        "junction": control.junctions["kim-cuc"], "lane": "N1", "vehicle_class": "vehicle", "begun_at": begun + n * FIVE,
        "ended_at": begun + (n + 1) * FIVE, "vehicles": vehicles, "quality": quality,
    }  # fmt: skip
    return Flow.objects.create(**{**told, **changes})


def rows(**which: Any) -> list[tuple[int, int, int, int]]:
    """Begin and end in minutes, vehicles, counts."""
    return [
        (int((row.begun_at - OLD).total_seconds()) // 60, int((row.ended_at - OLD).total_seconds()) // 60, row.vehicles, row.counts)
        for row in Flow.objects.filter(**which).order_by("lane", "vehicle_class", "begun_at")
    ]


def test_old_counts_of_a_quarter_become_one_and_young_ones_stay(control: Control) -> None:
    for n in range(6):
        keep(control, n, vehicles=n + 1, quality=(0.8, 0.9, 1.0)[n % 3], occupancy=0.1 * n, speed_kmh=30 + n)
        keep(control, n, begun=NOW)
    assert services.put_counts_together(at=NOW) > 0
    assert rows(begun_at__lt=NOW) == [(0, 15, 6, 3), (15, 30, 15, 3)]
    first = Flow.objects.order_by("begun_at")[0]
    assert (float(first.quality), float(first.occupancy or 0)) == (0.9, 0.1)
    assert float(first.speed_kmh or 0) == pytest.approx((30 + 2 * 31 + 3 * 32) / 6, abs=0.06)
    assert Flow.objects.filter(begun_at__gte=NOW).count() == 6
    done = FlowDay.objects.get(day=DAY)
    assert (done.counts, done.rows) == (6, 2)


def test_it_is_done_once_a_day_and_a_missed_night_is_made_up_for(control: Control) -> None:
    keep(control, 0)
    keep(control, 0, begun=OLD + timedelta(days=2))
    last = timezone.localdate(NOW) - timedelta(days=90)
    assert services.put_counts_together(at=NOW) == (last - DAY).days
    assert services.put_counts_together(at=NOW) == 0
    assert services.put_counts_together(at=NOW + timedelta(days=3)) == 3


def test_what_is_not_alike_or_not_adjacent_stays_apart(control: Control) -> None:
    for n in (0, 2):  # nobody counted between them
        keep(control, n)
    for n, quality in enumerate((0.9, 0.4, 0.9)):
        keep(control, n, lane="N2", quality=quality)
    for n, source in enumerate(("a", "a", "b")):
        keep(control, n, lane="N3", source=source)
    for n, kind in enumerate(("car", "car", "bus")):
        keep(control, n, lane="N4", vehicle_class=kind)
    for n in (2, 3):  # of two quarters
        keep(control, n, lane="N5")
    keep(control, 0, lane="N6", ended_at=OLD + timedelta(minutes=20))  # longer than a quarter
    services.put_counts_together(at=NOW)
    assert rows(lane="N1") == [(0, 5, 10, 1), (10, 15, 10, 1)]
    assert rows(lane="N2") == [(0, 5, 10, 1), (5, 10, 10, 1), (10, 15, 10, 1)]
    assert rows(lane="N3") == [(0, 10, 20, 2), (10, 15, 10, 1)]
    assert rows(lane="N4") == [(10, 15, 10, 1), (0, 10, 20, 2)]
    assert rows(lane="N5") == [(10, 15, 10, 1), (15, 20, 10, 1)]
    assert rows(lane="N6") == [(0, 20, 10, 1)]


def figures() -> list[float | None]:
    return [queries.total(name, Scope(DAY, DAY)).number for name in ("traffic.vehicles", "traffic.trusted_counts")]


def test_the_figures_of_the_day_are_the_same_before_and_after_from_the_records_and_from_the_book(control: Control) -> None:
    for n in range(30):
        keep(control, n, vehicles=n, quality=0.2 if n % 7 == 3 else 0.9)
    before = figures()
    book.forget()
    book.rebuild(FLOWS, at=timezone.now)
    assert figures() == before
    services.put_counts_together(at=NOW)
    assert Flow.objects.count() < 30
    while Waiting.objects.filter(records=FLOWS.name).exists():
        book.follow(at=timezone.now)
    assert figures() == before, "in the book"
    book.rebuild(FLOWS, at=timezone.now)
    assert figures() == before, "in a book made anew"
    book.forget()


def test_a_day_put_together_takes_no_single_count_any_more(control: Control) -> None:
    for n in range(3):
        keep(control, n)
    services.put_counts_together(at=NOW)
    told = {"lane": "N1", "vehicle_class": "vehicle", "begun_at": OLD, "ended_at": OLD + FIVE, "vehicles": 1, "quality": 1.0}
    with pytest.raises(following.BadReport, match="put together"):
        following.report_flow("kim-cuc", **told)  # type: ignore[arg-type]  # named values of one type
    with pytest.raises(following.BadReport, match="a day at most"):
        following.report_flow("kim-cuc", **{**told, "ended_at": OLD + timedelta(days=2)})  # type: ignore[arg-type]  # named values of one type
    assert rows() == [(0, 15, 30, 3)]


def test_quarters_go_after_their_years_and_the_rule_is_data(control: Control) -> None:
    for days in (0, 1, 2):
        keep(control, 0, begun=OLD + timedelta(days=days))
    services.put_counts_together(at=NOW)
    assert services.drop_old_counts(at=OLD + timedelta(days=5 * 366)) == 0
    assert services.drop_old_counts(at=OLD + timedelta(days=5 * 366 + 1, hours=1)) == 2
    assert Flow.objects.count() == 1
    assert not FlowDay.objects.filter(day__lte=DAY).exists()
    Rule.objects.filter(name="flow_quarter_years").update(value=1)
    assert services.drop_old_counts(at=OLD + timedelta(days=366 + 3)) == 1


def test_what_is_taken_away_is_told_to_the_book(control: Control) -> None:
    old = keep(control, 0)
    book.forget()
    book.rebuild(FLOWS, at=timezone.now)
    services.drop_old_counts(at=OLD + timedelta(days=5 * 366 + 1))
    assert list(Waiting.objects.filter(records=FLOWS.name).values_list("record_id", flat=True)) == [old.pk]
    book.forget()


def months(log: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relname ~ %s", [f"^{log}_[0-9]{{6}}$"])
        return {name[-6:] for (name,) in cursor.fetchall()}


def test_months_of_decisions_and_verdicts_are_dropped_after_their_days(control: Control) -> None:
    # The database reckons the last 30 days from its own clock: the old month lies before that, whatever the day of the test.
    old = datetime(2026, 1, 5, 3, tzinfo=UTC)
    for at in (old, NOW):
        following.report_decision("kim-cuc", at=at, controller="ours", stage="2", reason="x")
        following.report_verdict("kim-cuc", at=at, outcome="deny", rule="G3", stage="2", text="x")
    assert services.drop_old_reasons(at=old + timedelta(days=90 + 20)) == 0, "the month has not ended before the retention"
    Rule.objects.filter(name="verdict_log_days").update(value=120)
    assert services.drop_old_reasons(at=old + timedelta(days=90 + 28)) == 1
    assert "202601" not in months("junctions_decision")
    assert "202601" in months("junctions_verdict")
    assert (Decision.objects.count(), Verdict.objects.count()) == (1, 2)


@pytest.mark.parametrize(
    ("log", "before", "why"),
    [
        ("junctions_decision", "now() - interval '29 days'", "last 30 days"), ("junctions_verdict", "now()", "last 30 days"),
        ("audit_entry", "now() - interval '1 year'", "nothing of audit_entry"),
    ],
)  # fmt: skip
def test_neither_the_last_month_nor_another_table_can_be_dropped(control: Control, log: str, before: str, why: str) -> None:
    with pytest.raises(DatabaseError, match=why), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT junctions_drop_log(%s, {before})", [log])


def test_what_is_asked_for_by_time_finds_an_index(control: Control) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for asked in ("begun_at >= now() - interval '1 hour'", "begun_at > now() - interval '1 day' ORDER BY begun_at, id"):
            cursor.execute(f"EXPLAIN SELECT * FROM junctions_flow WHERE {asked}")
            assert "junctions_flow_begun" in "".join(line for (line,) in cursor.fetchall())
