"""What is kept of a file: its digest, what it is, whose it is. The bytes lie in the store under their digest."""

from django.db import models


class StoredFile(models.Model):
    """One file somebody handed in or the platform made. Several rows may share one content."""

    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveBigIntegerField()
    mime = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    pages = models.PositiveIntegerField(null=True, blank=True)
    # The room that owns it and the record it hangs on ("cases.case:17"); the room decides who may read it.
    room = models.CharField(max_length=30)
    owner = models.CharField(max_length=100, blank=True)
    # What was taken out when it came in, in words for the person: scripts, embedded files, place of a photo.
    cleaned = models.JSONField(default=list, blank=True)
    account_id = models.BigIntegerField(null=True, blank=True)
    created_by = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["room", "owner"], name="files_owner"),
            models.Index(fields=["created_at"], name="files_created"),
        ]

    def __str__(self) -> str:
        return self.name


class Limit(models.Model):
    """How large a file of a room may be, from a day on."""

    room = models.CharField(max_length=30, blank=True)
    max_bytes = models.PositiveBigIntegerField(default=20 * 1024 * 1024)
    max_pages = models.PositiveIntegerField(default=500)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.room or 'all'}: {self.max_bytes} bytes"
