"""What the control process reports, and how honest the picture of it is."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from langbiang.city.junctions import following, queries, services
from langbiang.city.junctions.models import Alert, Decision, SignalEvent, Verdict
from tests.city.junctions.conftest import NOW, Control

SECOND = timedelta(seconds=1)


def test_a_report_older_than_three_seconds_is_no_signal(control: Control) -> None:
    following.report_status("kim-cuc", at=NOW, mode="local", lamps={"NT": "G"}, queues={"N1": 4})
    fresh = queries.live(control.operator, at=NOW + 3 * SECOND, code="kim-cuc")[0]
    assert (fresh.mode, fresh.lamps, fresh.queue) == ("local", {"NT": "G"}, 4)
    old = queries.live(control.operator, at=NOW + 3.1 * SECOND, code="kim-cuc")[0]
    assert (old.mode, old.lamps, old.queue) == ("stale", {}, None)


def test_a_late_report_does_not_overwrite_a_newer_one(control: Control) -> None:
    following.report_status("kim-cuc", at=NOW, mode="local", stage="2")
    assert following.report_status("kim-cuc", at=NOW - SECOND, mode="fault", stage="1") is None
    assert queries.live(control.operator, at=NOW, code="kim-cuc")[0].mode == "local"
    assert not Alert.objects.exists()


def test_armed_without_a_lease_is_shown_as_such_and_raises_an_alert(control: Control) -> None:
    following.report_status("kim-cuc", at=NOW, mode="armed", controller="ours")
    assert queries.live(control.operator, at=NOW, code="kim-cuc")[0].mode == "unlicensed"
    assert Alert.objects.get().kind == "unlicensed"
    assert not queries.armed_now(at=NOW).exists()


def test_disarmed_a_moment_ago_is_no_longer_armed(control: Control) -> None:
    control.arm()
    following.report_status("kim-cuc", at=NOW, mode="armed", controller="ours")
    assert queries.armed_now(at=NOW).count() == 1
    services.disarm(control.operator, junction_code="kim-cuc", reason="", at=NOW + SECOND)
    assert not queries.armed_now(at=NOW + SECOND).exists()
    assert queries.live(control.operator, at=NOW + SECOND, code="kim-cuc")[0].mode == "unlicensed"


def test_the_moment_a_disarming_takes_to_arrive_is_shown_and_no_alarm_afterwards_it_is(control: Control) -> None:
    control.arm()
    services.disarm(control.operator, junction_code="kim-cuc", reason="", at=NOW + 10 * SECOND)
    following.report_status("kim-cuc", at=NOW + 11 * SECOND, mode="armed", controller="ours")
    assert queries.live(control.operator, at=NOW + 11 * SECOND, code="kim-cuc")[0].mode == "unlicensed"
    assert not Alert.objects.exists()
    following.report_status("kim-cuc", at=NOW + 14 * SECOND, mode="armed", controller="ours")
    assert Alert.objects.get().kind == "unlicensed"


def test_pictures_of_several_junctions_cost_four_statements(control: Control) -> None:
    control.arm()
    reports = [following.StatusReport(code, NOW + SECOND, mode) for code, mode in (("kim-cuc", "armed"), ("yersin", "local"))]
    with CaptureQueriesContext(connection) as asked:
        assert set(following.report_statuses(reports)) == {"kim-cuc", "yersin"}
    assert len([query for query in asked if "SAVEPOINT" not in query["sql"]]) == 4
    assert queries.armed_now(at=NOW + SECOND).count() == 1


def test_a_camera_that_goes_blind_raises_one_alert(control: Control) -> None:
    for n in range(3):
        following.report_status("kim-cuc", at=NOW + n * SECOND, mode="local", cameras={"CAM-N": "fog", "CAM-S": "ok"})
    assert Alert.objects.get().times == 1


@pytest.mark.parametrize("report", [{"mode": "dance"}, {"mode": "local", "lamps": {"NT": "blue"}}, {"mode": "local", "queues": {"N1": -1}}])
def test_a_report_that_cannot_be_is_refused(control: Control, report: dict[str, object]) -> None:
    with pytest.raises(following.BadReport):
        following.report_status("kim-cuc", at=NOW, **report)  # type: ignore[arg-type]  # named values of one type


def test_only_what_the_gate_changed_or_denied_is_kept(control: Control) -> None:
    following.report_decision("kim-cuc", at=NOW, controller="ours", stage="2", reason="6 xe máy chờ")
    for outcome in ("allow", "replace", "deny"):
        following.report_verdict("kim-cuc", at=NOW, outcome=outcome, rule="G3", stage="2", text="Minimum green")
    assert (Decision.objects.count(), Verdict.objects.count()) == (1, 2)


def test_the_event_log_lands_in_the_partition_of_its_month(control: Control) -> None:
    assert following.report_event("kim-cuc", rows=[(NOW + n * SECOND, 1, 2) for n in range(5)]) == 5
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tableoid::regclass::text FROM junctions_signalevent")
        assert cursor.fetchall() != [("junctions_signalevent_default",)]
    assert SignalEvent.objects.count() == 5


def test_the_live_picture_costs_the_same_for_any_number_of_junctions(control: Control) -> None:
    with CaptureQueriesContext(connection) as one:
        queries.live(control.operator, at=NOW, code="kim-cuc")
    with CaptureQueriesContext(connection) as all_of_them:
        assert len(queries.live(control.operator, at=NOW)) == 2
    assert len(one) == len(all_of_them) == 6


def test_a_bad_count_is_not_kept_and_a_corrected_one_replaces_the_first(control: Control) -> None:
    period = {"lane": "N1", "vehicle_class": "motorcycle", "begun_at": NOW - 300 * SECOND, "ended_at": NOW}
    following.report_flow("kim-cuc", vehicles=10, quality=0.9, **period)  # type: ignore[arg-type]  # named values of one type
    following.report_flow("kim-cuc", vehicles=12, quality=0.9, **period)  # type: ignore[arg-type]  # named values of one type
    following.report_flow("kim-cuc", vehicles=3, quality=0.3, **{**period, "lane": "S1"})  # type: ignore[arg-type]  # named values of one type
    rows = list(queries.recent_flows(control.operator, at=NOW, hours=1))
    assert [row.vehicles for row in rows] == [12]
    with pytest.raises(following.BadReport):
        following.report_flow("kim-cuc", vehicles=1, quality=2, **period)  # type: ignore[arg-type]  # named values of one type
