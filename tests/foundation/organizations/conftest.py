"""A province with its real agencies, and officers in it."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from langbiang.foundation.access import Actor
from langbiang.foundation.access.actor import Grant
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.organizations import queries, reference

NOW = dt.datetime(2026, 11, 24, 9, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def _english():
    """Refusals are matched in English, whatever the language of the installation."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _fresh_directory():
    """What one test saw of the directory is not what the next sees."""
    queries.forget()
    yield
    queries.forget()


@pytest.fixture
def province(db):
    """All agencies of the province; gives the id of an agency by its code."""
    reference.load(at=NOW)

    def agency(code: str) -> int:
        found = queries.agency_id_of(code)
        assert found is not None
        return found

    return agency


@pytest.fixture
def officer(db):
    """An officer's account."""

    def make(username: str, name: str = "Nguyễn Thị Lan", **more) -> Account:
        return Account.objects.create(
            username=username, full_name=name, kind=Account.Kind.STAFF, password="!", created_at=NOW, **more
        )

    return make


@pytest.fixture
def administrator(province):
    """An administrator, of the whole province or of one unit and what lies below."""

    def make(code: str | None = None, *permissions: str) -> Actor:
        scope = None if code is None else queries.descendant_ids(province(code))
        grants = frozenset(permissions or {"organizations.view", "organizations.edit", "access.view", "access.grant"})
        return Actor(
            kind="staff", account_id=1, position_id=None, agency_id=province(code or "H36"), label="Quản trị",
            grants=(Grant(role="unit_admin", permissions=grants, agency_ids=scope),),
        )

    return make


@pytest.fixture
def signed_in(province, officer, client):
    """A browser in which an officer with these roles at an agency has signed in."""
    from langbiang.foundation.access.models import RoleAssignment
    from langbiang.foundation.organizations.models import Holding, Position

    def sign_in(code: str, *roles: str):
        account = officer(f"admin.{code.lower()}", "Trần Thị Hòa")
        position = Position.objects.create(agency_id=province(code), title="Quản trị", valid_from=dt.date(2025, 7, 1))
        Holding.objects.create(position=position, account=account, valid_from=dt.date(2025, 7, 1))
        for role in roles:
            RoleAssignment.objects.create(
                position=position, role=role, agency_id=province(code), valid_from=dt.date(2025, 7, 1), created_at=NOW
            )
        client.force_login(account)
        return position

    return sign_in
