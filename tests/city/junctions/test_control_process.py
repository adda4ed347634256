"""Between the control process and the database: orders and reports while it is there, and control that goes on when it is not."""

import asyncio
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from langbiang.city.junctions import following, services
from langbiang.city.junctions.models import Alert, Decision, Flow, JunctionStatus, ShadowScore, SignalEvent, Verdict
from langbiang.city.traffic.gate.arming import ArmLease
from langbiang.city.traffic.process.cabinets import CabinetSetting
from langbiang.city.traffic.process.outbox import Outbox
from langbiang.city.traffic.process.snapshot import Station, write
from langbiang.site import signals
from simulators.cabinet.agent import run, serve
from simulators.cabinet.controller import Cabinet
from tests.city.junctions.conftest import NOW, Control
from tests.city.traffic.process.virtual import free_udp, layout_of

SECOND = timedelta(seconds=1)


def a_minute(box: Outbox) -> None:
    """One of everything a junction tells."""
    at = NOW.timestamp()
    box.status("kim-cuc", at=at, mode="local", controller="ours", stage="1", stage_since=at, reason="x", lamps={"NT": "G"}, queues={"N1": 2.0}, cameras={})
    box.status("yersin", at=at, mode="local", stage="2", stage_since=at)
    box.decision("kim-cuc", at=at, controller="ours", stage="2", reason="6 wait", is_forced=False)
    box.verdict("kim-cuc", at=at, outcome="deny", rule="G7", stage="2", text="Another movement")
    box.events("kim-cuc", [(at, 1, 2), (at + 1, 8, 2)])
    box.alert("kim-cuc", at=at, kind="cabinet", text="silent")
    box.flow("kim-cuc", lane="N1", vehicle_class="vehicle", begun_at=at - 300, ended_at=at, vehicles=30, quality=0.9)
    box.shadow(
        "kim-cuc", controller="ours", day="2026-11-03", minutes=5, delay_s=12.5, live_delay_s=14.0, p95_s=30.0, live_p95_s=31.0,
        denials=0, recalls=1, source="",
    )  # fmt: skip


def test_everything_a_junction_tells_arrives(control: Control) -> None:
    box = Outbox()
    a_minute(box)
    signals.deliver(box.take(100, wait_s=0))
    assert {row.junction.code: row.stage for row in JunctionStatus.objects.select_related("junction")} == {"kim-cuc": "1", "yersin": "2"}
    assert (Decision.objects.count(), Verdict.objects.count(), SignalEvent.objects.count()) == (1, 1, 2)
    assert (Alert.objects.get().kind, Flow.objects.get().vehicles, ShadowScore.objects.get(minutes=5).recalls) == ("cabinet", 30, 1)


def test_a_blocked_lane_is_an_alert_that_says_when_it_is_over_and_that_a_person_closes(control: Control) -> None:
    box = Outbox()
    at = NOW.timestamp()
    text = "Lane N1: nobody has left it through 20 s of green although 6 wait. The lane or its exit may be blocked."
    box.alert("kim-cuc", at=at, kind="blocked:N1", text=text)
    box.over("kim-cuc", at=at + 60, kind="blocked:N1")
    box.over("kim-cuc", at=at + 61, kind="blocked:N1")
    signals.deliver(box.take(100, wait_s=0))
    row = Alert.objects.get()
    assert (row.state, row.over_at, row.words) == ("open", NOW + 60 * SECOND, text)
    box.alert("kim-cuc", at=at + 90, kind="blocked:N1", text=text)
    signals.deliver(box.take(100, wait_s=0))
    row.refresh_from_db()
    assert (row.times, row.over_at) == (2, None)
    services.close_alert(control.operator, alert_id=row.pk, note="tow truck came", at=NOW + 100 * SECOND)
    assert Alert.objects.get().state == "closed"


def test_a_report_that_cannot_be_taken_does_not_hold_up_the_others(control: Control) -> None:
    box = Outbox()
    a_minute(box)
    box.status("nowhere", at=NOW.timestamp(), mode="local")
    box.flow("kim-cuc", lane="N1", vehicle_class="vehicle", begun_at=NOW.timestamp(), ended_at=NOW.timestamp(), vehicles=1, quality=1)
    box.decision("kim-cuc", at=NOW.timestamp(), controller="ours", stage="1", reason="last", is_forced=True)
    signals.deliver(box.take(100, wait_s=0))
    assert JunctionStatus.objects.count() == 2
    assert Decision.objects.count() == 2


def test_what_does_not_arrive_is_given_back_in_order(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Outbox()
    a_minute(box)

    def gone(*_args: Any, **_told: Any) -> None:
        raise OperationalError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(following, "report_verdict", gone)
        with pytest.raises(signals.Undelivered) as caught:
            signals.deliver(box.take(100, wait_s=0))
        box.give_back(caught.value.rows)
    rows = box.take(100, wait_s=0)
    assert [row.kind for row in rows] == ["verdict", "events", "alert", "flow", "shadow"]
    signals.deliver(rows)
    assert (Decision.objects.count(), Verdict.objects.count()) == (1, 1)


def test_orders_cost_the_same_for_any_number_of_junctions_and_leave_the_layouts_out(control: Control) -> None:
    control.arm("kim-cuc")
    services.override(control.operator, junction_code="yersin", kind="flash", minutes=5, reason="works", at=NOW)
    plan = control.plan()
    services.approve_plan(control.head, plan_id=plan.pk, at=NOW)
    with CaptureQueriesContext(connection) as asked:
        standing = following.standing(at=NOW + SECOND)
    assert len(asked) == 4
    assert not any('"content"' in query["sql"] for query in asked if "junctions_layout" in query["sql"] and "junctions_plan" not in query["sql"])
    kim_cuc, yersin = standing["kim-cuc"], standing["yersin"]
    assert kim_cuc.lease is not None
    assert kim_cuc.lease.expires_at - kim_cuc.lease.granted_at <= following.SLICE_S
    assert (kim_cuc.controller, kim_cuc.plan, kim_cuc.override) == ("ours", "Ngày thường", None)
    assert yersin.lease is None
    assert yersin.override is not None
    assert yersin.override["kind"] == "flash"
    services.disarm(control.operator, junction_code="kim-cuc", reason="", at=NOW + 2 * SECOND)
    assert following.standing(at=NOW + 3 * SECOND)["kim-cuc"].lease is None


def test_the_desk_keeps_what_it_knew_and_a_new_one_knows_the_layouts_and_no_lease(
    control: Control, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "configuration.json"
    desk = signals.Desk(path)
    desk.ask()
    assert set(desk.stations) == {"kim-cuc", "yersin"}

    def gone(*, at: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(following, "standing", gone)
    with pytest.raises(OperationalError):
        desk.ask()
    assert set(desk.orders) == set(desk.stations) == {"kim-cuc", "yersin"}
    again = signals.Desk(path)
    assert again.stations == desk.stations
    assert again.orders == {}


def test_a_junction_is_driven_on_while_neither_orders_nor_reports_get_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lease was given a moment before the database went away: it is used to its end, and nothing waits for anybody."""
    layout = layout_of("kim-cuc")
    write(tmp_path / "traffic" / "configuration.json", {"kim-cuc": Station("kim-cuc", 1, layout)})
    asked, stuck = threading.Event(), threading.Event()

    def ask(desk: signals.Desk) -> None:
        if asked.is_set():
            stuck.wait(60)  # as a database that takes the question and never answers
            return
        from langbiang.city.junctions.layout import Layout, gate_rules

        now = time.time()
        fingerprint = gate_rules("kim-cuc", Layout(layout)).fingerprint
        desk.orders = {"kim-cuc": signals.Order(ArmLease("kim-cuc", fingerprint, "Lan", "Minh", now, now + 300), None, 1)}
        asked.set()

    def deliver(rows: list[Any]) -> None:
        raise signals.Undelivered([row for row in rows if row.kind != "status"])

    monkeypatch.setattr(signals.Desk, "ask", ask)
    monkeypatch.setattr(signals, "deliver", deliver)
    monkeypatch.setattr(signals.Control, "_compile", lambda self: None)

    async def story() -> None:
        port, stop = free_udp(), asyncio.Event()
        cabinet = Cabinet(layout, time.time(), backup_s=15.0)
        agent = serve(cabinet, port, community="test")
        process = signals.Control(tmp_path, {"kim-cuc": CabinetSetting(("127.0.0.1", port), "test")})
        clock = asyncio.create_task(run(cabinet))
        work = asyncio.create_task(process.run([], stop))
        for_seconds = 0
        try:
            for _ in range(900):
                await asyncio.sleep(0.1)
                for_seconds += bool(cabinet.control.bits.get(4))
                if for_seconds > 30:
                    break
        finally:
            stuck.set()
            stop.set()
            await work
            clock.cancel()
        assert for_seconds > 30
        assert not cabinet._is_set()  # given back on the way out
        assert len(process.outbox) > 0
        agent.close()

    # Nothing counts here: the pressure of lanes nobody sees would take the junction off the adaptive steps.
    monkeypatch.setattr("langbiang.city.traffic.process.deciding.Eyes.look", _all_seen)
    asyncio.run(story())


def _all_seen(eyes: Any, seen: Any, green: Any, now: float) -> Any:
    from langbiang.city.traffic.process.deciding import Picture
    from langbiang.city.traffic.process.ladder import Level

    return Picture(now, dict.fromkeys(eyes.lanes, 2.0)), Level.ADAPTIVE
