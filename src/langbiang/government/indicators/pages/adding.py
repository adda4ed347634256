"""Adding an indicator, reckoning one otherwise from a day on, ending one."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from langbiang.foundation.access import Actor, Refusal, acting, rules

from .. import periods, policies, queries, services, words
from ..models import Indicator, Series
from ..numbers import NotANumber, read
from ..services.versions import check_formula
from . import parts
from .adding_forms import (
    FORM,
    FORMULA,
    MEASURE,
    ChangeFormulaForm,
    Columns,
    EndIndicatorForm,
    NewIndicatorForm,
    columns_of,
)


def _kinds(current: str) -> list[dict[str, Any]]:
    titles = {FORM: _("Reported by agencies"), FORMULA: _("Reckoned from other indicators"), MEASURE: _("Counted by the platform")}
    return [{"label": title, "url": f"{reverse('indicators:new')}?kind={kind}", "current": kind == current} for kind, title in titles.items()]


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.keep")
def new(request: HttpRequest) -> HttpResponse:
    """Add an indicator. What was filled in is never lost: a refusal names the field, the rule and the way out."""
    actor = acting(request)
    policies.require(policies.may_keep(actor))
    asked = request.GET.get("kind", FORM)
    kind = asked if asked in (FORM, FORMULA, MEASURE) else FORM
    act = request.POST.get("act", "")
    form = NewIndicatorForm(request.POST or None, kind=kind)
    columns = _columns(request) if kind == FORM else None
    refusal: Refusal | None = None
    trial: list[tuple[str, str]] = []
    if act == "more":  # nothing is judged yet; what was filled in stays
        form = NewIndicatorForm(kind=kind, initial={bound.name: bound.data for bound in form})
    elif request.method == "POST" and form.is_valid() and (columns is None or columns.is_valid()):
        try:
            if act == "try":
                trial = _tried(form)
            else:
                added = _add(actor, form, columns)
                messages.success(request, _("The indicator is added. Reports of it are owed from now on.") if added.is_owed else _("The indicator is added."))
                return redirect("indicators:change", added.code)
        except Refusal as refused:
            refusal = refused
    return render(
        request, "indicators/new.html",
        {"kinds": _kinds(kind), "kind": kind, "form": form, "columns": columns, "refusal": refusal, "trial": trial, "codes": _codes() if kind == FORMULA else []},
    )  # fmt: skip


def _columns(request: HttpRequest, *, least: int = 1) -> Columns:
    """The columns as sent; with one more, not judged yet, when that is what was asked for."""
    if request.method != "POST":
        return columns_of(None, least=least)
    sent = columns_of(request.POST, least=least)
    if request.POST.get("act") != "more":
        return sent
    return columns_of(None, least=least, initial=[{bound.name: bound.data for bound in form} for form in sent.forms])


def _add(actor: Actor, form: NewIndicatorForm, columns: Columns | None) -> Indicator:
    given, at = form.cleaned_data, timezone.now()
    target = None
    if given.get("target"):
        try:
            typed = read(given["target"], decimals=given["decimals"])
        except NotANumber:
            typed = None
        if typed is None or typed.value is None:
            raise Refusal(_("“%(text)s” is no number.") % {"text": given["target"]}, field="target", way_out=_("Write a number as 1.250,5 with at most %(n)s decimals.") % {"n": given["decimals"]})  # fmt: skip
        target = typed.value
    with transaction.atomic():
        added = services.add_indicator(
            actor, code=given["code"], group=given["group"], values=form.values(), columns=columns.columns() if columns is not None else (),
            valid_from=given["valid_from"], valid_to=given["valid_to"], at=at,
        )  # fmt: skip
        if target is not None:
            services.set_target(
                actor, code=added.code, agency_id=parts.root_id(), year=timezone.localdate(at).year, value=target, source=given["source"],
                verified=given["verified"], at=at,
            )  # fmt: skip
    return added


def _tried(form: NewIndicatorForm) -> list[tuple[str, str]]:
    given = form.cleaned_data
    row = Indicator(code=given["code"], **form.values())
    check_formula(row.code, row.formula, row=row, on=given["valid_from"])
    return trial_words(row)


def trial_words(row: Indicator) -> list[tuple[str, str]]:
    """What a formula gives for the province in the last periods: period and value in words, the newest first."""
    last = periods.of(timezone.localdate(), row.frequency, row.scheme).previous
    found = queries.trial(row, parts.root_id(), last=last)
    return [(words.period_words(period), parts.value_words(figure.value, row)) for period, figure in reversed(found)]


def _codes() -> list[tuple[str, str, str]]:
    """What can stand in a formula: indicators in force, each followed by its series."""
    catalogue = queries.Catalogue()
    today = timezone.localdate()
    found = []
    rows = sorted((row for code in catalogue.rows if (row := catalogue.row(code, today)) is not None), key=lambda row: (row.rank, row.code))
    for row in rows:
        found.append((row.code, queries.named(row), parts.unit_words(row)))
        found += [(code, queries.named(catalogue.series[code]), parts.unit_words(catalogue.series[code])) for code in row.series_codes if code in catalogue.series]
    return found


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.keep")
def formula(request: HttpRequest, code: str) -> HttpResponse:
    """How an indicator is reckoned, from a day on; former periods keep the formula that held then."""
    actor = acting(request)
    policies.require(policies.may_keep(actor))
    each = parts.newest_row(code)
    rows = {row.code: row for row in Series.objects.filter(code__startswith=f"{code}.")}
    names = {c: queries.named(row) for c, row in sorted(rows.items())}
    made = partial(ChangeFormulaForm, row=each, series=[(c, f"{name} ({c})") for c, name in names.items() if c in each.series_codes])
    held = {name: getattr(each, name) for name in ("formula", "measure", "top", "base", "more", "scale")}
    form = made(request.POST or None, initial={**held, "valid_from": timezone.localdate()})
    columns = _columns(request, least=0) if each.is_owed else None
    refusal: Refusal | None = None
    trial: list[tuple[str, str]] = []
    act = request.POST.get("act", "")
    if act == "more":
        form = made(None, initial={bound.name: bound.data for bound in form})
    elif request.method == "POST" and form.is_valid() and (columns is None or columns.is_valid()):
        given = form.cleaned_data
        try:
            if act == "try":
                row = parts.newest_row(code)
                row.formula = given["formula"]
                check_formula(code, row.formula, row=row, on=given["valid_from"])
                trial = trial_words(row)
            else:
                services.change_formula(
                    actor, code=code, values=form.values(), columns=columns.columns() if columns is not None else (), valid_from=given["valid_from"],
                    source=given["source"], verified=given["verified"], at=timezone.now(),
                )  # fmt: skip
                messages.success(request, _("From that day on the indicator is reckoned like this; former periods keep their formula."))
                return redirect("indicators:change", code)
        except Refusal as refused:
            refusal = refused
    history = [(row, formula_words(row, names)) for row in Indicator.objects.filter(code=code).order_by("-valid_from")]
    return render(
        request, "indicators/formula.html",
        {"form": form, "columns": columns, "refusal": refusal, "indicator": each, "name": queries.named(each), "history": history, "trial": trial,
         "codes": _codes() if each.formula else []},
    )  # fmt: skip


def formula_words(row: Indicator, names: dict[str, str]) -> str:
    """How a row is reckoned, in words: its formula, its measure, or its series."""
    if row.formula:
        return row.formula
    top, base = (" + ".join(names.get(code, code) for code in side) for side in (row.top, row.base))
    said = f"({top}) ÷ ({base})" if base else top
    return f"{said} ({row.measure})" if row.measure else said


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.keep")
def end(request: HttpRequest, code: str) -> HttpResponse:
    """Say that an indicator is kept no more from a day on."""
    actor = acting(request)
    policies.require(policies.may_keep(actor))
    each = parts.newest_row(code)
    form = EndIndicatorForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            services.end_indicator(actor, code=code, at=timezone.now(), **form.cleaned_data)
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("The indicator ends on that day; its figures stay."))
            return redirect("indicators:catalogue")
    return render(request, "indicators/end.html", {"form": form, "refusal": refusal, "indicator": each, "name": queries.named(each)})
