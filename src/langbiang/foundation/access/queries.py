"""Which grants an account holds at a moment."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet

from .actor import Grant
from .models import RoleAssignment
from .roles import all_roles


def assignments_on(day: date) -> QuerySet[RoleAssignment]:
    """Role assignments in force on a day."""
    return RoleAssignment.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)


def grants_of_positions(position_ids: Iterable[int], *, on: date) -> tuple[Grant, ...]:
    """The grants these positions carry on a day, each with the agencies it covers (the agency and all below)."""
    from langbiang.foundation.organizations import queries as organizations

    known = {role.code: role.permissions for role in all_roles()}
    rows = assignments_on(on).filter(position_id__in=list(position_ids)).values_list("role", "agency_id", "field")
    grants = []
    for code, agency_id, field in rows:
        if code in known:
            scope = None if agency_id in organizations.root_ids() else organizations.descendant_ids(agency_id)
            grants.append(Grant(role=code, permissions=known[code], agency_ids=scope, field=field))
    return tuple(grants)
