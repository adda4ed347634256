"""Questions nobody foresaw are answered over the exports, within what the asker may see, outside the web process."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from langbiang.foundation.access import Actor, Forbidden
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.measures import Scope, analysing, analysis, book, declaring, exporting, queries
from langbiang.foundation.measures.models import Analysis, Book
from tests.government.cases.world import World, build

from .test_book import varied

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _looked_at_anew(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.HOME = tmp_path
    book.forget()
    yield
    book.forget()


@pytest.fixture
def world() -> World:
    found = build()
    varied(found)
    for records in declaring.record_sets():
        book.rebuild(records, at=timezone.now)
    exporting.export(at=timezone.now())
    return found


def period() -> tuple[Any, Any]:
    day = timezone.localdate()
    return day - timedelta(days=40), day


def answered(actor: Actor, measure: str, *by: str, **filters: str) -> list[list[Any]]:
    first, last = period()
    row = analysis.ask(actor, measure=measure, first=first, last=last, by=by, filters=filters, at=timezone.now())
    analysis.work_out(analysis_id=row.pk, at=timezone.now())
    row.refresh_from_db()
    assert row.state == "done", row.answer
    rows: list[list[Any]] = row.answer["rows"]
    return rows


def everywhere(world: World) -> Actor:
    """A leader of the whole province."""
    here = world.officer("leader")
    return replace(here, grants=tuple(replace(grant, agency_ids=None) for grant in here.grants))


@pytest.mark.parametrize("name", [each.name for each in queries.every()])
def test_the_groups_add_up_to_the_figure(world: World, name: str) -> None:
    scope = Scope(*period())
    rows = answered(everywhere(world), name, "agency")
    whole = queries.total(name, replace(scope))
    assert sum(row[-2] for row in rows) == whole.top
    if whole.base is not None:
        assert sum(row[-1] for row in rows) == whole.base
    assert {int(row[0]): row[-2] for row in rows if row[-2]} == {
        agency: value.top for agency, value in queries.by_agency(name, scope).items() if value.top
    }


def test_a_share_of_groups_is_the_ratio_of_their_sums(world: World) -> None:
    for field, number, top, base in answered(everywhere(world), "cases.on_time", "field"):
        assert field in ("justice", "land")
        assert number == pytest.approx(100 * top / base)


def test_several_keys_and_filters_work_together(world: World) -> None:
    rows = answered(everywhere(world), "cases.received", "month", "field", "agency", intake="online")
    first, last = period()
    assert sum(row[-2] for row in rows) == queries.total("cases.received", Scope(first, last, None, {"intake": "online"})).top
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)


def test_only_what_the_asker_may_see_is_counted(world: World) -> None:
    rows = answered(world.officer("leader"), "cases.received", "agency")
    assert {int(row[0]) for row in rows} == {world.commune.pk}
    first, last = period()
    with pytest.raises(Forbidden):
        analysis.ask(world.officer("receiver"), measure="cases.received", first=first, last=last, by=["month"], filters={}, at=timezone.now())


@pytest.mark.parametrize(
    ("measure", "by"),
    [("cases.open", ["month"]), ("cases.received", []), ("cases.received", ["owner_name"]), ("cases.received", ["month", "year", "day", "agency"]),
     ("cases.fees_paid", ["intake"])],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_grouped_is_refused_in_words(world: World, measure: str, by: list[str]) -> None:
    first, last = period()
    with pytest.raises(analysis.BadQuestion) as refused:
        analysis.ask(everywhere(world), measure=measure, first=first, last=last, by=by, filters={}, at=timezone.now())
    assert refused.value.field == "by"
    assert refused.value.way_out


def test_a_question_of_somebody_else_is_not_shown(world: World) -> None:
    first, last = period()
    asker, other = world.officer("leader"), world.officer("leader", world.neighbour)
    row = analysis.ask(asker, measure="cases.received", first=first, last=last, by=["month"], filters={}, at=timezone.now())
    address = reverse("measures:analysis", args=[row.pk])

    def page(actor: Actor) -> Any:
        client = Client()
        client.force_login(Account.objects.get(pk=actor.account_id), backend=BACKEND)
        return client.get(address)

    assert page(asker).status_code == 200
    assert page(other).status_code == 404
    analysis.work_out(analysis_id=row.pk, at=timezone.now())
    assert "CSV" in page(asker).content.decode()


def test_a_broken_export_fails_the_question_and_nothing_else(world: World) -> None:
    first, last = period()
    row = analysis.ask(everywhere(world), measure="cases.received", first=first, last=last, by=["month"], filters={}, at=timezone.now())
    (exporting.folder() / "cases.parquet").write_bytes(b"not a parquet file")
    analysis.work_out(analysis_id=row.pk, at=timezone.now())
    assert Analysis.objects.get(pk=row.pk).state == "failed"


def test_the_page_takes_a_question(world: World) -> None:
    client = Client()
    leader = world.officer("leader")
    client.force_login(Account.objects.get(pk=leader.account_id), backend=BACKEND)
    first, last = period()
    told = {"measure": "cases.received", "first": f"{first:%d/%m/%Y}", "last": f"{last:%d/%m/%Y}", "by": ["month", "field"]}
    done = client.post(reverse("measures:ask"), told)
    assert done.status_code == 302
    assert client.post(reverse("measures:ask"), {**told, "by": []}).status_code == 422
    row = Analysis.objects.get()
    analysis.work_out(analysis_id=row.pk, at=timezone.now())
    text = client.get(done["Location"], {"as": "csv"}).content.decode("utf-8-sig")
    assert text.splitlines()[0].endswith("cases.received,top,base")


def test_hostile_filter_values_are_values(world: World) -> None:
    first, last = period()
    question = {"first": first.isoformat(), "last": last.isoformat(), "by": ["field"], "agencies": None,
                "filters": {"field": "x' OR 1=1 --"}}  # fmt: skip
    assert analysis.run(queries.known("cases.received"), question)["rows"] == []
    told = json.loads(json.dumps({**question, "columns": ["field"], "file": "x"}))
    assert analysing.name('a"b') == '"a""b"'
    assert told["filters"]["field"].startswith("x'")


def asked(world: World, measure: str = "cases.received") -> Analysis:
    first, last = period()
    row = analysis.ask(everywhere(world), measure=measure, first=first, last=last, by=["agency"], filters={}, at=timezone.now())
    analysis.work_out(analysis_id=row.pk, at=timezone.now())
    row.refresh_from_db()
    return row


@pytest.mark.parametrize("problem", [exporting.ExportFailed("disk full"), OSError("disk full")], ids=str)
def test_an_export_that_fails_is_an_answer_and_not_waited_for(world: World, monkeypatch: pytest.MonkeyPatch, problem: Exception) -> None:
    (exporting.folder() / exporting.PARTS).unlink()

    def fail(**_given: Any) -> Any:
        raise problem

    monkeypatch.setattr(exporting, "export", fail)
    row = asked(world)
    assert (row.state, row.answer, row.as_of) == ("failed", {"problem": type(problem).__name__}, None)
    page = Client()
    page.force_login(Account.objects.get(pk=row.account_id), backend=BACKEND)
    assert page.get(reverse("measures:analysis", args=[row.pk])).status_code == 200


def test_a_measure_the_exports_do_not_hold_yet_is_exported_first(world: World) -> None:
    place = exporting.folder() / exporting.PARTS
    told = json.loads(place.read_text())
    records = queries.known("cases.received").records
    found = queries.known("cases.received")
    # As if the measure had been declared after the last export: the book does not have it, nor do the files.
    told["complete"]["cases"].remove(found.name)
    place.write_text(json.dumps(told))
    Book.objects.filter(records="cases").update(digest="without it")
    book.forget()
    (exporting.folder() / "cases.parquet").unlink()
    row = asked(world)
    assert row.state == "done"
    assert sum(line[-2] for line in row.answer["rows"]) == queries.total("cases.received", Scope(*period())).top > 0
    assert book.is_kept(records)


def test_what_is_exported_while_its_book_is_not_kept_is_not_believed(world: World) -> None:
    Book.objects.filter(records="cases").update(digest="of something else")
    book.forget()
    kept = exporting.export(at=timezone.now())
    assert not kept.holds(queries.known("cases.received"))
    assert kept.holds(queries.known("indicators.overdue"))


def test_a_question_narrowed_by_what_a_figure_does_not_have_is_refused(world: World) -> None:
    first, last = period()
    with pytest.raises(analysis.BadQuestion) as refused:
        analysis.ask(everywhere(world), measure="cases.received", first=first, last=last, by=["month"], filters={"class": "car"}, at=timezone.now())
    assert refused.value.field == "filters"
