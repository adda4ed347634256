"""Junctions, the streets between them, and the rules of the house."""

from django.db import models
from django.db.models import F, Q


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


class Street(models.Model):
    """A road between arms of two junctions, driven both ways: what the twin needs beside the layouts."""

    junction_a = models.ForeignKey(Junction, on_delete=models.PROTECT, related_name="+")
    arm_a = models.CharField(max_length=20)
    junction_b = models.ForeignKey(Junction, on_delete=models.PROTECT, related_name="+")
    arm_b = models.CharField(max_length=20)
    length_m = models.PositiveIntegerField()
    speed_kmh = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=300)
    verified = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["junction_a", "arm_a"], name="junctions_street_from_once"),
            models.UniqueConstraint(fields=["junction_b", "arm_b"], name="junctions_street_to_once"),
            models.CheckConstraint(condition=~Q(junction_a=F("junction_b")), name="junctions_street_of_two"),
            models.CheckConstraint(condition=Q(length_m__gte=50, speed_kmh__gte=5), name="junctions_street_length"),
        ]

    def __str__(self) -> str:
        return f"{self.junction_a_id}:{self.arm_a} to {self.junction_b_id}:{self.arm_b}"
