"""Keeping what figures are broken down by: dimensions, their categories, and the breakdowns of an indicator's series."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from langbiang.foundation.access import Refusal, acting, rules
from langbiang.foundation.language.collation import sort_key

from .. import policies, queries, services
from ..models import Breakdown, Category, Dimension, Series
from . import parts
from .forms import BreakdownForm, CategoryForm, DimensionForm, EndWithSourceForm


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.keep")
def dimensions(request: HttpRequest) -> HttpResponse:
    """Every dimension with its categories and the series broken down by it, and another one."""
    actor = acting(request)
    policies.require(policies.may_keep(actor))
    form = DimensionForm(request.POST or None, initial={"valid_from": timezone.localdate()})
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = services.add_dimension(actor, at=timezone.now(), **form.cleaned_data)
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("The dimension is added. Add its categories now."))
            return redirect("indicators:dimension", made.code)
    used: dict[str, set[str]] = {}
    for row in Breakdown.objects.filter(valid_to__isnull=True).select_related("series"):
        for code in row.by.split("-"):
            used.setdefault(code, set()).add(row.series.code)
    rows = [
        {
            "dimension": each, "name": queries.named(each), "used": sorted(used.get(each.code, ())),
            "categories": [queries.named(category) for category in each.categories.all() if category.valid_to is None],
        }
        for each in Dimension.objects.prefetch_related("categories").order_by("valid_to", "code")
    ]  # fmt: skip
    return render(request, "indicators/dimensions.html", {"tabs": parts.tabs(actor, "catalogue"), "form": form, "refusal": refusal, "rows": rows})


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.keep")
def dimension(request: HttpRequest, code: str) -> HttpResponse:
    """One dimension: its categories, and another one from a day on."""
    actor = acting(request)
    policies.require(policies.may_keep(actor))
    each = _dimension(code)
    form = CategoryForm(request.POST or None, initial={"valid_from": max(each.valid_from, timezone.localdate())})
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            services.add_category(actor, dimension=code, at=timezone.now(), **form.cleaned_data)
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("Reports of periods that end from that day on ask for it."))
            return redirect("indicators:dimension", code)
    rows = [(row, queries.named(row)) for row in Category.objects.filter(dimension=each).order_by("valid_to", "rank", "code")]
    return render(
        request, "indicators/dimension.html", {"form": form, "refusal": refusal, "dimension": each, "name": queries.named(each), "rows": rows}
    )


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.keep")
def dimension_end(request: HttpRequest, code: str) -> HttpResponse:
    """Say that nothing is broken down by a dimension any more."""
    each = _dimension(code)
    return _ended(
        request, title=_("End a dimension"), name=queries.named(each), back=("indicators:dimension", code), done=_("The dimension has ended."),
        consequence=_("From that day on no series can be broken down by it. Figures of former periods keep their parts."),
        act=lambda given: services.end_dimension(acting(request), dimension=code, at=timezone.now(), **given),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.keep")
def category_end(request: HttpRequest, code: str, category_id: int) -> HttpResponse:
    """Say that a category is asked for no more."""
    found = Category.objects.filter(pk=category_id, dimension__code=code).first()
    if found is None:
        raise Http404
    return _ended(
        request, title=_("End a category"), name=queries.named(found), back=("indicators:dimension", code), done=_("The category has ended."),
        consequence=_("Reports of periods that end from that day on no longer ask for it. Figures of former periods keep it."),
        act=lambda given: services.end_category(acting(request), category_id=category_id, at=timezone.now(), **given),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.keep")
def breakdowns(request: HttpRequest, code: str) -> HttpResponse:
    """By what the series of an indicator are broken down, and another breakdown from a day on."""
    actor = acting(request)
    policies.require(policies.may_keep(actor))
    each = parts.newest_row(code)
    series = {row.code: row for row in Series.objects.filter(code__in=each.series_codes)}
    known = queries.Breakdowns()
    dimensions_ = sorted(((row.code, queries.named(row)) for row in Dimension.objects.filter(valid_to__isnull=True)), key=lambda row: sort_key(row[1]))
    form = BreakdownForm(
        request.POST or None, series=[(c, queries.named(series[c])) for c in each.series_codes if c in series], dimensions=dimensions_,
        initial={"valid_from": timezone.localdate(), "is_exhaustive": True, "is_optional": True},
    )  # fmt: skip
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            services.add_breakdown(actor, code=code, at=timezone.now(), **form.cleaned_data)
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("Reports of periods that end from that day on ask for these parts."))
            return redirect("indicators:breakdowns", code)
    today = timezone.localdate()
    rows = [
        {"row": row, "series": queries.named(row.series), "name": known.name_of(row.by), "parts": known.split(row, max(row.valid_from, today)).parts}
        for c in each.series_codes
        for row in known.rows.get(c, ())
    ]  # fmt: skip
    return render(
        request, "indicators/breakdowns.html", {"form": form, "refusal": refusal, "name": queries.named(each), "indicator": each, "rows": rows}
    )


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.keep")
def breakdown_end(request: HttpRequest, code: str, breakdown_id: int) -> HttpResponse:
    """Say that a series is broken down no more."""
    each = parts.newest_row(code)
    found = Breakdown.objects.select_related("series").filter(pk=breakdown_id, series__code__in=each.series_codes).first()
    if found is None:
        raise Http404
    return _ended(
        request, title=_("End a breakdown"), name=f"{queries.named(found.series)}: {queries.Breakdowns().name_of(found.by)}",
        back=("indicators:breakdowns", code), done=_("The breakdown has ended."),
        consequence=_("Reports of periods that end from that day on no longer ask for these parts. Figures of former periods keep theirs."),
        act=lambda given: services.end_breakdown(acting(request), breakdown_id=breakdown_id, at=timezone.now(), **given),
    )  # fmt: skip


def _dimension(code: str) -> Dimension:
    found = Dimension.objects.filter(code=code).first()
    if found is None:
        raise Http404
    return found


def _ended(
    request: HttpRequest, *, title: str, name: str, back: tuple[str, str], done: str, consequence: str, act: Callable[[dict[str, Any]], object]
) -> HttpResponse:
    """A page that says what ends and what that means, asks from which day on and why, and does it."""
    policies.require(policies.may_keep(acting(request)))
    form: forms.Form = EndWithSourceForm(request.POST or None, initial={"valid_to": timezone.localdate()})
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, done)
            return redirect(*back)
    return render(
        request, "indicators/part_end.html",
        {"form": form, "refusal": refusal, "title": title, "name": name, "consequence": consequence, "back_url": reverse(back[0], args=[back[1]])},
    )  # fmt: skip
