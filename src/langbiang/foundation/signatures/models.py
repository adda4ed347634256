"""Who can sign with what, whom this installation trusts, and what has been signed."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class SigningCredential(models.Model):
    """A key with its certificate, given to a position (personal signature) or to an agency (its digital
    seal)."""

    class Kind(models.TextChoices):
        PERSONAL = "personal"
        SEAL = "seal"

    class Status(models.TextChoices):
        ACTIVE = "active"
        REPLACED = "replaced"
        REVOKED = "revoked"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    agency = models.ForeignKey("organizations.Agency", on_delete=models.PROTECT, related_name="+")
    position = models.ForeignKey(
        "organizations.Position", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    holder_name = models.CharField(max_length=300)
    holder_agency = models.CharField(max_length=300, blank=True)
    holder_email = models.CharField(max_length=254, blank=True)
    key_kind = models.CharField(max_length=20)
    key_reference = models.JSONField()
    certificates = models.TextField()
    certificate_sha256 = models.CharField(max_length=64, unique=True)
    subject = models.CharField(max_length=500)
    issuer = models.CharField(max_length=500)
    serial = models.CharField(max_length=64)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField()
    image = models.BinaryField(null=True, blank=True)
    is_test = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=300, blank=True)
    enrolled_at = models.DateTimeField()
    enrolled_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind="personal", position__isnull=False) | Q(kind="seal", position__isnull=True),
                name="signatures_credential_has_its_holder",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__gt=F("valid_from")), name="signatures_credential_dates_in_order"
            ),
            models.CheckConstraint(
                condition=Q(status="active", ended_at__isnull=True) | ~Q(status="active"),
                name="signatures_credential_active_has_no_end",
            ),
            models.UniqueConstraint(
                fields=["position"],
                condition=Q(status="active", kind="personal"),
                name="signatures_one_personal_per_position",
            ),
            models.UniqueConstraint(
                fields=["agency"],
                condition=Q(status="active", kind="seal"),
                name="signatures_one_seal_per_agency",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["status", "valid_to"])]

    def __str__(self) -> str:
        return f"{self.holder_name} {self.serial}"


class TrustAnchor(models.Model):
    """A certification authority trusted for signatures made from one moment to another. Retired, never
    deleted."""

    name = models.CharField(max_length=300)
    certificate = models.TextField()
    intermediates = models.TextField(blank=True)
    certificate_sha256 = models.CharField(max_length=64)
    for_signatures = models.BooleanField(default=True)
    for_timestamps = models.BooleanField(default=True)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=500)
    verified = models.BooleanField(default=False)
    is_test = models.BooleanField(default=False)
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="signatures_anchor_dates_in_order",
            ),
            models.CheckConstraint(
                condition=Q(for_signatures=True) | Q(for_timestamps=True),
                name="signatures_anchor_has_a_purpose",
            ),
            models.UniqueConstraint(
                fields=["certificate_sha256"],
                condition=Q(valid_to__isnull=True),
                name="signatures_anchor_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.certificate_sha256[:8]}"


class RevocationList(models.Model):
    """The newest revocation list from one address; checking a file reads this table, never the network."""

    anchor = models.ForeignKey(TrustAnchor, on_delete=models.CASCADE, related_name="revocation_lists")
    url = models.CharField(max_length=500, unique=True)
    content = models.BinaryField(null=True, blank=True)
    this_update = models.DateTimeField(null=True, blank=True)
    next_update = models.DateTimeField(null=True, blank=True)
    entries = models.PositiveIntegerField(default=0)
    fetched_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    problem_since = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.url


class SignatureRecord(models.Model):
    """One signature made here: which file became which, by whom, at what level."""

    sha256 = models.CharField(max_length=64, unique=True)
    sha256_before = models.CharField(max_length=64)
    signature_sha256 = models.CharField(max_length=64, db_index=True)
    credential = models.ForeignKey(SigningCredential, on_delete=models.PROTECT, related_name="signatures")
    agency = models.ForeignKey("organizations.Agency", on_delete=models.PROTECT, related_name="+")
    signer = models.CharField(max_length=300)
    purpose = models.CharField(max_length=60)
    subject = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    signed_at = models.DateTimeField()
    proven_at = models.DateTimeField(null=True, blank=True)
    level = models.CharField(max_length=10)
    shortfalls = models.JSONField(default=list)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject"]),
            models.Index(fields=["credential", "signed_at"]),
            models.Index(fields=["agency", "signed_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.signer} {self.signed_at:%Y-%m-%d %H:%M:%S} {self.sha256[:8]}"
