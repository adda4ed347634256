"""The counters against an independent count of every case, in full and case by case."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from procrastinate.contrib.django import app

from langbiang.foundation.events.models import EventRow
from langbiang.foundation.events.services import deliver
from langbiang.government.cases import services as case_services
from langbiang.government.cases.models import Case, Rating
from langbiang.government.quality import bruteforce, queries, tasks
from langbiang.government.quality.counting import COUNTERS
from langbiang.government.quality.models import DayCounter, Scheme
from langbiang.government.quality.services import checking, counters
from tests.government.cases.world import MORNING, World
from tests.government.quality.generated import Generated

NOW = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)


def table() -> dict[tuple[object, ...], dict[str, int]]:
    """The counters that are not all zero."""
    rows = {
        (r.day, r.agency_id, r.officer_id, r.procedure_id, r.field): {n: getattr(r, n) for n in COUNTERS}
        for r in DayCounter.objects.all()
    }
    return {key: row for key, row in rows.items() if any(row.values())}


@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"due": "original"},
        {"extension_needs_apology": False, "satisfied_from": 4},
        {"online_payment_marks": ["online"], "online_intakes": ["online", "portal", "kiosk"]},
    ],
)
def test_a_full_count_equals_the_independent_count_of_every_case(generated: Generated, rules: dict) -> None:
    scheme = Scheme.objects.get()
    scheme.rules |= rules
    scheme.save()
    counters.recompute(at=NOW)
    found = checking.check(at=NOW)
    assert found.differences == []
    assert found.agrees
    assert found.totals


def test_every_kind_of_loss_is_among_the_generated_cases(generated: Generated) -> None:
    counters.recompute(at=NOW)
    scheme = queries.rows_in_force(NOW.date())
    sums = queries.counters_of(scheme.rows, period=queries.period_of("2026", today=NOW.date()))
    for row in scheme.rows:
        if row.is_measured and not row.numerator.startswith("procedures."):
            assert 0 < sums[row.numerator] < sums[row.denominator], row.code
    assert sums["refused"] > 0


def test_counting_case_by_case_gives_what_a_full_count_gives(generated: Generated) -> None:
    for pk in Case.objects.values_list("pk", flat=True)[:150]:
        counters.refresh([pk], on=NOW.date())
    counters.refresh(list(Case.objects.values_list("pk", flat=True)), on=NOW.date())
    one_by_one = table()
    counters.recompute(at=NOW)
    assert one_by_one == table()


def test_a_change_of_a_case_moves_the_counters_by_the_difference_and_twice_is_as_once(generated: Generated) -> None:
    counters.recompute(at=NOW)
    case = Case.objects.filter(business="processing").order_by("pk")[0]
    case.business, case.processing_end_at = "decided", NOW
    case.save()
    Rating.objects.filter(case=case).delete()
    Rating.objects.create(case=case, score=1, at=NOW)
    counters.refresh([case.pk], on=NOW.date())
    counters.refresh([case.pk], on=NOW.date())
    assert checking.check(at=NOW).differences == []


def test_a_wrong_counter_is_found_by_the_check(generated: Generated) -> None:
    counters.recompute(at=NOW)
    row = DayCounter.objects.filter(on_time__gt=0)[0]
    DayCounter.objects.filter(pk=row.pk).update(on_time=row.on_time - 1)
    found = checking.check(at=NOW)
    assert not found.agrees
    assert "on_time" in found.differences[0]


def test_parts_add_up_to_the_whole_in_every_direction(generated: Generated) -> None:
    counters.recompute(at=NOW)
    rows = queries.rows_in_force(NOW.date()).rows
    period = queries.period_of("2026", today=NOW.date())
    whole = queries.counters_of(rows, period=period)
    for dimension in queries.DIMENSIONS:
        lines = queries.lines_by(rows, dimension, period=period)
        assert sum(line.received for line in lines) == whole["received"]
        assert sum(line.ended for line in lines) == whole["ended"]


def test_each_line_of_a_table_is_the_index_of_that_agency(generated: Generated) -> None:
    counters.recompute(at=NOW)
    rows = queries.rows_in_force(NOW.date()).rows
    period = queries.period_of("2026-Q2", today=NOW.date())
    for line in queries.lines_by(rows, "agency", period=period):
        alone = queries.index_of(rows, period=period, scope=queries.Scope(agency_ids=frozenset({line.key})))
        assert line.total == pytest.approx(alone.total)


def test_a_table_of_agencies_asks_two_statements(generated: Generated, django_assert_num_queries) -> None:
    counters.recompute(at=NOW)
    rows = queries.rows_in_force(NOW.date()).rows
    with django_assert_num_queries(2):
        queries.lines_by(rows, "agency", period=queries.period_of("2026", today=NOW.date()))


@pytest.mark.parametrize(
    ("key", "first", "last"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        ("nonsense", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-Q9", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_has_its_first_and_last_day(key: str, first: date, last: date) -> None:
    found = queries.period_of(key, today=NOW.date())
    assert (found.first, found.last) == (first, last)


def test_a_case_is_counted_on_the_local_day(generated: Generated) -> None:
    case = Case.objects.filter(business="processing").order_by("pk")[0]
    Case.objects.filter(pk=case.pk).update(received_at=datetime(2026, 6, 30, 17, 30, tzinfo=UTC))
    counters.refresh([case.pk], on=NOW.date())
    with connection.cursor() as cursor:
        cursor.execute("SELECT received_day FROM quality_casefact WHERE case_id = %s", [case.pk])
        assert cursor.fetchone() == (date(2026, 7, 1),)
    rules = Scheme.objects.get().rules
    assert any(key[0] == date(2026, 7, 1) for key in bruteforce.count(rules, zone=settings.TIME_ZONE))


def test_the_demo_counts_the_cases_and_says_that_the_scores_are_made_up(generated: Generated) -> None:
    from langbiang.foundation.places import reference as places_reference
    from langbiang.government.quality import demo
    from langbiang.government.quality.models import CaseFact, ProvinceScore

    places_reference.load(at=NOW)
    demo.load(at=NOW, seed=68, progress=lambda done, total: None)
    assert CaseFact.objects.exists()
    assert ProvinceScore.objects.count() in (0, 33)
    assert all("giả định" in score.source for score in ProvinceScore.objects.all())


def test_a_rating_moves_the_counters(world: World) -> None:
    case = world.accepted()
    Case.objects.filter(pk=case.pk).update(business="returned", processing_end_at=MORNING + timedelta(hours=5))
    counters.recompute(at=NOW)
    before = sums()
    assert (before["ended"], before["rated"]) == (1, 0)
    case_services.rate(world.citizen, case_id=case.pk, score=5, at=NOW)
    for row in EventRow.objects.filter(name="cases.rated"):
        deliver(row.pk)
        deliver(row.pk)
    assert sums() == before | {"rated": 1, "satisfied": 1}
    assert checking.check(at=NOW).differences == []


def test_what_no_event_told_of_is_counted_at_night(generated: Generated) -> None:
    counters.refresh(list(Case.objects.values_list("pk", flat=True)), on=NOW.date())
    case = Case.objects.filter(business="processing").order_by("pk")[0]
    Case.objects.filter(pk=case.pk).update(business="decided", processing_end_at=NOW)
    assert checking.check(at=NOW).differences
    tasks.recompute(timestamp=0)
    assert checking.check(at=NOW).differences == []
    assert "quality.recompute" in {each.task.name for each in app.periodic_registry.periodic_tasks.values()}


def sums() -> dict[str, int]:
    return {name: sum(getattr(row, name) for row in DayCounter.objects.all()) for name in COUNTERS}
