"""Shadow mode and proof of gain: what a controller did beside the live one, and what a day's replay showed."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from langbiang.foundation.access import rules
from langbiang.foundation.access.acting import acting

from .. import policies
from ..models import ProofOfGain, ShadowScore
from ..services.arming import shadow_objection
from ..services.finding import rule
from .forms import controller_word
from .parts import tabs

CALIBRATED = 0.85


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
    for group in groups.values():
        group["objection"] = shadow_objection(group["junction"], controller=group["code"], at=now)
    return render(request, "junctions/shadow.html", {"tabs": tabs("shadow"), "groups": list(groups.values()), "days": days})


@rules.staff("traffic.view")
@require_GET
def gain(request: HttpRequest) -> HttpResponse:
    """The replays of the last thirty days, lost days as well."""
    since = timezone.localdate() - timedelta(days=30)
    rows = [
        {
            "row": row, "controller": controller_word(row.controller), "baseline": baseline_word(row.baseline),
            "calibrated": float(row.geh_share) >= CALIBRATED, "geh": float(row.geh_share) * 100,
            "outcome": "won" if row.high_percent < 0 else "lost" if row.low_percent > 0 else "open",
        }
        for row in ProofOfGain.objects.filter(day__gte=since).order_by("-day", "controller", "baseline")
    ]  # fmt: skip
    return render(request, "junctions/gain.html", {"tabs": tabs("gain"), "rows": rows})


def baseline_word(code: str) -> str:
    """A baseline in words."""
    return _("Plan of the cabinet") if code == "fixed" else controller_word(code)
