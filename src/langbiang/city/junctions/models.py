"""Junctions, what may be shown at them, who drives them, and what was reported of them."""

from django.db import models
from django.db.models import F, Q

OPEN_STATES = ("open", "acknowledged")


class Rule(models.Model):
    """A figure of the house (days in shadow, length of a lease), from a day to a day, with its source."""

    name = models.CharField(max_length=40)
    value = models.DecimalField(max_digits=8, decimal_places=2)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=300)
    verified = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "valid_from"], name="junctions_rule_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.value} from {self.valid_from}"


class Junction(models.Model):
    """A place with signals, run by one agency; `x` and `y` are its place on the schematic of 1000 by 600."""

    agency = models.ForeignKey("organizations.Agency", on_delete=models.PROTECT, related_name="+")
    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    x = models.PositiveSmallIntegerField()
    y = models.PositiveSmallIntegerField()
    latitude = models.DecimalField(max_digits=9, decimal_places=6)
    longitude = models.DecimalField(max_digits=9, decimal_places=6)
    source = models.CharField(max_length=300)
    verified = models.BooleanField(default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(x__lte=1000, y__lte=600), name="junctions_on_the_schematic")]

    def __str__(self) -> str:
        return self.name


class Approved(models.Model):
    """What one person drafts and another approves."""

    state = models.CharField(max_length=12, default="draft")
    created_by_id = models.BigIntegerField()
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    approved_by_id = models.BigIntegerField(null=True, blank=True)
    approved_by = models.CharField(max_length=200, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)

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


class SignalEvent(models.Model):
    """A row of the high-resolution log: code and parameter of the Indiana list. Partitioned by month."""

    id = models.BigAutoField(primary_key=True)
    junction_id = models.BigIntegerField()
    at = models.DateTimeField()
    code = models.SmallIntegerField()
    parameter = models.IntegerField()

    class Meta:
        db_table = "junctions_signalevent"
        managed = False

    def __str__(self) -> str:
        return f"{self.id} {self.junction_id} {self.code}"


class Flow(models.Model):
    """Vehicles counted on a lane in a period; `quality` 0 to 1 says how far the count can be trusted."""

    junction = models.ForeignKey(Junction, on_delete=models.PROTECT, related_name="flows")
    lane = models.CharField(max_length=20)
    vehicle_class = models.CharField(max_length=20)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    vehicles = models.PositiveIntegerField()
    occupancy = models.DecimalField(max_digits=4, decimal_places=3, null=True, blank=True)
    speed_kmh = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    quality = models.DecimalField(max_digits=3, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["junction", "lane", "vehicle_class", "begun_at"], name="junctions_flow_once"
            ),
            models.CheckConstraint(condition=Q(ended_at__gt=F("begun_at")), name="junctions_flow_period"),
            models.CheckConstraint(condition=Q(quality__gte=0, quality__lte=1), name="junctions_flow_quality"),
        ]

    def __str__(self) -> str:
        return f"{self.junction_id} {self.lane} {self.vehicle_class} {self.begun_at}"


class Alert(models.Model):
    """Something an operator must look at: open, acknowledged, closed. One open alert per junction and kind."""

    junction = models.ForeignKey(Junction, on_delete=models.PROTECT, related_name="alerts")
    kind = models.CharField(max_length=30)
    text = models.CharField(max_length=400)
    state = models.CharField(max_length=12, default="open")
    raised_at = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    acknowledged_by = models.CharField(max_length=200, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=200, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["junction", "kind"], condition=Q(state__in=OPEN_STATES), name="junctions_one_open_alert"
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | Q(closed_at__isnull=False), name="junctions_alert_closed"
            ),
        ]

    def __str__(self) -> str:
        return f"alert {self.pk} {self.kind} {self.state}"


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
