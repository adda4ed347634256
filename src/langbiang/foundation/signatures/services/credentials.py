"""Giving signing keys to positions and agencies, and taking them away."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from langbiang.foundation import audit, events
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access.policies import require

from .. import configuration, keys, policies
from ..events import CredentialEnrolled, CredentialRevoked
from ..models import SigningCredential, TrustAnchor
from ..pades import UnusableImage, checked_image


class UnusableCertificate(Refusal):
    """The certificate cannot be used for signing here."""


class AlreadyEnrolled(Refusal):
    """This certificate is enrolled already."""


class CredentialNotUsable(Refusal):
    """The credential is revoked, replaced or outside its validity."""


@transaction.atomic
def enrol_credential(
    actor: Actor,
    *,
    agency_id: int,
    position_id: int | None = None,
    key_kind: str,
    key_reference: Mapping[str, str],
    certificates: str | bytes,
    image: bytes | None = None,
    at: datetime,
) -> SigningCredential:
    """Give a key to a position (personal signature) or, without a position, to an agency (its seal).

    `certificates` is PEM: the signer's own first, then those of the issuing authorities. A credential in
    force for the same holder is replaced. Raises Forbidden, UnusableCertificate, AlreadyEnrolled,
    keys.KeyUnavailable. Legal source: Law on Electronic Transactions 20/2023/QH15, Decree 23/2025/ND-CP.
    """
    require(policies.may_manage(actor))
    own, *chain = _certificates(certificates)
    _check_certificate(own, at)
    keys.source(key_kind)
    kind = SigningCredential.Kind.SEAL if position_id is None else SigningCredential.Kind.PERSONAL
    if image is not None:
        _check_image(image)
    if SigningCredential.objects.filter(certificate_sha256=own.sha256.hex()).exists():
        raise AlreadyEnrolled(
            _("This certificate is enrolled already."),
            field="certificates",
            way_out=_("Use the credential that is there, or have a new certificate issued."),
        )
    in_force = SigningCredential.objects.select_for_update().filter(
        status=SigningCredential.Status.ACTIVE, kind=kind, position=position_id
    )
    if kind == SigningCredential.Kind.SEAL:
        in_force = in_force.filter(agency_id=agency_id)
    for former in in_force:
        former.status = SigningCredential.Status.REPLACED
        former.ended_at = at
        former.save(update_fields=["status", "ended_at"])
        audit.record(actor, "signatures.credential_replaced", former, at=at)
        image = image if image is not None else (bytes(former.image) if former.image else None)
    subject = own.subject.native
    try:
        with transaction.atomic():
            credential = SigningCredential.objects.create(
                kind=kind,
                agency_id=agency_id,
                position_id=position_id,
                holder_name=_first(subject.get("common_name")),
                holder_agency=_first(subject.get("organization_name")),
                holder_email=_first(subject.get("email_address")),
                key_kind=key_kind,
                key_reference=dict(key_reference),
                certificates="".join(keys.to_pem(c) for c in (own, *chain)),
                certificate_sha256=own.sha256.hex(),
                subject=_named(own.subject),
                issuer=_named(own.issuer),
                serial=f"{own.serial_number:x}",
                valid_from=own.not_valid_before,
                valid_to=own.not_valid_after,
                image=image,
                is_test=_issued_by_test_authority(chain),
                enrolled_at=at,
                enrolled_by=actor.label[:200],
            )
    except IntegrityError as clash:
        raise AlreadyEnrolled(
            _("Somebody else enrolled a key for the same holder at this moment."),
            way_out=_("Reload the page and look at what is there now."),
        ) from clash
    audit.record(
        actor,
        "signatures.credential_enrolled",
        credential,
        after={"serial": credential.serial, "subject": credential.subject, "key": key_kind, "kind": kind},
        at=at,
    )
    events.emit(
        actor,
        CredentialEnrolled(credential_id=credential.pk, agency_id=agency_id, position_id=position_id),
        at=at,
        agency_id=agency_id,
        subject=f"credential:{credential.pk}",
    )
    return credential


def enrol_key_file(
    actor: Actor,
    *,
    agency_id: int,
    position_id: int | None = None,
    content: bytes,
    password: str,
    image: bytes | None = None,
    at: datetime,
) -> SigningCredential:
    """Take over a PKCS#12 file somebody brings along: it is encrypted anew with this installation's secret.

    Raises Forbidden, UnusableCertificate, AlreadyEnrolled.
    """
    require(policies.may_manage(actor))
    try:
        private, certificate, chain = keys.unpack(content, password)
    except keys.UnusableKeyFile as error:
        raise UnusableCertificate(_KEY_FILE_PROBLEM % {"why": error}, field="key_file", way_out=_RIGHT_FILE) from error
    folder = configuration.key_files()
    reference = folder.store(private, certificate, chain)
    try:
        pem = b"".join(c.public_bytes(Encoding.PEM) for c in (certificate, *chain))
        return enrol_credential(
            actor,
            agency_id=agency_id,
            position_id=position_id,
            key_kind=folder.kind,
            key_reference=reference,
            certificates=pem,
            image=image,
            at=at,
        )
    except BaseException:
        folder.discard(reference)
        raise


_KEY_FILE_PROBLEM = _("The key file cannot be used: %(why)s")
_RIGHT_FILE = _("Choose the .p12 or .pfx file you received from the certification authority and its password.")


@transaction.atomic
def revoke_credential(actor: Actor, *, credential_id: int, reason: str, at: datetime) -> SigningCredential:
    """End the use of a key here at once. Raises Forbidden, CredentialNotUsable.

    Signatures made before remain what they are. The certification authority must be told separately: only its
    revocation makes later signatures with a stolen key worthless elsewhere.
    """
    require(policies.may_manage(actor))
    credential = SigningCredential.objects.select_for_update().get(pk=credential_id)
    if credential.status == SigningCredential.Status.REVOKED:
        raise CredentialNotUsable(_("This key was revoked before."))
    if not reason.strip():
        raise CredentialNotUsable(_("State why the key is revoked."), field="reason")
    before = {"status": credential.status}
    credential.status = SigningCredential.Status.REVOKED
    credential.ended_at = at
    credential.end_reason = reason.strip()[:300]
    credential.save(update_fields=["status", "ended_at", "end_reason"])
    audit.record(
        actor,
        "signatures.credential_revoked",
        credential,
        before=before,
        after={"status": credential.status, "reason": credential.end_reason},
        at=at,
    )
    events.emit(
        actor,
        CredentialRevoked(credential_id=credential.pk, agency_id=credential.agency_id, reason=credential.end_reason),
        at=at,
        agency_id=credential.agency_id,
        subject=f"credential:{credential.pk}",
    )
    return credential


@transaction.atomic
def set_image(actor: Actor, *, credential_id: int, image: bytes | None, at: datetime) -> SigningCredential:
    """Register or remove the picture of the hand signature or seal (PNG). Raises Forbidden,
    UnusableCertificate.

    Legal source: Decree 30/2020/ND-CP, Appendix I (form of signature and seal on electronic documents).
    """
    require(policies.may_manage(actor))
    if image is not None:
        _check_image(image)
    credential = SigningCredential.objects.select_for_update().get(pk=credential_id)
    credential.image = image
    credential.save(update_fields=["image"])
    audit.record(actor, "signatures.image_set", credential, after={"bytes": len(image or b"")}, at=at)
    return credential


def _certificates(content: str | bytes) -> list[keys.Certificate]:
    try:
        return keys.certificates_from(content)
    except ValueError as error:
        raise UnusableCertificate(
            _("This is not a readable certificate."),
            field="certificates",
            way_out=_("Choose the file in PEM or DER form (.pem, .crt, .cer)."),
        ) from error


def _check_certificate(own: keys.Certificate, at: datetime) -> None:
    usage = own.key_usage_value
    if own.ca:
        raise UnusableCertificate(
            _("This is the certificate of a certification authority, not of a signer."), field="certificates"
        )
    if usage is not None and not usage.native & {"digital_signature", "non_repudiation"}:
        raise UnusableCertificate(
            _("This certificate was not issued for signing."),
            field="certificates",
            way_out=_("Ask the certification authority for a signing certificate."),
        )
    if own.not_valid_after <= at:
        raise UnusableCertificate(
            _("This certificate ended on %(day)s.") % {"day": own.not_valid_after.strftime("%d/%m/%Y")},
            field="certificates",
            way_out=_("Have a new one issued."),
        )
    if not own.subject.native.get("common_name"):
        raise UnusableCertificate(_("This certificate names nobody."), field="certificates")


def _check_image(image: bytes) -> None:
    try:
        checked_image(image)
    except UnusableImage as error:
        raise UnusableCertificate(
            _("The picture of the signature or seal cannot be used."),
            field="image",
            way_out=_("Use a PNG of at most 1 MB and 2400 pixels, with a transparent ground."),
        ) from error


def _issued_by_test_authority(chain: list[keys.Certificate]) -> bool:
    """Whether a test anchor stands above the chain: its own certificate or the issuer of its last one."""
    marks = {c.sha256.hex() for c in chain}
    for pem, sha256 in TrustAnchor.objects.filter(is_test=True).values_list("certificate", "certificate_sha256"):
        (root,) = keys.certificates_from(pem)
        if sha256 in marks or any(c.issuer == root.subject for c in chain):
            return True
    return False


def _named(name: Any) -> str:
    """A distinguished name as people read it: common name, then organisation."""
    parts = (_first(name.native.get(key)) for key in ("common_name", "title", "organization_name"))
    return ", ".join(dict.fromkeys(part for part in parts if part))[:500] or name.human_friendly[:500]


def _first(value: object) -> str:
    if isinstance(value, (list, tuple)):
        value = value[0] if value else ""
    return str(value or "")[:300]
