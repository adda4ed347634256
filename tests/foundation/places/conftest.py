"""The register as it is shipped, and people who look after it."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from langbiang.foundation.access import Actor
from langbiang.foundation.access.actor import Grant
from langbiang.foundation.places import queries, reference

NOW = dt.datetime(2026, 11, 24, 9, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
TODAY = NOW.date()
EVE = dt.date(2025, 6, 30)
REFORM = dt.date(2025, 7, 1)


@pytest.fixture(autouse=True)
def _english():
    """Refusals are matched in English, whatever the language of the installation."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _fresh_register():
    """What one test saw of the register is not what the next sees."""
    queries.forget()
    yield
    queries.forget()


@pytest.fixture
def register(db):
    """Every unit the platform ships."""
    reference.load(at=NOW)


def _actor(*permissions: str) -> Actor:
    grant = Grant(role="r", permissions=frozenset(permissions), agency_ids=None)
    return Actor(kind="staff", account_id=1, label="Trần Văn Bảo", grants=(grant,))


@pytest.fixture
def keeper() -> Actor:
    """Somebody who may change the register."""
    return _actor("places.edit")


@pytest.fixture
def officer() -> Actor:
    """Staff without that right."""
    return _actor("cases.view")


@pytest.fixture
def signed_in(register, client):
    """An officer in the browser: `signed_in("system_admin")`."""
    from langbiang.foundation.access import SYSTEM
    from langbiang.foundation.access.services import grant_role
    from langbiang.foundation.accounts.models import Account
    from langbiang.foundation.organizations import queries as organizations
    from langbiang.foundation.organizations import reference as agencies
    from langbiang.foundation.organizations import services as seats

    agencies.load(at=NOW)
    organizations.forget()

    def sign(role: str) -> Account:
        agency_id = organizations.agency_id_of("H36")
        account = Account.objects.create(
            username=f"lan-{role}", full_name="Nguyễn Thị Lan", kind=Account.Kind.STAFF, password="!", created_at=NOW
        )
        day = dt.date(2026, 1, 1)
        seat = seats.add_position(SYSTEM, agency_id=agency_id, title="Chuyên viên", valid_from=day, at=NOW)
        seats.appoint(SYSTEM, position_id=seat.pk, account_id=account.pk, valid_from=day, at=NOW)
        grant_role(SYSTEM, position_id=seat.pk, role_code=role, agency_id=agency_id, valid_from=day, at=NOW)
        client.force_login(account)
        return account

    yield sign
    organizations.forget()
