"""The second step: apps, recovery codes, security keys."""

import re
import time
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from langbiang.foundation.accounts import second_factor
from langbiang.foundation.accounts.models import Account

from .conftest import PASSWORD, Staff, sign_in

pytestmark = pytest.mark.django_db
STEP = "/staff/sign-in/second-step/"


def code_for(secret: str, *, ahead: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead))


@pytest.fixture
def protected(staff: Staff) -> tuple[Account, str]:
    """An officer with an app, set up two periods ago."""
    account = staff.officer("an.nguyen")
    secret = second_factor.new_secret()
    with time_machine.travel(time.time() - 90):
        assert second_factor.enrol_app(account, secret, code_for(secret))
    return account, secret


def signed_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def test_the_password_alone_is_not_enough(protected: tuple[Account, str], browser: Client) -> None:
    answer = sign_in(browser, "an.nguyen")
    assert answer["Location"] == STEP
    assert not signed_in(browser)
    assert browser.get("/account/").status_code == 302


def test_the_code_of_the_app_lets_in_and_leads_on(protected: tuple[Account, str], browser: Client) -> None:
    sign_in(browser, "an.nguyen", next="/account/")
    answer = browser.post(STEP, {"code": code_for(protected[1])})
    assert answer["Location"] == "/account/"
    assert signed_in(browser)


def test_a_code_is_accepted_once(protected: tuple[Account, str], browser: Client) -> None:
    code = code_for(protected[1])
    sign_in(browser, "an.nguyen")
    browser.post(STEP, {"code": code})
    again = Client()
    sign_in(again, "an.nguyen")
    again.post(STEP, {"code": code})
    assert signed_in(browser)
    assert not signed_in(again)


def test_wrong_codes_hold_the_account_up_like_wrong_passwords(protected: tuple[Account, str], browser: Client) -> None:
    sign_in(browser, "an.nguyen")
    answers = [browser.post(STEP, {"code": "000000"}).status_code for _ in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    assert browser.post(STEP, {"code": code_for(protected[1])}).status_code == 429
    assert not signed_in(browser)


def test_beginning_again_does_not_reset_the_count(protected: tuple[Account, str], browser: Client) -> None:
    for _ in range(5):
        sign_in(browser, "an.nguyen")
        browser.post(STEP, {"code": "000000"})
    assert sign_in(browser, "an.nguyen").status_code == 429


def test_the_second_step_ends_after_ten_minutes(protected: tuple[Account, str], browser: Client) -> None:
    sign_in(browser, "an.nguyen")
    with time_machine.travel(time.time() + 700):
        assert browser.post(STEP, {"code": code_for(protected[1])})["Location"] == "/staff/sign-in/"
    assert not signed_in(browser)


def test_nobody_reaches_the_second_step_without_a_password(protected: tuple[Account, str], browser: Client) -> None:
    assert browser.get(STEP)["Location"] == "/staff/sign-in/"


def test_a_recovery_code_lets_in_once(protected: tuple[Account, str], browser: Client) -> None:
    codes = second_factor.new_recovery_codes(protected[0])
    sign_in(browser, "an.nguyen")
    browser.post(STEP, {"code": codes[0]})
    again = Client()
    sign_in(again, "an.nguyen")
    again.post(STEP, {"code": codes[0]})
    assert signed_in(browser)
    assert not signed_in(again)
    assert second_factor.recovery_codes_left(protected[0]) == len(codes) - 1


def test_secrets_do_not_lie_open_in_the_database(protected: tuple[Account, str]) -> None:
    assert protected[1] not in str(Authenticator.objects.get().data)


def test_an_officer_sets_up_an_app_with_password_and_code(staff: Staff, browser: Client) -> None:
    account = staff.officer("an.nguyen")
    sign_in(browser, "an.nguyen")
    page = browser.get("/account/second-factor/app/").content.decode()
    shown = re.search(r"<strong class=\"nowrap\">([A-Z2-7 ]+)</strong>", page)
    assert shown
    secret = shown[1].replace(" ", "")
    wrong = browser.post("/account/second-factor/app/", {"code": code_for(secret), "password": "guessed"})
    assert "not your present password" in wrong.content.decode()
    assert not second_factor.is_enrolled(account)
    done = browser.post("/account/second-factor/app/", {"code": code_for(secret), "password": PASSWORD})
    assert "Keep these recovery codes" in done.content.decode()
    assert second_factor.is_enrolled(account)


def test_taking_the_last_factor_away_voids_the_recovery_codes(
    protected: tuple[Account, str], browser: Client
) -> None:
    account, secret = protected
    second_factor.new_recovery_codes(account)
    sign_in(browser, "an.nguyen")
    browser.post(STEP, {"code": code_for(secret)})
    address = f"/account/second-factor/{second_factor.factors(account)[0].id}/remove/"
    assert "only second factor" in browser.get(address).content.decode()
    assert browser.post(address, {"password": PASSWORD}).status_code == 302
    assert not Authenticator.objects.exists()


def test_nobody_removes_the_factor_of_somebody_else(protected: tuple[Account, str], staff: Staff, browser: Client) -> None:
    staff.officer("other")
    sign_in(browser, "other")
    factor = second_factor.factors(protected[0])[0].id
    browser.post(f"/account/second-factor/{factor}/remove/", {"password": PASSWORD})
    assert second_factor.is_enrolled(protected[0])


def test_a_made_up_answer_of_a_key_lets_nobody_in(protected: tuple[Account, str], browser: Client) -> None:
    sign_in(browser, "an.nguyen")
    for answer in ("", "{}", "[]", "not json", '{"id": "x", "rawId": "eA", "type": "public-key", "response": {}}'):
        assert browser.post(STEP, {"key": answer}).status_code in (200, 429)
    assert not signed_in(browser)


def test_the_page_offers_the_key_with_what_the_browser_needs(staff: Staff, browser: Client, monkeypatch: Any) -> None:
    staff.officer("an.nguyen")
    sign_in(browser, "an.nguyen")
    page = browser.get("/account/second-factor/key/").content.decode()
    assert '"challenge"' in page
    assert '"publicKey"' in page
