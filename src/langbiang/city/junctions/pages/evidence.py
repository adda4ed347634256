"""Shadow mode: what a controller computed beside the live one, and whether it may be armed for it."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from langbiang.foundation.access import rules
from langbiang.foundation.access.acting import acting

from .. import policies, queries
from ..models import ShadowScore
from ..services.finding import rule
from .forms import controller_word
from .parts import tabs


@rules.staff("traffic.view")
@require_GET
def shadow(request: HttpRequest) -> HttpResponse:
    """Scores of the last days beside the live controller, and what still keeps it from being armed."""
    now = timezone.now()
    days = int(rule("shadow_days", at=now))
    since = timezone.localdate(now) - timedelta(days=days)
    rows = policies.visible(
        acting(request), ShadowScore.objects.filter(day__gte=since).select_related("junction"), by="junction__agency_id"
    ).order_by("junction__name", "controller", "-day")
    groups: dict[tuple[int, str], dict[str, Any]] = {}
    for row in rows:
        group = groups.setdefault(
            (row.junction_id, row.controller),
            {"junction": row.junction, "code": row.controller, "controller": controller_word(row.controller), "rows": []},
        )
        group["rows"].append(row)
    objections = queries.objections([(group["junction"], group["code"]) for group in groups.values()], at=now)
    for pair, group in groups.items():
        group["objection"] = objections[pair]
    return render(request, "junctions/shadow.html", {"tabs": tabs("shadow"), "groups": list(groups.values()), "days": days})
