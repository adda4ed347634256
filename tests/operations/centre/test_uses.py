"""Where a figure is used at the centre: walls, dashboards, rules of alerts, briefs; what is private is counted only."""

from datetime import timedelta

import pytest
from django.utils import timezone

from langbiang.foundation.access import Actor
from langbiang.foundation.measures import Shown, uses_of
from langbiang.operations.centre import reference, services
from langbiang.operations.centre.models import Brief
from tests.government.cases.world import World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    found = build()
    reference.load(at=timezone.now())
    return found


def used(actor: Actor, **shown: str) -> list[tuple[str, str, str]]:
    return [(str(use.kind), str(use.title), use.url) for use in uses_of(actor, Shown(**shown))]


def test_walls_rules_dashboards_and_briefs_name_the_figure(world: World) -> None:
    leader, other = world.officer("leader"), world.officer("signer")
    tiles = [{"measure": "cases.overdue", "view": "number", "days": 7}]
    services.make_dashboard(leader, title="Của riêng tôi", shared="mine", tiles=tiles, at=timezone.now())
    shared = services.make_dashboard(leader, title="Cho mọi người", shared="all", tiles=tiles, at=timezone.now())
    today = timezone.localdate()
    for back in range(5):
        day = (today - timedelta(days=back)).isoformat()
        Brief.objects.create(
            day=day, as_of=timezone.now(), sections=[], figures={"f1": {"measure": "cases.overdue", "first": day, "last": day}}, took_ms=1
        )
    found = used(leader, measure="cases.overdue")
    assert ("Tường hiển thị", "Điều hành dịch vụ công", "/wall/dieu-hanh/") in found or any(url == "/wall/dieu-hanh/" for _kind, _title, url in found)
    assert [title for _kind, title, url in found if url == f"/centre/dashboards/{shared.pk}/"] == ["Cho mọi người"]
    assert sum("/centre/brief/?day=" in url for _kind, _title, url in found) == 3
    assert any(title.startswith("2 ") and not url for _kind, title, url in found)  # two briefs more
    theirs = used(other, measure="cases.overdue")
    assert "Của riêng tôi" not in str(theirs)
    assert any(title.startswith("1 ") and not url for _kind, title, url in theirs)
    outsider = used(world.officer("officer"), measure="cases.overdue")
    assert all(not url for _kind, _title, url in outsider)
    assert "Cho mọi người" not in str(outsider)


def test_an_indicator_on_a_wall_is_named(world: World) -> None:
    assert any(url == "/wall/kinh-te-xa-hoi/" for _kind, _title, url in used(world.officer("leader"), indicator="TOURIST"))
    assert used(world.officer("leader"), indicator="NOTHING") == []
