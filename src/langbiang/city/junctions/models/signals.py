"""The log of the lamps and what was measured from it."""

from django.db import models

from .places import Junction


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


class DetectorTable(models.Model):
    """Which detector watches which phase, as somebody entered it, from a day on. Without one the layout says it."""

    junction = models.ForeignKey(Junction, on_delete=models.PROTECT, related_name="detector_tables")
    valid_from = models.DateField()
    rows = models.JSONField()  # as the fields of traffic.signals.detectors.Detector
    note = models.CharField(max_length=300, blank=True)
    entered_by_id = models.BigIntegerField()
    entered_by = models.CharField(max_length=200)
    entered_at = models.DateTimeField()
    revision = models.PositiveIntegerField(default=1, db_default=1)  # a table may be corrected on its first day

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["junction", "valid_from"], name="junctions_detectors_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.junction_id} detectors from {self.valid_from}"


class SignalDay(models.Model):
    """A day of the event log that was measured: how many rows it had, and when its quarters were reckoned."""

    junction = models.ForeignKey(Junction, on_delete=models.PROTECT, related_name="signal_days")
    day = models.DateField()
    rows = models.PositiveIntegerField()
    measured_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["junction", "day"], name="junctions_signal_day_once")]

    def __str__(self) -> str:
        return f"{self.junction_id} {self.day} {self.rows} rows"


class SignalQuarter(models.Model):
    """The measures of one phase in one quarter of an hour (traffic.signals.quarters.Quarter). Partitioned by year."""

    id = models.BigAutoField(primary_key=True)
    junction_id = models.BigIntegerField()
    begun_at = models.DateTimeField()
    phase = models.SmallIntegerField()
    figures = models.JSONField()

    class Meta:
        db_table = "junctions_signalquarter"
        managed = False

    def __str__(self) -> str:
        return f"{self.junction_id} phase {self.phase} {self.begun_at}"
