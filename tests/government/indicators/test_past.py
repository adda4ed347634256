"""Figures of the units before July 2025, kept for those of today."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from langbiang.foundation.access.errors import Forbidden
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.places import queries as places
from langbiang.foundation.places import reference as places_reference
from langbiang.government.indicators import services
from langbiang.government.indicators.models import Observation
from langbiang.government.indicators.services.past import BadPast

from .conftest import NOW, Reporting

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


def test_what_is_known_already_stays(reporting: Reporting) -> None:
    code = places.predecessors("22918")[0].place.code
    assert taken(reporting, f"TOURIST.ALL,{code},2024-10,5").kept == 1
    again = taken(reporting, f"TOURIST.ALL,{code},2024-10,7")
    assert (again.kept, again.known) == (0, 1)
    assert Observation.objects.get(series__code="TOURIST.ALL", period="2024-10").value == Decimal(5)


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
