"""Citizens come in through the identity provider over real HTTP; nothing that comes back is trusted unchecked."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.test import Client

from langbiang.foundation.accounts import oidc
from langbiang.foundation.accounts.models import Account, ExternalIdentity
from langbiang.foundation.people.models import Person
from simulators.identity_provider.citizens import BUILT_IN
from simulators.identity_provider.server import IdentityServer

pytestmark = pytest.mark.django_db


def leave(browser: Client, next_page: str = "/account/") -> str:
    """Press the button; gives the address of the provider's page."""
    answer = browser.post("/sign-in/", {"next": next_page})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def choose(address: str, **chosen: str) -> str:
    """Choose somebody on the provider's page; gives the address it sends the browser back to."""
    page = httpx.get(address)
    assert page.status_code == 200, page.text
    ticket = re.search(r'name="ticket" value="([^"]+)"', page.text)
    assert ticket
    origin = f"{urlsplit(address).scheme}://{urlsplit(address).netloc}"
    answer = httpx.post(f"{origin}/decide", data={"ticket": ticket[1], **(chosen or {"sub": BUILT_IN[0].sub})})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def come_back(browser: Client, address: str) -> Any:
    parts = urlsplit(address)
    return browser.get(f"{parts.path}?{parts.query}")


def test_a_citizen_comes_in_and_goes_back_to_where_they_were(identity_provider: IdentityServer, browser: Client) -> None:
    answer = come_back(browser, choose(leave(browser, "/account/")))
    assert (answer.status_code, answer["Location"]) == (302, "/account/")
    person = Person.objects.get(identity_no=BUILT_IN[0].identity_no)
    account = Account.objects.get(person=person)
    assert (account.kind, account.full_name, account.has_usable_password()) == ("citizen", "Nguyễn Thị Mai", False)
    assert browser.session["_auth_user_id"] == str(account.pk)


def test_the_second_time_it_is_the_same_account(identity_provider: IdentityServer, browser: Client) -> None:
    for _ in range(2):
        come_back(browser, choose(leave(browser)))
        browser.post("/sign-out/")
    assert Account.objects.filter(kind="citizen").count() == 1
    assert ExternalIdentity.objects.get().last_used_at > ExternalIdentity.objects.get().linked_at


def test_somebody_known_at_the_counter_keeps_their_record(identity_provider: IdentityServer, browser: Client) -> None:
    from django.utils import timezone

    known = Person.objects.create(
        kind="citizen", identity_no=BUILT_IN[0].identity_no, full_name="Nguyen Thi Mai", name_folded="nguyen thi mai",
        phone="0999999999", created_at=timezone.now(), updated_at=timezone.now(),
    )  # fmt: skip
    come_back(browser, choose(leave(browser)))
    known.refresh_from_db()
    assert Account.objects.get().person_id == known.pk
    assert known.full_name == "Nguyễn Thị Mai"


def test_a_number_typed_at_the_provider_works_too(identity_provider: IdentityServer, browser: Client) -> None:
    back = choose(leave(browser), identity_no="068190000099", full_name="Lê Thị Đào", birth_date="02/03/1990")
    come_back(browser, back)
    assert Person.objects.get(identity_no="068190000099").full_name == "Lê Thị Đào"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("wrong_nonce", "belongs to another sign-in"),
        ("wrong_audience", "could not be trusted"),
        ("wrong_issuer", "could not be trusted"),
        ("wrong_signature", "could not be trusted"),
        ("expired", "could not be trusted"),
        ("no_identity", "no identification number"),
    ],
)
def test_a_spoiled_token_lets_nobody_in(
    identity_provider: IdentityServer, browser: Client, fault: str, said: str
) -> None:
    back = choose(leave(browser))
    identity_provider.issuer.set_faults({fault: True})
    page = come_back(browser, back)
    assert said in page.content.decode()
    assert page.status_code >= 400
    assert "_auth_user_id" not in browser.session
    assert not Account.objects.exists()


def test_an_unsigned_token_lets_nobody_in(
    identity_provider: IdentityServer, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    import jwt

    def unsigned(citizen: Any, nonce: str) -> str:
        return jwt.encode(
            {"iss": identity_provider.issuer.base_url, "aud": "langbiang", "sub": "x", "nonce": nonce, "iat": 1, "exp": 9**10},
            "", algorithm="none", headers={"kid": identity_provider.issuer.kid},
        )  # fmt: skip

    back = choose(leave(browser))
    monkeypatch.setattr(identity_provider.issuer, "id_token", unsigned)
    assert come_back(browser, back).status_code == 403


def test_a_stolen_answer_is_useless_in_another_browser(identity_provider: IdentityServer, browser: Client) -> None:
    stolen = choose(leave(browser))
    thief = Client()
    assert come_back(thief, stolen).status_code == 403
    assert "_auth_user_id" not in thief.session


def test_an_answer_with_another_state_is_refused(identity_provider: IdentityServer, browser: Client) -> None:
    back = choose(leave(browser))
    state = parse_qs(urlsplit(back).query)["state"][0]
    assert come_back(browser, back.replace(state, "planted")).status_code == 403


def test_the_same_answer_twice_does_no_harm(identity_provider: IdentityServer, browser: Client) -> None:
    back = choose(leave(browser))
    come_back(browser, back)
    assert come_back(browser, back).status_code == 302


def test_giving_up_at_the_provider_is_no_error(identity_provider: IdentityServer, browser: Client) -> None:
    page = come_back(browser, choose(leave(browser), cancel="1"))
    assert "You were not signed in" in page.content.decode()
    assert "Begin the sign-in again when you are ready" in page.content.decode()


def test_a_provider_that_is_down_is_named_with_a_way_out(identity_provider: IdentityServer, browser: Client) -> None:
    identity_provider.issuer.set_faults({"down": True})
    page = browser.post("/sign-in/", {"next": "/"})
    assert page.status_code == 503
    assert "does not answer at this moment" in page.content.decode()
    assert "one-stop counter" in page.content.decode()


def test_a_provider_that_fails_in_the_middle_lets_nobody_in(identity_provider: IdentityServer, browser: Client) -> None:
    back = choose(leave(browser))
    identity_provider.issuer.set_faults({"down": True})
    assert come_back(browser, back).status_code == 503


def test_a_slow_provider_is_given_up(
    identity_provider: IdentityServer, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "TIMEOUT_S", 0.2)
    identity_provider.issuer.set_faults({"slow_s": 1})
    assert browser.post("/sign-in/", {"next": "/"}).status_code == 503


def test_keys_turned_at_the_provider_are_fetched_anew(
    identity_provider: IdentityServer, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "RENEW_S", 0)
    come_back(browser, choose(leave(browser)))
    browser.post("/sign-out/")
    identity_provider.issuer.turn_keys()
    assert come_back(browser, choose(leave(browser))).status_code == 302
    assert "_auth_user_id" in browser.session


def test_the_way_back_is_never_another_site(identity_provider: IdentityServer, browser: Client) -> None:
    assert come_back(browser, choose(leave(browser, "https://evil.example/")))["Location"] == "/"


def test_a_citizen_cannot_enter_staff_pages(identity_provider: IdentityServer, browser: Client) -> None:
    come_back(browser, choose(leave(browser)))
    for address in ("/account/positions/", "/account/second-factor/", "/manage/accounts/", "/manage/accounts/enrol/"):
        assert browser.get(address).status_code == 403, address


def test_a_citizen_has_no_password_to_sign_in_with(identity_provider: IdentityServer, browser: Client) -> None:
    come_back(browser, choose(leave(browser)))
    account = Account.objects.get()
    account.set_password("somehow a password")
    account.save()
    stranger = Client(headers={"accept-language": "en"})
    stranger.cookies["django_language"] = "en"
    page = stranger.post("/staff/sign-in/", {"username": account.username, "password": "somehow a password"})
    assert "do not match" in page.content.decode()


def test_a_closed_citizen_account_is_told_where_to_ask(identity_provider: IdentityServer, browser: Client) -> None:
    come_back(browser, choose(leave(browser)))
    Account.objects.update(is_active=False)
    assert browser.get("/account/").status_code == 302
    page = come_back(browser, choose(leave(browser)))
    assert (page.status_code, "This account was closed" in page.content.decode()) == (403, True)


def test_without_an_issuer_the_page_says_so(browser: Client, settings: Any) -> None:
    settings.OIDC = {**settings.OIDC, "issuer": ""}
    page = browser.get("/sign-in/").content.decode()
    assert "No identity service is set up" in page
    assert "Continue with VNeID" not in page
