"""The junctions as they stand now: all of them, and one."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from langbiang.foundation.access import rules
from langbiang.foundation.access.acting import acting

from .. import queries
from ..models import Decision, Verdict
from ..queries import LiveJunction
from .drawing import draw, draw_stage, lamp_word
from .forms import controller_word
from .parts import tabs
from .priority import street

SHOWN = 12


def _shown(row: LiveJunction) -> dict[str, Any]:
    queues = dict(row.status.queues) if row.status and not row.is_stale else {}
    cameras = [] if row.status is None else [(zone, queries.camera_word(word), word == "ok") for zone, word in sorted(row.status.cameras.items())]
    return {
        "live": row, "picture": draw(row.layout, lamps=row.lamps, queues=queues) if row.layout else None,
        "cameras": cameras, "seeing": sum(1 for camera in cameras if camera[2]),
        "lamps": [(key, lamp_word(row.lamps.get(key, ""))) for key in (row.layout.movements if row.layout else [])],
        "controller": controller_word(row.status.controller) if row.status else "",
        "short": row.junction.name.removeprefix("Nút "),
    }  # fmt: skip


@rules.staff("traffic.view")
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """All junctions within reach on the schematic."""
    return render(request, "junctions/overview.html", _overview(request) | {"tabs": tabs("overview")})


@rules.staff("traffic.view")
@require_GET
def overview_part(request: HttpRequest) -> HttpResponse:
    """What changes every second."""
    return render(request, "junctions/_overview.html", _overview(request))


def _overview(request: HttpRequest) -> dict[str, Any]:
    now = timezone.now()
    rows = queries.live(acting(request), at=now)
    coming = queries.approaching_all([row.junction.pk for row in rows], at=now)
    return {"rows": [_shown(row) | {"coming": _coming(row, coming.get(row.junction.pk, []))} for row in rows], "now": now}


def _coming(row: LiveJunction, rows: list[queries.Approaching]) -> list[dict[str, Any]]:
    """Emergency vehicles on their way, with the streets they come from and leave by."""
    return [
        {"one": one, "kind": queries.kind_word(one.run.kind), "from": street(row, one.passage.from_approach), "to": street(row, one.passage.to_approach)}
        for one in rows
    ]


def _one(request: HttpRequest, code: str) -> dict[str, Any]:
    now = timezone.now()
    rows = queries.live(acting(request), at=now, code=code)
    if not rows:
        raise Http404
    place, lease = rows[0].junction, rows[0].lease
    left_s = max(0, int((lease.expires_at - now).total_seconds())) if lease else 0
    return {
        "left": f"{left_s // 60}:{left_s % 60:02d}",
        "row": _shown(rows[0]) | {"coming": _coming(rows[0], queries.approaching(place, at=now))}, "live": rows[0], "junction": place, "now": now,
        "decisions": Decision.objects.filter(junction_id=place.pk, at__lte=now).order_by("-at")[:SHOWN],
        "verdicts": Verdict.objects.filter(junction_id=place.pk, at__lte=now).order_by("-at")[:SHOWN],
    }  # fmt: skip


@rules.staff("traffic.view")
@require_GET
def junction(request: HttpRequest, code: str) -> HttpResponse:
    """One junction: what it shows and why, its stages, plans and orders."""
    context = _one(request, code)
    layout = context["live"].layout
    stages = [(stage, draw_stage(layout, stage)) for stage in layout.content["stages"]] if layout else []
    plans = context["junction"].plans.exclude(state__in=["past", "withdrawn"]).order_by("name", "pk")
    actor, agency = acting(request), context["junction"].agency_id
    return render(
        request, "junctions/junction.html",
        context | {
            "stages": stages, "plans": plans, "may_operate": actor.may("traffic.operate", agency_id=agency),
            "may_plan": actor.may("traffic.plan", agency_id=agency), "may_announce": actor.may("traffic.priority", agency_id=agency),
        },
    )  # fmt: skip


@rules.staff("traffic.view")
@require_GET
def junction_part(request: HttpRequest, code: str) -> HttpResponse:
    """What changes every second on the page of one junction."""
    return render(request, "junctions/_junction.html", _one(request, code))
