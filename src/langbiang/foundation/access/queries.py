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


def assignments_from(day: date) -> QuerySet[RoleAssignment]:
    """Role assignments in force on a day, and those that begin later."""
    return RoleAssignment.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day))


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


def assignment(assignment_id: int) -> RoleAssignment | None:
    """One given role with its position."""
    return RoleAssignment.objects.select_related("position", "agency").filter(pk=assignment_id).first()


def role_counts(*, on: date, agency_ids: frozenset[int] | None) -> dict[str, tuple[int, int]]:
    """For every role: how many positions carry it at these agencies (None: all), and how many of them nobody holds."""
    from langbiang.foundation.organizations import queries as organizations

    rows = assignments_on(on)
    if agency_ids is not None:
        rows = rows.filter(agency_id__in=agency_ids)
    given = set(rows.values_list("role", "position_id"))
    seated = set(organizations.held_positions(on=on))
    counts: dict[str, tuple[int, int]] = {}
    for role, position in given:
        total, empty = counts.get(role, (0, 0))
        counts[role] = (total + 1, empty + (position not in seated))
    return counts


@dataclass(frozen=True)
class GivenRole:
    """A role given to a position, with the people who act in it; `people` is empty while it is vacant."""

    assignment_id: int
    agency_id: int
    agency_name: str
    position_id: int
    position_title: str
    field: str | None
    people: str
    valid_from: date
    valid_to: date | None


def given_with_people(
    role: str, *, on: date, agency_ids: frozenset[int] | None, after: int = 0, limit: int = 50
) -> list[GivenRole]:
    """Where a role is given on a day and to whom, in the order it was given. Two SQL statements."""
    from langbiang.foundation.organizations import queries as organizations

    rows = assignments_on(on).filter(role=role, pk__gt=after)
    if agency_ids is not None:
        rows = rows.filter(agency_id__in=agency_ids)
    found = list(rows.select_related("position").order_by("pk")[:limit])
    people: dict[int, list[str]] = {}
    for holding in organizations.holders_of({row.position_id for row in found}, on=on):
        people.setdefault(holding.position_id, []).append(holding.account.get_full_name())
    return [
        GivenRole(
            row.pk, row.agency_id, organizations.name_of(row.agency_id), row.position_id, row.position.title, row.field,
            ", ".join(people.get(row.position_id, [])), row.valid_from, row.valid_to,
        )
        for row in found
    ]  # fmt: skip
