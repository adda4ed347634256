"""A procedure and its versions in time: who may do it where, with what, for how much, until when."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q


class Field(models.Model):
    """A field of administration (lĩnh vực), such as civil status or land."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    ministry = models.CharField(max_length=120, blank=True)

    def __str__(self) -> str:
        return self.name


class LifeEvent(models.Model):
    """A moment in a life or a business under which citizens look for procedures."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    audience = models.CharField(max_length=10, choices=[("citizen", "citizen"), ("business", "business")])
    rank = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return self.name


class Procedure(models.Model):
    """One procedure by its national code; what it says stands in its versions."""

    code = models.CharField(max_length=20, unique=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.code


class ProcedureVersion(models.Model):
    """What a procedure says from a day on. A case is pinned to the version it was received under."""

    class State(models.TextChoices):
        DRAFT = "draft"
        APPROVED = "approved"
        PUBLISHED = "published"
        RETIRED = "retired"

    class Online(models.TextChoices):
        FULL = "full"
        PARTIAL = "partial"
        INFORMATION = "information"

    class Route(models.TextChoices):
        LOCAL = "local"
        MINISTRY = "ministry"

    class Cutoff(models.TextChoices):
        SAME_DAY = "same_day"
        ALL = "all"
        NONE = "none"

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    title = models.TextField()
    title_en = models.TextField(blank=True)
    summary = models.TextField(blank=True)
    field = models.ForeignKey(Field, on_delete=models.PROTECT, related_name="+")
    levels = ArrayField(models.CharField(max_length=12), default=list)  # ministry | province | commune | other
    kind = models.CharField(max_length=120, blank=True)
    audiences = ArrayField(models.TextField(), default=list)
    keywords = models.TextField(blank=True)
    life_events = models.ManyToManyField(LifeEvent, blank=True, related_name="versions")
    decision_no = models.CharField(max_length=80, blank=True)
    decision_date = models.DateField(null=True, blank=True)
    route = models.CharField(max_length=10, choices=Route.choices, default=Route.LOCAL)
    external_system = models.CharField(max_length=120, blank=True)
    online_level = models.CharField(max_length=12, choices=Online.choices, default=Online.INFORMATION)
    needs_paper_result = models.BooleanField(default=False)
    conditions = models.TextField(blank=True)
    steps_text = models.TextField(blank=True)
    cutoff_scope = models.CharField(max_length=10, choices=Cutoff.choices, default=Cutoff.NONE)
    # Which agency decides: [{"level": "commune", "by": "residence"}] or [{"level": "province", "agency": "H36.07"}].
    competence = models.JSONField(default=list, blank=True)
    # Questions asked before filing, in the format of docs/forms.md, with what each outcome means.
    eligibility = models.JSONField(default=dict, blank=True)
    form = models.JSONField(default=dict, blank=True)
    # What the result document says: title lines and rows filled from the answers (docs/procedures.md).
    result_template = models.JSONField(default=dict, blank=True)
    silence_agrees = models.BooleanField(default=False)
    max_supplements = models.PositiveSmallIntegerField(null=True, blank=True)
    raw = models.JSONField(default=dict, blank=True)
    parse_states = models.JSONField(default=dict, blank=True)
    source = models.CharField(max_length=120, blank=True)
    verified = models.BooleanField(default=False)
    title_folded = models.TextField(blank=True)
    search = SearchVectorField(null=True)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.CharField(max_length=200, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["procedure", "number"], name="procedures_version_number_once"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="procedures_version_dates"
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(valid_from__isnull=False), name="procedures_published_has_start"
            ),
            models.UniqueConstraint(
                fields=["procedure"],
                condition=Q(state="published", valid_to__isnull=True),
                name="procedures_one_open_version",
            ),
        ]
        indexes = [
            GinIndex(fields=["search"], name="procedures_search"),
            models.Index(fields=["state", "field"], name="procedures_state_field"),
            models.Index(fields=["title_folded"], name="procedures_title"),
        ]

    def __str__(self) -> str:
        return f"{self.procedure.code} v{self.number}"

    @property
    def is_fileable_online(self) -> bool:
        """Whether a citizen can file it here from start to end."""
        return self.online_level in (self.Online.FULL, self.Online.PARTIAL) and bool(self.form)


class Channel(models.Model):
    """One way to file: how long it takes and what it costs that way. A way may stand in several rows (tiers)."""

    class Kind(models.TextChoices):
        DIRECT = "direct"
        ONLINE = "online"
        POSTAL = "postal"

    class Unit(models.TextChoices):
        WORKING_DAYS = "working_days"
        CALENDAR_DAYS = "calendar_days"
        MONTHS = "months"
        WORKING_HOURS = "working_hours"

    class FeeState(models.TextChoices):
        FREE = "free"
        KNOWN = "known"
        UNKNOWN = "unknown"

    version = models.ForeignKey(ProcedureVersion, on_delete=models.CASCADE, related_name="channels")
    rank = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    duration = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    duration_unit = models.CharField(max_length=16, choices=Unit.choices, blank=True)
    duration_state = models.CharField(max_length=8, default="ok")
    fee_state = models.CharField(max_length=8, choices=FeeState.choices)
    fee_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, default="VND")
    note = models.TextField(blank=True)
    description = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "rank"], name="procedures_channel_rank_once")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.kind} {self.duration} {self.duration_unit}"


class FeeRule(models.Model):
    """A fee (phí) or charge (lệ phí) with the days it is valid and the act it stands on."""

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="fees")
    kind = models.CharField(max_length=6, choices=[("phi", "phi"), ("le_phi", "le_phi")])
    label = models.CharField(max_length=200)
    amount_vnd = models.PositiveBigIntegerField()
    per = models.CharField(max_length=80, blank=True)
    channel = models.CharField(max_length=8, choices=Channel.Kind.choices, blank=True)
    # In the expression language of docs/forms.md; empty = always.
    condition = models.JSONField(default=dict, blank=True)
    quantity_from = models.CharField(max_length=80, blank=True)
    exemptions = models.JSONField(default=list, blank=True)
    agency = models.ForeignKey(
        "organizations.Agency", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    legal_source = models.CharField(max_length=300)
    verified = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.label}: {self.amount_vnd} đ"


class DocumentRequirement(models.Model):
    """One paper a person must bring, show or need not bring because the data are known."""

    version = models.ForeignKey(ProcedureVersion, on_delete=models.CASCADE, related_name="documents")
    rank = models.PositiveSmallIntegerField()
    key = models.SlugField(max_length=60)
    group = models.TextField(blank=True)
    name = models.TextField()
    name_en = models.TextField(blank=True)
    form_file = models.CharField(max_length=200, blank=True)
    originals = models.PositiveSmallIntegerField(default=0)
    copies = models.PositiveSmallIntegerField(default=0)
    present_only = models.BooleanField(default=False)
    required = models.BooleanField(default=True)
    condition = models.JSONField(default=dict, blank=True)
    # A result code of another procedure that can stand for this paper: taken from what the person already holds.
    reuse_result = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "key"], name="procedures_document_key_once")]

    def __str__(self) -> str:
        return self.name[:80]


class ResultKind(models.Model):
    """What the person receives in the end."""

    version = models.ForeignKey(ProcedureVersion, on_delete=models.CASCADE, related_name="results")
    rank = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=40, blank=True, db_index=True)
    name = models.TextField()
    # The register the result is numbered in, and how the number is written: "{number}/{year}/GKS".
    register = models.CharField(max_length=40, blank=True)
    number_pattern = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return self.name[:80]


class LegalBasis(models.Model):
    """An act the procedure stands on."""

    version = models.ForeignKey(ProcedureVersion, on_delete=models.CASCADE, related_name="legal_bases")
    rank = models.PositiveSmallIntegerField()
    title = models.TextField()
    code = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return self.code or self.title[:60]


class ProcedureAgency(models.Model):
    """An agency that decides on or receives a procedure, where this is narrower than the rule of the version."""

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="agencies")
    agency = models.ForeignKey("organizations.Agency", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=10, choices=[("competent", "competent"), ("receiving", "receiving")])
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    legal_ref = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["procedure", "agency", "role"],
                condition=Q(valid_to__isnull=True),
                name="procedures_agency_role_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.procedure_id} {self.role} {self.agency_id}"
