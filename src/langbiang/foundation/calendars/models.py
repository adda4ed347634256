"""Calendars, the days that differ from their weekday, office hours and the cut-off hour. All of it dated data."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class Calendar(models.Model):
    """A calendar of working days. What it does not say, its parent says: unit, then province, then country."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    # Whose calendar it is: an agency with all below it, or every agency seated in a place. Neither: the country.
    agency = models.ForeignKey(
        "organizations.Agency", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    place_code = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency"], condition=Q(agency__isnull=False), name="calendars_one_of_an_agency"
            ),
            models.UniqueConstraint(
                fields=["place_code"], condition=~Q(place_code=""), name="calendars_one_of_a_place"
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")), name="calendars_not_its_own_parent"
            ),
            models.CheckConstraint(
                condition=Q(agency__isnull=True) | Q(place_code=""), name="calendars_agency_or_place"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class CalendarDay(models.Model):
    """A day declared off, worked or half worked. A cancelled row stays, so that it is seen and not loaded again."""

    class Kind(models.TextChoices):
        OFF = "off"
        WORK = "work"
        HALF = "half"

    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="days")
    day = models.DateField()
    kind = models.CharField(max_length=4, choices=Kind.choices)
    # Office time of its own as [["07:30", "11:30"]]; empty: the usual hours (a half day: those before noon).
    spans = models.JSONField(default=list, blank=True)
    note = models.CharField(max_length=200)
    source = models.CharField(max_length=300)
    verified = models.BooleanField(default=False)
    swapped_with = models.DateField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["calendar", "day"], name="calendars_day_once"),
            models.CheckConstraint(condition=Q(kind__in=["off", "work", "half"]), name="calendars_day_kind"),
            models.CheckConstraint(
                condition=Q(swapped_with__isnull=True) | ~Q(swapped_with=F("day")),
                name="calendars_not_swapped_with_itself",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calendar_id} {self.day} {self.kind}"


class OfficeHours(models.Model):
    """Office time from a day on: all year or in a season ("04-01" to "09-30"), on all or some weekdays (Monday 0)."""

    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="office_hours")
    spans = models.JSONField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    season_from = models.CharField(max_length=5, blank=True)
    season_to = models.CharField(max_length=5, blank=True)
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    reception_only = models.BooleanField(default=False)
    source = models.CharField(max_length=300)
    verified = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "office hours"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="calendars_hours_end_after_they_begin",
            ),
            models.CheckConstraint(
                condition=Q(season_from="", season_to="") | (~Q(season_from="") & ~Q(season_to="")),
                name="calendars_season_has_both_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calendar_id} from {self.valid_from}"


class CutoffHour(models.Model):
    """The hour after which reception counts for the next working day, where a procedure has that rule."""

    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="cutoff_hours")
    hour = models.TimeField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=300)
    verified = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["calendar", "valid_from"], name="calendars_cutoff_once_a_day"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="calendars_cutoff_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calendar_id} {self.hour} from {self.valid_from}"


class Revision(models.Model):
    """One row whose token changes with every change of any calendar: what processes compare their copies with."""

    token = models.UUIDField()

    def __str__(self) -> str:
        return str(self.token)
