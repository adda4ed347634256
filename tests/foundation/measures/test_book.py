"""The book of contributions follows every change, forgets nothing and says the same as the records."""

import importlib.util
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from langbiang.foundation.access import SYSTEM
from langbiang.foundation.events.models import EventRow
from langbiang.foundation.events.registry import EventRecord, subscribers_of
from langbiang.foundation.measures import Scope, book, counting, declaring, following, queries, verifying
from langbiang.foundation.measures.models import Book, Fact, Waiting
from langbiang.government.cases.models import Case
from tests.government.cases.world import World, build

pytestmark = pytest.mark.django_db
NAMES = sorted(each.name for each in queries.every())
CASES = queries.known("cases.received").records


@pytest.fixture(autouse=True)
def _looked_at_anew() -> Iterator[None]:
    book.forget()
    yield
    book.forget()


@pytest.fixture
def world() -> World:
    return build()


def fill(at: datetime | None = None) -> None:
    for records in declaring.record_sets():
        book.rebuild(records, at=lambda: at or timezone.now())


def changed(*cases: Case) -> None:
    """As if an event had been told of these."""
    following.note(CASES, [case.pk for case in cases])
    book.follow(at=timezone.now)


def set_to(case: Case, **columns: Any) -> Case:
    Case.objects.filter(pk=case.pk).update(**columns)
    return case


def last_month() -> Scope:
    day = timezone.localdate()
    return Scope(day - timedelta(days=29), day)


def top(name: str, **changes: Any) -> int:
    scope = last_month()
    return queries.total(name, Scope(**{**vars(scope), **changes})).top


def varied(world: World, count: int = 40) -> list[Case]:
    """Cases of every kind of end, over two agencies and the last three weeks."""
    dice, now = random.Random(5), timezone.now()
    cases = []
    for n in range(count):
        case = world.accepted(now - timedelta(hours=dice.randint(1, 500)))
        received = case.received_at
        assert received is not None
        ended = received + timedelta(hours=dice.randint(1, 200))
        due = received + timedelta(hours=dice.randint(1, 150))
        kind = dice.choice(["open", "decided", "stopped", "returned"])
        columns: dict[str, Any] = {"due_current": due, "field": dice.choice(["justice", "land"]),
                                   "intake": dice.choice(["online", "direct"])}  # fmt: skip
        if kind in ("decided", "returned"):
            columns |= {"processing_end_at": ended, "business": kind}
        if kind == "returned":
            columns |= {"handed_over_at": ended + timedelta(hours=3)}
        if kind == "stopped":
            columns |= {"closed_at": ended, "business": "stopped"}
        if n % 3:
            columns["competent_unit"] = world.department
        cases.append(set_to(case, **columns))
    return cases


@pytest.mark.parametrize("name", NAMES)
def test_every_measure_says_the_same_by_book_and_by_records(world: World, name: str) -> None:
    varied(world)
    fill()
    viewers = [world.officer("officer"), world.officer("reviewer", world.neighbour), SYSTEM]
    verdict = verifying.verify(name, samples=12, seed=7, until=timezone.localdate(), viewers=viewers)
    assert verdict.kept
    assert verdict.checks > 100
    assert verdict.failures == []


def test_a_wrong_sum_is_found(world: World) -> None:
    varied(world, 8)
    fill()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE measures_month SET amount = amount + 1")
        cursor.execute("UPDATE measures_day SET amount = amount + 1")
    assert verifying.verify("cases.received", samples=0, seed=1, until=timezone.localdate()).failures


def test_of_a_period_that_had_not_begun_nothing_was_known(world: World) -> None:
    """On the morning a case came in; asked, as known that noon, about the days after it."""
    morning = (timezone.localtime() - timedelta(days=20)).replace(hour=9, minute=0)
    world.accepted(morning)
    fill()
    noon = morning.replace(hour=12)
    day = noon.date()
    assert top("cases.received", first=day, last=day, known_at=noon) == 1
    assert top("cases.received", first=day + timedelta(days=3), last=day + timedelta(days=9), known_at=noon) == 0


def test_rights_that_add_records_or_change_the_number_are_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    varied(world, 12)
    fill()
    found = queries.known("cases.received")
    viewer = world.officer("officer", world.neighbour)
    asked = {"samples": 2, "seed": 1, "until": timezone.localdate(), "viewers": [viewer]}
    assert verifying.verify("cases.received", **asked).failures == []
    real = queries.records

    def too_many(actor: Any, *args: Any, **given: Any) -> Any:
        return real(SYSTEM, *args, **given)

    monkeypatch.setattr(queries, "records", too_many)
    assert any(viewer.label in line for line in verifying.verify(found.name, **asked).failures)


def test_rooms_that_declare_measures_bring_their_demo_before_the_books_are_filled() -> None:
    """Records made in bulk tell no events: a book filled before them would not know them."""
    from langbiang.site.commands.demo import ORDER
    from langbiang.site.rooms import INSTALLED_ROOMS

    rooms = {room.rsplit(".", 1)[-1]: room for room in INSTALLED_ROOMS}
    counting_rooms = {name for name, room in rooms.items() if importlib.util.find_spec(f"{room}.measures")} - {"measures"}
    assert {"cases", "indicators"} <= counting_rooms
    assert all(ORDER.index(name) < ORDER.index("measures") for name in counting_rooms if name in ORDER)


def test_a_change_moves_the_figure_and_the_agency_is_told(world: World) -> None:
    case = world.accepted(timezone.now() - timedelta(hours=4))
    fill()
    assert (top("cases.open"), top("cases.completed")) == (1, 0)
    changed(set_to(case, processing_end_at=timezone.now() - timedelta(minutes=1), business="decided"))
    assert (top("cases.open"), top("cases.completed")) == (0, 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT agency_id FROM events_event WHERE name = 'measures.moved'")
        assert cursor.fetchall() == [(case.competent_unit_id,)]


def test_the_same_twice_changes_nothing(world: World) -> None:
    cases = varied(world, 10)
    fill()
    before = list(Fact.objects.values_list("part_id", "record_id", "at", "amount", "known_from", "known_to").order_by("part_id", "record_id", "at"))
    changed(*cases)
    fill()
    assert before == list(Fact.objects.values_list("part_id", "record_id", "at", "amount", "known_from", "known_to").order_by("part_id", "record_id", "at"))


def test_what_was_known_then_stays(world: World) -> None:
    cases = varied(world, 12)
    fill()
    moments, answers = [], []
    dice = random.Random(3)
    for case in dice.sample(cases, 8):
        moments.append(timezone.now())
        answers.append({name: queries.by_agency(name, Scope(**{**vars(last_month()), "known_at": moments[-1]})) for name in NAMES})
        case.refresh_from_db()
        assert case.received_at is not None
        changed(set_to(case, due_current=case.received_at + timedelta(hours=dice.randint(1, 300)),
                       processing_end_at=timezone.now(), closed_at=None, business="decided"))  # fmt: skip
    for moment, answer in zip(moments, answers, strict=True):
        scope = Scope(**{**vars(last_month()), "known_at": moment})
        assert {name: queries.by_agency(name, scope) for name in NAMES} == answer
        for name in ("cases.open", "cases.overdue", "cases.due", "cases.received"):
            shown = queries.records(SYSTEM, name, scope, limit=100)
            assert len(shown.rows) == shown.total == shown.openable == queries.total(name, scope).top


def test_a_record_that_is_gone_counts_no_more(world: World) -> None:
    case = world.accepted(timezone.now() - timedelta(hours=4))
    fill()
    set_to(case, received_at=None, business="submitted", code=None)
    assert top("cases.received") == 1
    fill()
    assert top("cases.received") == 0


def test_a_filter_narrows_figure_and_records_alike(world: World) -> None:
    varied(world)
    fill()
    scope = Scope(**{**vars(last_month()), "filters": {"field": "land", "intake": "online"}})
    found = queries.records(SYSTEM, "cases.received", scope, limit=100)
    assert 0 < found.total == len(found.rows) < top("cases.received")
    assert {(case.field, case.intake) for case in found.rows} == {("land", "online")}


def test_the_book_is_only_added_to(world: World) -> None:
    world.accepted(timezone.now() - timedelta(hours=4))
    fill()
    for statement in ("DELETE FROM measures_fact", "UPDATE measures_fact SET amount = 2"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_book_for_other_declarations_is_not_believed(world: World) -> None:
    world.accepted(timezone.now() - timedelta(hours=4))
    fill()
    assert book.is_kept(CASES)
    Book.objects.filter(records="cases").update(digest="of something else")
    book.forget()
    assert not book.is_kept(CASES)
    assert top("cases.received") == counting.by_agency(queries.known("cases.received"), last_month())[world.commune.pk].top


def test_what_happened_to_a_case_is_noted_with_the_event(world: World) -> None:
    case = world.accepted(timezone.now() - timedelta(hours=4))
    for row in EventRow.objects.filter(subject=f"case:{case.pk}"):
        record = EventRecord(row.pk, row.name, row.at, row.agency_id, row.subject, row.payload, row.actor_label)
        subscribers_of(row.name)["measures.cases"](record)
    assert set(Waiting.objects.filter(records="cases").values_list("record_id", flat=True)) == {case.pk}


def test_a_figure_is_one_statement(world: World, django_assert_num_queries: Any) -> None:
    varied(world, 6)
    fill()
    queries.total("cases.on_time", last_month())
    with django_assert_num_queries(1):
        queries.by_agency("cases.on_time", last_month())
    with django_assert_num_queries(2):
        queries.by_day("cases.open", last_month())


class BrokenOff(Exception):
    """The filling was killed here."""


def broken_off(records: declaring.RecordSet) -> None:
    """Fill a book and be killed after the first record."""

    def stop(_done: int, _of: int) -> None:
        raise BrokenOff

    with pytest.MonkeyPatch.context() as patch, pytest.raises(BrokenOff):
        patch.setattr(book, "CHUNK", 1)
        book.rebuild(records, at=timezone.now, progress=stop)


def test_a_first_filling_that_was_broken_off_goes_on_as_a_first_filling(world: World) -> None:
    now = timezone.now()
    for days in (9, 8, 7):
        world.accepted(now - timedelta(days=days))
    broken_off(CASES)
    assert 0 < Fact.objects.filter(part_id__in=book.written(CASES).parts).values("record_id").distinct().count() < 3
    assert not book.is_kept(CASES)
    fill()
    assert book.is_kept(CASES)
    assert [top("cases.received", known_at=now - timedelta(days=days, hours=-1)) for days in (9, 8, 7, 6)] == [1, 2, 3, 3]
    assert Book.objects.get(records="cases").parts == book.written(CASES).parts


def test_what_changed_between_two_fillings_is_known_once_at_every_moment(world: World) -> None:
    now = timezone.now()
    first = world.accepted(now - timedelta(days=9))
    world.accepted(now - timedelta(days=8))
    broken_off(CASES)
    set_to(first, competent_unit=world.neighbour)
    fill()
    for moment in (now - timedelta(days=7), timezone.now()):
        found = queries.by_agency("cases.received", Scope(**{**vars(last_month()), "known_at": moment}))
        assert sum(value.top for value in found.values()) == 2
    assert queries.by_agency("cases.received", last_month())[world.neighbour.pk].top == 1


def test_what_a_book_complete_before_learns_later_is_news(world: World) -> None:
    now = timezone.now()
    world.accepted(now - timedelta(days=9))
    fill()
    world.accepted(now - timedelta(days=8))
    fill()
    assert top("cases.received", known_at=now) == 1
    assert top("cases.received") == 2


@pytest.mark.parametrize("name", ["cases.received", "cases.on_time", "cases.open", "cases.overdue", "cases.fees_paid"])
@pytest.mark.parametrize("is_kept", [True, False])
def test_every_day_of_every_agency_is_what_that_day_says_by_itself(
    world: World, name: str, is_kept: bool, django_assert_max_num_queries: Any
) -> None:
    varied(world, 25)
    if is_kept:
        fill()
    day = timezone.localdate()
    scope = Scope(day - timedelta(days=12), day, None, {"field": "justice"})
    with django_assert_max_num_queries(6):  # with those for the filter, and whether a book is kept
        found = queries.values_by_agency_and_day(name, scope)
    for each in scope.days:
        alone = queries.by_agency(name, Scope(each, each, None, scope.filters))
        told = {agency: values[each] for agency, values in found.items() if each in values and (values[each].top or values[each].base)}
        assert told == alone
