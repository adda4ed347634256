"""The search for a fixed plan: its moves stay inside the limits, and it never ends worse than where it began."""

import random
from dataclasses import replace

import pytest

from langbiang.city.traffic.lamps import programme_parts
from langbiang.city.traffic.limits import FIELD, FREE
from langbiang.city.traffic.network import Lane, Network, Phase, make_junction
from langbiang.city.traffic.twin import plan_search
from langbiang.city.traffic.twin.plan_search import cycle_candidate, lost_s, neighbour_of, plans_from, recycled, search
from langbiang.city.traffic.twin.programmes import shipped_plans
from langbiang.city.traffic.twin.scenario import Scenario
from tests.city.traffic.conftest import crossroads


def network() -> Network:
    junction = crossroads()
    names = {link.from_lane for link in junction.links} | {link.to_lane for link in junction.links}
    return Network({junction.id: junction}, {n: Lane(n, n[:-2], 0, 300.0, 13.9) for n in names}, {})


@pytest.mark.parametrize("limits", [FREE, FIELD])
def test_every_move_keeps_cycle_minimum_green_and_clearance(limits):
    made, draw = network(), random.Random(1)
    lost = {"X": lost_s(made.junctions["X"], limits)}
    splits = cycle_candidate(made, limits, 60)
    assert splits is not None
    for _ in range(300):
        splits = neighbour_of(splits, lost, limits, draw)
        plan = plans_from(made, limits, splits)["X"]
        assert plan.cycle_s == splits.cycle_s
        greens = [p.duration_s for p in plan.phases if p.state in {s.state for s in made.junctions["X"].stages}]
        assert min(greens) >= limits.min_green_s
        assert sum(p.duration_s for p in plan.phases if "y" in p.state) == 2 * limits.yellow_s


def test_a_cycle_too_short_for_the_minimum_greens_is_refused():
    made = network()
    splits = cycle_candidate(made, FIELD, 60)
    assert splits is not None
    lost = {"X": lost_s(made.junctions["X"], FIELD)}
    assert recycled(splits, lost, FIELD, 29) is None
    assert cycle_candidate(made, FIELD, 29) is None


def test_the_search_finds_the_better_split_and_counts_its_runs(monkeypatch):
    made = network()

    def pretended(_scenario, _network, settings, plans):
        first = next(p.duration_s for p in plans["X"].phases if p.state == "GgrrGgrr")
        return abs(first / plans["X"].cycle_s - 0.55) * 100 + abs(plans["X"].cycle_s - 60) + settings.seed / 100

    monkeypatch.setattr(plan_search, "delay_of_plans", pretended)
    plans, delay, used = search(Scenario("x", *[None] * 6), made, FIELD, runs=200)  # type: ignore[arg-type]  # what is not used is left out
    assert used >= 200
    assert delay < 3
    first, cycle = plans["X"].phases[0].duration_s, plans["X"].cycle_s
    assert 0.5 < first / cycle < 0.6


def test_a_search_without_time_left_still_gives_its_best_start(monkeypatch):
    made = network()
    monkeypatch.setattr(plan_search, "delay_of_plans", lambda *args: plans_cycle(args[3]))
    plans, _delay, _used = search(Scenario("x", *[None] * 6), made, FIELD, minutes=0)  # type: ignore[arg-type]  # what is not used is left out
    assert plans["X"].cycle_s == plan_search.CYCLES_S[0]


def test_a_search_that_finds_nothing_better_gives_the_shipped_plan(monkeypatch):
    made = network()
    shipped = shipped_plans(made, FIELD)
    monkeypatch.setattr(plan_search, "delay_of_plans", lambda *args: 10.0 if args[3] == shipped else 20.0)
    plans, delay, _used = search(Scenario("x", *[None] * 6), made, FIELD, runs=20)  # type: ignore[arg-type]  # what is not used is left out
    assert plans == shipped
    assert delay == 10.0


def plans_cycle(plans) -> float:
    return plans["X"].cycle_s


def test_a_clearance_that_looks_like_a_stage_is_not_a_green():
    """What stays green while others clear may equal a stage of the programme; it is still not one to be stretched."""
    base = crossroads()
    programme = [Phase("GgrrGgrr", 30), Phase("yyrrGgrr", 3), Phase("rrrrGgrr", 10), Phase("rrGgrrGg", 30), Phase("rryyrryy", 3)]
    junction = make_junction("X", base.links, programme, base.conflicts, base.yields)
    made = replace(network(), junctions={"X": junction})
    parts = programme_parts(junction, FIELD)
    stages = {s.state for s in junction.stages}
    assert sum(is_green for _, is_green in parts) == 3
    assert sum(phase.state in stages for phase, _ in parts) == 4
    splits = cycle_candidate(made, FIELD, 70)
    assert splits is not None
    plan = plans_from(made, FIELD, splits)["X"]
    assert plan.cycle_s == 70
    assert [p.duration_s for p in plan.phases if p.state == "rrrrGgrr"] == [FIELD.all_red_s, splits.greens["X"][1]]
