"""Which grants an account holds at a moment."""

from collections.abc import Iterable
from dataclasses import dataclass
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
            scope = None if agency_id in organizations.root_ids() else organizations.descendant_ids(agency_id, on=on)
            grants.append(Grant(role=code, permissions=known[code], agency_ids=scope, field=field))
    return tuple(grants)


@dataclass(frozen=True)
class Holder:
    """Somebody who holds a role at an agency."""

    agency_id: int
    role: str
    account_id: int
    position_id: int
    label: str


def holders(*, on: date, agency_id: int | None = None, roles: Iterable[str] = ()) -> list[Holder]:
    """Who holds which role where on a day, by agency and role; label is "name, title, agency". Two SQL statements."""
    from langbiang.foundation.organizations import queries as organizations

    rows = assignments_on(on)
    if agency_id is not None:
        rows = rows.filter(agency_id=agency_id)
    if wanted := list(roles):
        rows = rows.filter(role__in=wanted)
    given = list(rows.order_by("agency_id", "role", "position_id").values_list("position_id", "role", "agency_id"))
    seated = {
        holding.position_id: holding
        for holding in organizations.holders_of({position for position, _role, _agency in given}, on=on)
    }
    return [
        Holder(
            agency_id=agency,
            role=role,
            account_id=seated[position].account_id,
            position_id=position,
            label=f"{seated[position].account.get_full_name()}, {seated[position].position.title}, "
            f"{organizations.name_of(agency)}",
        )
        for position, role, agency in given
        if position in seated
    ]
