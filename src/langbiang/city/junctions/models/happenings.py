"""Planned events and what they close."""

from django.db import models
from django.db.models import F, Q

from .places import Junction
from .plans import Approved, Plan, _two_persons


class EventPlan(Approved):
    """A festival or a closing, from an instant to an instant; in force only when another person has approved it, and never longer."""

    name = models.CharField(max_length=120)
    reason = models.CharField(max_length=300)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)  # before its end, by hand
    ended_by = models.CharField(max_length=200, blank=True)
    # Rehearsal in the twin: "" not asked for, waiting, running, done, none (`rehearsal_reason` says what is missing).
    rehearsal = models.CharField(max_length=8, blank=True)
    rehearsal_reason = models.CharField(max_length=20, blank=True)
    rehearsal_day = models.DateField(null=True, blank=True)
    rehearsal_told_at = models.DateTimeField(null=True, blank=True)
    rehearsal_done = models.PositiveSmallIntegerField(default=0)
    rehearsal_runs = models.PositiveSmallIntegerField(default=0)
    outcome = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="junctions_event_ends"),
            _two_persons("junctions_event_two_persons"),
        ]

    def __str__(self) -> str:
        return f"event {self.pk} {self.name}"


class EventArm(models.Model):
    """An approach during an event: closed (factor 0), or so many times as busy."""

    event = models.ForeignKey(EventPlan, on_delete=models.CASCADE, related_name="arms")
    junction = models.ForeignKey(Junction, on_delete=models.PROTECT, related_name="+")
    approach = models.CharField(max_length=20)
    factor = models.DecimalField(max_digits=3, decimal_places=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "junction", "approach"], name="junctions_event_arm_once"),
            models.CheckConstraint(
                condition=Q(factor=0) | Q(factor__gt=1, factor__lte=5), name="junctions_event_factor"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.junction_id} {self.approach} x{self.factor}"


class EventSignalPlan(models.Model):
    """A plan of the library that a junction runs while an event does; `marks` are the ends of its greens in running order."""

    event = models.ForeignKey(EventPlan, on_delete=models.CASCADE, related_name="plans")
    junction = models.ForeignKey(Junction, on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    marks = models.JSONField()  # [["1", 25.0], ...]: stage and end of its green, seconds from the beginning of the cycle

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "junction"], name="junctions_event_plan_once")]

    def __str__(self) -> str:
        return f"{self.event_id} {self.junction_id} plan {self.plan_id}"
