"""A quarter of an hour of a small grid with and without priority, through signed requests and all."""

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from langbiang.city.traffic.cli import app
from langbiang.city.traffic.limits import FIELD
from langbiang.city.traffic.metrics import RunMetrics
from langbiang.city.traffic.network import read_sumo_net
from langbiang.city.traffic.perception import REAL
from langbiang.city.traffic.priority.controller import Uses
from langbiang.city.traffic.priority.evaluate import (
    PriorityResult,
    PriorityRun,
    UnknownArm,
    geometric_delay_s,
    run_arm,
)
from langbiang.city.traffic.priority.twin import drives_of, wanted_routes, write_drives
from langbiang.city.traffic.twin.runner import RunSettings
from langbiang.city.traffic.twin.scenario import BadScenario, Scenario, open_scenario

runner = CliRunner()
METRICS = RunMetrics("ours", 1, 10, 20.0, 0.0, 1.0, 0, 0.0, 0.0, 0.0, 0.0, 90.0, 0, 0, 0.0)


def one(arm: str, seed: int, ambulance: float, others: float) -> PriorityRun:
    return PriorityRun(arm, seed, 18, ambulance, 0.0, 38, 0.0, 0.0, others, others, 0, Uses(), METRICS)


def scenario_of(tmp_path: Path, routes: str) -> Scenario:
    path = tmp_path / "x.rou.xml"
    path.write_text(routes, encoding="utf-8")
    return Scenario("x", tmp_path / "x.net.xml", (path,), (), 0.0, 1200.0, 1)


def test_drives_follow_routes_of_the_demand_and_differ_by_seed(tmp_path: Path) -> None:
    routes = "".join(f'<trip id="{i}" depart="0" from="a{i}" to="b{i}"/>' for i in range(9))
    scenario = scenario_of(tmp_path, f'<routes>{routes}<vehicle id="v" depart="1"><route edges="c d e"/></vehicle></routes>')
    assert ("c", "e") in wanted_routes(scenario)
    drives = drives_of(scenario, 1, every_s=180.0)
    assert drives == drives_of(scenario, 1, every_s=180.0) != drives_of(scenario, 2, every_s=180.0)
    assert all((d.from_edge, d.to_edge) in wanted_routes(scenario) for d in drives)
    departs = [d.depart_s for d in drives]
    assert departs == sorted(departs)
    write_drives(tmp_path / "d.rou.xml", drives)
    assert (tmp_path / "d.rou.xml").read_text().count("<trip") == len(drives)


def test_demand_without_routes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadScenario, match="emergency drives need some"):
        wanted_routes(scenario_of(tmp_path, "<routes/>"))


def test_changes_are_paired_by_seed_and_the_worst_is_kept(tmp_path: Path) -> None:
    runs = (one("none", 1, 20, 10), one("none", 2, 40, 10), one("emergency", 2, 10, 11), one("emergency", 1, 10, 10))
    result = PriorityResult(scenario_of(tmp_path, "<routes/>"), FIELD, REAL, (1, 2), 180.0, runs)
    assert result.change("emergency", "ambulance_delay_s") == (20 / 60 - 1, -0.5)
    change, worst = result.change("emergency", "others_s")
    assert change == pytest.approx(0.05)
    assert worst == pytest.approx(0.1)


@pytest.mark.parametrize(
    "asked", [["--arm", "taxi"], ["--seeds", "x"], ["--perception", "eagle"], ["--limits", "none"], ["--every", "1"]]
)
def test_a_bad_option_is_named(tmp_path: Path, asked: list[str]) -> None:
    result = runner.invoke(app, ["priority", "--scenario", str(tmp_path), *asked])
    assert result.exit_code == 2
    assert asked[0].strip("-") in result.output


def test_a_folder_without_scenario_is_refused(tmp_path: Path) -> None:
    assert runner.invoke(app, ["priority", "--scenario", str(tmp_path), "--seeds", "1"]).exit_code == 2


def with_buses(grid: Path, tmp_path: Path) -> Path:
    """The grid with every tenth car a bus."""
    folder = tmp_path / "buses"
    shutil.copytree(grid, folder)
    routes = (folder / "g.rou.xml").read_text()
    routes = re.sub(r'(id="t\d*0"[^>]*) type="car"', r'\1 type="bus"', routes)
    (folder / "g.rou.xml").write_text(routes.replace("<routes>", '<routes><vType id="bus" vClass="bus"/>'), encoding="utf-8")
    return folder


def test_ambulances_lose_no_more_than_the_bends_cost_and_nobody_is_refused(grid: Path, tmp_path: Path) -> None:
    scenario = open_scenario(with_buses(grid, tmp_path))
    network = read_sumo_net(scenario.net)
    settings = RunSettings(FIELD, REAL, 6)
    with pytest.raises(UnknownArm):
        run_arm("taxi", scenario, network, settings)
    plain, fast = (run_arm(arm, scenario, network, settings, every_s=60.0) for arm in ("none", "both"))
    assert plain.buses == fast.buses == 20
    assert fast.ambulances == plain.ambulances >= 8
    assert fast.refused == 0
    assert fast.uses.emergency > 0
    assert fast.metrics.max_red_s <= FIELD.max_red_s
    bends = geometric_delay_s(scenario, network, settings, every_s=60.0)
    assert 0.0 < bends < plain.ambulance_delay_s
    assert fast.ambulance_delay_s - bends < 0.5 * (plain.ambulance_delay_s - bends)
    assert fast.bus_delay_s < plain.bus_delay_s


def test_the_command_prints_every_arm_and_writes_json(grid: Path, tmp_path: Path) -> None:
    out = tmp_path / "priority.json"
    asked = ["priority", "--scenario", str(grid), "--seeds", "1", "--arm", "emergency", "--every", "120", "--json", str(out)]
    result = runner.invoke(app, asked)
    assert result.exit_code == 0, result.output
    figures = json.loads(out.read_text())
    assert [run["arm"] for run in figures["runs"]] == ["none", "emergency"]
    assert figures["change_to_none"]["emergency"]["ambulance_delay_s"][0] < 0
    assert figures["ambulance_geometric_delay_s"] > 0
