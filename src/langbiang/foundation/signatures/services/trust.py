"""Whom this installation trusts, and the revocation lists of those authorities."""

from datetime import datetime

import httpx
from asn1crypto import crl as asn1_crl
from cryptography import x509
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from langbiang.foundation import audit
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access.policies import require

from .. import keys, policies
from ..models import RevocationList, SigningCredential, TrustAnchor
from ..pades import network

MAX_LIST_BYTES = 32 * 1024 * 1024


class UnusableAnchor(Refusal):
    """This certificate cannot be a trust anchor."""


class AnchorExists(Refusal):
    """This authority is trusted already."""


class UnusableList(Refusal):
    """There is no usable revocation list at this address."""


@transaction.atomic
def add_trust_anchor(
    actor: Actor,
    *,
    name: str,
    certificates: str | bytes,
    source: str,
    for_signatures: bool = True,
    for_timestamps: bool = True,
    valid_from: datetime,
    valid_to: datetime | None = None,
    verified: bool = False,
    is_test: bool = False,
    at: datetime,
) -> TrustAnchor:
    """Trust a certification authority for signatures made from a moment on. Raises Forbidden, UnusableAnchor,
    AnchorExists.

    `certificates`: the root, and below it the issuing authorities where known (their revocation lists are
    then fetched). `source` says where the certificate comes from: a decision, a ministry's page, a hand-
    over record.
    """
    require(policies.may_manage(actor))
    root, intermediates = _sorted(certificates)
    if not name.strip():
        raise UnusableAnchor(_("Give the authority a name."), field="name")
    if not source.strip():
        raise UnusableAnchor(_("State where this certificate comes from."), field="source")
    if not (for_signatures or for_timestamps):
        raise UnusableAnchor(_("Choose what the authority is trusted for."), field="for_signatures")
    try:
        with transaction.atomic():
            anchor = TrustAnchor.objects.create(
                name=name.strip()[:300],
                certificate=keys.to_pem(root),
                intermediates="".join(keys.to_pem(c) for c in intermediates),
                certificate_sha256=root.sha256.hex(),
                for_signatures=for_signatures,
                for_timestamps=for_timestamps,
                valid_from=valid_from,
                valid_to=valid_to,
                source=source.strip()[:500],
                verified=verified,
                is_test=is_test,
                added_at=at,
                added_by=actor.label[:200],
            )
    except IntegrityError as clash:
        if valid_to is not None and valid_to <= valid_from:
            raise UnusableAnchor(_("The end lies before the beginning."), field="valid_to") from clash
        raise AnchorExists(_("This authority is trusted already."), field="certificates") from clash
    for url in sorted({url for c in intermediates for url in list_addresses(c)}):
        RevocationList.objects.get_or_create(url=url, defaults={"anchor": anchor})
    network.forget()
    audit.record(
        actor,
        "signatures.anchor_added",
        anchor,
        after={
            "name": anchor.name,
            "sha256": anchor.certificate_sha256,
            "source": anchor.source,
            "test": is_test,
        },
        at=at,
    )
    return anchor


@transaction.atomic
def remove_trust_anchor(actor: Actor, *, anchor_id: int, at: datetime) -> TrustAnchor:
    """Trust an authority no longer for signatures made from now on; earlier ones stay good. Raises
    Forbidden."""
    require(policies.may_manage(actor))
    anchor = TrustAnchor.objects.select_for_update().get(pk=anchor_id)
    if anchor.valid_to is not None and anchor.valid_to <= at:
        return anchor
    before = {"valid_to": anchor.valid_to}
    if at <= anchor.valid_from:
        raise UnusableAnchor(
            _("This authority is not trusted yet, so its trust cannot be ended."),
            way_out=_("Wait until it begins."),
        )
    anchor.valid_to = at
    anchor.save(update_fields=["valid_to"])
    network.forget()
    audit.record(actor, "signatures.anchor_removed", anchor, before=before, after={"valid_to": at}, at=at)
    return anchor


@transaction.atomic
def add_revocation_list(actor: Actor, *, anchor_id: int, url: str, at: datetime) -> RevocationList:
    """Fetch the revocation list at this address from now on. Raises Forbidden, UnusableList."""
    require(policies.may_manage(actor))
    if not url.startswith(("http://", "https://")) or len(url) > 500:
        raise UnusableList(_("The address of a revocation list begins with http:// or https://."), field="url")
    found, fresh = RevocationList.objects.get_or_create(url=url, defaults={"anchor_id": anchor_id})
    if fresh:
        audit.record(actor, "signatures.revocation_list_added", found, after={"url": url}, at=at)
    return found


def refresh_revocation_lists(actor: Actor, *, at: datetime) -> list[RevocationList]:
    """Fetch all revocation lists anew; gives those that could not be had, each with its problem. Raises
    Forbidden.

    Addresses named in the certificates of active signers are taken in first. A list is stored only when the
    authority that should sign it did.
    """
    require(policies.may_manage(actor))
    issuers = _take_in_signers_lists()
    failed = []
    for row in RevocationList.objects.select_related("anchor").order_by("url"):
        authorities = [
            *keys.certificates_from(row.anchor.certificate + row.anchor.intermediates),
            *issuers,
        ]
        problem = ""
        try:
            content = _fetched(row.url)
            revocations = _checked(content, authorities)
        except (UnusableList, httpx.HTTPError) as error:
            problem = str(error) or type(error).__name__
        with transaction.atomic():
            if problem:
                row.problem = problem[:300]
                row.problem_since = row.problem_since or at
                failed.append(row)
            else:
                row.content = content
                row.this_update = revocations.last_update_utc
                row.next_update = revocations.next_update_utc
                row.entries = len(revocations)
                row.fetched_at = at
                row.problem, row.problem_since = "", None
            row.save()
    return failed


def list_addresses(certificate: keys.Certificate) -> list[str]:
    """Where the revocation list a certificate would stand on is published."""
    found = []
    for point in certificate.crl_distribution_points:
        url = point.url
        if url and url.startswith(("http://", "https://")):
            found.append(str(url))
    return found


def _take_in_signers_lists() -> list[keys.Certificate]:
    """Note the list addresses of active signers under the anchor above them; gives the issuing authorities
    met."""
    anchors = {}
    for anchor in TrustAnchor.objects.all():
        (root,) = keys.certificates_from(anchor.certificate)
        anchors[root.subject.hashable] = anchor
    known = set(RevocationList.objects.values_list("url", flat=True))
    issuers: dict[str, keys.Certificate] = {}
    seen: set[str] = set()
    active = SigningCredential.objects.filter(status=SigningCredential.Status.ACTIVE)
    for pem in active.order_by("issuer", "pk").distinct("issuer").values_list("certificates", flat=True):
        own, *chain = keys.certificates_from(pem)
        above = next((anchors[c.issuer.hashable] for c in (own, *chain) if c.issuer.hashable in anchors), None)
        if above is None:
            continue
        issuers.update({c.sha256.hex(): c for c in chain})
        seen = {url for c in (own, *chain) for url in list_addresses(c)} - known
        for url in sorted(seen):
            RevocationList.objects.get_or_create(url=url, defaults={"anchor": above})
        known |= seen
    return list(issuers.values())


def _fetched(url: str) -> bytes:
    with httpx.stream("GET", url, timeout=10, follow_redirects=True) as answer:
        answer.raise_for_status()
        content = bytearray()
        for part in answer.iter_bytes():
            content += part
            if len(content) > MAX_LIST_BYTES:
                raise UnusableList(_("The revocation list is larger than 32 MB."))
        return bytes(content)


def _checked(content: bytes, authorities: list[keys.Certificate]) -> x509.CertificateRevocationList:
    """The list, parsed, when one of the authorities signed it."""
    try:
        revocations = x509.load_der_x509_crl(content)
        asn1_crl.CertificateList.load(content, strict=True)
    except (ValueError, TypeError) as error:
        raise UnusableList(_("What lies at this address is not a revocation list.")) from error
    for authority in authorities:
        issuer = x509.load_der_x509_certificate(authority.dump())
        key = issuer.public_key()
        if issuer.subject == revocations.issuer and revocations.is_signature_valid(key):  # type: ignore[arg-type]  # an authority's key can always check signatures
            return revocations
    raise UnusableList(_("The revocation list is not signed by an authority trusted here."))


def _sorted(content: str | bytes) -> tuple[keys.Certificate, list[keys.Certificate]]:
    try:
        found = keys.certificates_from(content)
    except ValueError as error:
        raise UnusableAnchor(
            _("This is not a readable certificate."),
            field="certificates",
            way_out=_("Choose the file in PEM or DER form (.pem, .crt, .cer)."),
        ) from error
    roots = [c for c in found if c.self_issued]
    root = roots[0] if roots else found[0]
    if not root.ca:
        raise UnusableAnchor(
            _("This certificate does not belong to a certification authority."),
            field="certificates",
            way_out=_("Choose the root certificate of the authority."),
        )
    return root, [c for c in found if c.sha256 != root.sha256 and c.ca]
