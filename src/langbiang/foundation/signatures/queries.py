"""Reading keys, trust and the record of signatures; checking files."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor
from langbiang.foundation.access.policies import require

from . import configuration, detached, keys, policies
from .models import RevocationList, SignatureRecord, SigningCredential, TrustAnchor
from .pades import Appearance, personal_lines, seal_lines
from .pades.appearance import SEAL_RED, Box
from .validation import Anchor, TrustStore, Verdict, validate_in_child

EXPIRES_SOON = timedelta(days=45)


def credential_for(
    *, position_id: int | None = None, agency_id: int | None = None, at: datetime
) -> SigningCredential | None:
    """The key in force at a moment: of a position, or (with an agency alone) the agency's seal."""
    rows = SigningCredential.objects.filter(valid_from__lte=at, valid_to__gte=at).filter(
        Q(status=SigningCredential.Status.ACTIVE) | Q(status=SigningCredential.Status.REPLACED, ended_at__gt=at)
    )
    if position_id is not None:
        rows = rows.filter(kind=SigningCredential.Kind.PERSONAL, position_id=position_id)
    elif agency_id is not None:
        rows = rows.filter(kind=SigningCredential.Kind.SEAL, agency_id=agency_id)
    else:
        return None
    return rows.order_by("-enrolled_at", "-pk").first()


def credential_of_actor(actor: Actor, *, at: datetime) -> SigningCredential | None:
    """The personal key of the position this actor acts for."""
    return None if actor.position_id is None else credential_for(position_id=actor.position_id, at=at)


def seal_of_agency(agency_id: int, *, at: datetime) -> SigningCredential | None:
    """The digital seal of an agency."""
    return credential_for(agency_id=agency_id, at=at)


def credential(credential_id: int) -> SigningCredential:
    """A credential by its number. Raises SigningCredential.DoesNotExist."""
    return SigningCredential.objects.select_related("agency", "position__agency").get(pk=credential_id)


def appearance_for(
    credential: SigningCredential,
    *,
    at: datetime,
    anchor: str = "",
    box: Box = (0.0, 0.0, 230.0, 62.0),
    page: int = -1,
) -> Appearance:
    """The visible block of a credential: its registered picture and the text prescribed for its kind.

    `anchor` is the id of the element in the printed HTML the block hangs from; without it `page` and `box`
    count.
    """
    image = bytes(credential.image) if credential.image else None
    if credential.kind == SigningCredential.Kind.SEAL:
        lines = seal_lines(
            agency=credential.holder_agency or credential.holder_name, email=credential.holder_email, at=at
        )
        return Appearance(lines=lines, box=box, page=page, image=image, anchor=anchor, colour=SEAL_RED)
    lines = personal_lines(
        signer=credential.holder_name, agency=credential.holder_agency, email=credential.holder_email, at=at
    )
    return Appearance(lines=lines, box=box, page=page, image=image, anchor=anchor)


def trust_store(at: datetime) -> TrustStore:
    """The anchors with their validity and the revocation lists at hand: two SQL queries.

    Anchors that begin after `at` are left out; retired ones stay, for signatures made in their time.
    """
    anchors = tuple(
        Anchor(
            certificate=keys.certificates_from(row.certificate)[0],
            name=row.name,
            for_signatures=row.for_signatures,
            for_timestamps=row.for_timestamps,
            is_test=row.is_test,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )
        for row in TrustAnchor.objects.filter(valid_from__lte=at).order_by("pk")
    )
    lists = RevocationList.objects.filter(content__isnull=False).order_by("pk").values_list("content", flat=True)
    return TrustStore(anchors, tuple(bytes(content) for content in lists if content is not None))


def verify(content: bytes, *, at: datetime) -> Verdict:
    """The verdict on any file from anybody, worked out in a bounded child process. Open to everyone."""
    return validate_in_child(content, trust_store(at), at)


def verify_detached(content: bytes, signature: bytes, *, at: datetime) -> detached.DetachedVerdict:
    """The verdict on a signature that came beside its bytes."""
    return detached.verify(content, signature, trust=trust_store(at), at=at)


@dataclass(frozen=True)
class KnownSignature:
    """What the record says about a signature made here: enough to find the document it stands on."""

    record_id: int
    sha256: str
    subject: str
    purpose: str
    signer: str
    agency_id: int
    signed_at: datetime
    level: str
    is_whole_file: bool


def known_signatures(verdict: Verdict) -> list[KnownSignature]:
    """Entries of the record that belong to a checked file, the newest first; also for a file that was saved
    anew.

    `is_whole_file` says whether the very bytes are on record.
    """
    rows = SignatureRecord.objects.filter(
        Q(sha256=verdict.sha256) | Q(signature_sha256__in=verdict.signature_digests)
    ).order_by("-signed_at", "-pk")
    return [
        KnownSignature(
            record_id=row.pk,
            sha256=row.sha256,
            subject=row.subject,
            purpose=row.purpose,
            signer=row.signer,
            agency_id=row.agency_id,
            signed_at=row.signed_at,
            level=row.level,
            is_whole_file=row.sha256 == verdict.sha256,
        )
        for row in rows[:50]
    ]


def signatures_on(subject: str) -> QuerySet[SignatureRecord]:
    """Signatures made on a record of another room (`case:17`), oldest first."""
    return SignatureRecord.objects.filter(subject=subject).select_related("credential").order_by("signed_at", "pk")


def signature_with_sha256(sha256: str) -> SignatureRecord | None:
    """The signature that produced a file with this digest."""
    return SignatureRecord.objects.select_related("credential").filter(sha256=sha256).first()


# -- for administrators


def credentials(actor: Actor, *, at: datetime, search: str = "", only: str = "") -> QuerySet[SigningCredential]:
    """All credentials, soonest to end first. `only`: expiring, active, ended. Raises Forbidden."""
    require(policies.may_manage(actor))
    rows = SigningCredential.objects.select_related("agency", "position__agency").defer("image", "certificates")
    active = Q(status=SigningCredential.Status.ACTIVE)
    if only == "expiring":
        rows = rows.filter(active, valid_to__lte=at + EXPIRES_SOON)
    elif only == "active":
        rows = rows.filter(active, valid_to__gt=at)
    elif only == "ended":
        rows = rows.filter(~active | Q(valid_to__lte=at))
    for word in search.split():
        rows = rows.filter(
            Q(holder_name__icontains=word) | Q(holder_agency__icontains=word) | Q(serial__icontains=word)
        )
    return rows.order_by("valid_to", "pk")


@dataclass(frozen=True)
class Overview:
    """The figures at the head of the administration page."""

    active: int
    expiring: int
    ended: int


def overview(actor: Actor, *, at: datetime) -> Overview:
    """How many keys are in use, end soon, have ended: one SQL query. Raises Forbidden."""
    require(policies.may_manage(actor))
    active = Q(status=SigningCredential.Status.ACTIVE)
    counts = SigningCredential.objects.aggregate(
        active=Count("pk", filter=active & Q(valid_to__gt=at)),
        expiring=Count("pk", filter=active & Q(valid_to__lte=at + EXPIRES_SOON)),
        ended=Count("pk", filter=~active | Q(valid_to__lte=at)),
    )
    return Overview(**counts)


def trust_anchors(actor: Actor) -> QuerySet[TrustAnchor]:
    """All anchors with their revocation lists, those in force first. Raises Forbidden."""
    require(policies.may_manage(actor))
    return TrustAnchor.objects.prefetch_related("revocation_lists").order_by("-valid_to", "name", "pk")


def check_setup(actor: Actor, *, at: datetime) -> list[keys.Finding]:
    """Go through keys, authorities and lists and say in words what works and what to do. Raises Forbidden."""
    require(policies.may_manage(actor))
    found = [*configuration.check()]
    for source in keys.sources():
        found += source.check_config()
    found += _check_anchors(at)
    found += _check_timestamps(at)
    found += _check_credentials(at)
    return found


def _check_anchors(at: datetime) -> list[keys.Finding]:
    rows = [a for a in TrustAnchor.objects.filter(valid_from__lte=at) if a.valid_to is None or a.valid_to > at]
    if not rows:
        return [
            keys.Finding(
                "error",
                _("No certification authority is trusted, so every signature will be called untrusted."),
                _("Add the root certificates of the authorities your signers use."),
            )
        ]
    found = [keys.Finding("ok", _("%(count)d certification authorities are trusted.") % {"count": len(rows)})]
    if configuration.is_production() and any(a.is_test for a in rows):
        found.append(
            keys.Finding(
                "error",
                _("A test authority is trusted in an installation for real use."),
                _("End its trust."),
            )
        )
    for row in RevocationList.objects.order_by("url"):
        if row.problem:
            found.append(
                keys.Finding(
                    "warning",
                    _("The revocation list %(url)s cannot be had: %(why)s") % {"url": row.url, "why": row.problem},
                    _("Ask the certification authority; signatures without own evidence stay undecided."),
                )
            )
        elif row.next_update is not None and row.next_update < at:
            found.append(
                keys.Finding(
                    "warning",
                    _("The revocation list %(url)s is out of date.") % {"url": row.url},
                    _("Fetch the lists anew; if this recurs, check that the worker runs."),
                )
            )
    return found


def _check_timestamps(at: datetime) -> list[keys.Finding]:
    """Ask the time-stamping authority for a real stamp and check it."""
    from pyhanko.sign.timestamps.common_utils import dummy_digest

    from .pades import network
    from .pades.signing import run

    address = configuration.timestamp_authority()
    if not address:
        return []
    try:
        run(lambda: network.timestamper(address).async_timestamp(dummy_digest("sha256"), "sha256"))
    except OSError:
        return [
            keys.Finding(
                "error",
                _("The time-stamping authority %(url)s does not answer properly.") % {"url": address},
                _("Check the address and the way through the firewall."),
            )
        ]
    return [keys.Finding("ok", _("The time-stamping authority answers."))]


def _check_credentials(at: datetime) -> list[keys.Finding]:
    soon = SigningCredential.objects.filter(
        status=SigningCredential.Status.ACTIVE, valid_to__lte=at + EXPIRES_SOON
    ).count()
    if not soon:
        return []
    return [
        keys.Finding(
            "warning",
            _("%(count)d signing certificates end within 45 days.") % {"count": soon},
            _("Have them renewed and enrol the new ones."),
        )
    ]


def managed_credential(actor: Actor, *, credential_id: int) -> SigningCredential:
    """A credential with its holder, for an administrator. Raises Forbidden,
    SigningCredential.DoesNotExist."""
    require(policies.may_manage(actor))
    return credential(credential_id)


def last_signatures(actor: Actor, *, credential_id: int, limit: int = 20) -> list[SignatureRecord]:
    """What a key signed last. Raises Forbidden."""
    require(policies.may_manage(actor))
    return list(SignatureRecord.objects.filter(credential_id=credential_id).order_by("-signed_at", "-pk")[:limit])


def has_test_anchor() -> bool:
    """Whether a test authority is trusted here."""
    return TrustAnchor.objects.filter(is_test=True, valid_to__isnull=True).exists()
