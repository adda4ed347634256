"""Who drives a junction: requests, leases, overrides; what it last reported."""

from django.db import models
from django.db.models import F, Q

from ..phrases import say
from .places import Junction
from .plans import Plan


class ArmingRequest(models.Model):
    """One person asks that a controller may drive some junctions for a while; another confirms."""

    junctions = models.ManyToManyField(Junction, related_name="arming_requests")
    controller = models.CharField(max_length=40)
    reason = models.CharField(max_length=300)
    minutes = models.PositiveSmallIntegerField()
    asked_by_id = models.BigIntegerField()
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=12, default="asked")  # asked, confirmed, withdrawn
    answered_by_id = models.BigIntegerField(null=True, blank=True)
    answered_by = models.CharField(max_length=200, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="confirmed")
                | (Q(answered_by_id__isnull=False) & ~Q(answered_by_id=F("asked_by_id"))),
                name="junctions_arming_two_persons",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("asked_at")), name="junctions_arming_expires"),
        ]

    def __str__(self) -> str:
        return f"arming {self.pk} {self.state}"


class Lease(models.Model):
    """The right of a controller to drive one junction under one layout, until an instant or until it is taken back."""

    junction = models.ForeignKey(Junction, on_delete=models.PROTECT, related_name="leases")
    request = models.ForeignKey(ArmingRequest, on_delete=models.PROTECT, related_name="leases")
    fingerprint = models.CharField(max_length=64)
    controller = models.CharField(max_length=40)
    operator_id = models.BigIntegerField()
    operator = models.CharField(max_length=200)
    confirmed_by_id = models.BigIntegerField()
    confirmed_by = models.CharField(max_length=200)
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=200, blank=True)
    end_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(operator_id=F("confirmed_by_id")), name="junctions_lease_two_persons"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("granted_at")), name="junctions_lease_expires"),
            models.UniqueConstraint(
                fields=["junction"], condition=Q(ended_at__isnull=True), name="junctions_one_lease_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"lease {self.pk} of {self.junction_id} until {self.expires_at}"


class Override(models.Model):
    """A person's order for one junction, until an instant: hold a stage, run a plan, or flash yellow."""

    junction = models.ForeignKey(Junction, on_delete=models.PROTECT, related_name="overrides")
    kind = models.CharField(max_length=8)  # stage, plan, flash
    stage = models.CharField(max_length=20, blank=True)
    plan = models.ForeignKey(Plan, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    ordered_by_id = models.BigIntegerField()
    ordered_by = models.CharField(max_length=200)
    ordered_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("ordered_at")), name="junctions_override_expires"),
            models.CheckConstraint(
                condition=(Q(kind="stage", plan__isnull=True) & ~Q(stage=""))
                | Q(kind="plan", stage="", plan__isnull=False)
                | Q(kind="flash", stage="", plan__isnull=True),
                name="junctions_override_kind",
            ),
            models.UniqueConstraint(
                fields=["junction"], condition=Q(ended_at__isnull=True), name="junctions_one_override_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"override {self.pk} {self.kind}"


class JunctionStatus(models.Model):
    """The latest report of a junction. Armed only together with the lease it stands on."""

    junction = models.OneToOneField(Junction, primary_key=True, on_delete=models.CASCADE, related_name="status")
    at = models.DateTimeField()
    mode = models.CharField(max_length=12)
    lease = models.ForeignKey(Lease, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lease_until = models.DateTimeField(null=True, blank=True)
    controller = models.CharField(max_length=40, blank=True)
    stage = models.CharField(max_length=20, blank=True)
    stage_since = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    lamps = models.JSONField(default=dict)  # movement -> G, g, y, r
    queues = models.JSONField(default=dict)  # lane -> vehicles standing
    cameras = models.JSONField(default=dict)  # zone -> ok, blind, frozen, fog, moved, lost

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(mode="armed") | Q(lease__isnull=False, lease_until__isnull=False, lease_until__gt=F("at")),
                name="junctions_armed_with_a_lease",
            )
        ]

    def __str__(self) -> str:
        return f"{self.junction_id} {self.mode} at {self.at}"

    @property
    def why(self) -> str:
        """The reason in the language of the reader."""
        return say(self.reason)


class Decision(models.Model):
    """A stage a controller chose, and its sentence. Append only, partitioned by month (see the migration)."""

    id = models.BigAutoField(primary_key=True)
    junction_id = models.BigIntegerField()
    at = models.DateTimeField()
    controller = models.CharField(max_length=40)
    stage = models.CharField(max_length=20)
    reason = models.CharField(max_length=400)
    is_forced = models.BooleanField()

    class Meta:
        db_table = "junctions_decision"
        managed = False

    def __str__(self) -> str:
        return f"{self.id} {self.junction_id} {self.stage}"

    @property
    def why(self) -> str:
        """The sentence in the language of the reader."""
        return say(self.reason)


class Verdict(models.Model):
    """What the gate replaced or refused, the rule and the sentence. Append only, partitioned by month."""

    id = models.BigAutoField(primary_key=True)
    junction_id = models.BigIntegerField()
    at = models.DateTimeField()
    outcome = models.CharField(max_length=8)
    rule = models.CharField(max_length=8)
    stage = models.CharField(max_length=20)
    text = models.CharField(max_length=400)

    class Meta:
        db_table = "junctions_verdict"
        managed = False

    def __str__(self) -> str:
        return f"{self.id} {self.junction_id} {self.outcome} {self.rule}"

    @property
    def why(self) -> str:
        """The sentence in the language of the reader."""
        return say(self.text)
