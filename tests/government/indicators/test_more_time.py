"""More time for a report: asked for by who owes it, answered by who receives it; what is late follows the new deadline."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from langbiang.foundation.access import Forbidden, Refusal
from langbiang.foundation.audit.models import Entry
from langbiang.foundation.events.models import EventRow
from langbiang.government.indicators import queries, services
from langbiang.government.indicators.models import Narrative, Obligation, TimeRequest
from langbiang.government.indicators.queries import more_time
from langbiang.government.indicators.services.more_time import BadTime

from .conftest import NOW, Reporting
from .test_pages import Enter, enter

__all__ = ["enter"]
LATER = timedelta(days=4)


@pytest.fixture
def written(reporting: Reporting) -> Narrative:
    """The monthly report of the commune."""
    services.make_narratives(first=date(2026, 10, 1), last=date(2026, 10, 31), at=NOW)
    return Narrative.objects.get(outline__code="BC.KTXH.THANG", agency_id=reporting.commune, period="2026-10-R")


def row(at: datetime) -> dict[str, Any]:
    return next(each for each in queries.progress(at=at) if each["outline__code"] == "BC.KTXH.THANG" and each["period"] == "2026-10-R")


def test_a_granted_request_moves_the_deadline_and_what_is_late_follows(reporting: Reporting, written: Narrative) -> None:
    due = written.due_at
    asked = services.ask_for_time(reporting.reporter, narrative_id=written.pk, due_at=due + LATER, reason="Chờ số liệu thiệt hại", at=NOW)
    written.refresh_from_db()
    assert (written.due_at, asked.answer) == (due, "open")
    assert [each.pk for each in more_time.to_answer(reporting.publisher)] == [asked.pk]
    assert more_time.to_answer(reporting.head) == []
    services.extend_narrative(reporting.publisher, narrative_id=written.pk, due_at=due + LATER, reason="Đồng ý, do mưa lũ", at=NOW)
    asked.refresh_from_db()
    assert (asked.answer, asked.granted_due_at, asked.answer_reason) == ("granted", due + LATER, "Đồng ý, do mưa lũ")
    services.make_narratives(first=date(2026, 10, 1), last=date(2026, 10, 31), at=NOW)  # the nightly run keeps what was granted
    services.flag(at=due + timedelta(days=1, hours=1))
    written.refresh_from_db()
    assert (written.state, written.due_at, written.first_due_at) == ("open", due + LATER, due)
    told = row(due + timedelta(days=2))
    assert (told["of"], told["missing"], told["more_time"], told["due_at"]) == (124, 123, 1, due)
    services.write(reporting.reporter, narrative_id=written.pk, texts={s["number"]: "x" for s in written.outline.sections}, at=NOW)
    services.send_narrative(reporting.reporter, narrative_id=written.pk, at=due + LATER)
    written.refresh_from_db()
    assert written.state == "on_time"
    assert row(due + LATER)["on_time"] == 1
    assert set(Entry.objects.filter(target=f"indicators.narrative:{written.pk}").values_list("action", flat=True)) >= {"indicators.time_asked", "indicators.extended"}


def test_a_waived_report_is_neither_late_nor_owed(reporting: Reporting, written: Narrative) -> None:
    asked = services.ask_for_time(reporting.head, narrative_id=written.pk, due_at=written.due_at + LATER, reason="Xã đang sáp nhập", at=NOW)
    services.waive_narrative(reporting.publisher, narrative_id=written.pk, reason="Quyết định 15 của tỉnh", at=NOW)
    services.flag(at=written.due_at + timedelta(days=3))
    written.refresh_from_db()
    asked.refresh_from_db()
    assert (written.state, written.note, asked.answer) == ("waived", "Quyết định 15 của tỉnh", "waived")
    told = row(written.due_at + timedelta(days=3))
    assert (told["of"], told["missing"], told["waived"]) == (123, 123, 1)
    assert services.remind(at=written.due_at) >= 0
    with pytest.raises(Refusal, match="not owed any more"):
        services.ask_for_time(reporting.head, narrative_id=written.pk, due_at=written.due_at + LATER, reason="Vẫn chưa kịp", at=NOW)


def test_who_may_ask_and_who_may_answer(reporting: Reporting, written: Narrative) -> None:
    ask = {"narrative_id": written.pk, "due_at": written.due_at + LATER, "reason": "Chờ số liệu", "at": NOW}
    for who in (reporting.foreign, reporting.publisher):
        with pytest.raises(Forbidden, match="Only the agency that owes"):
            services.ask_for_time(who, **ask)
    first = services.ask_for_time(reporting.reporter, **ask)
    second = services.ask_for_time(reporting.head, **ask)
    first.refresh_from_db()
    assert (first.answer, second.answer) == ("replaced", "open")
    with pytest.raises(Forbidden):
        services.refuse_time(reporting.foreign, request_id=second.pk, reason="Không đủ căn cứ", at=NOW)
    own_head = _publisher_of(reporting)
    with pytest.raises(Forbidden, match="does not move its own deadline"):
        services.extend_narrative(own_head, narrative_id=written.pk, due_at=written.due_at + LATER, reason="Tự gia hạn", at=NOW)
    with pytest.raises(Forbidden, match="does not move its own deadline"):
        services.waive(own_head, report_id=reporting.owed("TOURIST").pk, reason="Tự miễn cho mình", at=NOW)
    answered = services.refuse_time(reporting.publisher, request_id=second.pk, reason="Không đủ căn cứ", at=NOW)
    assert (answered.answer, answered.answer_reason) == ("refused", "Không đủ căn cứ")
    with pytest.raises(Refusal, match="answered this request already"):
        services.refuse_time(reporting.publisher, request_id=second.pk, reason="Không đủ căn cứ", at=NOW)
    assert EventRow.objects.filter(name="indicators.time_answered").count() == 1


def _publisher_of(reporting: Reporting) -> Any:
    from .conftest import actor

    return actor(reporting.commune, "indicators.view", "indicators.publish", name="Bùi Thị Mai")


@pytest.mark.parametrize("days", [0, -1, 93])
def test_a_deadline_nobody_can_grant_names_the_field(reporting: Reporting, written: Narrative, days: int) -> None:
    with pytest.raises(BadTime, match="within three months") as refused:
        services.ask_for_time(reporting.reporter, narrative_id=written.pk, due_at=written.due_at + timedelta(days=days), reason="Chờ số liệu", at=NOW)
    assert refused.value.field == "day"
    with pytest.raises(Refusal, match="why"):
        services.ask_for_time(reporting.reporter, narrative_id=written.pk, due_at=written.due_at + LATER, reason=" ", at=NOW)


def test_reports_of_figures_are_asked_about_the_same_way(reporting: Reporting) -> None:
    report = reporting.owed("TOURIST")
    services.ask_for_time(reporting.reporter, report_id=report.pk, due_at=report.due_at + LATER, reason="Chờ khách sạn", at=NOW)
    services.extend(reporting.publisher, report_id=report.pk, due_at=report.due_at + LATER, reason="Đồng ý", at=NOW)
    assert TimeRequest.objects.get().answer == "granted"
    assert Obligation.objects.get(pk=report.pk).first_due_at == report.due_at


def test_the_pages_ask_answer_and_show_it(reporting: Reporting, written: Narrative, enter: Enter) -> None:
    Narrative.objects.filter(pk=written.pk).update(due_at="2030-10-19T10:00:00Z", missing_at="2030-10-20T10:00:00Z")
    address = f"/work/indicators/written/{written.pk}/"
    client = enter("reporter")
    assert f"{address}ask-time/" in client.get(address).content.decode()
    refused = client.post(f"{address}ask-time/", {"day": "01/10/2030", "hour": "17:00", "reason": "Chờ số liệu"}).content.decode()
    assert "trong vòng ba tháng" in refused
    assert "Chờ số liệu" in refused
    assert client.post(f"{address}ask-time/", {"day": "25/10/2030", "hour": "17:00", "reason": "Chờ số liệu"}).status_code == 302
    assert "Chờ trả lời" in client.get(address).content.decode()
    assert "Chờ số liệu" in client.get("/work/indicators/time/").content.decode()
    assert enter("foreign").get(f"{address}ask-time/").status_code == 404
    assert "Chờ số liệu" not in enter("foreign").get("/work/indicators/time/").content.decode()
    head = enter("head")
    assert head.get(f"{address}extend/").status_code == 403
    assert head.get(f"{address}waive/").status_code == 403
    assert head.get(f"/work/indicators/time/{TimeRequest.objects.get().pk}/refuse/").status_code == 403
