"""What the administration hands out: the result and the seven legal forms."""

from django.db import models
from django.db.models import Q

from .case import Case


class CaseResult(models.Model):
    """A result in the making and, once released, for ever: a correction is a new version, the old one says replaced."""

    class State(models.TextChoices):
        DRAFT = "draft"
        PROPOSED = "proposed"
        SIGNED = "signed"
        NUMBERED = "numbered"
        RELEASED = "released"
        REPLACED = "replaced"
        REVOKED = "revoked"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="results")
    version = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices)
    kind_code = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=300)
    outcome = models.CharField(
        max_length=8, choices=[("granted", "granted"), ("partial", "partial"), ("denied", "denied")]
    )
    content = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    legal_ground = models.TextField(blank=True)
    proposed_by = models.CharField(max_length=300, blank=True)
    proposed_at = models.DateTimeField(null=True, blank=True)
    draft_file = models.ForeignKey("files.StoredFile", on_delete=models.PROTECT, null=True, related_name="+")
    signed_file = models.ForeignKey("files.StoredFile", on_delete=models.PROTECT, null=True, related_name="+")
    file = models.ForeignKey("files.StoredFile", on_delete=models.PROTECT, null=True, related_name="+")
    signed_by = models.CharField(max_length=300, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    number = models.PositiveIntegerField(null=True, blank=True)
    number_text = models.CharField(max_length=80, blank=True)
    numbered_at = models.DateTimeField(null=True, blank=True)
    numbered_by = models.CharField(max_length=300, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    token = models.CharField(max_length=26, unique=True)
    issuer_name = models.CharField(max_length=300)
    owner = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    owner_name = models.CharField(max_length=200)
    valid_until = models.DateField(null=True, blank=True)
    replaced_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaces")
    ended_reason = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # Signed by hand on paper (before electronic results, or where the law wants paper): there is no file to verify.
    is_paper = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "version"], name="cases_result_version_once"),
            models.CheckConstraint(
                condition=~Q(state="released")
                | Q(released_at__isnull=False)
                & ~Q(number_text="")
                & (Q(is_paper=True) | Q(file__isnull=False) & ~Q(sha256="")),
                name="cases_released_is_signed_and_numbered",
            ),
        ]
        indexes = [models.Index(fields=["owner", "kind_code"], name="cases_result_owner")]

    def __str__(self) -> str:
        return f"{self.title} {self.number_text}"


class IssuedForm(models.Model):
    """One of the legal forms as it was given out: the file, the data it was made from, the set it belongs to."""

    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, null=True, blank=True, related_name="forms", db_index=False
    )
    form_no = models.CharField(max_length=2)
    form_set = models.ForeignKey("cases.FormSet", on_delete=models.PROTECT, related_name="+", db_index=False)
    number_text = models.CharField(max_length=80, blank=True)
    template_version = models.CharField(max_length=20)
    snapshot = models.JSONField()
    file = models.ForeignKey("files.StoredFile", on_delete=models.PROTECT, null=True, related_name="+")
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    token = models.CharField(max_length=26, unique=True)
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=300)

    class Meta:
        indexes = [
            models.Index(fields=["case", "form_no"], name="cases_form_case"),
            models.Index(fields=["issued_at"], name="cases_form_undrawn", condition=Q(file__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"form {self.form_no} of {self.case_id}"
