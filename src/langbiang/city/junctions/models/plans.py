"""What may be shown at a junction: layouts and plans, put in force by a second person."""

from django.db import models
from django.db.models import F, Q

from .places import Junction


class Approved(models.Model):
    """What one person drafts and another approves; withdrawn with a reason it stays to be read."""

    state = models.CharField(max_length=12, default="draft")
    created_by_id = models.BigIntegerField()
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    approved_by_id = models.BigIntegerField(null=True, blank=True)
    approved_by = models.CharField(max_length=200, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=200, blank=True, default="", db_default="")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdraw_reason = models.CharField(max_length=300, blank=True, default="", db_default="")
    # Counts the savings of a draft: a form names the one it was drawn from.
    revision = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        abstract = True


def _two_persons(name: str) -> models.CheckConstraint:
    """In force only with an approval by somebody else."""
    return models.CheckConstraint(
        condition=~Q(state__in=["approved", "past"])
        | (Q(approved_by_id__isnull=False) & ~Q(approved_by_id=F("created_by_id"))),
        name=name,
    )


class Layout(Approved):
    """A version of what the signals of a junction may show: approaches, movements, stages, matrices, zones."""

    junction = models.ForeignKey(Junction, on_delete=models.PROTECT, related_name="layouts")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    # Of the rules the gate makes of it; a lease holds for this fingerprint only.
    fingerprint = models.CharField(max_length=64)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["junction", "number"], name="junctions_layout_number"),
            models.UniqueConstraint(
                fields=["junction"], condition=Q(state="approved"), name="junctions_one_layout_in_force"
            ),
            _two_persons("junctions_layout_two_persons"),
        ]

    def __str__(self) -> str:
        return f"{self.junction_id} layout {self.number}"


class Plan(Approved):
    """A fixed-time plan: cycle, green per stage, offset; days and hours it is meant for."""

    junction = models.ForeignKey(Junction, on_delete=models.PROTECT, related_name="plans")
    layout = models.ForeignKey(Layout, on_delete=models.PROTECT, related_name="plans")
    name = models.CharField(max_length=80)
    cycle_s = models.PositiveSmallIntegerField()
    offset_s = models.PositiveSmallIntegerField(default=0)
    splits = models.JSONField()  # [{"stage": "1", "green_s": 25}] in running order
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    weekdays = models.JSONField(default=list)  # 0 Monday .. 6 Sunday
    time_from = models.TimeField()
    time_to = models.TimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(cycle_s__gte=20, cycle_s__lte=240), name="junctions_plan_cycle"),
            models.CheckConstraint(condition=Q(offset_s__lt=F("cycle_s")), name="junctions_plan_offset"),
            models.CheckConstraint(condition=Q(time_to__gt=F("time_from")), name="junctions_plan_hours"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="junctions_plan_days"
            ),
            _two_persons("junctions_plan_two_persons"),
        ]

    def __str__(self) -> str:
        return f"{self.junction_id} {self.name} ({self.pk})"
