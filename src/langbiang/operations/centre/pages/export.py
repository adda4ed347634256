"""A figure and its parts as a spreadsheet, a text document or a sheet of paper, with what was asked on its first lines."""

from dataclasses import dataclass
from io import BytesIO

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from openpyxl import Workbook

from langbiang.foundation.access import rules
from langbiang.foundation.access.acting import acting
from langbiang.foundation.ui import formats

from .. import drill, figures, printing
from ..writing import written
from .desk import asked_of
from .forms import PeriodForm


@dataclass(frozen=True)
class Told:
    """What a report says: its head, and a row for each part with the whole as the last one."""

    title: str
    asked: str
    head: list[str]
    rows: list[tuple[str, figures.Value]]
    known: figures.Measure

    def words(self, value: figures.Value) -> list[str]:
        """The cells of a row as they are read."""
        base = [formats.number(value.top), formats.number(value.base or 0)] if self.known.is_ratio else []
        return [written(value.number, self.known), *base]


@rules.staff("centre.view")
@require_GET
def export(request: HttpRequest, name: str) -> HttpResponse:
    """The same level, period and filters as the page it was asked from; `as` says xlsx, docx or pdf."""
    known = figures.figure(name)
    form = PeriodForm(request.GET, known)
    if not form.is_valid():
        return redirect("centre:figure", name)
    asked = asked_of(request, form)
    level = drill.level(acting(request), known, asked)
    moment = formats.moment(asked.known_at or timezone.now())
    until = (_("as known at %(at)s") if asked.known_at else _("as of %(at)s")) % {"at": moment}
    told = Told(
        f"{known.title} · {level.title}",
        f"{formats.day(asked.first)} – {formats.day(asked.last)} · {until} · {settings.PROVINCE_NAME}",
        [str(level.parts_title or _("Agency")), f"{known.title}{' (%)' if known.unit == '%' else ''}"]
        + ([_("Reached"), _("Of")] if known.is_ratio else []),
        [*((part.title, part.value) for part in level.parts), (_("All together"), figures.total(name, level.scope))],
        known,
    )
    kind = request.GET.get("as", "")
    make, media = KINDS.get(kind, KINDS["xlsx"])
    label = f"{name.replace('.', '-')}-{asked.first:%Y%m%d}-{asked.last:%Y%m%d}.{kind if kind in KINDS else 'xlsx'}"
    return HttpResponse(make(told), content_type=media, headers={"Content-Disposition": f'attachment; filename="{label}"'})


def spreadsheet(told: Told) -> bytes:
    """Numbers as numbers."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(str(told.known.title)[:31])
    sheet.column_dimensions["A"].width = 48
    sheet.append([told.title])
    sheet.append([told.asked])
    sheet.append([])
    sheet.append(told.head)
    for title, value in told.rows:
        number = None if value.number is None else round(value.number, 2)
        sheet.append([title, number, *([value.top, value.base] if told.known.is_ratio else [])])
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def text_document(told: Told) -> bytes:
    """For whoever puts it into a report of their own."""
    document = Document()
    document.add_heading(told.title, level=1)
    document.add_paragraph(told.asked)
    if told.known.description:
        document.add_paragraph(str(told.known.description))
    table = document.add_table(rows=1, cols=len(told.head), style="Table Grid")
    for cell, words in zip(table.rows[0].cells, told.head, strict=True):
        cell.paragraphs[0].add_run(words).bold = True
    for title, value in told.rows:
        for n, (cell, words) in enumerate(zip(table.add_row().cells, [title, *told.words(value)], strict=True)):
            cell.text = words
            if n:
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    kept = BytesIO()
    document.save(kept)
    return kept.getvalue()


def paper(told: Told) -> bytes:
    """On sheets of A4."""
    rows = [(title, told.words(value)) for title, value in told.rows]
    return printing.sheet("centre/figure_paper.html", {"told": told, "rows": rows[:-1], "whole": rows[-1]})


KINDS = {
    "xlsx": (spreadsheet, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "docx": (text_document, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "pdf": (paper, "application/pdf"),
}
