"""What the control process tells and asks: the latest status, decisions, verdicts, the event log; and the orders in force.

The process calls these from its own thread, never inside its tick. Nothing here judges what is safe: that is the gate's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from langbiang.city.traffic.gate.arming import ArmLease
from langbiang.city.traffic.priority.asked import BUS_LIVES_S, Asked, Bus, EventSignals, Happening, Run
from langbiang.foundation.access import SYSTEM

from . import queries
from .measures import counted
from .models import (
    LONGEST_COUNT,
    BusPosition,
    Decision,
    Flow,
    FlowDay,
    Junction,
    JunctionStatus,
    Layout,
    Lease,
    Override,
    Plan,
    ProofOfGain,
    ShadowScore,
    SignalEvent,
    Verdict,
)
from .services.alerts import note_over, raise_alert
from .services.finding import NoSuch as NoSuch
from .services.priority import note_use

MODES = ("local", "armed", "flash", "manual", "preempt", "fault")
LAMPS = frozenset("Ggyrw")
CAMERA_WORDS = ("ok", "blind", "frozen", "fog", "moved", "dark", "lost")
SLICE_S = 300.0
MINUTES_OF_A_DAY = 1440
# A lease taken back reaches the process with its next question: what it drives until then is no alarm.
REACHES = timedelta(seconds=3)


class BadReport(ValueError):
    """A report that cannot be true or read; the message says what is wrong with it."""


@dataclass(frozen=True)
class Orders:
    """What people want of one junction now: a lease for the gate, a running override, the plan of the hour."""

    junction: str
    lease: ArmLease | None
    lease_id: int | None
    controller: str
    override: Mapping[str, Any] | None
    plan: Mapping[str, Any] | None
    layout: Mapping[str, Any]
    fingerprint: str


@dataclass(frozen=True)
class Standing:
    """What a control process asks every second, without the layout itself: `version` tells when to fetch that anew."""

    version: int
    lease: ArmLease | None
    lease_id: int | None
    controller: str
    override: Mapping[str, Any] | None
    plan: str


def _junction(code: str) -> Junction:
    found = Junction.objects.filter(code=code).first()
    if found is None:
        raise NoSuch(_("There is no such junction."))
    return found


@dataclass(frozen=True)
class StatusReport:
    """What one junction shows at an instant.

    lamps by movement: G green, g green that gives way, w walk, y yellow or walk clearance, r red; queues by lane in
    vehicles; cameras by zone. Raises BadReport.
    """

    junction: str
    at: datetime
    mode: str
    controller: str = ""
    stage: str = ""
    stage_since: datetime | None = None
    reason: str = ""
    lamps: Mapping[str, str] = field(default_factory=dict)
    queues: Mapping[str, float] = field(default_factory=dict)
    cameras: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise BadReport(f"unknown mode {self.mode!r}")
        if not set(self.lamps.values()) <= LAMPS:
            raise BadReport("a lamp is one of G, g, w, y, r")
        if any(value < 0 for value in self.queues.values()):
            raise BadReport("a queue is not negative")
        if not set(self.cameras.values()) <= set(CAMERA_WORDS):
            raise BadReport(f"a camera is one of {', '.join(CAMERA_WORDS)}")


def report_status(junction: str, *, at: datetime, mode: str, **shown: Any) -> JunctionStatus | None:
    """Take in what a junction shows at an instant; an older report than the one known changes nothing (gives None).

    Raises NoSuch, BadReport.
    """
    given = {name: value for name, value in shown.items() if value is not None}
    return report_statuses([StatusReport(junction, at, mode, **given)]).get(junction)


@transaction.atomic
def report_statuses(reports: Sequence[StatusReport]) -> dict[str, JunctionStatus]:
    """Take in the pictures of several junctions; gives those that were newer than what was known. Raises NoSuch.

    A junction said to be armed without a lease valid at that instant is shown as driven without a lease and raises an
    alert. Four statements for any number of junctions, and those of the alerts.
    """
    places = {place.code: place for place in Junction.objects.filter(code__in=[one.junction for one in reports])}
    if any(one.junction not in places for one in reports):
        raise NoSuch(_("There is no such junction."))
    known = {row.junction_id: row for row in JunctionStatus.objects.select_for_update().filter(junction__in=places.values())}
    armed = [one.at for one in reports if one.mode == "armed"]
    leases = list(queries.leases_over(begin=min(armed) - REACHES, end=max(armed))) if armed else []
    rows = {}
    for one in reports:
        place = places[one.junction]
        before = known.get(place.pk)
        if before is not None and before.at >= one.at:
            continue
        own = [each for each in leases if one.mode == "armed" and each.junction_id == place.pk]
        lease = next((each for each in own if _holds(each, one.at)), None)
        mode = "unlicensed" if one.mode == "armed" and lease is None else one.mode
        _raise_alerts(one, mode, before, lately=any(_holds(each, one.at - REACHES) for each in own))
        rows[one.junction] = JunctionStatus(
            junction=place, at=one.at, mode=mode, lease=lease, lease_until=lease.expires_at if lease else None,
            controller=one.controller[:40], stage=one.stage[:20], stage_since=one.stage_since, reason=one.reason[:400],
            lamps=dict(one.lamps), queues=dict(one.queues), cameras=dict(one.cameras),
        )  # fmt: skip
    JunctionStatus.objects.bulk_create(
        rows.values(), update_conflicts=True, unique_fields=["junction"],
        update_fields=[
            "at", "mode", "lease", "lease_until", "controller", "stage", "stage_since", "reason", "lamps", "queues", "cameras",
        ],
    )  # fmt: skip
    return rows


def _holds(lease: Lease, at: datetime) -> bool:
    return lease.granted_at <= at < lease.expires_at and (lease.ended_at is None or at < lease.ended_at)


def _raise_alerts(one: StatusReport, mode: str, before: JunctionStatus | None, *, lately: bool) -> None:
    """What this picture shows for the first time and somebody must look at; `lately`: there was a lease a moment ago.

    Written in English, as everything the control process says; `phrases` says it in the language of who reads it.
    """
    if mode == "unlicensed" and not lately:
        told = "The control process drives this junction without a valid lease."
        raise_alert(SYSTEM, junction_code=one.junction, kind="unlicensed", text=told, at=one.at)
    known = before.cameras if before else {}
    for zone, word in sorted(one.cameras.items()):
        if word != "ok" and known.get(zone, "ok") == "ok":
            told = f"Camera {zone}: {queries.CAMERA_WORDS[word]}. Its approach is served as if somebody always waited."
            raise_alert(SYSTEM, junction_code=one.junction, kind=f"camera:{zone}"[:30], text=told, at=one.at)
    if mode == "fault" and (before is None or before.mode != "fault"):
        raise_alert(SYSTEM, junction_code=one.junction, kind="fault", text="The cabinet reports a fault.", at=one.at)


def report_decision(
    junction: str, *, at: datetime, controller: str, stage: str, reason: str, is_forced: bool = False
) -> None:
    """Append a stage a controller chose, with its sentence. Raises NoSuch."""
    Decision.objects.create(
        junction_id=_junction(junction).pk, at=at, controller=controller[:40], stage=stage[:20], reason=reason[:400],
        is_forced=is_forced,
    )  # fmt: skip


def report_verdict(junction: str, *, at: datetime, outcome: str, rule: str, stage: str, text: str) -> None:
    """Append what the gate replaced or denied, and why; what it allowed is not kept. Raises NoSuch, BadReport."""
    if outcome not in ("allow", "replace", "deny"):
        raise BadReport(f"unknown outcome {outcome!r}")
    place = _junction(junction)
    if outcome != "allow":
        Verdict.objects.create(junction_id=place.pk, at=at, outcome=outcome, rule=rule[:8], stage=stage[:20], text=text[:400])


def report_event(junction: str, *, rows: Sequence[tuple[datetime, int, int]]) -> int:
    """Append rows (instant, code, parameter) of the high-resolution log; gives how many. Raises NoSuch."""
    place = _junction(junction)
    made = [SignalEvent(junction_id=place.pk, at=at, code=code, parameter=parameter) for at, code, parameter in rows]
    SignalEvent.objects.bulk_create(made, batch_size=1000)
    return len(made)


def report_alert(junction: str, *, at: datetime, kind: str, text: str) -> None:
    """Raise an alert, or count it once more where one of this kind is open. Raises NoSuch."""
    raise_alert(SYSTEM, junction_code=junction, kind=kind, text=text, at=at)


def report_over(junction: str, *, at: datetime, kind: str) -> None:
    """Say that the cause of an open alert is gone. Raises NoSuch."""
    note_over(SYSTEM, junction_code=junction, kind=kind, at=at)


@transaction.atomic
def report_flow(
    junction: str,
    *,
    lane: str,
    vehicle_class: str,
    begun_at: datetime,
    ended_at: datetime,
    vehicles: int,
    quality: float,
    occupancy: float | None = None,
    speed_kmh: float | None = None,
) -> None:
    """Keep a count of one lane and class over a period; the same period again corrects it. Raises NoSuch, BadReport.

    A day whose counts have been put together takes no more of them.
    """
    if ended_at <= begun_at or vehicles < 0 or not 0 <= quality <= 1:
        raise BadReport("a count needs a period, vehicles from 0 and a quality from 0 to 1")
    if occupancy is not None and not 0 <= occupancy <= 1:
        raise BadReport("occupancy is a share from 0 to 1")
    if ended_at - begun_at > LONGEST_COUNT:
        raise BadReport("a count lasts a day at most")
    if FlowDay.objects.filter(day=timezone.localdate(begun_at)).exists():
        raise BadReport("the counts of this day have been put together")
    kept, _new = Flow.objects.update_or_create(
        junction=_junction(junction), lane=lane, vehicle_class=vehicle_class, begun_at=begun_at,
        defaults={
            "ended_at": ended_at, "vehicles": vehicles, "quality": quality, "occupancy": occupancy, "speed_kmh": speed_kmh,
        },
    )  # fmt: skip
    counted(kept)


def report_shadow(junction: str, *, controller: str, day: Any, **scores: Any) -> None:
    """Keep the score of one day of a controller in shadow; the same day again corrects it. Raises NoSuch, BadReport."""
    if any(float(value) < 0 for key, value in scores.items() if key != "source"):
        raise BadReport("minutes, delays, denials and recalls are not negative")
    if scores.get("minutes", 0) > MINUTES_OF_A_DAY:
        raise BadReport("a day has 1440 minutes")
    ShadowScore.objects.update_or_create(junction=_junction(junction), controller=controller, day=day, defaults=scores)


def report_proof(*, day: Any, controller: str, baseline: str, **figures: Any) -> None:
    """Keep the outcome of a day's replay in the twin, won or lost; the same again corrects it. Raises BadReport."""
    low, middle, high = (float(figures[key]) for key in ("low_percent", "change_percent", "high_percent"))
    if not low <= middle <= high:
        raise BadReport("the change lies within its interval")
    if int(figures["seeds"]) < 2:
        raise BadReport("an interval needs two runs or more")
    ProofOfGain.objects.update_or_create(day=day, controller=controller, baseline=baseline, defaults=figures)


def orders(junction: str, *, at: datetime) -> Orders:
    """What is ordered of a junction at an instant. Raises NoSuch.

    The lease for the gate is a slice of at most 300 s of the lease two persons gave: a process that no longer asks
    loses the junction by itself.
    """
    place = _junction(junction)
    layout = place.layouts.filter(state="approved").first()
    if layout is None:
        raise NoSuch(_("This junction has no approved layout."))
    lease = queries.lease_at(place.pk, at=at)
    override = queries.override_at(place.pk, at=at)
    plan = override.plan if override is not None and override.plan else queries.plan_at(place.pk, at=at)
    return Orders(
        junction=place.code,
        lease=_slice(place.code, lease, at=at) if lease else None,
        lease_id=lease.pk if lease else None,
        controller=lease.controller if lease else "",
        override=_told(override) if override else None,
        plan=None
        if plan is None
        else {"id": plan.pk, "name": plan.name, "cycle_s": plan.cycle_s, "offset_s": plan.offset_s, "splits": plan.splits},
        layout=layout.content,
        fingerprint=layout.fingerprint,
    )


def standing(*, at: datetime) -> dict[str, Standing]:
    """What is ordered of every junction with an approved layout; four statements for any number of them."""
    layouts = Layout.objects.filter(state="approved").values_list("junction_id", "junction__code", "pk")
    leases = {lease.junction_id: lease for lease in queries.valid_leases(at=at)}
    running = Override.objects.filter(Q(ended_at=None) | Q(ended_at__gt=at), ordered_at__lte=at, expires_at__gt=at)
    overrides = {row.junction_id: row for row in running.select_related("plan").order_by("ordered_at")}
    plans: dict[int, list[Plan]] = {}
    for plan in queries.plans_at(at=at):
        plans.setdefault(plan.junction_id, []).append(plan)
    found = {}
    for junction_id, code, version in layouts:
        lease, override = leases.get(junction_id), overrides.get(junction_id)
        meant = queries.plan_among(plans.get(junction_id, ()), at=at)
        found[code] = Standing(
            version=version, lease=_slice(code, lease, at=at) if lease else None, lease_id=lease.pk if lease else None,
            controller=lease.controller if lease else "", override=_told(override) if override else None,
            plan=meant.name if meant else "",
        )  # fmt: skip
    return found


def priority_asked(*, at: datetime) -> dict[str, Asked]:
    """Emergency vehicles and buses on their way, and what events close and run, by junction; four statements for any number of them."""
    runs: dict[str, list[Run]] = {}
    for p in queries.passages_now(at=at).select_related("run", "junction").order_by("run__asked_at", "run_id"):
        here = runs.setdefault(p.junction.code, [])
        here.append(
            Run(p.run_id, _called(p.run.vehicle, here), p.run.kind, p.from_approach, p.to_approach, p.eta.timestamp(), p.run.expires_at.timestamp())
        )
    buses: dict[str, list[Bus]] = {}
    for b in BusPosition.objects.filter(at__gt=at - timedelta(seconds=BUS_LIVES_S), at__lte=at + timedelta(seconds=1)).select_related("junction"):
        buses.setdefault(b.junction.code, []).append(
            Bus(b.vehicle, b.from_approach, b.to_approach, b.distance_m, b.speed_mps, b.lateness_s, b.passengers, b.at.timestamp())
        )
    happenings: dict[str, list[Happening]] = {}
    for arm in queries.event_arms(at=at).select_related("event", "junction"):
        event = arm.event
        happenings.setdefault(arm.junction.code, []).append(
            Happening(arm.approach, not arm.factor, event.starts_at.timestamp(), event.ends_at.timestamp())
        )
    signals: dict[str, list[EventSignals]] = {}
    for use in queries.event_signals(at=at).select_related("event", "junction", "plan").order_by("event__approved_at", "pk"):
        begin, end = use.event.starts_at.timestamp(), use.event.ends_at.timestamp()
        marks = tuple((str(stage), float(end_s)) for stage, end_s in use.marks)
        signals.setdefault(use.junction.code, []).append(
            EventSignals(use.event.name, use.plan.name, use.plan.cycle_s, use.plan.offset_s, marks, begin, end)
        )
    return {
        code: Asked(tuple(runs.get(code, ())), tuple(buses.get(code, ())), tuple(happenings.get(code, ())), tuple(signals.get(code, ())))
        for code in runs.keys() | buses.keys() | happenings.keys() | signals.keys()
    }


def _called(vehicle: str, others: Sequence[Run]) -> str:
    """How a vehicle is called at a junction: two agencies may have one of the same name on their way to it."""
    known = {run.vehicle for run in others}
    return next(name for name in (vehicle, *(f"{vehicle} ({n})" for n in range(2, len(known) + 3))) if name not in known)


def report_priority(junction: str, *, at: datetime, run: int, vehicle: str, what: str, text: str) -> None:
    """What the lights did for an emergency vehicle or a bus; stands in the audit. Raises NoSuch, BadPriority."""
    note_use(junction_code=junction, run_id=run, vehicle=vehicle, what=what, text=text, at=at)


def layout_of(junction: str) -> Mapping[str, Any]:
    """The layout in force. Raises NoSuch."""
    found = Layout.objects.filter(state="approved", junction__code=junction).first()
    if found is None:
        raise NoSuch(_("This junction has no approved layout."))
    content: Mapping[str, Any] = found.content
    return content


def _slice(code: str, lease: Lease, *, at: datetime) -> ArmLease:
    until = min(lease.expires_at, at + timedelta(seconds=SLICE_S))
    return ArmLease(
        junction=code, fingerprint=lease.fingerprint, operator=f"{lease.operator} ({lease.operator_id})",
        confirmed_by=f"{lease.confirmed_by} ({lease.confirmed_by_id})", granted_at=at.timestamp(), expires_at=until.timestamp(),
    )  # fmt: skip


def _told(order: Override) -> dict[str, Any]:
    return {
        "id": order.pk, "kind": order.kind, "stage": order.stage, "plan_id": order.plan_id, "reason": order.reason,
        "plan": order.plan.name if order.plan else "",
        "ordered_by": order.ordered_by, "expires_at": order.expires_at.timestamp(),
    }  # fmt: skip
