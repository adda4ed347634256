"""The book of contributions and its sums. Only `book.py` writes here."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Mix(models.Model):
    """A combination of the values figures can be narrowed by."""

    records = models.CharField(max_length=40)
    values = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["records", "values"], name="measures_mix_once")]

    def __str__(self) -> str:
        return f"{self.records} {self.values}"


class Book(models.Model):
    """How far the book of a kind of records is: not yet begun, or kept since a moment."""

    records = models.CharField(max_length=40, primary_key=True)
    digest = models.CharField(max_length=64)
    built_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    # The parts of measures every record was asked about, to the last: what comes later is news.
    parts = ArrayField(models.IntegerField(), default=list)

    def __str__(self) -> str:
        return f"{self.records} {self.moved_at:%Y-%m-%d %H:%M}"


class Waiting(models.Model):
    """A record of which something happened that the book does not know yet."""

    records = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["records", "record_id"], name="measures_waiting_once")]

    def __str__(self) -> str:
        return f"{self.records} {self.record_id}"


class Analysis(models.Model):
    """A question of somebody, and its answer."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        FAILED = "failed"

    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")
    agency_id = models.BigIntegerField(null=True)
    measure = models.CharField(max_length=80)
    question = models.JSONField()
    at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    answer = models.JSONField(null=True)
    as_of = models.DateTimeField(null=True)
    took_ms = models.PositiveIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.measure} {self.pk}"


class Fact(models.Model):
    """What a record contributes to a part of a measure, from when until when that was known. Partitioned by year."""

    part_id = models.IntegerField()  # of Measure.numbers
    agency_id = models.BigIntegerField()
    at = models.DateTimeField()
    record_id = models.BigIntegerField(primary_key=True)
    amount = models.BigIntegerField()
    mix_id = models.BigIntegerField()
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True)

    class Meta:
        db_table = "measures_fact"
        managed = False

    def __str__(self) -> str:
        return f"{self.part_id} {self.record_id} {self.amount}"
