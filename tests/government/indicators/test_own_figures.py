"""Figures of the platform itself: the province counts every agency, opens into the very records, and a closed period stays."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from langbiang.foundation.access.models import RoleAssignment
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.measures import Scope, book, verifying
from langbiang.foundation.measures import queries as measures
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.organizations.models import Holding, Position
from langbiang.government.indicators import periods, services
from langbiang.government.indicators.measures import REPORTS
from langbiang.government.indicators.models import Indicator, Lock, Obligation, Observation
from langbiang.government.indicators.services.sending import packet_values

from .conftest import NOW, Reporting

MEASURE = "indicators.punctual"
SEPTEMBER = periods.parse("2026-09")
LATER = NOW + timedelta(days=3)


@pytest.fixture(autouse=True)
def _books() -> Iterator[None]:
    book.forget()
    yield
    book.forget()


@pytest.fixture
def counted(reporting: Reporting) -> str:
    """A share of the province over reports that were due in September: of four communes and of two departments."""
    due = datetime(2026, 9, 20, 3, tzinfo=UTC)
    owed = [reporting.owed(code, agency=agency) for code in ("TOURIST", "SAFETY") for agency in (reporting.commune, reporting.other)]
    owed += [reporting.owed(code, agency=root()) for code in ("CPI", "IIP", "EXPORT")]
    assert len({report.agency_id for report in owed}) == 4
    for n, report in enumerate(owed):
        state = "late" if n == 0 else "on_time"
        Obligation.objects.filter(pk=report.pk).update(due_at=due, stage="submitted", state=state, first_sent_at=due, submitted_at=due)
    services.add_indicator(
        reporting.keeper, code="PUNCTUAL", group="services", valid_from=date(2026, 9, 1), at=NOW,
        values={
            "name": "Báo cáo đúng hạn", "name_en": "Reports on time", "definition": "Báo cáo gửi đúng hạn.", "unit": "%", "decimals": 1, "frequency": "M",
            "scheme": "calendar", "levels": ["province"], "owner": "H36.01", "source": "Công văn 5", "source_kind": "internal", "measure": MEASURE,
        },
    )  # fmt: skip
    return "PUNCTUAL"


def root() -> int:
    return next(iter(organizations.root_ids()))


def total(known_at: datetime = NOW) -> tuple[int, int | None]:
    found = measures.total(MEASURE, Scope(SEPTEMBER.first, SEPTEMBER.last, known_at=known_at))
    return found.top, found.base


def test_the_province_counts_what_departments_have_as_well(reporting: Reporting, counted: str) -> None:
    services.take_internal(at=NOW)
    found = reporting.figure(counted, root())
    assert (found.top, found.base) == total() == (6, 7)
    assert found.value == Decimal(100) * 6 / 7
    assert found.have == found.of == len(organizations.agencies_on(SEPTEMBER.last))
    department = organizations.agency_id_of("H36.04")
    assert department is not None
    assert reporting.figure(counted, department).base == 1
    values = {each["unit_code"]: each["value"] for each in packet_values(Indicator.objects.get(code=counted), SEPTEMBER)}
    assert values[organizations.code_of(root())] == (Decimal(100) * 6 / 7).quantize(Decimal("0.000001"))
    assert values["H36.04"] == 100


def test_an_agency_that_ended_within_the_period_counts_with_what_it_had(reporting: Reporting, counted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = organizations.agency_id_of("H36.04")
    real = organizations.agencies_on
    monkeypatch.setattr(organizations, "agencies_on", lambda day: [row for row in real(day) if row.id != gone])
    services.take_internal(at=NOW)
    assert (reporting.figure(counted, root()).top, reporting.figure(counted, root()).base) == total()


def failures() -> list[str]:
    verdicts = verifying.prove("indicators", samples=6, seed=1, until=date(2026, 10, 5))
    (verdict,) = [each for each in verdicts if each.name == "indicators/PUNCTUAL"]
    assert verdict.checks
    return verdict.failures


def test_the_proof_compares_with_the_records_and_finds_a_department_left_out(reporting: Reporting, counted: str) -> None:
    services.take_internal(at=NOW)
    assert failures() == []
    department = organizations.agency_id_of("H36.04")
    of = Indicator.objects.get(code=counted).base[0]
    row = Observation.objects.get(series__code=of, agency_id=department)
    row.known_to = NOW + timedelta(minutes=1)
    row.save(update_fields=["known_to"])
    assert any("records of indicators.punctual" in each for each in failures())


def test_a_closed_period_is_not_taken_anew(reporting: Reporting, counted: str) -> None:
    services.take_internal(at=NOW)
    before = reporting.figure(counted, root())
    services.lock(reporting.keeper, code=counted, period="2026-09", at=NOW)
    Obligation.objects.filter(agency_id=reporting.commune, state="on_time").update(state="late")
    assert total(LATER) != (before.top, before.base)
    services.take_internal(at=LATER)
    assert reporting.figure(counted, root()) == before
    Lock.objects.update(opened_at=LATER)
    services.take_internal(at=LATER)
    assert reporting.figure(counted, root()).top == total(LATER)[0]


@pytest.fixture
def client_of_leader(reporting: Reporting, client: Client) -> Client:
    """The chair of the province."""
    account = reporting.publisher.account_id
    assert account is not None
    seat = Position.objects.create(agency_id=root(), title="Chủ tịch", title_en="Chair", valid_from="2025-07-01")
    Holding.objects.create(position=seat, account_id=account, valid_from="2025-07-01")
    RoleAssignment.objects.create(position=seat, role="leader", agency_id=root(), valid_from="2025-07-01", created_at=NOW)
    organizations.forget()
    client.force_login(Account.objects.get(pk=account))
    return client


def records_behind(client: Client, code: str, agency: int) -> tuple[int, int]:
    """How many records the panel of a figure leads to: those reached, and all of which they are a share."""
    page = client.get(f"/work/indicators/at/{code}/{agency}/2026-09/").content.decode()
    (link,) = {html.unescape(each) for each in re.findall(r'href="([^"]*known_at=[^"]*)"', page)}
    shown = client.get(link).context
    whole = client.get(f"{link}&part=base").context
    assert shown["form"].cleaned_data["first"] == SEPTEMBER.first
    assert shown["form"].cleaned_data["last"] == SEPTEMBER.last
    return shown["found"].total, whole["found"].total


def test_a_figure_opens_into_the_records_it_counted_also_after_they_changed(reporting: Reporting, counted: str, client_of_leader: Client) -> None:
    book.rebuild(REPORTS, at=lambda: NOW - timedelta(hours=1))
    services.take_internal(at=NOW)
    department = organizations.agency_id_of("H36.04")
    assert department is not None
    for agency in (root(), department, reporting.commune):
        figure = reporting.figure(counted, agency)
        assert records_behind(client_of_leader, counted, agency) == (figure.top, figure.base)
    Obligation.objects.filter(agency_id=reporting.other, stage="submitted").update(state="late")
    book.rebuild(REPORTS, at=lambda: LATER)
    assert measures.total(MEASURE, Scope(SEPTEMBER.first, SEPTEMBER.last)).top == 4
    figure = reporting.figure(counted, root())
    assert (figure.top, figure.base) == (6, 7)
    assert records_behind(client_of_leader, counted, root()) == (6, 7)
    services.take_internal(at=LATER + timedelta(minutes=1))
    assert reporting.figure(counted, root()).top == 4
    assert records_behind(client_of_leader, counted, root()) == (4, 7)


def test_departments_with_records_stand_among_the_units(reporting: Reporting, counted: str, client_of_leader: Client) -> None:
    services.take_internal(at=NOW)
    Indicator.objects.filter(code=counted).update(levels=["province", "agency", "commune"])
    page = client_of_leader.get(f"/work/indicators/at/{counted}/")
    names = [unit["name"] for unit in page.context["units"]]
    assert organizations.agency(organizations.agency_id_of("H36.04") or 0).short_name in names
    assert organizations.agency(organizations.agency_id_of("H36.02") or 0).short_name not in names
