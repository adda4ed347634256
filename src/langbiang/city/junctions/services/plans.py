"""Fixed-time plans: drafted by one person, approved by another; a draft is withdrawn by either, an approved plan by who approves."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from langbiang.foundation import events
from langbiang.foundation.access import Actor, Refusal, Stale
from langbiang.foundation.audit import services as audit

from .. import policies
from ..events import PlanChanged
from ..layout import Layout as Sound
from ..models import Junction, Layout, Plan
from .ending import end_override
from .finding import NoSuch, junction_to_write, layout_in_force, person_of
from .layouts import SamePerson, WrongState
from .withdrawing import insist_on, put_away, reason_of


class BadPlan(Refusal):
    """A plan that cannot run: its times do not fit the layout or each other."""

    status = 422


def cycle_of(layout: Sound, splits: Sequence[Mapping[str, Any]]) -> float:
    """Seconds from a stage to the same stage again: greens and the changes between them."""
    keys = [str(row["stage"]) for row in splits]
    changes = sum(layout.change_s(a, b) for a, b in zip(keys, keys[1:] + keys[:1], strict=True))
    return sum(float(row["green_s"]) for row in splits) + changes


def ends_of_greens(layout: Sound, splits: Sequence[Mapping[str, Any]]) -> list[tuple[str, float]]:
    """Stages in running order, each with the second of the cycle at which its green ends; the first green begins at 0."""
    keys, second, found = [str(row["stage"]) for row in splits], 0.0, []
    for row, key, after in zip(splits, keys, keys[1:] + keys[:1], strict=True):
        second += float(row["green_s"])
        found.append((key, second))
        second += layout.change_s(key, after)
    return found


def _check(layout: Sound, *, cycle_s: int, offset_s: int, splits: Sequence[Mapping[str, Any]]) -> None:
    keys = [str(row["stage"]) for row in splits]
    if len(set(keys)) != len(keys) or len(keys) < 2:
        raise BadPlan(_("A plan runs two or more different stages."), field="splits")
    for row in splits:
        key = str(row["stage"])
        found = layout.stage(key)
        if found is None:
            raise BadPlan(_("The layout has no stage %(stage)s.") % {"stage": key}, field=f"green_{key}")
        least = layout.min_green_s(key)
        if float(row["green_s"]) < least:
            raise BadPlan(
                _("Stage %(stage)s needs at least %(least)s s of green.") % {"stage": key, "least": f"{least:g}"},
                field=f"green_{key}",
            )
    served = {m for key in keys for m in (layout.stage(key) or {})["movements"]}
    dark = [m for m in layout.movements if m not in served]
    if dark:
        raise BadPlan(_("The plan never gives green to %(keys)s.") % {"keys": ", ".join(dark)}, field="splits")
    needed = cycle_of(layout, splits)
    if abs(needed - cycle_s) > 0.5:
        raise BadPlan(
            _("Greens and changes take %(needed)s s, the cycle is %(cycle)s s.")
            % {"needed": f"{needed:g}", "cycle": cycle_s},
            field="cycle_s", way_out=_("Change the cycle or the greens so that they agree."),
        )  # fmt: skip
    if not 20 <= cycle_s <= 240:
        raise BadPlan(_("A cycle lasts from 20 to 240 s."), field="cycle_s")
    if not 0 <= offset_s < cycle_s:
        raise BadPlan(_("The offset lies within the cycle."), field="offset_s")


@transaction.atomic
def draft_plan(
    actor: Actor,
    *,
    junction_code: str,
    name: str,
    cycle_s: int,
    offset_s: int,
    splits: Sequence[Mapping[str, Any]],
    valid_from: date,
    valid_to: date | None,
    weekdays: Sequence[int],
    time_from: time,
    time_to: time,
    at: datetime,
    plan_id: int | None = None,
    revision: int | None = None,
) -> Plan:
    """Write a plan, or change one that is still a draft. Raises Forbidden, NoSuch, BadPlan, Stale, WrongState.

    A changed draft belongs to the person who changed it: the approval must come from somebody else. `revision` is that of the
    draft the form was drawn from: one saved since is not written over.
    """
    junction = junction_to_write(actor, code=junction_code)
    policies.require(policies.may_plan(actor, agency_id=junction.agency_id))
    layout = layout_in_force(junction)
    row = Plan(junction=junction)
    before = None
    if plan_id is not None:
        row = _draft_to_change(junction, plan_id, revision)
        before = {"cycle_s": row.cycle_s, "splits": row.splits, "offset_s": row.offset_s}
        row.revision += 1
    if not name.strip():
        raise BadPlan(_("Give the plan a name."), field="name")
    _check(Sound(layout.content), cycle_s=cycle_s, offset_s=offset_s, splits=splits)
    if valid_to is not None and valid_to <= valid_from:
        raise BadPlan(_("The last day is before the first."), field="valid_to")
    if time_to <= time_from:
        raise BadPlan(_("The plan ends before it begins."), field="time_to")
    if not weekdays or not set(weekdays) <= set(range(7)):
        raise BadPlan(_("Choose at least one day of the week."), field="weekdays")
    row.layout, row.name, row.cycle_s, row.offset_s = layout, name.strip()[:80], cycle_s, offset_s
    row.splits = [{"stage": str(s["stage"]), "green_s": int(s["green_s"])} for s in splits]
    row.valid_from, row.valid_to, row.weekdays = valid_from, valid_to, sorted(set(weekdays))
    row.time_from, row.time_to = time_from, time_to
    row.created_by_id, row.created_by, row.created_at = person_of(actor), actor.label[:200], at
    row.save()
    after = {"cycle_s": cycle_s, "splits": row.splits, "offset_s": offset_s}
    audit.record(actor, "traffic.plan_drafted", row, before=before, after=after, at=at)
    _tell(actor, row, at=at)
    return row


def _draft_to_change(junction: Junction, plan_id: int, revision: int | None) -> Plan:
    found = Plan.objects.select_for_update().filter(pk=plan_id, junction=junction).first()
    if found is None:
        raise NoSuch(_("There is no such plan."))
    if found.state != "draft":
        raise WrongState(
            _("Only a draft can be changed."), way_out=_("Draft a new plan; the approved one stays until it is withdrawn.")
        )
    insist_on(found, revision)
    return found


def _tell(actor: Actor, row: Plan, *, at: datetime) -> None:
    events.emit(
        actor, PlanChanged(junction=row.junction.code, plan_id=row.pk, state=row.state), at=at,
        agency_id=row.junction.agency_id, subject=f"junction:{row.junction_id}",
    )  # fmt: skip


def _locked(actor: Actor, plan_id: int) -> Plan:
    found = Plan.objects.select_related("junction").filter(pk=plan_id).first()
    if found is None:
        raise NoSuch(_("There is no such plan."))
    junction_to_write(actor, code=found.junction.code)
    return Plan.objects.select_for_update(of=("self",)).select_related("junction", "layout").get(pk=plan_id)


@transaction.atomic
def approve_plan(actor: Actor, *, plan_id: int, at: datetime, drafted_at: datetime | None = None) -> Plan:
    """Approve the plan somebody else drafted. Raises Forbidden, NoSuch, SamePerson, Stale, WrongState.

    `drafted_at` is the moment of the draft that was looked at: one changed since is another plan.
    """
    row = _locked(actor, plan_id)
    policies.require(policies.may_approve(actor, agency_id=row.junction.agency_id))
    if row.state != "draft":
        raise WrongState(_("This plan is no longer a draft."))
    if Layout.objects.get(pk=row.layout_id).state != "approved":
        raise WrongState(
            _("The layout has changed since this plan was drafted."), way_out=_("Save the draft again under the new layout.")
        )
    if row.created_by_id == person_of(actor):
        raise SamePerson(
            _("You drafted this plan yourself."), way_out=_("Another person with the right to approve must look at it.")
        )
    if drafted_at is not None and drafted_at != row.created_at:
        raise Stale(
            _("The draft was changed since you opened it. It was not approved."), way_out=_("Look at it as it is now, then approve.")
        )
    row.state, row.approved_by_id, row.approved_by, row.approved_at = "approved", actor.account_id, actor.label[:200], at
    row.save()
    audit.record(actor, "traffic.plan_approved", row, before={"state": "draft"}, after={"state": "approved"}, at=at)
    _tell(actor, row, at=at)
    return row


@transaction.atomic
def withdraw_plan(actor: Actor, *, plan_id: int, reason: str, at: datetime) -> Plan:
    """Take a plan out of use; an override that runs it ends. Raises Forbidden, NoSuch, NoReason, WrongState.

    A draft is withdrawn by who may draft or approve, an approved plan only by who may approve.
    """
    row = _locked(actor, plan_id)
    if row.state == "approved" or not policies.may_plan(actor, agency_id=row.junction.agency_id):
        policies.require(policies.may_approve(actor, agency_id=row.junction.agency_id))
    if row.state not in ("draft", "approved"):
        raise WrongState(_("This plan is not in use."))
    why, before = reason_of(reason), {"state": row.state}
    put_away(actor, row, reason=why, at=at)
    end_override(actor, row.junction, reason=_("The plan is withdrawn."), at=at, plan=row)
    audit.record(actor, "traffic.plan_withdrawn", row, before=before, after={"state": "withdrawn", "reason": why}, at=at)
    _tell(actor, row, at=at)
    return row
