"""The spreadsheet of an agency, there and back; the pages around it."""

from io import BytesIO
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from langbiang.government.indicators import queries, sheets
from langbiang.government.indicators.models import Obligation

from .conftest import NOW, Reporting

LINES = [
    sheets.Line(7, "TOURIST.ALL", "2026-09", "Tổng lượt khách", "lượt", "900", "", "17:00 03/10/2026"),
    sheets.Line(7, "TOURIST.INTL", "2026-09", "Khách quốc tế", "lượt", "90", "12", "17:00 03/10/2026"),
]


def filled(content: bytes, **cells: Any) -> bytes:
    """The sheet with some cells typed by a person."""
    book = load_workbook(BytesIO(content))
    for cell, value in cells.items():
        book.worksheets[0][cell] = value
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def test_only_the_cells_to_fill_in_are_open() -> None:
    sheet = load_workbook(BytesIO(sheets.draw("UBND phường", "H36.1", LINES))).worksheets[0]
    assert sheet.protection.sheet
    assert [sheet[cell].protection.locked for cell in ("A5", "C5", "E5", "F5", "F6")] == [True, True, True, False, False]


@pytest.mark.parametrize(("value", "text"), [(1250, "1250"), (12.5, "12,5"), ("1.250,5", "1.250,5"), ("k", "k"), (True, "")])
def test_what_a_person_types_comes_back_as_they_would_write_it(value: Any, text: str) -> None:
    code, cells = sheets.read(filled(sheets.draw("x", "H36.1", LINES), F5=value))
    assert code == "H36.1"
    assert [each.text for each in cells if each.cell == "F5"] == ([text] if text else [])
    assert [(each.report_id, each.code, each.text) for each in cells if each.cell == "F6"] == [(7, "TOURIST.INTL", "12")]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04nonsense", b"a,b,c", b"\x00" * 100])
def test_what_is_no_sheet_is_refused(content: bytes) -> None:
    with pytest.raises(sheets.NotASheet):
        sheets.read(content)


def test_a_sheet_of_somebody_else_is_refused() -> None:
    book = load_workbook(BytesIO(sheets.draw("x", "H36.1", LINES)))
    book.worksheets[0]["A3"] = "other"
    kept = BytesIO()
    book.save(kept)
    with pytest.raises(sheets.NotASheet) as refused:
        sheets.read(kept.getvalue())
    assert refused.value.rule == "other"


def _bring(reporting: Reporting, filled_cells: list[sheets.Filled]) -> tuple[list[dict[str, str]], int]:
    from django.test import RequestFactory

    from langbiang.government.indicators.pages import sheets as page

    request: Any = RequestFactory().get("/")
    request.actor = reporting.reporter
    return page._take(request, filled_cells)


def test_one_wrong_cell_keeps_everything_out_and_is_named(reporting: Reporting) -> None:
    report = reporting.owed("TOURIST")
    good = [sheets.Filled("F5", report.pk, "TOURIST.ALL", "100"), sheets.Filled("F6", report.pk, "TOURIST.INTL", "10")]
    Obligation.objects.filter(pk=report.pk).update(due_at=timezone.now())
    wrong, kept = _bring(reporting, [*good, sheets.Filled("F7", report.pk, "TOURIST.STAY", "many")])
    assert kept == 0
    assert [(each["cell"], "no number" in each["why"]) for each in wrong] == [("F7", True)]
    assert not report.entries.exists()
    assert _bring(reporting, good) == ([], 2)
    assert report.entries.count() == 2


def test_a_sheet_cannot_reach_into_the_report_of_another_agency(reporting: Reporting) -> None:
    other = reporting.owed("TOURIST", agency=reporting.other)
    wrong, kept = _bring(reporting, [sheets.Filled("F5", other.pk, "TOURIST.ALL", "100")])
    assert (len(wrong), kept) == (1, 0)
    assert not other.entries.exists()


def test_what_an_agency_owes_is_listed_for_its_own_people_alone(reporting: Reporting) -> None:
    assert queries.owed_by(reporting.foreign, agency_id=reporting.commune, at=NOW) == []
    assert queries.owed_by(reporting.reporter, agency_id=reporting.commune, at=NOW)
