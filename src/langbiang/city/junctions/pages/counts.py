"""How far the counts of a junction can be believed: each approach against what its neighbours let go towards it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from langbiang.foundation.access import rules

from ..models import OPEN_STATES
from ..services.balancing import KIND, zones_of
from ..services.finding import rule
from .parts import within_reach


@rules.staff("traffic.view")
@require_GET
def counts(request: HttpRequest, code: str) -> HttpResponse:
    """The last comparison of every approach, and the sentence of those that do not fit."""
    place, now = within_reach(request, code), timezone.now()
    layout = place.layouts.filter(state="approved").first()
    known = {row.approach: row for row in place.balances.select_related("origin")}
    said = {alert.kind: alert.words for alert in place.alerts.filter(kind__startswith=KIND, state__in=OPEN_STATES)}
    rows: list[dict[str, Any]] = []
    for approach in layout.content["approaches"] if layout else ():
        row = known.get(approach["key"])
        rows.append(
            {
                "approach": approach, "zones": ", ".join(zones_of(place, approach["key"])), "row": row,
                "state": (row.kind or "fits") if row else "", "why": said.get(f"{KIND}{approach['key']}"[:30], "") if row and row.kind else "",
                "percent": round(100 * row.counted / row.expected) if row and row.expected else None,
            }
        )  # fmt: skip
    return render(
        request, "junctions/counts.html",
        {
            "junction": place, "rows": rows, "hours": int(rule("balance_hours", at=now)), "days": int(rule("balance_days", at=now)),
            "tolerance": rule("balance_tolerance_percent", at=now), "turn_off": rule("balance_turn_off_percent", at=now),
        },
    )  # fmt: skip
