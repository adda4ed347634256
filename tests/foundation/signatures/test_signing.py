import contextlib
import datetime as dt
import io
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pikepdf
import pypdfium2
import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langbiang.foundation.access import Refusal
from langbiang.foundation.signatures.keys import Pkcs12Key, certificates_from, pack
from langbiang.foundation.signatures.pades import (
    AnchorNotFound,
    Appearance,
    Level,
    LevelNotReached,
    NotSignable,
    Shortfall,
    SignerNotValid,
    archival_faults,
    network,
    personal_lines,
    seal_lines,
    sign_pdf,
    signing_time,
)
from langbiang.foundation.signatures.validation import Anchor, TrustStore
from simulators.trust_services import TrustServer

DEAD = "http://127.0.0.1:9/tsa"


@pytest.fixture(autouse=True)
def _fresh_network():
    network.forget()


@pytest.fixture
def sign(authority, trust, signer, document, now):
    def make(pdf=None, key=None, **options):
        options = {
            "reason": "Ký ban hành",
            "location": "Lâm Đồng",
            "at": now,
            "timestamp_url": authority.timestamp_url,
            "trust": trust,
            **options,
        }
        return sign_pdf(document if pdf is None else pdf, key or signer, **options)

    return make


@pytest.fixture
def block(now) -> Appearance:
    lines = personal_lines(signer="Nguyễn Văn Kỳ", agency="Ủy ban nhân dân xã Lạc Dương", email="nvky@x.vn", at=now)
    return Appearance(lines=lines, anchor="signature", box=(0, 0, 220, 60))


def test_a_signature_reaches_long_term_level_when_time_stamp_and_revocation_data_are_there(sign):
    signed = sign()
    assert (signed.level, signed.shortfalls) == (Level.B_LT, ())


@pytest.mark.parametrize("level", list(Level))
def test_each_level_can_be_asked_for(sign, level):
    assert sign(level=level).level is level


def test_what_was_in_the_file_stays_byte_for_byte(sign, document):
    assert sign().content.startswith(document)


def test_a_file_that_was_pdf_a_stays_pdf_a(sign, block, stamp_image, document):
    assert archival_faults(document) == ()
    assert archival_faults(sign(appearance=block).content) == ()
    with_image = Appearance(lines=block.lines, box=(300, 60, 540, 130), image=stamp_image)
    assert archival_faults(sign(appearance=with_image).content) == ()
    assert archival_faults(sign(level=Level.B_LTA).content) == ()


def test_the_check_for_pdf_a_notices_a_file_that_is_none():
    plain = pikepdf.new()
    plain.add_blank_page()
    content = io.BytesIO()
    plain.save(content)
    assert {"no XMP metadata", "no PDF/A output intent"} <= set(archival_faults(content.getvalue()))


def test_the_block_stands_at_the_mark_of_the_document_and_reads_as_vietnamese(sign, block, now):
    text = _text_of_widgets(sign(appearance=block).content)
    assert "Ký bởi: Nguyễn Văn Kỳ" in text
    assert f"Thời gian ký: {signing_time(now)}" in text


def _text_of_widgets(pdf: bytes) -> str:
    """The text of the annotation appearances, as poppler extracts it from a flattened copy."""
    with pikepdf.open(io.BytesIO(pdf)) as copy:
        copy.flatten_annotations()
        flat = io.BytesIO()
        copy.save(flat)
    page = pypdfium2.PdfDocument(flat.getvalue())[0]
    return page.get_textpage().get_text_range().replace("\r\n", "\n")


def test_the_time_is_shown_in_vietnam_time():
    assert signing_time(dt.datetime(2026, 1, 31, 23, 30, 5, tzinfo=dt.UTC)) == "01.02.2026 06:30:05 +07:00"


def test_a_mark_that_the_document_lacks_is_named(sign, block):
    with pytest.raises(AnchorNotFound, match="nowhere"):
        sign(appearance=Appearance(lines=block.lines, anchor="nowhere"))


def test_a_second_signature_of_the_agency_keeps_the_first(sign, seal, now, block, tmp_path):
    first = sign(appearance=block)
    second = sign(
        first.content,
        seal,
        appearance=Appearance(lines=seal_lines(agency="UBND", at=now), box=(60, 60, 200, 110)),
    )
    assert second.field_name != first.field_name
    assert second.content.startswith(first.content)
    assert second.level is Level.B_LT
    assert _pdfsig(second.content, tmp_path).count("Signature is Valid.") == 2


def test_without_an_authority_that_answers_the_outcome_says_so(sign):
    signed = sign(timestamp_url=DEAD)
    assert signed.level is Level.B_B
    assert signed.shortfalls == (Shortfall.TIMESTAMP_UNREACHABLE,)


def test_without_any_time_stamping_authority_the_outcome_says_so(sign):
    assert sign(timestamp_url=None).shortfalls == (Shortfall.NO_TIMESTAMP_AUTHORITY,)


def test_without_a_trust_store_the_time_is_proven_but_no_evidence_kept(sign):
    signed = sign(trust=TrustStore())
    assert (signed.level, signed.shortfalls) == (Level.B_T, (Shortfall.NO_TRUST_ANCHOR,))


def test_a_demanded_level_that_cannot_be_reached_means_no_signature(sign):
    with pytest.raises(LevelNotReached) as refused:
        sign(timestamp_url=DEAD, at_least=Level.B_T)
    assert "time-stamping authority does not answer" in str(refused.value)
    assert refused.value.way_out


def test_a_silent_certification_authority_lowers_the_level(tmp_path, document, now, csr):
    with TrustServer(tmp_path / "gone") as gone:
        private = ec.generate_private_key(ec.SECP256R1())
        certificate = gone.authority.enrol(csr(private, "Trần Thị B"))
        issuing, root = gone.authority.issuing, gone.authority.root
    key = Pkcs12Key(pack(private, certificate, [issuing], "x"), "x")
    trust = TrustStore((Anchor(certificates_from(root.public_bytes(serialization.Encoding.PEM))[0]),))
    with TrustServer(tmp_path / "stamps") as stamps:
        signed = sign_pdf(
            document, key, reason="", location="", at=now, timestamp_url=stamps.timestamp_url, trust=trust
        )
    assert signed.level is Level.B_T
    assert signed.shortfalls == (Shortfall.REVOCATION_UNREACHABLE,)


def test_a_revoked_signer_is_refused(sign, enrol, authority):
    key = enrol("Lê Văn C")
    authority.authority.revoke(key.certificate.serial_number, reason="keyCompromise")
    with pytest.raises(SignerNotValid, match="revoked"):
        sign(key=key)


def test_a_signer_whose_certificate_has_ended_is_refused(sign, enrol, now):
    old = enrol("Phạm D", not_before=now - dt.timedelta(days=30), not_after=now - dt.timedelta(days=1))
    with pytest.raises(SignerNotValid, match="valid from"):
        sign(key=old)


def test_a_signer_of_an_unknown_authority_is_refused(sign, tmp_path, csr):
    with TrustServer(tmp_path) as other:
        private = ec.generate_private_key(ec.SECP256R1())
        key = Pkcs12Key(pack(private, other.authority.enrol(csr(private, "X")), [other.authority.issuing], "x"), "x")
        with pytest.raises(SignerNotValid, match="not lead to a certification authority"):
            sign(key=key)


@pytest.mark.parametrize("rubbish", [b"", b"hello", b"%PDF-1.7\n", b"%PDF-1.7\n" + b"\0" * 5000, b"PK\x03\x04" * 100])
def test_what_is_no_pdf_is_refused_in_words(sign, rubbish):
    with pytest.raises(NotSignable) as refused:
        sign(rubbish)
    assert refused.value.way_out


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chance=st.randoms(use_true_random=False))
def test_damaged_files_are_signed_or_refused_in_words(sign, document, block, chance):
    damaged = bytearray(document)
    for _ in range(chance.randrange(1, 40)):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    if chance.random() < 0.3:
        del damaged[chance.randrange(len(damaged)) :]
    with contextlib.suppress(Refusal):
        sign(bytes(damaged), level=Level.B_B, appearance=block if chance.random() < 0.5 else None)


def test_a_protected_file_is_refused_in_words(sign, document):
    with pikepdf.open(io.BytesIO(document)) as opened:
        locked = io.BytesIO()
        opened.save(locked, encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(NotSignable, match="password"):
        sign(locked.getvalue())


def test_a_picture_that_is_no_png_is_refused_in_words(sign):
    with pytest.raises(NotSignable, match="picture"):
        sign(appearance=Appearance(image=b"GIF89a", box=(0, 0, 100, 100)))


def test_signing_inside_a_running_event_loop_works(sign):
    import asyncio

    async def page() -> Level:
        return sign().level

    # In a thread of its own: a browser test that ran here before may have left a loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(asyncio.run, page()).result() is Level.B_LT




# -- what others say about our signatures


def _pdfsig(pdf: bytes, folder) -> str:
    if not shutil.which("pdfsig"):
        pytest.skip("pdfsig (poppler-utils) is not installed")
    (folder / "s.pdf").write_bytes(pdf)
    return subprocess.run(["pdfsig", "-nocert", str(folder / "s.pdf")], capture_output=True, text=True).stdout


@pytest.mark.parametrize("level", list(Level))
def test_poppler_finds_the_signature_valid(sign, level, tmp_path):
    report = _pdfsig(sign(level=level).content, tmp_path)
    assert "Signature is Valid." in report
    assert "CN=Nguyễn Văn Kỳ" in report
    assert "ETSI.CAdES.detached" in report


def test_poppler_finds_a_changed_byte(sign, tmp_path):
    changed = bytearray(sign().content)
    changed[changed.index(b"/MediaBox") + 1] ^= 0x20
    assert "Signature is Valid." not in _pdfsig(bytes(changed), tmp_path)


def test_openssl_verifies_the_signature_against_the_root(sign, authority, tmp_path):
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    pdf = sign().content
    start, length, gap_end, rest = map(int, re.search(rb"/ByteRange\s*\[(\d+) (\d+) (\d+) (\d+)", pdf).groups())
    (tmp_path / "content").write_bytes(pdf[start : start + length] + pdf[gap_end : gap_end + rest])
    value = bytes.fromhex(pdf[length + 1 : gap_end - 1].decode())
    (tmp_path / "cms").write_bytes(cms.ContentInfo.load(value).dump())
    root = authority.authority.home / "root.pem"
    verify = ["openssl", "cms", "-verify", "-inform", "DER", "-in", "cms", "-content", "content", "-binary"]
    done = subprocess.run(
        [*verify, "-CAfile", str(root), "-purpose", "any", "-out", "/dev/null"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "Verification successful" in done.stderr


def test_openssl_verifies_the_time_stamp_on_the_signature(sign, authority, tmp_path):
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    pdf = sign().content
    _, length, gap_end, _ = map(int, re.search(rb"/ByteRange\s*\[(\d+) (\d+) (\d+) (\d+)", pdf).groups())
    info = cms.ContentInfo.load(bytes.fromhex(pdf[length + 1 : gap_end - 1].decode()))["content"]["signer_infos"][0]
    token = next(a for a in info["unsigned_attrs"] if a["type"].native == "signature_time_stamp_token")["values"][0]
    (tmp_path / "value").write_bytes(info["signature"].native)
    (tmp_path / "token").write_bytes(token.dump())
    done = subprocess.run(
        [
            "openssl",
            "ts",
            "-verify",
            "-data",
            "value",
            "-in",
            "token",
            "-token_in",
            "-CAfile",
            str(authority.authority.home / "root.pem"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert "Verification: OK" in done.stdout + done.stderr
