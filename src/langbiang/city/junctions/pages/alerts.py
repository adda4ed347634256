"""Alerts of the junctions."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.access.acting import acting

from .. import policies, services
from ..models import OPEN_STATES, Alert
from .parts import tabs, tell

SHOWN = 100


@rules.staff("traffic.view")
@require_GET
def alerts(request: HttpRequest) -> HttpResponse:
    """What somebody must look at, or what was closed."""
    closed, actor = request.GET.get("closed") == "1", acting(request)
    rows = policies.visible(actor, Alert.objects.select_related("junction"), by="junction__agency_id")
    rows = rows.filter(state="closed").order_by("-closed_at") if closed else rows.filter(state__in=OPEN_STATES).order_by("-raised_at")
    here = reverse("junctions:alerts")
    views = [
        {"label": _("Open"), "url": here, "current": not closed}, {"label": _("Closed"), "url": f"{here}?closed=1", "current": closed},
    ]  # fmt: skip
    return render(
        request, "junctions/alerts.html",
        {
            "tabs": tabs("alerts"), "views": views, "rows": rows[:SHOWN], "closed": closed, "now": timezone.now(),
            "may_operate": "traffic.operate" in actor.permissions,
        },
    )  # fmt: skip


@rules.staff("traffic.operate")
@require_POST
def acknowledge(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Say that somebody looks after it."""
    try:
        services.acknowledge_alert(acting(request), alert_id=alert_id, at=timezone.now())
    except services.NoSuch:
        raise
    except Refusal as refused:
        tell(request, refused)
    return redirect("junctions:alerts")


@rules.staff("traffic.operate")
@require_POST
def close(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Close it with what was done."""
    try:
        services.close_alert(acting(request), alert_id=alert_id, note=request.POST.get("note", ""), at=timezone.now())
    except services.NoSuch:
        raise
    except Refusal as refused:
        tell(request, refused)
    return redirect("junctions:alerts")
