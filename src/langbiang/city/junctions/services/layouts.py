"""Layouts: drafted by one person, approved by another; what is unsafe cannot be drafted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from langbiang.foundation import events
from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.audit import services as audit

from .. import policies
from ..events import LayoutApproved
from ..layout import Layout as Sound
from ..layout import Problem, gate_rules, problems_of
from ..models import Layout, Lease, Override, Plan
from .finding import NoSuch, junction_to_write, person_of


class Unsound(Refusal):
    """The layout cannot be: `faults` names every field and what is wrong with it."""

    status = 422

    def __init__(self, faults: list[Problem]) -> None:
        super().__init__(
            _("The layout has %(count)s mistakes.") % {"count": len(faults)}, field=faults[0].field,
            way_out=_("Correct the fields named below."),
        )  # fmt: skip
        self.faults = faults


class SamePerson(Refusal):
    """What one person drafted must be approved by another."""

    status = 403


class WrongState(Refusal):
    """The record is no longer in a state that allows this."""


@transaction.atomic
def define_layout(
    actor: Actor, *, junction_code: str, content: Mapping[str, Any], note: str, at: datetime
) -> Layout:
    """Draft the next version of a layout. Raises Forbidden, NoSuch, Unsound."""
    junction = junction_to_write(actor, code=junction_code)
    policies.require(policies.may_plan(actor, agency_id=junction.agency_id))
    faults = problems_of(junction.code, dict(content))
    if faults:
        raise Unsound(faults)
    last = junction.layouts.order_by("-number").first()
    row = Layout.objects.create(
        junction=junction, number=last.number + 1 if last else 1, content=dict(content), note=note.strip()[:300],
        fingerprint=gate_rules(junction.code, Sound(content)).fingerprint,
        created_by_id=person_of(actor), created_by=actor.label[:200], created_at=at,
    )  # fmt: skip
    audit.record(
        actor, "traffic.layout_drafted", row,
        after={"junction": junction.code, "number": row.number, "fingerprint": row.fingerprint}, at=at,
    )  # fmt: skip
    return row


@transaction.atomic
def approve_layout(actor: Actor, *, layout_id: int, at: datetime) -> Layout:
    """Put a draft in force; the layout before it, its leases, overrides and approved plans end.

    Raises Forbidden, NoSuch, SamePerson, WrongState.
    """
    draft = Layout.objects.select_related("junction").filter(pk=layout_id).first()
    if draft is None:
        raise NoSuch(_("There is no such layout."))
    junction = junction_to_write(actor, code=draft.junction.code)
    policies.require(policies.may_approve(actor, agency_id=junction.agency_id))
    row = Layout.objects.select_for_update().get(pk=layout_id)
    if row.state != "draft":
        raise WrongState(_("This layout is no longer a draft."))
    if row.created_by_id == person_of(actor):
        raise SamePerson(
            _("You drafted this layout yourself."), way_out=_("Another person with the right to approve must look at it.")
        )
    junction.layouts.filter(state="approved").update(state="past")
    Plan.objects.filter(junction=junction, state="approved").exclude(layout=row).update(state="past")
    ended = {"ended_at": at, "ended_by": actor.label[:200]}
    Lease.objects.filter(junction=junction, ended_at=None).update(**ended, end_reason=_("Another layout is in force."))
    Override.objects.filter(junction=junction, ended_at=None).update(**ended)
    row.state, row.approved_by_id, row.approved_by, row.approved_at = "approved", actor.account_id, actor.label[:200], at
    row.save()
    audit.record(
        actor, "traffic.layout_approved", row, before={"state": "draft"},
        after={"state": "approved", "fingerprint": row.fingerprint}, at=at,
    )  # fmt: skip
    events.emit(
        actor, LayoutApproved(junction=junction.code, number=row.number), at=at, agency_id=junction.agency_id,
        subject=f"junction:{junction.pk}",
    )  # fmt: skip
    return row
