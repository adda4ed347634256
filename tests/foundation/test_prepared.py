"""Statements planned once, sent together, in order, and never lost or doubled."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from langbiang.foundation.numbering.models import Counter
from langbiang.foundation.people.models import Person
from langbiang.foundation.prepared import Reading, Statement, insert, together

pytestmark = pytest.mark.django_db

SUM = Statement("SELECT %s + %s", "integer", "integer")
PUT = Statement(
    "INSERT INTO numbering_counter (register, period, last) VALUES (%s, %s, %s)", "varchar", "varchar", "bigint"
)


def registers() -> list[str]:
    return list(Counter.objects.order_by("register").values_list("register", flat=True))


def test_a_statement_gives_the_rows_it_returns() -> None:
    assert SUM.run(2, 3) == [(5,)]
    assert SUM.run(4, 5) == [(9,)]


def test_a_statement_without_the_right_number_of_types_is_refused() -> None:
    with pytest.raises(ValueError):
        Statement("SELECT %s", "integer", "integer")


def test_it_works_the_same_without_plans(settings) -> None:
    settings.DB_PREPARED = False
    assert SUM.run(2, 3) == [(5,)]
    with together():
        PUT.write("a", "2026", 1)
        assert SUM.run(1, 1) == [(2,)]
    assert registers() == ["a"]


def test_a_plan_outlives_a_rollback() -> None:
    fresh = Statement("SELECT %s * 7", "integer")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        assert fresh.run(2) == [(14,)]
        raise ZeroDivisionError
    assert fresh.run(3) == [(21,)]


def test_what_nobody_waits_for_goes_in_one_message() -> None:
    PUT.run("warm", "2026", 1)
    with CaptureQueriesContext(connection) as asked, together():
        for name in "abc":
            PUT.write(name, "2026", 1)
    assert len(asked) == 1
    assert registers() == ["a", "b", "c", "warm"]


def test_an_answer_is_given_after_all_that_was_written_before() -> None:
    count = Statement("SELECT count(*) FROM numbering_counter")
    with together():
        PUT.write("a", "2026", 1)
        PUT.write("b", "2026", 1)
        assert count.run() == [(2,)]
        PUT.write("c", "2026", 1)
        assert count.run() == [(3,)]


def test_any_other_query_sees_what_was_written_before_it() -> None:
    with together():
        PUT.write("a", "2026", 1)
        assert registers() == ["a"]
        PUT.write("b", "2026", 1)
        Counter.objects.create(register="c", period="2026", last=1)
        assert registers() == ["a", "b", "c"]


def test_one_inside_another_waits_for_the_outer_one() -> None:
    SUM.run(1, 1)
    PUT.run("warm", "2026", 1)
    with CaptureQueriesContext(connection) as asked, together():
        PUT.write("a", "2026", 1)
        with together():
            PUT.write("b", "2026", 1)
        PUT.write("c", "2026", 1)
    assert len(asked) == 1


def test_an_error_drops_what_waits_and_the_next_one_starts_anew() -> None:
    with pytest.raises(ZeroDivisionError), together():
        PUT.write("lost", "2026", 1)
        raise ZeroDivisionError
    with together():
        PUT.write("kept", "2026", 1)
    assert registers() == ["kept"]


def test_an_error_of_the_database_is_raised_and_nothing_of_the_message_stays() -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), together():
        PUT.write("a", "2026", 1)
        PUT.write("a", "2026", 1)
    assert registers() == []


def test_percent_signs_and_quotes_in_values_stay_what_they_are() -> None:
    with together():
        PUT.write("100 %s '; DROP TABLE numbering_counter; --", "2026", 1)
        PUT.write("b", "2026", 1)
    assert registers() == ["100 %s '; DROP TABLE numbering_counter; --", "b"]


def test_a_row_is_added_as_its_model_says() -> None:
    insert(Counter(register="a", period="2026", last=7))
    assert Counter.objects.get(register="a").last == 7


def test_a_reading_gives_the_object_django_would_give(django_assert_num_queries) -> None:
    from django.utils import timezone

    now = timezone.now()
    made = Person.objects.create(
        kind="citizen", identity_no="068199000018", full_name="Trần Thị Bưởi", source="counter", created_at=now, updated_at=now
    )  # fmt: skip
    by_number: Reading[Person] = Reading("people.Person", "identity_no = %s", "varchar")
    found = by_number.first("068199000018")
    assert found is not None
    fields = [f.attname for f in Person._meta.concrete_fields]
    django = Person.objects.get(pk=made.pk)
    assert {f: getattr(found, f) for f in fields} == {f: getattr(django, f) for f in fields}
    assert by_number.first("000000000000") is None
