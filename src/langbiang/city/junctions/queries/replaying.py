"""What a day's replay stands on: the network as described, the counts of the day, the plans of its hours; and how it ended."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from langbiang.city.traffic.twin.demand import KINDS, Count
from langbiang.foundation.audit import queries as audit
from langbiang.foundation.audit.services import target_of

from ..models import Flow, Junction, Layout, Plan, ProofOfGain, Replay, Rule, Street
from .inforce import plan_among

TRUSTED = 0.5
# Whoever works tells every few seconds; who waits for the worker may wait behind a night of replays.
RUNNING_SILENT, WAITING_SILENT = timedelta(minutes=30), timedelta(days=1)
ON_FOOT = "pedestrian"
MIX = "class_mix_"


@dataclass(frozen=True)
class Ground:
    """What there is to replay a day with; `left_out` names junctions nobody counted at all, `layouts` the layout of the others by code."""

    content: Mapping[str, Any]
    counts: Sequence[Count]
    left_out: Sequence[str]
    source: str
    layouts: Mapping[str, int]


@dataclass(frozen=True)
class ClassMix:
    """How vehicles counted without a class are taken to be made up: shares by class, from a day on, with their source."""

    shares: Mapping[str, float]
    valid_from: date
    source: str
    verified: bool


def class_mix(day: date) -> ClassMix | None:
    """The mix in force on a day; None where no row holds."""
    rows = Rule.objects.filter(name__startswith=MIX, valid_from__lte=day).exclude(valid_to__lte=day).order_by("name", "valid_from")
    newest = {row.name.removeprefix(MIX): row for row in rows}
    found = {kind: newest[kind] for kind in KINDS if kind in newest and newest[kind].value > 0}
    total = sum(float(row.value) for row in found.values())
    if not total:
        return None
    return ClassMix(
        {kind: float(row.value) / total for kind, row in found.items()}, max(row.valid_from for row in found.values()),
        "; ".join(dict.fromkeys(row.source for row in found.values())), all(row.verified for row in found.values()),
    )  # fmt: skip


def _layouts(*, at: datetime) -> list[Layout]:
    """The layout of each junction that was in force at an instant; where none was yet, the first that came after."""
    found: dict[int, Layout] = {}
    rows = Layout.objects.filter(state__in=("approved", "past"), approved_at__isnull=False).select_related("junction")
    for row in rows.order_by("junction__code", "approved_at", "number"):
        if row.junction_id not in found or (row.approved_at is not None and row.approved_at <= at):
            found[row.junction_id] = row
    return list(found.values())


def ground(day: date, *, layouts_at: datetime | None = None) -> Ground:
    """Junctions with counts of the day, under the layouts in force when it ended (or at the instant given), and the streets between them."""
    begin = timezone.make_aware(datetime.combine(day, time()))
    rows = Flow.objects.filter(begun_at__gte=begin, ended_at__lte=begin + timedelta(days=1), quality__gte=TRUSTED).exclude(
        vehicle_class=ON_FOOT
    )
    counts, sources, seen = [], set(), set()
    codes = dict(Junction.objects.values_list("pk", "code"))
    for junction_id, lane, kind, begun, ended, vehicles, source in rows.values_list(
        "junction_id", "lane", "vehicle_class", "begun_at", "ended_at", "vehicles", "source"
    ):
        seen.add(junction_id)
        sources.add(source)
        counts.append(
            Count(codes[junction_id], lane, kind, int((begun - begin).total_seconds()), int((ended - begin).total_seconds()), vehicles)
        )
    layouts = _layouts(at=layouts_at or begin + timedelta(days=1))
    described = [row for row in layouts if row.junction_id in seen]
    inside = {row.junction_id for row in described}
    streets = Street.objects.filter(junction_a__in=inside, junction_b__in=inside).select_related("junction_a", "junction_b")
    content = {
        "source": "; ".join(sorted({row.junction.source for row in described})),
        "verified": bool(described) and all(row.junction.verified for row in described),
        "junctions": [
            {
                "code": row.junction.code, "latitude": float(row.junction.latitude), "longitude": float(row.junction.longitude),
                "layout": row.content,
            }
            for row in described
        ],
        "links": [
            {
                "between": [f"{s.junction_a.code}:{s.arm_a}", f"{s.junction_b.code}:{s.arm_b}"], "length_m": s.length_m,
                "speed_kmh": s.speed_kmh,
            }
            for s in streets.order_by("junction_a__code", "arm_a")
        ],
    }  # fmt: skip
    left_out = [row.junction.name for row in layouts if row.junction_id not in inside]
    told = "; ".join(sorted(s for s in sources if s))[:200]
    return Ground(content, counts, left_out, told, {row.junction.code: row.pk for row in described})


def plans_of_hours(
    layouts: Mapping[str, int], *, day: date, hours: Sequence[int], known_at: datetime | None = None
) -> dict[int, dict[str, dict[str, Any]]]:
    """The plan of each junction in the middle of each hour, for the layouts given; a junction without one is left out.

    A plan counts for an hour when it was approved before that hour began and not withdrawn before its middle, whatever became of it
    later. With `known_at` the plans in use at that instant are taken instead.
    """
    codes = {pk: code for code, pk in layouts.items()}
    plans = [
        (plan, _withdrawn_at(plan))
        for plan in Plan.objects.filter(layout__in=codes, approved_at__isnull=False, valid_from__lte=day).exclude(valid_to__lte=day)
    ]
    found: dict[int, dict[str, dict[str, Any]]] = {}
    for hour in hours:
        begin = timezone.make_aware(datetime.combine(day, time(hour)))
        middle = begin + timedelta(minutes=30)
        meant: dict[str, list[Plan]] = {}
        for plan, withdrawn_at in plans:
            is_known = plan.approved_at is not None and plan.approved_at <= (known_at or begin)
            is_in_use = plan.state != "withdrawn" or (withdrawn_at is not None and withdrawn_at > (known_at or middle))
            if is_known and is_in_use and plan.time_from <= timezone.localtime(middle).time() < plan.time_to:
                meant.setdefault(codes[plan.layout_id], []).append(plan)
        chosen = {code: plan_among(rows, at=middle) for code, rows in sorted(meant.items())}
        found[hour] = {code: {"splits": plan.splits, "offset_s": plan.offset_s} for code, plan in chosen.items() if plan is not None}
    return found


def _withdrawn_at(plan: Plan) -> datetime | None:
    """When a plan was taken out of use, as the trail tells it; None where it was not, or nobody knows."""
    if plan.state != "withdrawn":
        return None
    if plan.withdrawn_at is not None:
        return plan.withdrawn_at
    told = audit.history_of(target_of(plan)).filter(action="traffic.plan_withdrawn").last()
    return told.at if told is not None else None


def searched_file(content: Mapping[str, Any]) -> Path:
    """Where the optimised fixed plan of this very network is kept, searched or not."""
    known = json.dumps([content["junctions"], content["links"]], sort_keys=True)
    return Path(settings.HOME) / "traffic" / "plans" / f"searched-{hashlib.sha256(known.encode()).hexdigest()[:16]}.json"


def searched_plan(content: Mapping[str, Any]) -> dict[str, Any]:
    """The optimised fixed plan of this network by junction; empty where none was searched."""
    file = searched_file(content)
    if not file.is_file():
        return {}
    kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["plans"]
    return kept


def replays(*, since: date) -> QuerySet[Replay]:
    """Days replayed or not, the newest first."""
    return Replay.objects.filter(day__gte=since).order_by("-day")


def proofs(*, since: date) -> QuerySet[ProofOfGain]:
    """Comparisons of replayed days, the newest first; days lost as well."""
    return ProofOfGain.objects.filter(day__gte=since).order_by("-day", "controller", "baseline")


def is_unheard(state: str, told_at: datetime | None, *, at: datetime) -> bool:
    """Whether work in the twin has not been heard of for so long that it must have ended: running, or waiting for the worker."""
    bound = {"running": RUNNING_SILENT, "waiting": WAITING_SILENT}.get(state)
    return bound is not None and (told_at is None or told_at < at - bound)


def is_silent(row: Replay, *, at: datetime) -> bool:
    """Whether whoever was to work on it has not been heard of for so long that it must have ended."""
    return is_unheard(row.state, row.told_at, at=at)


def longest_silent(*, at: datetime) -> Replay | None:
    """The day whose replay has been silent longest; None where every one ended or is still at work."""
    rows = Replay.objects.filter(state__in=(Replay.State.WAITING, Replay.State.RUNNING)).order_by("told_at", "day")
    return next((row for row in rows if is_silent(row, at=at)), None)


def why_not_again(row: Replay) -> str:
    """Why a day replayed already gave nothing when it was replayed again, in words; empty where it did, or was not."""
    return _why(row.details.get("again") or {})


def why_not(row: Replay) -> str:
    """Why there is no proof of this day, in words; empty where there is one."""
    return _why({**row.details, "reason": row.reason})


def _why(told: Mapping[str, Any]) -> str:
    hours = ", ".join(f"{hour}:00" for hour in told.get("hours", []))
    match told.get("reason", ""):
        case "no_network":
            return _("No junction with an approved layout was counted on this day.")
        case "no_counts":
            return _("No vehicle was counted on this day.")
        case "gaps":
            return _("No hour was counted whole: at %(hours)s up to %(lanes)s of %(of)s lanes have no count.") % {
                "hours": hours, "lanes": told.get("lanes", 0), "of": told.get("of", 0),
            }  # fmt: skip
        case "no_mix":
            return _("Vehicles were counted without a class, and no class mix is in force for this day.")
        case "fewer":
            return _("Hours replayed before can no longer be replayed: %(hours)s.") % {"hours": hours}
        case "sumo":
            return _("The traffic simulator (SUMO) is not installed here. Install it with: bin/prepare twin")
        case "cannot_draw":
            return _("The layout of %(junction)s cannot be simulated (%(field)s): %(text)s") % {
                "junction": told.get("junction", ""), "field": told.get("field", ""), "text": told.get("text", ""),
            }  # fmt: skip
        case "failed":
            return _("The simulation broke off: %(text)s") % {"text": told.get("text", "")}
    return ""
