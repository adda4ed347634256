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
from .roles import all_roles, fields, role


class UnknownRole(Refusal):
    """There is no such role."""


class AlreadyGranted(Refusal):
    """This position holds this role there already."""


class NoSuchAssignment(Refusal):
    """There is no such position, agency or given role."""

    status = 404


class BadDays(Refusal):
    """The days do not fit together."""


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
    """Give a role to a position. Raises Forbidden, UnknownRole, NoSuchAssignment, AlreadyGranted, BadDays.

    Nobody can hand out a permission over an agency that lies outside their own reach.
    """
    from langbiang.foundation.organizations import queries as organizations

    policies.require(policies.may_grant(actor, agency_id))
    if role_code not in {known.code for known in all_roles()}:
        raise UnknownRole(
            _("There is no role “%(role)s”.") % {"role": role_code}, field="role", way_out=_("Choose one from the list.")
        )
    if valid_to is not None and valid_to <= valid_from:
        raise BadDays(_("The last day is before the first."), field="valid_to", way_out=_("Check both days."))
    if field and field not in (known_fields := fields()) and known_fields:
        raise NoSuchAssignment(
            _("There is no field “%(field)s”.") % {"field": field}, field="field", way_out=_("Choose one from the list.")
        )
    if not organizations.position_exists(position_id):
        raise NoSuchAssignment(
            _("There is no such position."), field="position", way_out=_("Choose one from the page of the agency.")
        )
    if not organizations.agency_exists(agency_id):
        raise NoSuchAssignment(_("There is no such agency."), field="agency", way_out=_("Choose one from the list."))
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
        actor, "access.role_granted", assignment, at=at,
        after={
            "role": role_code, "position": position_id, "agency": agency_id, "field": field, "from": valid_from,
            "to": valid_to,
        },
    )  # fmt: skip
    return assignment


@transaction.atomic
def revoke_role(actor: Actor, *, assignment_id: int, on: date, at: datetime) -> None:
    """End a role on a day; one that has not begun by then is withdrawn. Raises Forbidden, NoSuchAssignment, BadDays."""
    assignment = RoleAssignment.objects.select_for_update().filter(pk=assignment_id).first()
    if assignment is None:
        raise NoSuchAssignment(_("This role is not given any more."), way_out=_("Open the page again."))
    policies.require(policies.may_grant(actor, assignment.agency_id))
    if assignment.valid_to is not None and assignment.valid_to <= on:
        raise BadDays(_("This role ended on %(day)s.") % {"day": f"{assignment.valid_to:%d/%m/%Y}"}, field="on")
    before = {"role": assignment.role, "position": assignment.position_id, "valid_to": assignment.valid_to}
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
