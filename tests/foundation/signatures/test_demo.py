import datetime as dt

import pytest

from langbiang.foundation.access import SYSTEM
from langbiang.foundation.signatures import configuration, demo, keys, queries, services
from langbiang.foundation.signatures.models import SigningCredential, TrustAnchor
from langbiang.foundation.signatures.pades import network
from langbiang.foundation.signatures.validation import Reason, State, validate_pdf

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _home(tmp_path, settings, monkeypatch):
    settings.HOME = tmp_path
    settings.PORT = -2  # the stand-in listens two above; 0 means any free port
    keys.register(keys.Pkcs12Source(tmp_path / "keys", "secret"))
    monkeypatch.delenv("LANGBIANG_TRUST_SERVICES", raising=False)
    monkeypatch.delenv("LANGBIANG_TSA_URL", raising=False)
    network.forget()
    yield
    configuration.register_key_sources()


def test_three_hundred_signers_get_keys(make_posts, now):
    posts = make_posts(150)
    signers = []
    for agency, position in posts:
        signers.append(demo.DemoSigner("Nguyễn Văn Ký", agency.pk, "UBND xã " + "X" * 80, position.pk, "Chủ tịch"))
        signers.append(demo.DemoSigner("UBND xã", agency.pk, "UBND xã"))
    told: list[tuple[int, int]] = []
    demo.enrol_signers(signers, at=now, progress=lambda done, total: told.append((done, total)))
    assert SigningCredential.objects.filter(status="active", is_test=True).count() == 300
    assert told[0] == (0, 300)
    assert told[-1] == (300, 300)
    anchor = TrustAnchor.objects.get()
    assert anchor.is_test
    assert "TEST" in anchor.name


def test_a_second_load_gives_nobody_a_second_key(make_posts, now):
    ((agency, position),) = make_posts(1)
    signers = [demo.DemoSigner("Nguyễn Văn Ký", agency.pk, "UBND", position.pk)]
    demo.enrol_signers(signers, at=now)
    demo.enrol_signers(signers, at=now)
    assert SigningCredential.objects.count() == 1
    assert TrustAnchor.objects.count() == 1


def test_a_demo_key_signs_the_past_and_is_called_a_test(make_posts, now, document, soon, monkeypatch):
    ((agency, position),) = make_posts(1)
    demo.enrol_signers([demo.DemoSigner("Nguyễn Văn Ký", agency.pk, "UBND", position.pk)], at=now)
    with demo.stand_in() as authority:
        monkeypatch.setenv("LANGBIANG_TRUST_SERVICES", authority.address)
        monkeypatch.setenv("LANGBIANG_TSA_URL", f"{authority.address}/tsa")
        past = now - dt.timedelta(days=100)
        signed = services.sign_document(
            SYSTEM,
            pdf=document,
            credential=queries.credential_for(position_id=position.pk, at=now),
            purpose="cases.result",
            reason="Ký",
            location="",
            at=past,
        )
    verdict = validate_pdf(signed.content, queries.trust_store(soon), soon)
    assert verdict.state is State.GENUINE
    assert Reason.TEST_AUTHORITY in verdict.reasons
    assert verdict.signatures[0].proven_at == past
