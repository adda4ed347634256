"""Who stands without a reason blocks a lane; who has one does not."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from langbiang.city.traffic.cli import app
from langbiang.city.traffic.incidents.blocked import Alarm, BlockedLaneDetector, BlockedSettings, StopZone
from langbiang.city.traffic.incidents.evaluate import IncidentResult, judge_alarms, measure
from langbiang.city.traffic.incidents.twin import Blockage
from langbiang.city.traffic.limits import FIELD
from langbiang.city.traffic.network import Lane, Network, read_sumo_net
from langbiang.city.traffic.perception import REAL, ExitView, JunctionView, SeenVehicle
from tests.city.traffic.conftest import crossroads

JUNCTION = crossroads()
LANES = {f"{arm}in_0": Lane(f"{arm}in_0", f"{arm}in", 0, 120.0, 13.9) for arm in "NESW"}
ALL_GREEN_NORTH = "GGrrrrrr"
PERMISSIVE_NORTH = "GgrrGgrr"
RED = "rrrrrrrr"


def car(distance: float, speed: float = 0.0, name: str = "a") -> SeenVehicle:
    return SeenVehicle(name, 0, 0, distance, speed, "passenger")


def view(now: float, *vehicles: SeenVehicle, **more: object) -> JunctionView:
    return JunctionView(now, list(vehicles), more.pop("exits", {}), **more)  # type: ignore[arg-type]  # named values of one type


def first_alarm(lamps: str, seconds: int, *vehicles: SeenVehicle, zones: tuple[StopZone, ...] = (), **more: object) -> Alarm | None:
    detector = BlockedLaneDetector(JUNCTION, LANES, BlockedSettings(), zones)
    for now in range(seconds):
        found = detector.look(view(float(now), *vehicles, **more), lamps, float(now))
        if found:
            return found[0]
    return None


def test_a_vehicle_that_stands_in_mid_lane_with_nobody_ahead_is_found_within_a_minute() -> None:
    alarm = first_alarm(RED, 120, car(60.0))
    assert alarm is not None
    assert alarm.lane == "Nin_0"
    assert alarm.at_s <= 60
    assert "60 m before the stop line" in alarm.reason


def test_the_queue_behind_gives_an_unseen_vehicle_away() -> None:
    alarm = first_alarm(RED, 120, car(67.5, name="b"), car(75.0, name="c"))
    assert alarm is not None
    assert alarm.distance_m == 67.5


def test_a_queue_at_red_is_no_incident_however_long() -> None:
    assert first_alarm(RED, 600, *(car(2 + 7.5 * i, name=str(i)) for i in range(14))) is None


def test_a_head_that_stands_through_protected_green_is_found() -> None:
    alarm = first_alarm(ALL_GREEN_NORTH, 60, car(3.0))
    assert alarm is not None
    assert 12 <= alarm.at_s <= 20


def test_one_who_may_be_giving_way_gets_more_time() -> None:
    alarm = first_alarm(PERMISSIVE_NORTH, 120, car(3.0))
    assert alarm is not None
    assert alarm.at_s >= 50


def test_a_full_exit_or_somebody_stuck_inside_is_a_reason_to_stand() -> None:
    full = {link.to_lane: ExitView(5.0, 0, 9) for link in JUNCTION.links}
    assert first_alarm(ALL_GREEN_NORTH, 300, car(3.0), exits=full) is None
    assert first_alarm(ALL_GREEN_NORTH, 300, car(3.0), inside=frozenset({2})) is None


def test_a_bus_stop_is_a_place_to_stand() -> None:
    assert first_alarm(RED, 300, car(60.0), zones=(StopZone("Nin_0", 50.0, 70.0),)) is None


def test_what_stands_upstream_of_the_lane_is_not_watched() -> None:
    assert first_alarm(RED, 600, car(130.0)) is None


def test_a_blind_camera_raises_nothing() -> None:
    assert first_alarm(RED, 300, car(60.0), is_blind=True) is None


def test_somebody_crossing_from_the_lane_clears_its_stop_line() -> None:
    detector = BlockedLaneDetector(JUNCTION, LANES)
    found = []
    for now in range(120):
        passed = [("x", 0)] if now % 10 == 9 else []
        found += detector.look(view(float(now), car(3.0, name=str(now // 10)), passed=passed), ALL_GREEN_NORTH, float(now))
    assert found == []


def test_a_track_lost_and_found_keeps_its_evidence_and_one_alarm_is_raised() -> None:
    detector = BlockedLaneDetector(JUNCTION, LANES)
    found = []
    for now in range(200):
        seen = [car(60.0 + now % 2, name=f"t{now // 15}")] if now % 15 != 3 else []
        found += detector.look(view(float(now), *seen), RED, float(now))
    assert len(found) == 1
    assert detector.blocked_lanes == ("Nin_0",)


def test_the_alarm_ends_when_he_drives_on() -> None:
    detector = BlockedLaneDetector(JUNCTION, LANES)
    for now in range(60):
        detector.look(view(float(now), car(60.0)), RED, float(now))
    assert detector.blocked_lanes
    for now in range(60, 90):
        detector.look(view(float(now), car(60.0 - now + 59, 5.0)), RED, float(now))
    assert detector.blocked_lanes == ()


def test_who_vanishes_without_crossing_ends_the_alarm_once_and_raises_no_second() -> None:
    detector = BlockedLaneDetector(JUNCTION, LANES)
    found, stood = [], []
    for now in range(120):
        seen = [car(60.0)] if now < 60 else []
        found += detector.look(view(float(now), *seen), RED, float(now))
        stood.append(bool(detector.blocked_lanes))
    assert len(found) == 1
    assert stood[60 + 19]
    assert not any(stood[60 + 20 :])


def test_who_is_found_again_at_his_place_after_the_alarm_ended_is_told_again_at_once() -> None:
    detector = BlockedLaneDetector(JUNCTION, LANES)
    found = []
    for now in range(100):
        seen = [car(60.0, name=f"t{now // 60}")] if not 60 <= now < 90 else []
        found += detector.look(view(float(now), *seen), RED, float(now))
    assert [alarm.at_s for alarm in found] == [39.0, 90.0]


def test_alarms_are_paired_with_blockages_and_the_rest_is_false() -> None:
    network = Network({"X": JUNCTION}, LANES, {})
    blockage = Blockage(0.0, 600.0, 0.5, (), "X", "Nin_0", 0.5, "a", 100.0)
    alarms = [
        Alarm(90.0, "X", "Ein_0", 1.0, ""),
        Alarm(150.0, "X", "Nin_0", 1.0, ""),
        Alarm(400.0, "X", "Ein_0", 1.0, ""),
        Alarm(400.0, "Y", "Nin_0", 1.0, ""),
    ]
    cases, false = judge_alarms(1, [blockage], alarms, network)
    assert [c.after_s for c in cases] == [50.0]
    assert cases[0].is_in_time
    assert [(a.junction, a.at_s) for _, a in false] == [("X", 90.0), ("Y", 400.0)]


def test_false_alarms_are_counted_per_junction_and_day(tmp_path: Path) -> None:
    result = IncidentResult(None, FIELD, REAL, (1,), (), ((1, Alarm(1.0, "X", "Nin_0", 1.0, "")),), 12.0)  # type: ignore[arg-type]  # what is not used is left out
    assert result.false_per_junction_day == 2.0
    assert result.found_share == 0.0


def test_a_lane_blocked_in_the_simulator_is_found_from_the_views(grid: Path) -> None:
    result = measure(grid, perception=REAL, limits=FIELD, seeds=[1, 2], count=1, lasts_s=300.0)
    assert len(result.cases) == 2
    assert all(case.is_in_time for case in result.cases)
    assert not result.false_alarms


def test_without_blockages_nothing_is_raised(grid: Path) -> None:
    result = measure(grid, perception=REAL, limits=FIELD, seeds=[1], count=0)
    assert result.cases == ()
    assert result.false_alarms == ()
    assert result.clear_junction_hours == len(read_sumo_net(grid / "g.net.xml").junctions) * 0.25


def test_the_command_prints_each_case_and_writes_json(grid: Path, tmp_path: Path) -> None:
    out = tmp_path / "incidents.json"
    asked = ["incidents", "--scenario", str(grid), "--seeds", "1", "--blockages", "1", "--lasts", "300", "--json", str(out)]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0, result.output
    assert "1 found within 120 s" in " ".join(result.output.split())
    assert '"found_share": 1.0' in out.read_text()


@pytest.mark.parametrize("asked", [["--perception", "eagle"], ["--blockages", "11"], ["--lasts", "5"]])
def test_a_bad_option_is_named(tmp_path: Path, asked: list[str]) -> None:
    result = CliRunner().invoke(app, ["incidents", "--scenario", str(tmp_path), *asked])
    assert result.exit_code == 2
    assert asked[0].strip("-") in result.output
