"""The reporter's page: what the agency owes in one table, kept cell by cell."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from langbiang.foundation.access import Refusal, acting, rules
from langbiang.foundation.ui import formats

from .. import judging, periods, queries, services, words
from ..breakdowns import TOTAL
from ..checks import summing
from ..models import Entry, Obligation, Series
from ..services.entering import OPEN_STAGES
from . import parts


def _typed(entry: Any, series: Series) -> str:
    if entry is None:
        return ""
    return "k" if entry.is_no_event else formats.number(entry.value, series.decimals)


# What is asked beside a figure.
SECONDS = {"year_to_date": _lazy("Since January"), "change": _lazy("Change since the period before")}


def _second(entry: Any, series: Series) -> str:
    return "" if entry is None or entry.second is None else formats.number(entry.second, series.decimals)


def row_of(
    report: Obligation, series: Series, *, former: str = "", refusal: Refusal | None = None, text: str | None = None,
    second_text: str | None = None, said: Decimal | None = None,
) -> dict[str, Any]:
    """One line of the table."""
    entry = next((each for each in report.entries.all() if each.series_id == series.pk and each.breakdown == TOTAL), None)
    findings = [(each["severity"], words.finding(each, series)) for each in (entry.findings if entry else [])]
    is_open = report.stage in OPEN_STAGES
    if not is_open and series.second and entry is not None and entry.second is None and not entry.is_no_event:
        findings.append(("hint", _("The second figure from the book was not given: a slip of the hand could stay unseen.")))
    return {
        "report": report, "series": series, "name": queries.named(series), "unit": parts.unit_words(series), "former": former,
        "text": text if text is not None else _typed(entry, series), "second_label": SECONDS.get(series.second, ""), "second_text": second_text if second_text is not None else _second(entry, series), "entry": entry, "refusal": refusal,
        "said": None if said is None else formats.number(said, series.decimals),
        "said_differs": said is not None and entry is not None and entry.value is not None and queries.differs(entry.value, said),
        "findings": findings, "is_open": is_open, "needs_reason": entry is not None and any(found["severity"] == "confirm" for found in entry.findings),
    }  # fmt: skip


Former = dict[tuple[int, int, str], str]  # by report, series and part


def part_row(
    report: Obligation, series: Series, part: queries.Part, *, number: str, entry: Entry | None, former: str = "", refusal: Refusal | None = None,
    text: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One line of the table of parts below a total. `number` sets it apart on the page."""
    return {
        "report": report, "series": series, "part": part, "number": number, "former": former, "refusal": refusal, "entry": entry,
        "text": text if text is not None else _typed(entry, series), "is_open": report.stage in OPEN_STAGES,
        "findings": [(each["severity"], words.finding(each, series)) for each in (entry.findings if entry else [])],
    }  # fmt: skip


def broken_down(report: Obligation, series: Series, splits: queries.Splits, former: Former) -> list[dict[str, Any]]:
    """The breakdowns of one column of a report: for each its parts as lines, and what they make together."""
    entries = {entry.breakdown: entry for entry in report.entries.all() if entry.series_id == series.pk}
    found = []
    for n, split in enumerate(splits.get(series.code, ())):
        rows = [
            part_row(report, series, part, number=f"{report.pk}-{series.pk}-{n}-{m}", entry=entries.get(part.key), former=former.get((report.pk, series.pk, part.key), ""))
            for m, part in enumerate(split.parts)
        ]
        found.append({"id": f"s{report.pk}-{series.pk}-{n}", "split": split, "rows": rows, **_together(split, entries, series)})
    return found


def _together(split: queries.Split, entries: dict[str, Entry], series: Series) -> dict[str, Any]:
    """How many parts are filled in, and what they make against their total."""
    values = {key: entries[key].value if key in entries else None for key in split.keys}
    total = entries[TOTAL].value if TOTAL in entries else None
    made = summing.summed(values)
    adds_up = made is not None and judging.adds_up(series, split.row)
    return {
        "filled": sum(value is not None for value in values.values()), "all": len(values),
        "sum": formats.number(made.total, series.decimals) if made is not None and adds_up else "",
        "total": "" if total is None else formats.number(total, series.decimals),
        "is_whole": made is not None and not made.blank and made.total == total and split.row.is_exhaustive,
        "is_wrong": any(entry.findings and any(each["severity"] == "block" for each in entry.findings) for key, entry in entries.items() if key in values)
        or any(each["rule"] == "parts" and each["values"].get("by") == split.by for each in (entries[TOTAL].findings if TOTAL in entries else [])),
    }  # fmt: skip


@require_GET
@rules.staff("indicators.report")
def reports(request: HttpRequest) -> HttpResponse:
    """All reports the agency owes within two weeks, the nearest deadline first."""
    actor = acting(request)
    now = timezone.now()
    owed = queries.owed_by(actor, agency_id=actor.agency_id or 0, at=now)
    known, said = _former(owed), queries.said_by_sources(owed)
    breakdowns = queries.Breakdowns()
    blocks = []
    for report in owed:
        splits = queries.splits(report, breakdowns)
        rows = [
            row_of(report, each, former=known.get((report.pk, each.pk, TOTAL), ""), said=said.get((report.pk, each.code)))
            | {"broken_down": broken_down(report, each, splits, known)}
            for each in queries.asked(report)
        ]
        blocks.append(
            {
                "report": report, "name": queries.named(report.indicator), "period": words.period_words(periods.parse(report.period)),
                "rows": rows, "is_open": report.stage in OPEN_STAGES, "stage": queries.stage_words(report.stage),
                "is_late": report.due_at < now,
            }
        )  # fmt: skip
    return render(
        request, "indicators/reports.html",
        {"tabs": parts.tabs(actor, "reports"), "blocks": blocks, "open": sum(bool(b["is_open"]) for b in blocks), "now": now},
    )  # fmt: skip


def _former(owed: list[Obligation]) -> Former:
    """What was published for the period before, as a hint beside the cell; never as a value. One statement a frequency."""
    found: Former = {}
    by_frequency: dict[str, list[Obligation]] = {}
    for report in owed:
        by_frequency.setdefault(report.indicator.frequency, []).append(report)
    for reports_ in by_frequency.values():
        spans = [periods.parse(report.period).previous for report in reports_]
        codes = {code for report in reports_ for code in report.indicator.series_codes}
        agencies = {report.about_id for report in reports_}
        for part, values in queries.all_known(codes, first=min(spans), last=max(spans), agencies=agencies).items():
            for report, span in zip(reports_, spans, strict=True):
                for code in report.indicator.series_codes:
                    if row := values.get((code, report.about_id, span.name)):
                        found[report.pk, row.series_id, part] = "k" if row.is_no_event else formats.number(row.value, row.series.decimals)
    return found


@require_POST
@rules.staff("indicators.report")
def cell(request: HttpRequest, report_id: int, code: str) -> HttpResponse:
    """Keep one cell as it is left; answers with the line, and what is wrong or doubtful beside it."""
    text = request.POST.get("value", "")[:200]
    why = request.POST.get("why")
    second = request.POST.get("second")
    refusal: Refusal | None = None
    try:
        services.type_cell(
            acting(request), report_id=report_id, series_code=code, text=text, confirmed=why[:500] if why is not None else None,
            second=second[:200] if second is not None else None, at=timezone.now(),
        )  # fmt: skip
    except Refusal as refused:
        if refused.field is None:
            raise
        refusal = refused
    report = parts.within_reach(acting(request), report_id)
    series = next((each for each in queries.asked(report) if each.code == code), None)
    if series is None:
        return HttpResponse(status=404)
    former = _former([report])
    row = row_of(report, series, former=former.get((report.pk, series.pk, TOTAL), ""), refusal=refusal, text=text if refusal else None,
                 second_text=second if refusal else None, said=queries.said_by_sources([report]).get((report.pk, code)))
    if request.headers.get("HX-Request"):
        row["broken_down"] = broken_down(report, series, queries.splits(report), former)
        return render(request, "indicators/_cell.html", {"row": row, "is_kept": refusal is None})
    if refusal is not None:
        parts.tell(request, refusal)
    return redirect("indicators:reports")


@require_POST
@rules.staff("indicators.report")
def part_cell(request: HttpRequest, report_id: int, code: str, part: str) -> HttpResponse:
    """Keep one part of a total as it is left; answers with its line, what all parts make, and what is doubtful beside the total."""
    text = request.POST.get("value", "")[:200]
    refusal: Refusal | None = None
    try:
        services.type_cell(acting(request), report_id=report_id, series_code=code, part=part, text=text, at=timezone.now())
    except Refusal as refused:
        if refused.field is None:
            raise
        refusal = refused
    report = parts.within_reach(acting(request), report_id)
    series = next((each for each in queries.asked(report) if each.code == code), None)
    former = _former([report])
    found = broken_down(report, series, queries.splits(report), former) if series is not None else []
    block = next((each for each in found if part in each["split"].keys), None)
    if series is None or block is None:
        return HttpResponse(status=404)
    if not request.headers.get("HX-Request"):
        if refusal is not None:
            parts.tell(request, refusal)
        return redirect("indicators:reports")
    line = next(each for each in block["rows"] if each["part"].key == part)
    if refusal is not None:
        line |= {"refusal": refusal, "text": text}
    said = queries.said_by_sources([report]).get((report.pk, code))
    row = row_of(report, series, former=former.get((report.pk, series.pk, TOTAL), ""), said=said)
    return render(request, "indicators/_part_cell.html", {"line": line, "block": block, "row": row, "is_part_kept": refusal is None})


@require_POST
@rules.staff("indicators.report")
def send(request: HttpRequest, report_id: int) -> HttpResponse:
    """Keep what stands in the form, then send the report. What is wrong is told, and nothing that was typed is lost."""
    actor, now = acting(request), timezone.now()
    report = parts.within_reach(actor, report_id)
    try:
        splits = queries.splits(report) if any("/" in name for name in request.POST) else {}
        for series in queries.asked(report):
            for part in (TOTAL, *(key for split in splits.get(series.code, ()) for key in split.keys)):
                if (text := request.POST.get(queries.cell_name(series.code, part))) is not None:
                    services.type_cell(actor, report_id=report_id, series_code=series.code, part=part, text=text[:200], at=now)
        sent = services.submit(actor, report_id=report_id, reason=request.POST.get("reason", "")[:1000], at=now)
    except Refusal as refused:
        parts.tell(request, refused)
        return redirect(f"{redirect('indicators:reports').url}#r{report_id}")
    late = int((now - sent.due_at).total_seconds() // 60)
    if sent.state == "late" and late > 0:
        told = ngettext("The report was sent, %(n)s minute late.", "The report was sent, %(n)s minutes late.", late)
        messages.success(request, told % {"n": late})
    else:
        messages.success(request, _("The report was sent."))
    return redirect("indicators:reports")
