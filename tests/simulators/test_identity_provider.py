"""The stand-in for the identity provider refuses what a real issuer refuses."""

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from simulators.identity_provider.citizens import BUILT_IN, load, typed
from simulators.identity_provider.server import IdentityServer

VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "client_id": "langbiang", "redirect_uri": "http://localhost:9/back", "response_type": "code", "scope": "openid",
    "state": "s1", "nonce": "n1", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
}  # fmt: skip
CLIENT = {"client_id": "langbiang", "client_secret": "langbiang-demo"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[IdentityServer]:
    with IdentityServer(tmp_path) as running:
        yield running


def code_from(server: IdentityServer) -> str:
    base = server.issuer.base_url
    page = httpx.get(f"{base}/authorize", params=ASKED)
    ticket = re.search(r'name="ticket" value="([^"]+)"', page.text)
    assert ticket
    answer = httpx.post(f"{base}/decide", data={"ticket": ticket[1], "sub": BUILT_IN[1].sub})
    assert answer.headers["location"].endswith("&state=s1")
    return str(httpx.URL(answer.headers["location"]).params["code"])


def exchange(server: IdentityServer, code: str, **changes: str) -> httpx.Response:
    form: dict[str, Any] = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": ASKED["redirect_uri"],
        "code_verifier": VERIFIER, **CLIENT, **changes,
    }  # fmt: skip
    return httpx.post(f"{server.issuer.base_url}/token", data=form)


def test_the_token_is_signed_with_a_published_key(server: IdentityServer) -> None:
    answer = exchange(server, code_from(server)).json()
    keys = jwt.PyJWKSet.from_dict(httpx.get(f"{server.issuer.base_url}/jwks").json())
    claims = jwt.decode(
        answer["id_token"], keys.keys[0].key, ["RS256"], audience="langbiang", issuer=server.issuer.base_url
    )
    assert (claims["citizen_id"], claims["nonce"]) == (BUILT_IN[1].identity_no, "n1")
    info = httpx.get(
        f"{server.issuer.base_url}/userinfo", headers={"Authorization": f"Bearer {answer['access_token']}"}
    )
    assert info.json()["name"] == BUILT_IN[1].full_name


@pytest.mark.parametrize(
    "change",
    [
        {"client_secret": "guessed"}, {"redirect_uri": "http://localhost:9/other"}, {"code_verifier": "w" * 50},
        {"grant_type": "password"},
    ],
)  # fmt: skip
def test_a_wrong_exchange_is_refused(server: IdentityServer, change: dict[str, str]) -> None:
    assert exchange(server, code_from(server), **change).status_code in (400, 401)


def test_a_code_works_once(server: IdentityServer) -> None:
    code = code_from(server)
    assert exchange(server, code).status_code == 200
    assert exchange(server, code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uri": "https://evil.example/"}, {"code_challenge_method": "plain"}, {"code_challenge": ""},
        {"client_id": "somebody"}, {"state": ""}, {"response_type": "token"}, {"scope": "profile"},
    ],
)  # fmt: skip
def test_a_broken_request_is_not_answered_by_going_back(server: IdentityServer, change: dict[str, str]) -> None:
    answer = httpx.get(f"{server.issuer.base_url}/authorize", params={**ASKED, **change})
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_citizens_are_found_without_marks(server: IdentityServer) -> None:
    page = httpx.get(f"{server.issuer.base_url}/authorize", params={**ASKED, "q": "tran van"}).text
    assert BUILT_IN[1].full_name in page
    assert BUILT_IN[0].full_name not in page


def test_a_fault_can_be_asked_for_a_number_of_times(server: IdentityServer) -> None:
    base = server.issuer.base_url
    httpx.post(f"{base}/faults", json={"down": True, "times": 2})
    assert [httpx.get(f"{base}/jwks").status_code for _ in range(3)] == [503, 503, 200]
    assert httpx.post(f"{base}/faults", json={"on_fire": True}).status_code == 400


def test_the_key_survives_a_restart(tmp_path: Path) -> None:
    first, second = IdentityServer(tmp_path), IdentityServer(tmp_path)
    assert first.issuer.kid == second.issuer.kid
    first.http.server_close()
    second.http.server_close()


@pytest.mark.parametrize(
    ("number", "birth", "right"),
    [
        ("068190000017", "12/03/1990", True), ("068 190 000 017", "", True), ("068190000017", "1991-03-12", False),
        ("06819000001", "", False), ("068990000017", "", False), ("068190000017", "yesterday", False),
    ],
)  # fmt: skip
def test_a_typed_number_must_fit_year_and_length(number: str, birth: str, right: bool) -> None:
    assert isinstance(typed(number, "Nguyễn Thị Mai", birth), str) is not right


def test_a_file_of_citizens_goes_before_the_built_in_ones(tmp_path: Path) -> None:
    listed = tmp_path / "citizens.json"
    assert load(listed) == list(BUILT_IN)
    listed.write_text('[{"identity_no": "068190000055", "full_name": "Lê Thị Cúc", "age": 3}]', encoding="utf-8")
    assert [(c.sub, c.full_name) for c in load(listed)] == [("id-068190000055", "Lê Thị Cúc")]
    listed.write_text("{broken", encoding="utf-8")
    assert load(listed) == list(BUILT_IN)
