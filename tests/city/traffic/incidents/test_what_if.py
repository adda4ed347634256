"""Closures, festivals and motorbikes: refused when they cannot be, and honest about who has no way any more."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from langbiang.city.traffic.cli import app
from langbiang.city.traffic.incidents.demand import MOTORBIKE, rewrite
from langbiang.city.traffic.incidents.plans import (
    BadPlan,
    EventPlan,
    Extra,
    Kept,
    check,
    motorbikes_per_car,
    parse_extra,
    read_plan,
)
from langbiang.city.traffic.incidents.what_if import WhatIf, ask
from langbiang.city.traffic.limits import FIELD
from langbiang.city.traffic.network import read_sumo_net
from langbiang.city.traffic.perception import ORACLE
from langbiang.city.traffic.twin.scenario import open_scenario

runner = CliRunner()


def asked(grid: Path, plan: EventPlan, *controllers: str) -> WhatIf:
    return ask(grid, plan, controllers=controllers or ("fixed",), perception=ORACLE, limits=FIELD, seeds=[1])


def test_extra_demand_is_read_and_what_is_no_number_is_refused() -> None:
    assert parse_extra("a:b:120") == Extra("a", "b", 120.0)
    for text in ("a:b", "a:b:many", "a:b:0", "a:b:-5", "a:b:1e9", ""):
        with pytest.raises(BadPlan, match="extra"):
            parse_extra(text)


def test_a_plan_kept_as_json_is_the_plan_typed(tmp_path: Path) -> None:
    path = tmp_path / "flower-festival.json"
    path.write_text('{"closed": ["A1B1"], "extra": ["a:b:120"], "motorbikes": 0.8, "keep": "pcu"}')
    assert read_plan(path) == EventPlan(("A1B1",), (Extra("a", "b", 120.0),), 1.0, 0.8, Kept.PCU)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not readable"),
        ("[]", "nothing else"),
        ('{"close": []}', "nothing else"),
        ('{"closed": "A1B1"}', "closed: a list"),
        ('{"extra": ["a:b"]}', "FROM:TO"),
        ('{"demand": true}', "demand"),
        ('{"keep": "wheels"}', "keep"),
    ],
)
def test_a_bad_plan_file_names_the_field(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(BadPlan, match=words):
        read_plan(path)


def test_a_file_and_options_together_are_refused(grid: Path, tmp_path: Path) -> None:
    result = runner.invoke(app, ["what-if", "--scenario", str(grid), "--close", "A1B1", "--plan", str(tmp_path / "x.json")])
    assert result.exit_code == 2
    assert "not both" in result.output


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (EventPlan(closed=("A1B2",)), "like it: .*A1B1"),
        (EventPlan(closed=("A1B1_7",)), "like it: .*A1B1"),
        (EventPlan(extras=(Extra("left1A1", "C1rigth1", 10),)), "like it: .*C1right1"),
        (EventPlan(closed=("left1A1",), extras=(Extra("left1A1", "C1right1", 10),)), "closed by the same plan"),
        (EventPlan(closed=("zzzzzzzz",)), "the network has 48 edges"),
        (EventPlan(motorbikes=1.2), "0 to 1"),
        (EventPlan(demand=9.0), "0.1 to 5"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_a_way_out(grid: Path, plan: EventPlan, words: str) -> None:
    with pytest.raises(BadPlan, match=words):
        check(plan, read_sumo_net(grid / "g.net.xml"))


def test_the_command_refuses_a_bad_name_and_a_plan_of_nothing(grid: Path) -> None:
    bad = runner.invoke(app, ["what-if", "--scenario", str(grid), "--close", "A1B2"])
    assert bad.exit_code == 2
    assert "A1B1" in bad.output
    empty = runner.invoke(app, ["what-if", "--scenario", str(grid)])
    assert empty.exit_code == 2
    assert "nothing is changed" in empty.output


def test_a_closed_street_is_driven_around_and_who_lives_in_it_is_counted_out(grid: Path) -> None:
    result = asked(grid, EventPlan(closed=("A1B1",)))
    (before,), (after,) = result.of("fixed", is_after=False), result.of("fixed", is_after=True)
    assert after.cut_off == after.no_way == 0
    assert after.metrics.trips == before.metrics.trips
    assert after.metrics.never_inserted == 0
    shut = asked(grid, EventPlan(closed=("left1A1",))).of("fixed", is_after=True)[0]
    assert shut.cut_off == 51
    assert shut.metrics.trips == before.metrics.trips - 51


def test_trips_whose_only_way_is_closed_are_counted(grid: Path) -> None:
    shut = asked(grid, EventPlan(closed=("B1C1", "B2C2", "B0C0"))).of("fixed", is_after=True)[0]
    assert shut.cut_off == 0
    assert shut.no_way == 51
    assert shut.metrics.trips == 150
    assert shut.metrics.never_inserted == 0


def test_a_closed_lane_leaves_the_other(grid: Path) -> None:
    plan = EventPlan(closed=("left1A1_0",))
    assert plan.closed_edges(read_sumo_net(grid / "g.net.xml")) == frozenset()
    after = asked(grid, plan).of("fixed", is_after=True)[0]
    assert after.metrics.trips == 201
    assert after.metrics.never_inserted == 0


def test_a_festival_adds_what_was_asked_for_and_no_road_is_said(grid: Path) -> None:
    plan = EventPlan(extras=(Extra("top0A2", "C0bottom2", 400.0),))
    result = asked(grid, plan)
    after = result.of("fixed", is_after=True)[0]
    assert 60 <= after.added <= 140
    assert after.metrics.trips == 201 + after.added
    with pytest.raises(BadPlan, match="no road leads"):
        asked(grid, EventPlan(closed=("A2A1", "A2B2"), extras=plan.extras))


def test_motorbikes_keep_persons_or_pcu_as_asked(grid: Path, tmp_path: Path) -> None:
    scenario, network = open_scenario(grid), read_sumo_net(grid / "g.net.xml")
    counts = {}
    for kept in Kept:
        made = rewrite(scenario, network, EventPlan(motorbikes=0.8, kept=kept), 1, tmp_path)
        assert 140 <= made.converted <= 180
        counts[kept] = made.motorbikes / made.converted
        text = (tmp_path / "what-if.rou.xml").read_text()
        assert text.count(f'type="{MOTORBIKE}"') == made.motorbikes
        assert made.arguments[:2] == ("--lateral-resolution", "0.4")
        assert counts[kept] == pytest.approx(motorbikes_per_car(kept), rel=0.12)
    assert counts[Kept.VEHICLES] == 1.0 < counts[Kept.PERSONS] < counts[Kept.PCU]


def test_rewriting_is_the_same_for_the_same_seed_and_sorted(grid: Path, tmp_path: Path) -> None:
    scenario, network = open_scenario(grid), read_sumo_net(grid / "g.net.xml")
    plan = EventPlan(extras=(Extra("left1A1", "C1right1", 300),), motorbikes=0.5)
    texts = []
    for seed in (1, 1, 2):
        rewrite(scenario, network, plan, seed, tmp_path)
        texts.append((tmp_path / "what-if.rou.xml").read_text())
    assert texts[0] == texts[1] != texts[2]
    departs = [float(part.split('"')[0]) for part in texts[0].split('depart="')[1:]]
    assert departs == sorted(departs)


def test_all_three_controls_run_before_and_after_and_the_figures_are_written(grid: Path, tmp_path: Path) -> None:
    out = tmp_path / "what-if.json"
    wanted = ["what-if", "--scenario", str(grid), "--close", "A1B1", "--extra", "left1A1:C1right1:200", "--motorbikes", "0.5"]
    result = runner.invoke(app, [*wanted, "--seeds", "1", "--json", str(out)])
    assert result.exit_code == 0, result.output
    for name in ("fixed", "actuated", "ours", "motorbikes, persons kept"):
        assert name in result.output
    figures = json.loads(out.read_text())
    assert set(figures["mean_delay_s"]) == {"fixed", "actuated", "ours"}
    assert len(figures["runs"]) == 6
    assert all(run["metrics"]["trips"] > 201 for run in figures["runs"] if run["is_after"])
