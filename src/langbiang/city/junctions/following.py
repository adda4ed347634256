"""What the control process tells and asks: the latest status, decisions, verdicts, the event log; and the orders in force.

The process calls these from its own thread, never inside its tick. Nothing here judges what is safe: that is the gate's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from langbiang.city.traffic.gate.arming import ArmLease
from langbiang.foundation.access import SYSTEM

from . import queries
from .models import (
    Decision,
    Flow,
    Junction,
    JunctionStatus,
    Lease,
    Override,
    ProofOfGain,
    ShadowScore,
    SignalEvent,
    Verdict,
)
from .services.alerts import raise_alert
from .services.finding import NoSuch

MODES = ("local", "armed", "flash", "manual", "preempt", "fault")
LAMPS = frozenset("Ggyrw")
CAMERA_WORDS = ("ok", "blind", "frozen", "fog", "moved", "dark", "lost")
SLICE_S = 300.0


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


def _junction(code: str) -> Junction:
    found = Junction.objects.filter(code=code).first()
    if found is None:
        raise NoSuch(_("There is no such junction."))
    return found


@transaction.atomic
def report_status(
    junction: str,
    *,
    at: datetime,
    mode: str,
    controller: str = "",
    stage: str = "",
    stage_since: datetime | None = None,
    reason: str = "",
    lamps: Mapping[str, str] | None = None,
    queues: Mapping[str, float] | None = None,
    cameras: Mapping[str, str] | None = None,
) -> JunctionStatus | None:
    """Take in what a junction shows at an instant; an older report than the one known changes nothing (gives None).

    lamps by movement: G green, g green that gives way, w walk, y yellow or walk clearance, r red; queues by lane in
    vehicles; cameras by zone. A junction said to be armed without a lease valid at `at` is shown as driven without a
    lease and raises an alert. Raises NoSuch, BadReport.
    """
    if mode not in MODES:
        raise BadReport(f"unknown mode {mode!r}")
    lamps, queues, cameras = dict(lamps or {}), dict(queues or {}), dict(cameras or {})
    if not set(lamps.values()) <= LAMPS:
        raise BadReport("a lamp is one of G, g, w, y, r")
    if any(value < 0 for value in queues.values()):
        raise BadReport("a queue is not negative")
    if not set(cameras.values()) <= set(CAMERA_WORDS):
        raise BadReport(f"a camera is one of {', '.join(CAMERA_WORDS)}")
    place = _junction(junction)
    known = JunctionStatus.objects.select_for_update().filter(junction=place).first()
    if known is not None and known.at >= at:
        return None
    lease = queries.lease_at(place.pk, at=at) if mode == "armed" else None
    if mode == "armed" and lease is None:
        mode = "unlicensed"
        told = _("The control process drives this junction without a valid lease.")
        raise_alert(SYSTEM, junction_code=place.code, kind="unlicensed", text=told, at=at)
    before = known.cameras if known else {}
    for zone, word in sorted(cameras.items()):
        if word != "ok" and before.get(zone, "ok") == "ok":
            told = _("Camera %(zone)s: %(word)s. Its approach is served as if somebody always waited.")
            raise_alert(
                SYSTEM, junction_code=place.code, kind=f"camera:{zone}"[:30],
                text=told % {"zone": zone, "word": queries.camera_word(word)}, at=at,
            )  # fmt: skip
    if mode == "fault" and (known is None or known.mode != "fault"):
        raise_alert(SYSTEM, junction_code=place.code, kind="fault", text=_("The cabinet reports a fault."), at=at)
    row, _new = JunctionStatus.objects.update_or_create(
        junction=place,
        defaults={
            "at": at, "mode": mode, "lease": lease, "lease_until": lease.expires_at if lease else None,
            "controller": controller[:40], "stage": stage[:20], "stage_since": stage_since, "reason": reason[:400],
            "lamps": lamps, "queues": queues, "cameras": cameras,
        },
    )  # fmt: skip
    return row


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
    """Keep a count of one lane and class over a period; the same period again corrects it. Raises NoSuch, BadReport."""
    if ended_at <= begun_at or vehicles < 0 or not 0 <= quality <= 1:
        raise BadReport("a count needs a period, vehicles from 0 and a quality from 0 to 1")
    if occupancy is not None and not 0 <= occupancy <= 1:
        raise BadReport("occupancy is a share from 0 to 1")
    Flow.objects.update_or_create(
        junction=_junction(junction), lane=lane, vehicle_class=vehicle_class, begun_at=begun_at,
        defaults={
            "ended_at": ended_at, "vehicles": vehicles, "quality": quality, "occupancy": occupancy, "speed_kmh": speed_kmh,
        },
    )  # fmt: skip


def report_shadow(junction: str, *, controller: str, day: Any, **scores: Any) -> None:
    """Keep the score of one day of a controller in shadow; the same day again corrects it. Raises NoSuch."""
    ShadowScore.objects.update_or_create(junction=_junction(junction), controller=controller, day=day, defaults=scores)


def report_proof(*, day: Any, controller: str, baseline: str, **figures: Any) -> None:
    """Keep the outcome of a day's replay in the twin, won or lost; the same again corrects it."""
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


def _slice(code: str, lease: Lease, *, at: datetime) -> ArmLease:
    until = min(lease.expires_at, at + timedelta(seconds=SLICE_S))
    return ArmLease(
        junction=code, fingerprint=lease.fingerprint, operator=f"{lease.operator} ({lease.operator_id})",
        confirmed_by=f"{lease.confirmed_by} ({lease.confirmed_by_id})", granted_at=at.timestamp(), expires_at=until.timestamp(),
    )  # fmt: skip


def _told(order: Override) -> dict[str, Any]:
    return {
        "id": order.pk, "kind": order.kind, "stage": order.stage, "plan_id": order.plan_id, "reason": order.reason,
        "ordered_by": order.ordered_by, "expires_at": order.expires_at.timestamp(),
    }  # fmt: skip
