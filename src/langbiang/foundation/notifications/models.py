"""Templates of notices and the notices made from them."""

from django.db import models
from django.db.models import Q


class Channel(models.TextChoices):
    """A way to reach somebody."""

    IN_APP = "in_app"
    EMAIL = "email"
    SMS = "sms"


class NoticeTemplate(models.Model):
    """What a notice of an event says on one channel in one language, from a day on."""

    event = models.CharField(max_length=60)
    audience = models.CharField(max_length=10, choices=[("citizen", "citizen"), ("staff", "staff")], default="citizen")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    language = models.CharField(max_length=2, default="vi")
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)
    changed_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["event", "audience", "channel", "language"],
                condition=Q(valid_to__isnull=True),
                name="notifications_one_template_in_force",
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.channel} {self.language}"


class Preference(models.Model):
    """What a person wants to be told by."""

    person = models.OneToOneField("people.Person", on_delete=models.PROTECT, related_name="+")
    email = models.BooleanField(default=True)
    sms = models.BooleanField(default=True)
    language = models.CharField(max_length=2, default="vi")

    def __str__(self) -> str:
        return f"preference of {self.person_id}"


class Notice(models.Model):
    """One message to one person on one channel, and what became of it."""

    class State(models.TextChoices):
        PENDING = "pending"
        SENT = "sent"
        FAILED = "failed"
        DEAD = "dead"
        READ = "read"

    dedupe_key = models.CharField(max_length=120, unique=True)
    event = models.CharField(max_length=60)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    address = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    link = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=8, choices=State.choices)
    not_before = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    receipt = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["person", "-created_at"], name="notifications_person", condition=Q(channel="in_app")),
            models.Index(
                fields=["account", "-created_at"], name="notifications_account", condition=Q(channel="in_app")
            ),
            models.Index(
                fields=["state", "not_before"],
                name="notifications_waiting",
                condition=Q(state__in=["pending", "failed"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.event} {self.state}"
