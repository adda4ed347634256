"""Parts of figures: typed below their total, checked against it, published with vintages, read, rolled up and sent."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from langbiang.foundation.access import Forbidden, Refusal
from langbiang.foundation.exchange import reference as exchange_reference
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.indicators import periods, queries, services, sheets, words
from langbiang.government.indicators.models import Breakdown, Indicator, Obligation, Observation, Series
from langbiang.government.indicators.services.entering import type_cells
from langbiang.government.reporting import reference as reporting_reference
from langbiang.government.reporting.models import PacketRow

from .conftest import NOW, Reporting
from .test_pages import Enter, enter

__all__ = ["enter"]
SEPTEMBER = periods.parse("2026-09")
ORIGINS = {"DOM": "70", "NEA": "10", "SEA": "8", "EUR": "7", "OTH": "5"}
LATER = NOW + timedelta(days=2)


def type_parts(reporting: Reporting, report: Obligation, series: str = "TOURIST.ALL", dimension: str = "ORIGIN", **values: str) -> None:
    for code, text in values.items():
        services.type_cell(reporting.reporter, report_id=report.pk, series_code=series, part=f"{dimension}:{code}", text=text, at=NOW)


def take_all_the_way(reporting: Reporting, report: Obligation, *, at: Any = NOW) -> None:
    services.submit(reporting.reporter, report_id=report.pk, at=at)
    services.verify(reporting.head, report_id=report.pk, at=at)
    services.publish(reporting.publisher, report_ids=[report.pk], at=at)


def observe(code: str, agency: int, value: int | Decimal, part: str = "_T", period: str = "2026-09") -> None:
    span = periods.parse(period)
    Observation.objects.create(
        series=Series.objects.get(code=code), agency_id=agency, period=period, first_day=span.first, last_day=span.last, frequency=span.frequency,
        breakdown=part, value=value, known_from=NOW, source="x", reported_by="x", reported_at=NOW, published_by="x",
    )  # fmt: skip


def current(part: str) -> Observation:
    return Observation.objects.get(series__code="TOURIST.ALL", breakdown=part, known_to__isnull=True)


@pytest.fixture
def report(reporting: Reporting) -> Obligation:
    """The totals of a report, typed."""
    found = reporting.owed("TOURIST")
    reporting.fill(found, ALL="100", INTL="30", STAY="20")
    return found


def test_a_report_without_parts_is_whole_and_its_figures_are_totals(reporting: Reporting, report: Obligation) -> None:
    take_all_the_way(reporting, report)
    assert set(Observation.objects.values_list("breakdown", flat=True)) == {"_T"}
    assert queries.parts_of(Indicator.objects.get(code="TOURIST"), reporting.commune, SEPTEMBER)[0].is_known is False


def test_parts_go_the_way_of_their_total_with_who_and_when(reporting: Reporting, report: Obligation) -> None:
    type_parts(reporting, report, **ORIGINS)
    take_all_the_way(reporting, report)
    whole, part = current("_T"), current("ORIGIN:EUR")
    assert part.value == 7
    for name in ("reported_by", "verified_by", "published_by", "known_from", "obligation_id", "vintage", "status"):
        assert getattr(part, name) == getattr(whole, name)
    (by,) = queries.parts_of(Indicator.objects.get(code="TOURIST"), reporting.commune, SEPTEMBER)
    assert [(each.key, each.figure.value, each.share) for each in by.parts][3] == ("ORIGIN:EUR", 7, 7)
    assert sum(each.figure.value or 0 for each in by.parts) == reporting.figure("TOURIST", reporting.commune).value == 100


def test_parts_that_miss_their_total_stop_a_report_until_put_right_or_explained(reporting: Reporting, report: Obligation) -> None:
    type_parts(reporting, report, **{**ORIGINS, "OTH": "15"})
    with pytest.raises(Refusal, match="unusual") as refused:
        services.submit(reporting.reporter, report_id=report.pk, at=NOW)
    assert refused.value.field == "TOURIST.ALL"
    series = Series.objects.get(code="TOURIST.ALL")
    entry = report.entries.get(series=series, breakdown="_T")
    assert [words.finding(each, series) for each in entry.findings] == ["Origin of visitors: the parts make 110, not 100."]
    services.type_cell(reporting.reporter, report_id=report.pk, series_code="TOURIST.ALL", text="100", confirmed="Transit counted twice", at=NOW)
    type_parts(reporting, report, OTH="16")
    with pytest.raises(Refusal, match="unusual"):  # what was said of one miss is not said of another
        services.submit(reporting.reporter, report_id=report.pk, at=NOW)
    services.type_cell(reporting.reporter, report_id=report.pk, series_code="TOURIST.ALL", text="100", confirmed="Transit counted twice", at=NOW)
    services.submit(reporting.reporter, report_id=report.pk, at=NOW)


def test_where_the_breakdown_says_so_no_reason_lets_a_wrong_sum_through(reporting: Reporting, report: Obligation) -> None:
    Breakdown.objects.filter(by="ORIGIN").update(is_final=True)
    type_parts(reporting, report, **{**ORIGINS, "OTH": "4"})
    services.type_cell(reporting.reporter, report_id=report.pk, series_code="TOURIST.ALL", text="100", confirmed="Surely right", at=NOW)
    with pytest.raises(Refusal, match="contradicts"):
        services.submit(reporting.reporter, report_id=report.pk, at=NOW)
    type_parts(reporting, report, OTH="5")
    services.submit(reporting.reporter, report_id=report.pk, at=NOW)


def test_a_part_above_its_total_is_a_contradiction(reporting: Reporting, report: Obligation) -> None:
    Breakdown.objects.filter(by="ORIGIN").update(is_exhaustive=False)
    type_parts(reporting, report, DOM="101")
    with pytest.raises(Refusal, match="contradicts") as refused:
        services.submit(reporting.reporter, report_id=report.pk, at=NOW)
    assert "Việt Nam" in str(refused.value)
    reporting.fill(report, ALL="101")  # the total was the wrong one
    services.submit(reporting.reporter, report_id=report.pk, at=NOW)


def test_parts_of_rates_are_no_parts_of_a_whole(reporting: Reporting) -> None:
    root = next(iter(organizations.root_ids()))
    owed = Obligation.objects.get(indicator__code="CPI", about_id=root, period="2026-09")
    for part, text in (("_T", "3,2"), ("CPI_GROUP:G01", "9,5"), ("CPI_GROUP:G07", "-4")):
        services.type_cell(_officer(owed.agency_id), report_id=owed.pk, series_code="CPI.YOY", part=part, text=text, at=NOW)
    services.submit(_officer(owed.agency_id), report_id=owed.pk, at=NOW)


def _officer(agency_id: int) -> Any:
    from .conftest import actor

    return actor(agency_id, "indicators.view", "indicators.report")


def test_a_blank_part_is_not_nought(reporting: Reporting, report: Obligation) -> None:
    type_parts(reporting, report, **{**ORIGINS, "DOM": "75", "OTH": "k"})
    type_parts(reporting, report, OTH="")
    with pytest.raises(Refusal, match="“Elsewhere” is not filled in") as refused:
        services.submit(reporting.reporter, report_id=report.pk, at=NOW)
    assert refused.value.field == "TOURIST.ALL/ORIGIN:OTH"
    type_parts(reporting, report, OTH="k")
    take_all_the_way(reporting, report)
    assert (current("ORIGIN:OTH").value, current("ORIGIN:OTH").is_no_event) == (0, True)


def test_too_much_is_said_before_every_part_is_there(reporting: Reporting, report: Obligation) -> None:
    type_parts(reporting, report, DOM="70", NEA="40")
    (found,) = report.entries.get(series__code="TOURIST.ALL", breakdown="_T").findings
    assert found["rule"] == "parts"
    type_parts(reporting, report, NEA="10")
    assert report.entries.get(series__code="TOURIST.ALL", breakdown="_T").findings == []


def test_parts_that_have_to_be_there_are_missed(reporting: Reporting, report: Obligation) -> None:
    Breakdown.objects.filter(by="ORIGIN").update(is_optional=False)
    with pytest.raises(Refusal, match="“Việt Nam” is not filled in"):
        services.submit(reporting.reporter, report_id=report.pk, at=NOW)


def test_parts_without_their_total_are_not_sent(reporting: Reporting, report: Obligation) -> None:
    type_parts(reporting, report, **ORIGINS)
    Series.objects.filter(code="TOURIST.ALL").update(is_optional=True)
    reporting.fill(report, ALL="")
    with pytest.raises(Refusal, match="but its parts are"):
        services.submit(reporting.reporter, report_id=report.pk, at=NOW)


def test_a_part_the_report_does_not_ask_or_a_foreign_hand_is_refused(reporting: Reporting, report: Obligation) -> None:
    for part in ("SEX:F", "ORIGIN:MARS", "nonsense", "ORIGIN:EUR-SEX:F"):
        with pytest.raises(Refusal, match="no such part"):
            services.type_cell(reporting.reporter, report_id=report.pk, series_code="TOURIST.ALL", part=part, text="1", at=NOW)
    with pytest.raises(Forbidden):
        services.type_cell(reporting.foreign, report_id=report.pk, series_code="TOURIST.ALL", part="ORIGIN:EUR", text="1", at=NOW)
    type_parts(reporting, report, EUR="1")
    with pytest.raises(Refusal, match="whole number"):
        type_parts(reporting, report, EUR="1,5")
    assert report.entries.get(breakdown="ORIGIN:EUR").value == 1


def test_a_correction_of_a_part_alone_adds_a_vintage_of_that_part_with_its_reason(reporting: Reporting, report: Obligation) -> None:
    type_parts(reporting, report, **ORIGINS)
    take_all_the_way(reporting, report)
    services.reopen(reporting.reporter, report_id=report.pk, reason="Seoul is in Asia", at=LATER)
    type_parts(reporting, report, EUR="2", NEA="15")
    take_all_the_way(reporting, report, at=LATER)
    assert [(row.vintage, row.value, row.reason) for row in Observation.objects.filter(breakdown="ORIGIN:EUR").order_by("vintage")] == [
        (1, 7, ""), (2, 2, "Seoul is in Asia"),
    ]  # fmt: skip
    assert (current("_T").vintage, current("ORIGIN:DOM").vintage) == (1, 1)
    indicator = Indicator.objects.get(code="TOURIST")
    then = queries.parts_of(indicator, reporting.commune, SEPTEMBER, known_at=NOW + timedelta(days=1))[0]
    assert [each.figure.value for each in then.parts] == [70, 10, 8, 7, 5]
    assert [each.figure.value for each in queries.parts_of(indicator, reporting.commune, SEPTEMBER)[0].parts] == [70, 15, 8, 2, 5]


def test_parts_blanked_in_a_correction_are_known_no_more(reporting: Reporting, report: Obligation) -> None:
    type_parts(reporting, report, **ORIGINS)
    take_all_the_way(reporting, report)
    services.reopen(reporting.reporter, report_id=report.pk, reason="The book was wrong", at=LATER)
    type_parts(reporting, report, **dict.fromkeys(ORIGINS, ""))
    take_all_the_way(reporting, report, at=LATER)
    assert not Observation.objects.filter(known_to__isnull=True).exclude(breakdown="_T").exists()
    assert Observation.objects.filter(breakdown="ORIGIN:EUR", known_to=LATER).exists()


def test_a_closed_period_holds_its_parts(reporting: Reporting, report: Obligation) -> None:
    services.lock(reporting.keeper, code="TOURIST", period="2026-09", at=NOW)
    with pytest.raises(Refusal, match="closed"):
        type_parts(reporting, report, EUR="1")


def test_a_series_by_category_is_rolled_up_over_the_units_that_have_it(reporting: Reporting) -> None:
    units = [row.id for row in organizations.commune_agencies(on=NOW.date())]
    root = next(iter(organizations.root_ids()))
    for n, unit in enumerate(units[:10]):
        observe("TOURIST.ALL", unit, 100)
        if n < 4:
            observe("TOURIST.ALL", unit, 10 + n, "ORIGIN:EUR")
    indicator = Indicator.objects.get(code="TOURIST")
    (by,) = queries.parts_of(indicator, root, SEPTEMBER)
    europe = next(each for each in by.parts if each.key == "ORIGIN:EUR")
    assert (europe.figure.value, europe.figure.have, europe.figure.of, europe.figure.is_partial) == (46, 4, len(units), True)
    assert europe.share == Decimal("11.5")  # of the totals of the same four units
    (_before, _none), (_period, found) = queries.history(indicator, root, last=SEPTEMBER, count=2, part="ORIGIN:EUR")
    assert found == europe.figure
    assert queries.by_unit(indicator, units[:5], last=SEPTEMBER, part="ORIGIN:EUR")[units[3]][0].value == 13
    assert queries.history(indicator, root, last=SEPTEMBER, count=1)[0][1].value is None  # the total keeps its own rule


def test_a_share_has_parts_where_both_its_sums_have_them(reporting: Reporting) -> None:
    for part, poor, of in (("_T", 50, 1000), ("ETHNIC:KINH", 20, 800), ("ETHNIC:MINORITY", 30, 200)):
        observe("POVERTY.POOR", reporting.commune, poor, part, "2026-S1")
        observe("POVERTY.ALL", reporting.commune, of, part, "2026-S1")
    (by,) = queries.parts_of(Indicator.objects.get(code="POVERTY"), reporting.commune, periods.parse("2026-S1"))
    assert [(each.figure.value, each.share) for each in by.parts] == [(Decimal("2.5"), None), (15, None)]
    assert queries.parts_of(Indicator.objects.get(code="SI_COV"), reporting.commune, SEPTEMBER) == []


def test_the_sheet_holds_parts_below_their_total_and_names_wrong_cells(reporting: Reporting, report: Obligation, enter: Enter) -> None:
    from .test_sheets import _bring

    type_parts(reporting, report, EUR="7")
    Obligation.objects.filter(pk=report.pk).update(due_at=_now())
    content = enter("reporter").get("/work/indicators/reports/sheet/").content
    sheet = load_workbook(BytesIO(content)).worksheets[0]
    cells = {str(row[0].value): row for row in sheet.iter_rows(min_row=sheets.FIRST_LINE)}
    assert cells[f"{report.pk}/TOURIST.ALL/ORIGIN:EUR"][5].value == "7"
    assert not cells[f"{report.pk}/TOURIST.ALL/ORIGIN:NEA"][5].protection.locked
    order = [name for name in cells if name.startswith(f"{report.pk}/")]
    assert order.index(f"{report.pk}/TOURIST.ALL") + 1 == order.index(f"{report.pk}/TOURIST.ALL/ORIGIN:DOM")
    assert {(each.code, each.part, each.text) for each in sheets.read(content)[1]} >= {("TOURIST.ALL", "_T", "100"), ("TOURIST.ALL", "ORIGIN:EUR", "7")}
    good = [sheets.Filled("F6", report.pk, "TOURIST.ALL", "70", part="ORIGIN:DOM"), sheets.Filled("F5", report.pk, "TOURIST.ALL", "100")]
    wrong, kept = _bring(reporting, [*good, sheets.Filled("F7", report.pk, "TOURIST.ALL", "x", part="ORIGIN:NEA"), sheets.Filled("F8", report.pk, "TOURIST.ALL", "1", part="SEX:F")])  # fmt: skip
    assert kept == 0
    assert [(each["cell"], each["text"]) for each in wrong] == [("F7", "x"), ("F8", "1")]
    assert "North-east Asia" in wrong[0]["name"]
    assert not report.entries.filter(breakdown="ORIGIN:DOM").exists()
    assert _bring(reporting, good) == ([], 2)
    assert report.entries.get(breakdown="ORIGIN:DOM").value == 70


def _now() -> Any:
    from django.utils import timezone

    return timezone.now()


@pytest.fixture
def shown(reporting: Reporting, report: Obligation) -> Obligation:
    """The report as it is owed when the pages are opened."""
    Obligation.objects.filter(pk=report.pk).update(due_at=_now())
    report.refresh_from_db()
    return report


def test_the_form_folds_parts_below_their_total_and_keeps_what_was_typed_wrong(reporting: Reporting, shown: Obligation, enter: Enter) -> None:
    client = enter("reporter")
    page = client.get("/work/indicators/reports/").content.decode()
    assert page.count('<tr class="report-parts">') >= 1
    assert '<tr class="report-parts"><td colspan="5"><details open>' not in page
    assert f"/work/indicators/reports/{shown.pk}/cell/TOURIST.ALL/ORIGIN:EUR/" in page
    address = f"/work/indicators/reports/{shown.pk}/cell/TOURIST.ALL/ORIGIN:EUR/"
    answer = client.post(address, {"value": "7,x"}, headers={"HX-Request": "true"}).content.decode()
    assert 'value="7,x"' in answer
    assert 'aria-invalid="true"' in answer
    assert not shown.entries.filter(breakdown="ORIGIN:EUR").exists()
    answer = client.post(address, {"value": "170"}, headers={"HX-Request": "true"}).content.decode()
    assert "Lớn hơn tổng" in answer
    assert "hx-swap-oob" in answer
    assert client.post(address, {"value": "7"}).status_code == 302
    assert client.post(address.replace("EUR", "MARS"), {"value": "7"}, headers={"HX-Request": "true"}).status_code == 404
    assert enter("foreign").post(address, {"value": "9"}).status_code in (403, 404)
    assert shown.entries.get(breakdown="ORIGIN:EUR").value == 7


def test_the_whole_form_is_sent_with_its_parts(reporting: Reporting, shown: Obligation, enter: Enter) -> None:
    given = {f"TOURIST.ALL/ORIGIN:{code}": text for code, text in ORIGINS.items()}
    assert enter("reporter").post(f"/work/indicators/reports/{shown.pk}/send/", given).status_code == 302
    shown.refresh_from_db()
    assert shown.stage == "submitted"
    assert shown.entries.count() == 8
    page = enter("head").get(f"/work/indicators/report/{shown.pk}/").content.decode()
    assert "Đông Bắc Á" in page


def test_parts_are_read_on_the_page_of_the_indicator_and_where_the_figure_comes_from(reporting: Reporting, report: Obligation, enter: Enter) -> None:
    type_parts(reporting, report, **ORIGINS)
    take_all_the_way(reporting, report)
    client = enter("foreign")
    for address in (f"/work/indicators/at/TOURIST/?agency={reporting.commune}", f"/work/indicators/at/TOURIST/{reporting.commune}/2026-09/"):
        page = client.get(address).content.decode()
        assert "Đông Bắc Á" in page
        assert "10,0%" in page
        assert f"/work/indicators/at/TOURIST/{reporting.commune}/2026-09/?part=ORIGIN:NEA" in page
    page = client.get(f"/work/indicators/at/TOURIST/{reporting.commune}/2026-09/?part=ORIGIN:NEA")
    assert [row[0].breakdown for row in page.context["vintages"]] == ["ORIGIN:NEA"]
    page = client.get("/work/indicators/at/TOURIST/?part=ORIGIN:NEA")
    assert page.context["value"] == "10 lượt"
    assert sum(not unit["none"] for unit in page.context["units"]) == 1
    assert client.get("/work/indicators/at/TOURIST/?part=ORIGIN:MARS").status_code == 404


def test_parts_cost_the_same_few_statements_however_many_there_are(reporting: Reporting, enter: Enter) -> None:
    """The page of an indicator with 124 units and five parts of each, and a form with a hundred cells more, by number of SQL statements."""
    units = [row.id for row in organizations.commune_agencies(on=NOW.date())]
    series = Series.objects.get(code="TOURIST.ALL")
    for unit in units:
        observe("TOURIST.ALL", unit, 100)

    def statements(client: Client, address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as caught:
            assert client.get(address).status_code == 200
        return len(caught)

    client = enter("foreign")
    page = "/work/indicators/at/TOURIST/"
    before = statements(client, page)
    Observation.objects.bulk_create(
        Observation(
            series=series, agency_id=unit, period="2026-09", first_day=SEPTEMBER.first, last_day=SEPTEMBER.last, frequency="M", breakdown=f"ORIGIN:{code}",
            value=20, known_from=NOW, source="x", reported_by="x", reported_at=NOW, published_by="x",
        )
        for unit in units for code in ORIGINS
    )  # fmt: skip
    assert statements(client, page) <= before <= 20
    indicator, root = Indicator.objects.get(code="TOURIST"), next(iter(organizations.root_ids()))
    with CaptureQueriesContext(connection) as caught:
        (by,) = queries.parts_of(indicator, root, SEPTEMBER)
    assert [(each.figure.value, each.share) for each in by.parts] == [(20 * len(units), 20)] * 5
    assert len(caught) <= 5
    client = enter("reporter")
    report = reporting.owed("TOURIST")
    Obligation.objects.filter(pk=report.pk).update(due_at=_now())
    form = "/work/indicators/reports/"
    with_five = statements(client, form)
    for n in range(40):
        services.add_category(reporting.keeper, dimension="ORIGIN", code=f"X{n}", name=f"Nước {n}", valid_from=date(2026, 9, 1), source="x", at=NOW)
    assert statements(client, form) <= with_five <= 60


def test_publishing_costs_the_same_with_five_parts_and_with_none(reporting: Reporting, report: Obligation) -> None:
    counts = []
    for parts in ({}, ORIGINS):
        if parts:
            services.reopen(reporting.reporter, report_id=report.pk, reason="Parts were forgotten", at=LATER)
            series = Series.objects.get(code="TOURIST.ALL")
            from langbiang.government.indicators.numbers import Typed

            cells = [(series, f"ORIGIN:{code}", Typed(Decimal(text))) for code, text in parts.items()]
            type_cells(reporting.reporter, report_id=report.pk, values=[], parts=cells, at=LATER)
        services.submit(reporting.reporter, report_id=report.pk, at=LATER)
        services.verify(reporting.head, report_id=report.pk, at=LATER)
        with CaptureQueriesContext(connection) as caught:
            services.publish(reporting.publisher, report_ids=[report.pk], at=LATER)
        counts.append(len(caught))
    assert counts[0] == counts[1]


def test_parts_go_to_the_government_under_their_keys_and_a_corrected_part_is_the_next_packet(reporting: Reporting, report: Obligation) -> None:
    exchange_reference.load(at=NOW)
    reporting_reference.load(at=NOW)
    type_parts(reporting, report, **ORIGINS)
    take_all_the_way(reporting, report)
    assert services.send_published(at=NOW) == 1
    row = PacketRow.objects.get(kind="indicator_data")
    told = [(each.get("breakdown"), Decimal(each["value"])) for each in row.content["values"]]
    assert told[0] == (None, 100)
    assert dict(told)["ORIGIN:EUR"] == 7
    listed = PacketRow.objects.get(kind="breakdown_list")
    origin = next(each for each in listed.content["breakdowns"] if each["code"] == "ORIGIN")
    assert {"ORIGIN:DOM", "ORIGIN:EUR"} <= {each["code"] for each in origin["categories"]}
    services.reopen(reporting.reporter, report_id=report.pk, reason="Seoul is in Asia", at=LATER)
    type_parts(reporting, report, EUR="2", NEA="15")
    take_all_the_way(reporting, report, at=LATER)
    services.send_published(at=LATER)
    assert sorted(PacketRow.objects.filter(kind="indicator_data").values_list("vintage", flat=True)) == [1, 2]
    assert PacketRow.objects.filter(kind="breakdown_list").count() == 1
