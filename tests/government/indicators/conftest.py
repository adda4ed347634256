"""The real agencies with the catalogue, and people who report, check, publish and keep it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count

import pytest
from django.utils import translation

from langbiang.foundation.access import Actor, Grant
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.calendars import reference as calendars_reference
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.organizations import reference as organizations_reference
from langbiang.government.indicators import queries, reference, services
from langbiang.government.indicators.models import Indicator, Obligation

NOW = datetime(2026, 10, 2, 2, 0, tzinfo=UTC)  # Friday, 09:00 in Đà Lạt
SEPTEMBER = (date(2026, 9, 30), date(2026, 9, 30))
_numbers = count(1)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    organizations.forget()
    with translation.override("en"):
        yield
    organizations.forget()


def actor(agency_id: int, *permissions: str, name: str = "Nguyễn Thị Lan", everywhere: bool = False) -> Actor:
    """An officer with some permissions at one agency, or everywhere."""
    account = Account.objects.create(
        username=f"i{next(_numbers)}", full_name=name, kind=Account.Kind.STAFF, password="!", created_at=NOW
    )
    grant = Grant("tested", frozenset(permissions), None if everywhere else frozenset({agency_id}))
    return Actor(kind="staff", account_id=account.pk, agency_id=agency_id, label=f"{name}, officer", grants=(grant,))


@dataclass
class Reporting:
    """A commune, another one, and who does what."""

    commune: int
    other: int
    reporter: Actor
    head: Actor
    foreign: Actor
    publisher: Actor
    keeper: Actor
    second_keeper: Actor

    def owed(self, code: str, *, agency: int | None = None, period: str = "2026-09") -> Obligation:
        """The report of the commune about an indicator."""
        return Obligation.objects.get(indicator__code=code, about_id=agency or self.commune, period=period)

    def fill(self, report: Obligation, **values: str) -> None:
        """Type a report: the last part of each series code and what was typed."""
        for name, text in values.items():
            services.type_cell(
                self.reporter, report_id=report.pk, series_code=f"{report.indicator.code}.{name}", text=text, at=NOW
            )

    def publish(self, code: str, *, at: datetime = NOW, **values: str) -> Obligation:
        """Take a report of the commune all the way."""
        report = self.owed(code)
        self.fill(report, **values)
        services.submit(self.reporter, report_id=report.pk, at=at)
        services.verify(self.head, report_id=report.pk, at=at)
        services.publish(self.publisher, report_ids=[report.pk], at=at)
        report.refresh_from_db()
        return report

    def figure(self, code: str, agency: int, *, period: str = "2026-09", known_at: datetime | None = None) -> queries.Figure:
        """A figure as the pages reckon it."""
        from langbiang.government.indicators import periods

        indicator = Indicator.objects.get(code=code, valid_to__isnull=True)
        return queries.history(indicator, agency, last=periods.parse(period), count=1, known_at=known_at)[0][1]


@pytest.fixture
def reporting(db: None) -> Reporting:
    organizations_reference.load(at=NOW)
    calendars_reference.load(at=NOW)
    reference.load(at=NOW)
    organizations.forget()
    first, second = (row.id for row in organizations.commune_agencies(on=NOW.date())[:2])
    root = next(iter(organizations.root_ids()))
    services.make_obligations(first=SEPTEMBER[0], last=SEPTEMBER[1], at=NOW)
    see = "indicators.view"
    return Reporting(
        first, second, actor(first, see, "indicators.report"),
        actor(first, see, "indicators.verify", "indicators.report", name="Trần Văn Hùng"),
        actor(second, see, "indicators.report", "indicators.verify", "indicators.publish", name="Lê Thị Hoa"),
        actor(root, see, "indicators.publish", "indicators.verify", name="Phạm Minh Đức", everywhere=True),
        actor(root, see, "indicators.keep", name="Đỗ Thị Yến", everywhere=True),
        actor(root, see, "indicators.keep", name="Vũ Quốc Bảo", everywhere=True),
    )  # fmt: skip
