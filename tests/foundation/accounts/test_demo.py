"""The demo province: every seat filled within seconds, sign-ins that work."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from langbiang.foundation.accounts import demo, queries
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.organizations import demo as staff_plan
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.organizations import reference

from .conftest import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def province(db: None) -> None:
    organizations.forget()
    reference.load(at=timezone.now())
    organizations.forget()
    staff_plan.load(at=timezone.now(), seed=68, progress=lambda done, total: None)


def test_every_seat_is_filled_and_every_role_signs_in(province: None, browser: Client, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert not queries.has_demo()
    demo.load(at=timezone.now(), seed=68, progress=lambda done, total: None)
    assert queries.has_demo()
    seats = staff_plan.seats()
    assert Account.objects.count() == len(seats) > 1000
    table = demo.sign_in_table()
    roles = {role for seat in seats for role in seat.roles}
    shown: set[str] = set()
    for _words, _agency, username, password in table[:-1]:
        answer = sign_in(Client(), username, password)
        assert answer.status_code == 302, username
        account = Account.objects.get(username=username)
        shown |= queries.actor_for(account, at=timezone.now()).roles
    assert shown == roles
    page = browser.get("/staff/sign-in/").content.decode()
    assert demo.PASSWORD in page
    settings.MODE = "production"
    assert demo.PASSWORD not in browser.get("/staff/sign-in/").content.decode()


def test_officers_of_a_ward_are_those_who_may_process(province: None) -> None:
    demo.load(at=timezone.now(), seed=68, progress=lambda done, total: None)
    today = timezone.localdate()
    ward = organizations.commune_agencies(on=today)[0]
    rows = queries.officers_of(ward.id, permission="cases.process", on=today)
    assert rows
    assert {row.title for row in rows} >= {"Chuyên viên 1", "Chuyên viên 2", "Chuyên viên 3"}
    assert queries.name_of(rows[0].account_id) == rows[0].full_name
    actor = queries.actor_of_account(rows[0].account_id, at=timezone.now())
    assert actor.agency_id == ward.id
