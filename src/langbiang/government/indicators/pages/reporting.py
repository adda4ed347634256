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

from .. import periods, queries, services, words
from ..models import Obligation, Series
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
    entry = next((each for each in report.entries.all() if each.series_id == series.pk), None)
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


@require_GET
@rules.staff("indicators.report")
def reports(request: HttpRequest) -> HttpResponse:
    """All reports the agency owes within two weeks, the nearest deadline first."""
    actor = acting(request)
    now = timezone.now()
    owed = queries.owed_by(actor, agency_id=actor.agency_id or 0, at=now)
    known, said = _former(owed), queries.said_by_sources(owed)
    blocks = []
    for report in owed:
        rows = [
            row_of(report, each, former=known.get((report.pk, each.pk), ""), said=said.get((report.pk, each.code)))
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


def _former(owed: list[Obligation]) -> dict[tuple[int, int], str]:
    """What was published for the period before, as a hint beside the cell; never as a value. One statement a frequency."""
    found: dict[tuple[int, int], str] = {}
    by_frequency: dict[str, list[Obligation]] = {}
    for report in owed:
        by_frequency.setdefault(report.indicator.frequency, []).append(report)
    for reports_ in by_frequency.values():
        spans = [periods.parse(report.period).previous for report in reports_]
        codes = {code for report in reports_ for code in report.indicator.series_codes}
        values = queries.as_known(codes, first=min(spans), last=max(spans))
        for report, span in zip(reports_, spans, strict=True):
            for code in report.indicator.series_codes:
                if row := values.get((code, report.about_id, span.name)):
                    found[report.pk, row.series_id] = "k" if row.is_no_event else formats.number(row.value, row.series.decimals)
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
    former = _former([report]).get((report.pk, series.pk), "")
    row = row_of(report, series, former=former, refusal=refusal, text=text if refusal else None,
                 second_text=second if refusal else None, said=queries.said_by_sources([report]).get((report.pk, code)))
    if request.headers.get("HX-Request"):
        return render(request, "indicators/_row.html", {"row": row, "is_kept": refusal is None})
    if refusal is not None:
        parts.tell(request, refusal)
    return redirect("indicators:reports")


@require_POST
@rules.staff("indicators.report")
def send(request: HttpRequest, report_id: int) -> HttpResponse:
    """Keep what stands in the form, then send the report. What is wrong is told, and nothing that was typed is lost."""
    actor, now = acting(request), timezone.now()
    report = parts.within_reach(actor, report_id)
    try:
        for series in queries.asked(report):
            if (text := request.POST.get(series.code)) is not None:
                services.type_cell(actor, report_id=report_id, series_code=series.code, text=text[:200], at=now)
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
