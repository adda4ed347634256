"""One period of an indicator over all units: what is published and nothing else, what of each is the newest, who has not sent."""

from datetime import timedelta

import pytest
from django.utils import timezone

from langbiang.foundation.organizations import queries as organizations
from langbiang.government.indicators import queries, services
from langbiang.government.indicators.models import Indicator
from langbiang.government.indicators.queries import NoSuchPeriod, Spread
from tests.government.indicators.conftest import NOW, Reporting

LATER = NOW + timedelta(days=1)


def spread(code: str = "TOURIST", **asked: object) -> Spread:
    found = queries.spread(code, **{"on": LATER, **asked})  # type: ignore[arg-type]  # named values of one kind
    assert found is not None
    return found


def have(found: Spread) -> dict[int, object]:
    return {each.agency_id: each.figure.value for each in found.units.values() if each.figure.value is not None}


def test_only_what_is_published_stands_beside_the_other_units(reporting: Reporting) -> None:
    report = reporting.owed("TOURIST")
    reporting.fill(report, ALL="100", INTL="10", STAY="20")
    services.submit(reporting.reporter, report_id=report.pk, at=NOW)
    services.verify(reporting.head, report_id=report.pk, at=NOW)
    assert have(spread()) == {}
    assert queries.newest_of_units("TOURIST", at=LATER) == {}
    services.publish(reporting.publisher, report_ids=[report.pk], at=NOW)
    found = spread()
    assert have(found) == {reporting.commune: 100}
    assert (found.period, len(found.units), found.have) == ("2026-09", 124, 1)
    newest = queries.newest_of_units("TOURIST", at=LATER)
    assert {agency: (each.period, each.figure.value) for agency, each in newest.items()} == {reporting.commune: ("2026-09", 100)}
    assert queries.newest_of_units("TOURIST", at=NOW - timedelta(seconds=1)) == {}
    assert queries.newest_of_province("TOURIST", at=LATER) is None  # one of 124 makes no figure of the province


def test_a_correction_is_shown_now_and_the_first_value_as_known_then(reporting: Reporting) -> None:
    report = reporting.publish("TOURIST", ALL="100", INTL="10", STAY="20")
    services.reopen(reporting.reporter, report_id=report.pk, reason="Đếm sót một nhà nghỉ", at=LATER)
    reporting.fill(report, ALL="110")
    assert have(spread(on=LATER + timedelta(hours=1))) == {reporting.commune: 100}
    services.submit(reporting.reporter, report_id=report.pk, at=LATER)
    services.verify(reporting.head, report_id=report.pk, at=LATER)
    services.publish(reporting.publisher, report_ids=[report.pk], at=LATER)
    assert have(spread(on=LATER + timedelta(hours=1))) == {reporting.commune: 110}
    assert have(spread(on=NOW, known_at=LATER - timedelta(seconds=1))) == {reporting.commune: 100}


@pytest.mark.parametrize("period", ["2026-Q3", "2026-W40", "2026-09-R", "nonsense", "2026-13"])
def test_a_period_of_another_rhythm_is_refused_by_name(reporting: Reporting, period: str) -> None:
    with pytest.raises(NoSuchPeriod) as refused:
        spread(period=period)
    assert refused.value.field == "period"
    assert period in str(refused.value)


def test_what_is_not_in_the_catalogue_has_no_spread(reporting: Reporting) -> None:
    assert queries.spread("NOTHING", on=LATER) is None
    assert queries.spread("TOURIST.INTL", on=LATER) is None  # a series is no indicator
    assert queries.owner_of("NOTHING", on=LATER.date()) is None


def test_who_has_not_sent_the_newest_report_due(reporting: Reporting) -> None:
    report = reporting.owed("TOURIST")
    due = report.due_at
    day = timedelta(days=1)
    assert queries.unsent("TOURIST", at=due, after=timedelta(0), of_province=False) == {}  # the deadline itself is in time
    past = due + timedelta(seconds=1)
    missed = queries.unsent("TOURIST", at=past, after=timedelta(0), of_province=False)
    assert len(missed) == 124
    assert set(missed.values()) == {"2026-09"}
    assert queries.unsent("TOURIST", at=due + day, after=2 * day, of_province=False) == {}
    reporting.fill(report, ALL="100", INTL="10", STAY="20")
    services.submit(reporting.reporter, report_id=report.pk, at=NOW)
    assert set(missed) - set(queries.unsent("TOURIST", at=past, after=timedelta(0), of_province=False)) == {reporting.commune}
    root = next(iter(organizations.root_ids()))
    retail = reporting.owed("RETAIL", agency=root)
    assert queries.unsent("RETAIL", at=retail.due_at + day, after=timedelta(0), of_province=True) == {root: "2026-09"}
    assert queries.unsent("RETAIL", at=retail.due_at + day, after=timedelta(0), of_province=False) == {}


def test_an_ended_indicator_is_still_described_but_no_longer_in_force(reporting: Reporting) -> None:
    today = timezone.localdate(NOW)
    assert "TOURIST" in queries.described(on=today)
    Indicator.objects.filter(code="TOURIST").update(valid_to=today)
    assert "TOURIST" not in queries.described(on=today)
    assert queries.described(["TOURIST"], on=today)["TOURIST"].name
