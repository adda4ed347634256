"""Layouts: drafted by one person, approved by another, or withdrawn; what is unsafe cannot be drafted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from langbiang.foundation import events
from langbiang.foundation.access import Actor, Refusal, Stale
from langbiang.foundation.audit import services as audit

from .. import policies
from ..events import LayoutApproved, LayoutWithdrawn
from ..layout import Layout as Sound
from ..layout import Problem, gate_rules, problems_of
from ..models import Junction, Layout
from .ending import end_lease, end_override, end_plans
from .finding import NoSuch, junction_to_write, person_of, rule
from .withdrawing import overtaken, put_away, reason_of


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


def layout_to_change(junction: Junction) -> Layout | None:
    """What the next draft starts from: the layout in force; before there is one, the newest draft."""
    return junction.layouts.filter(state="approved").first() or newest_layout(junction)


def newest_layout(junction: Junction) -> Layout | None:
    """The version drawn up last, those withdrawn left aside as long as there is another."""
    return junction.layouts.exclude(state="withdrawn").order_by("-number").first() or junction.layouts.order_by("-number").first()


@transaction.atomic
def define_layout(
    actor: Actor, *, junction_code: str, content: Mapping[str, Any], note: str, at: datetime, made_from: int | None = None,
    seen: int | None = None,
) -> Layout:  # fmt: skip
    """Draft the next version of a layout. Raises Forbidden, NoSuch, Stale, Unsound.

    `made_from` is the version the content was changed from. When the next draft starts from another by now, the content would
    bring back what was changed since. `seen` is the number of the newest version when the form was opened: what another person
    drafted since has to be looked at first.
    """
    junction = junction_to_write(actor, code=junction_code)
    policies.require(policies.may_plan(actor, agency_id=junction.agency_id))
    start = layout_to_change(junction)
    if made_from is not None and start is not None and start.pk != made_from:
        raise Stale(
            _("Version %(number)s has taken the place of the one you started from. Nothing was saved.") % {"number": start.number},
            way_out=_("What you entered stands in the form below. Look at what has changed, then save again."),
        )
    newest = newest_layout(junction)
    if seen is not None and newest is not None and newest.number > seen:
        raise overtaken(newest.created_by, newest.created_at, version=newest.number)
    faults = problems_of(junction.code, dict(content), walking_mps=rule("walking_mps", at=at))
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
def approve_layout(actor: Actor, *, layout_id: int, at: datetime, compared_with: int | None = None) -> Layout:
    """Put a draft in force; the layout before it, its leases, overrides and approved plans end.

    `compared_with` is the layout in force the draft was looked at beside, none where there was none.
    What was drafted under other figures is judged by those of now. Raises Forbidden, NoSuch, SamePerson, Stale, Unsafe, WrongState.
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
    from .inspecting import judge_layouts, require_safe

    require_safe(row, at=at)
    before = junction.layouts.filter(state="approved").first()
    if (before.pk if before else None) != compared_with:
        raise Stale(
            _("The draft was compared with another layout than the one in force now. It was not approved."),
            way_out=_("Look at the differences as they are now, then approve."),
        )
    if before is not None:
        before.state = "past"
        before.save(update_fields=["state"])
    why = _("Another layout is in force.")
    end_plans(actor, junction, reason=why, at=at)
    end_lease(actor, junction, reason=why, at=at)
    end_override(actor, junction, reason=why, at=at)
    row.state, row.approved_by_id, row.approved_by, row.approved_at = "approved", actor.account_id, actor.label[:200], at
    row.save()
    audit.record(
        actor, "traffic.layout_approved", row, before={"state": "draft", "in_force": before.number if before else None},
        after={"state": "approved", "fingerprint": row.fingerprint}, at=at,
    )  # fmt: skip
    events.emit(
        actor, LayoutApproved(junction=junction.code, number=row.number), at=at, agency_id=junction.agency_id,
        subject=f"junction:{junction.pk}",
    )  # fmt: skip
    judge_layouts(at=at, junction_id=junction.pk)
    return row


@transaction.atomic
def withdraw_layout(actor: Actor, *, layout_id: int, reason: str, at: datetime) -> Layout:
    """Take a draft back, by who drafts or approves: it stays among the versions and is never approved. Raises Forbidden, NoSuch, NoReason, WrongState."""
    found = Layout.objects.select_related("junction").filter(pk=layout_id).first()
    if found is None:
        raise NoSuch(_("There is no such layout."))
    junction = junction_to_write(actor, code=found.junction.code)
    if not policies.may_plan(actor, agency_id=junction.agency_id):
        policies.require(policies.may_approve(actor, agency_id=junction.agency_id))
    row = Layout.objects.select_for_update().get(pk=layout_id)
    if row.state != "draft":
        raise WrongState(
            _("This layout is no longer a draft."), way_out=_("A layout in force ends when another one is approved in its place.")
        )
    why = reason_of(reason)
    put_away(actor, row, reason=why, at=at)
    audit.record(
        actor, "traffic.layout_withdrawn", row, before={"state": "draft"},
        after={"junction": junction.code, "number": row.number, "state": row.state, "reason": why}, at=at,
    )  # fmt: skip
    events.emit(
        actor, LayoutWithdrawn(junction=junction.code, number=row.number), at=at, agency_id=junction.agency_id,
        subject=f"junction:{junction.pk}",
    )  # fmt: skip
    return row
