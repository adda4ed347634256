"""Reports through a spreadsheet: given out with the cells to fill in, taken back whole or not at all."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.foundation.access import Refusal, acting, rules
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.ui import formats

from .. import queries, sheets
from ..breakdowns import TOTAL
from ..models import Series
from ..numbers import Typed
from ..services.entering import OPEN_STAGES, number, part_number, second_number, type_cells
from . import parts
from .forms import SheetForm
from .reporting import _former, _second, _typed

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
@rules.staff("indicators.report")
def download(request: HttpRequest) -> HttpResponse:
    """What the agency owes, ready to be filled in."""
    actor = acting(request)
    owed = [r for r in queries.owed_by(actor, agency_id=actor.agency_id or 0, at=timezone.now()) if r.stage in OPEN_STAGES]
    former = _former(owed)
    breakdowns = queries.Breakdowns()
    lines = []
    for report in owed:
        entries = {(each.series_id, each.breakdown): each for each in report.entries.all()}
        due = formats.moment(timezone.localtime(report.due_at))
        splits = queries.splits(report, breakdowns)
        for series in queries.asked(report):
            whole = entries.get((series.pk, TOTAL))
            lines.append(
                sheets.Line(
                    report.pk, series.code, report.period, series.name, series.unit, former.get((report.pk, series.pk, TOTAL), ""),
                    _typed(whole, series), due, series.decimals, _second(whole, series) if series.second else None,
                )
            )  # fmt: skip
            lines += [
                sheets.Line(
                    report.pk, series.code, report.period, f"{series.name} – {split.name}: {part.name}", series.unit,
                    former.get((report.pk, series.pk, part.key), ""), _typed(entries.get((series.pk, part.key)), series), due, series.decimals,
                    part=part.key,
                )
                for split in splits.get(series.code, ())
                for part in split.parts
            ]  # fmt: skip
    agency = actor.agency_id or 0
    content = sheets.draw(organizations.name_of(agency), organizations.code_of(agency), lines)
    name = f"bao-cao-{organizations.code_of(agency)}-{timezone.localdate():%Y%m%d}.xlsx"
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@require_http_methods(["GET", "POST"])
@rules.staff("indicators.report")
def upload(request: HttpRequest) -> HttpResponse:
    """Take a sheet back. If a single cell is wrong nothing is kept, and every wrong cell is named with the reason."""
    actor = acting(request)
    form = SheetForm(request.POST or None, request.FILES or None)
    wrong: list[dict[str, str]] = []
    if request.method == "POST" and form.is_valid():
        try:
            code, filled = sheets.read(form.cleaned_data["file"].read())
            if actor.agency_id is None or code != organizations.code_of(actor.agency_id):
                raise sheets.NotASheet("other")
        except sheets.NotASheet as problem:
            form.add_error("file", _why(problem.rule))
        else:
            wrong, kept = _take(request, filled)
            if not wrong:
                told = ngettext("%(n)s figure was taken over.", "%(n)s figures were taken over.", kept)
                messages.success(request, told % {"n": kept})
                return redirect("indicators:reports")
    return render(request, "indicators/upload.html", {"tabs": parts.tabs(actor, ""), "form": form, "wrong": wrong})


def _why(rule: str) -> str:
    return {
        "large": _("The file is far larger unpacked than a sheet of reports can be."),
        "damaged": _("The file cannot be read as a spreadsheet. Save it as XLSX and try again."),
        "other": _("This is not a sheet given out for your agency. Fetch it here first, fill it in, and bring it back."),
        "long": _("The sheet has more lines than were given out."),
    }[rule]


def _take(request: HttpRequest, filled: list[sheets.Filled]) -> tuple[list[dict[str, str]], int]:
    actor, now = acting(request), timezone.now()
    owed = {r.pk: r for r in queries.owed_by(actor, agency_id=actor.agency_id or 0, at=now)}
    breakdowns = queries.Breakdowns()
    columns: dict[int, dict[str, Series]] = {}
    of_parts: dict[int, list[tuple[Series, str, Typed | None]]] = {}
    wrong: list[dict[str, str]] = []
    values: dict[int, list[Any]] = {}
    seconds: dict[int, dict[int, Any]] = {}
    for each in filled:
        report = owed.get(each.report_id)
        if report is not None and report.pk not in columns:
            columns[report.pk] = {series.code: series for series in queries.asked(report)}
        series = columns.get(each.report_id, {}).get(each.code)
        name = each.code if series is None else queries.named(series)
        if report is None or series is None or report.stage not in OPEN_STAGES:
            wrong.append({"cell": each.cell, "name": name, "text": each.text, "why": _("This report is not open any more.")})
            continue
        if each.part != TOTAL:
            part = next((p for split in breakdowns.of(series.code, report.last_day) for p in split.parts if p.key == each.part), None)
            if part is None:
                wrong.append({"cell": each.cell, "name": f"{name}, {each.part}", "text": each.text, "why": _("The report is not broken down that way.")})
                continue
            name = f"{name}, {part.name}"
        try:
            typed = number(each.text, series) if each.part == TOTAL else part_number(each.text, series)
            if each.second_text and each.part == TOTAL:
                seconds.setdefault(report.pk, {})[series.pk] = second_number(each.second_text, series)
        except Refusal as refused:
            wrong.append({"cell": each.cell, "name": name, "text": each.text, "why": str(refused)})
            continue
        if each.part == TOTAL:
            values.setdefault(report.pk, []).append((series, typed))
        else:
            of_parts.setdefault(report.pk, []).append((series, each.part, typed))
    if wrong:
        return wrong, 0
    try:
        with transaction.atomic():
            for report_id in sorted({*values, *of_parts}):
                type_cells(
                    actor, report_id=report_id, values=values.get(report_id, []), parts=of_parts.get(report_id, []), seconds=seconds.get(report_id), at=now
                )
    except Refusal as refused:
        return [{"cell": "", "name": "", "text": "", "why": str(refused)}], 0
    return [], sum(len(cells) for cells in (*values.values(), *of_parts.values()))
