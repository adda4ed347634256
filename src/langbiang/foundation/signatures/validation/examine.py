"""Checking a signed PDF with pyHanko and saying what it comes to. Any bytes in, a verdict out, never an
exception.

A signature is judged at the time that is proven for it (its time stamp), else at the time of checking.
Revocation is read from the evidence inside the file and from the lists of the trust store.
"""

import hashlib
import io
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from pyhanko.pdf_utils.decode_limits import DecodeLimits, DecodePurpose
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESFailure, AdESIndeterminate
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, DiffResult, ModificationLevel
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError, SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import (
    EmbeddedPdfSignature,
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from ..keys.base import Certificate
from .trust import TrustStore
from .verdict import Change, ChangeKind, Reason, SignatureFinding, State, Verdict

log = logging.getLogger(__name__)
MAX_BYTES = 64 * 1024 * 1024
MAX_SIGNATURES = 50
# pyHanko logs every signature that does not hold as a warning with a traceback; here that is an answer,
# not a fault.
logging.getLogger("pyhanko.sign.validation").setLevel(logging.ERROR)
_TRACE_OF_SIGNATURE = re.compile(rb"/ByteRange\s*\[")
_KEY_USE = KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"}, match_all_key_usages=False)

_BY_SUBINDICATION: dict[object, tuple[State, Reason]] = {
    AdESFailure.HASH_FAILURE: (State.ALTERED, Reason.CONTENT_CHANGED),
    AdESFailure.SIG_CRYPTO_FAILURE: (State.ALTERED, Reason.SIGNATURE_BROKEN),
    AdESFailure.FORMAT_FAILURE: (State.ALTERED, Reason.SIGNATURE_DAMAGED),
    AdESFailure.REVOKED: (State.REVOKED, Reason.CERTIFICATE_REVOKED),
    AdESFailure.NOT_YET_VALID: (State.EXPIRED, Reason.CERTIFICATE_NOT_YET_VALID),
    AdESIndeterminate.REVOKED_NO_POE: (State.REVOKED, Reason.CERTIFICATE_REVOKED),
    AdESIndeterminate.REVOKED_CA_NO_POE: (State.REVOKED, Reason.AUTHORITY_REVOKED),
    AdESIndeterminate.EXPIRED: (State.EXPIRED, Reason.CERTIFICATE_EXPIRED),
    AdESIndeterminate.NOT_YET_VALID: (State.EXPIRED, Reason.CERTIFICATE_NOT_YET_VALID),
    AdESIndeterminate.REVOCATION_OUT_OF_BOUNDS_NO_POE: (State.INCONCLUSIVE, Reason.REVOCATION_UNKNOWN),
    AdESIndeterminate.OUT_OF_BOUNDS_NO_POE: (State.EXPIRED, Reason.CERTIFICATE_EXPIRED),
    AdESIndeterminate.OUT_OF_BOUNDS_NOT_REVOKED: (State.EXPIRED, Reason.CERTIFICATE_EXPIRED),
    AdESIndeterminate.NO_CERTIFICATE_CHAIN_FOUND: (State.UNTRUSTED, Reason.CHAIN_UNKNOWN),
    AdESIndeterminate.NO_SIGNING_CERTIFICATE_FOUND: (State.ALTERED, Reason.SIGNATURE_DAMAGED),
    AdESIndeterminate.CHAIN_CONSTRAINTS_FAILURE: (State.UNTRUSTED, Reason.CERTIFICATE_UNSUITABLE),
    AdESIndeterminate.SIG_CONSTRAINTS_FAILURE: (State.UNTRUSTED, Reason.CERTIFICATE_UNSUITABLE),
    AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE: (State.INCONCLUSIVE, Reason.WEAK_ALGORITHM),
    AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE_NO_POE: (State.INCONCLUSIVE, Reason.WEAK_ALGORITHM),
    AdESIndeterminate.TRY_LATER: (State.INCONCLUSIVE, Reason.REVOCATION_UNKNOWN),
}


@dataclass(frozen=True)
class _Evidence:
    """Certificates and revocation data carried by the file, and the lists of the trust store."""

    certificates: tuple[Certificate, ...]
    ocsps: tuple[asn1_ocsp.OCSPResponse, ...]
    crls: tuple[asn1_crl.CertificateList, ...]
    own_lists: tuple[asn1_crl.CertificateList, ...]


def blank(pdf: bytes, state: State, *reasons: Reason) -> Verdict:
    """A verdict about a file in which no signature could be looked at."""
    return Verdict(state, reasons, hashlib.sha256(pdf).hexdigest(), len(pdf))


async def examine(pdf: bytes, trust: TrustStore, at: datetime) -> Verdict:
    """The verdict on a file at a moment."""
    if len(pdf) > MAX_BYTES:
        return blank(pdf, State.UNREADABLE, Reason.TOO_LARGE)
    if b"%PDF-" not in pdf[:1024]:
        return blank(pdf, State.UNREADABLE, Reason.NOT_A_PDF)
    reader, found, strictly = _open(pdf)
    if reader is None:
        return blank(pdf, *_unopenable(pdf))
    if reader.encrypted:
        return blank(pdf, State.UNREADABLE, Reason.ENCRYPTED)
    if not found:
        if _TRACE_OF_SIGNATURE.search(pdf):
            return blank(pdf, State.ALTERED, Reason.SIGNATURE_REMOVED)
        return blank(pdf, State.NOT_SIGNED)
    if len(found) > MAX_SIGNATURES:
        return blank(pdf, State.UNREADABLE, Reason.TOO_MANY_SIGNATURES)
    evidence = _evidence(reader, trust)
    stamps = await _document_timestamps(found, evidence, trust)
    findings = []
    for signature in found:
        if signature.sig_object_type != "/DocTimeStamp":
            finding = await _guarded(signature, reader, found, evidence, trust, stamps, at)
            if not strictly:
                finding = replace(finding, reasons=(*finding.reasons, Reason.NOT_STRICTLY_FORMED))
            findings.append(finding)
    if not findings:
        return blank(pdf, State.NOT_SIGNED)
    worst = max(findings, key=lambda f: f.state.badness)
    # What came after the last signature concerns the file as a whole.
    last = max(findings, key=lambda f: f.revision)
    return Verdict(
        worst.state,
        tuple(dict.fromkeys(r for f in findings for r in f.reasons if f.state is worst.state)),
        hashlib.sha256(pdf).hexdigest(),
        len(pdf),
        tuple(findings),
        last.later_changes,
    )


def _open(pdf: bytes) -> tuple[PdfFileReader | None, list[EmbeddedPdfSignature], bool]:
    for strict in (True, False):
        try:
            reader = PdfFileReader(io.BytesIO(pdf), strict=strict, decode_limits=DecodeLimits())
            if reader.encrypted:
                return reader, [], strict
            return reader, list(reader.embedded_signatures), strict
        except (MemoryError, KeyboardInterrupt):
            raise
        except Exception:
            continue
    return None, [], False


def _unopenable(pdf: bytes) -> tuple[State, Reason]:
    if _TRACE_OF_SIGNATURE.search(pdf):
        return State.ALTERED, Reason.SIGNATURE_DAMAGED
    return State.UNREADABLE, Reason.DAMAGED


def _evidence(reader: PdfFileReader, trust: TrustStore) -> _Evidence:
    certificates: list[Certificate] = []
    ocsps: list[asn1_ocsp.OCSPResponse] = []
    crls: list[asn1_crl.CertificateList] = []
    try:
        store = DocumentSecurityStore.read_dss(reader)
        certificates = list(store.load_certs())
        ocsps = [
            asn1_ocsp.OCSPResponse.load(r.get_object().read_data(DecodePurpose.OCSP_RESPONSE)) for r in store.ocsps
        ]
        crls = [asn1_crl.CertificateList.load(r.get_object().read_data(DecodePurpose.CRL)) for r in store.crls]
    except NoDSSFoundError:
        pass
    except Exception:
        certificates, ocsps, crls = [], [], []
    own = tuple(asn1_crl.CertificateList.load(der) for der in trust.revocation_lists)
    return _Evidence(tuple(certificates), tuple(ocsps), tuple(crls), own)


def _context(roots: list[Certificate], evidence: _Evidence, moment: datetime, mode: str) -> ValidationContext:
    return ValidationContext(
        trust_roots=roots,
        other_certs=list(evidence.certificates),
        moment=moment,
        ocsps=list(evidence.ocsps),
        crls=[*evidence.crls, *evidence.own_lists],
        revocation_mode=mode,
        # The evidence about a moment is always made after it.
        retroactive_revinfo=True,
        allow_fetching=False,
    )


async def _document_timestamps(
    found: list[EmbeddedPdfSignature], evidence: _Evidence, trust: TrustStore
) -> list[tuple[int, datetime, Certificate]]:
    """Revision, time and authority of the archive time stamps that hold."""
    good = []
    for signature in found:
        if signature.sig_object_type != "/DocTimeStamp":
            continue
        try:
            made = _token_time(signature.signed_data)
            status = await async_validate_pdf_timestamp(
                signature, _context(trust.timestamp_roots(made), evidence, made, "soft-fail"), skip_diff=True
            )
            if status.valid and status.intact and status.trusted:
                good.append((signature.signed_revision, status.timestamp, status.signing_cert))
        except Exception:
            continue
    return good


def _token_time(signed_data: Any) -> datetime:
    made: datetime = signed_data["encap_content_info"]["content"].parsed["gen_time"].native
    return made


async def _guarded(
    signature: EmbeddedPdfSignature,
    reader: PdfFileReader,
    found: list[EmbeddedPdfSignature],
    evidence: _Evidence,
    trust: TrustStore,
    stamps: list[tuple[int, datetime, Certificate]],
    at: datetime,
) -> SignatureFinding:
    try:
        described = _described(signature)
    except Exception:
        return SignatureFinding(
            State.ALTERED, (Reason.SIGNATURE_DAMAGED,), str(signature.field_name), signature.signed_revision
        )
    try:
        return await _judged(described, signature, reader, found, evidence, trust, stamps, at)
    except SignatureValidationError as error:
        state, reason = _BY_SUBINDICATION.get(error.ades_subindication, (State.ALTERED, Reason.SIGNATURE_DAMAGED))
        main, sub = _indication(error.ades_subindication)
        return replace(described, state=state, reasons=(reason,), indication=main, sub_indication=sub)
    except Exception:
        log.debug("A signature could not be judged", exc_info=True)
        return replace(described, state=State.ALTERED, reasons=(Reason.SIGNATURE_DAMAGED,))


def _described(signature: EmbeddedPdfSignature) -> SignatureFinding:
    """Everything the signature says about itself, before any of it is believed."""
    certificate = signature.signer_cert
    subject = certificate.subject.native
    info = signature.signer_info
    return SignatureFinding(
        state=State.INCONCLUSIVE,
        reasons=(),
        field=str(signature.field_name),
        revision=signature.signed_revision,
        signer=_text(subject.get("common_name")),
        agency=_text(subject.get("organization_name")),
        unit=_text(subject.get("organizational_unit_name")),
        title=_text(subject.get("title")),
        email=_email(certificate),
        serial=f"{certificate.serial_number:x}",
        issuer=_text(certificate.issuer.native.get("common_name")) or certificate.issuer.human_friendly,
        certificate_sha256=certificate.sha256.hex(),
        certificate_from=certificate.not_valid_before,
        certificate_to=certificate.not_valid_after,
        claimed_at=_claimed_time(signature),
        algorithm=f"{info['signature_algorithm']['algorithm'].native} {certificate.public_key.bit_size}",
        purpose=_text(signature.sig_object.get("/Reason")),
        location=_text(signature.sig_object.get("/Location")),
        signature_sha256=hashlib.sha256(info["signature"].native).hexdigest(),
    )


def _text(value: object) -> str:
    if isinstance(value, (list, tuple)):
        value = value[0] if value else ""
    return str(value)[:300] if value else ""


def _email(certificate: Certificate) -> str:
    if address := certificate.subject.native.get("email_address"):
        return _text(address)
    names = certificate.subject_alt_name_value
    return next((_text(n.native) for n in names or () if n.name == "rfc822_name"), "")


def _claimed_time(signature: EmbeddedPdfSignature) -> datetime | None:
    claimed = signature.self_reported_timestamp
    if claimed is not None and claimed.tzinfo is None:
        claimed = claimed.replace(tzinfo=UTC)
    return claimed


async def _judged(
    described: SignatureFinding,
    signature: EmbeddedPdfSignature,
    reader: PdfFileReader,
    found: list[EmbeddedPdfSignature],
    evidence: _Evidence,
    trust: TrustStore,
    stamps: list[tuple[int, datetime, Certificate]],
    at: datetime,
) -> SignatureFinding:
    claimed_proof = _attached_token_time(signature)
    later_stamps = [s for s in stamps if s[0] > signature.signed_revision]
    first_stamp = min(later_stamps, key=lambda s: s[1], default=None)
    moment = min([t for t in (claimed_proof, first_stamp[1] if first_stamp else None) if t is not None], default=at)
    status = await _validated(signature, evidence, trust, moment, "hard-fail")
    token = status.timestamp_validity
    token_holds = bool(
        token is not None and token.valid and token.intact and token.trusted and token.timestamp == claimed_proof
    )
    remarks: list[Reason] = []
    if claimed_proof is not None and not token_holds:
        # The token proves nothing, so the signature is judged at the next best moment.
        remarks.append(Reason.TIMESTAMP_BAD)
        moment = first_stamp[1] if first_stamp else at
        status = await _validated(signature, evidence, trust, moment, "hard-fail")
    proven = moment if token_holds or first_stamp else None
    authority = token.signing_cert if token_holds and token else first_stamp[2] if first_stamp else None
    if proven is None:
        remarks.append(Reason.TIME_NOT_PROVEN)
    elif authority is not None and authority.not_valid_after < at:
        remarks.append(Reason.TIMESTAMP_CERTIFICATE_ENDED)

    finding = replace(
        described,
        proven_at=proven,
        timestamp_authority=_text(authority.subject.native.get("common_name")) if authority else "",
        covers_whole_file=status.coverage is SignatureCoverageLevel.ENTIRE_FILE,
        later_changes=_later_changes(signature, reader, found, status),
        level=_level(token_holds, bool(later_stamps), evidence, status),
    )
    state, reasons, subindication = _state_of(status)
    if state is State.INCONCLUSIVE and Reason.REVOCATION_UNKNOWN in reasons:
        # Tell "nobody says whether it was revoked" from "the chain itself does not hold".
        lenient = await _validated(signature, evidence, trust, moment, "soft-fail")
        if not lenient.trusted:
            state, reasons, subindication = _state_of(lenient)
    certificate = signature.signer_cert
    if state is State.INCONCLUSIVE and not certificate.not_valid_before <= moment <= certificate.not_valid_after:
        # Stale revocation data hides from pyHanko that the certificate itself had ended.
        early = moment < certificate.not_valid_before
        state = State.EXPIRED
        reasons = (Reason.CERTIFICATE_NOT_YET_VALID if early else Reason.CERTIFICATE_EXPIRED,)
    revoked_at = _listed_as_revoked(certificate, evidence)
    if status.revocation_details is not None:
        revoked_at = revoked_at or status.revocation_details.revocation_date
    if revoked_at is not None:
        if revoked_at <= moment and state in (State.GENUINE, State.INCONCLUSIVE):
            state, reasons = State.REVOKED, (Reason.CERTIFICATE_REVOKED,)
        elif revoked_at > moment:
            remarks.append(Reason.CERTIFICATE_REVOKED_LATER)
    if state is State.GENUINE and certificate.not_valid_after < at:
        remarks.append(Reason.CERTIFICATE_ENDED_SINCE)
    anchor = trust.anchor_of(_root_of(status)) if status.validation_path is not None else None
    if anchor is not None and anchor.is_test:
        remarks.append(Reason.TEST_AUTHORITY)
    main, sub = _indication(subindication, passed=state is State.GENUINE)
    return replace(
        finding,
        state=state,
        reasons=(*reasons, *remarks),
        revoked_at=revoked_at,
        is_test=bool(anchor and anchor.is_test),
        indication=main,
        sub_indication=sub,
    )


def _attached_token_time(signature: EmbeddedPdfSignature) -> datetime | None:
    """The time in the signature's own time stamp, believed only once the token is found to hold."""
    for attribute in signature.signer_info["unsigned_attrs"] or ():
        if attribute["type"].native == "signature_time_stamp_token" and len(attribute["values"]):
            return _token_time(attribute["values"][0]["content"])
    return None


async def _validated(
    signature: EmbeddedPdfSignature, evidence: _Evidence, trust: TrustStore, moment: datetime, mode: str
) -> PdfSignatureStatus:
    stamped = _attached_token_time(signature) or moment
    return await async_validate_pdf_signature(
        signature,
        _context(trust.signature_roots(moment), evidence, moment, mode),
        _context(trust.timestamp_roots(stamped), evidence, stamped, "soft-fail"),
        key_usage_settings=_KEY_USE,
    )


def _state_of(status: PdfSignatureStatus) -> tuple[State, tuple[Reason, ...], object]:
    if not status.intact:
        return State.ALTERED, (Reason.CONTENT_CHANGED,), AdESFailure.HASH_FAILURE
    if not status.valid:
        return State.ALTERED, (Reason.SIGNATURE_BROKEN,), AdESFailure.SIG_CRYPTO_FAILURE
    if status.coverage not in (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION):
        return State.ALTERED, (Reason.NOT_ALL_COVERED,), AdESFailure.FORMAT_FAILURE
    if not status.docmdp_ok or status.modification_level not in (
        ModificationLevel.NONE,
        ModificationLevel.LTA_UPDATES,
        ModificationLevel.FORM_FILLING,
    ):
        return State.ALTERED, (Reason.CHANGED_AFTERWARDS,), AdESFailure.FORMAT_FAILURE
    if not status.seed_value_ok:
        return State.UNTRUSTED, (Reason.CERTIFICATE_UNSUITABLE,), AdESIndeterminate.SIG_CONSTRAINTS_FAILURE
    if status.trusted:
        return State.GENUINE, (), None
    problem = status.trust_problem_indic
    if status.revocation_details is not None and problem not in (
        AdESFailure.REVOKED,
        AdESIndeterminate.REVOKED_NO_POE,
        AdESIndeterminate.REVOKED_CA_NO_POE,
    ):
        return State.REVOKED, (Reason.CERTIFICATE_REVOKED,), problem
    state, reason = _BY_SUBINDICATION.get(problem, (State.INCONCLUSIVE, Reason.REVOCATION_UNKNOWN))
    return state, (reason,), problem


def _indication(subindication: object, *, passed: bool = False) -> tuple[str, str]:
    """The words of ETSI EN 319 102-1."""
    if passed:
        return "TOTAL-PASSED", ""
    main = "TOTAL-FAILED" if isinstance(subindication, AdESFailure) else "INDETERMINATE"
    return main, str(getattr(subindication, "name", ""))


def _root_of(status: PdfSignatureStatus) -> Certificate:
    assert status.validation_path is not None
    root: Certificate = status.validation_path.first
    return root


def _level(token_holds: bool, archived: bool, evidence: _Evidence, status: PdfSignatureStatus) -> str:
    if archived:
        return "B-LTA"
    if token_holds and (evidence.ocsps or evidence.crls):
        return "B-LT"
    return "B-T" if token_holds else "B-B"


def _listed_as_revoked(certificate: Certificate, evidence: _Evidence) -> datetime | None:
    """When our own lists say a certificate was revoked; they were checked when they were fetched."""
    for revocations in evidence.own_lists:
        if revocations.issuer != certificate.issuer:
            continue
        for entry in revocations["tbs_cert_list"]["revoked_certificates"] or ():
            if entry["user_certificate"].native == certificate.serial_number:
                when: datetime = entry["revocation_date"].native
                return when
    return None


def _later_changes(
    signature: EmbeddedPdfSignature,
    reader: PdfFileReader,
    found: Iterable[EmbeddedPdfSignature],
    status: PdfSignatureStatus,
) -> tuple[Change, ...]:
    """Name every revision that came after the signed one."""
    total = reader.xrefs.total_revisions
    if status.coverage is SignatureCoverageLevel.ENTIRE_FILE:
        return ()
    by_revision = {s.signed_revision: s for s in found}
    changes = []
    for revision in range(signature.signed_revision + 1, total):
        other = by_revision.get(revision)
        kind = _kind_of(reader, revision, status)
        if kind is ChangeKind.CONTENT or other is None:
            changes.append(Change(kind, revision))
        elif other.sig_object_type == "/DocTimeStamp":
            changes.append(Change(ChangeKind.TIMESTAMP, revision, _name_of(other)))
        else:
            changes.append(Change(ChangeKind.SIGNATURE, revision, _name_of(other)))
    if not changes and status.coverage is not SignatureCoverageLevel.ENTIRE_REVISION:
        changes.append(Change(ChangeKind.CONTENT, total - 1))
    return tuple(changes)


def _kind_of(reader: PdfFileReader, revision: int, status: PdfSignatureStatus) -> ChangeKind:
    """What one revision did, compared with the one before it."""
    whole = status.diff_result
    if isinstance(whole, DiffResult) and whole.modification_level is ModificationLevel.LTA_UPDATES:
        return ChangeKind.EVIDENCE
    try:
        result = DEFAULT_DIFF_POLICY.apply(
            reader.get_historical_resolver(revision - 1), reader.get_historical_resolver(revision)
        )
    except Exception:
        return ChangeKind.CONTENT
    return {
        ModificationLevel.NONE: ChangeKind.EVIDENCE,
        ModificationLevel.LTA_UPDATES: ChangeKind.EVIDENCE,
        ModificationLevel.FORM_FILLING: ChangeKind.FORM_FILLED,
    }.get(result.modification_level, ChangeKind.CONTENT)


def _name_of(signature: EmbeddedPdfSignature) -> str:
    try:
        return _text(signature.signer_cert.subject.native.get("common_name"))
    except Exception:
        return ""
