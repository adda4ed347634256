"""Who has reported what: all units against all indicators at one glance."""

from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from langbiang.foundation.access import acting, rules
from langbiang.foundation.organizations import queries as organizations

from .. import periods, queries
from ..services.obligations import in_force
from . import parts

ORDER = ("missing", "overdue", "late", "open", "on_time", "waived")


@require_GET
@rules.staff("indicators.view")
def matrix(request: HttpRequest) -> HttpResponse:
    """The reports due in one month. Cells say what they mean in words as well as by shape."""
    now = timezone.localtime()
    asked = request.GET.get("month", "")
    month = parts.period_of(asked) if asked else periods.of(now.date(), "M")
    if month.frequency != "M":
        month = periods.of(month.first, "M")
    zone = now.tzinfo
    first = datetime.combine(month.first, datetime.min.time(), tzinfo=zone)
    last = datetime.combine(month.last + timedelta(days=1), datetime.min.time(), tzinfo=zone) - timedelta(microseconds=1)
    indicators = [each for each in in_force(month.last) if each.source_kind != "internal"]
    found = queries.matrix(
        first=first, last=last, indicators=indicators, units=organizations.commune_agencies(on=month.last)
    )
    actor = acting(request)
    own = {agency for agency in (actor.agency_id,) if agency}
    common = [each for each in indicators if "commune" in each.levels]
    place = {each.code: n for n, each in enumerate(indicators)}
    rows = []
    for unit, cells in found.rows:
        mine = [cells[place[each.code]] for each in common]
        rows.append(
            {
                "name": unit.short_name or unit.name, "cells": list(zip(common, mine, strict=True)), "own": unit.id in own,
                "bad": sum(cell.state in ("missing", "overdue") for cell in mine),
                "late": sum(cell.state == "late" for cell in mine),
            }
        )  # fmt: skip
    if request.GET.get("sort") == "worst":
        rows.sort(key=lambda row: (-int(str(row["bad"])), -int(str(row["late"]))))
    return render(
        request, "indicators/matrix.html",
        {
            "tabs": parts.tabs(actor, "matrix"), "rows": rows, "indicators": [(each, queries.named(each)) for each in common],
            "owners": [(each, queries.named(each), organizations.name_of(organizations.agency_id_of(each.owner)), cell)
                       for each, cell in found.owner_cells],
            "counts": [(state, found.counts[state]) for state in ORDER if found.counts.get(state)],
            "month": parts.period_words(month), "sort": request.GET.get("sort", ""), "name": month.name,
            "before_url": f"{reverse('indicators:matrix')}?month={month.previous.name}",
            "after_url": f"{reverse('indicators:matrix')}?month={month.next.name}" if month.next.first <= now.date() + timedelta(days=31) else "",
        },
    )  # fmt: skip
