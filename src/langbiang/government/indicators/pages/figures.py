"""Looking at figures: all of them, one over time and by unit, and where one figure comes from."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from langbiang.foundation.access import acting, rules
from langbiang.foundation.organizations import queries as organizations

from .. import periods, queries, words
from ..breakdowns import TOTAL
from ..models import Indicator, Target
from ..outlook import Outlook, outlook
from ..periods import Period
from ..services.obligations import in_force
from . import parts
from .forms import AsKnownForm

COMMUNE = "people_committee_commune"


def _target(code: str, agency_id: int, year: int) -> Target | None:
    return Target.objects.filter(code=code, agency_id=agency_id, year=year, kind="plan", known_to__isnull=True).first()


def _is_stale(period: Period, indicator: Indicator, now: datetime) -> bool:
    return timezone.localdate(now) - period.last > parts.STALE_AFTER[indicator.frequency]


@require_GET
@rules.staff("indicators.view")
def overview(request: HttpRequest) -> HttpResponse:
    """The indicators of the province, chapter by chapter: value, change, target, how fresh, how complete."""
    now = timezone.now()
    indicators = in_force(timezone.localdate(now))
    all_figures = queries.province_figures(indicators, on=timezone.localtime(now))
    root = parts.root_id()
    targets = {(row.code, row.year): row for row in Target.objects.filter(agency_id=root, kind="plan", known_to__isnull=True)}
    chapters: dict[int, dict[str, Any]] = {}
    for each in indicators:
        chapter = chapters.setdefault(each.group_id, {"group": each.group, "rows": []})
        chapter["rows"].append(_row(each, all_figures[each.code], targets, root, now))
    found = sorted(chapters.values(), key=lambda chapter: chapter["group"].rank)
    return render(request, "indicators/overview.html", {"tabs": parts.tabs(acting(request), "overview"), "chapters": found})


def _row(
    each: Indicator, spans: list[tuple[Period, queries.Figure]], targets: Mapping[tuple[str, int], Target], root: int, now: datetime
) -> dict[str, Any]:
    period, found = next(
        ((p, f) for p, f in reversed(spans) if f.value is not None), (spans[-1][0], spans[-1][1])
    )
    target = targets.get((each.code, period.last.year))
    before = dict(spans).get(period.previous)
    change = found.value - before.value if before and before.value is not None and found.value is not None else None
    tone = ""
    if change is not None and each.direction and change:
        tone = "done" if (change > 0) == (each.direction > 0) else "late"
    return {
        "indicator": each, "name": queries.named(each), "value": parts.value_words(found.value, each), "figure": found,
        "period": words.period_words(period), "stale": found.value is not None and _is_stale(period, each, now),
        "change": None if change is None else parts.value_words(abs(change), each), "up": change is not None and change > 0,
        "same": change == 0, "tone": tone, "chart": parts.chart(spans, each),
        "target": parts.value_words(target.value, each) if target else "",
        "url": reverse("indicators:indicator", args=[each.code]),
        "from_url": reverse("indicators:provenance", args=[each.code, root, period.name]),
    }  # fmt: skip


@require_GET
@rules.staff("indicators.view")
def indicator(request: HttpRequest, code: str) -> HttpResponse:
    """One indicator, or one part of it: its line, its units, its target and where it is heading; as known now or at a moment."""
    each = parts.named_indicator(code)
    form = AsKnownForm(request.GET or None)
    known_at = form.cleaned_data.get("known_at") if form.is_bound and form.is_valid() else None
    now = timezone.now()
    root = parts.root_id()
    agency_id = _agency(request, root)
    count = {"D": 60, "W": 52, "M": 24, "Q": 12, "S": 8, "A": 8}[each.frequency]
    last = periods.of(timezone.localdate(known_at or now), each.frequency, each.scheme)
    breakdowns, catalogue = queries.Breakdowns(), queries.Catalogue()
    part = parts.part_of(request, breakdowns)
    spans = queries.history(each, agency_id, last=last, count=count, known_at=known_at, catalogue=catalogue, part=part)
    while spans and spans[-1][1].value is None:
        spans.pop()
    while spans and spans[0][1].value is None:
        spans.pop(0)
    shown = spans[-1] if spans else (last.previous, queries.Figure(None))
    target = _target(code, agency_id, shown[0].last.year) if part == TOTAL else None
    broken = (
        queries.parts_of(each, agency_id, shown[0], known_at=known_at, catalogue=catalogue, breakdowns=breakdowns) if part == TOTAL else []
    )
    head: Outlook | None = outlook(each, queries.series_of(each), spans, target.value if target else None) if part == TOTAL else None
    here = {"agency": str(agency_id)} if agency_id != root else {}
    return render(
        request, "indicators/indicator.html",
        {
            "tabs": parts.tabs(acting(request), ""), "indicator": each, "name": queries.named(each), "form": form, "known_at": known_at,
            "agency": organizations.name_of(agency_id), "is_province": agency_id == root,
            "owner": organizations.name_of(organizations.agency_id_of(each.owner)),
            "period": words.period_words(shown[0]), "value": parts.value_words(shown[1].value, each), "figure": shown[1],
            "stale": shown[1].value is not None and _is_stale(shown[0], each, now),
            "from_url": parts.address("indicators:provenance", code, agency_id, shown[0].name, part=part),
            "part": part, "part_name": breakdowns.part_name(part), "whole_url": parts.address("indicators:indicator", code, **here),
            "broken_down": parts.parts_table(broken, each, agency_id, shown[0], is_province=agency_id == root),
            "chart": parts.chart(spans, each, target.value if target and each.is_share else None),
            "series": [(words.period_words(p), parts.value_words(f.value, each), f) for p, f in reversed(spans)],
            "target": target, "target_words": parts.value_words(target.value, each) if target else "",
            "outlook": head, "outlook_words": _outlook_words(head, each),
            "units": _units(each, shown[0], known_at, part) if agency_id == root else [],
        },
    )  # fmt: skip


def _agency(request: HttpRequest, root: int) -> int:
    asked = request.GET.get("agency", "")
    if not asked:
        return root
    if not asked.isdigit() or not organizations.agency_exists(int(asked)):
        raise Http404
    return int(asked)


def _outlook_words(head: Outlook | None, each: Indicator) -> dict[str, str]:
    if head is None:
        return {}
    return {
        "so_far": parts.value_words(head.so_far, each), "middle": parts.value_words(head.middle, each),
        "low": parts.value_words(head.low, each), "high": parts.value_words(head.high, each),
        "needed": parts.value_words(head.needed, each) if head.needed is not None else "",
    }  # fmt: skip


def _units(each: Indicator, period: Period, known_at: datetime | None, part: str = TOTAL) -> list[dict[str, Any]]:
    """The units the figure of the province is put together from, the highest first; those without at the end, said to be without."""
    day = queries.units_day(parts.root_id(), period)
    units = organizations.commune_agencies(on=day) if "commune" in each.levels else []
    if each.source_kind == Indicator.Source.INTERNAL:
        units = [row for row in organizations.agencies_on(day) if row.id != parts.root_id()]
    if not units:
        return []
    known = queries.by_unit(each, [unit.id for unit in units], last=period, known_at=known_at, part=part)
    # Of the agencies that are no communes only those that had something to count say anything.
    rows = [(unit, *known[unit.id]) for unit in units if unit.kind == COMMUNE or known[unit.id][0].top or known[unit.id][0].base]
    rows.sort(key=lambda row: (row[1].value is None, -(row[1].value or Decimal(0)), row[0].name))
    return [
        {
            "name": unit.short_name or unit.name, "value": parts.value_words(found.value, each), "none": found.value is None,
            "no_event": found.is_no_event, "former": parts.value_words(former.value, each), "rank": n + 1,
            "url": parts.address("indicators:indicator", each.code, agency=str(unit.id), part=part),
            "from_url": parts.address("indicators:provenance", each.code, unit.id, period.name, part=part),
        }
        for n, (unit, found, former) in enumerate(rows)
    ]  # fmt: skip
