"""Walls, kiosk keys, alerts, annotations, briefs and dashboards. The figures themselves live with the systems."""

from django.db import models
from django.db.models import F, Q


class Layout(models.Model):
    """A wall: scenes of tiles on a grid, shown in turn. The first ones come from data/walls.json; its keepers change them."""

    class Shape(models.TextChoices):
        SINGLE = "16:9", "16:9"
        WIDE = "32:9", "32:9"
        MOSAIC = "4x4", "4 × 4"
        PORTRAIT = "9:16", "9:16"

    class Theme(models.TextChoices):
        DARK = "dark"
        LIGHT = "light"

    slug = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=120)
    title_en = models.CharField(max_length=120, blank=True)
    shape = models.CharField(max_length=5, choices=Shape.choices)
    columns = models.PositiveSmallIntegerField()
    rows = models.PositiveSmallIntegerField()
    rotate_s = models.PositiveSmallIntegerField(default=0)
    # How it looks; an address may ask for the other with ?theme=.
    theme = models.CharField(max_length=5, choices=Theme.choices, default=Theme.DARK)
    scenes = models.JSONField()
    revision = models.PositiveIntegerField(default=1)
    # What the installation came with, to compare and to go back to; none for one that was made here.
    delivered = models.JSONField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(columns__range=(1, 24), rows__range=(1, 24)), name="centre_layout_grid")
        ]

    def __str__(self) -> str:
        return self.slug


class KioskKey(models.Model):
    """Lets one screen show one wall from given addresses. Only the digest is kept."""

    layout = models.ForeignKey(Layout, on_delete=models.PROTECT, related_name="keys")
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, unique=True)
    networks = models.JSONField()
    agency = models.ForeignKey("organizations.Agency", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    valid_until = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_from = models.CharField(max_length=45, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(valid_until__gt=F("made_at")), name="centre_key_ends_after_it_began")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"


class AlertRule(models.Model):
    """When an alert is raised and when it clears: two levels, so that a figure at the edge does not flap.

    It is about one figure: a measure of the platform, or an indicator with what is published of it, of each unit or of the
    province (then the agency that answers for it is alerted).
    """

    class Side(models.TextChoices):
        ABOVE = "above"
        BELOW = "below"

    class Severity(models.TextChoices):
        NOTICE = "notice"
        WARNING = "warning"
        CRITICAL = "critical"

    class Level(models.TextChoices):
        UNIT = "unit"
        PROVINCE = "province"

    code = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    measure = models.CharField(max_length=80, blank=True, default="")
    indicator = models.CharField(max_length=30, blank=True, default="", db_default="")
    level = models.CharField(max_length=8, choices=Level.choices, default=Level.UNIT, db_default="unit")
    filters = models.JSONField(default=dict, blank=True)
    days = models.PositiveSmallIntegerField(default=1)
    side = models.CharField(max_length=5, choices=Side.choices)
    trigger = models.DecimalField(max_digits=18, decimal_places=4)
    clear = models.DecimalField(max_digits=18, decimal_places=4)
    least_base = models.PositiveIntegerField(default=0)
    missing_after_h = models.PositiveSmallIntegerField(null=True, blank=True)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    answer_h = models.PositiveSmallIntegerField(default=4)
    escalate_h = models.PositiveSmallIntegerField(default=8)
    runbook = models.TextField(blank=True)
    is_active = models.BooleanField(default=True)
    revision = models.PositiveIntegerField(default=1)
    # What the installation came with, to compare and to go back to; none for one that was made here.
    delivered = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(side="above", clear__lte=F("trigger")) | Q(side="below", clear__gte=F("trigger")),
                name="centre_rule_clears_on_the_good_side",
            ),
            models.CheckConstraint(
                condition=(~Q(measure="") & Q(indicator="")) | (Q(measure="") & ~Q(indicator="")), name="centre_rule_names_one_figure"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Alert(models.Model):
    """One breach of a rule at one agency, from raising to closing with evidence."""

    class Kind(models.TextChoices):
        BREACH = "breach"
        MISSING = "missing"

    rule = models.ForeignKey(AlertRule, on_delete=models.PROTECT, related_name="alerts")
    agency = models.ForeignKey("organizations.Agency", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    value = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    worst = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    # Of an indicator: the period of the value, or of the report that was not sent.
    period = models.CharField(max_length=12, blank=True, default="", db_default="")
    raised_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)
    times = models.PositiveIntegerField(default=1)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=200, blank=True)
    assignee = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    due_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    # It came and went too often: one alert that stays up until its figure has been good for a while.
    flaps_since = models.DateTimeField(null=True, blank=True)
    good_since = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "agency", "kind"], condition=Q(closed_at__isnull=True), name="centre_one_open_alert"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(acknowledged_at__isnull=False, cleared_at__isnull=False),
                name="centre_closed_means_seen_and_over",
            ),
            models.CheckConstraint(
                condition=Q(assignee__isnull=True) | Q(due_at__isnull=False), name="centre_a_task_has_a_deadline"
            ),
        ]
        indexes = [models.Index(fields=["closed_at", "-raised_at"], name="centre_alerts_open")]

    def __str__(self) -> str:
        return f"{self.pk} {self.rule_id} {self.agency_id}"

    @property
    def state(self) -> str:
        """closed, cleared, escalated, assigned, acknowledged or raised: what has to be done next."""
        if self.closed_at:
            return "closed"
        if self.cleared_at:
            return "cleared"
        if self.escalated_at:
            return "escalated"
        if self.assignee_id:
            return "assigned"
        return "acknowledged" if self.acknowledged_at else "raised"


class AlertStep(models.Model):
    """What was done about an alert. Append only by custom of the services."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="steps")
    at = models.DateTimeField()
    what = models.CharField(max_length=20)
    by = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    evidence = models.ForeignKey("files.StoredFile", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    record = models.CharField(max_length=300, blank=True)  # address of a case, a document or a figure of the platform

    def __str__(self) -> str:
        return f"{self.alert_id} {self.what}"


class Silence(models.Model):
    """A rule (none: every rule) is kept quiet at an agency and all below it for a while."""

    rule = models.ForeignKey(AlertRule, on_delete=models.PROTECT, null=True, blank=True, related_name="silences")
    agency = models.ForeignKey("organizations.Agency", on_delete=models.PROTECT, related_name="+")
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=300)
    by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("begins_at")), name="centre_silence_ends")]

    def __str__(self) -> str:
        return f"{self.pk} {self.agency_id} until {self.ends_at}"


class Annotation(models.Model):
    """A note to a figure of an agency on a day: why the line bends."""

    measure = models.CharField(max_length=80)
    agency = models.ForeignKey("organizations.Agency", on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    text = models.CharField(max_length=500)
    by = models.CharField(max_length=200)
    # Whose it is; none for those left before this was kept.
    author = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["measure", "agency", "day"], name="centre_annotation_figure")]

    def __str__(self) -> str:
        return f"{self.measure} {self.day}"


class Brief(models.Model):
    """The morning brief of a day: sentences with the figures they rest on, frozen as it went out."""

    day = models.DateField(unique=True)
    as_of = models.DateTimeField()
    sections = models.JSONField()
    figures = models.JSONField()
    took_ms = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.day}"


class Dashboard(models.Model):
    """A page of figures somebody put together. What it shows is in its versions."""

    class Shared(models.TextChoices):
        MINE = "mine"
        AGENCY = "agency"
        ALL = "all"

    title = models.CharField(max_length=120)
    owner = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey("organizations.Agency", on_delete=models.PROTECT, related_name="+")
    shared = models.CharField(max_length=6, choices=Shared.choices, default=Shared.MINE)
    version = models.PositiveIntegerField(default=1)
    archived_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.title} ({self.pk})"


class DashboardVersion(models.Model):
    """What a dashboard showed from a moment on. Never changed."""

    dashboard = models.ForeignKey(Dashboard, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    tiles = models.JSONField()
    at = models.DateTimeField()
    by = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dashboard", "number"], name="centre_version_once")]

    def __str__(self) -> str:
        return f"{self.dashboard_id} v{self.number}"


class Version(models.Model):
    """What a rule or a layout said from a moment on, who said so and why. Never changed."""

    number = models.PositiveIntegerField()
    told = models.JSONField()
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    reason = models.CharField(max_length=300)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.pk} v{self.number}"


class RuleVersion(Version):
    """A version of a rule of alerts."""

    rule = models.ForeignKey(AlertRule, on_delete=models.CASCADE, related_name="versions")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "number"], name="centre_rule_version_once")]


class LayoutVersion(Version):
    """A version of a wall."""

    layout = models.ForeignKey(Layout, on_delete=models.CASCADE, related_name="versions")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["layout", "number"], name="centre_layout_version_once")]


class BriefReader(models.Model):
    """Somebody who is told of the morning brief when it is written, in a language, until they are taken off the list."""

    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=2, default="vi")
    since = models.DateTimeField()
    by = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(ended_at__isnull=True), name="centre_reads_the_brief_once")
        ]

    def __str__(self) -> str:
        return f"{self.account_id} since {self.since}"
