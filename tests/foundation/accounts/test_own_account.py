"""One's own account: sessions, password, expiry."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from langbiang.foundation.accounts import services
from langbiang.foundation.accounts.models import Account

from .conftest import PASSWORD, Staff, sign_in

pytestmark = pytest.mark.django_db
NEW = "seven pines above a lake"


@pytest.fixture
def account(staff: Staff) -> Account:
    return staff.officer("an.nguyen")


@pytest.fixture
def elsewhere(account: Account) -> Client:
    """A second browser of the same officer."""
    client = Client(headers={"user-agent": "Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile"})
    client.cookies["django_language"] = "en"
    sign_in(client, "an.nguyen")
    return client


def test_every_browser_is_listed_in_plain_words(elsewhere: Client, browser: Client) -> None:
    sign_in(browser, "an.nguyen")
    page = browser.get("/account/").content.decode()
    assert "Chrome 131, Windows" in page
    assert "Chrome 130, Android" in page
    assert page.count("Sign out there") == 1


def test_one_other_browser_is_signed_out(elsewhere: Client, browser: Client) -> None:
    from allauth.usersessions.models import UserSession

    other = UserSession.objects.get()
    sign_in(browser, "an.nguyen")
    browser.post("/account/sessions/end/", {"session": str(other.pk)})
    assert elsewhere.get("/account/").status_code == 302
    assert browser.get("/account/").status_code == 200


def test_all_other_browsers_are_signed_out(elsewhere: Client, browser: Client) -> None:
    sign_in(browser, "an.nguyen")
    browser.post("/account/sessions/end/")
    assert elsewhere.get("/account/").status_code == 302
    assert browser.get("/account/").status_code == 200


def test_nobody_ends_the_session_of_somebody_else(elsewhere: Client, staff: Staff, browser: Client) -> None:
    from allauth.usersessions.models import UserSession

    victim = UserSession.objects.get()
    staff.officer("other")
    sign_in(browser, "other")
    browser.post("/account/sessions/end/", {"session": str(victim.pk)})
    assert elsewhere.get("/account/").status_code == 200


def test_a_new_password_ends_every_other_session_but_not_this_one(elsewhere: Client, browser: Client) -> None:
    sign_in(browser, "an.nguyen")
    browser.post("/account/password/", {"present": PASSWORD, "new": NEW, "again": NEW})
    assert elsewhere.get("/account/").status_code == 302
    assert browser.get("/account/").status_code == 200
    assert sign_in(Client(), "an.nguyen", NEW).status_code == 302


@pytest.mark.parametrize(
    ("present", "new", "again", "said"),
    [
        ("guessed", NEW, NEW, "not your present password"),
        (PASSWORD, "short", "short", "at least 12"),
        (PASSWORD, "password1234", "password1234", "too common"),
        (PASSWORD, PASSWORD, PASSWORD, "other than the present one"),
        (PASSWORD, NEW, NEW + "x", "differ"),
        (PASSWORD, "an.nguyen1234", "an.nguyen1234", "too similar"),
    ],
)
def test_a_password_that_will_not_do_is_explained(
    account: Account, browser: Client, present: str, new: str, again: str, said: str
) -> None:
    sign_in(browser, "an.nguyen")
    page = browser.post("/account/password/", {"present": present, "new": new, "again": again})
    assert said in page.content.decode()


def test_a_closed_account_is_nobody_at_its_next_request(account: Account, browser: Client) -> None:
    sign_in(browser, "an.nguyen")
    assert browser.get("/account/").status_code == 200
    Account.objects.filter(pk=account.pk).update(is_active=False)
    assert browser.get("/account/")["Location"] == "/sign-in/?next=/account/"


def test_a_session_left_alone_ends_and_one_in_use_does_not(account: Account, browser: Client) -> None:
    sign_in(browser, "an.nguyen")
    begun = timezone.now()
    for hours in (3, 6, 9):
        with time_machine.travel(begun + timedelta(hours=hours)):
            assert browser.get("/account/").status_code == 200, hours
    with time_machine.travel(begun + timedelta(hours=13, minutes=30)):
        assert browser.get("/account/").status_code == 302


def test_no_session_lasts_longer_than_a_working_day(account: Account, browser: Client) -> None:
    sign_in(browser, "an.nguyen")
    begun = timezone.now()
    for hours in range(1, 14, 3):
        with time_machine.travel(begun + timedelta(hours=hours)):
            assert browser.get("/account/").status_code == 200
    with time_machine.travel(begun + timedelta(hours=14, minutes=5)):
        assert browser.get("/account/").status_code == 302


def test_one_signs_in_again_and_returns_to_the_page(account: Account, browser: Client) -> None:
    answer = browser.get("/account/second-factor/")
    assert answer["Location"] == "/staff/sign-in/?next=/account/second-factor/"
    assert sign_in(browser, "an.nguyen", next="/account/second-factor/")["Location"] == "/account/second-factor/"


def test_an_expired_session_within_a_page_leads_to_the_sign_in_and_back(account: Account, browser: Client) -> None:
    answer = browser.get(
        "/account/positions/",
        headers={"hx-request": "true", "hx-current-url": "http://testserver/account/second-factor/?tab=keys"},
    )
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/staff/sign-in/?next=/account/second-factor/%3Ftab%3Dkeys"


def test_what_ended_is_cleared_away_at_night(elsewhere: Client, browser: Client) -> None:
    from allauth.usersessions.models import UserSession
    from axes.models import AccessAttempt

    sign_in(browser, "an.nguyen", "wrong")
    sign_in(browser, "nobody", "wrong")
    assert services.forget_ended(at=timezone.now()) == (0, 0)
    assert services.forget_ended(at=timezone.now() + timedelta(hours=5)) == (1, 2)
    assert not UserSession.objects.exists()
    assert not AccessAttempt.objects.exists()
