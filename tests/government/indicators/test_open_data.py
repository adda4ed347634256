"""Open data of indicators: what may be published with its status, version and source, and nothing else."""

import csv
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from langbiang.foundation.organizations import queries as organizations
from langbiang.government.indicators import open_data, queries, services
from langbiang.government.indicators.models import Indicator

from .conftest import NOW, Reporting
from .test_catalogue import add, observe

TODAY = NOW.date()


def lines(client: Client, code: str) -> list[dict[str, str]]:
    answer = client.get(f"/open-data/indicators/{code}.csv")
    assert answer.status_code == 200
    return list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))


def table(code: str) -> dict[str, open_data.Line]:
    return {each.area: each for each in open_data.table(Indicator.objects.get(code=code), today=TODAY)}


def area(agency_id: int) -> str:
    return organizations.agency(agency_id).place_code


@pytest.fixture
def published(reporting: Reporting, client: Client) -> Client:
    """Visitors of two communes, one of them corrected; official prices of the province."""
    Indicator.objects.filter(code="TOURIST").update(coverage_percent=1)
    observe("TOURIST.ALL", reporting.other, 1000)
    report = reporting.publish("TOURIST", ALL="100", INTL="10", STAY="20")
    later = NOW + timedelta(days=2)
    services.reopen(reporting.reporter, report_id=report.pk, reason="Counted twice", at=later)
    reporting.fill(report, ALL="90")
    services.submit(reporting.reporter, report_id=report.pk, at=later)
    services.verify(reporting.head, report_id=report.pk, at=later)
    services.publish(reporting.publisher, report_ids=[report.pk], at=later)
    return client


def test_everybody_finds_what_may_be_published_with_status_version_and_source(reporting: Reporting, published: Client) -> None:
    assert "/open-data/indicators/" in published.get("/open-data/").content.decode()
    page = published.get("/open-data/indicators/").content.decode()
    assert "/open-data/indicators/TOURIST.csv" in page
    assert "/open-data/indicators/TOURIST.json" in page
    found = {row["REF_AREA"]: row for row in lines(published, "TOURIST") if row["TIME_PERIOD"] == "2026-09"}
    assert set(found) == {settings.PROVINCE_CODE, area(reporting.commune), area(reporting.other)}
    mine = found[area(reporting.commune)]
    assert (mine["OBS_VALUE"], mine["OBS_STATUS"], mine["VINTAGE"], mine["SOURCE"]) == ("90", "A", "2", "Khai báo lưu trú")
    assert mine["KNOWN_FROM"] == timezone.localtime(NOW + timedelta(days=2)).isoformat(timespec="seconds")
    whole = found[settings.PROVINCE_CODE]
    assert (whole["OBS_VALUE"], whole["OBS_STATUS"], whole["COVERAGE"], whole["VINTAGE"]) == ("1090", "P", "2/124", "2")
    message = published.get("/open-data/indicators/TOURIST.json").json()
    (structure,) = message["data"]["structures"]
    assert [each["id"] for each in structure["attributes"]["observation"]] == ["OBS_STATUS", "COVERAGE", "VINTAGE", "KNOWN_FROM", "SOURCE"]
    areas = [each["id"] for each in structure["dimensions"]["series"][2]["values"]]
    series = message["data"]["dataSets"][0]["series"][f"0:0:{areas.index(area(reporting.commune))}"]
    (told,) = series["observations"].values()
    assert told == [90.0, 0, "1/1", 2, mine["KNOWN_FROM"], 0]


@pytest.mark.parametrize("end", ["csv", "json"])
def test_what_is_not_publishable_is_told_in_no_way(reporting: Reporting, published: Client, end: str) -> None:
    Indicator.objects.filter(code="TOURIST").update(is_publishable=False)
    assert "TOURIST" not in published.get("/open-data/indicators/").content.decode()
    for name in ("TOURIST", "TOURIST.ALL", "TOURIST.INTL", "NOTHING"):
        answer = published.get(f"/open-data/indicators/{name}.{end}")
        assert answer.status_code == 404
        assert b"1000" not in answer.content


def test_a_single_series_of_an_open_indicator_is_no_file_of_its_own(reporting: Reporting, published: Client) -> None:
    assert published.get("/open-data/indicators/TOURIST.INTL.csv").status_code == 404


def test_an_ended_or_future_indicator_is_not_open(reporting: Reporting, published: Client) -> None:
    Indicator.objects.filter(code="TOURIST").update(valid_to="2026-11-01")
    assert published.get("/open-data/indicators/TOURIST.csv").status_code == 404
    Indicator.objects.filter(code="TOURIST").update(valid_from="2099-01-01", valid_to=None)
    assert published.get("/open-data/indicators/TOURIST.csv").status_code == 404


def test_periods_of_a_row_that_was_not_publishable_stay_closed(reporting: Reporting, published: Client) -> None:
    Indicator.objects.filter(code="TOURIST").update(is_publishable=False)
    services.change_indicator(
        reporting.keeper, code="TOURIST", values={"is_publishable": True, "source": "Quyết định 9"}, valid_from=NOW.date(), at=NOW
    )
    observe("TOURIST.ALL", reporting.other, 700, "2026-10")
    assert {row["TIME_PERIOD"] for row in lines(published, "TOURIST")} == {"2026-10"}


def test_what_was_typed_and_not_published_is_not_told(reporting: Reporting, client: Client) -> None:
    report = reporting.owed("TOURIST")
    reporting.fill(report, ALL="4.321", INTL="10", STAY="20")
    services.submit(reporting.reporter, report_id=report.pk, at=NOW)
    assert lines(client, "TOURIST") == []


def test_numbers_of_one_to_four_are_left_out_and_cannot_be_subtracted(reporting: Reporting) -> None:
    Indicator.objects.filter(code__in=("SAFETY", "POVERTY")).update(coverage_percent=1)
    units = [row.id for row in organizations.commune_agencies(on=TODAY)[:4]]
    for unit, value in zip(units, (3, 20, 9, 0), strict=True):
        observe("SAFETY.CASES", unit, value)
    found = table("SAFETY")
    assert {unit: (found[area(unit)].value, found[area(unit)].status) for unit in units} == {
        units[0]: (None, "Q"), units[1]: (20, "A"), units[2]: (None, "Q"), units[3]: (0, "A"),
    }  # fmt: skip
    assert found[settings.PROVINCE_CODE].value == 32


def test_a_share_of_so_few_is_left_out_also_through_a_formula(reporting: Reporting) -> None:
    add(reporting, "INTL", is_publishable=True)
    units = [row.id for row in organizations.commune_agencies(on=TODAY)[:3]]
    for unit, part in zip(units, (2, 40, 30), strict=True):
        observe("TOURIST.ALL", unit, 100)
        observe("TOURIST.INTL", unit, part)
    found = table("INTL")
    assert found[area(units[0])].status == "Q"
    assert sum(found[area(unit)].value is None for unit in units) == 2
    Indicator.objects.filter(code="HI_COV").update(coverage_percent=1)
    observe("HI_COV.POP", units[0], 1000)
    observe("HI_COV.INSURED", units[0], 998)
    assert table("HI_COV")[area(units[0])].status == "Q"


def test_a_rate_is_told_as_it_is(reporting: Reporting) -> None:
    observe("CPI.YOY", next(iter(organizations.root_ids())), 3)
    assert table("CPI")[settings.PROVINCE_CODE].value == Decimal("3.00")


def test_one_file_costs_the_same_whatever_it_holds(reporting: Reporting, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]  # a fixture without a type
    row = Indicator.objects.get(code="TOURIST")
    observe("TOURIST.ALL", reporting.commune, 100)
    queries.Catalogue()
    organizations.agencies_on(TODAY)
    with django_assert_num_queries(3):
        assert open_data.table(row, today=TODAY)


def _parts(unit: int, **values: int) -> None:
    from .test_parts import observe as observe_part

    observe_part("TOURIST.ALL", unit, sum(values.values()))
    for code, value in values.items():
        observe_part("TOURIST.ALL", unit, value, f"ORIGIN:{code}")


def test_parts_are_told_under_their_keys_as_a_column_and_as_a_dimension(reporting: Reporting, client: Client) -> None:
    Indicator.objects.filter(code="TOURIST").update(coverage_percent=1)
    _parts(reporting.commune, DOM=70, NEA=20, SEA=0, EUR=10, OTH=0)
    found = {(row["REF_AREA"], row["BREAKDOWN"]): row for row in lines(client, "TOURIST")}
    assert found[area(reporting.commune), "_T"]["OBS_VALUE"] == "100"
    assert found[area(reporting.commune), "ORIGIN:NEA"]["OBS_VALUE"] == "20"
    assert found[settings.PROVINCE_CODE, "ORIGIN:NEA"]["COVERAGE"] == "1/124"
    message = client.get("/open-data/indicators/TOURIST.json").json()
    (structure,) = message["data"]["structures"]
    dimensions = structure["dimensions"]["series"]
    assert [each["id"] for each in dimensions] == ["INDICATOR", "FREQ", "REF_AREA", "ORIGIN"]
    assert structure["dimensions"]["observation"][0]["keyPosition"] == 4
    origins = [each["id"] for each in dimensions[3]["values"]]
    assert origins[0] == "_T"
    areas = [each["id"] for each in dimensions[2]["values"]]
    key = f"0:0:{areas.index(area(reporting.commune))}:{origins.index('ORIGIN:NEA'.partition(':')[2])}"
    (told,) = message["data"]["dataSets"][0]["series"][key]["observations"].values()
    assert told[0] == 20


def test_a_single_small_part_is_not_the_total_less_the_others(reporting: Reporting) -> None:
    Indicator.objects.filter(code="TOURIST").update(coverage_percent=1)
    _parts(reporting.commune, DOM=70, NEA=20, SEA=3, EUR=10, OTH=0)
    _parts(reporting.other, DOM=700, NEA=200, SEA=30, EUR=100, OTH=0)
    found = {(each.area, each.part): each for each in open_data.table(Indicator.objects.get(code="TOURIST"), today=TODAY)}
    mine, other = area(reporting.commune), area(reporting.other)
    hidden = {where for where, line in found.items() if line.status == "Q"}
    assert hidden == {(mine, "ORIGIN:SEA"), (mine, "ORIGIN:EUR"), (other, "ORIGIN:SEA"), (other, "ORIGIN:EUR")}
    assert found[settings.PROVINCE_CODE, "_T"].value == 1133


def test_a_file_with_parts_costs_two_statements_more(reporting: Reporting, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]  # a fixture without a type
    _parts(reporting.commune, DOM=70, NEA=20, SEA=3, EUR=10, OTH=0)
    organizations.agencies_on(TODAY)
    row = Indicator.objects.get(code="TOURIST")
    with django_assert_num_queries(5):
        assert open_data.table(row, today=TODAY)
