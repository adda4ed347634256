"""Emergency vehicles on their way, as people see them and as the control process asks for them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from langbiang.foundation.access import Actor

from .. import policies
from ..models import Junction, PriorityPassage, PriorityRun


@dataclass(frozen=True)
class Approaching:
    """A vehicle on its way to a junction, now."""

    passage: PriorityPassage
    arrives_in_s: int
    state: str  # coming, green, given_up, passed

    @property
    def run(self) -> PriorityRun:
        """The run it belongs to."""
        return self.passage.run


def kind_word(kind: str) -> str:
    """A kind of vehicle in words."""
    return {
        "fire": _("fire engine"), "military": _("military vehicle on urgent duty"), "police": _("police vehicle on urgent duty"),
        "ambulance": _("ambulance"), "disaster": _("disaster relief vehicle"), "funeral": _("funeral procession"),
    }.get(kind, kind)  # fmt: skip


def state_of(passage: PriorityPassage) -> str:
    """What has come of a passage so far."""
    if passage.passed_at is not None:
        return "passed"
    if passage.given_up_at is not None and (passage.green_at is None or passage.given_up_at >= passage.green_at):
        return "given_up"
    return "green" if passage.green_at is not None else "coming"


def passages_now(*, at: datetime) -> QuerySet[PriorityPassage]:
    """Passages of runs that hold at an instant and that have not been passed."""
    return PriorityPassage.objects.filter(passed_at=None, run__ended_at=None, run__expires_at__gt=at, run__asked_at__lte=at)


def approaching(junction: Junction, *, at: datetime) -> list[Approaching]:
    """Vehicles on their way to a junction, the nearest first; one statement."""
    return shown(passages_now(at=at).filter(junction=junction).select_related("run").order_by("eta"), at=at)


def approaching_all(junction_ids: Iterable[int], *, at: datetime) -> dict[int, list[Approaching]]:
    """The same for several junctions; one statement."""
    found: dict[int, list[Approaching]] = {}
    for one in shown(passages_now(at=at).filter(junction__in=list(junction_ids)).select_related("run").order_by("eta"), at=at):
        found.setdefault(one.passage.junction_id, []).append(one)
    return found


def shown(passages: Iterable[PriorityPassage], *, at: datetime) -> list[Approaching]:
    """Passages as they stand now."""
    return [Approaching(p, max(0, round((p.eta - at).total_seconds())), state_of(p)) for p in passages]


def runs(actor: Actor, *, at: datetime, is_running: bool) -> QuerySet[PriorityRun]:
    """Runs over a junction within reach: those that hold, newest first, or those that ended."""
    within = policies.visible(actor, PriorityPassage.objects.filter(run=OuterRef("pk")), by="junction__agency_id")
    rows = PriorityRun.objects.filter(Exists(within))
    if is_running:
        return rows.filter(ended_at=None, expires_at__gt=at).order_by("-asked_at")
    return rows.exclude(ended_at=None, expires_at__gt=at)
