"""Figures of the province that do not come from the communes of the day: official ones, and years before it was formed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from langbiang.foundation.measures import verifying
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.places import queries as places
from langbiang.foundation.places import reference as places_reference
from langbiang.government.indicators import periods, queries, services
from langbiang.government.indicators.models import Indicator, Observation

from .conftest import NOW, Reporting
from .test_catalogue import add, observe
from .test_pages import Enter, enter

__all__ = ["enter"]
EVE = date(2025, 6, 30)


def root() -> int:
    return next(iter(organizations.root_ids()))


def unproven(code: str) -> list[str]:
    verdicts = {each.name: each for each in verifying.prove("indicators", samples=8, seed=3, until=date(2026, 10, 5))}
    assert verdicts[f"indicators/{code}"].checks
    return verdicts[f"indicators/{code}"].failures


def test_an_official_series_beside_those_of_communes_can_be_read_and_is_never_added_up(reporting: Reporting) -> None:
    add(reporting, "UNEMP", formula="JOBS.UNEMP * 1", levels=["province"])
    observe("JOBS.UNEMP", root(), 2)
    for unit in (reporting.commune, reporting.other):
        observe("JOBS.UNEMP", unit, 40)
    assert reporting.figure("UNEMP", root()).value == 2
    assert unproven("UNEMP") == []


def test_the_panel_of_the_province_shows_the_versions_of_its_official_series(reporting: Reporting, enter: Enter) -> None:
    observe("JOBS.UNEMP", root(), 2)
    observe("JOBS.CREATED", reporting.commune, 30)
    client: Client = enter("head")
    shown = client.get(f"/work/indicators/at/JOBS/{root()}/2026-09/").context
    assert [(row.series.code, row.value) for row, _name, _words in shown["vintages"]] == [("JOBS.UNEMP", 2)]
    assert shown["is_rolled_up"]


def test_an_official_part_of_a_share_is_taken_once_beside_the_sum_of_communes(reporting: Reporting) -> None:
    Indicator.objects.filter(code="JOBS").update(base=["JOBS.UNEMP"], more=[], coverage_percent=1)
    observe("JOBS.CREATED", reporting.commune, 30)
    observe("JOBS.CREATED", reporting.other, 10)
    assert reporting.figure("JOBS", root()).value is None
    observe("JOBS.UNEMP", root(), 8)
    found = reporting.figure("JOBS", root())
    assert (found.top, found.base, found.value) == (Decimal(40), Decimal(8), Decimal(500))
    assert unproven("JOBS") == []


@pytest.fixture
def past(reporting: Reporting) -> int:
    """A figure of October 2024 put together from the parts of one unit; the agency that has it now."""
    places_reference.load(at=NOW)
    parts = [each.place.code for each in places.predecessors("22918")]
    text = "\n".join(["series,unit,period,value", *(f"TOURIST.ALL,{code},2024-10,100" for code in parts)])
    services.take_past(reporting.keeper, text=text, units_of=EVE, source="Niên giám thống kê 2024", at=NOW)
    assert Observation.objects.get().value == 100 * len(parts)
    return Observation.objects.get().agency_id


def test_years_before_the_province_are_read_over_the_units_it_was_formed_with(reporting: Reporting, past: int, enter: Enter) -> None:
    Indicator.objects.filter(code="TOURIST").update(coverage_percent=0)
    value = Observation.objects.get().value
    found = reporting.figure("TOURIST", root(), period="2024-10")
    assert (found.value, found.have, found.of) == (value, 1, 124)
    assert unproven("TOURIST") == []
    client = enter("head")
    assert client.get(f"/work/indicators/at/TOURIST/{root()}/2024-10/").context["figure"].value == value
    row = Indicator.objects.get(code="TOURIST")
    units = [each.id for each in organizations.commune_agencies(on=queries.units_day(root(), periods.parse("2024-10")))]
    assert past in units
    assert len(units) == 124
    assert queries.children(row, root(), queries.series_of(row), period=periods.parse("2026-09")) == [
        each.id for each in organizations.commune_agencies(on=date(2026, 9, 30))
    ]  # fmt: skip


def test_a_figure_stands_beside_the_target_of_its_own_year_as_it_was_known_then(reporting: Reporting, enter: Enter) -> None:
    add(reporting, "UNEMP", formula="JOBS.UNEMP * 1", levels=["province"], unit="%")
    observe("JOBS.UNEMP", root(), 2)

    def aim(year: int, value: int, at: datetime) -> None:
        services.set_target(
            reporting.keeper, code="UNEMP", agency_id=root(), year=year, value=Decimal(value), source="Nghị quyết", verified=True, at=at
        )

    aim(2026, 5, NOW)
    aim(2027, 4, NOW)
    january = datetime(2027, 1, 10, 2, tzinfo=UTC)
    assert queries.headlines(["UNEMP"], on=january)["UNEMP"].target == 5
    later = NOW + timedelta(days=2)
    aim(2026, 6, later)
    assert queries.headlines(["UNEMP"], on=january)["UNEMP"].target == 6
    assert queries.headlines(["UNEMP"], on=january, known_at=later - timedelta(days=1))["UNEMP"].target == 5
