"""The stream of events and the receipts of those who have heard them."""

from django.db import models


class EventRow(models.Model):
    """One thing that happened. Append only, partitioned by month (see the migration)."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=80)
    at = models.DateTimeField()
    agency_id = models.BigIntegerField(null=True)
    subject = models.CharField(max_length=60, blank=True)
    payload = models.JSONField()
    account_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "events_event"
        managed = False

    def __str__(self) -> str:
        return f"{self.id} {self.name} {self.subject}"


class Receipt(models.Model):
    """A subscriber has dealt with an event."""

    event_id = models.BigIntegerField()
    subscriber = models.CharField(max_length=80)
    done_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event_id", "subscriber"], name="events_receipt_once")]

    def __str__(self) -> str:
        return f"{self.subscriber} has event {self.event_id}"
