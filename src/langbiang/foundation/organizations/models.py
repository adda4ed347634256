"""Agencies and positions in time. A record keeps the agency it was made under; successions say what became of it."""

from django.db import models
from django.db.models import F, Q


class Agency(models.Model):
    """A body of the administration, from a day to a day."""

    class Kind(models.TextChoices):
        PROVINCE = "people_committee_province"
        DEPARTMENT = "department"
        COMMUNE = "people_committee_commune"
        CENTRE = "service_centre"
        BRANCH = "central_branch"
        UNIT = "subordinate_unit"

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    short_name = models.CharField(max_length=80, blank=True)
    name_en = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=30, choices=Kind.choices)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    # Ids from the root down, each followed by a dot: "1.7.": what lies below an agency begins with its path.
    path = models.CharField(max_length=200, blank=True, db_index=True)
    place_code = models.CharField(max_length=10, blank=True, db_index=True)
    is_one_stop = models.BooleanField(default=False)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    address = models.CharField(max_length=300, blank=True)
    name_folded = models.CharField(max_length=200, blank=True)
    sort_key = models.CharField(max_length=600, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    legal_ref = models.CharField(max_length=200, blank=True)
    verified = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="organizations_agency_dates"
            ),
            models.UniqueConstraint(
                fields=["code"], condition=Q(valid_to__isnull=True), name="organizations_open_code_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class AgencySuccession(models.Model):
    """What became of an agency, as a whole or for one field."""

    class Kind(models.TextChoices):
        MERGE = "merge"
        SPLIT = "split"
        RENAME = "rename"
        TRANSFER = "transfer"

    old = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="successions")
    new = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="predecessions")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    field = models.CharField(max_length=80, blank=True)
    effective_on = models.DateField()
    legal_ref = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["old", "new", "field"], name="organizations_succession_once")]

    def __str__(self) -> str:
        return f"{self.old_id} -> {self.new_id} ({self.kind})"


class Department(models.Model):
    """A division inside an agency."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="departments")
    name = models.CharField(max_length=200)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Position(models.Model):
    """A seat in an agency; people come and go."""

    class Sign(models.TextChoices):
        NONE = "none"
        HEAD = "head"
        ON_BEHALF = "kt"  # KT.: deputy for the head
        BY_ORDER = "tl"  # TL.: by order
        AUTHORISED = "tuq"  # TUQ.: by authority

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="positions")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    title = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    is_leader = models.BooleanField(default=False)
    sign = models.CharField(max_length=4, choices=Sign.choices, default=Sign.NONE)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["agency"])]

    def __str__(self) -> str:
        return f"{self.title} ({self.pk})"


class Holding(models.Model):
    """An account holds a position from a day to a day."""

    position = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="holdings")
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="holdings")
    is_acting = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    legal_ref = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="organizations_holding_dates"
            ),
            models.UniqueConstraint(
                fields=["position"],
                condition=Q(valid_to__isnull=True, is_acting=False),
                name="organizations_one_holder",
            ),
        ]
        indexes = [models.Index(fields=["account", "valid_from"])]

    def __str__(self) -> str:
        return f"{self.account_id} holds {self.position_id}"


class Substitution(models.Model):
    """Somebody stands in for the holder of a position (absence) or is delegated its tasks, from a day to a day."""

    class Kind(models.TextChoices):
        ABSENCE = "absence"
        DELEGATION = "delegation"

    position = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="substitutions")
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="substitutions")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    valid_from = models.DateField()
    valid_to = models.DateField()
    note = models.CharField(max_length=300, blank=True)
    legal_ref = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(valid_to__gt=F("valid_from")), name="organizations_substitution_dates")
        ]
        indexes = [models.Index(fields=["account", "valid_from"])]

    def __str__(self) -> str:
        return f"{self.account_id} stands in for {self.position_id}"
