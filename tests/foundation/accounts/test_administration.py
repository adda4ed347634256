"""Administrators keep the accounts of their own unit, and everything they do is on record."""

import re
from typing import Any

import pytest
from django.test import Client

from langbiang.foundation.accounts import second_factor
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.audit.models import Entry
from langbiang.foundation.organizations.models import Position

from .conftest import BEGUN, PASSWORD, Staff, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit_admin(staff: Staff, browser: Client) -> Account:
    """The administrator of the ward, signed in."""
    account = staff.officer("ward.admin", roles=("unit_admin",))
    sign_in(browser, "ward.admin")
    return account


@pytest.fixture
def province_admin(staff: Staff) -> Client:
    """A browser of the platform's administrator."""
    staff.officer("root.admin", at=staff.province, roles=("system_admin",))
    client = Client()
    client.cookies["django_language"] = "en"
    sign_in(client, "root.admin")
    return client


def names_on(page: Any) -> set[str]:
    return set(re.findall(r"<td>([a-z0-9.-]+)</td>", page.content.decode()))


def test_an_officer_without_the_right_sees_no_accounts(staff: Staff, browser: Client) -> None:
    staff.officer("an.nguyen")
    sign_in(browser, "an.nguyen")
    assert browser.get("/manage/accounts/").status_code == 403


def test_the_list_shows_a_unit_administrator_their_own_unit_only(
    staff: Staff, unit_admin: Account, browser: Client
) -> None:
    staff.officer("mine", at=staff.ward)
    staff.officer("theirs", at=staff.commune)
    assert names_on(browser.get("/manage/accounts/")) == {"mine", "ward.admin"}


def test_the_list_finds_by_any_part_of_name_or_user_name(staff: Staff, unit_admin: Account, browser: Client) -> None:
    account = staff.officer("mai.tran")
    Account.objects.filter(pk=account.pk).update(full_name="Trần Thị Mai")
    assert names_on(browser.get("/manage/accounts/?q=mai")) == {"mai.tran"}
    assert names_on(browser.get("/manage/accounts/?q=Trần+Mai")) == {"mai.tran"}
    assert "Nobody found" in browser.get("/manage/accounts/?q=xyz").content.decode()


def test_the_list_costs_the_same_whatever_its_length(
    staff: Staff, unit_admin: Account, browser: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        staff.officer()
    with django_assert_max_num_queries(14):
        assert len(names_on(browser.get("/manage/accounts/"))) == 31


def test_enrolling_seats_the_officer_and_shows_the_password_once(
    staff: Staff, unit_admin: Account, browser: Client
) -> None:
    vacant = Position.objects.create(agency=staff.ward, title="Văn thư", valid_from=BEGUN)
    form = {"full_name": "Lê Thị Cúc", "username": "Cuc.Le", "position_id": str(vacant.pk), "email": "", "phone": ""}
    page = browser.post("/manage/accounts/enrol/", form).content.decode()
    shown = re.search(r"<strong class=\"nowrap\">([a-z2-9-]{17})</strong>", page)
    assert shown
    account = Account.objects.get(username="cuc.le")
    assert shown[1] not in browser.get(f"/manage/accounts/{account.pk}/").content.decode()
    fresh = Client()
    assert sign_in(fresh, "cuc.le", shown[1])["Location"] == "/account/password/"
    assert Entry.objects.get(action="accounts.enrolled").account_id == unit_admin.pk


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"username": "an.nguyen"}, "is taken"),
        ({"username": "AN.Nguyen"}, "is taken"),
        ({"username": "lê thị"}, "without marks"),
        ({"username": "x"}, "3 to 60"),
        ({"full_name": ""}, "Enter the full name"),
        ({"email": "nonsense"}, "valid email"),
        ({"position_id": "999999"}, "Select a valid choice"),
    ],
)
def test_a_wrong_entry_is_explained(
    staff: Staff, unit_admin: Account, browser: Client, change: dict[str, str], said: str
) -> None:
    staff.officer("an.nguyen")
    form = {"full_name": "Lê Thị Cúc", "username": "cuc.le", "position_id": "", "email": "", "phone": "", **change}
    assert said in browser.post("/manage/accounts/enrol/", form).content.decode()
    assert not Account.objects.filter(username="cuc.le").exists()


def test_nobody_is_seated_in_another_unit(staff: Staff, unit_admin: Account, browser: Client) -> None:
    foreign = Position.objects.create(agency=staff.commune, title="Văn thư", valid_from=BEGUN)
    form = {"full_name": "Lê Thị Cúc", "username": "cuc.le", "position_id": str(foreign.pk)}
    browser.post("/manage/accounts/enrol/", form)
    assert not Account.objects.filter(username="cuc.le").exists()


@pytest.mark.parametrize("act", ["password", "second-factor", "close", "reopen"])
def test_accounts_of_another_unit_are_out_of_reach(
    staff: Staff, unit_admin: Account, browser: Client, act: str
) -> None:
    theirs = staff.officer("theirs", at=staff.commune)
    assert browser.get(f"/manage/accounts/{theirs.pk}/").status_code == 403
    assert browser.post(f"/manage/accounts/{theirs.pk}/{act}/").status_code == 403


def test_an_account_with_rights_beyond_the_unit_is_out_of_reach(
    staff: Staff, unit_admin: Account, browser: Client
) -> None:
    from langbiang.foundation.access.models import RoleAssignment

    both = staff.officer("both")
    seat = staff.seat(both, at=staff.ward, roles=())
    RoleAssignment.objects.create(
        position_id=seat.pk, role="auditor", agency_id=staff.province.pk, valid_from=BEGUN, created_at=both.created_at
    )
    assert browser.post(f"/manage/accounts/{both.pk}/password/").status_code == 403
    both.refresh_from_db()
    assert both.check_password(PASSWORD)


def test_a_citizen_account_is_not_kept_here(staff: Staff, province_admin: Client) -> None:
    citizen = Account.objects.create(kind="citizen", username="c1", is_active=False, created_at="2026-01-01T00:00Z")
    assert province_admin.get(f"/manage/accounts/{citizen.pk}/").status_code == 404


def test_a_new_password_ends_sessions_and_lifts_the_hold_up(
    staff: Staff, unit_admin: Account, browser: Client
) -> None:
    account = staff.officer("mine")
    own = Client()
    sign_in(own, "mine")
    other = Client()
    for _ in range(5):
        sign_in(other, "mine", "wrong")
    assert "held up" in browser.get(f"/manage/accounts/{account.pk}/").content.decode()
    page = browser.post(f"/manage/accounts/{account.pk}/password/").content.decode()
    shown = re.search(r"<strong class=\"nowrap\">([a-z2-9-]{17})</strong>", page)
    assert shown
    assert own.get("/account/").status_code == 302
    assert sign_in(other, "mine", shown[1]).status_code == 302


def test_a_lost_telephone_is_helped_with(staff: Staff, unit_admin: Account, browser: Client) -> None:
    account = staff.officer("mine")
    secret = second_factor.new_secret()
    second_factor.totp.TOTP.activate(account, secret)
    browser.post(f"/manage/accounts/{account.pk}/second-factor/")
    assert not second_factor.is_enrolled(account)
    assert Entry.objects.filter(action="accounts.second_factor_reset").count() == 1


def test_closing_an_account_ends_its_session_at_once(staff: Staff, unit_admin: Account, browser: Client) -> None:
    account = staff.officer("mine")
    own = Client()
    sign_in(own, "mine")
    consequences = browser.get(f"/manage/accounts/{account.pk}/close/").content.decode()
    assert "Every browser is signed out at once" in consequences
    browser.post(f"/manage/accounts/{account.pk}/close/")
    assert own.get("/account/").status_code == 302
    assert names_on(browser.get("/manage/accounts/?view=closed")) == {"mine"}
    browser.post(f"/manage/accounts/{account.pk}/reopen/")
    assert sign_in(own, "mine").status_code == 302


def test_nobody_closes_their_own_account(staff: Staff, unit_admin: Account, browser: Client) -> None:
    page = browser.post(f"/manage/accounts/{unit_admin.pk}/close/")
    assert "cannot close your own account" in page.content.decode()
    unit_admin.refresh_from_db()
    assert unit_admin.is_active


def test_pages_go_on_from_where_the_last_ended(staff: Staff, province_admin: Client) -> None:
    for number in range(60):
        staff.officer(f"many{number:02}")
    first = province_admin.get("/manage/accounts/?q=many")
    assert len(names_on(first)) == 50
    link = re.search(r'href="(/manage/accounts/\?[^"]*after=[^"]*)"', first.content.decode())
    assert link
    second = province_admin.get(link[1].replace("&amp;", "&"))
    assert names_on(first) | names_on(second) == {f"many{number:02}" for number in range(60)}
