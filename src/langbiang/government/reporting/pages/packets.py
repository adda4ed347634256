"""How far the standard is entered, and the packets made so far."""

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from langbiang.foundation.access import acting, rules

from .. import queries
from ..packets import KINDS
from .found import LONGEST_NUMBER, number_or_404, tabs

PAGE = 50


@rules.staff("reporting.view")
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Thirteen kinds: n of m fields verified."""
    rows = queries.verified(at=timezone.now())
    return render(
        request, "reporting/overview.html",
        {"tabs": tabs("overview"), "rows": rows, "verified": sum(row.verified for row in rows),
         "fields": sum(row.fields for row in rows), "unmapped": sum(row.unmapped for row in rows)},
    )  # fmt: skip


@rules.staff("reporting.view")
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Packets, newest first."""
    told = request.GET.get("before", "")
    before = int(told) if told.isdigit() and int(told) <= LONGEST_NUMBER else 0
    rows = queries.packets(acting(request)).defer("content")
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    older = f"?before={found[PAGE - 1].pk}" if len(found) > PAGE else ""
    lines = [(row, message, KINDS[row.kind].title) for row, message in queries.with_messages(found[:PAGE])]
    return render(request, "reporting/packets.html", {"tabs": tabs("packets"), "lines": lines, "older": older})


@rules.staff("reporting.view")
@require_GET
def packet(request: HttpRequest, packet_id: int) -> HttpResponse:
    """One packet: what it says, what it replaces, where it is."""
    rows = queries.packets(acting(request)).select_related("replaces")
    row = get_object_or_404(rows, pk=number_or_404(packet_id))
    ((_row, message),) = queries.with_messages([row])
    return render(
        request, "reporting/packet.html",
        {"row": row, "message": message, "title": KINDS[row.kind].title, "corrections": row.corrections.order_by("pk"),
         "content": json.dumps(row.content, ensure_ascii=False, indent=2)},
    )  # fmt: skip
