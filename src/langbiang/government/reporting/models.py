"""Packets to the Government reporting system, their names on the wire, and rows drawn from ministries' databases."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class FieldRow(models.Model):
    """How one field of one kind of packet is called on the wire, from when to when. Corrected by people."""

    packet_kind = models.CharField(max_length=40)
    our_path = models.CharField(max_length=120, blank=True)
    position = models.PositiveIntegerField()
    wire_name = models.CharField(max_length=120, blank=True)
    wire_type = models.CharField(max_length=20, default="string")
    required = models.BooleanField(default=False)
    max_len = models.PositiveIntegerField(null=True, blank=True)
    code_list = models.CharField(max_length=60, blank=True)
    source_page = models.CharField(max_length=120, blank=True)
    verified_on = models.DateField(null=True, blank=True)
    verified_by = models.CharField(max_length=200, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["packet_kind", "our_path"], condition=Q(valid_to__isnull=True), name="reporting_field_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="reporting_field_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(verified_on__isnull=True) | ~Q(source_page=""), name="reporting_verified_names_its_page"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.packet_kind} {self.our_path} {self.valid_from}"


class CodeRow(models.Model):
    """One value of a code list and how it is written on the wire."""

    code_list = models.CharField(max_length=60)
    ours = models.CharField(max_length=60)
    theirs = models.CharField(max_length=60)
    position = models.PositiveIntegerField()
    source = models.CharField(max_length=300, blank=True)
    verified_on = models.DateField(null=True, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["code_list", "ours"], condition=Q(valid_to__isnull=True), name="reporting_code_ours_once"
            ),
            models.UniqueConstraint(
                fields=["code_list", "theirs"], condition=Q(valid_to__isnull=True), name="reporting_code_theirs_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code_list} {self.ours} {self.valid_from}"


class PacketRow(models.Model):
    """A packet made here: the neutral content, what it tells of, and the message that carries it."""

    kind = models.CharField(max_length=40)
    system = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    period = models.CharField(max_length=60, blank=True)
    unit_code = models.CharField(max_length=60, blank=True)
    vintage = models.PositiveIntegerField(default=1)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections")
    content = models.JSONField()
    form = models.CharField(max_length=4, default="xml")
    agency = models.ForeignKey(
        "organizations.Agency", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    message_id = models.BigIntegerField(null=True, blank=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["system", "kind", "subject", "period", "unit_code", "vintage"],
                name="reporting_packet_vintage_once",
            ),
            models.CheckConstraint(condition=Q(vintage__gte=1), name="reporting_packet_vintage_counts"),
        ]
        indexes: ClassVar = [models.Index(fields=["kind", "period"], name="reporting_packet_period")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} {self.period} {self.unit_code} v{self.vintage}"


class Cause(models.TextChoices):
    """Why the books of both sides differ."""

    NOT_SENT = "not_sent", _("not sent yet")
    BLOCKED = "blocked", _("cannot be written yet")
    REJECTED = "rejected", _("rejected by the receiver")
    EXPIRED = "expired", _("given up")
    LOST_THERE = "lost_there", _("acknowledged, but no longer held there")
    OTHER_CONTENT = "other_content", _("held there with other content")
    OLDER_VINTAGE = "older_vintage", _("only an older vintage is held there")
    OTHER_UNIT = "other_unit", _("held there for another unit")
    ACK_MISSING = "ack_missing", _("held there, but its acknowledgement never came")
    UNKNOWN_HERE = "unknown_here", _("held there, unknown here")


class Reconciliation(models.Model):
    """One comparison of our books with the receiver's."""

    system = models.CharField(max_length=60)
    begun_at = models.DateTimeField()
    is_complete = models.BooleanField(default=False)
    problem = models.CharField(max_length=300, blank=True)
    ours = models.PositiveIntegerField(default=0)
    theirs = models.PositiveIntegerField(default=0)
    agreeing = models.PositiveIntegerField(default=0)
    on_their_way = models.PositiveIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["system", "-begun_at"], name="reporting_recon_newest")]

    def __str__(self) -> str:
        return f"{self.system} {self.begun_at:%Y-%m-%d %H:%M:%S}"


class Difference(models.Model):
    """One thing the books disagree on. Listed for people; neither side is overwritten."""

    reconciliation = models.ForeignKey(Reconciliation, on_delete=models.CASCADE, related_name="differences")
    packet = models.ForeignKey(PacketRow, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    key = models.CharField(max_length=200)
    cause = models.CharField(max_length=20, choices=Cause.choices)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["reconciliation", "cause"], name="reporting_difference_cause")]

    def __str__(self) -> str:
        return f"{self.reconciliation_id} {self.key}"


class Connector(models.Model):
    """A source of figures: which adapter draws which subject from where, under which agreement."""

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    adapter = models.CharField(max_length=40)
    subject = models.CharField(max_length=60)
    address = models.CharField(max_length=500, blank=True)
    agreement = models.CharField(max_length=300, blank=True)
    purpose = models.CharField(max_length=300, blank=True)
    verified = models.BooleanField(default=False)
    every_h = models.PositiveIntegerField(default=24)
    is_active = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="reporting_connector_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Draw(models.Model):
    """One time figures were drawn: rows in = accepted + rejected, always."""

    connector = models.ForeignKey(Connector, on_delete=models.PROTECT, related_name="draws")
    first_day = models.DateField()
    last_day = models.DateField()
    cursor = models.CharField(max_length=200, blank=True)
    begun_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    rows_in = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(rows_in=F("accepted") + F("rejected")), name="reporting_draw_counts_balance"
            ),
            models.UniqueConstraint(
                fields=["connector", "first_day", "last_day"],
                condition=Q(finished_at__isnull=True),
                name="reporting_one_open_draw",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["connector", "-begun_at"], name="reporting_draw_newest")]

    def __str__(self) -> str:
        return f"{self.connector_id} {self.first_day} {self.begun_at:%Y-%m-%d %H:%M:%S}"


class SourceRow(models.Model):
    """An accepted row as the source gave it: aggregates only, one a key and version."""

    connector = models.ForeignKey(Connector, on_delete=models.PROTECT, related_name="rows")
    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="rows")
    row_key = models.CharField(max_length=200)
    series = models.CharField(max_length=60)
    place_code = models.CharField(max_length=20)
    period = models.CharField(max_length=20)
    value = models.DecimalField(max_digits=24, decimal_places=6)
    version = models.PositiveIntegerField(default=1)
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["connector", "row_key"], condition=Q(known_to__isnull=True), name="reporting_row_once_at_a_time"
            ),
            models.UniqueConstraint(fields=["connector", "row_key", "version"], name="reporting_row_version_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["series", "period"], name="reporting_row_series")]

    def __str__(self) -> str:
        return f"{self.connector_id} {self.row_key} v{self.version}"


class Quarantined(models.Model):
    """A row that does not keep the contract, as it came, with every reason."""

    draw = models.ForeignKey(Draw, on_delete=models.CASCADE, related_name="quarantined")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    reasons = ArrayField(models.CharField(max_length=300))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["draw", "number"], name="reporting_quarantine_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.draw_id} {self.number}"
