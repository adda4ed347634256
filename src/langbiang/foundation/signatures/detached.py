"""Signatures beside the bytes they are for (CMS, RFC 5652, detached): for messages and data files that are not PDF."""

from dataclasses import dataclass, field
from datetime import datetime

from asn1crypto import cms
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.validation import async_validate_detached_cms
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext, errors

from .keys import Certificate, KeyUnavailable, SigningKey
from .pades.signing import run
from .validation import TrustStore


@dataclass(frozen=True)
class DetachedSignature:
    """A CMS signature with the certificate it was made with."""

    cms: bytes = field(repr=False)
    signer: str
    serial: str


@dataclass(frozen=True)
class DetachedVerdict:
    """Whether the bytes are those that were signed, and whether the signer is trusted here."""

    is_intact: bool
    is_trusted: bool
    signer: str = ""
    serial: str = ""


def sign(content: bytes, key: SigningKey, *, at: datetime) -> DetachedSignature:
    """Sign exactly these bytes, with the certificates of the chain inside. Raises KeyUnavailable."""
    try:
        with key.signer() as signer:
            made = run(
                lambda: signer.async_sign_general_data(
                    content, "sha256", detached=True, use_cades=True,
                    signed_attr_settings=PdfCMSSignedAttributes(signing_time=at),
                )
            )  # fmt: skip
    except SigningError as problem:
        raise KeyUnavailable(str(problem)) from problem
    return DetachedSignature(made.dump(), _named(key.certificate), f"{key.certificate.serial_number:x}")


def verify(content: bytes, signature: bytes, *, trust: TrustStore, at: datetime) -> DetachedVerdict:
    """Check a detached signature as of a moment; anything unreadable is not intact."""
    try:
        signed = cms.ContentInfo.load(signature, strict=True)
        if signed["content_type"].native != "signed_data":
            return DetachedVerdict(is_intact=False, is_trusted=False)
        context = ValidationContext(
            trust_roots=trust.signature_roots(at), crls=list(trust.revocation_lists), moment=at, allow_fetching=False,
            revocation_mode="soft-fail",
        )  # fmt: skip
        status = run(lambda: async_validate_detached_cms(content, signed["content"], signer_validation_context=context))
    except (ValueError, TypeError, KeyError, SignatureValidationError, errors.ValidationError):
        return DetachedVerdict(is_intact=False, is_trusted=False)
    certificate = status.signing_cert
    return DetachedVerdict(
        is_intact=bool(status.intact and status.valid),
        is_trusted=bool(status.intact and status.valid and status.trusted),
        signer=_named(certificate),
        serial=f"{certificate.serial_number:x}",
    )


def _named(certificate: Certificate) -> str:
    """Whom a certificate names."""
    found = certificate.subject.native.get("common_name", "")
    return str(found[0] if isinstance(found, list) else found) or certificate.subject.human_friendly
