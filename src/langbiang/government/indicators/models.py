"""Indicators, who owes which figures when, what was typed, and what was published and is never changed."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

_VALUE: dict[str, Any] = {"max_digits": 24, "decimal_places": 6}


class Group(models.Model):
    """A chapter of the catalogue."""

    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    rank = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class Series(models.Model):
    """One thing that is counted and typed in: a column of a report. An indicator is made of one or several.

    `space` and `time` say how values of units and of shorter periods come together: sum, last, mean, max, min, or
    official (never reckoned from parts: only the value the owner gives for that very level).
    """

    class Roll(models.TextChoices):
        SUM = "sum"
        LAST = "last"
        MEAN = "mean"
        MAX = "max"
        MIN = "min"
        OFFICIAL = "official"

    class Second(models.TextChoices):
        NOTHING = ""
        YEAR_TO_DATE = "year_to_date"
        CHANGE = "change"

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=250)
    name_en = models.CharField(max_length=250)
    unit = models.CharField(max_length=30, blank=True)
    decimals = models.PositiveSmallIntegerField(default=0)
    low = models.DecimalField(**_VALUE, null=True, blank=True)
    high = models.DecimalField(**_VALUE, null=True, blank=True)
    space = models.CharField(max_length=10, choices=Roll, default=Roll.SUM)
    time = models.CharField(max_length=10, choices=Roll, default=Roll.SUM)
    is_optional = models.BooleanField(default=False)
    # What is asked beside it from the reporter's book; where the two disagree, a hand has slipped.
    second = models.CharField(max_length=12, choices=Second, default=Second.NOTHING, blank=True)
    not_above = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(low__isnull=True) | Q(high__isnull=True) | Q(low__lte=F("high")),
                                   name="indicators_series_range"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.code


class Indicator(models.Model):
    """What is shown under a name from a day to a day: sums of series, a share of two such sums, or a formula over others.

    A change of meaning, owner or deadline is another row from a day on; the former stays for former periods.
    """

    class Source(models.TextChoices):
        FORM = "form"
        NATIONAL = "national"
        INTERNAL = "internal"
        OFFICIAL = "official"
        FORMULA = "formula"

    code = models.CharField(max_length=30)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="indicators")
    rank = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=250)
    name_en = models.CharField(max_length=250)
    definition = models.TextField()
    unit = models.CharField(max_length=30, blank=True)
    decimals = models.PositiveSmallIntegerField(default=0)
    frequency = models.CharField(max_length=1, choices=[(f, f) for f in "DWMQSA"])
    scheme = models.CharField(max_length=10, default="calendar", choices=[("calendar", "calendar"), ("report", "report")])
    direction = models.SmallIntegerField(default=0, choices=[(-1, "-1"), (0, "0"), (1, "1")])
    top = models.JSONField(default=list)  # codes of the series added up
    base = models.JSONField(default=list)  # codes of the series they are a share of; empty: no share
    more = models.JSONField(default=list)  # codes of further series reported with it
    scale = models.PositiveSmallIntegerField(default=100)
    levels = models.JSONField(default=list)  # province, agency, commune: who has a value of their own
    owner = models.CharField(max_length=20)  # code of the agency answering for it
    source_kind = models.CharField(max_length=10, choices=Source)
    source_name = models.CharField(max_length=200, blank=True)
    measure = models.CharField(max_length=100, blank=True)  # an internal figure: the measure of the platform it is
    formula = models.CharField(max_length=300, blank=True)  # reckoned from others: which, see formulas.py
    deadline = models.JSONField(default=dict)
    grace_minutes = models.PositiveIntegerField(default=1440)
    coverage_percent = models.PositiveSmallIntegerField(default=90)
    is_publishable = models.BooleanField(default=False)
    source = models.CharField(max_length=300)
    verified = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="indicators_indicator_once_a_day"),
            models.UniqueConstraint(fields=["code"], condition=Q(valid_to__isnull=True), name="indicators_one_open_row"),
            models.CheckConstraint(condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                                   name="indicators_indicator_dates"),
            models.CheckConstraint(condition=Q(source_kind="formula") ^ Q(formula=""), name="indicators_formula_where_reckoned"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.code

    @property
    def is_share(self) -> bool:
        """Whether it is a share of two sums."""
        return bool(self.base)

    @property
    def is_owed(self) -> bool:
        """Whether somebody reports it: not what the platform counts itself or reckons from other indicators."""
        return self.source_kind not in (self.Source.INTERNAL, self.Source.FORMULA)

    @property
    def series_codes(self) -> list[str]:
        """Codes of all series reported for it, in the order in which they are asked."""
        return list(dict.fromkeys([*self.top, *self.base, *self.more]))


class Rule(models.Model):
    """What has to hold between the figures of one report of an indicator, from a day to a day."""

    class Kind(models.TextChoices):
        COMPARE = "compare"
        TOGETHER = "together"
        EITHER = "either"
        NOT_FALLING = "not_falling"

    code = models.CharField(max_length=30)  # of the indicator
    name = models.CharField(max_length=250)
    name_en = models.CharField(max_length=250)
    kind = models.CharField(max_length=12, choices=Kind)
    left = models.JSONField()  # codes of series, added up
    sign = models.CharField(max_length=2, default="=", choices=[(s, s) for s in ("=", "!=", "<", "<=", ">", ">=")])
    right = models.JSONField(default=list)
    factor = models.DecimalField(max_digits=12, decimal_places=6, default=1)
    is_final = models.BooleanField(default=False)  # stops a report; otherwise a reason lets it through
    source = models.CharField(max_length=300)
    verified = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="indicators_rule_dates"),
            models.UniqueConstraint(fields=["code", "name", "valid_from"], name="indicators_rule_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.name}"


class Dimension(models.Model):
    """Something figures can be broken down by: sex, origin, crop. Its code is part of the key of every such figure."""

    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=250)
    name_en = models.CharField(max_length=250)
    source = models.CharField(max_length=300)
    verified = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="indicators_dimension_dates"),
        ]

    def __str__(self) -> str:
        return self.code


class Category(models.Model):
    """One of the parts of a dimension, from a day to a day. A code keeps its meaning: it is never given to another part."""

    dimension = models.ForeignKey(Dimension, on_delete=models.PROTECT, related_name="categories")
    code = models.CharField(max_length=12)
    name = models.CharField(max_length=250)
    name_en = models.CharField(max_length=250)
    rank = models.PositiveSmallIntegerField(default=0)
    source = models.CharField(max_length=300)
    verified = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dimension", "code"], name="indicators_category_once"),
            models.CheckConstraint(condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="indicators_category_dates"),
        ]

    def __str__(self) -> str:
        return f"{self.dimension_id} {self.code}"


class Breakdown(models.Model):
    """A series is reported by the categories of a dimension, or of two crossed, for periods that end from a day to a day."""

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="breakdowns")
    by = models.CharField(max_length=25)  # codes of the dimensions in their order, joined by "-"
    is_exhaustive = models.BooleanField(default=True)  # the parts add up to the total
    is_optional = models.BooleanField(default=True)  # a report without these parts is whole all the same
    is_final = models.BooleanField(default=False)  # parts that miss their total stop a report; otherwise a reason lets it through
    source = models.CharField(max_length=300)
    verified = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "by", "valid_from"], name="indicators_breakdown_once_a_day"),
            models.UniqueConstraint(fields=["series", "by"], condition=Q(valid_to__isnull=True), name="indicators_one_open_breakdown"),
            models.CheckConstraint(condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="indicators_breakdown_dates"),
        ]

    def __str__(self) -> str:
        return f"{self.series_id} {self.by}"


class Rung(models.Model):
    """At how many minutes before (negative) or after the deadline who is told."""

    minutes = models.IntegerField()
    audience = models.CharField(max_length=10, choices=[(a, a) for a in ("reporter", "leader", "province")])
    source = models.CharField(max_length=300)
    verified = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["minutes", "audience", "valid_from"], name="indicators_rung_once")]

    def __str__(self) -> str:
        return f"{self.minutes} {self.audience}"


class Obligation(models.Model):
    """One agency owes the figures of one indicator for one period by an instant. There even if nobody ever sends anything."""

    class State(models.TextChoices):
        OPEN = "open"
        OVERDUE = "overdue"
        MISSING = "missing"
        ON_TIME = "on_time"
        LATE = "late"
        WAIVED = "waived"

    class Stage(models.TextChoices):
        EMPTY = "empty"
        DRAFT = "draft"
        SUBMITTED = "submitted"
        RETURNED = "returned"
        VERIFIED = "verified"
        PUBLISHED = "published"

    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="obligations")
    agency = models.ForeignKey("organizations.Agency", on_delete=models.PROTECT, related_name="+")
    # The unit the figures are about: the agency itself, or the province where a department reports for it.
    about = models.ForeignKey("organizations.Agency", on_delete=models.PROTECT, related_name="+")
    period = models.CharField(max_length=12)
    last_day = models.DateField()
    due_at = models.DateTimeField()
    missing_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.EMPTY)
    first_due_at = models.DateTimeField(null=True)  # where an extension moved it
    first_sent_at = models.DateTimeField(null=True)  # whether it was late is judged by this; a correction leaves it
    submitted_at = models.DateTimeField(null=True)  # the last sending
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    submitted_label = models.CharField(max_length=300, blank=True)
    verified_at = models.DateTimeField(null=True)
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    verified_label = models.CharField(max_length=300, blank=True)
    published_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=1000, blank=True)  # why it was returned, extended, waived, or late
    reopened_for = models.CharField(max_length=1000, blank=True)  # why published figures are being corrected, until they are
    flagged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["indicator", "about", "period"], name="indicators_obligation_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="open"), name="indicators_open_by_due"),
            models.Index(fields=["missing_at"], condition=Q(state="overdue"), name="indicators_overdue_by_end"),
            models.Index(fields=["agency", "stage", "due_at"], name="indicators_by_agency"),
            models.Index(fields=["period", "indicator"], name="indicators_by_period"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.agency_id} {self.period}"


class Entry(models.Model):
    """What stands in a cell of a report that is not published yet. `text` is what was typed, `value` what it says."""

    obligation = models.ForeignKey(Obligation, on_delete=models.CASCADE, related_name="entries")
    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="+")
    breakdown = models.CharField(max_length=120, default="_T")  # which part of it; see breakdowns.py
    value = models.DecimalField(**_VALUE, null=True)
    is_no_event = models.BooleanField(default=False)  # said to be nothing, which is not the same as not said
    second = models.DecimalField(**_VALUE, null=True)  # what the series asks beside it
    findings = models.JSONField(default=list)
    confirmed = models.CharField(max_length=500, blank=True)  # why a value that was asked about is right
    typed_by = models.CharField(max_length=300)
    typed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["obligation", "series", "breakdown"], name="indicators_entry_of_part_once")]

    def __str__(self) -> str:
        return f"{self.obligation_id} {self.series_id} {self.breakdown}: {self.value}"


class Observation(models.Model):
    """A published figure with its vintage. The database refuses to change or delete it; only `known_to` is closed once.

    Legal source of the statuses: SDMX OBS_STATUS (A final, P provisional, E estimated, M cannot exist, B break).
    """

    class Status(models.TextChoices):
        FINAL = "A"
        PROVISIONAL = "P"
        ESTIMATED = "E"
        IMPOSSIBLE = "M"

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="observations")
    agency = models.ForeignKey("organizations.Agency", on_delete=models.PROTECT, related_name="+")
    period = models.CharField(max_length=12)
    first_day = models.DateField()
    last_day = models.DateField()
    frequency = models.CharField(max_length=1)
    breakdown = models.CharField(max_length=120, default="_T")
    vintage = models.PositiveIntegerField(default=1)
    value = models.DecimalField(**_VALUE, null=True)
    is_no_event = models.BooleanField(default=False)
    status = models.CharField(max_length=1, choices=Status, default=Status.FINAL)
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True)
    source = models.CharField(max_length=200)
    packet = models.CharField(max_length=80, blank=True)
    reported_by = models.CharField(max_length=300)
    reported_at = models.DateTimeField()
    verified_by = models.CharField(max_length=300, blank=True)
    published_by = models.CharField(max_length=300)
    reason = models.CharField(max_length=1000, blank=True)
    inputs = models.JSONField(default=dict)  # of a reckoned figure: what it was reckoned from
    obligation = models.ForeignKey(Obligation, null=True, on_delete=models.PROTECT, related_name="observations")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["series", "agency", "period", "breakdown", "vintage"], name="indicators_vintage_once"
            ),
            models.UniqueConstraint(
                fields=["series", "agency", "period", "breakdown"], condition=Q(known_to__isnull=True),
                name="indicators_one_current",
            ),
            models.CheckConstraint(condition=Q(known_to__isnull=True) | Q(known_to__gt=F("known_from")),
                                   name="indicators_known_dates"),
            models.CheckConstraint(condition=Q(vintage=1) | ~Q(reason=""), name="indicators_revision_says_why"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["series", "last_day", "agency"], name="indicators_obs_by_day"),
            models.Index(fields=["agency", "series", "last_day"], name="indicators_obs_by_agency"),
        ]

    def __str__(self) -> str:
        return f"{self.series_id} {self.agency_id} {self.period} v{self.vintage}: {self.value}"


class Target(models.Model):
    """What is to be reached: for a year, by the province or one agency."""

    code = models.CharField(max_length=30)  # of the indicator
    agency = models.ForeignKey("organizations.Agency", on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    value = models.DecimalField(**_VALUE)
    kind = models.CharField(max_length=12, choices=[(k, k) for k in ("plan", "resolution", "stretch")], default="plan")
    source = models.CharField(max_length=300)
    verified = models.BooleanField(default=False)
    set_by = models.CharField(max_length=300)
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "agency", "year", "kind"], condition=Q(known_to__isnull=True),
                                    name="indicators_one_target"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.code} {self.year}: {self.value}"


class Lock(models.Model):
    """A period whose figures are closed. Opened again by two persons, with a reason."""

    code = models.CharField(max_length=30)  # of the indicator
    period = models.CharField(max_length=12)
    locked_at = models.DateTimeField()
    locked_by = models.CharField(max_length=300)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_label = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=1000, blank=True)
    opened_at = models.DateTimeField(null=True)
    opened_by = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "period"], condition=Q(opened_at__isnull=True), name="indicators_one_lock"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.period}"


class Outline(models.Model):
    """The fixed outline of a written report: its sections, who writes it, how often, until when; from a day to a day.

    A section is {"number", "heading", "guidance", "required", "indicators"}: the figures shown beside it while it is written.
    """

    code = models.CharField(max_length=30)
    name = models.CharField(max_length=250)
    name_en = models.CharField(max_length=250)
    frequency = models.CharField(max_length=1, choices=[(f, f) for f in "WMQSA"])
    scheme = models.CharField(max_length=10, default="report", choices=[("calendar", "calendar"), ("report", "report")])
    levels = models.JSONField(default=list)  # "commune": every commune writes it
    owners = models.JSONField(default=list)  # codes of the agencies that write it besides
    sections = models.JSONField()
    deadline = models.JSONField()
    grace_minutes = models.PositiveIntegerField(default=1440)
    source = models.CharField(max_length=300)
    verified = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="indicators_outline_once_a_day"),
            models.UniqueConstraint(fields=["code"], condition=Q(valid_to__isnull=True), name="indicators_one_open_outline"),
            models.CheckConstraint(condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="indicators_outline_dates"),
        ]

    def __str__(self) -> str:
        return self.code


class Narrative(models.Model):
    """A written report an agency owes on an outline for a period. There even if nobody ever writes it.

    States and stages are those of reports of figures.
    """

    outline = models.ForeignKey(Outline, on_delete=models.PROTECT, related_name="narratives")
    agency = models.ForeignKey("organizations.Agency", on_delete=models.PROTECT, related_name="+")
    period = models.CharField(max_length=12)
    last_day = models.DateField()
    due_at = models.DateTimeField()
    missing_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=Obligation.State, default=Obligation.State.OPEN)
    stage = models.CharField(max_length=10, choices=Obligation.Stage, default=Obligation.Stage.EMPTY)
    first_due_at = models.DateTimeField(null=True)  # where more time moved it
    texts = models.JSONField(default=dict)  # by number of the section, as it is being written
    first_sent_at = models.DateTimeField(null=True)  # whether it was late is judged by this; a correction leaves it
    submitted_at = models.DateTimeField(null=True)  # the last sending
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    submitted_label = models.CharField(max_length=300, blank=True)
    verified_at = models.DateTimeField(null=True)
    verified_label = models.CharField(max_length=300, blank=True)
    note = models.CharField(max_length=1000, blank=True)  # why it was returned or opened again, or is late
    reopened_for = models.CharField(max_length=1000, blank=True)  # why what was handed on is being corrected, until it is
    flagged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["outline", "agency", "period"], name="indicators_narrative_once")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="open"), name="indicators_narr_open"),
            models.Index(fields=["missing_at"], condition=Q(state="overdue"), name="indicators_narr_overdue"),
            models.Index(fields=["agency", "stage", "due_at"], name="indicators_narr_agency"),
        ]

    def __str__(self) -> str:
        return f"{self.outline_id} {self.agency_id} {self.period}"


class NarrativeText(models.Model):
    """What was handed on of a written report, with its vintage; a corrected one is added, the former stays readable."""

    narrative = models.ForeignKey(Narrative, on_delete=models.PROTECT, related_name="vintages")
    vintage = models.PositiveIntegerField()
    texts = models.JSONField()
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True)
    reported_by = models.CharField(max_length=300)
    verified_by = models.CharField(max_length=300)
    published_by = models.CharField(max_length=300)
    reason = models.CharField(max_length=1000, blank=True)
    packet = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["narrative", "vintage"], name="indicators_text_vintage_once"),
            models.UniqueConstraint(fields=["narrative"], condition=Q(known_to__isnull=True), name="indicators_one_current_text"),
            models.CheckConstraint(condition=Q(vintage=1) | ~Q(reason=""), name="indicators_text_revision_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.narrative_id} v{self.vintage}"


class TimeRequest(models.Model):
    """An agency asks for more time for one report of figures, or one written report; what was answered to it."""

    class Answer(models.TextChoices):
        OPEN = "open"
        GRANTED = "granted"
        WAIVED = "waived"
        REFUSED = "refused"
        REPLACED = "replaced"  # the agency asked again before anybody answered

    obligation = models.ForeignKey(Obligation, null=True, blank=True, on_delete=models.PROTECT, related_name="time_requests")
    narrative = models.ForeignKey(Narrative, null=True, blank=True, on_delete=models.PROTECT, related_name="time_requests")
    agency = models.ForeignKey("organizations.Agency", on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField()  # until when they ask
    reason = models.CharField(max_length=1000)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_label = models.CharField(max_length=300)
    answer = models.CharField(max_length=8, choices=Answer, default=Answer.OPEN)
    granted_due_at = models.DateTimeField(null=True)
    answer_reason = models.CharField(max_length=1000, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_label = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(obligation__isnull=True) ^ Q(narrative__isnull=True), name="indicators_time_of_one_report"),
            models.UniqueConstraint(fields=["obligation"], condition=Q(answer="open"), name="indicators_one_open_time_o"),
            models.UniqueConstraint(fields=["narrative"], condition=Q(answer="open"), name="indicators_one_open_time_n"),
            models.CheckConstraint(condition=Q(answer="open") | Q(answered_at__isnull=False), name="indicators_time_answered"),
        ]
        indexes = [models.Index(fields=["agency", "answer", "asked_at"], name="indicators_time_by_agency")]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.asked_at:%Y-%m-%d} {self.answer}"

    @property
    def report(self) -> "Obligation | Narrative":
        """The report it is about."""
        found = self.obligation or self.narrative
        assert found is not None
        return found
