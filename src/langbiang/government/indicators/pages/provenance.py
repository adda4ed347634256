"""Where one figure comes from, and where it is used."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from langbiang.foundation.access import SYSTEM, acting, rules
from langbiang.foundation.measures import Shown, uses_of
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.reporting import queries as reporting

from .. import formulas, periods, queries, words
from ..breakdowns import TOTAL
from ..models import Indicator
from ..periods import Period
from . import parts


@require_GET
@rules.staff("indicators.view")
def provenance(request: HttpRequest, code: str, agency_id: int, period: str) -> HttpResponse:
    """Where a figure, or one part of it, comes from: what it means, what it was reckoned from, who reported, checked and published it,
    revisions."""
    span = parts.period_of(period)
    catalogue = queries.Catalogue()
    now = parts.named_indicator(code)
    each = catalogue.row(code, span.last) or now
    if not organizations.agency_exists(agency_id) or (span.frequency, _scheme(span)) != (each.frequency, _scheme_of(each)):
        raise Http404
    breakdowns = queries.Breakdowns()
    part = parts.part_of(request, breakdowns)
    (_span, found), = queries.history(each, agency_id, last=span, count=1, catalogue=catalogue, part=part)
    broken = queries.parts_of(each, agency_id, span, catalogue=catalogue, breakdowns=breakdowns) if part == TOTAL else []
    series = catalogue.series
    is_rolled_up = queries.children(each, agency_id, series, period=span) != [agency_id]
    # What is official is given for the province itself, also where the rest of the report comes from units.
    own = [code for code in each.series_codes if not is_rolled_up or queries.is_official(series[code])]
    rows = [] if each.formula else list(queries.vintages(own, agency_id, span.name, part=part))
    return render(
        request, "indicators/provenance.html",
        {
            "indicator": each, "name": queries.named(each), "agency": organizations.name_of(agency_id), "agency_id": agency_id,
            "part": part, "part_name": breakdowns.part_name(part), "whole_url": parts.address("indicators:provenance", code, agency_id, span.name),
            "units_url": parts.address("indicators:indicator", code, part=part),
            "broken_down": parts.parts_table(broken, each, agency_id, span, is_province=agency_id == parts.root_id()),
            "period": words.period_words(span), "first": span.first, "last": span.last,
            "value": parts.value_words(found.value, each), "figure": found, "is_changed": len(catalogue.rows[code]) > 1,
            "top": [queries.named(series[c]) for c in each.top], "base": [queries.named(series[c]) for c in each.base],
            "operands": _operands(catalogue, each, agency_id, span) if each.formula else [],
            "vintages": [(row, queries.named(row.series), parts.value_words(row.value, row.series)) for row in rows],
            "is_rolled_up": is_rolled_up,
            "packets": _packets(each, span), "records_url": _records_url(each, agency_id, span, found) if part == TOTAL else "", "owner": organizations.name_of(organizations.agency_id_of(each.owner)),
            "reports": sorted({row.obligation_id for row in rows if row.obligation_id}),
            "uses": uses_of(
                acting(request),
                Shown(each.measure, code, tuple(each.series_codes), agency_id, span.first, span.last, span.name),
            ),
        },
    )  # fmt: skip


def _scheme(span: Period) -> str:
    return span.scheme if span.frequency not in "DW" else periods.CALENDAR


def _scheme_of(each: Indicator) -> str:
    return each.scheme if each.frequency not in "DW" else periods.CALENDAR


def _operands(catalogue: queries.Catalogue, each: Indicator, agency_id: int, span: Period) -> list[dict[str, Any]]:
    """The figures a formula was reckoned from, each with the way to where it comes from."""
    values = queries.as_known(catalogue.leaves(each.code, span.first, span.last), first=span, last=span)
    found = []
    for code in formulas.read(each.formula).codes:
        row = catalogue.row(code, span.last)
        if row is None:
            continue
        thing = catalogue.series[code] if "." in code else row
        told = catalogue.figure(code, agency_id, span, values)
        found.append(
            {
                "code": code, "name": queries.named(thing), "value": parts.value_words(told.value, thing), "figure": told,
                "url": reverse("indicators:provenance", args=[row.code, agency_id, span.name]),
            }
        )  # fmt: skip
    return found


def _packets(each: Indicator, span: Period) -> list[tuple[Any, Any]]:
    """The packets this figure went to the Government in, with the messages that carry them, the newest first."""
    rows = reporting.packets(SYSTEM).filter(kind="indicator_data", subject=each.code, period=span.name).order_by("-vintage")
    return reporting.with_messages(list(rows[:20]))


def _records_url(each: Indicator, agency_id: int, span: Period, found: queries.Figure) -> str:
    """Where the records behind a figure of the platform itself are listed, as they were known when it was taken."""
    last = min(span.last, timezone.localdate())
    if not each.measure or span.first > last:
        return ""
    asked = {"from": f"{span.first:%d/%m/%Y}", "to": f"{last:%d/%m/%Y}"}
    if found.newest is not None:
        asked["known_at"] = found.newest.isoformat()
    if agency_id != parts.root_id():
        asked["agency"] = str(agency_id)
    return f"{reverse('centre:records', args=[each.measure])}?{urlencode(asked)}"
