"""What a correction leaves alone: when a report was first sent, why it was opened again, and what was known before."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection

from langbiang.foundation.audit.models import Entry
from langbiang.foundation.measures import Scope, book
from langbiang.foundation.measures import queries as measures
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.indicators import periods, queries, services
from langbiang.government.indicators.models import Narrative, Obligation, Observation, Series

from .conftest import NOW, Reporting
from .test_narratives import handed_on, owed

__all__ = ["owed"]
LATER = NOW + timedelta(days=40)
EVEN_LATER = LATER + timedelta(days=1)


@pytest.fixture(autouse=True)
def _books() -> None:
    book.forget()


def corrected(reporting: Reporting, report: Obligation, **values: str) -> None:
    services.reopen(reporting.reporter, report_id=report.pk, reason="A hotel had been counted twice", at=LATER)
    reporting.fill(report, **values)
    services.submit(reporting.reporter, report_id=report.pk, at=LATER)
    services.return_report(reporting.head, report_id=report.pk, reason="Say it in the note as well", at=LATER)
    services.submit(reporting.reporter, report_id=report.pk, at=EVEN_LATER)
    services.verify(reporting.head, report_id=report.pk, at=EVEN_LATER)
    services.publish(reporting.publisher, report_ids=[report.pk], at=EVEN_LATER)
    report.refresh_from_db()


def judged(name: str) -> tuple[int, int | None]:
    found = measures.total(name, Scope((NOW - timedelta(days=5)).date(), (LATER - timedelta(days=5)).date()))
    return found.top, found.base


def test_a_correction_does_not_move_when_a_report_was_there(reporting: Reporting) -> None:
    due = NOW - timedelta(hours=3)
    Obligation.objects.all().update(state="waived")
    Obligation.objects.filter(pk=reporting.owed("TOURIST").pk).update(state="open", due_at=due, missing_at=NOW + timedelta(days=9))
    services.flag(at=NOW)
    report = reporting.publish("TOURIST", ALL="100", INTL="10", STAY="20")
    assert (report.state, report.first_sent_at, report.submitted_at) == ("late", NOW, NOW)
    before = {name: judged(name) for name in ("indicators.overdue", "indicators.punctual")}
    assert before["indicators.overdue"][0] == 0
    corrected(reporting, report, ALL="90")
    assert (report.state, report.first_sent_at, report.submitted_at) == ("late", NOW, EVEN_LATER)
    assert {name: judged(name) for name in before} == before
    (cell,) = [
        cell for _unit, cells in queries.matrix(
            first=due, last=due, indicators=[report.indicator], units=[organizations.agency(reporting.commune)]
        ).rows for cell in cells
    ]  # fmt: skip
    assert cell.minutes_late == 180


def test_the_reason_of_a_correction_is_the_one_it_was_opened_for(reporting: Reporting) -> None:
    report = reporting.publish("TOURIST", ALL="100", INTL="10", STAY="20")
    corrected(reporting, report, ALL="90")
    newest = Observation.objects.get(series__code="TOURIST.ALL", known_to__isnull=True)
    assert (newest.vintage, newest.reason) == (2, "A hotel had been counted twice")
    assert report.reopened_for == ""


def test_a_written_report_keeps_its_first_sending_and_the_reason_it_was_opened_for(reporting: Reporting, owed: Narrative) -> None:
    handed_on(reporting, owed)
    owed.refresh_from_db()
    first = owed.first_sent_at
    assert first is not None
    services.return_narrative(reporting.head, narrative_id=owed.pk, reason="Số hộ nghèo sai", at=LATER)
    services.send_narrative(reporting.reporter, narrative_id=owed.pk, at=LATER)
    services.return_narrative(reporting.head, narrative_id=owed.pk, reason="Còn lỗi chính tả", at=LATER)
    services.send_narrative(reporting.reporter, narrative_id=owed.pk, at=EVEN_LATER)
    services.check_narrative(reporting.head, narrative_id=owed.pk, at=EVEN_LATER)
    made = services.hand_on_narrative(reporting.publisher, narrative_id=owed.pk, at=EVEN_LATER)
    owed.refresh_from_db()
    assert (owed.first_sent_at, owed.submitted_at) == (first, EVEN_LATER)
    assert (made.vintage, made.reason, owed.reopened_for) == (2, "Số hộ nghèo sai", "")


def test_a_cell_that_is_blanked_is_known_no_more_and_as_known_earlier_still_is(reporting: Reporting) -> None:
    Series.objects.filter(code="TOURIST.STAY").update(is_optional=True)
    report = reporting.publish("TOURIST", ALL="100", INTL="10", STAY="20")
    corrected(reporting, report, STAY="")
    key = ("TOURIST.STAY", reporting.commune, "2026-09")
    span = periods.parse("2026-09")
    assert key not in queries.as_known(["TOURIST.STAY"], first=span, last=span)
    assert queries.as_known(["TOURIST.STAY"], first=span, last=span, known_at=LATER)[key].value == 20
    told = Entry.objects.get(action="indicators.taken_back")
    assert told.target == f"indicators.obligation:{report.pk}"
    assert Observation.objects.filter(series__code="TOURIST.ALL").count() == 1
    services.reopen(reporting.reporter, report_id=report.pk, reason="It was right after all", at=EVEN_LATER)
    reporting.fill(report, STAY="20")
    again = EVEN_LATER + timedelta(days=1)
    services.submit(reporting.reporter, report_id=report.pk, at=again)
    services.verify(reporting.head, report_id=report.pk, at=again)
    services.publish(reporting.publisher, report_ids=[report.pk], at=again)
    newest = queries.as_known(["TOURIST.STAY"], first=span, last=span)[key]
    assert (newest.vintage, newest.value, newest.reason) == (2, 20, "It was right after all")


def test_what_was_kept_before_is_given_its_first_sending_and_its_reason(reporting: Reporting) -> None:
    step = import_module("langbiang.government.indicators.migrations.0006_first_sending_and_reopening")
    report = reporting.publish("TOURIST", ALL="100", INTL="10", STAY="20")
    never = reporting.owed("SAFETY")
    Obligation.objects.filter(pk=report.pk).update(stage="returned", note="Counted twice", submitted_at=LATER, first_sent_at=None)
    (sqls,) = [each.sql for each in step.Migration.operations if hasattr(each, "sql")]
    with connection.cursor() as cursor:
        for sql in sqls:
            cursor.execute(sql)
    report.refresh_from_db()
    never.refresh_from_db()
    assert (report.first_sent_at, report.reopened_for) == (NOW, "Counted twice")
    assert (never.first_sent_at, never.reopened_for) == (None, "")
