"""Published figures of all communes, made by the hundred, and officers who look at them at the centre."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.test import Client
from django.utils import timezone

from langbiang.foundation.access import Actor
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.calendars import reference as calendars_reference
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.organizations import reference as organizations_reference
from langbiang.foundation.organizations.models import Agency
from langbiang.foundation.places import reference as places_reference
from langbiang.government.indicators import periods
from langbiang.government.indicators import reference as indicators_reference
from langbiang.government.indicators.models import Observation, Series, Target
from langbiang.operations.centre import reference
from tests.government.cases.world import make_officer

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
NOW = datetime(2026, 10, 20, 2, 0, tzinfo=UTC)  # a Tuesday morning in Đà Lạt


@dataclass
class Reported:
    """The 124 communes, two of them by name, and the province."""

    communes: list[int]
    root: int

    @property
    def here(self) -> int:
        return self.communes[0]

    @property
    def there(self) -> int:
        return self.communes[1]

    def place(self, agency: int) -> str:
        return organizations.place_of(agency)

    def officer(self, role: str, agency: int) -> Actor:
        """Somebody who holds one role at an agency."""
        return make_officer(Agency.objects.get(pk=agency), role)

    def publish(
        self, values: Mapping[int, Mapping[str, object]], period: str, *, at: datetime | None = None, status: str = "A",
        no_event: bool = False,
    ) -> None:  # fmt: skip
        """Figures of agencies for a period, known from a moment on; a second time it is a revision."""
        at = at or NOW
        span = periods.parse(period)
        series = {row.code: row for row in Series.objects.all()}
        held = Observation.objects.filter(period=period, known_to=None, agency_id__in=values).select_related("series")
        before = {(row.series.code, row.agency_id): row for row in held}
        told = [(agency, code, value) for agency, row in values.items() for code, value in row.items()]
        over = [before[code, agency].pk for agency, code, _value in told if (code, agency) in before]
        Observation.objects.filter(pk__in=over).update(known_to=at)
        Observation.objects.bulk_create(
            Observation(
                series=series[code], agency_id=agency, period=period, first_day=span.first, last_day=span.last, frequency=span.frequency,
                vintage=former.vintage + 1 if former else 1, value=value, status=status, is_no_event=no_event, known_from=at, source="thử",
                reported_by="Lan", reported_at=at, published_by="Đức", reason="Sửa" if former else "",
            )
            for agency, code, value in told
            for former in [before.get((code, agency))]
        )  # fmt: skip

    def poverty(self, agencies: Iterable[int], period: str = "2026-S1", **changes: object) -> dict[int, float]:
        """Poor households of each agency: one in a hundred more for each; gives the shares."""
        rows = {agency: {"POVERTY.POOR": 1 + n, "POVERTY.ALL": 1000} for n, agency in enumerate(agencies)}
        self.publish(rows, period, **changes)  # type: ignore[arg-type]  # named values of one kind
        return {agency: (1 + n) / 10 for n, agency in enumerate(rows)}

    def target(self, code: str, value: float, *, year: int = 2026, at: datetime | None = None) -> Target:
        return Target.objects.create(code=code, agency_id=self.root, year=year, value=value, source="thử", set_by="Yến", known_from=at or NOW)


def reported() -> Reported:
    """A province with its catalogue of indicators and nothing published yet."""
    organizations_reference.load(at=NOW)
    places_reference.load(at=NOW)
    calendars_reference.load(at=NOW)
    indicators_reference.load(at=NOW)
    organizations.forget()
    reference.load(at=NOW)
    return Reported([row.id for row in organizations.commune_agencies(on=timezone.localdate(NOW))], next(iter(organizations.root_ids())))


def client_of(actor: Actor) -> Client:
    client = Client()
    client.force_login(Account.objects.get(pk=actor.account_id), backend=BACKEND)
    return client
