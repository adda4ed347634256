"""Giving and taking roles."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from langbiang.foundation import audit

from . import policies
from .actor import Actor
from .errors import Refusal
from .models import RoleAssignment
from .roles import all_roles, role


class UnknownRole(Refusal):
    """There is no such role."""


class AlreadyGranted(Refusal):
    """This position holds this role there already."""


@transaction.atomic
def grant_role(
    actor: Actor,
    *,
    position_id: int,
    role_code: str,
    agency_id: int,
    field: str | None = None,
    valid_from: date,
    valid_to: date | None = None,
    at: datetime,
) -> RoleAssignment:
    """Give a role to a position. Raises Forbidden, UnknownRole, AlreadyGranted.

    Nobody can hand out a permission over an agency that lies outside their own reach.
    """
    policies.require(policies.allow_if(actor.may("access.grant", agency_id=agency_id)))
    if role_code not in {known.code for known in all_roles()}:
        raise UnknownRole(_("There is no role “%(role)s”.") % {"role": role_code}, field="role")
    beyond = {"access.grant", "system.view"} & role(role_code).permissions
    policies.require(
        policies.allow_if(
            not beyond or actor.kind == "system" or beyond <= actor.permissions,
            _("You cannot give a role that holds more rights than your own."),
        )
    )
    try:
        with transaction.atomic():
            assignment = RoleAssignment.objects.create(
                position_id=position_id,
                role=role_code,
                agency_id=agency_id,
                field=field or None,
                valid_from=valid_from,
                valid_to=valid_to,
                granted_by=actor.label,
                created_at=at,
            )
    except IntegrityError as clash:
        raise AlreadyGranted(
            _("This position already holds this role there."), field="role", way_out=_("End the present one first.")
        ) from clash
    audit.record(
        actor, "access.role_granted", assignment, after={"role": role_code, "agency": agency_id, "field": field}, at=at
    )
    return assignment


@transaction.atomic
def revoke_role(actor: Actor, *, assignment_id: int, on: date, at: datetime) -> None:
    """End a role on a day; a role that never began is ended on the day after its start. Raises Forbidden."""
    assignment = RoleAssignment.objects.select_for_update().get(pk=assignment_id)
    policies.require(policies.allow_if(actor.may("access.grant", agency_id=assignment.agency_id)))
    before = {"valid_to": assignment.valid_to}
    if on <= assignment.valid_from:
        audit.record(actor, "access.role_cancelled", assignment, before=before, at=at)
        assignment.delete()
        return
    assignment.valid_to = on
    assignment.save(update_fields=["valid_to"])
    audit.record(actor, "access.role_revoked", assignment, before=before, after={"valid_to": on}, at=at)


@transaction.atomic
def grant_roles(actor: Actor, *, rows: Sequence[tuple[int, str, int, str | None]], on: date, at: datetime) -> int:
    """Give many roles at once: (position, role, agency, field) rows. Raises Forbidden, UnknownRole."""
    policies.require(policies.allow_if(actor.reach("access.grant").everywhere))
    unknown = {row[1] for row in rows} - {known.code for known in all_roles()}
    if unknown:
        raise UnknownRole(_("There is no role “%(role)s”.") % {"role": ", ".join(sorted(unknown))}, field="role")
    RoleAssignment.objects.bulk_create(
        (
            RoleAssignment(
                position_id=position,
                role=code,
                agency_id=agency,
                field=field,
                valid_from=on,
                granted_by=actor.label,
                created_at=at,
            )
            for position, code, agency, field in rows
        ),
        batch_size=1000,
    )
    audit.record(actor, "access.roles_granted", "access", after={"count": len(rows)}, at=at)
    return len(rows)
