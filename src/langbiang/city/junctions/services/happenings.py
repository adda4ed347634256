"""Festivals and closings: planned by one person, rehearsed in the twin, approved by another, over by themselves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from langbiang.city.traffic.incidents.rehearsal import MOST_BUSIER, Event, busiest_hour, rehearse_apart
from langbiang.city.traffic.twin.demand import HOUR_S, classed
from langbiang.city.traffic.twin.described import CannotDraw, describe
from langbiang.city.traffic.twin.replay import replayable
from langbiang.city.traffic.twin.replaying import Job, ReplayFailed
from langbiang.city.traffic.twin.sumo import SumoMissing
from langbiang.foundation import events
from langbiang.foundation.access import SYSTEM, Actor, Refusal, Stale
from langbiang.foundation.access.policies import Answer
from langbiang.foundation.audit import services as audit

from .. import policies, queries
from ..events import EventPlanChanged
from ..layout import Layout as Sound
from ..models import EventArm, EventPlan, EventSignalPlan, Junction, Plan
from .finding import NoSuch, junction_to_write, layout_in_force, person_of
from .layouts import SamePerson, WrongState
from .plans import ends_of_greens
from .replays import class_mix_of
from .withdrawing import insist_on, put_away, reason_of

LONGEST = timedelta(days=14)
SEEDS = (1, 2, 3)
TELL_EVERY = timedelta(seconds=2)


class BadEvent(Refusal):
    """The plan cannot be; `field` names what is wrong."""

    status = 422


@dataclass(frozen=True)
class Arm:
    """An approach and what happens there: 0 closed, above 1 so many times as busy."""

    junction: str
    approach: str
    factor: float


@transaction.atomic
def plan_event(
    actor: Actor, *, name: str, reason: str, starts_at: datetime, ends_at: datetime, arms: list[Arm], at: datetime,
    plans: Sequence[int] = (),
) -> EventPlan:  # fmt: skip
    """Write down what is planned; nothing happens before another person approves it. Raises Forbidden, NoSuch, BadEvent.

    `plans` are approved plans of the library, one for a junction at most, that run there while the event does.
    """
    person_of(actor)
    places = _sound(actor, name=name, reason=reason, starts_at=starts_at, ends_at=ends_at, arms=arms, at=at)
    used = _plans(places, plans)
    row = EventPlan(created_at=at)
    _write(actor, row, places, name=name, reason=reason, starts_at=starts_at, ends_at=ends_at, arms=arms, used=used, at=at)
    audit.record(actor, "traffic.event_planned", row, after=_told(row, arms), at=at)
    _tell(actor, row, at=at)
    return row


@transaction.atomic
def change_event(
    actor: Actor, *, event_id: int, name: str, reason: str, starts_at: datetime, ends_at: datetime, arms: list[Arm], at: datetime,
    plans: Sequence[int] = (), revision: int | None = None,
) -> EventPlan:  # fmt: skip
    """Change what is still a draft; it belongs to who changed it, and its rehearsal is void. Raises Forbidden, NoSuch, BadEvent, Stale, WrongState.

    `revision` is that of the draft the form was drawn from: one saved since is not written over.
    """
    row = _locked(actor, event_id)
    _require(actor, row, policies.may_plan)
    if row.state != "draft":
        raise WrongState(_("Only a draft can be changed."), way_out=_("End this event and plan another one."))
    insist_on(row, revision)
    places = _sound(actor, name=name, reason=reason, starts_at=starts_at, ends_at=ends_at, arms=arms, at=at)
    used = _plans(places, plans)
    before = _told(row, [Arm(arm.junction.code, arm.approach, float(arm.factor)) for arm in row.arms.select_related("junction")])
    row.revision += 1
    row.rehearsal, row.rehearsal_reason, row.rehearsal_day, row.rehearsal_told_at, row.outcome = "", "", None, None, {}
    row.rehearsal_done = row.rehearsal_runs = 0
    _write(actor, row, places, name=name, reason=reason, starts_at=starts_at, ends_at=ends_at, arms=arms, used=used, at=at)
    audit.record(actor, "traffic.event_changed", row, before=before, after=_told(row, arms), at=at)
    _tell(actor, row, at=at)
    return row


def _sound(
    actor: Actor, *, name: str, reason: str, starts_at: datetime, ends_at: datetime, arms: list[Arm], at: datetime
) -> dict[str, Junction]:
    """The junctions of an event that may be planned as told. Raises Forbidden, NoSuch, BadEvent."""
    if not name.strip():
        raise BadEvent(_("Give the event a name."), field="name")
    if not reason.strip():
        raise BadEvent(_("Say why."), field="reason")
    if not at < ends_at:
        raise BadEvent(_("The end is over already."), field="ends_at")
    if not starts_at < ends_at:
        raise BadEvent(_("The end lies after the beginning."), field="ends_at")
    if ends_at - starts_at > LONGEST:
        raise BadEvent(_("An event lasts at most %(days)s days; plan a longer closing as a new layout.") % {"days": LONGEST.days}, field="ends_at")
    if not arms:
        raise BadEvent(_("Choose at least one approach that is closed or busier."), field="arms")
    places = _allowed(actor, [arm.junction for arm in arms])
    for arm in arms:
        layout = Sound(layout_in_force(places[arm.junction]).content)
        if arm.approach not in {a["key"] for a in layout.content["approaches"]}:
            raise BadEvent(_("The layout has no approach %(approach)s.") % {"approach": arm.approach}, field="arms")
        if arm.factor and not 1.0 < arm.factor <= MOST_BUSIER:
            raise BadEvent(_("Busier is from 1.1 to %(most)s times.") % {"most": f"{MOST_BUSIER:g}"}, field="arms")
    for code, place in places.items():
        approaches = {lane["approach"] for lane in Sound(layout_in_force(place).content).content["lanes"]}
        if approaches <= {arm.approach for arm in arms if arm.junction == code and not arm.factor}:
            raise BadEvent(
                _("Every approach of %(name)s would be closed.") % {"name": place.name}, field="arms",
                way_out=_("Let the junction flash instead, by an order by hand."),
            )  # fmt: skip
    return places


def _write(
    actor: Actor, row: EventPlan, places: Mapping[str, Junction], *, name: str, reason: str, starts_at: datetime, ends_at: datetime,
    arms: list[Arm], used: Sequence[Plan], at: datetime,
) -> None:  # fmt: skip
    row.name, row.reason, row.starts_at, row.ends_at = name.strip()[:120], reason.strip()[:300], starts_at, ends_at
    row.created_by_id, row.created_by, row.created_at = person_of(actor), actor.label[:200], at
    row.save()
    row.arms.all().delete()
    EventArm.objects.bulk_create(
        EventArm(event=row, junction=places[arm.junction], approach=arm.approach, factor=Decimal(str(round(arm.factor, 1)))) for arm in arms
    )
    row.plans.all().delete()
    EventSignalPlan.objects.bulk_create(
        EventSignalPlan(event=row, junction=plan.junction, plan=plan, marks=ends_of_greens(Sound(plan.layout.content), plan.splits)) for plan in used
    )


def _plans(places: Mapping[str, Junction], ids: Sequence[int]) -> list[Plan]:
    """The plans an event names: approved, for the layout in force, one at most for each junction it changes. Raises BadEvent."""
    found = list(Plan.objects.filter(pk__in=ids).select_related("junction", "layout").order_by("pk"))
    for plan in found:
        _require_fit(plan)
        if plan.junction.code not in places:
            raise BadEvent(_("The event changes nothing at %(name)s.") % {"name": plan.junction.name}, field="arms", way_out=_("Choose an approach there as well, or leave its plan out."))
    if len(found) < len(set(ids)):
        raise BadEvent(_("Choose an approved plan."), field="arms")
    if len({plan.junction_id for plan in found}) < len(found):
        raise BadEvent(_("A junction runs one plan at a time."), field="arms")
    return found


def _require_fit(plan: Plan) -> None:
    if plan.state != "approved" or plan.layout.state != "approved":
        raise BadEvent(
            _("The plan %(plan)s of %(name)s is not approved for the layout in force.") % {"plan": plan.name, "name": plan.junction.name}, field="arms",
            way_out=_("Choose another plan, or let this one be approved first."),
        )  # fmt: skip


def _require_alone(row: EventPlan) -> None:
    """No other approved event runs a plan at one of these junctions in the same time. Raises WrongState."""
    mine = row.plans.values_list("junction_id", flat=True)
    other = (
        EventSignalPlan.objects.filter(junction_id__in=mine, event__state="approved", event__starts_at__lt=row.ends_at, event__ends_at__gt=row.starts_at)
        .exclude(event=row).select_related("event", "junction").first()
    )  # fmt: skip
    if other is not None:
        raise WrongState(
            _("%(event)s runs a plan at %(name)s in the same time.") % {"event": other.event.name, "name": other.junction.name},
            way_out=_("Change the times, or leave one of the plans out."),
        )


def _told(row: EventPlan, arms: list[Arm]) -> dict[str, object]:
    plans = [f"{use.junction.code}: {use.plan.name}" for use in row.plans.select_related("junction", "plan").order_by("pk")]
    return {"name": row.name, "from": row.starts_at.isoformat(), "until": row.ends_at.isoformat(), "arms": _words(arms), "plans": plans}


@transaction.atomic
def approve_event(actor: Actor, *, event_id: int, at: datetime, revision: int | None = None) -> EventPlan:
    """Approve what another person planned; it begins and ends by itself. Raises Forbidden, NoSuch, BadEvent, SamePerson, Stale, WrongState.

    `revision` is that of the plan that was looked at: one changed since is another plan.
    """
    row = _locked(actor, event_id)
    _require(actor, row, policies.may_approve)
    if row.state != "draft":
        raise WrongState(_("This plan is no longer a draft."))
    if row.ends_at <= at:
        raise WrongState(_("The end is over already."))
    if row.created_by_id == person_of(actor):
        raise SamePerson(_("You drafted this plan yourself."), way_out=_("Another person with the right to approve must look at it."))
    if revision is not None and revision != row.revision:
        raise Stale(
            _("The draft was changed since you opened it. It was not approved."), way_out=_("Look at it as it is now, then approve.")
        )
    for use in row.plans.select_related("plan__junction", "plan__layout"):
        _require_fit(use.plan)
    _require_alone(row)
    row.state, row.approved_by_id, row.approved_by, row.approved_at = "approved", actor.account_id, actor.label[:200], at
    row.save()
    audit.record(actor, "traffic.event_approved", row, before={"state": "draft"}, after={"state": "approved"}, at=at)
    _tell(actor, row, at=at)
    return row


@transaction.atomic
def end_event(actor: Actor, *, event_id: int, at: datetime, reason: str = "") -> EventPlan:
    """Withdraw a draft with a reason, or end an event before its time, at once; one person is enough. Raises Forbidden, NoSuch, NoReason, WrongState."""
    row = _locked(actor, event_id)
    _require(actor, row, policies.may_plan if row.state == "draft" else policies.may_operate)
    if row.state not in ("draft", "approved") or row.ended_at is not None or row.ends_at <= at:
        raise WrongState(_("This plan is not in use."))
    before = {"state": row.state}
    if row.state == "draft":
        put_away(actor, row, reason=reason_of(reason), at=at)
    else:
        row.state, row.withdraw_reason = "past", reason.strip()[:300]
    row.ended_at, row.ended_by = at, actor.label[:200]
    row.save()
    audit.record(actor, "traffic.event_ended", row, before=before, after={"state": row.state, "reason": row.withdraw_reason}, at=at)
    _tell(actor, row, at=at)
    return row


def close_past_events(*, at: datetime) -> int:
    """Write down which events are over; they have let go of the lights by themselves at that very instant. Gives how many."""
    ended = 0
    for pk in EventPlan.objects.filter(state="approved", ends_at__lte=at).values_list("pk", flat=True):
        with transaction.atomic():
            row = EventPlan.objects.select_for_update().filter(pk=pk, state="approved", ends_at__lte=at).first()
            if row is None:
                continue
            row.state = "past"
            row.save(update_fields=["state"])
            audit.record(SYSTEM, "traffic.event_ended", row, before={"state": "approved"}, after={"state": "past"}, at=row.ends_at)
            _tell(SYSTEM, row, at=at)
            ended += 1
    return ended


# The rehearsal.


@transaction.atomic
def ask_for_rehearsal(actor: Actor, *, event_id: int, day: date, at: datetime) -> EventPlan:
    """Ask that the event be rehearsed on the counts of a day, in the background. Raises Forbidden, NoSuch, BadEvent, WrongState."""
    row = _locked(actor, event_id)
    _require(actor, row, policies.may_plan)
    if day >= timezone.localdate(at):
        raise BadEvent(_("This day is not over yet."), field="day", way_out=_("Choose a day before today."))
    if row.rehearsal in ("waiting", "running") and not queries.is_rehearsal_silent(row, at=at):
        raise WrongState(_("This event is being rehearsed already."), way_out=_("Wait until it has ended."))
    row.rehearsal, row.rehearsal_reason, row.rehearsal_day, row.rehearsal_told_at = "waiting", "", day, at
    row.rehearsal_done = row.rehearsal_runs = 0
    row.outcome = {}
    row.save()
    audit.record(actor, "traffic.event_rehearsal_asked", row, after={"day": day.isoformat()}, at=at)
    from ..tasks import rehearse

    rehearse.defer(event_id=row.pk)
    return row


def rehearse_event(*, event_id: int, clock: Callable[[], datetime]) -> EventPlan:
    """Work on a rehearsal that waits and keep what comes out, or why nothing does. Raises NoSuch."""
    row = EventPlan.objects.filter(pk=event_id).first()
    if row is None:
        raise NoSuch(_("There is no such event."))
    if row.rehearsal not in ("waiting", "running") or row.rehearsal_day is None:
        return row
    try:
        return _rehearse(row, row.rehearsal_day, clock)
    except Exception as error:
        _no_rehearsal(row, "failed", {"text": f"{type(error).__name__}: {error}"[:300]}, at=clock())
        raise


def _rehearse(row: EventPlan, day: date, clock: Callable[[], datetime]) -> EventPlan:
    """Rehearse under the layouts and plans in use now, for they are what the event will meet; the vehicles are those of the day."""
    now = clock()
    ground = queries.ground(day, layouts_at=now)
    arms = [(arm.junction.code, arm.approach, float(arm.factor)) for arm in row.arms.select_related("junction")]
    if not ground.counts or not {code for code, _arm, _factor in arms} <= ground.layouts.keys():
        return _no_rehearsal(row, "no_counts", {}, at=clock())
    try:
        good, _gaps = replayable(describe(ground.content), ground.counts, hours_of(row.starts_at, row.ends_at))
        if not good:
            return _no_rehearsal(row, "gaps", {}, at=clock())
        hour = busiest_hour(ground.counts, good)
        counts = [c for c in ground.counts if c.begun_s // HOUR_S == hour]
        mix, of_classes = class_mix_of(counts, day=day)
        if of_classes["unclassed_share"] and mix is None:
            return _no_rehearsal(row, "no_mix", {}, at=clock())
        plans = queries.plans_of_hours(ground.layouts, day=day, hours=[hour], known_at=now)
        job = Job(ground.content, classed(counts, mix.shares if mix else {}), [hour], SEEDS, plans, {})
        event = Event(
            tuple((code, arm) for code, arm, factor in arms if not factor), tuple(((code, arm), factor) for code, arm, factor in arms if factor),
            {use.junction.code: {"splits": use.plan.splits, "offset_s": use.plan.offset_s} for use in row.plans.select_related("junction", "plan")},
        )
        found = rehearse_apart(job, event, _teller(row, clock))
    except SumoMissing:
        return _no_rehearsal(row, "sumo", {}, at=clock())
    except CannotDraw as error:
        return _no_rehearsal(row, "cannot_draw", {"junction": error.junction, "field": error.field, "text": error.told}, at=clock())
    except ReplayFailed as error:
        return _no_rehearsal(row, "failed", {"text": str(error)[:300]}, at=clock())
    told = {"source": ground.source, "planned": len(plans[hour]), "junction_hours": len(ground.layouts), **of_classes}
    return _keep(row, {**found, **told}, at=clock())


def hours_of(starts_at: datetime, ends_at: datetime) -> list[int]:
    """The hours of the day an event touches, in its order; all of them where it lasts a day or longer."""
    first, last = timezone.localtime(starts_at), timezone.localtime(ends_at)
    if last - first >= timedelta(days=1):
        return list(range(24))
    hours = [first.hour]
    begin = first.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    while begin < last:
        hours.append(begin.hour)
        begin += timedelta(hours=1)
    return list(dict.fromkeys(hours))


def _teller(row: EventPlan, clock: Callable[[], datetime]) -> Callable[[int, int, str], None]:
    asked = EventPlan.objects.filter(pk=row.pk, revision=row.revision)  # of a plan changed since, nothing is told any more
    asked.update(rehearsal="running", rehearsal_told_at=clock())
    last = clock()

    def tell(done: int, total: int, _what: str) -> None:
        nonlocal last
        now = clock()
        if done == total or now - last >= TELL_EVERY:
            asked.update(rehearsal_done=done, rehearsal_runs=total, rehearsal_told_at=now)
            last = now

    return tell


def _no_rehearsal(row: EventPlan, reason: str, told: Mapping[str, object], *, at: datetime) -> EventPlan:
    if _is_changed(row):
        return row
    row.rehearsal, row.rehearsal_reason, row.rehearsal_told_at, row.outcome = "none", reason, at, dict(told)
    row.save(update_fields=["rehearsal", "rehearsal_reason", "rehearsal_told_at", "outcome"])
    return row


@transaction.atomic
def _keep(row: EventPlan, outcome: Mapping[str, object], *, at: datetime) -> EventPlan:
    if _is_changed(row):
        return row
    row.rehearsal, row.rehearsal_told_at, row.outcome = "done", at, dict(outcome)
    row.save(update_fields=["rehearsal", "rehearsal_told_at", "outcome"])
    audit.record(SYSTEM, "traffic.event_rehearsed", row, after={"controllers": outcome["controllers"]}, at=at)
    _tell(SYSTEM, row, at=at)
    return row


def _is_changed(row: EventPlan) -> bool:
    """Read the row anew; gives whether what was rehearsed is no longer what is planned."""
    revision = row.revision
    row.refresh_from_db()
    return row.revision != revision


# The parts.


def _allowed(actor: Actor, codes: list[str]) -> dict[str, Junction]:
    places = {code: junction_to_write(actor, code=code) for code in sorted(set(codes))}
    for place in places.values():
        policies.require(policies.may_plan(actor, agency_id=place.agency_id))
    return places


def _locked(actor: Actor, event_id: int) -> EventPlan:
    """An event of which this actor sees every junction, locked. Raises NoSuch."""
    row = EventPlan.objects.select_for_update().filter(pk=event_id).first()
    if row is None:
        raise NoSuch(_("There is no such event."))
    for code in sorted(set(row.arms.values_list("junction__code", flat=True))):
        junction_to_write(actor, code=code)
    return row


def _require(actor: Actor, row: EventPlan, rule: Callable[..., Answer]) -> None:
    for agency_id in sorted(set(row.arms.values_list("junction__agency_id", flat=True))):
        policies.require(rule(actor, agency_id=agency_id))


def _tell(actor: Actor, row: EventPlan, *, at: datetime) -> None:
    for agency_id in sorted(set(row.arms.values_list("junction__agency_id", flat=True))):
        events.emit(
            actor, EventPlanChanged(event_id=row.pk, state=row.state), at=at, agency_id=agency_id, subject=f"eventplan:{row.pk}"
        )


def _words(arms: list[Arm]) -> list[str]:
    return [f"{arm.junction}: {arm.approach} {'closed' if not arm.factor else f'x{arm.factor:g}'}" for arm in arms]
