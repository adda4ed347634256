"""Figures of the units before July 2025, kept for those of today."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from langbiang.foundation.access.errors import Forbidden
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.places import queries as places
from langbiang.foundation.places import reference as places_reference
from langbiang.government.indicators import services
from langbiang.government.indicators.models import Observation
from langbiang.government.indicators.services.entering import Closed
from langbiang.government.indicators.services.flow import NoReason
from langbiang.government.indicators.services.past import BadPast

from .conftest import NOW, Reporting
from .test_catalogue import observe

LATER = NOW + timedelta(days=1)
EVE = date(2025, 6, 30)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _places() -> None:
    places_reference.load(at=NOW)


def sheet(*lines: str) -> str:
    return "\n".join(["series,unit,period,value", *lines])


def taken(reporting: Reporting, *lines: str, at: datetime = NOW) -> services.Taken:
    return services.take_past(reporting.keeper, text=sheet(*lines), units_of=EVE, source="Niên giám thống kê 2024", at=at)


def test_parts_of_a_unit_are_added_up_exactly(reporting: Reporting) -> None:
    parts = [each.place.code for each in places.predecessors("22918")]
    done = taken(reporting, *(f'TOURIST.ALL,{code},2024-10,"{n + 1}.000"' for n, code in enumerate(parts)))
    assert (done.kept, done.estimates, done.joint) == (1, 0, [])
    row = Observation.objects.get(series__code="TOURIST.ALL", period="2024-10")
    assert row.agency_id == organizations.commune_agency_id("22918", on=timezone.localdate(NOW))
    assert row.value == sum(1000 * (n + 1) for n in range(len(parts)))
    assert row.status == "A"
    assert row.inputs["recast_from"] == sorted(parts) or set(row.inputs["recast_from"]) == set(parts)


def whole(value: int) -> list[str]:
    """A line with the same value for each part of one unit."""
    return [f"TOURIST.ALL,{each.place.code},2024-10,{value}" for each in places.predecessors("22918")]


def test_what_is_known_already_stays(reporting: Reporting) -> None:
    assert taken(reporting, *whole(5)).kept == 1
    again = taken(reporting, *whole(5), at=LATER)
    assert (again.kept, again.known, again.revised) == (0, 1, 0)
    assert Observation.objects.get().value == Decimal(5 * len(whole(5)))


def test_a_unit_of_which_a_part_is_missing_is_refused_and_the_part_is_named(reporting: Reporting) -> None:
    lines = whole(5)
    assert len(lines) > 2
    missing = places.predecessors("22918")[-1].place
    with pytest.raises(BadPast) as refused:
        taken(reporting, *(line for line in lines if f",{missing.code}," not in line))
    assert f"missing: {places.long_name(missing)} ({missing.code})" in str(refused.value)
    assert refused.value.field == "file"
    assert refused.value.way_out
    assert not Observation.objects.exists()


def test_a_corrected_file_adds_the_next_version_with_its_reason(reporting: Reporting) -> None:
    taken(reporting, *whole(5))
    with pytest.raises(NoReason) as refused:
        taken(reporting, *whole(7), at=LATER)
    assert refused.value.field == "reason"
    assert Observation.objects.count() == 1
    done = services.take_past(
        reporting.keeper, text=sheet(*whole(7)), units_of=EVE, source="Niên giám thống kê 2025", reason="Đính chính trang 212", at=LATER
    )
    assert (done.kept, done.revised, done.known) == (1, 1, 0)
    rows = Observation.objects.order_by("vintage")
    count = len(whole(5))
    assert [(row.value, row.known_to, row.reason) for row in rows] == [(5 * count, LATER, ""), (7 * count, None, "Đính chính trang 212")]
    assert rows[1].source == "Niên giám thống kê 2025"


def test_what_came_with_a_report_is_not_rewritten_by_a_file(reporting: Reporting) -> None:
    agency = organizations.commune_agency_id("22918", on=timezone.localdate(NOW))
    assert agency is not None
    observe("TOURIST.ALL", agency, 3, "2024-10")
    done = services.take_past(reporting.keeper, text=sheet(*whole(7)), units_of=EVE, source="Niên giám thống kê 2025", reason="Đính chính", at=LATER)
    assert (done.kept, done.known) == (0, 1)
    assert Observation.objects.get().value == 3


def test_a_closed_period_takes_nothing_over(reporting: Reporting) -> None:
    services.lock(reporting.keeper, code="TOURIST", period="2024-10", at=NOW)
    with pytest.raises(Closed):
        taken(reporting, *whole(5))
    assert not Observation.objects.exists()


def test_a_split_without_a_share_gives_nobody_a_guess(reporting: Reporting) -> None:
    code = next(row.code for row in places.communes(province="60", on=EVE) if row.name == "Phong Phú" and len(places.current_of(row)) == 2)
    done = taken(reporting, f"TOURIST.ALL,{code},2024-10,900")
    assert done.kept == 0
    assert len(done.joint) == 1
    assert not Observation.objects.exists()


def test_every_wrong_line_is_named_and_nothing_is_taken(reporting: Reporting) -> None:
    code = places.predecessors("22918")[0].place.code
    with pytest.raises(BadPast) as refused:
        taken(
            reporting, f"TOURIST.ALL,{code},2024-10,5", "TOURIST.ALL,00000,2024-10,5", f"GRDP_G.G,{code},2024-10,5",
            f"TOURIST.ALL,{code},2026-10,5", f"TOURIST.ALL,{code},autumn,5", f"TOURIST.ALL,{code},2024-10,6",
        )  # fmt: skip
    for line in (3, 4, 5, 6, 7):
        assert f"line {line}:" in str(refused.value)
    assert "line 2:" not in str(refused.value)
    assert not Observation.objects.exists()


def test_only_those_who_keep_the_indicators_take_figures_over(reporting: Reporting) -> None:
    with pytest.raises(Forbidden):
        services.take_past(reporting.reporter, text=sheet(), units_of=EVE, source="Niên giám", at=NOW)
