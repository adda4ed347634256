"""Alerts of the junctions."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.access.acting import acting

from .. import policies, queries, services
from ..models import OPEN_STATES, Alert
from .parts import tabs, tell

SHOWN = 100


@rules.staff("traffic.view")
@require_GET
def alerts(request: HttpRequest) -> HttpResponse:
    """What somebody must look at, or what was closed, the newest first."""
    closed, actor = request.GET.get("closed") == "1", acting(request)
    found = policies.visible(actor, Alert.objects.select_related("junction"), by="junction__agency_id")
    found = found.filter(state="closed") if closed else found.filter(state__in=OPEN_STATES)
    moment = "closed_at" if closed else "raised_at"
    rows = list(queries.older(found, moment, request.GET.get("after", ""))[: SHOWN + 1])
    shown = rows[:SHOWN]
    here = reverse("junctions:alerts")
    onward = f"{here}?{'closed=1&' if closed else ''}after={queries.key_of(shown[-1], moment)}" if len(rows) > SHOWN else ""
    views = [
        {"label": _("Open"), "url": here, "current": not closed}, {"label": _("Closed"), "url": f"{here}?closed=1", "current": closed},
    ]  # fmt: skip
    return render(
        request, "junctions/alerts.html",
        {
            "tabs": tabs("alerts"), "views": views, "rows": shown, "next_url": onward, "closed": closed, "now": timezone.now(),
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
    note = request.POST.get("note", "")[:400]
    try:
        services.close_alert(acting(request), alert_id=alert_id, note=note, at=timezone.now())
    except services.NoSuch:
        raise
    except Refusal as refused:
        tell(request, refused)
        if note.strip():
            messages.info(request, _("What you wrote was not saved: %(note)s") % {"note": note})
    return redirect("junctions:alerts")
