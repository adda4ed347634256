"""Written reports: owed ahead, written by section, checked by another person, handed on as a packet, kept with every version."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from langbiang.foundation.access import SYSTEM, Forbidden, Refusal
from langbiang.foundation.exchange import reference as exchange_reference
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.indicators import queries, services
from langbiang.government.indicators.models import Narrative, NarrativeText, Outline
from langbiang.government.indicators.services.outlining import BadOutline, as_lines, change_outline, read_lines
from langbiang.government.reporting import queries as reporting_queries
from langbiang.government.reporting import reference as reporting_reference

from .conftest import NOW, Reporting

LATER = NOW + timedelta(days=30)
REQUIRED = ("I", "II", "III", "IV", "V", "VI")


@pytest.fixture
def owed(reporting: Reporting) -> Narrative:
    """The monthly report of the commune, the period that runs to 14 October."""
    exchange_reference.load(at=NOW)
    reporting_reference.load(at=NOW)
    services.make_narratives(first=date(2026, 10, 1), last=date(2026, 10, 31), at=NOW)
    return Narrative.objects.get(outline__code="BC.KTXH.THANG", agency_id=reporting.commune, period="2026-10-R")


def written(reporting: Reporting, owed: Narrative) -> None:
    services.write(reporting.reporter, narrative_id=owed.pk, texts={n: f"Phần {n}.\r\nDòng hai\u2028ba" for n in REQUIRED}, at=NOW)


def handed_on(reporting: Reporting, owed: Narrative) -> NarrativeText:
    written(reporting, owed)
    services.send_narrative(reporting.reporter, narrative_id=owed.pk, at=NOW)
    services.check_narrative(reporting.head, narrative_id=owed.pk, at=NOW)
    return services.hand_on_narrative(reporting.publisher, narrative_id=owed.pk, at=NOW)


def test_every_commune_owes_the_monthly_report_three_working_days_after_the_14th(owed: Narrative) -> None:
    assert Narrative.objects.filter(outline__code="BC.KTXH.THANG", period="2026-10-R").count() == 124
    assert (owed.last_day, owed.due_at.date()) == (date(2026, 10, 14), date(2026, 10, 19))  # the 17th is a Saturday
    before = Narrative.objects.count()
    assert services.make_narratives(first=date(2026, 10, 1), last=date(2026, 10, 31), at=NOW) == 0
    assert Narrative.objects.count() == before


def test_late_and_missing_written_reports_are_noticed_like_others(reporting: Reporting, owed: Narrative) -> None:
    counts = [services.flag(at=owed.due_at + wait) for wait in (timedelta(0), timedelta(seconds=1), timedelta(days=1, seconds=1))]
    owed.refresh_from_db()
    assert owed.state == "missing"
    assert counts[1]["overdue"] >= 124
    assert counts[2]["missing"] >= 124


def test_a_report_is_written_checked_by_another_person_and_handed_on_as_a_packet(reporting: Reporting, owed: Narrative) -> None:
    with pytest.raises(Refusal, match="Section I ") as refused:
        services.send_narrative(reporting.reporter, narrative_id=owed.pk, at=NOW)
    assert refused.value.field == "I"
    made = handed_on(reporting, owed)
    owed.refresh_from_db()
    assert (owed.state, owed.stage) == ("on_time", "published")
    packet = next(iter(reporting_queries.packets(SYSTEM).filter(kind="narrative")))
    assert packet.content["packet_id"] == made.packet
    assert packet.unit_code == organizations.code_of(reporting.commune)
    sections = packet.content["sections"]
    assert [section["number"] for section in sections] == list(REQUIRED)
    assert sections[0]["body"] == "Phần I.\nDòng hai\nba"


def test_who_sent_it_does_not_check_it(reporting: Reporting, owed: Narrative) -> None:
    services.write(reporting.head, narrative_id=owed.pk, texts=dict.fromkeys(REQUIRED, "x"), at=NOW)
    services.send_narrative(reporting.head, narrative_id=owed.pk, at=NOW)
    with pytest.raises(Forbidden, match="another person"):
        services.check_narrative(reporting.head, narrative_id=owed.pk, at=NOW)


def test_a_correction_keeps_the_former_version_and_its_reason(reporting: Reporting, owed: Narrative) -> None:
    handed_on(reporting, owed)
    with pytest.raises(Refusal, match="why"):
        services.return_narrative(reporting.head, narrative_id=owed.pk, reason=" ", at=LATER)
    services.return_narrative(reporting.head, narrative_id=owed.pk, reason="Số hộ nghèo sai", at=LATER)
    services.write(reporting.reporter, narrative_id=owed.pk, texts={"II": "Sửa lại"}, at=LATER)
    services.send_narrative(reporting.reporter, narrative_id=owed.pk, at=LATER)
    services.check_narrative(reporting.head, narrative_id=owed.pk, at=LATER)
    made = services.hand_on_narrative(reporting.publisher, narrative_id=owed.pk, at=LATER)
    rows = list(NarrativeText.objects.order_by("vintage"))
    assert [(row.vintage, row.texts["II"][:7], row.known_to) for row in rows] == [(1, "Phần II", LATER), (2, "Sửa lại", None)]
    assert made.reason == "Số hộ nghèo sai"
    owed.refresh_from_db()
    assert owed.state == "on_time"
    assert {row.vintage for row in reporting_queries.packets(SYSTEM).filter(kind="narrative")} == {1, 2}


@pytest.mark.parametrize("statement", ["UPDATE indicators_narrativetext SET texts = '{}'", "DELETE FROM indicators_narrativetext"])
def test_the_database_refuses_to_rewrite_what_was_handed_on(reporting: Reporting, owed: Narrative, statement: str) -> None:
    handed_on(reporting, owed)
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="only added to"), transaction.atomic():
        cursor.execute(statement)


@pytest.mark.parametrize("act", ["write", "send_narrative", "check_narrative", "return_narrative", "hand_on_narrative"])
def test_nothing_is_done_to_the_report_of_another_agency(reporting: Reporting, owed: Narrative, act: str) -> None:
    given = {"write": {"texts": {"I": "x"}}, "return_narrative": {"reason": "because of this"}}.get(act, {})
    with pytest.raises(Forbidden):
        getattr(services, act)(reporting.foreign, narrative_id=owed.pk, at=NOW, **given)
    owed.refresh_from_db()
    assert (owed.texts, owed.stage) == ({}, "empty")


def test_an_outline_is_changed_from_a_day_on_and_reports_owed_keep_theirs(reporting: Reporting, owed: Narrative) -> None:
    outline = Outline.objects.get(code="BC.KTXH.THANG")
    assert read_lines(as_lines(outline.sections)) == outline.sections
    given = {"sections": read_lines("1 | Kinh tế\n2* | Kiến nghị | ngắn gọn | CPI, GRDP_G"), "source": "Quyết định 9"}
    made = change_outline(reporting.keeper, code=outline.code, values=given, valid_from=date(2026, 11, 1), at=NOW)
    assert [section["required"] for section in made.sections] == [True, False]
    owed.refresh_from_db()
    assert len(owed.outline.sections) == 7
    services.make_narratives(first=date(2026, 11, 1), last=date(2026, 11, 30), at=NOW)
    assert Narrative.objects.get(agency_id=reporting.commune, period="2026-11-R").outline_id == made.pk
    with pytest.raises(Forbidden):
        change_outline(reporting.head, code=outline.code, values=given, valid_from=date(2026, 12, 1), at=NOW)


@pytest.mark.parametrize("text", ["", "| no number", "I", "I* | only what may be left blank", "I | a\nI | b", "I | a | b | NOTHING"])
def test_an_outline_that_cannot_stand_is_refused(reporting: Reporting, text: str) -> None:
    with pytest.raises(BadOutline):
        read_lines(text)


def test_figures_stand_beside_the_section_they_belong_to(reporting: Reporting, owed: Narrative) -> None:
    reporting.publish("TOURIST", ALL="12.500", INTL="1.200", STAY="k")
    beside = queries.figures_beside(owed)
    assert [(row.code, figure.value) for row, _period, figure in beside["I"]] == [("TOURIST", 12500)]
    assert beside["V"] == []


def test_others_read_only_what_was_handed_on(reporting: Reporting, owed: Narrative) -> None:
    written(reporting, owed)
    assert queries.may_see(reporting.reporter, owed)
    assert not queries.may_see(reporting.foreign, owed)
    services.send_narrative(reporting.reporter, narrative_id=owed.pk, at=NOW)
    services.check_narrative(reporting.head, narrative_id=owed.pk, at=NOW)
    services.hand_on_narrative(reporting.publisher, narrative_id=owed.pk, at=NOW)
    assert queries.may_see(reporting.foreign, owed)
    assert [len(part) for part in vars(queries.desk(reporting.head, at=NOW)).values()] == [0, 0, 0]
