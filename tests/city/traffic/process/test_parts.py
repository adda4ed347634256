"""The parts of the control process on their own: settings, the outbox, the snapshot, the ladder, counts, history, the reckoning beside."""

import asyncio
import contextlib
import json
import math
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from langbiang.city.junctions.layout import Layout, gate_rules
from langbiang.city.traffic.gate.rules import GateRules
from langbiang.city.traffic.process import running, shadow, snapshot
from langbiang.city.traffic.process.cabinets import BadSetting, cabinets_of
from langbiang.city.traffic.process.counting import (
    FLOW_S,
    CameraWords,
    Flows,
    History,
    Seen,
    Substitute,
    read_histories,
    seen_of,
    write_histories,
)
from langbiang.city.traffic.process.deciding import Eyes, Picture
from langbiang.city.traffic.process.horizon import HorizonOnLanes, change_s
from langbiang.city.traffic.process.ladder import Ladder, Level
from langbiang.city.traffic.process.outbox import Outbox
from langbiang.city.traffic.process.pressure import LanePressure, Movement
from langbiang.city.traffic.process.running import take_counts
from langbiang.city.traffic.process.shadow import Discharge, Queues, Reckoning, Score, Shadow
from langbiang.city.traffic.process.snapshot import Station
from tests.city.traffic.process.virtual import layout_of

T0 = 1_764_000_000.0


def test_the_setting_may_stand_in_the_environment_or_in_a_file(tmp_path: Path) -> None:
    text = '{"kim-cuc": {"address": "10.20.0.7:161", "community": "secret", "patterns": {"Ban ngày": 2}}}'
    (tmp_path / "cabinets.json").write_text(text, encoding="utf-8")
    for given in (text, str(tmp_path / "cabinets.json")):
        found = cabinets_of(given)["kim-cuc"]
        assert (found.address, found.community, found.patterns) == (("10.20.0.7", 161), "secret", {"Ban ngày": 2})
    assert cabinets_of(" ") == {}


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ({"address": "10.20.0.7", "community": "x"}, "address"),
        ({"address": "10.20.0.7:99999", "community": "x"}, "address"),
        ({"address": "10.20.0.7:161"}, "community"),
        ({"address": "10.20.0.7:161", "community": "x", "user": "y"}, "community"),
        ({"address": "10.20.0.7:161", "user": "y", "auth_key": "short"}, "auth_key"),
        ({"address": "10.20.0.7:161", "user": "y", "auth_key": "long enough", "auth": "md5"}, "auth"),
        ({"address": "10.20.0.7:161", "user": "y", "auth_key": "long enough", "privacy": "des"}, "privacy"),
        ({"address": "10.20.0.7:161", "user": "y", "auth_key": "long enough", "privacy": "aes128"}, "privacy_key"),
        ({"address": "10.20.0.7:161", "community": "x", "backup_s": 0}, "backup_s"),
        ({"address": "10.20.0.7:161", "community": "x", "patterns": {"Ban ngày": 255}}, "patterns"),
        ("10.20.0.7:161", "cabinet"),
    ],
)
def test_a_bad_setting_names_junction_and_field(row: object, named: str) -> None:
    with pytest.raises(BadSetting, match=f"kim-cuc, {named}: "):
        cabinets_of(json.dumps({"kim-cuc": row}))


def test_the_outbox_keeps_the_latest_picture_and_drops_the_oldest_of_the_rest() -> None:
    box = Outbox(most=3)
    for n in range(5):
        box.status("a", at=n)
        box.decision("a", at=n)
    rows = box.take(100, wait_s=0)
    assert [(row.kind, row.what["at"]) for row in rows] == [("status", 4), ("decision", 2), ("decision", 3), ("decision", 4)]
    assert box.dropped == 2
    box.decision("a", at=9)
    box.give_back(rows)
    assert [row.what["at"] for row in box.take(100, wait_s=0)] == [3, 4, 9]
    assert box.take(100, wait_s=0) == []


def test_telling_never_waits_for_whoever_reports() -> None:
    box, done = Outbox(most=50), threading.Event()

    def tell() -> None:
        for n in range(20_000):
            box.decision("a", at=n)
        done.set()

    threading.Thread(target=tell).start()
    assert done.wait(60)  # nobody ever takes anything
    assert len(box) == 50


def test_a_snapshot_is_found_again_and_half_a_file_is_none(tmp_path: Path) -> None:
    path = tmp_path / "traffic" / "configuration.json"
    assert snapshot.read(path) == {}
    stations = {"kim-cuc": Station("kim-cuc", 7, {"max_red_s": 120})}
    snapshot.write(path, stations)
    assert snapshot.read(path) == stations
    path.write_text(path.read_text(encoding="utf-8")[:20], encoding="utf-8")
    assert snapshot.read(path) == {}


def test_down_the_ladder_at_once_and_up_only_after_three_quiet_cycles() -> None:
    ladder = Ladder()
    assert ladder.settle(Level.PATTERN, 0)
    assert ladder.level is Level.PATTERN
    assert not ladder.settle(Level.ADAPTIVE, 1)
    assert not ladder.settle(Level.ADAPTIVE, 3)
    assert ladder.settle(Level.ADAPTIVE, 4)
    assert ladder.level is Level.ADAPTIVE


def test_what_gets_worse_while_it_waits_begins_the_quiet_anew_and_is_the_most_that_is_given() -> None:
    ladder = Ladder(Level.LOCAL)
    ladder.settle(Level.ADAPTIVE, 0)
    ladder.settle(Level.PRESSURE, 2)
    assert not ladder.settle(Level.ADAPTIVE, 4)
    assert ladder.settle(Level.ADAPTIVE, 5)
    assert ladder.level is Level.PRESSURE


def test_counts_are_read_field_by_field_and_nonsense_is_refused() -> None:
    seen = seen_of({"at": 5, "lanes": {"N1": {"queue": 3, "arrived": 10, "left": 7}}, "cameras": {"CAM-N": "fog"}})
    assert (seen.queues, seen.arrived, seen.left, seen.cameras, seen.is_lost) == ({"N1": 3.0}, {"N1": 10}, {"N1": 7}, {"CAM-N": "fog"}, False)
    for bad in ({"lanes": {}}, {"at": 1, "lanes": {"N1": {}}}, {"at": 1, "lanes": {"N1": {"queue": -1}}}, {"at": "x", "lanes": {}}):
        with pytest.raises((KeyError, TypeError, ValueError)):
            seen_of(bad)


def test_what_a_source_guesses_is_taken_for_a_lane_nobody_sees() -> None:
    """A lane whose road is not known yet carries what is usual: neither a queue nor vehicles that were seen."""
    lanes = ("N1", "N2")
    eyes, flows = Eyes(lanes, {"CAM-N": lanes}), Flows()

    def told(second: int, left: int, source: str) -> Seen:
        row = {"queue": 2, "left": left, "source": source, "quality": 0.3 if source == "profile" else 1.0}
        return seen_of({"at": T0 + second, "lanes": {"N1": row, "N2": {"queue": 1, "left": 0}}, "cameras": {"CAM-N": "ok"}})

    begun = T0 - T0 % FLOW_S
    rows = []
    for second in range(FLOW_S + 1):
        # Invented vehicles in the first half, one every ten seconds as seen in the second.
        left = second if second <= 150 else 150 + (second - 150) // 10
        seen = told(second, left, "profile" if second <= 150 else "camera")
        picture, level = eyes.look(seen, frozenset(), T0 + second)
        assert picture.blind == (frozenset({"N1"}) if second <= 150 else frozenset())
        assert (level is Level.ADAPTIVE) == (second > 150)
        assert (picture.queues["N1"] is None) == (second <= 150)
        rows += list(flows.take(seen, picture.blind, begun + second))
    n1 = next(row for row in rows if row["lane"] == "N1")
    assert n1["vehicles"] == 14
    assert n1["quality"] == pytest.approx(0.5, abs=0.02)


def test_flows_are_what_left_in_five_minutes_also_when_the_source_begins_anew() -> None:
    flows, told = Flows(), []
    left = 100
    for second in range(2 * FLOW_S + 2):
        now = T0 - T0 % FLOW_S + second
        left = 0 if second == 100 else left + (second % 2)
        told += list(flows.take(Seen(now, {"N1": 0.0}, left={"N1": left}), frozenset(), now))
    assert [row["vehicles"] for row in told] == [150, 150]
    assert all(row["quality"] >= 0.99 and row["ended_at"] - row["begun_at"] == FLOW_S for row in told)


def test_seconds_nobody_saw_lower_the_quality_of_a_flow() -> None:
    flows, told = Flows(), []
    for second in range(FLOW_S + 1):
        now = T0 - T0 % FLOW_S + second
        blind = frozenset({"N1"}) if second > 150 else frozenset[str]()
        told += list(flows.take(Seen(now, {"N1": 0.0}, left={"N1": second}), blind, now))
    assert told[0]["quality"] == pytest.approx(0.5, abs=0.02)


def test_history_is_kept_by_kind_of_day_and_slot_and_found_again(tmp_path: Path) -> None:
    history = History()
    for n, vehicles in enumerate((20, 30, 90)):
        history.learn("N1", T0 + n, vehicles)
    assert history.per_s("N1", T0) == 30 / FLOW_S
    assert history.per_s("N1", T0 + 2 * FLOW_S) is None
    write_histories(tmp_path / "history.json", {"kim-cuc": history})
    assert read_histories(tmp_path / "history.json")["kim-cuc"].per_s("N1", T0) == 30 / FLOW_S


def test_a_lane_nobody_sees_fills_as_usual_and_as_busy_as_the_others_and_empties_on_green() -> None:
    history = History()
    for lane in ("N1", "N2"):
        history.learn(lane, T0, 60)
    substitute, blind = Substitute(history), frozenset({"N1"})
    for second in range(61):
        found = substitute.queues(blind, {"N1": 4.0}, {"N2": 2 * 60 / FLOW_S}, frozenset(), T0 + second)
    assert found["N1"] == pytest.approx(4.0 + 2 * 12.0)
    for second in range(61, 161):
        found = substitute.queues(blind, {}, {"N2": 2 * 60 / FLOW_S}, blind, T0 + second)
    assert found["N1"] < 20


def test_a_picture_says_which_lanes_nobody_sees() -> None:
    eyes = Eyes(("N1", "N2", "E1", "E2"), {"CAM-N": ("N1", "N2")})
    all_seen = Seen(T0, dict.fromkeys(eyes.lanes, 1.0))
    assert eyes.look(all_seen, frozenset(), T0)[1] is Level.ADAPTIVE
    picture, level = eyes.look(Seen(T0, all_seen.queues, cameras={"CAM-N": "dark"}), frozenset(), T0)
    assert (picture.blind, picture.blind_share, level) == (frozenset({"N1", "N2"}), 0.5, Level.PRESSURE)
    assert eyes.look(all_seen, frozenset(), T0 + 10)[1] is Level.PATTERN
    assert eyes.look(None, frozenset(), T0)[0].queues == dict.fromkeys(eyes.lanes)


def test_the_reckoning_conserves_vehicles_and_their_waits() -> None:
    queues, discharge = Queues(("N1",)), Discharge()
    waits: list[float] = []
    for second in range(100):
        waits += queues.second(float(second), {"N1": 1} if second < 20 else {}, frozenset({"N1"} if second >= 30 else ()), discharge)
    assert len(waits) == 20
    assert queues.standing == 0
    assert min(waits) >= 30 - 19
    assert waits[0] == pytest.approx(31, abs=2)


def _parts(code: str) -> tuple[dict[str, Any], GateRules, tuple[frozenset[str], ...], tuple[str, ...], LanePressure]:
    layout = layout_of(code)
    rules = gate_rules(code, Layout(layout))
    movements = [Movement(m["key"], tuple(m.get("lanes", ())), m["kind"] == "pedestrian") for m in layout["movements"]]
    served = tuple(frozenset(m.lanes) for m in movements)
    return layout, rules, served, tuple(lane["key"] for lane in layout["lanes"]), LanePressure(movements, rules.stages)


def test_a_shadow_scores_every_minute_and_has_the_same_arrivals_as_the_live_lamps() -> None:
    _layout, rules, served, lanes, pressure = _parts("kim-cuc")
    beside = Shadow(pressure, rules, served, lanes, T0)
    scores = []
    for second in range(1, 601):
        live = served[0] | served[1] if second % 60 < 20 else frozenset[str]()
        score = beside.second(T0 + second, {lanes[second % len(lanes)]: 1} if second % 4 == 0 else {}, live, Discharge())
        scores += [score] if score else []
    assert len(scores) == 10
    told = beside.score.told()
    assert told["minutes"] == 10
    assert told["denials"] == 0
    assert told["delay_s"] > 0
    assert told["live_delay_s"] > told["delay_s"]  # lamps that serve hardly anybody
    assert beside.score.came == 150


def test_a_score_is_found_again_on_the_same_day_only(tmp_path: Path) -> None:
    now = time.time()
    score = Score(shadow._day(now), 120, 30, 400.0, 500.0, Counter({3: 4}), Counter({5: 6}), 0, 2)
    shadow.write_scores(tmp_path / "shadow.json", {("kim-cuc", "ours"): score})
    assert shadow.read_scores(tmp_path / "shadow.json", now=now) == {("kim-cuc", "ours"): score}
    assert shadow.read_scores(tmp_path / "shadow.json", now=now + 2 * 86400) == {}


def test_seconds_without_sound_counts_are_not_scored() -> None:
    _layout, rules, served, lanes, pressure = _parts("kim-cuc")
    reckoning = Reckoning(served, lanes)
    reckoning.shadows["max_pressure"] = Shadow(pressure, rules, served, lanes, T0)
    lamps = tuple([0] * len(rules.groups))
    counts = dict.fromkeys(lanes, 5)
    queues: dict[str, float | None] = dict.fromkeys(lanes, 1.0)
    reckoning.second(Picture(T0, queues, counts, counts), lamps, T0)
    reckoning.second(Picture(T0 + 1, queues, counts, counts), lamps, T0 + 1)
    assert reckoning.shadows["max_pressure"].score.seconds == 1
    reckoning.second(Picture(T0 + 2, queues, counts, counts, frozenset({lanes[0]})), lamps, T0 + 2)
    fewer = dict.fromkeys(lanes, 0)  # the source began anew
    reckoning.second(Picture(T0 + 3, queues, fewer, fewer), lamps, T0 + 3)
    assert reckoning.shadows["max_pressure"].score.seconds == 1


def test_the_planner_knows_that_a_change_takes_what_people_on_foot_need() -> None:
    layout, rules, _served, _lanes, _pressure = _parts("kim-cuc")
    planner = HorizonOnLanes(layout, rules)
    assert planner.limits.intergreen_s >= max(g.yellow_s for g in rules.groups if not g.is_pedestrian)
    assert change_s(rules, 0, 1) > 3.0
    assert len(planner.stages) == 2
    assert all(len(stage.state) == planner.junction.size for stage in planner.stages)


def test_the_planner_serves_the_long_queue_and_no_gate_has_to_refuse_it() -> None:
    layout, rules, served, lanes, _pressure = _parts("phan-dinh-phung")
    beside = Shadow(HorizonOnLanes(layout, rules), rules, served, lanes, T0)
    busy = next(iter(served[next(g for g, on in enumerate(rules.stages[1]) if on and served[g])]))
    discharge = Discharge()
    for second in range(1, 301):
        beside.second(T0 + second, {busy: 1} if second % 3 == 0 else {}, frozenset(), discharge)
    assert beside.score.denials == 0
    assert len(beside.queues.line[busy]) < 25
    assert beside.queues.left[busy] > 60


def test_of_a_source_of_health_only_the_words_are_taken_and_its_silence_is_a_lost_camera() -> None:
    words = CameraWords()
    assert words.of("kim-cuc", 0.0) == {}
    words.hear("http://perceive", {"kim-cuc": {"cameras": {"CAM-N": "dark", "CAM-S": "ok"}, "lanes": {"N1": {"queue": 9}}}, "yersin": {}}, 100.0)
    assert words.of("kim-cuc", 104.9) == {"CAM-N": "dark", "CAM-S": "ok"}
    assert words.of("kim-cuc", 105.0) == {"CAM-N": "lost", "CAM-S": "lost"}
    assert words.of("yersin", 105.0) == {}
    words.hear("http://perceive", {"kim-cuc": {"cameras": {"CAM-N": "ok", "CAM-S": "ok"}}}, 106.0)
    assert words.of("kim-cuc", 106.0) == {"CAM-N": "ok", "CAM-S": "ok"}
    with pytest.raises(AttributeError):
        words.hear("http://perceive", {"kim-cuc": 7}, 107.0)


def test_a_source_that_was_never_heard_is_named_once_and_until_it_is_heard() -> None:
    words = CameraWords(["http://one", "http://two"], now=100.0)
    words.hear("http://one", {}, 101.0)
    assert words.silent(129.9) == []
    assert words.silent(130.0) == ["http://two"]
    assert words.silent(131.0) == []
    assert words.named == {"http://two"}
    words.hear("http://two", {"kim-cuc": {"cameras": {"CAM-N": "ok"}}}, 132.0)
    assert words.named == set()
    assert words.silent(200.0) == []


class _Answering(BaseHTTPRequestHandler):
    body = b""

    def do_GET(self) -> None:
        body = self.body
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextlib.contextmanager
def answering(rows: Any) -> Iterator[str]:
    """A source of counts that always says the same."""
    with answering_with(json.dumps(rows).encode()) as url:
        yield url


@contextlib.contextmanager
def answering_with(body: bytes) -> Iterator[str]:
    """A source that always sends the same bytes."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Answering", (_Answering,), {"body": body}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/lanes"
    server.shutdown()
    server.server_close()


def test_of_a_source_of_health_that_is_silent_from_the_start_an_alert_is_raised_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    class Sink:
        def __init__(self) -> None:
            self.told: list[tuple[str, str, str]] = []

        def alert(self, junction: str, *, at: float, kind: str, text: str) -> None:
            self.told.append((junction, kind, text))

        def over(self, junction: str, *, at: float, kind: str) -> None:
            self.told.append((junction, kind, "over"))

    @dataclass
    class Junction:
        sink: Sink
        seen: Seen | None = None

    class Junctions:
        def __init__(self, sink: Sink) -> None:
            self.loops = {"kim-cuc": Junction(sink)}

    sink = Sink()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Answering", (_Answering,), {"body": b'{"kim-cuc": {"cameras": {"CAM-N": "ok"}}}'}))
    address = f"127.0.0.1:{server.server_address[1]}"
    monkeypatch.setattr("langbiang.city.traffic.process.counting.FIRST_WORD_S", 0.3)
    monkeypatch.setattr("langbiang.city.traffic.process.running.COUNTS_EVERY_S", 0.1)

    async def play() -> None:
        stop = asyncio.Event()
        task = asyncio.create_task(take_counts(Junctions(sink), [], stop, health_urls=[f"http://reader:secret@{address}/lanes"]))  # type: ignore[arg-type]  # a fleet as far as it is asked
        while not sink.told:
            await asyncio.sleep(0.02)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        while len(sink.told) < 2:
            await asyncio.sleep(0.02)
        stop.set()
        await task

    asyncio.run(asyncio.wait_for(play(), 60))
    server.shutdown()
    server.server_close()
    assert sink.told == [
        ("kim-cuc", "cameras", f"The source of camera states {address} has told nothing since the start."), ("kim-cuc", "cameras", "over"),
    ]  # fmt: skip


def test_a_source_of_health_gives_words_and_no_count_and_nonsense_changes_nothing() -> None:
    @dataclass
    class Junction:
        seen: Seen | None = None

    class Junctions:
        def __init__(self) -> None:
            self.loops = {"kim-cuc": Junction(), "yersin": Junction(), "hung-vuong": Junction()}

    fleet = Junctions()
    row = {"at": T0, "lanes": {"N1": {"queue": 3, "left": 5}}, "cameras": {"CAM-S": "fog"}}
    health = {"kim-cuc": {"at": T0, "lanes": {"N1": {"queue": 9}}, "cameras": {"CAM-N": "dark"}}, "hung-vuong": {"cameras": {"CAM-N": "ok"}}}

    async def play() -> None:
        stop = asyncio.Event()
        task = asyncio.create_task(take_counts(fleet, [street], stop, health_urls=[perceive, nonsense, "http://127.0.0.1:9/"]))  # type: ignore[arg-type]  # a street and addresses that are none
        while fleet.loops["kim-cuc"].seen is None:
            await asyncio.sleep(0.05)
        stop.set()
        await task

    with answering({"kim-cuc": row, "yersin": row}) as street, answering(health) as perceive, answering({"kim-cuc": 7}) as nonsense:
        asyncio.run(play())
    found = fleet.loops["kim-cuc"].seen
    assert found is not None
    assert found.queues == {"N1": 3.0}
    assert found.cameras == {"CAM-N": "dark", "CAM-S": "fog"}
    assert fleet.loops["yersin"].seen == seen_of(row)
    assert fleet.loops["hung-vuong"].seen is None


@pytest.mark.parametrize("at", [T0 + 0.6, T0 + 3600, float("nan"), float("inf"), T0 - 3.1])
def test_a_count_from_another_time_is_no_count(at: float) -> None:
    eyes = Eyes(("N1", "N2"), {})
    assert eyes.look(Seen(at, dict.fromkeys(eyes.lanes, 1.0)), frozenset(), T0)[1] is Level.PATTERN


def test_one_row_nobody_can_read_costs_neither_the_others_nor_the_next_second() -> None:
    @dataclass
    class Junction:
        seen: Seen | None = None

    class Junctions:
        def __init__(self) -> None:
            self.loops = {"kim-cuc": Junction(), "yersin": Junction()}

    fleet = Junctions()
    good = {"at": T0, "lanes": {"N1": {"queue": 3, "left": 5}}}
    rows: dict[str, Any] = {"kim-cuc": {"at": T0, "lanes": {"N1": {"queue": 1, "arrived": math.inf}}}, "yersin": good}

    async def play(street: str, deep: str) -> None:
        stop = asyncio.Event()
        task = asyncio.create_task(take_counts(fleet, [street, deep], stop))  # type: ignore[arg-type]  # a street
        for _ in range(100):
            await asyncio.sleep(0.05)
            if fleet.loops["yersin"].seen is not None:
                break
        fleet.loops["yersin"].seen = None
        for _ in range(100):
            await asyncio.sleep(0.05)
            if fleet.loops["yersin"].seen is not None:
                break
        assert not task.done()
        stop.set()
        await task

    with answering(rows) as street, answering_with(b"[" * 100_000) as deep:
        asyncio.run(play(street, deep))
    assert fleet.loops["yersin"].seen == seen_of(good)
    assert fleet.loops["kim-cuc"].seen is None


def test_work_that_ends_before_its_time_is_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "AGAIN_AFTER_S", 0.01)
    begun: list[int] = []

    async def work() -> None:
        begun.append(len(begun))
        if len(begun) < 3:
            raise RuntimeError("lost")

    async def play() -> None:
        await running.supervised("counts", asyncio.Event(), work)

    asyncio.run(play())
    assert begun == [0, 1, 2]


def test_a_junction_that_cannot_be_given_back_keeps_no_other_from_it() -> None:
    left: list[str] = []

    class Junction:
        def __init__(self, code: str) -> None:
            self.code, self.pause_s, self.sink = code, 0.01, None

        async def tick(self, now: float, steady: float) -> None:
            assert now - steady != 0

        async def leave(self) -> None:
            left.append(self.code)
            if self.code == "a":
                raise OSError("no more sockets")

    async def play() -> None:
        fleet = running.Fleet(asyncio.Event())
        for code in "abc":
            fleet.begin(Junction(code))  # type: ignore[arg-type]  # as much of a junction as a fleet needs
        await asyncio.sleep(0.05)
        await fleet.end_all()

    asyncio.run(play())
    assert sorted(left) == ["a", "b", "c"]


def test_the_outbox_says_of_whom_reports_were_lost_and_says_it_once() -> None:
    box = Outbox(most=2)
    for code in "aab":
        box.decision(code, at=0)
    rows = box.take(10, wait_s=0)
    box.decision("c", at=1)
    box.give_back(rows)
    assert box.take_lost() == {"a": 2}
    assert box.take_lost() == {}


def test_a_counter_that_jumps_is_not_believed_and_fills_no_memory() -> None:
    _layout, rules, served, lanes, pressure = _parts("kim-cuc")
    reckoning = Reckoning(served, lanes)
    beside = reckoning.shadows["max_pressure"] = Shadow(pressure, rules, served, lanes, T0)
    lamps = tuple([0] * len(rules.groups))
    queues: dict[str, float | None] = dict.fromkeys(lanes, 1.0)
    for second, count in enumerate((5, 6, 10**9, 10**9 + 10, 10**9 + 21)):
        counts = dict.fromkeys(lanes, count)
        reckoning.second(Picture(T0 + second, queues, counts, counts), lamps, T0 + second)
    assert beside.score.came == len(lanes) * (1 + 10)
    one = Queues(("N1",))
    one.second(0.0, {"N1": 10**9}, frozenset(), Discharge())
    assert one.standing == shadow.MOST_STANDING


@pytest.mark.parametrize("step", [-300.0, 300.0])
def test_in_the_shadow_nobody_waits_longer_or_shorter_because_the_clock_was_set(step: float) -> None:
    _layout, rules, served, lanes, pressure = _parts("kim-cuc")
    told = []
    for by in (0.0, step):
        reckoning = Reckoning(served, lanes)
        beside = reckoning.shadows["max_pressure"] = Shadow(pressure, rules, served, lanes, T0)
        lamps, ahead = tuple([0] * len(rules.groups)), 0.0
        queues: dict[str, float | None] = dict.fromkeys(lanes, 1.0)
        for second in range(120):
            if second == 60 and by:
                ahead = by
                reckoning.clock_set(by)
            counts = {lane: second // (4 + n) for n, lane in enumerate(lanes)}
            reckoning.second(Picture(T0 + second + ahead, queues, counts, counts), lamps, T0 + second + ahead)
        told.append((beside.score.came, beside.score.area, beside.score.waits))
    assert told[0] == told[1]
