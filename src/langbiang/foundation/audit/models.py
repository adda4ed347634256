"""The audit trail. Written by the database function `audit_append`, never by the ORM (see the migration)."""

from django.db import models


class Entry(models.Model):
    """One act. `lane` is the agency of the actor (0 = none): each lane is a hash chain of its own.

    A single chain would make every writer of the province wait for every other; a chain per agency costs a lock that
    the agency's own writers hold for the last few statements of their transaction.
    """

    id = models.BigAutoField(primary_key=True)
    lane = models.BigIntegerField()
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    account_id = models.BigIntegerField(null=True)
    position_id = models.BigIntegerField(null=True)
    actor_label = models.TextField()
    channel = models.TextField()
    address = models.TextField()
    reference = models.TextField()
    action = models.TextField()
    target = models.TextField()
    detail = models.JSONField()
    previous = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        db_table = "audit_entry"
        managed = False

    def __str__(self) -> str:
        return f"{self.lane}/{self.seq} {self.action} {self.target}"


class Lane(models.Model):
    """The head of a chain: how long it is and what its last row hashes to."""

    lane = models.BigIntegerField(primary_key=True)
    seq = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        db_table = "audit_lane"
        managed = False

    def __str__(self) -> str:
        return f"lane {self.lane} at {self.seq}"


class Anchor(models.Model):
    """The heads of all chains at a moment, signed and kept outside the chain's own tables."""

    made_at = models.DateTimeField()
    heads = models.JSONField()
    digest = models.BinaryField()
    signature = models.BinaryField(null=True)

    class Meta:
        indexes = [models.Index(fields=["made_at"])]

    def __str__(self) -> str:
        return f"anchor of {self.made_at:%Y-%m-%d}"
