"""Between the control process and the database: orders and reports while it is there, and control that goes on when it is not."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from langbiang.city.junctions import following, queries, services
from langbiang.city.junctions.models import Alert, Decision, Flow, JunctionStatus, ShadowScore, SignalEvent, Verdict
from langbiang.city.traffic.gate.arming import ArmLease
from langbiang.city.traffic.process.cabinets import CabinetSetting
from langbiang.city.traffic.process.counting import Seen
from langbiang.city.traffic.process.outbox import Outbox
from langbiang.city.traffic.process.running import Fleet
from langbiang.city.traffic.process.snapshot import Station, write
from langbiang.foundation.access import SYSTEM
from langbiang.foundation.audit.models import Entry
from langbiang.foundation.events.models import EventRow
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
        assert [row.what for row in process.outbox.take(5000, wait_s=0) if row.kind == "alert"] == []
        agent.close()

    monkeypatch.setattr(signals, "take_counts", everything_is_seen)
    asyncio.run(story())


async def everything_is_seen(fleet: Any, *_urls: Any, **_more: Any) -> None:
    """In place of cameras."""
    while True:
        for junction in fleet.loops.values():
            junction.seen = Seen(time.time(), dict.fromkeys(junction.eyes.lanes, 2.0))
        await asyncio.sleep(0.2)


def a_process(home: Path, monkeypatch: pytest.MonkeyPatch, codes: tuple[str, ...] = ("kim-cuc",)) -> signals.Control:
    """A control process without a database: layouts from the file, no cabinet that answers."""
    write(home / "traffic" / "configuration.json", {code: Station(code, 1, layout_of(code)) for code in codes})
    monkeypatch.setattr(signals.Desk, "ask", lambda desk: None)
    monkeypatch.setattr(signals, "deliver", lambda rows: None)
    monkeypatch.setattr(signals.Control, "_compile", lambda self: None)
    return signals.Control(home, {code: CabinetSetting(("127.0.0.1", free_udp()), "test") for code in codes})


def ran(
    process: signals.Control, *, until: Callable[[Fleet], bool], then: Callable[[], None] | None = None, left: list[str] | None = None
) -> list[str]:
    """Let a process run until something is true of its junctions, then end it; gives which junctions were given back."""
    left = [] if left is None else left

    async def story() -> None:
        fleets: list[Fleet] = []

        class Watched(Fleet):
            def __init__(self, *args: Any, **more: Any) -> None:
                super().__init__(*args, **more)
                fleets.append(self)

            async def end(self, code: str) -> None:
                await super().end(code)
                left.append(code)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(signals, "Fleet", Watched)
            stop = asyncio.Event()
            work = asyncio.create_task(process.run([], stop))
            for _ in range(200):
                await asyncio.sleep(0.05)
                if work.done() or (fleets and until(fleets[0])):
                    break
            else:
                pytest.fail("it did not come to that")
            if then is not None:
                then()
                await asyncio.sleep(0.6)
            stop.set()
            await work

    asyncio.run(story())
    return left


def test_a_full_disk_costs_histories_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = a_process(tmp_path, monkeypatch)

    def full(*_given: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(signals.counting, "write_histories", full)
    monkeypatch.setattr(signals.shadow, "write_scores", full)
    monkeypatch.setattr(signals, "KEEP_EVERY_S", 0.0)
    rounds: list[int] = []
    look_after = process._look_after

    async def counted(fleet: Fleet) -> None:
        rounds.append(1)
        await look_after(fleet)

    monkeypatch.setattr(process, "_look_after", counted)
    assert ran(process, until=lambda fleet: len(rounds) >= 4) == ["kim-cuc"]


def test_junctions_are_given_back_whatever_ends_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = a_process(tmp_path, monkeypatch)

    def broken(*_given: Any) -> None:
        raise MemoryError("no more")

    def then() -> None:
        monkeypatch.setattr(process, "_keep", broken)
        monkeypatch.setattr(signals, "KEEP_EVERY_S", 0.0)

    left: list[str] = []
    with pytest.raises(MemoryError):
        ran(process, until=lambda fleet: "kim-cuc" in fleet.loops, then=then, left=left)
    assert left == ["kim-cuc"]


def test_one_layout_that_cannot_be_used_keeps_no_other_junction_from_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = a_process(tmp_path, monkeypatch, ("kim-cuc", "yersin"))
    process.desk.stations["kim-cuc"] = Station("kim-cuc", 1, {"movements": []})
    assert ran(process, until=lambda fleet: "yersin" in fleet.loops) == ["yersin"]
    told = [row for row in process.outbox.take(100, wait_s=0) if row.kind == "alert"]
    assert process._failed["kim-cuc"][0] == 1
    assert {row.junction for row in told if row.what["kind"] == "layout"} <= {"kim-cuc"}


def test_a_disarm_arrives_although_the_configuration_cannot_be_kept(control: Control, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.utils import timezone

    now = timezone.now()
    lease = control.arm()
    type(lease).objects.filter(pk=lease.pk).update(granted_at=now - SECOND, expires_at=now + 600 * SECOND)
    desk = signals.Desk(tmp_path / "configuration.json")

    def full(*_given: Any, **_told: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(signals.snapshot, "write", full)
    desk.ask()
    assert desk.orders["kim-cuc"].lease is not None
    assert set(desk.stations) == {"kim-cuc", "yersin"}
    services.disarm(control.operator, junction_code="kim-cuc", reason="", at=timezone.now())
    monkeypatch.setattr(following, "priority_asked", full)  # nor because of anything asked after it
    with pytest.raises(OSError, match="space"):
        desk.ask()
    assert desk.orders["kim-cuc"].lease is None


def test_one_picture_the_database_cannot_take_costs_no_other_report(control: Control) -> None:
    box, at = Outbox(), NOW.timestamp()
    box.status("kim-cuc", at=at, mode="local", queues={"N1": float("nan")})
    box.status("yersin", at=at, mode="local", cameras={"CAM-N\x00": "cracked", "CAM-S": "ok"})
    box.decision("kim-cuc", at=at, controller="ours", stage="1", reason="6\x00 wait", is_forced=False)
    signals.deliver(box.take(100, wait_s=0))
    assert JunctionStatus.objects.get().cameras == {"CAM-N": "blind", "CAM-S": "ok"}
    assert Decision.objects.get().reason == "6 wait"


def test_a_lease_under_which_the_lamps_did_not_follow_is_ended_for_every_process_to_come(control: Control) -> None:
    lease = control.arm()
    box = Outbox()
    for _ in range(2):
        box.void("kim-cuc", at=(NOW + SECOND).timestamp(), lease_id=lease.pk)
    signals.deliver(box.take(100, wait_s=0))
    lease.refresh_from_db()
    assert (lease.ended_at, lease.end_reason) == (NOW + SECOND, "The lamps did not follow: two persons have to arm it again.")
    assert following.standing(at=NOW + 2 * SECOND)["kim-cuc"].lease is None
    assert Entry.objects.filter(action="traffic.lease_voided").count() == 1
    assert EventRow.objects.filter(name="traffic.arming_changed", payload__what="voided").count() == 1
    later = NOW + 60 * SECOND  # two persons arm it again
    assert services.confirm_arming(control.head, request_id=control.ask(at=later).pk, at=later)[0].pk != lease.pk


def test_a_lease_of_another_junction_is_not_ended(control: Control) -> None:
    lease = control.arm()
    assert not services.void_lease(SYSTEM, junction_code="yersin", lease_id=lease.pk, at=NOW + SECOND)
    lease.refresh_from_db()
    assert lease.ended_at is None


@pytest.mark.parametrize("table", ["junctions_decision", "junctions_verdict"])
def test_what_was_decided_and_refused_is_never_changed_or_removed(control: Control, table: str) -> None:
    box = Outbox()
    a_minute(box)
    signals.deliver(box.take(100, wait_s=0))
    for statement in (f"UPDATE {table} SET stage = '9'", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError, match="never changed or removed"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with connection.cursor() as cursor:  # a month whose time is over goes as a whole
        cursor.execute("SELECT tableoid::regclass::text FROM " + table)
        cursor.execute(f"DROP TABLE {cursor.fetchone()[0]}")
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone()[0] == 0


@pytest.mark.parametrize(("year", "goes"), [(2020, True), (2045, False)])
def test_only_what_is_old_and_outside_of_every_month_goes_row_by_row(control: Control, year: int, goes: bool) -> None:
    following.report_verdict("kim-cuc", at=NOW.replace(year=year), outcome="deny", rule="G7", stage="1", text="x")

    def change(statement: str) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    with pytest.raises(DatabaseError, match="never changed or removed"):
        change("UPDATE junctions_verdict SET stage = '9'")
    with contextlib.nullcontext() if goes else pytest.raises(DatabaseError, match="never changed or removed"):
        change("DELETE FROM junctions_verdict")
    assert Verdict.objects.exists() is not goes


def test_what_was_told_last_is_delivered_before_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = a_process(tmp_path, monkeypatch)
    arrived: list[Any] = []

    def slow(rows: list[Any]) -> None:
        time.sleep(0.2)
        arrived.extend(rows)

    monkeypatch.setattr(signals, "deliver", slow)
    monkeypatch.setattr(signals, "TAKEN_AT_ONCE", 2)

    def tell() -> None:
        for n in range(7):
            process.outbox.decision("kim-cuc", n=n)

    ran(process, until=lambda fleet: "kim-cuc" in fleet.loops, then=tell)
    assert [row.what["n"] for row in arrived if row.kind == "decision"] == list(range(7))


def test_lost_reports_are_told_of_once_the_platform_takes_reports_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = a_process(tmp_path, monkeypatch)
    process.outbox = Outbox(most=3)
    for n in range(5):
        process.outbox.decision("kim-cuc", n=n)
    arrived: list[Any] = []
    monkeypatch.setattr(signals, "deliver", arrived.extend)
    process._report()
    process._report()
    assert [row.what.get("text") for row in arrived if row.kind == "alert"] == [
        "2 reports of this junction were lost: the platform did not take them in time."
    ]


def test_a_picture_from_the_future_is_as_stale_as_an_old_one(control: Control) -> None:
    box = Outbox()
    box.status("kim-cuc", at=NOW.timestamp(), mode="local")
    signals.deliver(box.take(100, wait_s=0))
    for seconds, is_stale in ((-300, True), (-1, False), (1, False), (300, True)):
        found = queries.live(control.operator, at=NOW + seconds * SECOND, code="kim-cuc")[0]
        assert found.is_stale is is_stale
