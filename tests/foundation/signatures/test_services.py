import datetime as dt
import io

import pikepdf
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from langbiang.foundation.access import SYSTEM, Actor, Forbidden, Grant
from langbiang.foundation.audit.models import Entry
from langbiang.foundation.events.models import EventRow
from langbiang.foundation.signatures import configuration, keys, queries, services
from langbiang.foundation.signatures.models import SignatureRecord, SigningCredential, TrustAnchor
from langbiang.foundation.signatures.pades import LevelNotReached, network
from langbiang.foundation.signatures.validation import State, isolation
from simulators.trust_services import TrustServer

pytestmark = pytest.mark.django_db
PEM = serialization.Encoding.PEM


@pytest.fixture(autouse=True)
def _set_up(tmp_path, monkeypatch, authority):
    monkeypatch.setenv("LANGBIANG_TSA_URL", authority.timestamp_url)
    monkeypatch.setenv("LANGBIANG_TRUST_SERVICES", authority.base_url)
    keys.register(keys.Pkcs12Source(tmp_path / "keys", "secret"))
    network.forget()
    yield
    configuration.register_key_sources()


@pytest.fixture(scope="module", autouse=True)
def _stop_the_child_server():
    yield
    isolation.stop()


@pytest.fixture
def admin() -> Actor:
    return Actor(
        kind="staff",
        label="Quản trị",
        grants=(Grant("system_admin", frozenset({"signatures.manage"}), None),),
    )


def officer(permission: str, agency_id: int, position_id: int | None = None) -> Actor:
    return Actor(
        kind="staff",
        position_id=position_id,
        agency_id=agency_id,
        label="Cán bộ",
        grants=(Grant("role", frozenset({permission}), frozenset({agency_id})),),
    )


@pytest.fixture
def anchor(admin, authority, now) -> TrustAnchor:
    ca = authority.authority
    return services.add_trust_anchor(
        admin,
        name="Test root",
        certificates=ca.root.public_bytes(PEM) + ca.issuing.public_bytes(PEM),
        source="This test",
        valid_from=now - dt.timedelta(days=800),
        is_test=True,
        at=now,
    )


@pytest.fixture
def key_file(authority, csr):
    def make(name="Nguyễn Văn Kỳ", agency="Ủy ban nhân dân xã Lạc Dương", **validity) -> bytes:
        private = ec.generate_private_key(ec.SECP256R1())
        certificate = authority.authority.enrol(csr(private, name, agency), **validity)
        return keys.pack(private, certificate, [authority.authority.issuing], "pin")

    return make


@pytest.fixture
def enrolled(admin, anchor, key_file, post, now):
    def make(position=True, **options):
        agency, chair = post
        return services.enrol_key_file(
            admin,
            agency_id=agency.pk,
            position_id=chair.pk if position else None,
            content=options.pop("content", None) or key_file(**options),
            password="pin",
            at=now,
        )

    return make


def sign(actor, credential, document, at, **more):
    return services.sign_document(
        actor,
        pdf=document,
        credential=credential,
        purpose="cases.result",
        reason="Ký kết quả",
        location="Lạc Dương",
        subject="case:17",
        at=at,
        **more,
    )


def test_an_enrolled_key_file_tells_who_it_belongs_to(enrolled, post, now):
    credential = enrolled()
    assert credential.kind == "personal"
    assert (credential.holder_name, credential.holder_agency) == (
        "Nguyễn Văn Kỳ",
        "Ủy ban nhân dân xã Lạc Dương",
    )
    assert credential.is_test
    assert queries.credential_for(position_id=post[1].pk, at=now) == credential


def test_the_signed_document_is_on_record_in_the_trail_and_told(enrolled, post, document, now, soon):
    credential = enrolled()
    signer = officer("signatures.sign", post[0].pk, post[1].pk)
    signed = sign(signer, credential, document, now)
    assert signed.record.level == "B-LT"
    assert signed.record.shortfalls == []
    assert Entry.objects.filter(action="signatures.document_signed").exists()
    event = EventRow.objects.get(name="signatures.document_signed")
    assert (event.subject, event.payload["sha256"]) == ("case:17", signed.sha256)
    verdict = queries.verify(signed.content, at=soon)
    assert verdict.state is State.GENUINE
    (known,) = queries.known_signatures(verdict)
    assert (known.subject, known.is_whole_file) == ("case:17", True)


def test_a_person_then_the_agency_sign_the_same_document(enrolled, post, document, now, soon):
    agency, chair = post
    person, seal = enrolled(), enrolled(position=False, name="Ủy ban nhân dân xã Lạc Dương")
    first = sign(officer("signatures.sign", agency.pk, chair.pk), person, document, now)
    block = queries.appearance_for(seal, at=now, box=(60, 60, 220, 110))
    second = sign(officer("signatures.seal", agency.pk), seal, first.content, now, appearance=block)
    verdict = queries.verify(second.content, at=soon)
    assert verdict.state is State.GENUINE
    assert [s.is_agency_seal for s in verdict.signatures] == [False, True]
    assert len(queries.signatures_on("case:17")) == 2
    assert len(queries.known_signatures(verdict)) == 2


def test_a_leader_signs_and_the_clerk_seals_with_number_and_date(enrolled, post, document, now, soon):
    agency, chair = post
    enrolled()
    enrolled(position=False, name="Ủy ban nhân dân xã Lạc Dương")
    signed = services.sign_as_person(
        officer("signatures.sign", agency.pk, chair.pk),
        pdf=document,
        reason="Quyết định",
        location="Lạc Dương",
        box=(300, 100, 540, 160),
        page=0,
        purpose="cases.caseresult:17",
        at=now,
    )
    sealed = services.seal_as_agency(
        officer("signatures.seal", agency.pk),
        agency_id=agency.pk,
        pdf=signed.pdf,
        reason="Ban hành",
        lines=["Số: 12/QĐ-UBND", "Lạc Dương, ngày 23 tháng 11 năm 2026"],
        box=(57, 689, 287, 741),
        page=0,
        purpose="cases.caseresult:17",
        at=now,
    )
    assert queries.verify(sealed.pdf, at=soon).state is State.GENUINE
    assert [r.purpose for r in queries.signatures_on("cases.caseresult:17")] == ["cases.caseresult"] * 2


def test_without_a_key_the_way_to_one_is_told(post, document, now):
    with pytest.raises(services.NoSigningKey) as refused:
        services.sign_as_person(
            officer("signatures.sign", post[0].pk, post[1].pk),
            pdf=document,
            reason="x",
            location="x",
            box=(300, 100, 540, 160),
            purpose="cases.caseresult:17",
            at=now,
        )
    assert "administrator" in str(refused.value.way_out)
    with pytest.raises(services.NoSigningKey):
        services.seal_as_agency(
            officer("signatures.seal", post[0].pk),
            agency_id=post[0].pk,
            pdf=document,
            reason="x",
            box=(57, 689, 287, 741),
            purpose="cases.caseresult:17",
            at=now,
        )


def test_nobody_signs_with_the_key_of_another_position(enrolled, post, document, now):
    credential = enrolled()
    for actor in (
        officer("signatures.sign", post[0].pk, post[1].pk + 1),
        officer("signatures.seal", post[0].pk, post[1].pk),
        Actor(kind="citizen", person_id=1),
    ):
        with pytest.raises(Forbidden):
            sign(actor, credential, document, now)
    assert not SignatureRecord.objects.exists()


def test_nobody_uses_the_seal_of_another_agency(enrolled, post, document, now):
    seal = enrolled(position=False, name="UBND")
    with pytest.raises(Forbidden):
        sign(officer("signatures.seal", post[0].pk + 1), seal, document, now)


def test_only_the_administrator_arranges_keys_and_trust(post, key_file, now, authority):
    someone = officer("signatures.sign", post[0].pk, post[1].pk)
    with pytest.raises(Forbidden):
        services.enrol_key_file(someone, agency_id=post[0].pk, content=key_file(), password="pin", at=now)
    with pytest.raises(Forbidden):
        services.add_trust_anchor(someone, name="x", certificates=b"", source="x", valid_from=now, at=now)
    with pytest.raises(Forbidden):
        services.refresh_revocation_lists(someone, at=now)
    with pytest.raises(Forbidden):
        queries.credentials(someone, at=now)


def test_a_new_key_replaces_the_former_one_and_takes_its_picture(enrolled, admin, stamp_image, post, now):
    former = enrolled()
    services.set_image(admin, credential_id=former.pk, image=stamp_image, at=now)
    later = enrolled()
    former.refresh_from_db()
    assert former.status == "replaced"
    assert bytes(later.image) == stamp_image
    assert queries.credential_for(position_id=post[1].pk, at=now) == later


def test_a_revoked_key_signs_no_more(enrolled, admin, post, document, now):
    credential = services.revoke_credential(admin, credential_id=enrolled().pk, reason="Mất thiết bị", at=now)
    with pytest.raises(services.CredentialNotUsable, match="revoked"):
        sign(officer("signatures.sign", post[0].pk, post[1].pk), credential, document, now)
    assert queries.credential_for(position_id=post[1].pk, at=now) is None
    with pytest.raises(services.CredentialNotUsable):
        services.revoke_credential(admin, credential_id=credential.pk, reason="again", at=now)


def test_a_revocation_wants_its_reason(enrolled, admin, now):
    with pytest.raises(services.CredentialNotUsable) as refused:
        services.revoke_credential(admin, credential_id=enrolled().pk, reason="  ", at=now)
    assert refused.value.field == "reason"


def test_a_certificate_that_has_ended_is_not_enrolled(enrolled, key_file, now):
    old = key_file(not_before=now - dt.timedelta(days=20), not_after=now - dt.timedelta(days=1))
    with pytest.raises(services.UnusableCertificate, match="ended on"):
        enrolled(content=old)


def test_a_key_file_that_is_refused_leaves_nothing_behind(enrolled, key_file, now):
    content = key_file()
    enrolled(content=content)
    folder = configuration.key_files().folder
    assert len(list(folder.glob("*.p12"))) == 1
    with pytest.raises(services.AlreadyEnrolled):
        enrolled(content=content)
    assert len(list(folder.glob("*.p12"))) == 1


def test_the_key_of_another_certificate_is_noticed(enrolled, post, document, now):
    first = enrolled()
    second = enrolled(position=False, name="UBND")
    first.key_reference = second.key_reference
    first.save()
    with pytest.raises(services.CredentialNotUsable, match="another certificate"):
        sign(officer("signatures.sign", post[0].pk, post[1].pk), first, document, now)


def test_a_least_level_that_cannot_be_reached_leaves_no_record(enrolled, post, document, now, monkeypatch):
    credential = enrolled()
    monkeypatch.setenv("LANGBIANG_TSA_URL", "http://127.0.0.1:9/tsa")
    monkeypatch.setenv("LANGBIANG_SIGNATURE_LEAST", "B-T")
    with pytest.raises(LevelNotReached):
        sign(officer("signatures.sign", post[0].pk, post[1].pk), credential, document, now)
    assert not SignatureRecord.objects.exists()


def test_with_a_silent_authority_the_lower_level_is_on_record(enrolled, post, document, now, monkeypatch):
    credential = enrolled()
    monkeypatch.setenv("LANGBIANG_TSA_URL", "http://127.0.0.1:9/tsa")
    signed = sign(officer("signatures.sign", post[0].pk, post[1].pk), credential, document, now)
    assert (signed.record.level, signed.record.shortfalls) == ("B-B", ["timestamp_unreachable"])
    assert signed.record.proven_at is None


def test_the_stand_in_stamps_the_invented_past_of_a_demonstration(enrolled, document, now, soon):
    credential = enrolled(not_before=now - dt.timedelta(days=400))
    past = now - dt.timedelta(days=90)
    signed = sign(SYSTEM, credential, document, past)
    assert signed.record.proven_at == past
    assert queries.verify(signed.content, at=soon).state is State.GENUINE


def test_a_file_saved_anew_still_leads_to_its_record(enrolled, document, now, soon):
    signed = sign(SYSTEM, enrolled(), document, now)
    with pikepdf.open(io.BytesIO(signed.content)) as opened:
        saved = io.BytesIO()
        opened.save(saved)
    verdict = queries.verify(saved.getvalue(), at=soon)
    assert verdict.state is State.ALTERED
    (known,) = queries.known_signatures(verdict)
    assert (known.sha256, known.is_whole_file) == (signed.sha256, False)


# -- trust


def test_an_authority_is_trusted_once_at_a_time(anchor, admin, authority, now):
    root = authority.authority.root.public_bytes(PEM)
    with pytest.raises(services.AnchorExists):
        services.add_trust_anchor(admin, name="Again", certificates=root, source="x", valid_from=now, at=now)


@pytest.mark.parametrize("content", [b"", b"rubbish"])
def test_what_is_no_certificate_becomes_no_anchor(admin, now, content):
    with pytest.raises(services.UnusableAnchor) as refused:
        services.add_trust_anchor(admin, name="x", certificates=content, source="x", valid_from=now, at=now)
    assert refused.value.field == "certificates"


def test_a_signers_certificate_becomes_no_anchor(admin, now, signer):
    with pytest.raises(services.UnusableAnchor, match="certification authority"):
        services.add_trust_anchor(
            admin, name="x", certificates=keys.to_pem(signer.certificate), source="x", valid_from=now, at=now
        )


def test_earlier_signatures_stay_good_when_trust_ends(enrolled, anchor, admin, document, now, soon):
    signed = sign(SYSTEM, enrolled(), document, now - dt.timedelta(minutes=3))
    services.remove_trust_anchor(admin, anchor_id=anchor.pk, at=now)
    assert queries.verify(signed.content, at=soon).state is State.GENUINE
    assert queries.trust_store(soon).signature_roots(soon) == []


def test_revocation_lists_are_fetched_checked_and_used(enrolled, admin, authority, document, now, soon, monkeypatch):
    credential = enrolled()
    signed = sign(SYSTEM, credential, document, now)
    authority.authority.revoke(int(credential.serial, 16), at=now + dt.timedelta(minutes=1))
    assert services.refresh_revocation_lists(admin, at=now) == []
    rows = {row.url: row for row in queries.trust_anchors(admin)[0].revocation_lists.all()}
    assert set(rows) == {f"{authority.base_url}/crl/root.crl", f"{authority.base_url}/crl/issuing.crl"}
    assert rows[f"{authority.base_url}/crl/issuing.crl"].entries >= 1
    verdict = queries.verify(signed.content, at=soon)
    assert verdict.state is State.GENUINE
    assert verdict.signatures[0].revoked_at is not None


def test_a_list_of_a_stranger_is_not_taken(anchor, admin, now, tmp_path):
    with TrustServer(tmp_path / "stranger") as stranger:
        services.add_revocation_list(admin, anchor_id=anchor.pk, url=f"{stranger.base_url}/crl/issuing.crl", at=now)
        services.add_revocation_list(admin, anchor_id=anchor.pk, url=f"{stranger.base_url}/root.pem", at=now)
        failed = {row.url.rsplit("/", 1)[-1]: row.problem for row in services.refresh_revocation_lists(admin, at=now)}
    assert "not signed by an authority" in failed["issuing.crl"]
    assert "not a revocation list" in failed["root.pem"]


def test_a_list_that_cannot_be_had_keeps_the_former_one(anchor, admin, now, authority):
    services.refresh_revocation_lists(admin, at=now)
    row = anchor.revocation_lists.get()
    row.url = "http://127.0.0.1:9/x.crl"
    row.save()
    (failed,) = services.refresh_revocation_lists(admin, at=now)
    assert failed.content
    assert failed.problem
    assert failed.problem_since == now


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ldap://x", "", "http://" + "x" * 600])
def test_only_web_addresses_of_lists_are_taken(anchor, admin, now, url):
    with pytest.raises(services.UnusableList):
        services.add_revocation_list(admin, anchor_id=anchor.pk, url=url, at=now)


# -- reading


def test_the_trust_store_costs_two_queries(anchor, now):
    with CaptureQueriesContext(
        connection,
    ) as seen:
        queries.trust_store(now)
    assert len(seen) == 2


def test_the_list_of_keys_costs_one_query_however_many_there_are(enrolled, admin, now, post):
    enrolled()
    for _ in range(3):
        enrolled(position=False, name="UBND")
    with CaptureQueriesContext(connection) as seen:
        rows = list(queries.credentials(admin, at=now))
        assert all(str(row.agency_id) for row in rows)
    assert (len(rows), len(seen)) == (4, 1)


def test_keys_that_end_soon_are_counted_and_found(enrolled, admin, now):
    enrolled()
    enrolled(position=False, name="UBND", not_after=now + dt.timedelta(days=20))
    counted = queries.overview(admin, at=now)
    assert (counted.active, counted.expiring, counted.ended) == (2, 1, 0)
    assert [c.holder_name for c in queries.credentials(admin, at=now, only="expiring")] == ["UBND"]
    assert [c.holder_name for c in queries.credentials(admin, at=now, search="kỳ")] == ["Nguyễn Văn Kỳ"]


def test_the_set_up_check_is_content_when_all_is_well(enrolled, admin, now):
    enrolled()
    services.refresh_revocation_lists(admin, at=now)
    assert {f.level for f in queries.check_setup(admin, at=now)} == {"ok"}


def test_the_set_up_check_names_what_is_wrong(admin, now, monkeypatch):
    monkeypatch.setenv("LANGBIANG_TSA_URL", "http://127.0.0.1:9/tsa")
    monkeypatch.setenv("LANGBIANG_SIGNATURE_LEVEL", "B-XL")
    monkeypatch.setenv("LANGBIANG_PKCS11_PINS", "1234")
    network.forget()
    errors = [str(f.text) for f in queries.check_setup(admin, at=now) if f.level == "error"]
    assert any("does not answer" in e for e in errors)
    assert any("B-XL" in e for e in errors)
    assert any("PINS" in e for e in errors)
    assert any("No certification authority" in e for e in errors)


def test_one_active_key_per_position_is_held_by_the_database(enrolled, now):
    credential = enrolled()
    credential.pk = None
    credential.certificate_sha256 = "0" * 64
    with pytest.raises(IntegrityError):
        credential.save(force_insert=True)
    assert SigningCredential._meta.db_table == "signatures_signingcredential"


def test_an_agency_seals_bytes_for_other_systems(enrolled, post, now, soon):
    enrolled(position=False, name="Ủy ban nhân dân xã Lạc Dương")
    made = services.seal_bytes(SYSTEM, agency_id=post[0].pk, content=b"<x/>", at=now)
    assert queries.verify_detached(b"<x/>", made.cms, at=soon).is_trusted
    assert not queries.verify_detached(b"<y/>", made.cms, at=soon).is_intact


def test_an_agency_without_a_seal_seals_nothing(post, now):
    with pytest.raises(services.NoSigningKey):
        services.seal_bytes(SYSTEM, agency_id=post[0].pk, content=b"<x/>", at=now)


def test_only_those_who_keep_the_seal_seal_bytes(enrolled, post, now):
    enrolled(position=False, name="UBND")
    with pytest.raises(Forbidden):
        services.seal_bytes(officer("signatures.seal", post[0].pk + 1), agency_id=post[0].pk, content=b"<x/>", at=now)
