"""The case itself, its papers, its history and the changes of its due date."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Business(models.TextChoices):
    """Where the matter stands."""

    SUBMITTED = "submitted", _("Filed")
    ACCEPTED = "accepted", _("Received")
    REFUSED = "refused", _("Not received")
    PROCESSING = "processing", _("Being handled")
    SUPPLEMENT = "supplement", _("Waiting for a supplement")
    SUSPENDED = "suspended", _("Suspended")
    WITHDRAW_REQUESTED = "withdraw_requested", _("Withdrawal asked for")
    STOPPED = "stopped", _("Stopped")
    DECIDED = "decided", _("Result ready")
    RETURNED = "returned", _("Result handed over")


class Money(models.TextChoices):
    """Where the money stands."""

    NONE = "none"
    EXEMPT = "exempt"
    DUE = "due"
    PARTIAL = "partial"
    PAID = "paid"
    OVERPAID = "overpaid"
    EXPIRED = "expired"
    REFUND_DUE = "refund_due"
    REFUNDED = "refunded"
    WAIVED = "waived"


class Delivery(models.TextChoices):
    """Where the result stands on its way to the person."""

    NOT_READY = "not_ready"
    READY = "ready"
    HANDED_OVER = "handed_over"
    POSTED = "posted"
    POST_RETURNED = "post_returned"
    E_DELIVERED = "e_delivered"
    UNCLAIMED = "unclaimed"


class Sync(models.TextChoices):
    """What other systems have heard of it."""

    NONE = "none"
    PENDING = "pending"
    OK = "ok"
    FAILED = "failed"


class Intake(models.TextChoices):
    """How it came in."""

    DIRECT = "direct"
    ONLINE = "online"
    POSTAL = "postal"
    KIOSK = "kiosk"
    PORTAL = "portal"


OPEN_STATES = (
    Business.SUBMITTED,
    Business.ACCEPTED,
    Business.PROCESSING,
    Business.SUPPLEMENT,
    Business.SUSPENDED,
    Business.WITHDRAW_REQUESTED,
)


class Case(models.Model):
    """What somebody asked of the administration, from filing to the returned result.

    Rights are decided by columns of this row (competent unit, receiving unit, field), never by lists of procedures.
    Names of units as they were at reception are kept in `names`: later mergers do not rewrite history.
    Columns without an index of their own are the first column of one below, or are never looked up.
    """

    filing_ref = models.CharField(max_length=16, unique=True)
    code = models.CharField(max_length=40, null=True, blank=True)
    former_code = models.CharField(max_length=40, blank=True)
    procedure_version = models.ForeignKey(
        "procedures.ProcedureVersion", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    sheet = models.ForeignKey(
        "procedures.ProcessSheet", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    field = models.CharField(max_length=40)
    receiving_unit = models.ForeignKey(
        "organizations.Agency", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    competent_unit = models.ForeignKey(
        "organizations.Agency", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    support_point = models.ForeignKey(
        "organizations.Agency", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    processing_unit = models.ForeignKey("organizations.Agency", on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    submitter = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    helper_account = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    authority = models.JSONField(default=dict, blank=True)
    owner_name = models.CharField(max_length=200)
    owner_folded = models.CharField(max_length=200, blank=True)
    intake = models.CharField(max_length=8, choices=Intake.choices)
    business = models.CharField(max_length=20, choices=Business.choices)
    money = models.CharField(max_length=12, choices=Money.choices, default=Money.NONE)
    delivery = models.CharField(max_length=16, choices=Delivery.choices, default=Delivery.NOT_READY)
    sync = models.CharField(max_length=8, choices=Sync.choices, default=Sync.NONE)
    outcome = models.CharField(
        max_length=8, blank=True, choices=[("granted", "granted"), ("partial", "partial"), ("denied", "denied")]
    )
    return_way = models.CharField(
        max_length=8, default="counter", choices=[("counter", "counter"), ("online", "online"), ("postal", "postal")]
    )
    return_address = models.TextField(blank=True)
    answers = models.JSONField(default=dict)
    names = models.JSONField(default=dict)
    submitted_at = models.DateTimeField()
    answer_due_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    effective_start = models.DateField(null=True, blank=True)
    term = models.JSONField(default=dict, blank=True)
    due_original = models.DateTimeField(null=True, blank=True)
    due_current = models.DateTimeField(null=True, blank=True)
    processing_end_at = models.DateTimeField(null=True, blank=True)
    handed_over_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    previous_state = models.CharField(max_length=20, blank=True)
    step_key = models.CharField(max_length=40, blank=True)
    confidential = models.BooleanField(default=False)
    portal_id = models.CharField(max_length=60, null=True, blank=True)
    linked_to = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="linked")
    reopened = models.PositiveSmallIntegerField(default=0)
    revision = models.PositiveIntegerField(default=1)
    history_seq = models.PositiveIntegerField(default=0)
    history_hash = models.BinaryField(default=bytes)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(code__isnull=False), name="cases_code_once"),
            models.UniqueConstraint(
                fields=["portal_id"], condition=Q(portal_id__isnull=False), name="cases_portal_once"
            ),
            models.CheckConstraint(
                condition=Q(business__in=["submitted", "refused", "supplement", "withdraw_requested", "stopped"])
                | Q(code__isnull=False, received_at__isnull=False),
                name="cases_worked_case_was_received",
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "-submitted_at"], name="cases_owner"),
            models.Index(fields=["competent_unit", "business", "due_current"], name="cases_unit_state"),
            models.Index(fields=["competent_unit", "-received_at"], name="cases_unit_received"),
            models.Index(fields=["receiving_unit", "-received_at"], name="cases_reception"),
            models.Index(
                fields=["due_current"],
                name="cases_open_due",
                condition=Q(business__in=["accepted", "processing", "supplement", "suspended", "withdraw_requested"]),
            ),
            models.Index(fields=["procedure_version", "-received_at"], name="cases_procedure"),
            models.Index(fields=["owner_folded"], name="cases_owner_name", opclasses=["text_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return self.code or self.filing_ref

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something about it."""
        return self.business in OPEN_STATES


class CaseDocument(models.Model):
    """One paper of a case."""

    class Digitisation(models.IntegerChoices):
        NONE = 0
        DIGITISED = 1
        REUSED = 2
        REUSED_RESULT = 3

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="documents", db_index=False)
    requirement = models.CharField(max_length=60, blank=True)
    name = models.TextField()
    file = models.ForeignKey("files.StoredFile", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    originals = models.PositiveSmallIntegerField(default=0)
    copies = models.PositiveSmallIntegerField(default=0)
    digitisation = models.PositiveSmallIntegerField(choices=Digitisation.choices, default=Digitisation.NONE)
    reuse_source = models.ForeignKey(
        "cases.CaseResult", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    not_needed_because = models.TextField(blank=True)
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=200, blank=True)
    replaced_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaces")

    class Meta:
        indexes = [models.Index(fields=["case"], name="cases_document_case")]

    def __str__(self) -> str:
        return self.name[:80]


class CaseEvent(models.Model):
    """One line of a case's history; each carries the hash of the line before. Append only, partitioned by month."""

    id = models.BigAutoField(primary_key=True)
    case_id = models.BigIntegerField()
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    account_id = models.BigIntegerField(null=True)
    position_id = models.BigIntegerField(null=True)
    agency_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=300)
    is_public = models.BooleanField(default=False)
    note = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    hash = models.BinaryField()

    class Meta:
        db_table = "cases_event"
        managed = False

    def __str__(self) -> str:
        return f"{self.case_id}/{self.seq} {self.kind}"


class DueChange(models.Model):
    """A due date was set or moved, with the reason."""

    class Kind(models.TextChoices):
        START = "start"
        SUSPENSION = "suspension"
        EXTENSION = "extension"
        CALENDAR = "calendar"
        REOPENED = "reopened"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="due_changes", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    due_from = models.DateTimeField(null=True)
    due_to = models.DateTimeField()
    ground = models.TextField(blank=True)
    amount = models.CharField(max_length=40, blank=True)
    explanation = models.JSONField(default=list)
    actor_label = models.CharField(max_length=300)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["case", "at"], name="cases_due_change_case")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} to {self.due_to}"


class ActionKey(models.Model):
    """A form that was sent once: the same one sent again gives the same answer and changes nothing."""

    key = models.CharField(max_length=64)
    account_id = models.BigIntegerField()
    action = models.CharField(max_length=40)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "key"], name="cases_action_key_once")]

    def __str__(self) -> str:
        return f"{self.action} {self.key}"
