"""Roles given to positions, by agency and field, in time."""

from django.db import models
from django.db.models import F, Q


class RoleAssignment(models.Model):
    """A position holds a role at an agency (and all below it), for one field or all, from a day to a day."""

    position = models.ForeignKey("organizations.Position", on_delete=models.PROTECT, related_name="role_assignments")
    role = models.CharField(max_length=40)
    agency = models.ForeignKey("organizations.Agency", on_delete=models.PROTECT, related_name="+")
    field = models.CharField(max_length=80, null=True, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    granted_by = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="access_role_dates_in_order"
            ),
            models.UniqueConstraint(
                fields=["position", "role", "agency", "field"],
                condition=Q(valid_to__isnull=True),
                nulls_distinct=False,
                name="access_role_once_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["agency", "role"])]

    def __str__(self) -> str:
        return f"{self.role} of position {self.position_id} at agency {self.agency_id}"
