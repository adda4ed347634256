"""Emergency vehicles and buses on their way."""

from django.db import models
from django.db.models import F, Q

from .places import Junction


class PriorityRun(models.Model):
    """An emergency vehicle on its way: announced by a person or asked for by a dispatch centre, until an instant.

    `agency`: of whoever asks. A call sign means a vehicle of that agency only.
    """

    agency = models.ForeignKey(
        "organizations.Agency", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    vehicle = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)  # of the legal order (city/traffic/priority/data/vehicle_order.json)
    reason = models.CharField(max_length=300, blank=True)
    is_by_machine = models.BooleanField(default=False)
    sequence = models.BigIntegerField(default=0)  # of the last request of a machine
    asked_by_id = models.BigIntegerField(null=True, blank=True)
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=200, blank=True)
    end = models.CharField(max_length=12, blank=True)  # passed, cancelled, expired, replaced

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("asked_at")), name="junctions_run_expires"),
            models.CheckConstraint(condition=Q(ended_at__isnull=True) | ~Q(end=""), name="junctions_run_end"),
            models.UniqueConstraint(
                fields=["agency", "vehicle"], condition=Q(ended_at__isnull=True), nulls_distinct=False,
                name="junctions_one_run_a_vehicle",
            ),  # fmt: skip
        ]

    def __str__(self) -> str:
        return f"run {self.pk} of {self.vehicle}"


class PriorityCall(models.Model):
    """What a key asked for a vehicle most recently: neither that request nor an earlier one is taken again.

    `issued_at` and `expires_at`: the latest of any request taken.
    """

    account_id = models.BigIntegerField()
    vehicle = models.CharField(max_length=40)
    sequence = models.BigIntegerField()
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account_id", "vehicle"], name="junctions_newest_call_of_a_vehicle")
        ]

    def __str__(self) -> str:
        return f"call {self.sequence} of {self.vehicle} by {self.account_id}"


class PriorityPassage(models.Model):
    """A junction on the way of an emergency vehicle: from which approach towards which, when, and what came of it."""

    run = models.ForeignKey(PriorityRun, on_delete=models.CASCADE, related_name="passages")
    junction = models.ForeignKey(Junction, on_delete=models.PROTECT, related_name="passages")
    number = models.PositiveSmallIntegerField()
    from_approach = models.CharField(max_length=20)
    to_approach = models.CharField(max_length=20, blank=True)  # empty: nobody knows yet
    eta = models.DateTimeField()
    green_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    passed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "junction"], name="junctions_passage_once")]

    def __str__(self) -> str:
        return f"{self.run_id} at {self.junction_id}"


class BusPosition(models.Model):
    """Where a bus said it is on its way to a junction; the next report takes its place."""

    junction = models.ForeignKey(Junction, on_delete=models.CASCADE, related_name="buses")
    vehicle = models.CharField(max_length=40)
    from_approach = models.CharField(max_length=20)
    to_approach = models.CharField(max_length=20)
    distance_m = models.FloatField()
    speed_mps = models.FloatField()
    lateness_s = models.FloatField()
    passengers = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["junction", "vehicle"], name="junctions_bus_once"),
            models.CheckConstraint(condition=Q(distance_m__gte=0, speed_mps__gte=0), name="junctions_bus_place"),
        ]

    def __str__(self) -> str:
        return f"{self.vehicle} at {self.junction_id}"
