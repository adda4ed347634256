"""Questions nobody foresaw: the form, and an answer when the worker has it."""

import csv
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.access.acting import acting
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.ui import formats
from langbiang.foundation.ui.form_fields import DateField

from .. import analysis, queries
from ..models import Analysis

RECENT = 20


class QuestionForm(forms.Form):
    """Which figure, when, and what it is grouped by."""

    measure = forms.ChoiceField(label=_("Figure"))
    first = DateField(label=_("From"), help_text="")
    last = DateField(label=_("To"), help_text="")
    by = forms.MultipleChoiceField(label=_("Grouped by"), widget=forms.CheckboxSelectMultiple, help_text=_("One to three"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        measures = queries.every()
        self.fields["measure"].choices = [(each.name, each.title) for each in measures]  # type: ignore[attr-defined]  # a choice field
        keys: dict[str, Any] = {}
        for each in measures:
            keys |= analysis.keys_of(each)
        self.fields["by"].choices = list(keys.items())  # type: ignore[attr-defined]  # a choice field


@rules.staff("measures.analyse")
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Put a question; those put before."""
    actor = acting(request)
    today = timezone.localdate()
    usual = {"first": formats.day(today.replace(month=1, day=1)), "last": formats.day(today), "by": ["month"]}
    form = QuestionForm(request.POST or None, initial=usual | {"measure": request.GET.get("measure", "")})
    if request.method == "POST" and form.is_valid():
        try:
            row = analysis.ask(actor, **form.cleaned_data, filters={}, at=timezone.now())
            return redirect("measures:analysis", row.pk)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    asked = [(row, queries.known(row.measure).title, _groups(row)) for row in _mine(request).order_by("-pk")[:RECENT]]
    return render(request, "measures/ask.html", {"form": form, "asked": asked}, status=422 if form.errors else 200)


@rules.staff("measures.analyse")
@require_GET
def answer(request: HttpRequest, analysis_id: int) -> HttpResponse:
    """The answer, or that it is being worked out."""
    row = _mine(request).filter(pk=analysis_id).first()
    if row is None:
        raise Http404
    found = queries.known(row.measure)
    titles = analysis.keys_of(found)
    by = row.question["by"]
    rows = [_told(by, cells) for cells in (row.answer or {}).get("rows", [])]
    if request.GET.get("as") == "csv" and row.state == Analysis.State.DONE:
        return _csv(row, [str(titles[key]) for key in by], rows)
    context = {
        "row": row, "known": found, "head": [titles[key] for key in by], "rows": rows, "now": timezone.now(),
        "more": (row.answer or {}).get("more"), "limit": analysis.LIMIT,
    }  # fmt: skip
    return render(request, "measures/answer.html", context)


def _mine(request: HttpRequest) -> Any:
    return Analysis.objects.filter(account_id=acting(request).account_id or 0)


def _groups(row: Analysis) -> str:
    titles = analysis.keys_of(queries.known(row.measure))
    return ", ".join(str(titles[key]) for key in row.question["by"])


def _told(by: list[str], cells: list[Any]) -> tuple[list[str], float | None, int, int | None]:
    """A line of the answer with names instead of numbers of agencies."""
    labels = [
        organizations.name_of(int(cell)) if key == "agency" and cell else str(cell or "–")
        for key, cell in zip(by, cells, strict=False)
    ]
    number, top, base = cells[len(by) :]
    return labels, number, top, base


def _csv(row: Analysis, head: list[str], rows: list[tuple[list[str], float | None, int, int | None]]) -> HttpResponse:
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{row.measure.replace(".", "-")}-{row.pk}.csv"'
    writer = csv.writer(response)
    writer.writerow([*head, row.measure, "top", "base"])
    for labels, number, top, base in rows:
        # A cell that begins like a formula would be carried out by a spreadsheet.
        safe = [f"'{label}" if label[:1] in "=+-@" and label != "–" else label for label in labels]
        writer.writerow([*safe, "" if number is None else round(number, 4), top, "" if base is None else base])
    return response
