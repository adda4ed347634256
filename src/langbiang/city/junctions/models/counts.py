"""What passed, what an operator must look at, and how cameras are calibrated."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from ..phrases import say
from .places import Junction

OPEN_STATES = ("open", "acknowledged")
LONGEST_COUNT = timedelta(days=1)


class Flow(models.Model):
    """Vehicles counted on a lane in a period; `quality` 0 to 1 says how far the count can be trusted.

    Old counts of a lane that follow one another are put together to quarters of an hour; `counts`: of how many it is made.
    """

    junction = models.ForeignKey(Junction, on_delete=models.PROTECT, related_name="flows")
    lane = models.CharField(max_length=20)
    vehicle_class = models.CharField(max_length=20)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    vehicles = models.PositiveIntegerField()
    counts = models.PositiveSmallIntegerField(default=1, db_default=1)
    occupancy = models.DecimalField(max_digits=4, decimal_places=3, null=True, blank=True)
    speed_kmh = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    quality = models.DecimalField(max_digits=3, decimal_places=2)
    # Where the count comes from when no camera made it; shown with whatever is made of it.
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["junction", "lane", "vehicle_class", "begun_at"], name="junctions_flow_once"
            ),
            models.CheckConstraint(condition=Q(ended_at__gt=F("begun_at")), name="junctions_flow_period"),
            models.CheckConstraint(condition=Q(quality__gte=0, quality__lte=1), name="junctions_flow_quality"),
        ]
        # A tree, no block ranges: rows taken away leave room among old ones that new ones fill.
        indexes = [models.Index(fields=["begun_at", "id"], name="junctions_flow_begun")]

    def __str__(self) -> str:
        return f"{self.junction_id} {self.lane} {self.vehicle_class} {self.begun_at}"


class FlowDay(models.Model):
    """A day whose counts were put together to quarters of an hour: how many there were, how many rows are left."""

    day = models.DateField(unique=True)
    counts = models.PositiveIntegerField()
    rows = models.PositiveIntegerField()
    done_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.day} {self.counts} counts in {self.rows} rows"


class CountBalance(models.Model):
    """How the counts of an approach agreed with its neighbours' when they were compared last; `kind` says whose count does not fit."""

    junction = models.ForeignKey(Junction, on_delete=models.CASCADE, related_name="balances")
    approach = models.CharField(max_length=20)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    origin = models.ForeignKey(Junction, null=True, blank=True, on_delete=models.CASCADE, related_name="+")  # none: only those behind it tell
    counted = models.PositiveIntegerField()
    expected = models.PositiveIntegerField()
    days = models.PositiveSmallIntegerField()  # that told what is usual
    kind = models.CharField(max_length=8, blank=True)  # "" fits, camera, street
    share_percent = models.PositiveIntegerField(null=True, blank=True)  # of what passes or comes, where it does not fit

    class Meta:
        constraints = [models.UniqueConstraint(fields=["junction", "approach"], name="junctions_balance_once")]

    def __str__(self) -> str:
        return f"{self.junction_id} {self.approach} {self.counted} of {self.expected}"


class Alert(models.Model):
    """Something an operator must look at: open, acknowledged, closed. One open alert per junction and kind."""

    junction = models.ForeignKey(Junction, on_delete=models.PROTECT, related_name="alerts")
    kind = models.CharField(max_length=30)
    text = models.CharField(max_length=400)
    state = models.CharField(max_length=12, default="open")
    raised_at = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    over_at = models.DateTimeField(
        null=True, blank=True
    )  # since when its cause is gone; a person closes it all the same
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

    @property
    def words(self) -> str:
        """What it says, in the language of the reader."""
        return say(self.text)


class CameraCalibration(models.Model):
    """A version of where the camera of a zone looks: points of its picture laid onto the map. The newest is in force."""

    junction = models.ForeignKey(Junction, on_delete=models.PROTECT, related_name="calibrations")
    zone = models.CharField(max_length=20)
    number = models.PositiveIntegerField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    points = models.JSONField()  # [[picture x, picture y, map x, map y]], pixels and metres
    error_m = models.DecimalField(max_digits=6, decimal_places=3)
    slip_m = models.DecimalField(max_digits=6, decimal_places=3)
    note = models.CharField(max_length=300, blank=True)
    made_by_id = models.BigIntegerField()
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["junction", "zone", "number"], name="junctions_calibration_number"),
            models.CheckConstraint(condition=Q(error_m__gte=0, slip_m__gte=0), name="junctions_calibration_error"),
        ]

    def __str__(self) -> str:
        return f"{self.junction_id} {self.zone} calibration {self.number}"
