"""Figures drawn from ministries: every row accepted or quarantined, none twice, whatever the source does."""

import json
from datetime import date, timedelta

import pytest

from langbiang.foundation.access import SYSTEM
from langbiang.government.reporting import queries, services
from langbiang.government.reporting.connectors import RestSource, Window, contract, port
from langbiang.government.reporting.models import Connector, Draw, SourceRow
from tests.government.reporting.conftest import NOW

pytestmark = pytest.mark.django_db
WEEK = Window(date(2026, 11, 16), date(2026, 11, 22))


def point(code: str, address: str, by: str = "rest") -> None:
    services.change_connector(
        SYSTEM, connector=code, by=by, address=address, agreement="Thỏa thuận số 1", every_h=24, is_active=True, at=NOW
    )


@pytest.mark.parametrize("code", ["finance-budget", "justice-civil-status", "health-insurance", "business-register"])
def test_every_source_gives_rows_that_keep_their_contract(ministries, code):
    point(code, ministries.address)
    drawn = services.draw(connector=code, window=WEEK, at=NOW)
    assert drawn.finished_at is not None
    assert (drawn.rows_in, drawn.rejected) == (drawn.accepted, 0)
    assert drawn.accepted == (5 if code == "health-insurance" else 35)


def test_the_figures_kept_are_those_of_the_source(ministries):
    point("business-register", ministries.address)
    services.draw(connector="business-register", window=WEEK, at=NOW)
    told = {row["unit"]: row["founded"] for row in ministries.rows("enterprises", WEEK.last_day, WEEK.last_day)}
    kept = {row.place_code: row.value for row in queries.source_rows(series="ENT_NEW.N", period="2026-11-22")}
    assert kept == told


def test_drawing_again_changes_nothing_but_what_the_source_corrected(ministries):
    point("business-register", ministries.address)
    services.draw(connector="business-register", window=WEEK, at=NOW)
    before = SourceRow.objects.count()
    ministries.correct("founded", "24701", "2026-11-20", 77)
    services.draw(connector="business-register", window=WEEK, at=NOW + timedelta(days=1))
    assert SourceRow.objects.count() == before + 1
    now = queries.source_rows(series="ENT_NEW.N", period="2026-11-20").get(place_code="24701")
    assert (now.value, now.version) == (77, 2)
    then = queries.source_rows(series="ENT_NEW.N", period="2026-11-20", at=NOW).get(place_code="24701")
    assert then.version == 1


def test_rows_that_break_the_contract_are_quarantined_and_counted(ministries):
    ministries.bad_rows = 0.4
    point("finance-budget", ministries.address)
    drawn = services.draw(connector="finance-budget", window=WEEK, at=NOW)
    assert drawn.rejected > 5
    assert drawn.rows_in == drawn.accepted + drawn.rejected == 35
    assert queries.quarantined(drawn.pk).count() == drawn.rejected
    assert all(row.reasons for row in queries.quarantined(drawn.pk))


def test_a_unit_that_does_not_exist_on_that_day_keeps_its_row_out(ministries, monkeypatch):
    from types import SimpleNamespace

    from langbiang.foundation.places import queries as places

    real = [SimpleNamespace(code=code) for code in ministries.units[:3]]
    monkeypatch.setattr(places, "communes", lambda *, on: tuple(real))
    point("finance-budget", ministries.address)
    drawn = services.draw(connector="finance-budget", window=WEEK, at=NOW)
    assert (drawn.accepted, drawn.rejected) == (21, 14)
    assert "no unit has the code" in queries.quarantined(drawn.pk)[0].reasons[0]


def test_a_column_with_personal_data_keeps_its_row_out():
    model = contract("civil_status")
    assert model is not None
    with pytest.raises(ValueError, match="citizen_name"):
        model.model_validate(
            {"unit": "24700", "day": "2026-11-20", "births": 1, "deaths": 0, "marriages": 0, "citizen_name": "A"}
        )


@pytest.mark.parametrize("fault", ["cut_before", "busy", "schema_change"])
def test_a_draw_cut_off_goes_on_where_it_stopped(ministries, fault):
    ministries.units = [f"{number:05}" for number in range(24700, 24790)]  # 630 rows: four pages
    point("finance-budget", ministries.address)
    source = RestSource(ministries.address)
    first = source.fetch("budget", WEEK, "")
    assert first.cursor == "200"
    ministries.faults.set({fault: 0})
    drawn = _draw_with_a_fault_after(ministries, fault, pages=2)
    assert drawn.finished_at is None
    assert drawn.problem
    assert (drawn.rows_in, drawn.cursor) == (400, "400")
    ministries.faults.set({})
    again = services.draw(connector="finance-budget", window=WEEK, at=NOW + timedelta(hours=1))
    assert again.pk == drawn.pk
    assert (again.rows_in, again.problem) == (630, "")
    assert SourceRow.objects.count() == 630 * 2


def _draw_with_a_fault_after(ministries, fault: str, *, pages: int) -> Draw:
    """Draw from a source that fails after some pages."""
    left = [pages]
    told = ministries.faults.next

    def failing() -> str:
        left[0] -= 1
        return fault if left[0] < 0 else told()

    ministries.faults.next = failing
    try:
        return services.draw(connector="finance-budget", window=WEEK, at=NOW)
    finally:
        del ministries.faults.next


def test_the_counts_balance_through_any_faults(ministries):
    ministries.bad_rows = 0.1
    ministries.faults.set({"rate": {"cut_before": 0.1, "busy": 0.1, "schema_change": 0.1}, "seed": 3})
    point("finance-budget", ministries.address)
    at = NOW
    for _hour in range(72):
        drawn = services.draw(connector="finance-budget", window=WEEK, at=at)
        assert drawn.rows_in == drawn.accepted + drawn.rejected
        if drawn.finished_at is not None:
            break
        at += timedelta(hours=1)
    assert drawn.rows_in == 35
    assert SourceRow.objects.filter(known_to__isnull=True).count() == drawn.accepted * 2


def test_sources_are_drawn_when_it_is_their_turn(ministries):
    point("finance-budget", ministries.address)
    assert len(services.draw_due(at=NOW)) == 1
    assert services.draw_due(at=NOW + timedelta(hours=5)) == []
    assert len(services.draw_due(at=NOW + timedelta(hours=24))) == 1


def test_what_a_long_outage_left_out_is_caught_up_day_by_day(ministries):
    point("finance-budget", ministries.address)
    services.draw_due(at=NOW)
    ministries.faults.set({"outage": True})
    for day in range(1, 15):
        services.draw_due(at=NOW + timedelta(days=day))
    ministries.faults.set({})
    back = NOW + timedelta(days=14)
    services.draw_due(at=back)
    wanted = {(NOW + timedelta(days=n)).date().isoformat() for n in range(-7, 14)}
    assert set(SourceRow.objects.values_list("period", flat=True)) == wanted
    assert not Draw.objects.filter(finished_at=None).exists()
    assert services.draw_due(at=back + timedelta(hours=1)) == []


def test_days_left_out_are_found_even_when_somebody_drew_the_last_ones_by_hand(ministries):
    point("finance-budget", ministries.address)
    services.draw_due(at=NOW)
    back = NOW + timedelta(days=20)
    today = back.date()
    services.draw(connector="finance-budget", window=Window(today - timedelta(days=7), today - timedelta(days=1)), at=back)
    services.draw_due(at=back + timedelta(hours=1))
    assert SourceRow.objects.values("period").distinct().count() == 27


def test_a_day_the_source_has_no_more_keeps_back_no_other(ministries, monkeypatch):
    point("finance-budget", ministries.address)
    services.draw_due(at=NOW)
    gone, real = NOW.date(), RestSource.fetch

    def fetch(self, subject, window, cursor):
        if window.first_day == window.last_day == gone:
            raise services.SourceRefused("no more")
        return real(self, subject, window, cursor)

    monkeypatch.setattr(RestSource, "fetch", fetch)
    for hour in range(2):
        services.draw_due(at=NOW + timedelta(days=12, hours=hour))
    kept = set(SourceRow.objects.values_list("period", flat=True))
    assert gone.isoformat() not in kept
    assert len(kept) == 18


def test_a_source_that_cannot_be_asked_stops_no_other(ministries):
    point("finance-budget", ministries.address)
    point("justice-civil-status", ministries.address)
    Connector.objects.filter(code="finance-budget").update(adapter="gone")
    done = services.draw_due(at=NOW)
    assert [(each.connector.code, each.finished_at is not None) for each in done] == [("justice-civil-status", True)]
    assert "gone" in Draw.objects.get(connector__code="finance-budget").problem


def test_nothing_is_drawn_without_an_agreement(loaded):
    with pytest.raises(services.SourceRefused, match="agreement"):
        services.change_connector(
            SYSTEM,
            connector="finance-budget",
            by="rest",
            address="http://x",
            agreement=" ",
            every_h=24,
            is_active=True,
            at=NOW,
        )


def test_files_in_a_folder_are_a_source_too(loaded, tmp_path):
    (tmp_path / "civil_status_2026-11-17.csv").write_text(
        "unit,day,births,deaths,marriages\n24700,2026-11-17,2,1,0\n24701,2026-11-17,x,0,0\n", encoding="utf-8-sig"
    )
    row = {"unit": "24700", "day": "2026-11-18", "births": 0, "deaths": 0, "marriages": 3}
    (tmp_path / "civil_status_2026-11-18.json").write_text(json.dumps([row]))
    (tmp_path / "civil_status_2026-01-01.csv").write_text("outside the window")
    point("justice-civil-status", str(tmp_path), by="file_folder")
    drawn = services.draw(connector="justice-civil-status", window=WEEK, at=NOW)
    assert (drawn.rows_in, drawn.accepted, drawn.rejected) == (3, 2, 1)
    assert drawn.finished_at is not None


def test_a_source_takes_what_is_handed_over_once_and_hears_acknowledgements(ministries):
    source = port("rest", ministries.address)
    assert source.health() == ""
    assert source.put("budget", "k/1", b"<x/>") == source.put("budget", "k/1", b"<x/>")
    source.ack("budget", "R1")
    assert ministries.acked == ["R1"]
    ministries.faults.set({"outage": True})
    assert "reached" in source.health()


def test_connectors_begin_switched_off_and_unverified(loaded):
    assert not Connector.objects.exclude(is_active=False, verified=False).exists()
