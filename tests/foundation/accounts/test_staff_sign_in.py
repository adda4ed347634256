"""Officers come in by password; guessing is slowed down; nothing is told to strangers."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from langbiang.foundation.accounts.models import Account
from langbiang.foundation.audit.models import Entry

from .conftest import PASSWORD, Staff, sign_in

pytestmark = pytest.mark.django_db


def session_user(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def test_an_officer_signs_in_and_reaches_the_workbench(staff: Staff, browser: Client) -> None:
    staff.officer("an.nguyen")
    answer = sign_in(browser, "an.nguyen")
    assert (answer.status_code, answer["Location"]) == (302, "/work/")


def test_the_user_name_is_known_whatever_its_case(staff: Staff, browser: Client) -> None:
    staff.officer("an.nguyen")
    assert sign_in(browser, "  An.Nguyen ").status_code == 302


def test_signing_in_leads_back_to_the_page_that_asked_for_it(staff: Staff, browser: Client) -> None:
    staff.officer("an.nguyen")
    asked = browser.get("/account/positions/")
    assert asked["Location"] == "/staff/sign-in/?next=/account/positions/"
    page = browser.get(asked["Location"]).content.decode()
    kept = re.findall(r'name="next" value="([^"]*)"', page)[-1]  # the first is that of the language switch
    assert sign_in(browser, "an.nguyen", next=kept)["Location"] == "/account/positions/"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "/%0d%0aSet-Cookie:x=1",
        "http:///evil.example", "\t//evil.example", "/no-such-page/",
    ],
)  # fmt: skip
def test_nobody_is_sent_elsewhere_by_a_link(staff: Staff, browser: Client, target: str) -> None:
    staff.officer("an.nguyen")
    assert sign_in(browser, "an.nguyen", next=target)["Location"] == "/work/"


def test_a_wrong_password_and_an_unknown_name_look_the_same(staff: Staff, browser: Client) -> None:
    staff.officer("an.nguyen")
    known = sign_in(browser, "an.nguyen", "wrong").content.decode()
    unknown = sign_in(browser, "bn.nguyen", "wrong").content.decode().replace("bn.nguyen", "an.nguyen")
    plain = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|id="[^"]*"|[A-Z2-9]{8}')
    assert "do not match" in known
    assert plain.sub("", known) == plain.sub("", unknown)


def test_the_password_is_hashed_once_for_known_unknown_closed_and_citizen_accounts(
    staff: Staff, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.contrib.auth import hashers

    staff.officer("an.nguyen")
    staff.officer("gone", is_active=False)
    made: list[str] = []
    hasher = type(hashers.get_hasher())
    encode = hasher.encode
    monkeypatch.setattr(hasher, "encode", lambda self, *given: made.append("x") or encode(self, *given))
    counts = {}
    for name in ("an.nguyen", "nobody", "gone"):
        made.clear()
        sign_in(browser, name, "wrong")
        counts[name] = len(made)
    assert set(counts.values()) == {1}, counts


def test_a_closed_account_cannot_sign_in(staff: Staff, browser: Client) -> None:
    staff.officer("gone", is_active=False)
    assert "do not match" in sign_in(browser, "gone").content.decode()


def test_the_session_key_changes_at_the_sign_in(staff: Staff, browser: Client) -> None:
    staff.officer("an.nguyen")
    planted = browser.session
    planted["draft"] = "kept"
    planted.save()
    browser.cookies["sessionid"] = planted.session_key
    sign_in(browser, "an.nguyen")
    assert browser.cookies["sessionid"].value != planted.session_key
    assert session_user(browser)
    assert not Client(headers={"cookie": f"sessionid={planted.session_key}"}).session.get("_auth_user_id")


def test_a_form_without_its_token_is_refused(staff: Staff) -> None:
    staff.officer("an.nguyen")
    strict = Client(enforce_csrf_checks=True)
    assert sign_in(strict, "an.nguyen").status_code == 403
    assert not session_user(strict)


def test_the_fifth_wrong_password_holds_the_account_up_from_that_address(staff: Staff, browser: Client) -> None:
    staff.officer("an.nguyen")
    answers = [sign_in(browser, "an.nguyen", "wrong").status_code for _ in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    held = sign_in(browser, "an.nguyen")
    assert held.status_code == 429
    assert "Try again in 15 minutes" in held.content.decode()
    assert not session_user(browser)
    assert Entry.objects.filter(action="accounts.locked_out").count() == 1


def test_a_hold_up_ends_by_itself(staff: Staff, browser: Client) -> None:
    staff.officer("an.nguyen")
    for _ in range(5):
        sign_in(browser, "an.nguyen", "wrong")
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert sign_in(browser, "an.nguyen").status_code == 302


def test_spelling_the_name_otherwise_does_not_get_around_the_limit(staff: Staff, browser: Client) -> None:
    staff.officer("an.nguyen")
    for name in ("an.nguyen", "AN.nguyen", "An.Nguyen ", "an.NGUYEN", " an.nguyen"):
        answer = sign_in(browser, name, "wrong")
    assert answer.status_code == 429


def test_somebody_guessing_elsewhere_does_not_hold_up_the_officer_at_once(staff: Staff, browser: Client) -> None:
    staff.officer("an.nguyen")
    for _ in range(6):
        browser.post("/staff/sign-in/", {"username": "an.nguyen", "password": "x"}, REMOTE_ADDR="203.0.113.9")
    assert sign_in(browser, "an.nguyen").status_code == 302


def test_guessing_one_account_from_many_addresses_holds_it_up(staff: Staff, browser: Client) -> None:
    staff.officer("an.nguyen")
    for number in range(20):
        browser.post("/staff/sign-in/", {"username": "an.nguyen", "password": "x"}, REMOTE_ADDR=f"203.0.113.{number}")
    assert sign_in(browser, "an.nguyen").status_code == 429


def test_one_password_tried_on_everybody_holds_the_address_up(staff: Staff, browser: Client, settings: Any) -> None:
    settings.SIGN_IN_LIMITS = {**settings.SIGN_IN_LIMITS, "address": 10}
    staff.officer("an.nguyen")
    for number in range(10):
        sign_in(browser, f"officer-{number}", "Matkhau@123")
    answer = sign_in(browser, "an.nguyen")
    assert answer.status_code == 429
    assert "network" in answer.content.decode()
    assert browser.post(
        "/staff/sign-in/", {"username": "an.nguyen", "password": PASSWORD}, REMOTE_ADDR="203.0.113.9"
    ).status_code == 302  # fmt: skip


def test_a_forwarded_address_is_believed_only_from_our_own_proxy(staff: Staff, browser: Client, settings: Any) -> None:
    from django.test import RequestFactory

    from langbiang.foundation.accounts.queries import client_address

    make = RequestFactory().get
    spoofed = {"REMOTE_ADDR": "198.51.100.7", "HTTP_X_FORWARDED_FOR": "10.0.0.1"}
    assert client_address(make("/", **spoofed)) == "198.51.100.7"
    settings.TRUSTED_PROXIES = ["198.51.100.7"]
    assert client_address(make("/", **{**spoofed, "HTTP_X_FORWARDED_FOR": "6.6.6.6, 203.0.113.5"})) == "203.0.113.5"


def test_a_first_password_must_be_changed_before_anything_else(staff: Staff, browser: Client) -> None:
    staff.officer("an.nguyen", must_change_password=True)
    assert sign_in(browser, "an.nguyen", next="/account/positions/")["Location"] == "/account/password/"
    assert browser.get("/account/")["Location"] == "/account/password/"
    answer = browser.post(
        "/account/password/", {"present": PASSWORD, "new": "seven pines above a lake", "again": "seven pines above a lake"}
    )
    assert answer["Location"] == "/account/positions/"
    assert browser.get("/account/").status_code == 200


def test_an_officer_without_a_position_is_told_so(staff: Staff, browser: Client) -> None:
    staff.officer("an.nguyen", seated=False)
    answer = sign_in(browser, "an.nguyen")
    assert answer["Location"] == "/staff/no-position/"
    assert "hold no position today" in browser.get("/staff/no-position/").content.decode()
    assert browser.get("/account/positions/").status_code == 302


def test_an_officer_with_several_positions_chooses_one(staff: Staff, browser: Client) -> None:
    account = staff.officer("an.nguyen")
    second = staff.seat(account, at=staff.commune, title="Văn thư")
    assert sign_in(browser, "an.nguyen", next="/account/")["Location"] == "/account/positions/"
    answer = browser.post("/account/positions/", {"position": str(second.pk)})
    assert answer["Location"] == "/account/"
    assert "Văn thư, Ủy ban nhân dân xã Lạc Dương" in browser.get("/account/").content.decode()


def test_nobody_chooses_a_position_of_somebody_else(staff: Staff, browser: Client) -> None:
    staff.officer("an.nguyen")
    foreign = staff.seat(staff.officer("other"), at=staff.commune)
    sign_in(browser, "an.nguyen")
    page = browser.post("/account/positions/", {"position": str(foreign.pk)})
    assert "do not hold this position" in page.content.decode()


def test_demo_accounts_do_not_work_in_production(staff: Staff, browser: Client, settings: Any) -> None:
    staff.officer("demo", is_demo=True)
    settings.MODE = "production"
    page = sign_in(browser, "demo").content.decode()
    assert "do not match" in page
    assert "Demo sign-ins" not in page


def test_every_sign_in_and_sign_out_is_on_record(staff: Staff, browser: Client) -> None:
    account: Account = staff.officer("an.nguyen")
    sign_in(browser, "an.nguyen")
    browser.post("/sign-out/")
    assert not session_user(browser)
    found = Entry.objects.filter(target=f"accounts.account:{account.pk}").order_by("seq").values_list("action", flat=True)
    assert list(found) == ["accounts.signed_in", "accounts.signed_out"]


def test_signing_out_needs_a_click_not_a_link(staff: Staff, browser: Client) -> None:
    staff.officer("an.nguyen")
    sign_in(browser, "an.nguyen")
    assert browser.get("/sign-out/").status_code == 405
    assert session_user(browser)
