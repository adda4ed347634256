"""A report as a spreadsheet and back: one line a figure, parts below their total, only the cells to fill in are open. No database."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.worksheet.datavalidation import DataValidation

from .breakdowns import TOTAL

HEAD = ("Mã", "Kỳ", "Chỉ tiêu", "Đơn vị tính", "Kỳ trước", "Số liệu kỳ này", "Lũy kế năm / Tăng giảm so kỳ trước", "Hạn gửi")
FIRST_LINE = 5
VALUE_COLUMN = 6
SECOND_COLUMN = 7
MOST_LINES = 6000
MOST_UNPACKED = 20_000_000
MARK = "langbiang-report-2"


@dataclass(frozen=True)
class Line:
    """A figure in the sheet: of which report, which series; what stood there before and what stands there now."""

    report_id: int
    code: str
    period: str
    name: str
    unit: str
    former: str
    text: str
    due: str
    decimals: int = 0
    # What is asked beside it; None where nothing is.
    second_text: str | None = None
    # The key of the part it is of; the total by default.
    part: str = TOTAL

    @property
    def cell_name(self) -> str:
        """What its first cell says: report, series, and of a part its key."""
        return f"{self.report_id}/{self.code}" + ("" if self.part == TOTAL else f"/{self.part}")


@dataclass(frozen=True)
class Filled:
    """A cell that came back: where it stands (F7), of which report, series and part, and what was typed, in both columns."""

    cell: str
    report_id: int
    code: str
    text: str
    second_text: str = ""
    part: str = TOTAL


class NotASheet(ValueError):
    """A file that is not a sheet of ours. `rule` says why: damaged, large, other, long."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def draw(agency: str, agency_code: str, lines: Sequence[Line]) -> bytes:
    """The sheet of an agency: locked but for the figures; the report and series of each line stand in its first cell."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Báo cáo"
    sheet.append([agency])
    sheet.append(["Chỉ nhập cột “Số liệu kỳ này”. Dấu phẩy cho phần thập phân; k khi không phát sinh; để trống khi chưa có số."])
    sheet.append([MARK, agency_code])
    sheet.append(list(HEAD))
    for cell in sheet[4]:
        cell.font = Font(bold=True)
    for line in lines:
        sheet.append([line.cell_name, line.period, line.name, line.unit, line.former, line.text, line.second_text or "", line.due])
    open_ = PatternFill("solid", fgColor="FFF7E0")
    for row in sheet.iter_rows(min_row=FIRST_LINE, max_row=FIRST_LINE + len(lines) - 1):
        cell = row[VALUE_COLUMN - 1]
        cell.protection = Protection(locked=False)
        cell.fill, cell.number_format = open_, "@"
    for row, line in zip(sheet.iter_rows(min_row=FIRST_LINE, max_row=FIRST_LINE + len(lines) - 1), lines, strict=True):
        if line.part != TOTAL:
            row[2].alignment = Alignment(indent=2)
        if line.second_text is not None:
            cell = row[SECOND_COLUMN - 1]
            cell.protection = Protection(locked=False)
            cell.fill, cell.number_format = open_, "@"
    sheet["A1"].font = Font(bold=True, size=13)
    sheet.row_dimensions[3].hidden = True
    for column, width in zip("ABCDEFGH", (26, 12, 52, 16, 16, 18, 18, 18), strict=True):
        sheet.column_dimensions[column].width = width
    sheet.freeze_panes = f"A{FIRST_LINE}"
    note = DataValidation(type="textLength", operator="lessThanOrEqual", formula1="40", allow_blank=True)
    note.error = "Số quá dài"
    sheet.add_data_validation(note)
    note.add(f"F{FIRST_LINE}:G{FIRST_LINE + max(1, len(lines))}")
    sheet.protection.sheet = True
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def read(content: bytes) -> tuple[str, list[Filled]]:
    """The agency code a sheet was made for and its filled cells. Formulas are not worked out. Raises NotASheet."""
    try:
        with ZipFile(BytesIO(content)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > MOST_UNPACKED:
                raise NotASheet("large")
        book = load_workbook(BytesIO(content), read_only=True, data_only=False)
        sheet: Any = book.worksheets[0]
        rows = list(sheet.iter_rows(min_row=1, max_row=MOST_LINES + FIRST_LINE, max_col=SECOND_COLUMN, values_only=True))
    except NotASheet:
        raise
    except (BadZipFile, OSError, KeyError, ValueError, IndexError, TypeError, AttributeError, SyntaxError) as problem:
        raise NotASheet("damaged") from problem
    if len(rows) < FIRST_LINE - 1 or rows[2][0] != MARK:
        raise NotASheet("other")
    if len(rows) > MOST_LINES:
        raise NotASheet("long")
    found = []
    for number, row in enumerate(rows[FIRST_LINE - 1 :], start=FIRST_LINE):
        report, _slash, rest = str(row[0] or "").partition("/")
        code, _slash, part = rest.partition("/")
        text = _as_text(row[VALUE_COLUMN - 1] if len(row) >= VALUE_COLUMN else None)
        if report.isdigit() and len(report) < 19 and code and text:
            second = _as_text(row[SECOND_COLUMN - 1] if len(row) >= SECOND_COLUMN else None)
            found.append(Filled(f"F{number}", int(report), code[:60], text, second, part[:120] or TOTAL))
    return str(rows[2][1] or ""), found


def _as_text(value: object) -> str:
    """What stands in a cell as a person would type it: spreadsheets give numbers with a point."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        exact = Decimal(repr(value))
        return f"{exact:f}".rstrip("0").rstrip(".").replace(".", ",") if exact.is_finite() else "?"
    return str(value).strip()[:200]
