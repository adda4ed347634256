"""One record for each citizen and business; duplicates are merged with their history, never deleted."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Person(models.Model):
    """A citizen or a business."""

    class Kind(models.TextChoices):
        CITIZEN = "citizen", _("Citizen")
        BUSINESS = "business", _("Business")

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        MERGED = "merged", _("Merged into another record")
        DECEASED = "deceased", _("Deceased")

    class Sex(models.TextChoices):
        MALE = "male", _("Male")
        FEMALE = "female", _("Female")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    # Personal identification number (12 digits), an old identity card (9), or a business code (10 or 13).
    identity_no = models.CharField(max_length=20, null=True, blank=True)
    full_name = models.CharField(max_length=200)
    name_folded = models.CharField(max_length=200)
    sort_key = models.CharField(max_length=600, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    birth_precision = models.CharField(
        max_length=5, default="day", choices=[("day", "day"), ("month", "month"), ("year", "year")]
    )
    sex = models.CharField(max_length=6, blank=True, choices=Sex.choices)
    nationality = models.CharField(max_length=60, blank=True, default="Việt Nam")
    ethnicity = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    email = models.EmailField(blank=True)
    address_text = models.CharField(max_length=300, blank=True)
    place_code = models.CharField(max_length=10, blank=True)
    representative = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="represents"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="absorbed")
    source = models.CharField(max_length=40, blank=True)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["identity_no"],
                condition=Q(identity_no__isnull=False) & ~Q(state="merged"),
                name="people_identity_once",
            ),
            models.CheckConstraint(
                condition=Q(state="merged", merged_into__isnull=False)
                | (~Q(state="merged") & Q(merged_into__isnull=True)),
                name="people_merged_points_on",
            ),
        ]
        indexes = [
            models.Index(fields=["name_folded"], name="people_name", opclasses=["text_pattern_ops"]),
            models.Index(fields=["name_folded", "birth_date"], name="people_name_birth"),
        ]

    def __str__(self) -> str:
        return f"{self.full_name} ({self.pk})"


class Change(models.Model):
    """What a record said before it was changed."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="changes")
    at = models.DateTimeField()
    actor_label = models.CharField(max_length=300)
    kind = models.CharField(max_length=10, choices=[("update", "update"), ("merge", "merge")])
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["person", "at"])]

    def __str__(self) -> str:
        return f"{self.kind} of {self.person_id} at {self.at}"


class Relation(models.Model):
    """Two people belong together in a way that lets one act for the other."""

    class Kind(models.TextChoices):
        PARENT = "parent", _("Parent of")
        SPOUSE = "spouse", _("Spouse of")
        GUARDIAN = "guardian", _("Guardian of")
        REPRESENTATIVE = "representative", _("Representative of")

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="relations")
    other = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="related_by")
    kind = models.CharField(max_length=14, choices=Kind.choices)
    evidence = models.CharField(max_length=200, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "other", "kind"], condition=Q(valid_to__isnull=True), name="people_relation_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind} {self.other_id}"
