"""The ladder of reminders: who was told when, what comes next, and rungs as data from a day on."""

from datetime import date, timedelta

import pytest

from langbiang.foundation.access import Actor, Forbidden, Refusal
from langbiang.foundation.audit.models import Entry
from langbiang.foundation.notifications import reference as notifications_reference
from langbiang.government.indicators import services
from langbiang.government.indicators.models import Obligation, Rung
from langbiang.government.indicators.queries import ladder

from .conftest import NOW, Reporting
from .test_pages import Enter, enter

__all__ = ["enter"]


def steps(actor: Actor, at: timedelta, report: Obligation) -> list[tuple[int, str, int, int]]:
    rows = Obligation.objects.filter(indicator__code="TOURIST", period="2026-09")
    (deadline,) = ladder.deadlines(actor, rows, at=report.due_at + at)
    return [(step.rung.minutes, step.state, len(step.people), step.others) for step in deadline.steps]


def test_who_was_told_and_what_comes_next(reporting: Reporting, enter: Enter) -> None:
    enter("head")  # gives the persons their seats
    notifications_reference.load(at=NOW)
    report = reporting.owed("TOURIST")
    before = steps(reporting.head, timedelta(days=-4), report)
    assert [state for _minutes, state, _people, _others in before] == ["next", "later", "later", "later", "later", "later"]
    services.remind(at=report.due_at - timedelta(days=1))
    told = steps(reporting.head, timedelta(days=-1) + timedelta(minutes=5), report)
    assert told[0][1] == "unsent"
    assert told[1] == (-1440, "sent", 1, 1)  # the reporter of the own commune by name, the other one counted
    assert told[2][1] == "next"
    assert steps(reporting.keeper, timedelta(days=-1) + timedelta(minutes=5), report)[1] == (-1440, "sent", 2, 0)
    Obligation.objects.filter(indicator__code="TOURIST").update(state="on_time", stage="submitted")
    assert {state for _minutes, state, _people, _others in steps(reporting.head, timedelta(hours=-3), report)[2:]} == {"idle"}


def test_rungs_are_added_and_ended_from_a_day_on(reporting: Reporting) -> None:
    day = date(2026, 10, 10)
    add = {"minutes": -2880, "audience": "leader", "valid_from": day, "source": "Công văn 5", "at": NOW}
    made = services.add_rung(reporting.keeper, **add)
    assert (-2880, "leader") not in [(row.minutes, row.audience) for row in ladder.rungs_on(date(2026, 10, 9))]
    assert (-2880, "leader") in [(row.minutes, row.audience) for row in ladder.rungs_on(day)]
    for change, field, words in (
        ({}, "number", "has this rung already"), ({"minutes": 99_999}, "number", "more than 31 days"), ({"audience": "mayor"}, "audience", "Nobody of that kind"),
        ({"minutes": 5, "valid_from": date(2026, 10, 1)}, "valid_from", "That day is over"), ({"minutes": 5, "source": " "}, "source", "Name the act"),
    ):  # fmt: skip
        with pytest.raises(Refusal, match=words) as refused:
            services.add_rung(reporting.keeper, **{**add, **change})
        assert refused.value.field == field
    with pytest.raises(Forbidden):
        services.add_rung(reporting.publisher, **{**add, "minutes": 7})
    with pytest.raises(Refusal, match="has to lie after"):
        services.end_rung(reporting.keeper, rung_id=made.pk, valid_to=day, source="Công văn 6", at=NOW)
    services.end_rung(reporting.keeper, rung_id=made.pk, valid_to=date(2026, 11, 1), source="Công văn 6", at=NOW)
    with pytest.raises(Refusal, match="ended already"):
        services.end_rung(reporting.keeper, rung_id=made.pk, valid_to=date(2026, 11, 2), source="Công văn 6", at=NOW)
    assert set(Entry.objects.filter(target=f"indicators.rung:{made.pk}").values_list("action", flat=True)) == {"indicators.rung_added", "indicators.rung_ended"}


def test_the_pages_of_reminders_and_of_the_ladder(reporting: Reporting, enter: Enter) -> None:
    page = enter("reporter").get("/work/indicators/reminders/?form=TOURIST&period=2026-09")
    assert page.status_code == 200
    assert page.context["period"] == "2026-09"
    assert "trước hạn 3 ngày" in page.content.decode()
    assert enter("reporter").get("/work/indicators/reminders/?form=NOTHING").status_code == 404
    assert enter("reporter").get("/work/indicators/reminders/?period=x").status_code == 200
    assert enter("head").get("/manage/indicators/ladder/").status_code == 403
    client = enter("keeper")
    asked = {"number": "2", "unit": "days", "side": "before", "audience": "leader", "valid_from": "01/12/2030", "source": "Công văn 5"}
    assert "Đã có bậc này" in client.post("/manage/indicators/ladder/", {**asked, "number": "1", "audience": "reporter"}).content.decode()
    assert client.post("/manage/indicators/ladder/", asked).status_code == 302
    rung = Rung.objects.get(minutes=-2880)
    assert "trước hạn 2 ngày" in client.get("/manage/indicators/ladder/").content.decode()
    assert client.post(f"/manage/indicators/ladder/{rung.pk}/end/", {"valid_to": "02/12/2030", "source": "Công văn 6"}).status_code == 302
    assert client.get("/manage/indicators/ladder/99999/end/").status_code == 404
