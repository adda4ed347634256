"""The last number given out, per register and period."""

from django.db import models
from django.db.models import Q


class Counter(models.Model):
    """One sequence without gaps: `register` says of what and where, `period` since when (a year, a day)."""

    register = models.CharField(max_length=120)
    period = models.CharField(max_length=20)
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["register", "period"], name="numbering_counter_once"),
            models.CheckConstraint(condition=Q(last__gte=1), name="numbering_counter_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.register} {self.period}: {self.last}"
