import datetime as dt

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import Http404
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from django.utils import timezone

from langbiang.foundation.access import Actor, Grant
from langbiang.foundation.access.rules import rule_of
from langbiang.foundation.signatures import configuration, keys, services
from langbiang.foundation.signatures.models import SigningCredential, TrustAnchor
from langbiang.foundation.signatures.pades import network
from langbiang.foundation.signatures.pages import holders, urls

pytestmark = pytest.mark.django_db
PEM = serialization.Encoding.PEM
ADMIN = Actor(kind="staff", label="Quản trị", grants=(Grant("system_admin", frozenset({"signatures.manage"}), None),))


@pytest.fixture(autouse=True)
def _set_up(tmp_path, monkeypatch):
    monkeypatch.delenv("LANGBIANG_TSA_URL", raising=False)
    keys.register(keys.Pkcs12Source(tmp_path / "keys", "secret"))
    network.forget()
    yield
    configuration.register_key_sources()


@pytest.fixture
def visit():
    def open_page(path: str, data: dict | None = None):
        factory = RequestFactory()
        request = factory.get(path) if data is None else factory.post(path, data)
        request.actor = ADMIN
        request.reference = "test"
        request._messages = CookieStorage(request)
        match = resolve(path.partition("?")[0])
        request.resolver_match = match
        return match.func(request, *match.args, **match.kwargs)

    return open_page


@pytest.fixture
def anchor(authority, now) -> TrustAnchor:
    ca = authority.authority
    return services.add_trust_anchor(
        ADMIN,
        name="Thử nghiệm",
        certificates=ca.root.public_bytes(PEM) + ca.issuing.public_bytes(PEM),
        source="Bài kiểm thử",
        valid_from=now - dt.timedelta(days=1),
        is_test=True,
        at=now,
    )


@pytest.fixture
def key_file(authority, csr):
    def make(name="Nguyễn Văn Kỳ") -> bytes:
        private = ec.generate_private_key(ec.SECP256R1())
        certificate = authority.authority.enrol(csr(private, name))
        return keys.pack(private, certificate, [authority.authority.issuing], "pin")

    return make


@pytest.fixture
def credential(anchor, key_file, post, now) -> SigningCredential:
    agency, chair = post
    return services.enrol_key_file(
        ADMIN, agency_id=agency.pk, position_id=chair.pk, content=key_file(), password="pin", at=now
    )


def test_every_page_asks_for_the_right_to_manage_signatures():
    for pattern in urls.urlpatterns:
        rule = rule_of(pattern.callback)
        assert rule is not None, pattern
        assert (rule.audience, rule.permission) == ("staff", "signatures.manage")


def test_the_list_shows_who_holds_a_key_and_until_when(visit, credential):
    page = visit("/manage/signatures/").content.decode()
    assert "Nguyễn Văn Kỳ" in page
    assert timezone.localtime(credential.valid_to).strftime("%d/%m/%Y") in page


def test_an_empty_list_says_what_to_do(visit):
    assert "/manage/signatures/new/" in visit("/manage/signatures/").content.decode()


@pytest.mark.parametrize("query", ["?only=nonsense", "?page=99", "?page=x", "?q=%00", "?q=" + "x" * 500])
def test_odd_addresses_of_the_list_are_harmless(visit, credential, query):
    assert visit("/manage/signatures/" + query).status_code == 200


def test_the_list_costs_the_same_however_long(visit, credential, make_posts, key_file, now):
    with CaptureQueriesContext(connection) as few:
        visit("/manage/signatures/")
    for agency, position in make_posts(6):
        services.enrol_key_file(
            ADMIN, agency_id=agency.pk, position_id=position.pk, content=key_file(), password="pin", at=now
        )
    with CaptureQueriesContext(connection) as many:
        visit("/manage/signatures/")
    assert len(few) == len(many) <= 3


def test_a_key_page_tells_serial_issuer_and_picture(visit, credential, stamp_image, now):
    services.set_image(ADMIN, credential_id=credential.pk, image=stamp_image, at=now)
    page = visit(f"/manage/signatures/{credential.pk}/").content.decode()
    assert credential.serial in page
    assert "TEST Langbiang Public Service CA" in page
    picture = visit(f"/manage/signatures/{credential.pk}/picture/")
    assert picture["Content-Type"] == "image/png"
    assert picture.content == stamp_image


def test_a_key_that_does_not_exist_is_not_found(visit):
    with pytest.raises(Http404):
        visit("/manage/signatures/987654/")


def test_a_picture_is_replaced_and_removed(visit, credential, stamp_image):
    path = f"/manage/signatures/{credential.pk}/picture/"
    visit(path, {"image": SimpleUploadedFile("a.png", stamp_image)})
    credential.refresh_from_db()
    assert bytes(credential.image) == stamp_image
    visit(path, {})
    credential.refresh_from_db()
    assert credential.image is None


def test_revoking_first_says_what_will_happen_and_wants_a_reason(visit, credential):
    path = f"/manage/signatures/{credential.pk}/revoke/"
    assert "Nguyễn Văn Kỳ" in visit(path).content.decode()
    assert visit(path, {"reason": ""}).status_code == 200
    credential.refresh_from_db()
    assert credential.status == "active"
    assert visit(path, {"reason": "Mất thiết bị"}).status_code == 302
    credential.refresh_from_db()
    assert (credential.status, credential.end_reason) == ("revoked", "Mất thiết bị")


@pytest.fixture
def known_holders(monkeypatch, post):
    agency, chair = post
    found = [(f"position:{agency.pk}/{chair.pk}", "Chủ tịch"), (f"seal:{agency.pk}", "Dấu")]
    monkeypatch.setattr("langbiang.foundation.signatures.pages.credentials.search_holders", lambda *a, **k: found)
    return found


def test_a_key_is_enrolled_for_a_position_and_a_seal_for_an_agency(visit, anchor, known_holders, key_file, post):
    for holder, _label in known_holders:
        answer = visit(
            "/manage/signatures/new/",
            {"q": "Lạc", "holder": holder, "key_file": SimpleUploadedFile("k.p12", key_file()), "password": "pin"},
        )
        assert answer.status_code == 302, answer.content.decode()
    rows = SigningCredential.objects.order_by("pk").values_list("kind", "agency_id", "position_id")
    assert list(rows) == [("personal", post[0].pk, post[1].pk), ("seal", post[0].pk, None)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": "wrong"}, "password is wrong"),
        ({"key_file": SimpleUploadedFile("k.p12", b"rubbish")}, "PKCS#12"),
        ({"holder": "position:1/987654"}, "Select a valid choice"),
        ({"holder": "seal:1; DROP TABLE"}, "Select a valid choice"),
        ({"image": SimpleUploadedFile("a.png", b"GIF89a")}, "picture"),
    ],
)
def test_a_wrong_enrolment_is_explained_and_changes_nothing(visit, anchor, known_holders, key_file, change, said):
    data = {
        "q": "Lạc",
        "holder": known_holders[0][0],
        "key_file": SimpleUploadedFile("k.p12", key_file()),
        "password": "pin",
        **change,
    }
    answer = visit("/manage/signatures/new/", data)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not SigningCredential.objects.exists()


def test_holders_are_positions_that_sign_and_agencies_that_seal():
    assert holders.search_holders(ADMIN, "nowhere at all", on=dt.date(2026, 11, 23)) == []


def test_an_authority_is_trusted_and_its_trust_ended(visit, authority):
    root = authority.authority.root.public_bytes(PEM)
    data = {
        "name": "Root",
        "certificates": SimpleUploadedFile("root.pem", root),
        "for_signatures": "on",
        "source": "Biên bản",
        "verified": "on",
    }
    assert visit("/manage/signatures/authorities/new/", data).status_code == 302
    anchor = TrustAnchor.objects.get()
    assert (anchor.for_signatures, anchor.for_timestamps, anchor.verified) == (True, False, True)
    assert "Root" in visit("/manage/signatures/authorities/").content.decode()
    path = f"/manage/signatures/authorities/{anchor.pk}/end/"
    assert "Root" in visit(path).content.decode()
    assert visit(path, {}).status_code == 302
    anchor.refresh_from_db()
    assert anchor.valid_to is not None


def test_an_authority_without_source_or_purpose_is_refused(visit, authority):
    root = SimpleUploadedFile("root.pem", authority.authority.root.public_bytes(PEM))
    answer = visit("/manage/signatures/authorities/new/", {"name": "x", "certificates": root, "source": "x"})
    assert "Choose what the authority is trusted for" in answer.content.decode()
    assert not TrustAnchor.objects.exists()


def test_revocation_lists_are_fetched_from_the_page(visit, anchor):
    assert visit("/manage/signatures/authorities/lists/", {}).status_code == 302
    assert anchor.revocation_lists.get().fetched_at is not None


def test_the_check_lists_what_is_wrong_first(visit):
    page = visit("/manage/signatures/check/").content.decode()
    assert page.index("No certification authority is trusted") < page.index("No key file is stored")
