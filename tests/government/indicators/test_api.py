"""Figures of indicators for other systems, with their parts."""

from typing import Any

from django.test import Client

from langbiang.foundation.access import SYSTEM
from langbiang.foundation.access.models import RoleAssignment
from langbiang.foundation.accounts import keys
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.organizations.models import Position

from .conftest import NOW, Reporting
from .test_parts import ORIGINS, take_all_the_way, type_parts


def ask(reporting: Reporting, address: str, *, role: str = "officer", **asked: Any) -> Any:
    from django.utils import timezone

    seat = Position.objects.create(agency_id=reporting.commune, title="Máy", title_en="Machine", valid_from="2025-07-01")
    RoleAssignment.objects.create(position=seat, role=role, agency_id=reporting.commune, valid_from="2025-07-01", created_at=NOW)
    organizations.forget()
    key = keys.issue_key(SYSTEM, name="Kho dữ liệu", position_id=seat.pk, days=30, at=timezone.now())[1]
    return Client().get(f"/api/v1/indicators/{address}", asked, headers={"Authorization": f"Bearer {key}"})


def test_another_system_reads_a_figure_with_its_parts(reporting: Reporting) -> None:
    report = reporting.owed("TOURIST")
    reporting.fill(report, ALL="100", INTL="30", STAY="20")
    type_parts(reporting, report, **ORIGINS)
    take_all_the_way(reporting, report)
    told = ask(reporting, "TOURIST", period="2026-09", agency=organizations.code_of(reporting.commune)).json()
    assert (float(told["value"]), told["status"], told["have"], told["of"]) == (100, "A", 1, 1)
    (by,) = told["breakdowns"]
    assert (by["by"], by["exhaustive"]) == ("ORIGIN", True)
    assert {part["breakdown"]: float(part["value"]) for part in by["parts"]}["ORIGIN:EUR"] == 7
    assert sum(float(part["share"]) for part in by["parts"]) == 100
    before = ask(reporting, "TOURIST", period="2026-09", agency=organizations.code_of(reporting.commune), known_at="2026-10-01T00:00:00").json()
    assert (before["value"], before["breakdowns"]) == (None, [])


def test_what_is_not_there_is_named(reporting: Reporting) -> None:
    assert ask(reporting, "NOTHING").status_code == 404
    assert ask(reporting, "TOURIST.ALL").status_code == 404
    wrong = ask(reporting, "TOURIST", period="tháng 9")
    assert (wrong.status_code, wrong.json()["field"]) == (409, "period")
    assert ask(reporting, "TOURIST", agency="H99.99").json()["field"] == "agency"
    assert Client().get("/api/v1/indicators/TOURIST").status_code in (401, 403)
