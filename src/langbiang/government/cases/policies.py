"""Who may do what with a case: by unit, field and role of the open work, never by lists of procedures."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor
from langbiang.foundation.access.policies import ALLOW, Answer, allow_if, deny, require

from .models import Case, WorkItem

__all__ = [
    "allow_if",
    "cases_filter",
    "deny",
    "may_act_on",
    "may_answer_consultation",
    "may_file",
    "may_lead",
    "may_manage",
    "may_receive",
    "may_see",
    "may_see_as_applicant",
    "require",
    "work_filter",
]

# The permission that goes with the role of a work item.
ROLE_PERMISSION = {
    "receiver": "cases.receive",
    "dispatcher": "cases.dispatch",
    "officer": "cases.process",
    "field_team": "cases.field",
    "consulted": "cases.consult",
    "council_secretary": "cases.council",
    "reviewer": "cases.review",
    "signer": "cases.sign",
    "clerk": "cases.number",
    "cashier": "cases.cash",
    "returner": "cases.return",
    "leader": "cases.lead",
}
ROLE_PERMISSIONS: dict[str, set[str]] = {
    role: {permission, "cases.view"} for role, permission in ROLE_PERMISSION.items()
}
ROLE_PERMISSIONS["signer"] |= {"cases.lead"}
ROLE_PERMISSIONS["dispatcher"] |= {"cases.lead"}
ROLE_PERMISSIONS["receiver"] |= {"cases.file"}


def work_filter(actor: Actor) -> Q:
    """The open work items this actor's roles reach: one condition per (role, units, field), whatever their number."""
    found = Q(pk__in=[])
    for role, permission in ROLE_PERMISSION.items():
        for agencies, field in actor.reach(permission).pairs:
            part = Q(role=role)
            if agencies is not None:
                part &= Q(agency_id__in=agencies)
            if field is not None:
                part &= Q(field=field)
            found |= part
    return found


def cases_filter(actor: Actor) -> Q:
    """The cases this actor may see at all: those received, decided or worked within reach."""
    if actor.kind == "system":
        return Q()
    found = Q(pk__in=[])
    for agencies, field in actor.reach("cases.view").pairs:
        if agencies is None and field is None:
            return Q()
        part = Q()
        if agencies is not None:
            part &= (
                Q(competent_unit_id__in=agencies)
                | Q(receiving_unit_id__in=agencies)
                | Q(processing_unit_id__in=agencies)
            )
        if field is not None:
            part &= Q(field=field)
        found |= part
    return found


def may_see(actor: Actor, case: Case, *, consulted: bool = False) -> Answer:
    """Whether an officer may open a case: their unit received, decides, works on it, or was asked about it."""
    if actor.kind == "system":
        return ALLOW
    if actor.kind not in ("staff", "client"):
        return deny()
    units = (case.competent_unit_id, case.receiving_unit_id, case.processing_unit_id)
    seen = any(actor.may("cases.view", agency_id=unit, field=case.field) for unit in units)
    return allow_if(seen or consulted, _("This case belongs to another unit."))


def may_see_as_applicant(actor: Actor, case: Case) -> Answer:
    """Whether a citizen may open a case: they own it or filed it."""
    return allow_if(
        actor.is_citizen and actor.person_id is not None and actor.person_id in (case.owner_id, case.submitter_id),
        _("This case was filed by somebody else."),
    )


def may_act_on(actor: Actor, item: WorkItem) -> Answer:
    """Whether this actor may do an open piece of work."""
    if not item.is_open:
        return deny(_("Somebody has done this already."))
    if actor.kind == "system":
        return ALLOW
    permission = ROLE_PERMISSION.get(item.role, "")
    if not actor.may(permission, agency_id=item.agency_id, field=item.field):
        return deny(_("This work belongs to another unit or role."))
    if (
        item.assignee_id
        and item.assignee_id != actor.account_id
        and not actor.may("cases.lead", agency_id=item.agency_id)
    ):
        return deny(_("This work is assigned to somebody else."))
    return ALLOW


def may_file(actor: Actor) -> Answer:
    """Whether this actor may file a case for themselves."""
    return allow_if(actor.is_citizen and actor.person_id is not None, _("Sign in to file."))


def may_receive(actor: Actor, *, agency_id: int, field: str | None = None) -> Answer:
    """Whether this actor receives cases at this counter."""
    return allow_if(
        actor.may("cases.receive", agency_id=agency_id, field=field) or actor.kind == "system",
        _("You do not receive cases at this counter."),
    )


def may_lead(actor: Actor, case: Case) -> Answer:
    """Whether this actor leads the unit that decides on the case (extend, stop, approve supplements, reopen)."""
    return allow_if(
        actor.may("cases.lead", agency_id=case.processing_unit_id, field=case.field)
        or actor.may("cases.lead", agency_id=case.competent_unit_id, field=case.field),
        _("A leader of the unit that handles this case decides this."),
    )


def may_manage(actor: Actor, case: Case) -> Answer:
    """Whether this actor works on the case in its present unit (officer, reviewer, dispatcher or leader)."""
    permissions = ("cases.process", "cases.review", "cases.dispatch", "cases.lead")
    return allow_if(
        any(actor.may(p, agency_id=case.processing_unit_id, field=case.field) for p in permissions),
        _("The unit that handles this case decides this."),
    )


def may_answer_consultation(actor: Actor, *, agency_id: int, field: str) -> Answer:
    """Whether this actor answers for a consulted unit."""
    return allow_if(
        actor.may("cases.consult", agency_id=agency_id, field=field)
        or actor.may("cases.lead", agency_id=agency_id, field=field),
        _("The question was put to another unit."),
    )
