"""What ministries' databases say stands beside what is reported: whole periods only, in the unit of the series, never as the value."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from langbiang.foundation.organizations import queries as organizations
from langbiang.government.indicators import queries
from langbiang.government.indicators.models import Series
from langbiang.government.indicators.pages.reporting import row_of
from langbiang.government.reporting import reference as reporting_reference
from langbiang.government.reporting.connectors import CONTRACTS
from langbiang.government.reporting.models import Connector, Draw, SourceRow

from .conftest import NOW, Reporting

DAYS = [date(2026, 9, 1) + timedelta(days=n) for n in range(30)]


@pytest.fixture
def place(reporting: Reporting) -> str:
    """The code of the place the commune administers."""
    reporting_reference.load(at=NOW)
    return next(row.place_code for row in organizations.commune_agencies(on=NOW.date()) if row.id == reporting.commune)


def drawn(code: str, series: str, place: str, values: dict[str, int]) -> None:
    """As if a connector had drawn these."""
    connector = Connector.objects.get(code=code)
    draw = Draw.objects.create(connector=connector, first_day=DAYS[0], last_day=DAYS[-1], begun_at=NOW, finished_at=NOW)
    SourceRow.objects.bulk_create(
        SourceRow(connector=connector, draw=draw, row_key=f"{series}/{place}/{period}", series=series, place_code=place, period=period,
                  value=Decimal(value), version=1, known_from=NOW)
        for period, value in values.items()
    )  # fmt: skip


def test_days_are_added_up_when_all_of_them_are_there_and_money_is_put_into_the_unit(reporting: Reporting, place: str) -> None:
    report = reporting.owed("BUDGET_REV")
    drawn("finance-budget", "BUDGET_REV.AMT", place, {day.isoformat(): 2_500_000 for day in DAYS[:-1]})
    assert queries.said_by_sources([report]) == {}
    drawn("finance-budget", "BUDGET_REV.AMT", place, {DAYS[-1].isoformat(): 500_000})
    assert queries.said_by_sources([report]) == {(report.pk, "BUDGET_REV.AMT"): Decimal(73)}
    assert queries.said_by_sources([reporting.owed("BUDGET_REV", agency=reporting.other)]) == {}


def test_what_stands_at_a_moment_is_taken_as_it_is(reporting: Reporting, place: str) -> None:
    report = reporting.owed("HI_COV")
    drawn("health-insurance", "HI_COV.INSURED", place, {"2026-09": 27_000})
    assert queries.said_by_sources([report]) == {(report.pk, "HI_COV.INSURED"): Decimal(27_000)}


def test_a_value_that_differs_is_remarked_on_and_is_not_replaced(reporting: Reporting, place: str) -> None:
    report = reporting.owed("HI_COV")
    drawn("health-insurance", "HI_COV.INSURED", place, {"2026-09": 27_000})
    series = Series.objects.get(code="HI_COV.INSURED")
    for text, differs in (("27.100", False), ("2.700", True)):
        reporting.fill(report, INSURED=text)
        said = queries.said_by_sources([report])[report.pk, series.code]
        row = row_of(report, series, said=said)
        assert row["said_differs"] is differs
        assert report.entries.get().value != said


def test_reading_sources_costs_the_same_for_one_report_and_for_all(reporting: Reporting, place: str, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]  # a fixture without a type
    owed = queries.owed_by(reporting.reporter, agency_id=reporting.commune, at=NOW, ahead=timedelta(days=90))
    assert len(owed) > 5
    organizations.agencies_on(NOW.date())
    with django_assert_num_queries(2):
        queries.said_by_sources(owed)


def test_every_series_of_a_contract_is_one_of_the_catalogue_or_has_none_yet(reporting: Reporting) -> None:
    known = set(Series.objects.values_list("code", flat=True))
    drawn_ = {code for contract in CONTRACTS.values() for code in contract.series.values()}
    assert {code for code in drawn_ - known} == {"CIVIL.BIRTHS", "CIVIL.DEATHS", "CIVIL.MARRIAGES"}
