"""Walls kept by people: who may, what is refused by the name of its tile, versions, screens, and the editor."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from langbiang.foundation.access import Refusal, Stale
from langbiang.foundation.access.errors import Forbidden
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.audit.models import Entry
from langbiang.foundation.events.hub import Notice
from langbiang.foundation.events.models import EventRow
from langbiang.operations.centre import reference, services, versions
from langbiang.operations.centre.models import Layout
from langbiang.operations.centre.pages import wall as wall_pages
from langbiang.operations.centre.services.layouts import BadTile, InUse, NoSuchLayout
from langbiang.operations.centre.walls import BadLayout
from tests.government.cases.world import World, build

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
pytestmark = pytest.mark.django_db
WHY = "Màn hình mới ở sảnh"
TILE = {"view": "number", "measure": "cases.open", "days": 1, "x": 1, "y": 1, "w": 3, "h": 2}


@pytest.fixture
def world() -> World:
    found = build()
    reference.load(at=timezone.now())
    return found


def keeper(world: World) -> Any:
    return world.officer("system_admin", world.province)


def signed_in(account_id: int | None) -> Client:
    client = Client()
    client.force_login(Account.objects.get(pk=account_id), backend=BACKEND)
    return client


def told(*tiles: dict[str, Any], **changes: Any) -> dict[str, Any]:
    usual = {"title": "Sảnh xã", "title_en": "", "shape": "16:9", "theme": "dark", "rotate_s": 0}
    return {**usual, "scenes": [{"title": "Hôm nay", "title_en": "", "tiles": list(tiles) or [TILE]}], **changes}


def made(world: World, *tiles: dict[str, Any], **changes: Any) -> Layout:
    return services.make_layout(keeper(world), told=told(*tiles, **changes), reason=WHY, at=timezone.now())


def key_for(world: World, layout: Layout, **changes: Any) -> Any:
    now = timezone.now()
    usual = {"name": "Tivi sảnh", "networks": ["127.0.0.0/8"], "agency_id": world.commune.pk, "valid_until": now + timedelta(days=9), "at": now}
    return services.make_key(world.officer("system_admin"), layout=layout, **{**usual, **changes})


def sent(*tiles: dict[str, Any], act: str = "save", **changes: Any) -> dict[str, str]:
    """The editor filled in well, with one scene."""
    found = {
        "title": "Sảnh xã", "title_en": "", "shape": "16:9", "theme": "dark", "rotate_s": "0", "reason": WHY, "revision": "1", "shown": "0",
        "scenes": "1", "s0-title": "Hôm nay", "s0-title_en": "", "act": act,
    }  # fmt: skip
    lines = list(tiles) or [{}]
    found["s0-tiles"] = str(len(lines))
    for n, line in enumerate(lines):
        usual = {
            "view": "number", "what": "measure:cases.open", "days": "1", "way": "", "drawing": "hex", "place": "", "rest": "",
            "x": "1", "y": "1", "w": "3", "h": "2",
        }  # fmt: skip
        found |= {f"s0t{n}-{key}": str(value) for key, value in {**usual, **line}.items()}
    return {**found, **{key: str(value) for key, value in changes.items()}}


def test_a_wall_is_made_with_the_grid_of_its_shape_and_a_version(world: World) -> None:
    layout = made(world, shape="9:16")
    assert (layout.slug, layout.columns, layout.rows) == ("sanh-xa", 6, 12)
    version = layout.versions.get()
    assert (version.reason, version.by) == (WHY, keeper(world).label)
    assert Entry.objects.filter(action="centre.layout_made").exists()
    client = signed_in(world.officer("leader").account_id)
    assert client.get(reverse("centre:wall", args=["sanh-xa"])).status_code == 200


def test_an_address_of_the_pages_is_no_name_of_a_wall(world: World) -> None:
    assert made(world, title="New").slug == "new-2"


@pytest.mark.parametrize(
    ("field", "words", "tile"),
    [
        ("x", "ngoài lưới", {"x": 11}),
        ("x", "ô 1", {"x": 3}),
        ("what", "số liệu", {"measure": "cases.nothing", "x": 5}),
        ("what", "số liệu", {"measure": "", "x": 5}),
        ("what", "XYZ", {"view": "indicator", "indicator": "XYZ", "x": 5}),
        ("what", "lọc", {"filters": {"weather": "rain"}, "x": 5}),
        ("days", "366", {"days": 1000, "x": 5}),
        ("way", "màu", {"view": "map", "way": "rainbow", "x": 5}),
        ("drawing", "bản đồ", {"view": "map", "drawing": "globe", "x": 5}),
        ("place", "đơn vị", {"agency": 987654, "x": 5}),
        ("view", "hiển thị", {"view": "pie", "x": 5}),
        ("view", "cảnh báo", {"view": "alerts", "about": "'; drop", "x": 5}),
    ],
    ids=str,
)
def test_a_tile_that_cannot_be_shown_is_named(world: World, field: str, words: str, tile: dict[str, Any]) -> None:
    with pytest.raises(BadTile) as refused:
        made(world, TILE, {**TILE, **tile})
    assert (refused.value.scene, refused.value.tile, refused.value.field) == (0, 1, field)
    assert "Cảnh 1, ô 2" in str(refused.value)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("title", {"title": " "}), ("shape", {"shape": "3:4"}), ("theme", {"theme": "pink"}), ("rotate_s", {"rotate_s": 2}),
        ("scenes", {"scenes": []}), ("s0-title", {"scenes": [{"title": "", "tiles": [TILE]}]}),
        ("s0-title", {"scenes": [{"title": "Trống", "tiles": []}]}),
    ],
    ids=str,
)  # fmt: skip
def test_a_wall_that_cannot_be_shown_is_refused_by_its_field(world: World, field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(BadLayout) as refused:
        made(world, **changes)
    assert refused.value.field == field


def test_a_version_is_restored_as_the_next_one(world: World) -> None:
    layout = made(world)
    services.change_layout(keeper(world), layout_id=layout.pk, revision=1, told=told(theme="light"), reason=WHY, at=timezone.now())
    found = services.restore_layout(keeper(world), layout_id=layout.pk, revision=2, number=1, reason=WHY, at=timezone.now())
    assert (found.theme, found.revision) == ("dark", 3)
    assert [each.told["theme"] for each in layout.versions.order_by("number")] == ["dark", "light", "dark"]
    with pytest.raises(NoSuchLayout):
        services.restore_layout(keeper(world), layout_id=layout.pk, revision=3, number=9, reason=WHY, at=timezone.now())


def test_a_former_version_that_names_a_figure_that_is_gone_is_not_restored(world: World) -> None:
    layout = made(world)
    gone = told({**TILE, "measure": "cases.gone"})
    layout.versions.update(told={**gone, "columns": 12, "rows": 8})
    with pytest.raises(BadTile):
        services.restore_layout(keeper(world), layout_id=layout.pk, revision=1, number=1, reason=WHY, at=timezone.now())


def test_the_second_of_two_editors_is_told_who_was_first(world: World) -> None:
    layout = made(world)
    services.change_layout(keeper(world), layout_id=layout.pk, revision=1, told=told(theme="light"), reason=WHY, at=timezone.now())
    with pytest.raises(Stale) as refused:
        services.change_layout(keeper(world), layout_id=layout.pk, revision=1, told=told(), reason=WHY, at=timezone.now())
    assert keeper(world).label in str(refused.value)
    client = signed_in(keeper(world).account_id)
    answer = client.post(reverse("centre:layout_change", args=["sanh-xa"]), sent(title="Tên của tôi"))
    assert answer.status_code == 409
    assert 'value="Tên của tôi"' in answer.content.decode()
    assert Layout.objects.get(slug="sanh-xa").title == "Sảnh xã"
    revision = answer.context["filled"].frame["revision"].value()
    assert client.post(reverse("centre:layout_change", args=["sanh-xa"]), sent(title="Tên của tôi", revision=revision)).status_code == 302
    assert Layout.objects.get(slug="sanh-xa").title == "Tên của tôi"


def test_a_wall_that_a_screen_shows_is_not_put_away(world: World) -> None:
    layout = made(world)
    key, token = key_for(world, layout)
    with pytest.raises(InUse) as refused:
        services.remove_layout(keeper(world), layout_id=layout.pk, revision=1, reason=WHY, at=timezone.now())
    assert "Tivi sảnh" in str(refused.value)
    client = signed_in(keeper(world).account_id)
    answer = client.post(reverse("centre:layout_remove", args=[layout.slug]), {"reason": WHY, "revision": 1})
    assert "Tivi sảnh" in answer.content.decode()
    services.revoke_key(world.officer("system_admin"), key_id=key.pk, at=timezone.now())
    services.remove_layout(keeper(world), layout_id=layout.pk, revision=1, reason=WHY, at=timezone.now())
    assert client.get(reverse("centre:wall", args=[layout.slug])).status_code == 404
    with pytest.raises(Refusal):
        key_for(world, layout)
    services.restore_layout(keeper(world), layout_id=layout.pk, revision=2, number=1, reason=WHY, at=timezone.now())
    assert client.get(reverse("centre:wall", args=[layout.slug])).status_code == 200


def test_a_delivered_wall_that_was_put_away_or_changed_stays_so(world: World) -> None:
    gone, mine = Layout.objects.get(slug="mosaic"), Layout.objects.get(slug="sanh")
    services.remove_layout(keeper(world), layout_id=gone.pk, revision=1, reason=WHY, at=timezone.now())
    services.change_layout(keeper(world), layout_id=mine.pk, revision=1, told=told(shape="9:16"), reason=WHY, at=timezone.now())
    assert reference.load(at=timezone.now()) == ""
    gone.refresh_from_db()
    mine.refresh_from_db()
    assert gone.removed_at is not None
    assert (mine.title, versions.origin(mine)) == ("Sảnh xã", "changed")


def drawn_tiles(layout: Layout) -> list[list[dict[str, Any]]]:
    """The tiles of each scene with what is usual said."""
    return [[{"days": 1, "way": "quantile", **tile} for tile in scene["tiles"]] for scene in layout.scenes]


def test_every_delivered_wall_can_be_opened_and_saved_without_losing_anything(world: World) -> None:
    client = signed_in(keeper(world).account_id)
    for layout in Layout.objects.exclude(slug__in=["kinh-te-xa-hoi", "giao-thong"]):  # those name indicators that are not loaded here
        form = client.get(reverse("centre:layout_change", args=[layout.slug])).context["filled"]
        data = {form_field.html_name: "" if form_field.value() is None else form_field.value() for each in form.forms for form_field in each}
        data |= {"scenes": len(form.scenes), "shown": 0, "act": "save", "reason": WHY} | {f"s{n}-tiles": len(each.lines) for n, each in enumerate(form.scenes)}
        before = drawn_tiles(layout)
        assert client.post(reverse("centre:layout_change", args=[layout.slug]), data).status_code == 302
        layout.refresh_from_db()
        assert layout.revision == 2
        assert drawn_tiles(layout) == before


@pytest.mark.parametrize("role", ["system_admin", "leader", "dispatcher", "auditor"])
def test_who_does_not_manage_the_whole_province_changes_no_wall(world: World, role: str) -> None:
    actor, layout = world.officer(role), made(world)
    more = {"layout_id": layout.pk, "revision": 1, "reason": WHY, "at": timezone.now()}
    for act in (
        lambda: services.make_layout(actor, told=told(), reason=WHY, at=timezone.now()),
        lambda: services.change_layout(actor, told=told(), **more),
        lambda: services.restore_layout(actor, number=1, **more), lambda: services.remove_layout(actor, **more),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            act()
    client = signed_in(actor.account_id)
    assert client.get(reverse("centre:layouts")).status_code == (200 if role == "system_admin" else 403)
    for name, arguments in (("layout_make", []), ("layout_change", [layout.slug]), ("layout_remove", [layout.slug]), ("layout_restore", [layout.slug, 1])):
        assert client.get(reverse(f"centre:{name}", args=arguments)).status_code == 403
        assert client.post(reverse(f"centre:{name}", args=arguments), sent()).status_code == 403
    assert client.post(reverse("centre:layout_preview"), sent()).status_code == 403


def test_screens_of_other_agencies_are_counted_not_named(world: World) -> None:
    layout = made(world)
    key_for(world, layout)
    client = signed_in(world.officer("system_admin", world.neighbour).account_id)
    page = client.get(reverse("centre:layout", args=[layout.slug])).content.decode()
    assert "Tivi sảnh" not in page
    assert "1 thiết bị của đơn vị khác" in page


def test_every_screen_hears_that_its_wall_was_rearranged(world: World) -> None:
    layout = made(world)
    services.change_layout(keeper(world), layout_id=layout.pk, revision=1, told=told(theme="light"), reason=WHY, at=timezone.now())
    row = EventRow.objects.get(name="centre.layout_changed")
    hears = wall_pages._of(frozenset({world.commune.pk}))
    assert hears(Notice(id=row.pk, name=row.name, agency_id=None, subject=""))
    assert hears(Notice(id=row.pk, name=row.name, agency_id=world.province.pk, subject=""))
    key, token = key_for(world, layout)
    page = Client().get(reverse("centre:screen", args=[token])).content.decode()
    assert f'data-version="{layout.slug} 2"' in page


def drawn(answer: Any) -> str:
    """The page of the wall within a preview."""
    (found,) = re.findall(r'srcdoc="([^"]*)"', answer.content.decode())
    return unescape(found)


def test_the_preview_is_drawn_as_the_wall_draws_it(world: World) -> None:
    world.accepted(timezone.now() - timedelta(hours=1))
    client = signed_in(keeper(world).account_id)
    client.post(reverse("centre:layout_make"), sent())
    wall = client.get(reverse("centre:wall", args=["sanh-xa"])).content.decode()
    shown = drawn(client.post(reverse("centre:layout_preview"), sent()))

    def tiles(page: str) -> str:
        found = re.search(r'<section class="tile.*</section>', page, re.DOTALL)
        assert found is not None
        return re.sub(r"<a href[^>]*>|</a>|data-as-of=\"\d+\"|\d\d:\d\d", "", found.group())

    assert tiles(shown) == tiles(wall)
    assert re.findall(r"<script[^>]* src=", shown) == []
    assert "/centre/figures/" not in shown


def test_the_preview_says_which_tile_it_cannot_draw(world: World) -> None:
    client = signed_in(keeper(world).account_id)
    answer = client.post(reverse("centre:layout_preview"), sent({}, {"x": "2"}, {"x": "12"}, {"x": ""}))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Cảnh 1, ô 2" in page
    assert "Cảnh 1, ô 3" in page
    assert "Ô 4" in page
    assert drawn(answer).count('<section class="tile') == 1
    for odd in ({"shape": "x"}, {"scenes": "0"}, {"shown": "7"}, {"s0t0-view": "<b>"}, {"s0t0-rest": "[1"}, {"s0t0-what": "measure:no"}):
        assert client.post(reverse("centre:layout_preview"), sent(**odd)).status_code == 200


def test_tiles_and_scenes_are_added_and_removed_and_nothing_typed_is_lost(world: World) -> None:
    client, page = signed_in(keeper(world).account_id), reverse("centre:layout_make")

    def after(act: str, **changes: Any) -> Any:
        answer = client.post(page, sent(act=act, title="Đang gõ", reason="Vì thế", **changes))
        assert answer.status_code == 200
        assert "Đang gõ" in answer.content.decode()
        assert "Vì thế" in answer.content.decode()
        return answer.context["filled"]

    found = after("tile:0")
    assert [(line.form["x"].value(), line.form["y"].value()) for line in found.scenes[0].lines] == [("1", "1"), (4, 1)]
    assert found.scenes[0].lines[1].is_open
    assert len(after("scene").scenes) == 2
    assert after("drop:0:0").scenes[0].lines == []
    assert len(after("drop:0").scenes) == 1  # the last one stays
    two = {"scenes": "2", "s1-title": "Tháng này", "s1-tiles": "0"}
    assert [each.form["title"].value() for each in after("earlier:1", **two).scenes] == ["Tháng này", "Hôm nay"]
    assert [each.form["title"].value() for each in after("drop:0", **two).scenes] == ["Tháng này"]
    for odd in ("drop:9:9", "drop:0:7", "earlier:0", "tile:x", "nothing", "::"):
        after(odd)


def test_a_refused_wall_opens_the_tile_and_keeps_what_was_typed(world: World) -> None:
    client = signed_in(keeper(world).account_id)
    answer = client.post(reverse("centre:layout_make"), sent({}, {"x": "2", "place": world.commune.name}))
    found = answer.context["filled"].scenes[0].lines
    assert answer.status_code == 422
    assert [line.is_open for line in found] == [False, True]
    assert "x" in found[1].form.errors
    answer = client.post(reverse("centre:layout_make"), sent({"place": "Xã không có"}))
    assert "place" in answer.context["filled"].scenes[0].lines[0].form.errors
    assert "Xã không có" in answer.content.decode()


def test_a_place_and_what_the_form_does_not_show_are_kept(world: World) -> None:
    client = signed_in(keeper(world).account_id)
    rest = '{"needs": "cases.on_time", "filters": {"field": "justice"}, "evil": 1}'
    assert client.post(reverse("centre:layout_make"), sent({"place": world.commune.name.upper(), "rest": rest})).status_code == 302
    (tile,) = Layout.objects.get(slug="sanh-xa").scenes[0]["tiles"]
    assert tile == {**TILE, "agency": world.commune.pk, "needs": "cases.on_time", "filters": {"field": "justice"}}


def test_a_copy_begins_with_everything_but_the_name(world: World) -> None:
    client = signed_in(keeper(world).account_id)
    form = client.get(reverse("centre:layout_make"), {"from": "dieu-hanh"}).context["filled"]
    assert len(form.scenes[0].lines) == 7
    assert "Điều hành dịch vụ công" in form.frame["title"].value()
    assert form.frame["title"].value() != "Điều hành dịch vụ công"
