"""How a procedure is worked: a few templates, and for each procedure the sheet of steps bound to it."""

from django.db import models
from django.db.models import Q


class StepKind(models.TextChoices):
    """What happens in a step."""

    TASK = "task"
    CHECK = "check"
    FIELD = "field"
    CONSULT = "consult"
    COUNCIL = "council"
    WAIT_EXTERNAL = "wait_ext"
    WAIT_MONEY = "wait_money"
    POSTING = "posting"
    SIGN = "sign"
    RELEASE = "release"
    RETURN = "return"


class ProcessTemplate(models.Model):
    """One of the few ways of working that serve all procedures (T01 to T12, M0)."""

    code = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    note = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.code


class Step(models.Model):
    """What a step row says, in a template as in a sheet."""

    seq = models.PositiveSmallIntegerField()
    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=40)
    kind = models.CharField(max_length=12, choices=StepKind.choices)
    hours = models.DecimalField(max_digits=6, decimal_places=2)
    parallel_group = models.CharField(max_length=20, blank=True)
    # Which agency works the step: that of the case's competence, the receiving one, or one given by code.
    place = models.CharField(max_length=20, default="competent")
    optional = models.BooleanField(default=False)

    class Meta:
        abstract = True


class TemplateStep(Step):
    """A step of a template with its example hours."""

    template = models.ForeignKey(ProcessTemplate, on_delete=models.CASCADE, related_name="steps")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "key"], name="procedures_template_step_key"),
            models.UniqueConstraint(fields=["template", "seq"], name="procedures_template_step_seq"),
        ]

    def __str__(self) -> str:
        return f"{self.template_id} {self.seq} {self.key}"


class ProcessSheet(models.Model):
    """The internal process of one procedure: approved once, then never changed; a case keeps the sheet it began with."""

    class State(models.TextChoices):
        DRAFT = "draft"
        APPROVED = "approved"
        RETIRED = "retired"

    procedure = models.ForeignKey("procedures.Procedure", on_delete=models.PROTECT, related_name="sheets")
    number = models.PositiveIntegerField()
    template = models.ForeignKey(ProcessTemplate, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices)
    agency = models.ForeignKey(
        "organizations.Agency", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.CharField(max_length=200, blank=True)
    simulation = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["procedure", "number"], name="procedures_sheet_number_once"),
            models.UniqueConstraint(
                fields=["procedure", "agency"],
                condition=Q(state="approved"),
                nulls_distinct=False,
                name="procedures_one_sheet_in_force",
            ),
        ]

    def __str__(self) -> str:
        return f"sheet {self.procedure_id}/{self.number}"


class SheetStep(Step):
    """A step of a procedure's sheet."""

    sheet = models.ForeignKey(ProcessSheet, on_delete=models.CASCADE, related_name="steps")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sheet", "key"], name="procedures_sheet_step_key"),
            models.UniqueConstraint(fields=["sheet", "seq"], name="procedures_sheet_step_seq"),
        ]

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.seq} {self.key}"
