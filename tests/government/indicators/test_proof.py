"""What `langbiang measures verify` proves of reported figures, and that it finds what is wrong."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest

from langbiang.foundation.measures import verifying
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.indicators import proof, queries, services
from langbiang.government.indicators.models import Indicator, Observation, Series
from langbiang.government.indicators.queries import figures

from .conftest import NOW, Reporting

DAY = date(2026, 10, 5)


@pytest.fixture
def reported(reporting: Reporting) -> Reporting:
    """A share of all units but some, an official figure of the province, and a corrected report."""
    series = {row.code: row for row in Series.objects.all()}
    dice = random.Random(5)
    units = [row.id for row in organizations.commune_agencies(on=NOW.date())]
    rows = [(code, unit, dice.randint(1, 900)) for unit in units[:118] for code in ("HI_COV.INSURED", "HI_COV.POP")]
    rows += [("CPI.YOY", next(iter(organizations.root_ids())), 3)]
    Observation.objects.bulk_create(
        Observation(
            series=series[code], agency_id=agency, period="2026-09", first_day="2026-09-01", last_day="2026-09-30", frequency="M",
            value=Decimal(value), known_from=NOW, source="x", reported_by="x", reported_at=NOW, published_by="x",
        )
        for code, agency, value in rows
    )  # fmt: skip
    report = reporting.publish("TOURIST", ALL="100", INTL="10", STAY="20")
    later = NOW + timedelta(days=2)
    services.reopen(reporting.reporter, report_id=report.pk, reason="Counted twice", at=later)
    reporting.fill(report, ALL="90")
    services.submit(reporting.reporter, report_id=report.pk, at=later)
    services.verify(reporting.head, report_id=report.pk, at=later)
    services.publish(reporting.publisher, report_ids=[report.pk], at=later)
    return reporting


def wrong(seed: int = 1) -> dict[str, list[str]]:
    """What does not hold, by figure."""
    verdicts = verifying.prove("indicators", samples=6, seed=seed, until=DAY)
    assert {"HI_COV", "CPI", "TOURIST"} <= {each.name.removeprefix("indicators/") for each in verdicts if each.checks}
    return {each.name: each.failures for each in verdicts if each.failures}


def test_every_figure_is_what_its_published_lines_make(reported: Reporting) -> None:
    assert wrong() == {}


def test_a_mean_of_shares_is_found(reported: Reporting, monkeypatch: pytest.MonkeyPatch) -> None:
    real = figures.figure

    def mean_of_shares(
        indicator: Indicator, series: object, values: object, *, agencies: list[int], period: object, is_part: bool = False
    ) -> figures.Figure:
        parts = [real(indicator, series, values, agencies=[each], period=period) for each in agencies]  # type: ignore[arg-type]  # lists of codes
        known = [each.value for each in parts if each.value is not None]
        whole = real(indicator, series, values, agencies=agencies, period=period)  # type: ignore[arg-type]  # lists of codes
        return whole if whole.value is None or not indicator.base else figures.Figure(sum(known, Decimal(0)) / len(known))

    monkeypatch.setattr(figures, "figure", mean_of_shares)
    assert "indicators/HI_COV" in wrong()


def test_an_official_figure_that_is_added_up_is_found(reported: Reporting) -> None:
    series = Series.objects.get(code="CPI.YOY")
    units = [row.id for row in organizations.commune_agencies(on=NOW.date())[:2]]
    Indicator.objects.filter(code="CPI").update(levels=["province", "commune"], coverage_percent=1)
    for unit in units:
        Observation.objects.create(
            series=series, agency_id=unit, period="2026-09", first_day="2026-09-01", last_day="2026-09-30", frequency="M", value=3,
            known_from=NOW, source="x", reported_by="x", reported_at=NOW, published_by="x",
        )  # fmt: skip
    assert wrong() == {}
    Series.objects.filter(code="CPI.YOY").update(space="sum")
    lines = list(proof.prove(6, random.Random(1), DAY))
    assert any(each.figure == "CPI" and each.found is not None for each in lines)
    assert queries.series_of(Indicator.objects.get(code="CPI"))["CPI.YOY"].space == "sum"
