"""A dashboard as a report: every tile a section with its table, as a spreadsheet, a text document or sheets of paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from langbiang.foundation.ui import formats

from .. import printing, walls
from ..writing import written

Row = tuple[str, str]


@dataclass(frozen=True)
class Section:
    """One figure: what it is, its value, and the lines behind it."""

    title: str
    period: str
    value: str
    note: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Report:
    """A dashboard in words and numbers, with the moment and the filters it was asked for."""

    title: str
    asked: str
    sections: Sequence[Section]


def report(title: str, asked: str, tiles: Sequence[walls.Tile]) -> Report:
    """The report of some tiles."""
    return Report(title, asked, [Section(each.title, each.period, f"{each.value} {each.unit}".strip(), each.note, _rows(each)) for each in tiles])


def _rows(tile: walls.Tile) -> list[Row]:
    if tile.map:
        return [(cell.shape.name, cell.written or _("no data")) for cell in sorted(tile.map.cells, key=lambda each: each.shape.code)]
    if tile.line and (tile.line.told or tile.line.begins):
        return list(tile.line.told)
    if tile.line:
        return [(formats.day(point.day) if point.day else "", written(point.value, tile.line.known)) for point in tile.line.points]
    return [(row.name, row.value) for row in tile.rows]


def spreadsheet(told: Report) -> bytes:
    """One sheet: a block for each figure."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Report"))
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 48, 28

    def strong(words: str) -> Any:
        cell = WriteOnlyCell(sheet, value=words)
        cell.font = Font(bold=True)
        return cell

    sheet.append([strong(told.title)])
    sheet.append([told.asked])
    for each in told.sections:
        sheet.append([])
        sheet.append([strong(each.title), each.period])
        if each.value:
            sheet.append([each.note, each.value])
        for name, value in each.rows:
            sheet.append([name, value])
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def text_document(told: Report) -> bytes:
    """For whoever goes on writing."""
    document = Document()
    document.add_heading(told.title, level=1)
    document.add_paragraph(told.asked)
    for each in told.sections:
        document.add_heading(each.title, level=2)
        document.add_paragraph(" · ".join(filter(None, [each.period, each.value, each.note])))
        if each.rows:
            table = document.add_table(rows=0, cols=2, style="Table Grid")
            for name, value in each.rows:
                cells = table.add_row().cells
                cells[0].text, cells[1].text = name, value
                cells[1].paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    kept = BytesIO()
    document.save(kept)
    return kept.getvalue()


def paper(told: Report) -> bytes:
    """On sheets of A4."""
    return printing.sheet("centre/report_paper.html", {"told": told})


KINDS = {
    "xlsx": (spreadsheet, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "docx": (text_document, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "pdf": (paper, "application/pdf"),
}
