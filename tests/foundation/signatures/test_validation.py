import datetime as dt
import io
import re

import pikepdf
import pytest
from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    pdf_string,
)
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from langbiang.foundation.signatures.pades import Level, sign_pdf
from langbiang.foundation.signatures.validation import (
    Anchor,
    ChangeKind,
    Reason,
    State,
    TrustStore,
    Verdict,
    validate_pdf,
    words,
)

YEAR = dt.timedelta(days=365)


@pytest.fixture
def sign(authority, trust, signer, document, now):
    def make(pdf=None, key=None, *, level=Level.B_LT, at=now, stamped_at=None):
        url = authority.timestamp_url
        if stamped_at:
            url += "?at=" + stamped_at.isoformat().replace("+", "%2B")
        return sign_pdf(
            document if pdf is None else pdf,
            key or signer,
            reason="Ký ban hành",
            location="Lâm Đồng",
            at=at,
            timestamp_url=url,
            trust=trust,
            level=level,
        ).content

    return make


def signed_range(pdf: bytes) -> list[int]:
    """Every offset the last signature covers."""
    _, first, second, rest = (int(n) for n in re.findall(rb"/ByteRange\s*\[(\d+) (\d+) (\d+) (\d+)", pdf)[-1])
    return [*range(first), *range(second, second + rest)]


def append(pdf: bytes, change) -> bytes:
    """The file with one more revision in which `change` was done."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_signed_document_is_genuine_and_says_who_for_whom_and_when(sign, trust, soon, now):
    verdict = validate_pdf(sign(), trust, soon)
    assert verdict.state is State.GENUINE
    (found,) = verdict.signatures
    assert (found.signer, found.agency, found.title) == (
        "Nguyễn Văn Kỳ",
        "Ủy ban nhân dân xã Lạc Dương",
        "Chủ tịch",
    )
    assert found.email == "nvky@lamdong.example.vn"
    assert found.claimed_at == now
    assert abs(found.proven_at - now) < dt.timedelta(minutes=5)
    assert found.timestamp_authority == "TEST Langbiang Time Stamping Authority"
    assert (found.level, found.indication) == ("B-LT", "TOTAL-PASSED")
    assert found.purpose == "Ký ban hành"


def test_a_test_authority_is_named_as_such(sign, trust, soon):
    verdict = validate_pdf(sign(), trust, soon)
    assert verdict.signatures[0].is_test
    assert Reason.TEST_AUTHORITY in verdict.reasons


def test_the_name_of_the_file_and_bytes_around_the_pdf_play_no_part_but_are_seen(sign, trust, soon):
    assert validate_pdf(sign() + b"\n", trust, soon).state in (State.GENUINE, State.ALTERED)


def test_one_changed_byte_anywhere_in_the_signed_range_is_refused(sign, trust, soon):
    pdf = sign()
    offsets = signed_range(pdf)
    step = len(offsets) // 110
    for offset in offsets[::step]:
        changed = bytearray(pdf)
        changed[offset] ^= 0x01
        verdict = validate_pdf(bytes(changed), trust, soon)
        assert verdict.state in (State.ALTERED, State.UNREADABLE), (offset, verdict.state)


def test_a_changed_digit_in_the_content_is_called_altered(sign, trust, soon):
    changed = bytearray(sign())
    changed[changed.index(b"stream") + 30] ^= 1
    verdict = validate_pdf(bytes(changed), trust, soon)
    assert (verdict.state, verdict.reasons[0]) == (State.ALTERED, Reason.CONTENT_CHANGED)


def test_a_removed_signature_leaves_traces_that_are_named(sign, trust, soon):
    pdf = sign().replace(b"/AcroForm", b"/AcroFoxx")
    assert validate_pdf(pdf, trust, soon).state is State.ALTERED


def test_text_added_in_a_later_revision_is_named(sign, trust, soon):
    def write_over(writer):
        stream = StreamObject(stream_data=b"0 0 1 rg 100 100 300 300 re f")
        writer.add_stream_to_page(0, writer.add_object(stream))

    verdict = validate_pdf(append(sign(), write_over), trust, soon)
    assert (verdict.state, verdict.reasons[0]) == (State.ALTERED, Reason.CHANGED_AFTERWARDS)
    assert [c.kind for c in verdict.later_changes] == [ChangeKind.EVIDENCE, ChangeKind.CONTENT]


def test_a_note_stuck_on_afterwards_is_named(sign, trust, soon):
    def stick_on(writer):
        note = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Annot"),
                NameObject("/Subtype"): NameObject("/FreeText"),
                NameObject("/Contents"): pdf_string("Sai"),
                NameObject("/Rect"): ArrayObject(map(NumberObject, (50, 50, 200, 100))),
            }
        )
        writer.register_annotation(writer.root["/Pages"]["/Kids"].raw_get(0), writer.add_object(note))

    verdict = validate_pdf(append(sign(), stick_on), trust, soon)
    assert verdict.state is State.ALTERED
    assert verdict.later_changes[-1].kind is ChangeKind.CONTENT


def test_a_second_signature_is_a_harmless_named_addition(sign, trust, soon, seal):
    verdict = validate_pdf(sign(sign(), seal), trust, soon)
    assert verdict.state is State.GENUINE
    first, second = verdict.signatures
    assert second.is_agency_seal
    assert not first.is_agency_seal
    added = [c for c in first.later_changes if c.kind is ChangeKind.SIGNATURE]
    assert [c.by for c in added] == ["Ủy ban nhân dân xã Lạc Dương"]
    assert all(c.is_harmless for c in verdict.later_changes)


def test_a_change_between_two_signatures_is_named_for_the_first(sign, trust, soon, seal):
    def write_over(writer):
        stream = StreamObject(stream_data=b"0 0 1 rg 100 100 300 300 re f")
        writer.add_stream_to_page(0, writer.add_object(stream))

    verdict = validate_pdf(sign(append(sign(), write_over), seal), trust, soon)
    assert verdict.state is State.ALTERED
    assert [s.state for s in verdict.signatures] == [State.ALTERED, State.GENUINE]


def test_a_file_without_signature_is_called_unsigned(document, trust, soon):
    assert validate_pdf(document, trust, soon).state is State.NOT_SIGNED


def test_an_unknown_authority_is_untrusted(sign, soon):
    verdict = validate_pdf(sign(), TrustStore(), soon)
    assert (verdict.state, verdict.reasons[0]) == (State.UNTRUSTED, Reason.CHAIN_UNKNOWN)


def test_an_anchor_counts_only_for_signatures_made_in_its_time(sign, root, soon, now):
    ended = TrustStore((Anchor(root, valid_to=now - dt.timedelta(days=1)),))
    began = TrustStore((Anchor(root, valid_to=now + dt.timedelta(days=1)),))
    assert validate_pdf(sign(), ended, soon).state is State.UNTRUSTED
    assert validate_pdf(sign(), began, soon + 2 * YEAR).state is State.GENUINE


def test_an_anchor_for_time_stamps_alone_does_not_vouch_for_signers(sign, root, soon):
    only_stamps = TrustStore((Anchor(root, for_signatures=False),))
    assert validate_pdf(sign(), only_stamps, soon).state is State.UNTRUSTED


def test_a_signature_outlives_its_certificate_when_its_time_is_proven(sign, trust, soon):
    verdict = validate_pdf(sign(), trust, soon + 10 * YEAR)
    assert verdict.state is State.GENUINE
    assert Reason.CERTIFICATE_ENDED_SINCE in verdict.reasons


def test_a_signature_without_proven_time_ends_with_its_certificate(sign, trust, soon, lists):
    pdf = sign(level=Level.B_B)
    known = TrustStore(trust.anchors, lists())
    good = validate_pdf(pdf, known, soon)
    assert good.state is State.GENUINE
    assert Reason.TIME_NOT_PROVEN in good.reasons
    assert validate_pdf(pdf, known, soon + 10 * YEAR).state is State.EXPIRED


def test_missing_revocation_data_is_inconclusive_never_genuine(sign, trust, soon):
    verdict = validate_pdf(sign(level=Level.B_T), trust, soon)
    assert (verdict.state, verdict.reasons[0]) == (State.INCONCLUSIVE, Reason.REVOCATION_UNKNOWN)


def test_a_certificate_revoked_before_signing_is_called_revoked(sign, enrol, authority, trust, lists, now, soon):
    key = enrol("Lê Văn C", not_before=now - YEAR)
    authority.authority.revoke(key.certificate.serial_number, at=now - dt.timedelta(days=3))
    for level in (Level.B_B, Level.B_T):
        verdict = validate_pdf(sign(key=key, level=level), TrustStore(trust.anchors, lists()), soon)
        assert (verdict.state, verdict.reasons[0]) == (State.REVOKED, Reason.CERTIFICATE_REVOKED)


def test_a_certificate_revoked_after_signing_leaves_the_signature_good(sign, enrol, authority, trust, lists, now, soon):
    key = enrol("Đỗ Thị E", not_before=now - YEAR)
    pdf = sign(key=key, at=now - dt.timedelta(days=9), stamped_at=now - dt.timedelta(days=9))
    authority.authority.revoke(key.certificate.serial_number, at=now - dt.timedelta(days=3))
    verdict = validate_pdf(pdf, TrustStore(trust.anchors, lists()), soon)
    assert verdict.state is State.GENUINE
    assert Reason.CERTIFICATE_REVOKED_LATER in verdict.reasons
    assert verdict.signatures[0].revoked_at == now - dt.timedelta(days=3)


def test_without_proven_time_a_later_revocation_makes_it_revoked(sign, enrol, authority, trust, lists, now, soon):
    key = enrol("Võ F", not_before=now - YEAR)
    pdf = sign(key=key, at=now - dt.timedelta(days=9), level=Level.B_B)
    authority.authority.revoke(key.certificate.serial_number, at=now - dt.timedelta(days=3))
    assert validate_pdf(pdf, TrustStore(trust.anchors, lists()), soon).state is State.REVOKED


def test_a_file_saved_anew_by_another_program_is_not_genuine_but_still_names_its_record(sign, trust, soon):
    original = validate_pdf(sign_once := sign(), trust, soon)
    with pikepdf.open(io.BytesIO(sign_once)) as opened:
        saved = io.BytesIO()
        opened.save(saved)
    verdict = validate_pdf(saved.getvalue(), trust, soon)
    assert verdict.state is State.ALTERED
    assert verdict.signature_digests == original.signature_digests


def test_a_verdict_survives_the_journey_between_processes(sign, trust, soon, seal):
    verdict = validate_pdf(sign(sign(), seal), trust, soon)
    assert Verdict.from_json(verdict.to_json()) == verdict
    again = TrustStore.from_json(trust.to_json())
    assert again.anchors[0].certificate.dump() == trust.anchors[0].certificate.dump()


def test_every_code_has_its_sentence():
    assert set(words.TITLES) == set(words.MEANINGS) == set(State)
    assert set(words.REASONS) == set(Reason)
    assert set(words.CHANGES) == set(ChangeKind)


def test_the_verdict_reads_as_sentences(sign, trust, soon):
    told = " ".join(words.lines(validate_pdf(sign(), trust, soon)))
    assert "Nguyễn Văn Kỳ" in told
    assert "TEST Langbiang Time Stamping Authority" in told
