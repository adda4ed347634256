"""What is kept of a file: its digest, what it is, whose it is. The bytes lie in the store under their digest."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .examination import words_for


class StoredFile(models.Model):
    """One file somebody handed in or the platform made. Several rows may share one content."""

    class Preview(models.TextChoices):
        """How far the picture of the first page is."""

        WAITING = "", _("not drawn yet")
        DRAWN = "drawn", _("drawn")
        NONE = "none", _("cannot be drawn")

    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveBigIntegerField()
    mime = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    pages = models.PositiveIntegerField(null=True, blank=True)
    # The room that owns it and the record it hangs on ("cases.case:17"); the room decides who may read it.
    room = models.CharField(max_length=30)
    owner = models.CharField(max_length=100, blank=True)
    # What was taken out when it came in, as codes; `cleaned_words` says it to the person.
    cleaned = models.JSONField(default=list, blank=True)
    preview = models.CharField(max_length=5, blank=True, default="", choices=Preview.choices)
    account_id = models.BigIntegerField(null=True, blank=True)
    created_by = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["room", "owner"], name="files_owner"),
            models.Index(fields=["created_at"], name="files_created"),
            models.Index(fields=["account_id", "created_at"], name="files_account"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(sha256__regex="^[0-9a-f]{64}$"), name="files_sha256"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(room=""), name="files_named"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def cleaned_words(self) -> list[str]:
        """What was taken out when it came in, in sentences."""
        return words_for(self.cleaned)

    @property
    def can_be_drawn(self) -> bool:
        """Whether a list may show the picture of its first page."""
        return self.preview != self.Preview.NONE and self.mime in (
            "application/pdf",
            "image/jpeg",
            "image/png",
            "image/tiff",
        )


class Limit(models.Model):
    """How large a file of a room may be, from a day on; the row without a room is for all that have none."""

    room = models.CharField(max_length=30, blank=True)
    # Decimal, as file managers of phones and the field a person chooses the file in count.
    max_bytes = models.PositiveBigIntegerField(default=20_000_000)
    max_pages = models.PositiveIntegerField(default=500)
    # How much one citizen may hand in within a day: nobody fills the disk of the province.
    max_bytes_a_day = models.PositiveBigIntegerField(default=500_000_000)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "valid_from"], name="files_limit_once"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=models.F("valid_from")), name="files_limit_days"
            ),
            models.CheckConstraint(
                condition=Q(max_bytes__gt=0) & Q(max_pages__gt=0) & Q(max_bytes_a_day__gt=0), name="files_limit_sense"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room or 'all'}: {self.max_bytes} bytes"
