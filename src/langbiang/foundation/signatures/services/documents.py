"""Signing documents for the record."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from langbiang.foundation import audit, events
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access.policies import require

from .. import configuration, keys, policies, queries
from ..events import DocumentSigned
from ..models import SignatureRecord, SigningCredential
from ..pades import Appearance, sign_pdf
from ..pades.appearance import Box
from ..validation import State, validate_pdf, words
from .credentials import CredentialNotUsable


class NotVerifiable(Refusal):
    """The signature just made does not stand up to our own check, so the document is not issued."""


@dataclass(frozen=True)
class SignedDocument:
    """A signed file and its entry in the record."""

    content: bytes = field(repr=False)
    sha256: str
    record: SignatureRecord

    @property
    def pdf(self) -> bytes:
        """The signed file."""
        return self.content


class NoSigningKey(Refusal):
    """Nobody gave this position or agency a key to sign with, or it has ended."""


def sign_as_person(
    actor: Actor,
    *,
    pdf: bytes,
    reason: str,
    location: str,
    box: Box,
    page: int = -1,
    anchor: str = "",
    purpose: str,
    at: datetime,
) -> SignedDocument:
    """Sign with the key of the position the actor acts in, showing the prescribed block in `box`.

    `purpose` names the record signed (`cases.caseresult:17`). Raises NoSigningKey and all of `sign_document`.
    """
    credential = queries.credential_of_actor(actor, at=at)
    if credential is None:
        raise NoSigningKey(
            _("There is no valid signing key for your position."),
            way_out=_("Ask the administrator to enrol your signing certificate."),
        )
    return sign_document(
        actor,
        pdf=pdf,
        credential=credential,
        purpose=purpose.partition(":")[0],
        subject=purpose,
        reason=reason,
        location=location,
        appearance=queries.appearance_for(credential, at=at, box=box, page=page, anchor=anchor),
        at=at,
    )


def seal_as_agency(
    actor: Actor,
    *,
    agency_id: int,
    pdf: bytes,
    reason: str,
    lines: Sequence[str] = (),
    location: str = "",
    box: Box,
    page: int = 0,
    anchor: str = "",
    purpose: str,
    at: datetime,
) -> SignedDocument:
    """Sign with the digital seal of an agency; `lines` stand in the block instead of the prescribed text.

    `purpose` names the record signed (`cases.caseresult:17`). Raises NoSigningKey and all of `sign_document`.
    """
    credential = queries.seal_of_agency(agency_id, at=at)
    if credential is None:
        raise NoSigningKey(
            _("There is no valid digital seal for this agency."),
            way_out=_("Ask the administrator to enrol the agency's certificate."),
        )
    appearance = queries.appearance_for(credential, at=at, box=box, page=page, anchor=anchor)
    if lines:
        appearance = replace(appearance, lines=tuple(lines))
    return sign_document(
        actor,
        pdf=pdf,
        credential=credential,
        purpose=purpose.partition(":")[0],
        subject=purpose,
        reason=reason,
        location=location,
        appearance=appearance,
        at=at,
    )


@transaction.atomic
def sign_document(
    actor: Actor,
    *,
    pdf: bytes,
    credential: SigningCredential,
    purpose: str,
    reason: str,
    location: str,
    appearance: Appearance | None = None,
    subject: str = "",
    at: datetime,
) -> SignedDocument:
    """Sign a PDF with a person's key or an agency's seal, check the result, and put it on record.

    `purpose` is a code of the calling room (`cases.result`), `subject` names its record (`case:17`),
    `reason` and `location` are written into the signature. Raises Forbidden, CredentialNotUsable,
    NotVerifiable, pades.NotSignable, pades.SignerNotValid, pades.LevelNotReached, pades.AnchorNotFound,
    keys.KeyUnavailable. Legal source: Decree 30/2020/ND-CP art. 13 and Appendix I; Decree 23/2025/ND-CP.
    """
    require(policies.may_sign_with(actor, credential))
    _check_usable(credential, at)
    key = keys.source(credential.key_kind).open(credential.key_reference)
    _check_same_certificate(key, credential)
    trust = queries.trust_store(at)
    signed = sign_pdf(
        pdf,
        key,
        reason=reason,
        location=location,
        at=at,
        appearance=appearance,
        timestamp_url=configuration.timestamp_url(at) or None,
        trust=trust,
        level=configuration.level_wanted(),
        at_least=configuration.level_at_least(),
        contact=credential.holder_email,
    )
    verdict = validate_pdf(signed.content, trust, at)
    own = next((f for f in reversed(verdict.signatures) if f.field == signed.field_name), None)
    # Without stored revocation lists a plain signature is inconclusive, not wrong.
    if own is None or verdict.state not in (State.GENUINE, State.INCONCLUSIVE):
        raise NotVerifiable(
            _("The document was not signed: the finished signature did not pass its check (%(state)s).")
            % {"state": words.title(verdict.state)},
            way_out=_("Check whether earlier signatures in the file are intact; else tell the administrator."),
        )
    record = SignatureRecord.objects.create(
        sha256=signed.sha256,
        sha256_before=hashlib.sha256(pdf).hexdigest(),
        signature_sha256=own.signature_sha256,
        credential=credential,
        agency_id=credential.agency_id,
        signer=credential.holder_name,
        purpose=purpose,
        subject=subject,
        reason=reason[:300],
        signed_at=at,
        proven_at=own.proven_at,
        level=signed.level.value,
        shortfalls=[s.value for s in signed.shortfalls],
    )
    audit.record(
        actor,
        "signatures.document_signed",
        record,
        after={"sha256": signed.sha256, "level": signed.level.value, "subject": subject, "purpose": purpose},
        at=at,
    )
    events.emit(
        actor,
        DocumentSigned(
            record_id=record.pk,
            credential_id=credential.pk,
            sha256=signed.sha256,
            purpose=purpose,
            subject=subject,
            level=signed.level.value,
        ),
        at=at,
        agency_id=credential.agency_id,
        subject=subject or f"signature:{record.pk}",
    )
    return SignedDocument(signed.content, signed.sha256, record)


def _check_usable(credential: SigningCredential, at: datetime) -> None:
    if credential.status == SigningCredential.Status.REVOKED:
        raise CredentialNotUsable(
            _("This signing key has been revoked."), way_out=_("Ask the administrator to enrol a new one.")
        )
    if credential.status == SigningCredential.Status.REPLACED and (credential.ended_at or at) <= at:
        raise CredentialNotUsable(
            _("This signing key has been replaced by a newer one."), way_out=_("Sign with the newer one.")
        )
    if not credential.valid_from <= at <= credential.valid_to:
        raise CredentialNotUsable(
            _("The certificate of this key is valid from %(start)s to %(end)s only.")
            % {"start": f"{credential.valid_from:%d/%m/%Y}", "end": f"{credential.valid_to:%d/%m/%Y}"},
            way_out=_("Have the certificate renewed, then enrol the new one."),
        )


def _check_same_certificate(key: keys.SigningKey, credential: SigningCredential) -> None:
    if key.certificate.sha256.hex() != credential.certificate_sha256:
        raise CredentialNotUsable(
            _("The key found belongs to another certificate than the one enrolled."),
            way_out=_("Ask the administrator to check the signing set-up."),
        )
