"""Indicators on the map of the centre: the cells of the matrix, what is missing counted, the same again when asked for as it was."""

import random
import re
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from langbiang.foundation.access import Grant
from langbiang.government.indicators import periods
from langbiang.government.indicators import queries as indicators
from langbiang.government.indicators.models import Indicator
from langbiang.operations.centre import evidence, published, walls
from langbiang.operations.centre.models import Layout
from langbiang.operations.centre.published import Reach
from langbiang.operations.centre.walls import BadLayout, check_layout
from tests.operations.centre.reported import NOW, Reported, client_of, reported

pytestmark = pytest.mark.django_db
ALL = Reach(None, may_open=True)
LATER = NOW + timedelta(days=3)


@pytest.fixture
def province() -> Reported:
    return reported()


def spread(code: str, **asked: object) -> published.Spread:
    found = published.spread(code, on=asked.pop("on", LATER), **asked)  # type: ignore[arg-type]  # named values of one kind
    assert found is not None
    return found


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]  # an answer of a page


@pytest.mark.parametrize("seed", range(4))
def test_the_map_shows_the_cells_of_the_matrix_and_counts_what_is_missing(province: Reported, seed: int) -> None:
    dice = random.Random(seed)
    chosen = dice.sample(province.communes, dice.randint(1, 124))
    province.poverty(chosen)
    half = [agency for agency in province.communes if agency not in chosen][:9]
    province.publish({agency: {"POVERTY.POOR": 5} for agency in half}, "2026-S1")  # one of two series makes no share
    found = spread("POVERTY", period="2026-S1")
    row = Indicator.objects.get(code="POVERTY")
    cells = indicators.by_unit(row, province.communes, last=periods.parse("2026-S1"))
    assert {each.agency_id: each.figure for each in found.units.values()} == {agency: now for agency, (now, _before) in cells.items()}
    drawn = published.map_of(found, ALL)
    known = {province.place(agency) for agency, (now, _before) in cells.items() if now.value is not None}
    assert {cell.shape.code for cell in drawn.cells if cell.css != "shade-none"} == known
    assert drawn.missing == 124 - len(known)
    assert f"{len(known)}/124" in published.coverage_words(found, ALL)
    for cell in drawn.cells:
        figure = found.units[cell.shape.code].figure
        assert cell.written == (published.written(figure.value, found.described) if figure.value is not None else "")


def test_a_unit_without_a_figure_of_the_period_is_never_drawn_with_an_older_one(province: Reported) -> None:
    province.poverty(province.communes, "2025-S2", at=NOW - timedelta(days=200))
    province.poverty(province.communes[:120], "2026-S1")
    found = spread("POVERTY")
    assert found.period == "2026-S1"  # 120 of 124 are enough for the province
    drawn = {cell.shape.code: cell for cell in published.map_of(found, ALL).cells}
    assert all(drawn[province.place(agency)].css == "shade-none" for agency in province.communes[120:])
    assert found.have == 120


def test_a_period_that_has_only_begun_to_come_in_is_told_and_not_shown_before_enough_units_have_it(province: Reported) -> None:
    province.poverty(province.communes, "2025-S2", at=NOW - timedelta(days=200))
    province.poverty(province.communes[:3], "2026-S1")
    found = spread("POVERTY")
    assert (found.period, found.have) == ("2025-S2", 124)
    assert "3" in published.begun_words(found)
    assert spread("POVERTY", period="2026-S1").have == 3
    assert [(name, have) for name, _words, have in found.periods] == [("2026-S1", 3), ("2025-S2", 124)]


def test_what_was_known_then_is_shown_again(province: Reported) -> None:
    province.poverty(province.communes[:100])
    before = published.map_of(spread("POVERTY", period="2026-S1"), ALL)
    province.publish({province.here: {"POVERTY.POOR": 999}}, "2026-S1", at=LATER)
    province.poverty(province.communes[100:], at=LATER)
    after = spread("POVERTY", on=LATER + timedelta(hours=1))
    assert after.have == 124
    then = published.map_of(spread("POVERTY", on=LATER - timedelta(seconds=1), period="2026-S1", known_at=LATER - timedelta(seconds=1)), ALL)
    assert then == before
    assert spread("POVERTY", on=NOW - timedelta(hours=1), known_at=NOW - timedelta(hours=1)).have == 0


def test_the_map_is_classed_around_the_target_of_a_share_and_never_of_a_sum(province: Reported) -> None:
    province.poverty(province.communes)
    province.target("POVERTY", 3)
    assert published.map_of(spread("POVERTY"), ALL).classes.way == "diverging"
    assert published.map_of(spread("POVERTY"), ALL, way="equal").classes.way == "equal"
    cells = {cell.shape.code: cell.css for cell in published.map_of(spread("POVERTY"), ALL).cells}
    assert cells[province.place(province.communes[0])].startswith("shade-")
    assert "under" not in cells[province.place(province.communes[0])]  # few poor households are good
    assert "under" in cells[province.place(province.communes[123])]
    province.publish({agency: {"TOURIST.ALL": 10 + n} for n, agency in enumerate(province.communes)}, "2026-09")
    province.target("TOURIST", 9_000_000)
    assert published.map_of(spread("TOURIST"), ALL, way="diverging").classes.way == "quantile"
    assert spread("TOURIST").target is None


def test_what_figures_are_worth_is_said(province: Reported) -> None:
    province.poverty(province.communes[:10], status="P")
    province.poverty(province.communes[10:13], status="E")
    province.publish({province.communes[20]: {"POVERTY.POOR": 0, "POVERTY.ALL": 0}}, "2026-S1")
    province.publish({province.communes[21]: {"POVERTY.POOR": 0, "POVERTY.ALL": 50}}, "2026-S1", no_event=True)
    with translation.override("en"):
        found = spread("POVERTY")
        assert published.coverage_words(found, ALL) == "14/124 have figures · 10 provisional · 3 estimates"
        labels = {cell.shape.code: cell.label for cell in published.map_of(found, ALL).cells}
        said = [labels[province.place(province.communes[n])].partition(": ")[2] for n in (0, 12, 20, 21, 22)]
    assert said == ["0.10 % (provisional)", "0.30 % (estimate)", "nothing to take a share of", "0.00 % (nothing happened)", "not published"]


def test_what_is_official_or_of_the_province_alone_has_no_map(province: Reported) -> None:
    province.publish({province.root: {"CPI.YOY": 3}}, "2026-09")
    client = client_of(province.officer("leader", province.root))
    for code in ("CPI", "RETAIL", "GRDP_G"):
        assert not spread(code).is_of_units
        page = text(client.get(reverse("centre:indicator", args=[code])))
        assert "Không có ở cấp này" in page
        assert "hex-choropleth" not in page


def test_a_formula_stands_at_the_level_of_its_operands(province: Reported) -> None:
    row = Indicator.objects.get(code="TOURIST")
    row.pk, row.code, row.name, row.formula, row.source_kind, row.top, row.unit = None, "ABROAD", "Khách quốc tế", "TOURIST.INTL / TOURIST * 100", "formula", [], "%"
    row.more = []
    row.save()
    province.publish({agency: {"TOURIST.ALL": 200, "TOURIST.INTL": n} for n, agency in enumerate(province.communes)}, "2026-09")
    found = spread("ABROAD")
    assert found.is_of_units
    assert found.period == "2026-09"
    assert found.units[province.place(province.communes[40])].figure.value == 20
    Indicator.objects.filter(code="ABROAD").update(formula="TOURIST / CPI")
    assert not spread("ABROAD").is_of_units


def test_the_desk_shows_units_ranks_and_leads_to_where_a_figure_comes_from(province: Reported) -> None:
    shares = province.poverty(province.communes[:118], status="P", at=timezone.now() - timedelta(hours=1))
    province.target("POVERTY", 3, at=timezone.now() - timedelta(hours=1))
    client = client_of(province.officer("leader", province.here))
    page = text(client.get(reverse("centre:indicator", args=["POVERTY"]), {"period": "2026-S1", "sort": "most"}))
    assert "118/124 có số liệu" in page
    assert "118 tạm tính" in page
    address = reverse("indicators:provenance", args=["POVERTY", province.there, "2026-S1"])
    assert page.count(f'href="{address}"') >= 2  # on the map and in the table
    assert client.get(address).status_code == 200
    table = page[page.index('id="parts"') :]
    shown = [float(each.replace(",", ".")) for each in re.findall(r'<td class="num">([\d,]+) %', table)]
    assert shown == sorted(shown, reverse=True)
    assert len(shown) == len(shares)
    unit = text(client.get(reverse("centre:indicator", args=["POVERTY"]), {"unit": province.place(province.there)}))
    assert 'data-figure>0,20 %' in unit
    assert "is-chosen" in unit
    home = text(client.get(reverse("centre:home")))
    assert reverse("centre:indicator", args=["POVERTY"]) in home
    assert reverse("centre:indicator", args=["POVERTY"]) in text(client.get(reverse("indicators:indicator", args=["POVERTY"])))


def test_bad_questions_are_answered_with_the_field_and_nothing_typed_is_lost(province: Reported) -> None:
    client = client_of(province.officer("leader", province.root))
    page = reverse("centre:indicator", args=["POVERTY"])
    wrong = text(client.get(page, {"period": "2026-09", "known_at": "20/10/2026 08:00"}))
    assert "error-summary" in wrong
    assert 'value="20/10/2026 08:00"' in wrong
    assert "error-summary" in text(client.get(page, {"known_at": "01/01/2090 08:00"}))
    assert client.get(page, {"unit": "00000"}).status_code == 404
    assert client.get(reverse("centre:indicator", args=["NOTHING"])).status_code == 404


def test_who_does_not_see_the_indicators_sees_the_figures_of_their_own_agency_only(province: Reported) -> None:
    province.poverty(province.communes, at=timezone.now() - timedelta(hours=1))
    leader = province.officer("leader", province.here)
    seen = published.reach_of(leader)
    assert seen == Reach(None, may_open=True)
    narrow = replace(leader, grants=(Grant("centre", frozenset({"centre.view"}), frozenset({province.here})),))
    reach = published.reach_of(narrow)
    assert reach == Reach(frozenset({province.here}))
    found = spread("POVERTY", period="2026-S1")
    drawn = published.map_of(found, reach, url_of=lambda code: f"/x/{code}")
    shown = [cell for cell in drawn.cells if cell.css != "shade-none"]
    assert [cell.shape.code for cell in shown] == [province.place(province.here)]
    assert all(not cell.url for cell in drawn.cells if cell.shape.code != province.place(province.here))
    assert "1/1" in published.coverage_words(found, reach)


def test_a_map_of_an_indicator_takes_few_statements_and_less_than_50_ms(province: Reported) -> None:
    for month in range(1, 10):
        rows = {agency: {"HI_COV.INSURED": 900 + n, "HI_COV.POP": 1100} for n, agency in enumerate(province.communes)}
        province.publish(rows, f"2026-{month:02}") if month > 7 else None
    took = []
    for _turn in range(5):
        begun = time.thread_time()
        with CaptureQueriesContext(connection) as asked:
            drawn = published.map_of(spread("HI_COV"), ALL, url_of=lambda code: f"/x/{code}")
            render_to_string("centre/map.html", {"map": drawn})
        took.append(time.thread_time() - begun)
    assert len(drawn.cells) == 124
    assert len(asked) <= 8, [each["sql"] for each in asked]
    assert min(took[1:]) < 0.05, took


def tile(**changes: object) -> dict[str, object]:
    spec = {"view": "map", "indicator": "POVERTY", "x": 1, "y": 1, "w": 4, "h": 4, **changes}
    return {key: value for key, value in spec.items() if value is not None}


def layout(*tiles: dict[str, object]) -> dict[str, object]:
    return {"columns": 12, "rows": 8, "scenes": [{"title": "Xã", "tiles": list(tiles)}]}


@pytest.mark.parametrize("view", ["map", "rank", "number", "series", "indicator"])
def test_a_wall_names_an_indicator_where_it_may_name_a_measure(province: Reported, view: str) -> None:
    check_layout(layout(tile(view=view)))
    with pytest.raises(BadLayout, match="NOTHING") as refused:
        check_layout(layout(tile(view=view, indicator="NOTHING")))
    assert refused.value.field == "indicator"
    with pytest.raises(BadLayout):
        check_layout(layout(tile(view=view, measure="cases.open")))
    with pytest.raises(BadLayout):
        check_layout(layout(tile(view=view, indicator=None)))


def test_a_wall_shows_the_map_the_ranking_and_the_line_of_an_indicator(province: Reported) -> None:
    province.poverty(province.communes[:118], status="P", at=timezone.now() - timedelta(hours=1))
    scene = {"title": "Xã", "tiles": [tile(), tile(view="rank", x=5), tile(view="number", x=9, h=2), tile(view="series", x=9, y=3), tile(indicator="CPI", x=5, y=5)]}
    Layout.objects.create(slug="xa", title="Xã", shape="16:9", columns=12, rows=8, scenes=[scene])
    page = text(client_of(province.officer("leader", province.here)).get(reverse("centre:wall", args=["xa"])))
    assert page.count("hex-choropleth") == 1
    assert "118/124 có số liệu" in page
    assert page.count(reverse("indicators:provenance", args=["POVERTY", province.communes[117], "2026-S1"])) >= 2  # the map and the ranking
    assert "không có ở cấp này" in page
    assert 'data-events="indicators.published"' in page
    assert "Traceback" not in page


def test_a_screen_shows_the_published_figures_of_its_own_units_and_no_way_in(province: Reported) -> None:
    province.poverty(province.communes, at=timezone.now() - timedelta(hours=1))
    scene = {"tiles": [tile(), tile(view="rank", x=5)]}
    screen = walls.tiles(scene, agencies=frozenset({province.here}), at=timezone.now(), links=False)
    assert "1/1" in screen[0].note
    assert [row.url for row in screen[1].rows] == [""]
    assert screen[0].map is not None
    assert all(not cell.url for cell in screen[0].map.cells)
    whole = walls.tiles(scene, agencies=None, at=timezone.now(), links=False)
    assert "124/124" in whole[0].note


def test_the_page_of_an_indicator_can_be_named_as_evidence(province: Reported) -> None:
    leader = province.officer("leader", province.here)
    address = reverse("centre:indicator", args=["POVERTY"]) + "?period=2026-S1"
    assert evidence.read(leader, address) == address
    found = evidence.record(leader, address)
    assert found is not None
    assert found.url == address
