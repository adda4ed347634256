"""The index of the province or a part of it, its tables, and the cases behind each lost point."""

from functools import partial
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from langbiang.foundation.access import rules
from langbiang.foundation.ui import formats

from .. import policies, queries
from ..index import IndicatorScore, explain
from . import scope

PAGE = 100


@require_GET
@rules.staff("quality.view")
def overview(request: HttpRequest) -> HttpResponse:
    """Groups, rank, forecast, and where the points go."""
    view = scope.view_of(request)
    policies.require(policies.may_view(view.actor))
    scope.guard_officers(view)
    result = queries.index_of(view.scheme.rows, period=view.period, scope=view.scope)
    is_province = view.scope == queries.PROVINCE
    others = queries.standings(view.period.key, own_code=settings.PROVINCE_CODE) if is_province else []
    by_group: dict[str, list[dict[str, Any]]] = {}
    for one in result.indicators:
        by_group.setdefault(one.row.group, []).append(_line(view, one))
    groups = [
        {"score": group, "name": view.scheme.name_of(group.code), "lines": by_group[group.code]}
        for group in result.groups
    ]
    losses = [
        {
            "loss": loss, "name": view.scheme.name_of(loss.score.row.code),
            "is_procedures": loss.score.row.numerator.startswith("procedures."),
            "url": view.link("quality:losses", loss.score.row.code),
        }
        for loss in explain(result)
    ]  # fmt: skip
    return render(
        request,
        "quality/overview.html",
        {
            **scope.base(view, "overview"), "result": result, "groups": groups, "losses": losses, "others": others,
            "rank": queries.rank_of(result.total, others), "is_province": is_province,
            "missing": sum(1 for one in result.indicators if one.points is None and one.row.points),
            "forecast": queries.forecast(view.scheme.rows, period=view.period, today=view.today, scope=view.scope),
            "scheme": view.scheme.scheme,
            "unverified": "all" if not any(weight.verified for weight in view.scheme.weights.values()) else "some",
        },
    )  # fmt: skip


def _line(view: scope.View, one: IndicatorScore) -> dict[str, Any]:
    weight = view.scheme.weights[one.row.code]
    return {
        "score": one, "name": view.scheme.name_of(one.row.code), "verified": weight.verified,
        "percent": None if one.rate is None else 100 * one.rate,
        "url": view.link("quality:losses", one.row.code) if one.points is not None and one.lost >= 0 else "",
    }  # fmt: skip


@require_GET
@rules.staff("quality.view")
def table(request: HttpRequest, dimension: str) -> HttpResponse:
    """Agencies, fields, procedures or officers, ranked among their like."""
    if dimension not in queries.DIMENSIONS:
        raise Http404
    view = scope.view_of(request)
    policies.require(policies.may_view(view.actor))
    scope.guard_officers(view)
    if dimension == "officer":
        if view.agency_id is None:
            raise Http404
        policies.require(policies.may_compare_officers(view.actor, agency_id=view.agency_id))
    lines = queries.lines_by(view.scheme.rows, dimension, period=view.period, scope=view.scope)
    page = scope.cut(request, lines, size=PAGE, link=partial(view.link, "quality:table", dimension))
    named = scope.names(dimension, [line.key for line in page.lines], on=view.today)
    rows = [
        {
            "line": line, "name": named[line.key],
            "percent": 100 * line.on_time / line.ended if line.ended else None,
            "url": view.link("quality:overview", **{dimension: line.key}) if line.key else "",
        }
        for line in page.lines
    ]  # fmt: skip
    return render(
        request, "quality/table.html",
        {**scope.base(view, dimension), "rows": rows, "dimension": dimension, "page": page, "counted_lines": counted(dimension, page.total),
         "heading": {"agency": _("Agency"), "field": _("Field"), "procedure": _("Procedure"), "officer": _("Officer")}[dimension]},
    )  # fmt: skip


def counted(dimension: str, n: int) -> str:
    """How many lines a table has, in words."""
    values = {"n": formats.number(n)}
    match dimension:
        case "agency":
            return ngettext("%(n)s agency", "%(n)s agencies", n) % values
        case "field":
            return ngettext("%(n)s field", "%(n)s fields", n) % values
        case "procedure":
            return ngettext("%(n)s procedure", "%(n)s procedures", n) % values
    return ngettext("%(n)s officer", "%(n)s officers", n) % values


@require_GET
@rules.staff("quality.view")
def losses(request: HttpRequest, code: str) -> HttpResponse:
    """The cases that lose the points of one sub-indicator: how many, and those the reader may open."""
    view = scope.view_of(request)
    policies.require(policies.may_view(view.actor))
    scope.guard_officers(view)
    result = queries.index_of(view.scheme.rows, period=view.period, scope=view.scope)
    one = next((s for s in result.indicators if s.row.code == code and s.row.is_measured), None)
    if one is None:
        raise Http404
    after = request.GET.get("after", "0")
    if not after.isdecimal() or len(after) > 18:
        raise Http404
    found = queries.losing_cases(view.actor, one.row, period=view.period, scope=view.scope, after=int(after))
    page = scope.cut(request, found.procedure_ids, size=PAGE, link=partial(view.link, "quality:losses", code))
    return render(
        request,
        "quality/losses.html",
        {
            **scope.base(view, "overview"), "one": one, "name": view.scheme.name_of(code), "found": found,
            "percent": None if one.rate is None else 100 * one.rate, "full": 100 * one.row.full_from,
            "each": one.row.points / (one.row.full_from * one.denominator) if one.denominator else 0,
            "titles": [
                (key, title, view.link("quality:overview", procedure=key))
                for key, title in scope.titles(page.lines, on=view.today).items()
            ],
            "page": page, "counted_lines": counted("procedure", page.total),
            "next_url": view.link("quality:losses", code, after=found.next_after) if found.next_after else "",
            "back_url": view.link("quality:overview"),
        },
    )  # fmt: skip
