"""Indicators on dashboards: chosen like measures, and the same again when asked for as they were."""

import re
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from langbiang.foundation.measures import Shown, uses_of
from langbiang.government.indicators.models import Indicator
from langbiang.operations.centre import services
from langbiang.operations.centre.figures import NoSuchFigure
from langbiang.operations.centre.models import Dashboard
from tests.operations.centre.reported import Reported, client_of, reported

pytestmark = pytest.mark.django_db
VIEWS = ("number", "series", "rank", "map")
TILES = [{"indicator": code, "view": view, "days": 30} for code in ("POVERTY", "CPI") for view in VIEWS]


@pytest.fixture
def province() -> Reported:
    return reported()


def shown(page: Any) -> list[str]:
    """What a page shows of its figures: values, cells of the map, rows of rankings, lines, notes."""
    body = page.content.decode()
    body = body[body.index('<ul class="figure-cards') : body.index('<section class="brief">')]
    return re.findall(r"data-figure>([^<]*)<|aria-label=\"([^\"]*)\"|<title>([^<]*)<|class=\"muted\">([^<]*)<|points=\"([^\"]*)\"", body)


def moment(at: datetime) -> str:
    return timezone.localtime(at).strftime("%d/%m/%Y %H:%M:%S")


def test_indicators_are_chosen_in_the_table_beside_measures(province: Reported) -> None:
    client = client_of(province.officer("leader", province.here))
    form = client.get(reverse("centre:dashboard_make")).content.decode()
    assert '<option value="indicator:POVERTY">' in form
    assert '<option value="cases.open">' in form
    told = {"title": "Hộ nghèo", "shared": "agency", "lines": 3, "t0-measure": "indicator:POVERTY", "t0-view": "map", "t0-days": "30",
            "t1-measure": "cases.open", "t1-view": "number", "t1-days": "30", "t2-measure": ""}  # fmt: skip
    made = client.post(reverse("centre:dashboard_make"), told)
    board = Dashboard.objects.get()
    assert board.versions.get().tiles == [{"indicator": "POVERTY", "view": "map", "days": 30}, {"measure": "cases.open", "view": "number", "days": 30}]
    page = client.get(made["Location"]).content.decode()
    assert "hex-choropleth" in page
    assert "0/124 có số liệu" in page
    again = client.get(reverse("centre:dashboard_change", args=[board.pk])).content.decode()
    assert '<option value="indicator:POVERTY" selected>' in again
    refused = client.post(reverse("centre:dashboard_make"), {**told, "t0-measure": "indicator:NOTHING"})
    assert refused.status_code in (200, 422)
    assert Dashboard.objects.count() == 1
    assert "Hộ nghèo" in refused.content.decode()


def test_an_indicator_that_is_not_in_the_catalogue_is_refused(province: Reported) -> None:
    with pytest.raises(NoSuchFigure):
        services.make_dashboard(
            province.officer("leader", province.here), title="Thử", shared="mine", tiles=[{"indicator": "NOTHING", "view": "map", "days": 30}],
            at=timezone.now(),
        )  # fmt: skip


def test_an_ended_indicator_stays_on_the_dashboards_that_show_it(province: Reported) -> None:
    leader = province.officer("leader", province.here)
    board = services.make_dashboard(leader, title="Thử", shared="mine", tiles=TILES[:1], at=timezone.now())
    Indicator.objects.filter(code="POVERTY").update(valid_to=timezone.localdate())
    again = client_of(leader).get(reverse("centre:dashboard_change", args=[board.pk])).content.decode()
    assert '<option value="indicator:POVERTY" selected>' in again
    assert client_of(leader).get(reverse("centre:dashboard", args=[board.pk])).status_code == 200


def test_a_dashboard_of_a_past_moment_shows_what_was_known_then(province: Reported) -> None:
    now = timezone.now()
    first, second = now - timedelta(days=3), now - timedelta(days=1)
    province.poverty(province.communes[:60], at=first)
    province.target("POVERTY", 3, at=first)
    leader = province.officer("leader", province.here)
    board = services.make_dashboard(leader, title="Thử", shared="mine", tiles=TILES, at=first)
    client, page = client_of(leader), reverse("centre:dashboard", args=[board.pk])
    then = {"known_at": moment(second - timedelta(hours=1))}
    before = shown(client.get(page, then))
    assert any("60/124" in "".join(each) for each in before)
    province.poverty(province.communes, at=second)
    province.publish({province.here: {"POVERTY.POOR": 500}}, "2026-S1", at=second + timedelta(minutes=1))
    assert shown(client.get(page, then)) == before
    after = shown(client.get(page))
    assert any("124/124" in "".join(each) for each in after)
    assert after != before


def test_a_unit_of_ones_own_narrows_the_tiles_and_a_foreign_one_is_refused(province: Reported) -> None:
    province.poverty(province.communes, at=timezone.now() - timedelta(hours=1))
    leader = province.officer("leader", province.here)
    board = services.make_dashboard(leader, title="Thử", shared="mine", tiles=TILES, at=timezone.now())
    client, page = client_of(leader), reverse("centre:dashboard", args=[board.pk])
    narrowed = client.get(page, {"unit": province.place(province.here)}).content.decode()
    assert "data-figure>0,10 %<" in narrowed
    assert "không có ở cấp này" in narrowed  # CPI has no figure of a unit
    assert client.get(page, {"unit": province.place(province.there)}).status_code == 404
    whole = client.get(page).content.decode()
    assert f'href="?unit={province.place(province.here)}"' in whole
    assert f'href="?unit={province.place(province.there)}"' not in whole  # leads to where it comes from instead
    assert reverse("indicators:provenance", args=["POVERTY", province.there, "2026-S1"]) in whole


def test_a_field_does_not_narrow_what_was_reported_and_the_tile_says_so(province: Reported) -> None:
    leader = province.officer("leader", province.here)
    board = services.make_dashboard(leader, title="Thử", shared="mine", tiles=TILES[:1], at=timezone.now())
    from langbiang.foundation.access import roles

    field = next(iter(roles.fields()), "")
    page = client_of(leader).get(reverse("centre:dashboard", args=[board.pk]), {"field": field}).content.decode()
    assert not field or "không lọc được theo" in page


def test_the_report_of_a_dashboard_holds_the_figures_of_the_indicators(province: Reported) -> None:
    province.poverty(province.communes[:118], at=timezone.now() - timedelta(hours=1))
    leader = province.officer("leader", province.here)
    board = services.make_dashboard(leader, title="Thử", shared="mine", tiles=TILES, at=timezone.now())
    client, address = client_of(leader), reverse("centre:dashboard_export", args=[board.pk])
    book = load_workbook(BytesIO(client.get(address, {"as": "xlsx"}).content))
    cells = [str(cell.value) for row in book.active.iter_rows() for cell in row if cell.value is not None]
    assert any("118/124" in each for each in cells)
    assert "0,10 %" in cells
    for kind in ("docx", "pdf"):
        assert client.get(address, {"as": kind}).status_code == 200


def test_the_uses_of_a_figure_name_the_dashboard(province: Reported) -> None:
    leader = province.officer("leader", province.here)
    services.make_dashboard(leader, title="Có hộ nghèo", shared="mine", tiles=TILES, at=timezone.now())
    assert any(str(use.title) == "Có hộ nghèo" for use in uses_of(leader, Shown(indicator="POVERTY")))


def test_the_tile_of_an_indicator_without_units_leads_to_a_page_that_opens(province: Reported) -> None:
    leader = province.officer("leader", province.here)
    board = services.make_dashboard(leader, title="Thử", shared="mine", tiles=TILES, at=timezone.now())
    client = client_of(leader)
    page = client.get(reverse("centre:dashboard", args=[board.pk]), {"unit": province.place(province.here)}).content.decode()
    links = set(re.findall(r'<h2><a href="([^"]+)"', page))
    assert links
    assert {client.get(link.replace("&amp;", "&")).status_code for link in links} == {200}
