"""Other systems, how they are reached, and every message to and from them with its exact bytes."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class System(models.Model):
    """Another system this installation exchanges messages with."""

    class Signing(models.TextChoices):
        NONE = "none", _("not signed")
        IF_POSSIBLE = "if_possible", _("signed where the agency has a seal")
        REQUIRED = "required", _("always signed")

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    purpose = models.CharField(max_length=300, blank=True)
    signing = models.CharField(max_length=12, choices=Signing.choices, default=Signing.IF_POSSIBLE)
    source = models.CharField(max_length=300, blank=True)
    verified = models.BooleanField(default=False)
    paused_at = models.DateTimeField(null=True, blank=True)
    last_answer_at = models.DateTimeField(null=True, blank=True)
    last_problem_at = models.DateTimeField(null=True, blank=True)
    last_problem = models.CharField(max_length=300, blank=True)
    failures = models.PositiveIntegerField(default=0)
    clock_skew_s = models.IntegerField(default=0)

    def __str__(self) -> str:
        return self.code


class Dated(models.Model):
    """A rule about a system in force from one day to another, with where it is written."""

    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=300, blank=True)
    verified = models.BooleanField(default=False)

    class Meta:
        abstract = True


class Endpoint(Dated):
    """Where a system is reached: an address and the way to carry messages there."""

    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="endpoints")
    transport = models.CharField(max_length=20)
    address = models.CharField(max_length=500)
    timeout_s = models.PositiveIntegerField(default=20)

    class Meta(Dated.Meta):
        abstract = False
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="exchange_endpoint_days_in_order",
            ),
            models.UniqueConstraint(
                fields=["system"], condition=Q(valid_to__isnull=True), name="exchange_one_open_endpoint"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.transport} {self.address} {self.valid_from}"


class Pace(Dated):
    """How often is tried again and how much a system takes: quota and retry as agreed with its owner."""

    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="paces")
    per_minute = models.PositiveIntegerField(default=600)
    first_wait_s = models.PositiveIntegerField(default=60)
    longest_wait_s = models.PositiveIntegerField(default=6 * 3600)
    jitter_percent = models.PositiveSmallIntegerField(default=20)
    expires_after_h = models.PositiveIntegerField(default=30 * 24)

    class Meta(Dated.Meta):
        abstract = False
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="exchange_pace_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(per_minute__gte=1, first_wait_s__gte=1, longest_wait_s__gte=F("first_wait_s"))
                & Q(jitter_percent__lte=100, expires_after_h__gte=1),
                name="exchange_pace_makes_sense",
            ),
            models.UniqueConstraint(
                fields=["system"], condition=Q(valid_to__isnull=True), name="exchange_one_open_pace"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.per_minute}/min {self.valid_from}"


class State(models.TextChoices):
    """How far a message to another system has come."""

    BUILT = "built", _("waiting for its signature")
    SIGNED = "signed", _("waiting to be sent")
    SENT = "sent", _("sent, not yet acknowledged")
    ACKED = "acked", _("acknowledged")
    REJECTED = "rejected", _("rejected by the receiver")
    BLOCKED = "blocked", _("cannot be written yet")
    EXPIRED = "expired", _("given up")


OPEN = (State.BUILT, State.SIGNED, State.SENT)
DEAD = (State.REJECTED, State.BLOCKED, State.EXPIRED)


class Outgoing(models.Model):
    """A message to another system. Its bytes never change once they are signed or sent."""

    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="outgoing")
    agency = models.ForeignKey(
        "organizations.Agency", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    order_key = models.CharField(max_length=200, blank=True)
    series = models.CharField(max_length=200, blank=True)
    content_type = models.CharField(max_length=80, default="application/xml")
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.BUILT)
    built_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True, blank=True)
    signature = models.BinaryField(null=True, blank=True)
    signer = models.CharField(max_length=300, blank=True)
    signer_serial = models.CharField(max_length=64, blank=True)
    first_sent_at = models.DateTimeField(null=True, blank=True)
    last_sent_at = models.DateTimeField(null=True, blank=True)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    answered_at = models.DateTimeField(null=True, blank=True)
    receipt = models.CharField(max_length=200, blank=True)
    problem_kind = models.CharField(max_length=20, blank=True)
    problem = models.CharField(max_length=500, blank=True)
    replays = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["system", "key"], name="exchange_outgoing_key_once"),
            models.CheckConstraint(
                condition=~Q(state="acked") | Q(answered_at__isnull=False), name="exchange_acked_has_its_time"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["built", "signed", "sent"], next_attempt_at__isnull=False)
                | Q(state__in=["acked", "rejected", "blocked", "expired"], next_attempt_at__isnull=True),
                name="exchange_open_has_next_attempt",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["system", "next_attempt_at"],
                condition=Q(state__in=["built", "signed", "sent"]),
                name="exchange_due",
            ),
            models.Index(
                fields=["system", "order_key", "id"],
                condition=Q(state__in=["built", "signed", "sent"]) & ~Q(order_key=""),
                name="exchange_in_order",
            ),
            models.Index(fields=["system", "state", "-id"], name="exchange_by_state"),
            models.Index(fields=["subject"], name="exchange_out_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.key}"


class Attempt(models.Model):
    """One try to deliver a message, with what came back."""

    message = models.ForeignKey(Outgoing, on_delete=models.CASCADE, related_name="tries")
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    answer = models.BinaryField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "number"], name="exchange_attempt_number_once")
        ]
        indexes: ClassVar = [models.Index(fields=["started_at"], name="exchange_attempt_time")]

    def __str__(self) -> str:
        return f"{self.message_id} {self.number}"


class Incoming(models.Model):
    """A message from another system, kept as it came, handled once."""

    class State(models.TextChoices):
        RECEIVED = "received", _("waiting")
        HANDLED = "handled", _("taken in")
        REFUSED = "refused", _("refused")

    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="incoming")
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    content_type = models.CharField(max_length=80, default="application/xml")
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    copies = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    handled_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=500, blank=True)
    result = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["system", "key"], name="exchange_incoming_key_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_attempt_at"], condition=Q(state="received"), name="exchange_in_due"),
            models.Index(fields=["system", "state", "-id"], name="exchange_in_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.key}"
