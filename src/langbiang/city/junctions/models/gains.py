"""How a controller does: days in shadow, replays, the proof of gain."""

from django.db import models
from django.db.models import F, Q

from .places import Junction


class ShadowScore(models.Model):
    """One day of a controller that computed beside the live one and drove nothing."""

    junction = models.ForeignKey(Junction, on_delete=models.PROTECT, related_name="shadow_scores")
    controller = models.CharField(max_length=40)
    day = models.DateField()
    minutes = models.PositiveSmallIntegerField()
    delay_s = models.DecimalField(max_digits=7, decimal_places=2)
    live_delay_s = models.DecimalField(max_digits=7, decimal_places=2)
    p95_s = models.DecimalField(max_digits=7, decimal_places=2)
    live_p95_s = models.DecimalField(max_digits=7, decimal_places=2)
    denials = models.PositiveIntegerField()
    recalls = models.PositiveIntegerField()
    # Where the figures come from when not from the control process; shown beside them.
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["junction", "controller", "day"], name="junctions_shadow_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.junction_id} {self.controller} {self.day}"


class ProofOfGain(models.Model):
    """A day replayed in the twin under a controller and a baseline: change of delay in percent, with its interval."""

    day = models.DateField()
    controller = models.CharField(max_length=40)
    baseline = models.CharField(max_length=40)
    limits = models.CharField(max_length=120)
    seeds = models.PositiveSmallIntegerField()
    geh_share = models.DecimalField(max_digits=4, decimal_places=3)  # links with GEH below 5
    delay_s = models.DecimalField(max_digits=7, decimal_places=2)
    baseline_delay_s = models.DecimalField(max_digits=7, decimal_places=2)
    backlog_s = models.DecimalField(max_digits=7, decimal_places=2)
    baseline_backlog_s = models.DecimalField(max_digits=7, decimal_places=2)
    change_percent = models.DecimalField(max_digits=6, decimal_places=2)
    low_percent = models.DecimalField(max_digits=6, decimal_places=2)
    high_percent = models.DecimalField(max_digits=6, decimal_places=2)
    # Both sides in figures (C1, C2, stops, p95, longest wait, failures), the hours, what the counts do not explain.
    figures = models.JSONField(default=dict)
    # Where the counts come from when not from the cameras; shown beside every figure.
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "controller", "baseline"], name="junctions_proof_once_a_day"),
            models.CheckConstraint(
                condition=Q(low_percent__lte=F("change_percent"), high_percent__gte=F("change_percent")),
                name="junctions_proof_interval",
            ),
            models.CheckConstraint(condition=Q(seeds__gte=2), name="junctions_proof_seeds"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.controller} against {self.baseline}"


class Replay(models.Model):
    """A day replayed in the twin, or why it was not: nothing is claimed of a day without a finished one."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        NONE = "none"  # there is nothing to replay; `reason` says what is missing

    day = models.DateField(unique=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    # no_network, no_counts, gaps, no_mix, sumo, cannot_draw, failed; words are made where it is shown.
    reason = models.CharField(max_length=20, blank=True)
    details = models.JSONField(default=dict)
    from_hour = models.PositiveSmallIntegerField()
    until_hour = models.PositiveSmallIntegerField()
    seeds = models.PositiveSmallIntegerField()
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    told_at = models.DateTimeField()  # last word of whoever works on it
    ended_at = models.DateTimeField(null=True, blank=True)
    runs_done = models.PositiveIntegerField(default=0)
    runs = models.PositiveIntegerField(default=0)
    outcome = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(from_hour__lt=F("until_hour"), until_hour__lte=24), name="junctions_replay_hours"
            ),
            models.CheckConstraint(condition=Q(seeds__gte=2), name="junctions_replay_seeds"),
            models.CheckConstraint(condition=~Q(state="none") | ~Q(reason=""), name="junctions_replay_reason"),
        ]

    def __str__(self) -> str:
        return f"replay of {self.day} {self.state}"
