"""What somebody has typed so far: kept at every step until it is sent or given up."""

from uuid import uuid4

from django.db import models


class Draft(models.Model):
    """A form being filled in: by a citizen for themselves, or by an officer at a counter for somebody."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    room = models.CharField(max_length=30)
    # What is being filled in ("1.001193"), and what a list calls it.
    subject = models.CharField(max_length=60)
    title = models.TextField()
    answers = models.JSONField(default=dict)
    # What the pages around the form remember: chosen unit, papers, the person it is filed for.
    extra = models.JSONField(default=dict)
    step = models.CharField(max_length=60, blank=True)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["account", "room", "-updated_at"], name="forms_draft_list")]

    def __str__(self) -> str:
        return f"{self.subject} {self.pk}"
