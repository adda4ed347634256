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

from langbiang.city.traffic.twin.demand import Count

from ..models import Flow, Junction, Layout, ProofOfGain, Replay, Street
from .inforce import plan_at

TRUSTED = 0.5
SILENT_MINUTES = 30
ON_FOOT = "pedestrian"


@dataclass(frozen=True)
class Ground:
    """What there is to replay a day with; `left_out` names junctions nobody counted at all."""

    content: Mapping[str, Any]
    counts: Sequence[Count]
    left_out: Sequence[str]
    source: str


def ground(day: date) -> Ground:
    """Junctions with an approved layout and counts of the day, the streets between them, and the counts."""
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
    layouts = Layout.objects.filter(state="approved").select_related("junction").order_by("junction__code")
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
    return Ground(content, counts, left_out, "; ".join(sorted(s for s in sources if s))[:200])


def plans_of_hours(codes: Sequence[str], *, day: date, hours: Sequence[int]) -> dict[int, dict[str, dict[str, Any]]]:
    """The approved plan of each junction in the middle of each hour; a junction without one is left out."""
    places = list(Junction.objects.filter(code__in=codes).order_by("code"))
    found: dict[int, dict[str, dict[str, Any]]] = {}
    for hour in hours:
        at = timezone.make_aware(datetime.combine(day, time(hour, 30)))
        plans = [(place.code, plan_at(place.pk, at=at)) for place in places]
        found[hour] = {code: {"splits": plan.splits, "offset_s": plan.offset_s} for code, plan in plans if plan is not None}
    return found


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


def is_silent(row: Replay, *, at: datetime) -> bool:
    """Whether whoever worked on it has not been heard of for so long that it must have ended."""
    return row.state in (Replay.State.WAITING, Replay.State.RUNNING) and row.told_at < at - timedelta(minutes=SILENT_MINUTES)


def why_not(row: Replay) -> str:
    """Why there is no proof of this day, in words; empty where there is one."""
    told = row.details
    hours = ", ".join(f"{hour}:00" for hour in told.get("hours", []))
    match row.reason:
        case "no_network":
            return _("No junction with an approved layout was counted on this day.")
        case "no_counts":
            return _("No vehicle was counted on this day.")
        case "gaps":
            return _("No hour was counted whole: at %(hours)s up to %(lanes)s of %(of)s lanes have no count.") % {
                "hours": hours, "lanes": told.get("lanes", 0), "of": told.get("of", 0),
            }  # fmt: skip
        case "sumo":
            return _("The traffic simulator (SUMO) is not installed here. Install it with: bin/prepare twin")
        case "cannot_draw":
            return _("The layout of %(junction)s cannot be simulated (%(field)s): %(text)s") % {
                "junction": told.get("junction", ""), "field": told.get("field", ""), "text": told.get("text", ""),
            }  # fmt: skip
        case "failed":
            return _("The simulation broke off: %(text)s") % {"text": told.get("text", "")}
    return ""
