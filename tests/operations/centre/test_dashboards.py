"""Dashboards: put together from a table, shared as said, and the same again when asked for as they were."""

import random
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from docx import Document
from openpyxl import load_workbook
from pypdfium2 import PdfDocument

from langbiang.foundation.access import Actor
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.audit.models import Entry
from langbiang.foundation.measures import book, declaring, following
from langbiang.foundation.measures import queries as measures
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.organizations.models import Agency
from langbiang.foundation.places import queries as places
from langbiang.foundation.places import reference as places_reference
from langbiang.foundation.ui import formats
from langbiang.government.cases.models import Case
from langbiang.operations.centre import reference, services
from langbiang.operations.centre.models import Dashboard, DashboardVersion
from tests.government.cases.world import World, build

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
pytestmark = pytest.mark.django_db
TILES = [
    {"measure": each.name, "view": view, "days": days}
    for each, (view, days) in zip(measures.every(), [("number", 30), ("rank", 30), ("series", 7), ("number", 7)] * 9, strict=False)
]


@pytest.fixture(autouse=True)
def _looked_at_anew() -> Iterator[None]:
    book.forget()
    yield
    book.forget()


@pytest.fixture
def world() -> World:
    found = build()
    reference.load(at=timezone.now())
    return found


def client_of(actor: Actor) -> Client:
    client = Client()
    client.force_login(Account.objects.get(pk=actor.account_id), backend=BACKEND)
    return client


def make(actor: Actor, *, shared: str = "mine", tiles: Any = None, at: datetime | None = None) -> Dashboard:
    return services.make_dashboard(
        actor, title="Sáng thứ Hai", shared=shared, tiles=tiles or TILES, at=at or timezone.now()
    )


def sent(tiles: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"title": "Sáng thứ Hai", "shared": "agency", "lines": len(tiles) + 2}
    for n, tile in enumerate(tiles):
        told |= {f"t{n}-{key}": value for key, value in tile.items()}
    return {**told, **changes}


def figures_on(page: Any) -> list[str]:
    return re.findall(r"data-figure>([^<]*)<|<span class=.muted.>([0-9.,% ]+)</span>", page.content.decode())


def test_a_dashboard_is_put_together_in_a_table(world: World) -> None:
    leader = world.officer("leader")
    client = client_of(leader)
    assert client.get(reverse("centre:dashboard_make")).status_code == 200
    made = client.post(reverse("centre:dashboard_make"), sent([{"measure": "cases.open", "view": "number", "days": "30"},
                                                               {"measure": "cases.on_time", "view": "map", "days": "90"}]))  # fmt: skip
    board = Dashboard.objects.get()
    assert made["Location"] == reverse("centre:dashboard", args=[board.pk])
    assert [tile["measure"] for tile in board.versions.get().tiles] == ["cases.open", "cases.on_time"]
    assert Entry.objects.filter(action="centre.dashboard_made").count() == 1
    page = client.get(made["Location"])
    assert "Hồ sơ đang giải quyết" in page.content.decode()
    assert "hex-choropleth" in page.content.decode()


def test_every_version_is_kept_and_a_second_hand_does_not_overwrite(world: World) -> None:
    leader = world.officer("leader")
    board, client = make(leader), client_of(leader)
    address = reverse("centre:dashboard_change", args=[board.pk])
    tiles = [{"measure": "cases.open", "view": "number", "days": "30"}]
    assert client.post(address, sent(tiles, version=1)).status_code == 302
    late = client.post(address, sent(tiles, version=1))
    assert late.status_code == 422
    assert [row.number for row in DashboardVersion.objects.order_by("number")] == [1, 2]
    assert len(DashboardVersion.objects.get(number=1).tiles) == len(TILES)


def test_it_is_seen_by_those_it_is_shared_with(world: World) -> None:
    owner, colleague, stranger = world.officer("leader"), world.officer("signer"), world.officer("leader", world.neighbour)
    for shared, seen in (("mine", [200, 404, 404]), ("agency", [200, 200, 404]), ("all", [200, 200, 200])):
        address = reverse("centre:dashboard", args=[make(owner, shared=shared).pk])
        assert [client_of(each).get(address).status_code for each in (owner, colleague, stranger)] == seen
    board = Dashboard.objects.get(shared="all")
    change = reverse("centre:dashboard_change", args=[board.pk])
    assert client_of(colleague).get(change).status_code == 404
    assert client_of(colleague).post(reverse("centre:dashboard_put_away", args=[board.pk])).status_code == 403
    assert client_of(owner).post(reverse("centre:dashboard_put_away", args=[board.pk])).status_code == 302
    assert board.title not in client_of(stranger).get(reverse("centre:dashboards")).content.decode()


@pytest.mark.parametrize(
    ("changes", "word"),
    [({"title": " "}, ""), ({"shared": "world"}, ""), ({"t0-measure": "no.such"}, ""), ({"t0-days": "9999"}, ""), ({"t0-agency": "x"}, "")],
    ids=str,
)
def test_what_cannot_be_shown_is_not_kept(world: World, changes: dict[str, Any], word: str) -> None:
    client = client_of(world.officer("leader"))
    told = sent([{"measure": "cases.open", "view": "number", "days": "30"}], **changes)
    assert client.post(reverse("centre:dashboard_make"), told).status_code in (200, 422)
    empty = client.post(reverse("centre:dashboard_make"), sent([], **changes))
    assert empty.status_code in (200, 422)
    assert not Dashboard.objects.exists()


def test_asked_for_as_it_was_it_shows_what_it_showed(world: World) -> None:
    leader, dice = world.officer("leader"), random.Random(11)
    cases = [world.accepted(timezone.now() - timedelta(hours=dice.randint(1, 400))) for _ in range(14)]
    for records in declaring.record_sets():
        book.rebuild(records, at=timezone.now)
    board, client = make(leader), client_of(leader)
    address = reverse("centre:dashboard", args=[board.pk])
    shown: list[tuple[datetime, list[str]]] = []
    for case in cases[:6]:
        shown.append((timezone.now(), figures_on(client.get(address))))
        assert case.received_at is not None
        ended = case.received_at + timedelta(minutes=dice.randint(1, 50))
        Case.objects.filter(pk=case.pk).update(
            processing_end_at=ended, business="decided", due_current=ended + timedelta(hours=dice.choice([-5, 5]))
        )
        following.note(measures.known("cases.open").records, [case.pk])
        book.follow(at=timezone.now)
        if case is cases[3]:
            services.change_dashboard(
                leader, dashboard_id=board.pk, version=1, title="Khác", shared="mine", tiles=TILES[:3], at=timezone.now()
            )
    assert len({tuple(figures) for _moment, figures in shown}) > 2
    for moment, figures in shown:
        assert figures_on(client.get(address, {"known_at": moment.isoformat()})) == figures


def test_before_it_was_made_it_shows_nothing(world: World) -> None:
    leader = world.officer("leader")
    board = make(leader)
    page = client_of(leader).get(reverse("centre:dashboard", args=[board.pk]), {"known_at": "01/01/2026"})
    assert page.status_code == 200
    assert figures_on(page) == []
    assert client_of(leader).get(reverse("centre:dashboard", args=[board.pk]), {"known_at": "soon"}).status_code == 200


def test_a_unit_chosen_on_a_map_narrows_every_figure_but_maps_and_rankings(world: World) -> None:
    """The unit travels on: into the figures behind the tiles, and away again."""
    places_reference.load(at=timezone.now())
    leader, now = world.officer("leader", world.province), timezone.now()
    world.accepted(now - timedelta(hours=1))
    code, other = sorted(places.hex_layout())[:2]
    Agency.objects.filter(pk=world.commune.pk).update(place_code=code)
    organizations.forget()
    tiles = [{"measure": "cases.received", "view": view, "days": 30} for view in ("number", "map", "rank")]
    client, address = client_of(leader), reverse("centre:dashboard", args=[make(leader, tiles=tiles, shared="all").pk])

    def shown(unit: str) -> tuple[str, str]:
        page = client.get(address, {"unit": unit, "field": ""}).content.decode()
        return re.findall(r"data-figure>([^<]*)<", page)[0], page

    whole, _page = shown("")
    here, page = shown(code)
    there, _page = shown(other)
    assert (whole, here, there) == ("1", "1", "0")
    assert page.count("is-chosen") == 1
    assert f"?unit={other}" in page
    assert f"unit={code}" in re.findall(r'<h2><a href="(/centre/figures/[^"]*)"', page)[0]
    assert "unit=" not in re.findall(r'<h2><a href="(/centre/figures/[^"]*)"', page)[1]
    assert client.get(address, {"unit": "99999"}).status_code == 404
    # Who sees one unit only is not told that there is nothing at another.
    client = client_of(world.officer("leader"))
    assert shown(code)[0] == "1"
    assert f"?unit={other}" not in shown("")[1]
    assert client.get(address, {"unit": other}).status_code == 404


def test_a_dashboard_is_a_report_in_three_kinds_as_of_its_moment(world: World) -> None:
    leader, now = world.officer("leader"), timezone.now()
    world.accepted(now - timedelta(hours=1))
    tiles = [{"measure": "cases.received", "view": view, "days": 7} for view in ("number", "series", "rank")]
    client, board = client_of(leader), make(leader, tiles=tiles, at=now - timedelta(hours=3))
    address = reverse("centre:dashboard_export", args=[board.pk])
    moment = formats.moment(now)
    rows = list(load_workbook(BytesIO(client.get(address, {"as": "xlsx"}).content)).active.iter_rows(values_only=True))
    assert rows[0][0] == "Sáng thứ Hai"
    assert moment[:10] in rows[1][0]
    assert ("Hồ sơ tiếp nhận", "7 ngày qua") in [row[:2] for row in rows]
    document = Document(BytesIO(client.get(address, {"as": "docx"}).content))
    assert "Hồ sơ tiếp nhận" in [each.text for each in document.paragraphs]
    assert any(moment[:10] in each.text for each in document.paragraphs)
    pdf = client.get(address, {"as": "pdf", "known_at": (now - timedelta(hours=2)).isoformat()})
    text = "".join(page.get_textpage().get_text_range() for page in PdfDocument(pdf.content))
    assert "Hồ sơ tiếp nhận" in text
    assert formats.moment(now - timedelta(hours=2)) in text
    assert client_of(world.officer("leader", world.neighbour)).get(address).status_code == 404
