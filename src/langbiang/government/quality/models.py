"""The rows of the index, dated; what other provinces reached; one row of facts per case and the counters made of them."""

from django.db import models
from django.db.models import F, Q


class Scheme(models.Model):
    """An index by a decision, in force from a day to a day, with the rules its formulas leave open."""

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=300)
    verified = models.BooleanField(default=False)
    rules = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="quality_scheme_once"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="quality_scheme_dates"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} from {self.valid_from}"


class Group(models.Model):
    """A group of sub-indicators and the most points it can give."""

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="groups")
    code = models.CharField(max_length=20)
    rank = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    points = models.DecimalField(max_digits=5, decimal_places=2)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scheme", "code"], name="quality_group_once")]

    def __str__(self) -> str:
        return f"{self.scheme_id} {self.code}"


class Indicator(models.Model):
    """A sub-indicator: which counters make its rate. Without counters the platform has no data for it."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="indicators")
    code = models.CharField(max_length=60)
    rank = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    numerator = models.CharField(max_length=40, blank=True)
    denominator = models.CharField(max_length=40, blank=True)
    # The rule that must be filled before the counters mean anything.
    needs = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "code"], name="quality_indicator_once")]

    def __str__(self) -> str:
        return self.code


class Weight(models.Model):
    """What a sub-indicator is worth and from which rate on it gets all of it, from a day to a day."""

    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="weights")
    points = models.DecimalField(max_digits=5, decimal_places=2)
    full_from = models.DecimalField(max_digits=4, decimal_places=3, default=1)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=300)
    verified = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["indicator", "valid_from"], name="quality_weight_once_a_day"),
            models.UniqueConstraint(
                fields=["indicator"], condition=Q(valid_to__isnull=True), name="quality_one_open_weight"
            ),
            models.CheckConstraint(condition=Q(points__gte=0, points__lte=100), name="quality_weight_points"),
            models.CheckConstraint(condition=Q(full_from__gt=0, full_from__lte=1), name="quality_weight_full_from"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="quality_weight_dates"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.points} from {self.valid_from}"


class ProvinceScore(models.Model):
    """What another province reached, as published; every import is kept, the newest as-of day counts."""

    province_code = models.CharField(max_length=20)
    province_name = models.CharField(max_length=200)
    period = models.CharField(max_length=10)
    total = models.DecimalField(max_digits=5, decimal_places=2)
    groups = models.JSONField(default=dict)
    as_of = models.DateField()
    source = models.CharField(max_length=300)
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["province_code", "period", "as_of"], name="quality_province_score_once"),
            models.CheckConstraint(condition=Q(total__gte=0, total__lte=100), name="quality_province_score_range"),
        ]

    def __str__(self) -> str:
        return f"{self.province_code} {self.period}: {self.total}"


class CaseFact(models.Model):
    """One row per case: what counts for it. A cache that can be rebuilt from the cases at any time."""

    case_id = models.BigIntegerField(primary_key=True)
    agency_id = models.BigIntegerField()
    officer_id = models.BigIntegerField(default=0)
    procedure_id = models.BigIntegerField()
    field = models.CharField(max_length=40)
    received_day = models.DateField()
    ended_day = models.DateField(null=True)
    received = models.BooleanField()
    online = models.BooleanField()
    sync_known = models.BooleanField()
    synced = models.BooleanField()
    online_offered = models.BooleanField()
    fee_listed = models.BooleanField()
    charged = models.BooleanField()
    paid_online = models.BooleanField()
    digitised = models.BooleanField()
    reused = models.BooleanField()
    asked = models.BooleanField()
    answered = models.BooleanField()
    refused = models.BooleanField()
    ended = models.BooleanField()
    on_time = models.BooleanField()
    result_needed = models.BooleanField()
    result_digital = models.BooleanField()
    rated = models.BooleanField()
    satisfied = models.BooleanField()

    class Meta:
        indexes = [models.Index(fields=["agency_id", "received_day"], name="quality_fact_agency")]

    def __str__(self) -> str:
        return f"facts of {self.case_id}"


class DayCounter(models.Model):
    """Sums of facts by day, agency, officer (0: none), procedure and field: every other view is a sum of these."""

    day = models.DateField()
    agency_id = models.BigIntegerField()
    officer_id = models.BigIntegerField(default=0)
    procedure_id = models.BigIntegerField()
    field = models.CharField(max_length=40)
    received = models.IntegerField(default=0)
    online = models.IntegerField(default=0)
    sync_known = models.IntegerField(default=0)
    synced = models.IntegerField(default=0)
    online_offered = models.IntegerField(default=0)
    fee_listed = models.IntegerField(default=0)
    charged = models.IntegerField(default=0)
    paid_online = models.IntegerField(default=0)
    digitised = models.IntegerField(default=0)
    reused = models.IntegerField(default=0)
    asked = models.IntegerField(default=0)
    answered = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    ended = models.IntegerField(default=0)
    on_time = models.IntegerField(default=0)
    result_needed = models.IntegerField(default=0)
    result_digital = models.IntegerField(default=0)
    rated = models.IntegerField(default=0)
    satisfied = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "agency_id", "officer_id", "procedure_id", "field"], name="quality_counter_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.agency_id}"


class Reckoning(models.Model):
    """When the counters were made from all cases for the last time."""

    at = models.DateTimeField()
    cases = models.BigIntegerField()
    seconds = models.FloatField()

    def __str__(self) -> str:
        return f"{self.cases} cases at {self.at}"
