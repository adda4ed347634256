"""Walls: what they show, to whom, and how quickly."""

import time
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from langbiang.foundation.access import Refusal
from langbiang.foundation.access.errors import Forbidden
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.events.hub import Notice
from langbiang.foundation.measures import book
from langbiang.foundation.measures.declaring import known as known_measure
from langbiang.foundation.measures.models import Waiting
from langbiang.foundation.places import queries as places
from langbiang.foundation.places import reference as places_reference
from langbiang.foundation.places.models import Boundary, BoundaryPackage
from langbiang.operations.centre import maps, reference, services, walls
from langbiang.operations.centre.models import KioskKey, Layout
from langbiang.operations.centre.pages import wall as wall_pages
from langbiang.operations.centre.services.keys import BadNetwork
from langbiang.operations.centre.walls import BadLayout, check_layout
from tests.government.cases.world import World, build

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    found = build()
    reference.load(at=timezone.now())
    return found


def signed_in(account_id: int | None) -> Client:
    client = Client()
    client.force_login(Account.objects.get(pk=account_id), backend=BACKEND)
    return client


def key_for(world: World, **changes: Any) -> tuple[KioskKey, str]:
    now = timezone.now()
    asked: dict[str, Any] = {
        "layout": Layout.objects.get(slug="dieu-hanh"), "name": "Sảnh", "networks": ["127.0.0.0/8"],
        "agency_id": world.commune.pk, "valid_until": now + timedelta(days=30), "at": now,
    }  # fmt: skip
    return services.make_key(world.officer("system_admin"), **(asked | changes))


def test_every_wall_of_the_files_is_shown(world: World) -> None:
    client = signed_in(world.officer("leader").account_id)
    for layout in Layout.objects.all():
        for scene in range(len(layout.scenes)):
            answer = client.get(reverse("centre:wall", args=[layout.slug]), {"scene": scene})
            assert answer.status_code == 200
            assert b"Traceback" not in answer.content


def test_a_wall_is_dark_or_light_as_it_says_or_as_the_address_asks(world: World) -> None:
    client = signed_in(world.officer("leader").account_id)
    address = reverse("centre:wall", args=["dieu-hanh"])
    assert b'data-theme="wall"' in client.get(address).content
    assert b'data-theme="wall-light"' in client.get(address, {"theme": "light"}).content
    Layout.objects.filter(slug="dieu-hanh").update(theme=Layout.Theme.LIGHT)
    assert b'data-theme="wall-light"' in client.get(address, {"theme": "glaring"}).content
    assert b'data-theme="wall"' in client.get(address, {"theme": "dark"}).content


def test_the_real_boundaries_are_drawn_once_they_are_loaded() -> None:
    places_reference.load(at=timezone.now())
    today = timezone.localdate()

    def drawn() -> maps.Map:
        return maps.choropleth({}, written=str, on=today, drawing=maps.LAND)

    assert drawn().attribution == ""
    assert all(cell.shape.points for cell in drawn().cells)
    code = next(iter(places.hex_layout()))
    package = BoundaryPackage.objects.create(
        name="thử", digest="0" * 64, attribution="Cục thử nghiệm", province_code=settings.PROVINCE_CODE,
        loaded_at=timezone.now(), loaded_by="thử", units=1, points_read=4, points_kept=4, is_current=True,
    )  # fmt: skip
    ring = [[108.0, 11.0], [108.5, 11.0], [108.5, 11.5], [108.0, 11.0]]
    Boundary.objects.create(
        package=package, code=code, west=108, south=11, east=108.5, north=11.5, exact=[[ring]], drawn=[[ring]]
    )
    assert drawn().attribution == "Cục thử nghiệm"
    assert [cell.shape.code for cell in drawn().cells] == [code]
    assert len(drawn().unplaced) == 123  # named, not silently left out


def test_a_wall_counts_what_its_officer_may_see(world: World) -> None:
    world.accepted(timezone.now() - timedelta(hours=1))
    here = signed_in(world.officer("leader").account_id).get(reverse("centre:wall", args=["dieu-hanh"]))
    there = signed_in(world.officer("leader", world.neighbour).account_id).get(
        reverse("centre:wall", args=["dieu-hanh"])
    )
    assert "<span data-figure>1</span>" in here.content.decode()
    assert "<span data-figure>1</span>" not in there.content.decode()


def test_a_screen_shows_its_wall_from_its_address_only(world: World) -> None:
    key, token = key_for(world)
    url = reverse("centre:screen", args=[token])
    shown = Client().get(url)
    assert shown.status_code == 200
    assert "/centre/" not in shown.content.decode().replace("/static/centre/", "").replace("/live/", "")
    assert Client(REMOTE_ADDR="10.9.9.9").get(url).status_code == 404
    assert Client().get(reverse("centre:screen", args=[token[:-1] + "x"])).status_code == 404
    assert token not in str(KioskKey.objects.filter(pk=key.pk).values())


def test_a_key_taken_away_or_over_shows_nothing(world: World) -> None:
    key, token = key_for(world)
    services.revoke_key(world.officer("system_admin"), key_id=key.pk, at=timezone.now())
    assert Client().get(reverse("centre:screen", args=[token])).status_code == 404
    _key, second = key_for(world)
    KioskKey.objects.filter(name="Sảnh", revoked_at=None).update(
        made_at=timezone.now() - timedelta(days=2), valid_until=timezone.now() - timedelta(days=1)
    )
    assert Client().get(reverse("centre:screen", args=[second])).status_code == 404


@pytest.mark.parametrize("networks", [[], ["0.0.0.0/0"], ["::/0"], ["somewhere"]])
def test_a_key_is_bound_to_addresses(world: World, networks: list[str]) -> None:
    with pytest.raises(BadNetwork):
        key_for(world, networks=networks)


def test_a_key_ends_within_a_year_and_is_made_by_those_who_keep_the_walls(world: World) -> None:
    with pytest.raises(Refusal):
        key_for(world, valid_until=timezone.now() + timedelta(days=400))
    with pytest.raises(Forbidden):
        now = timezone.now()
        services.make_key(
            world.officer("leader"), layout=Layout.objects.get(slug="sanh"), name="x", networks=["10.0.0.1"],
            agency_id=world.commune.pk, valid_until=now + timedelta(days=1), at=now,
        )  # fmt: skip


@pytest.mark.parametrize(
    "tile",
    [
        {"view": "pie", "measure": "cases.open", "x": 1, "y": 1, "w": 1, "h": 1},
        {"view": "number", "measure": "cases.nothing", "x": 1, "y": 1, "w": 1, "h": 1},
        {"view": "number", "measure": "cases.open", "x": 12, "y": 1, "w": 2, "h": 1},
        {"view": "number", "measure": "cases.open", "x": 0, "y": 1, "w": 1, "h": 1},
    ],
)
def test_a_layout_that_cannot_be_shown_is_refused(tile: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        check_layout({"columns": 12, "rows": 8, "scenes": [{"tiles": [tile]}]})


def test_tiles_do_not_cover_each_other() -> None:
    tile = {"view": "alerts", "x": 1, "y": 1, "w": 2, "h": 2}
    with pytest.raises(BadLayout):
        check_layout({"columns": 12, "rows": 8, "scenes": [{"tiles": [tile, {**tile, "x": 2}]}]})


def test_a_wall_asks_the_database_a_fixed_number_of_times(world: World, django_assert_max_num_queries: Any) -> None:
    client = signed_in(world.officer("leader").account_id)
    url = reverse("centre:wall", args=["dieu-hanh"])
    client.get(url)
    begun = time.perf_counter()
    with django_assert_max_num_queries(20):
        client.get(url)
    assert time.perf_counter() - begun < 1


def test_a_tile_is_as_old_as_the_first_thing_that_is_not_counted_yet(world: World) -> None:
    records = known_measure("cases.received").records
    book.forget()
    book.rebuild(records, at=timezone.now)
    scene = {"tiles": [{"view": "number", "measure": name, "x": 1, "y": 1, "w": 1, "h": 1} for name in ("cases.received", "indicators.overdue")]}
    now = timezone.now()
    Waiting.objects.all().delete()
    assert [tile.as_of for tile in walls.tiles(scene, agencies=None, at=now, links=False)] == [now, now]
    since = now - timedelta(minutes=10)
    Waiting.objects.create(records=records.name, record_id=1, since=since)
    assert [tile.as_of for tile in walls.tiles(scene, agencies=None, at=now, links=False)] == [since, now]
    book.forget()


def test_the_units_that_miss_a_target_are_named_beside_the_map() -> None:
    places_reference.load(at=timezone.now())
    today, codes = timezone.localdate(), sorted(places.hex_layout())
    values: dict[str, float | None] = {code: 99.0 for code in codes} | {codes[3]: 40.0, codes[5]: 80.0, codes[7]: None}

    def named(direction: int, target: float | None) -> list[str]:
        drawn = maps.choropleth(values, written=str, on=today, target=target, direction=direction, way="equal")
        return [each.written for each in drawn.named]

    assert named(1, 95.0) == ["40.0", "80.0"]
    assert named(1, None) == ["40.0", "80.0"]
    assert named(-1, 90.0)[0] == "99.0"
    assert named(-1, None)[:2] == ["99.0", "99.0"]
    drawn = maps.choropleth(values, written=str, on=today)
    assert len(drawn.rims) == len(places.groups(kind="planning_area", on=today)) > 0
    for rim in drawn.rims:  # a rim is closed: at each of its corners two edges meet
        corners = [corner for edge in rim.split("M")[1:] for corner in edge.split("L")]
        ends = Counter(tuple(round(float(each)) for each in corner.split()) for corner in corners)
        assert set(ends.values()) == {2}


@pytest.mark.parametrize(
    ("words", "short"),
    [("85,7 %", "85,7"), ("100,0 %", "100"), ("1.000", "1.000"), ("1,5 triệu đồng", "1,5"), ("−3", "−3"), ("4,51", "4,51"),
     ("9.500.000 đồng", "")],
)  # fmt: skip
def test_a_cell_shows_a_part_of_what_it_is_called(words: str, short: str) -> None:
    places_reference.load(at=timezone.now())
    drawn = maps.choropleth(dict.fromkeys(places.hex_layout(), 1.0), written=lambda _value: words, on=timezone.localdate())
    assert {cell.short for cell in drawn.cells} == {short}
    assert all(cell.short in cell.label for cell in drawn.cells)


def test_a_wall_hears_what_its_scenes_wait_for(world: World) -> None:
    here, there = world.commune.pk, world.neighbour.pk
    restricted, whole = wall_pages._of(frozenset({here})), wall_pages._of(None)

    def heard(name: str, agency: int | None) -> tuple[bool, bool]:
        notice = Notice(1, name, agency, "")
        return restricted(notice), whole(notice)

    declared = {name for layout in Layout.objects.all() for scene in layout.scenes for name in walls.scene_events(scene)}
    assert {"indicators.published", "traffic.arming_changed"} <= declared
    for name in declared:
        assert heard(name, here) == heard(name, None) == (True, True)
        # Indicators are those of the whole province on every wall; all else keeps to the agencies one sees.
        assert heard(name, there) == (name == "indicators.published", True)
    assert heard("centre.alert_raised", here) == (True, True)
    assert heard("centre.alert_raised", there) == (False, True)
    assert heard("other.happened", here) == heard("other.happened", None) == (False, False)


def test_a_tile_that_cannot_follow_what_was_chosen_says_so(world: World) -> None:
    world.accepted(timezone.now() - timedelta(hours=1))
    place = {"x": 1, "y": 1, "w": 1, "h": 1}
    scene = {"tiles": [{**place, "view": view, "measure": measure} for measure in ("cases.received", "indicators.overdue") for view in ("number", "map")]}
    focus = walls.Focus(address=lambda code: "", filters={"field": "land"})
    with translation.override("en"):
        tiles = walls.tiles(scene, agencies=None, at=timezone.now(), links=True, focus=focus)
    assert ["cannot be narrowed by: field" in tile.note for tile in tiles] == [False, False, True, True]
    assert ["field=land" in tile.url for tile in tiles] == [True, True, False, False]
