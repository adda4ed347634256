"""Who has to do what by when: work items, supplements, consultations, suspensions, charges."""

from django.db import models
from django.db.models import Q

from .case import Case


class WorkItem(models.Model):
    """One thing to do, in one queue. Small and mostly open; the history keeps what was done."""

    class Kind(models.TextChoices):
        INTAKE = "intake"
        ASSIGN = "assign"
        STEP = "step"
        CONSULT = "consult"
        APPROVE = "approve"
        SIGN = "sign"
        NUMBER = "number"
        RETURN = "return"
        WITHDRAWAL = "withdrawal"
        WAITING = "waiting"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="work", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    agency = models.ForeignKey("organizations.Agency", on_delete=models.PROTECT, related_name="+", db_index=False)
    role = models.CharField(max_length=40)
    field = models.CharField(max_length=40)
    assignee = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    step_key = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=200)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    case_due_at = models.DateTimeField(null=True, blank=True)
    is_open = models.BooleanField(default=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=300, blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    consultation = models.ForeignKey(
        "cases.Consultation", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_open=True) | Q(done_at__isnull=False), name="cases_work_done_has_time"
            )
        ]
        indexes = [
            models.Index(
                fields=["agency", "role", "case_due_at", "id"], name="cases_work_queue", condition=Q(is_open=True)
            ),
            models.Index(fields=["assignee", "case_due_at", "id"], name="cases_work_mine", condition=Q(is_open=True)),
            models.Index(
                fields=["agency", "kind", "case_due_at", "id"], name="cases_work_kind", condition=Q(is_open=True)
            ),
            models.Index(fields=["case_due_at", "id"], name="cases_work_due", condition=Q(is_open=True)),
            models.Index(fields=["case"], name="cases_work_case"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.name}"


class Supplement(models.Model):
    """A request for missing or corrected papers (form 02)."""

    class State(models.TextChoices):
        AWAITING_APPROVAL = "awaiting"
        OPEN = "open"
        ANSWERED = "answered"
        EXPIRED = "expired"
        CANCELLED = "cancelled"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="supplements")
    stage = models.CharField(max_length=10, choices=[("intake", "intake"), ("appraisal", "appraisal")])
    state = models.CharField(max_length=10, choices=State.choices)
    # [{"requirement": key or "", "question": id or "", "what": text, "why": text}]
    items = models.JSONField()
    legal_ground = models.TextField(blank=True)
    guidance = models.TextField(blank=True)
    suspends = models.BooleanField(default=False)
    due_at = models.DateTimeField()
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=300)
    approved_by = models.CharField(max_length=300, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer_note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(state__in=["awaiting", "open"]), name="cases_one_open_supplement"
            )
        ]

    def __str__(self) -> str:
        return f"supplement {self.pk} of {self.case_id}"


class Suspension(models.Model):
    """A time during which the legal clock stands still, on a listed ground."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="suspensions")
    reason = models.ForeignKey("cases.Reason", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    supplement = models.ForeignKey(Supplement, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True)
    evidence = models.ForeignKey("files.StoredFile", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at__isnull=True), name="cases_one_open_suspension"
            )
        ]

    def __str__(self) -> str:
        return f"suspension {self.pk} of {self.case_id}"


class Consultation(models.Model):
    """A question to another unit, with a due time of its own."""

    class State(models.TextChoices):
        OPEN = "open"
        ANSWERED = "answered"
        SILENT = "silent"
        RECALLED = "recalled"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="consultations")
    agency = models.ForeignKey("organizations.Agency", on_delete=models.PROTECT, related_name="+")
    question = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=300)
    due_at = models.DateTimeField()
    silence_agrees = models.BooleanField(default=False)
    silence_ground = models.TextField(blank=True)
    opinion = models.CharField(
        max_length=12, blank=True, choices=[("agree", "agree"), ("conditions", "conditions"), ("disagree", "disagree")]
    )
    answer = models.TextField(blank=True)
    answer_file = models.ForeignKey(
        "files.StoredFile", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"consultation {self.pk} of {self.case_id}"


class Charge(models.Model):
    """What is owed for a case; the amount is frozen when it is charged."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="charges")
    kind = models.CharField(max_length=6)
    label = models.CharField(max_length=200)
    quantity = models.PositiveIntegerField(default=1)
    amount_vnd = models.PositiveBigIntegerField()
    legal_source = models.CharField(max_length=300, blank=True)
    exemption = models.CharField(max_length=200, blank=True)
    charged_at = models.DateTimeField()
    paid_vnd = models.PositiveBigIntegerField(default=0)
    paid_at = models.DateTimeField(null=True, blank=True)
    payment_note = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.label} {self.amount_vnd} đ"
