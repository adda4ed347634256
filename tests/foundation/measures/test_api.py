"""Figures for other systems: the same as on the pages, within what the holder of the key may see."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from langbiang.foundation.access import SYSTEM
from langbiang.foundation.accounts import keys
from langbiang.foundation.measures import Scope, book, queries
from langbiang.government.cases.models import Case
from tests.government.cases.world import World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    keys._honoured.clear()
    book.forget()
    found = build()
    for n in range(6):
        case = found.accepted(timezone.now() - timedelta(hours=30 + n))
        if n < 2:
            Case.objects.filter(pk=case.pk).update(competent_unit=found.neighbour)
    return found


def ask(world: World, address: str, *, role: str = "leader", **asked: Any) -> Any:
    seat = world.officer(role).position_id
    assert seat is not None
    key = keys.issue_key(SYSTEM, name="Kho dữ liệu", position_id=seat, days=30, at=timezone.now())[1]
    day = timezone.localdate()
    period = {"first": day - timedelta(days=9), "last": day}
    return Client().get(f"/api/v1/measures{address}", {**period, **asked}, headers={"Authorization": f"Bearer {key}"})


def test_a_key_hears_what_can_be_counted(world: World) -> None:
    told = {each["name"]: each for each in ask(world, "").json()}
    assert told["cases.on_time"]["kind"] == "ratio"
    assert told["cases.open"]["kind"] == "stock"


def test_the_figure_covers_what_the_holder_may_see_and_no_more(world: World) -> None:
    answer = ask(world, "/cases.received")
    assert answer.status_code == 200, answer.content
    told = answer.json()
    day = timezone.localdate()
    scope = Scope(day - timedelta(days=9), day, frozenset({world.commune.pk}))
    assert told["whole"]["top"] == queries.total("cases.received", scope).top == 4
    assert [each["agency"] for each in told["agencies"]] == [world.commune.code]
    assert ask(world, "/cases.received", agency=world.neighbour.code).status_code == 404


def test_days_and_records_are_those_of_the_figure(world: World) -> None:
    days = ask(world, "/cases.received/series").json()["days"]
    records = ask(world, "/cases.received/records").json()
    assert sum(day["top"] for day in days) == records["total"] == len(records["rows"]) == 4


@pytest.mark.parametrize(
    ("address", "asked", "status"),
    [
        ("/no.such", {}, 404),
        ("/cases.received", {"first": "2026-02-30"}, 422),
        ("/cases.received", {"first": "2026-05-02", "last": "2026-05-01"}, 409),
        ("/cases.received", {"first": "1926-05-02", "last": "2026-05-01"}, 409),
        ("/cases.received", {"agency": "H00.00"}, 404),
    ],
    ids=str,
)
def test_what_cannot_be_answered_is_refused_in_words(world: World, address: str, asked: dict[str, str], status: int) -> None:
    refused = ask(world, address, **asked)
    assert refused.status_code == status
    assert refused.json()["title"]


def test_a_key_without_the_right_hears_nothing(world: World) -> None:
    assert ask(world, "/cases.received", role="receiver").status_code == 403


def test_a_figure_is_narrowed_by_every_filter_it_has(world: World) -> None:
    filters = {each["name"]: each["filters"] for each in ask(world, "").json()}
    assert {"junction", "class"} <= {name for names in filters.values() for name in names}
    assert ask(world, "/cases.received", procedure=world.procedure.code).json()["whole"]["top"] == 4
    assert ask(world, "/cases.received", intake="direct").json()["whole"]["top"] == 0
    flows = next(name for name, names in filters.items() if "class" in names)
    asked: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queries, "by_agency", lambda _name, scope: asked.append(scope.filters) or {})
        assert ask(world, f"/{flows}", junction="HVT", **{"class": "car"}).status_code == 200
    assert asked == [{"junction": "HVT", "class": "car"}]


@pytest.mark.parametrize("address", ["/cases.received", "/cases.received/series", "/cases.received/records"])
def test_a_filter_a_figure_does_not_have_is_refused_with_those_it_has(world: World, address: str) -> None:
    refused = ask(world, address, junction="HVT")
    assert refused.status_code == 409
    assert refused.json()["field"] == "junction"
    assert "procedure" in refused.content.decode()
