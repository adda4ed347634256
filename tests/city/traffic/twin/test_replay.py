"""The replay of a day: what is counted drives, what fits is called so, and the interval is the one of paired seeds."""

import json
import re
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langbiang.city.traffic.metrics import RunMetrics, Summary, Trip
from langbiang.city.traffic.twin.demand import (
    HOUR_S,
    KINDS,
    Count,
    classed,
    departures,
    even_counts,
    hour_demand,
    lane_totals,
    turning_flows,
    unclassed_share,
    write_routes,
)
from langbiang.city.traffic.twin.described import describe, edge_into, edge_out_of
from langbiang.city.traffic.twin.network_cli import DALAT
from langbiang.city.traffic.twin.replay import Replay, fit, from_json, geh, pooled, replayable
from langbiang.city.traffic.twin.replaying import Job, ReplayFailed, job_from, replay_apart
from langbiang.city.traffic.twin.signals import signals_of
from langbiang.city.traffic.twin.split_search import search
from langbiang.city.traffic.twin.sumo import SumoMissing
from tests.city.traffic.conftest import needs_sumo

CONTENT = json.loads(DALAT.read_text(encoding="utf-8"))
DALAT_DRAWN = describe(CONTENT)
PAIR = {
    **CONTENT,
    "junctions": [row for row in CONTENT["junctions"] if row["code"] in ("yersin", "hung-vuong")],
    "links": [row for row in CONTENT["links"] if row["between"] == ["yersin:S", "hung-vuong:N"]],
}
BEGIN = 7 * HOUR_S
LANES = [(code, lane["key"]) for code, place in DALAT_DRAWN.places.items() for lane in place.layout["lanes"]]


@st.composite
def counted(draw: st.DrawFn) -> list[Count]:
    """Quarter hours of two classes on every lane."""
    sizes = draw(st.lists(st.integers(0, 40), min_size=len(LANES), max_size=len(LANES)))
    return [
        Count(code, lane, kind, BEGIN + 900 * q, BEGIN + 900 * (q + 1), max(0, size - 3 * q) // (1 if kind == "motorcycle" else 4))
        for (code, lane), size in zip(LANES, sizes, strict=True)
        for q in range(4)
        for kind in ("motorcycle", "car")
    ]


@given(counts=counted(), seed=st.integers(0, 5))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_everybody_counted_at_an_arm_that_leads_in_drives_and_nobody_else(counts: list[Count], seed: int) -> None:
    demand = hour_demand(DALAT_DRAWN, counts, begin_s=BEGIN)
    vehicles = departures(DALAT_DRAWN, demand, seed)
    lane_arm = {(code, lane["key"]): lane["approach"] for code, p in DALAT_DRAWN.places.items() for lane in p.layout["lanes"]}
    entries = set(DALAT_DRAWN.entries)
    wanted: Counter[tuple[str, str]] = Counter()
    for count in counts:
        arm = count.junction, lane_arm[count.junction, count.lane]
        if arm in entries:
            wanted[edge_into(*arm), count.vehicle_class] += count.vehicles
    entered = Counter((v.edges[0], v.vehicle_class) for v in vehicles if not v.starts_midway)
    assert entered == +wanted
    joined = Counter(v.edges[0] for v in vehicles if v.starts_midway)
    for arm, value in demand.joining.items():
        assert abs(joined[edge_into(*arm)] - value) < 1


@given(counts=counted())
@settings(max_examples=25, deadline=None, derandomize=True)
def test_turns_add_up_to_what_every_lane_counted(counts: list[Count]) -> None:
    totals = lane_totals(counts)
    for code, cells in turning_flows(DALAT_DRAWN, totals).items():
        place = DALAT_DRAWN.places[code]
        for arm in place.approaches():
            for n, lane in enumerate(place.lanes(arm)):
                turned = sum(value for (origin, index, _), value in cells.items() if (origin, index) == (arm, n))
                assert turned == pytest.approx(totals.get((code, lane["key"]), 0.0), abs=1e-6)


@given(counts=counted())
@settings(max_examples=25, deadline=None, derandomize=True)
def test_what_leaves_a_junction_and_what_joins_make_the_next_count(counts: list[Count]) -> None:
    demand = hour_demand(DALAT_DRAWN, counts, begin_s=BEGIN)
    for arm in demand.joining:
        code, key = DALAT_DRAWN.across(*arm) or ("", "")
        sent = sum(demand.counted[code, origin] * demand.turning[code, origin].get(key, 0.0) for c, origin in demand.counted if c == code)
        arrives = sent * (1 - demand.leaving[arm]) + demand.joining[arm]
        assert arrives == pytest.approx(demand.counted[arm], abs=1e-6)


def test_every_route_follows_turns_the_layouts_have() -> None:
    demand = hour_demand(DALAT_DRAWN, even_counts(DALAT_DRAWN, begin_s=BEGIN, per_lane=60), begin_s=BEGIN)
    allowed = {
        (edge_into(code, t.approach), edge_out_of(DALAT_DRAWN, code, t.exit)) for code, p in DALAT_DRAWN.places.items() for t in p.turns
    }
    vehicles = departures(DALAT_DRAWN, demand, 3)
    assert {pair for v in vehicles for pair in zip(v.edges, v.edges[1:], strict=False)} <= allowed
    assert [v.at_s for v in vehicles] == sorted(v.at_s for v in vehicles)
    assert vehicles == departures(DALAT_DRAWN, demand, 3) != departures(DALAT_DRAWN, demand, 4)


MIX = {"motorcycle": 0.8, "car": 0.15, "bus": 0.05}


@given(counts=counted(), per=st.integers(0, 60))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_a_class_is_given_to_everybody_counted_without_one_and_to_nobody_else(counts: list[Count], per: int) -> None:
    bare = [replace(c, vehicle_class="vehicle", vehicles=per) for c in counts if c.vehicle_class == "car"]
    kept = [c for c in counts if c.vehicle_class == "motorcycle"]
    found = classed([*kept, *bare], MIX)
    assert {c.vehicle_class for c in found} <= set(KINDS)
    wanted = lane_totals([*kept, *bare])
    assert {key: value for key, value in lane_totals(found).items() if value} == {key: value for key, value in wanted.items() if value}
    assert classed(kept, {}) == kept
    assert classed(bare, MIX) == classed(bare, MIX)


def test_vehicles_without_a_class_are_drawn_as_the_mix_says() -> None:
    bare = [Count(code, lane, "vehicle", BEGIN + 300 * n, BEGIN + 300 * (n + 1), 10) for code, lane in LANES for n in range(12)]
    found = classed(bare, MIX)
    total = sum(c.vehicles for c in bare)
    for kind, share in MIX.items():
        assert sum(c.vehicles for c in found if c.vehicle_class == kind) / total == pytest.approx(share, abs=0.02)
    assert unclassed_share(bare) == 1.0
    assert unclassed_share([*bare, *found]) == 0.5
    with pytest.raises(ValueError, match="no class mix"):
        classed(bare, {})


def test_nobody_drives_as_a_car_who_was_not_counted_as_one(tmp_path: Path) -> None:
    counts = [replace(c, vehicle_class="vehicle") for c in even_counts(DALAT_DRAWN, begin_s=BEGIN, per_lane=10)]
    vehicles = departures(DALAT_DRAWN, hour_demand(DALAT_DRAWN, counts, begin_s=BEGIN), 1)
    with pytest.raises(ValueError, match="'vehicle'"):
        write_routes(tmp_path / "day.rou.xml", vehicles)
    vehicles = departures(DALAT_DRAWN, hour_demand(DALAT_DRAWN, classed(counts, {"motorcycle": 1.0}), begin_s=BEGIN), 1)
    write_routes(tmp_path / "day.rou.xml", vehicles)
    driven = re.findall('<vehicle id="v[0-9]+" type="([a-z]+)"', (tmp_path / "day.rou.xml").read_text())
    assert set(driven) == {"motorcycle"}
    assert len(driven) == len(vehicles)


def test_an_hour_with_a_lane_nobody_counted_is_not_replayed() -> None:
    counts = even_counts(DALAT_DRAWN, begin_s=BEGIN, per_lane=60)
    assert replayable(DALAT_DRAWN, counts, [7]) == ([7], [])
    good, gaps = replayable(DALAT_DRAWN, [c for c in counts if (c.junction, c.lane) != ("yersin", "N1")], [7, 8])
    assert good == []
    assert [(g.hour, g.lanes, g.of) for g in gaps] == [(7, 1, len(LANES)), (8, len(LANES), len(LANES))]


def test_half_an_hour_of_counts_is_not_an_hour() -> None:
    halves = [replace(c, ended_s=c.begun_s + 1800) for c in even_counts(DALAT_DRAWN, begin_s=BEGIN, per_lane=60)]
    assert replayable(DALAT_DRAWN, halves, [7])[0] == []


@pytest.mark.parametrize(("simulated", "volume", "expected"), [(0, 0, 0.0), (100, 100, 0.0), (150, 100, 4.472), (0, 50, 10.0)])
def test_geh_is_the_one_of_the_books(simulated: float, volume: float, expected: float) -> None:
    assert geh(simulated, volume) == pytest.approx(expected, abs=0.001)


def test_a_link_that_was_never_driven_counts_against_the_fit() -> None:
    arms: dict[tuple[str, str], float] = {("a", "N"): 100.0, ("a", "S"): 400.0}
    assert fit([{("a", "N"): 101.0}], [arms]) == (1, 2)


def metrics(seed: int, delay: float, **more: Any) -> RunMetrics:
    row: dict[str, Any] = {
        "controller": "x", "seed": seed, "trips": 10, "delay_s": delay, "backlog_s": 1, "c1_vehicle_hours": 2, "c2": 3,
        "c3_junction_min": 0, "queue": 4, "p95_delay_s": 50, "max_wait_s": 60, "max_red_s": 70, "never_inserted": 0, "unfinished": 1,
        "stops": 1,
    }  # fmt: skip
    return RunMetrics(**{**row, **more})


def trip(delay: float, name: str = "t") -> Trip:
    return Trip(name, delay, 0.0, delay, True, True, stops=2)


def test_hours_pool_trip_by_trip_and_not_hour_by_hour() -> None:
    busy = (metrics(1, 10.0), [trip(10.0)] * 9)
    quiet = (metrics(1, 100.0, max_red_s=90), [trip(100.0)])
    day = pooled([busy, quiet])
    assert (day.trips, day.delay_s, day.c1_vehicle_hours, day.max_red_s) == (10, 19.0, 4, 90)


def replayed(ours: list[float], base: list[float], *, links_good: int = 9) -> Replay:
    def summary(name: str, delays: list[float]) -> Summary:
        return Summary(name, tuple(replace(metrics(n, d), controller=name) for n, d in enumerate(delays)))

    return Replay((7,), tuple(range(len(ours))), "l", {"yellow_s": 3}, links_good, 10, 0.0, (summary("fixed", base), summary("ours", ours)), {})


def test_the_interval_is_that_of_the_paired_difference() -> None:
    row = replayed([50, 54, 60], [100, 100, 100]).comparisons()[0]
    # Changes -50, -46, -40 %: mean -45.333, standard error 2.906, t(2) = 4.303.
    assert row.change_percent == pytest.approx(-45.333, abs=0.001)
    assert row.low_percent == pytest.approx(-45.333 - 4.303 * 2.906, abs=0.01)
    assert row.high_percent == pytest.approx(-45.333 + 4.303 * 2.906, abs=0.01)


def test_a_lost_day_is_told_as_lost() -> None:
    row = replayed([150, 152], [100, 100]).comparisons()[0]
    assert row.low_percent > 0


def test_below_85_percent_of_links_the_twin_is_not_calibrated() -> None:
    assert not replayed([1, 1], [1, 1], links_good=8).is_calibrated
    assert replayed([1, 1], [1, 1], links_good=9).is_calibrated


def test_a_replay_and_a_job_come_back_from_json_unchanged() -> None:
    whole = replayed([50, 54], [100, 99])
    assert from_json(json.loads(json.dumps(whole.as_json()))) == whole
    job = Job(PAIR, even_counts(describe(PAIR), begin_s=BEGIN, per_lane=10), [7], [1, 2], {7: {}}, {})
    assert job_from(json.loads(json.dumps(job.as_json()))) == job


def test_a_searched_plan_is_no_worse_than_where_the_search_began_and_keeps_every_minimum() -> None:
    signals = {code: signals_of(place) for code, place in DALAT_DRAWN.places.items()}
    tried: list[float] = []

    def delay(plans: dict[str, Any], seed: int) -> float:
        """A made-up valley: greens of 30 s and the offset 8 everywhere would be best."""
        greens = [abs(row["green_s"] - 30) for plan in plans.values() for row in plan["splits"]]
        value = sum(greens) + sum(abs(plan["offset_s"] - 8) for plan in plans.values()) + seed / 100
        tried.append(value)
        return value

    told: list[int] = []
    found = search(signals, delay, runs=60, report=lambda n, *_: told.append(n))
    assert delay(found, 11) <= min(tried[:-1]) + 1e-9
    for code, plan in found.items():
        assert [row["stage"] for row in plan["splits"]] == list(signals[code].keys)
        assert all(row["green_s"] >= least for row, least in zip(plan["splits"], signals[code].minima_s, strict=True))
    cycles = {signals[code].plan(plan["splits"], 0).cycle_s for code, plan in found.items()}
    assert len(cycles) == 1
    assert told[-1] == 60


def answering(line: str, code: int = 0) -> list[str]:
    return [sys.executable, "-c", f"import sys; sys.stdin.read(); print({line!r}); sys.stderr.write('last word'); sys.exit({code})"]


def test_a_process_that_dies_is_told_with_its_last_word() -> None:
    job = Job(PAIR, [], [7], [1], {}, {})
    with pytest.raises(ReplayFailed, match="last word"):
        replay_apart(job, lambda *_: None, command=answering("noise", 1))


def test_a_process_without_sumo_says_how_to_get_it() -> None:
    job = Job(PAIR, [], [7], [1], {}, {})
    with pytest.raises(SumoMissing, match="bin/prepare twin"):
        replay_apart(job, lambda *_: None, command=answering(json.dumps({"missing": "bin/prepare twin"})))


def test_a_quarter_of_an_hour_of_two_junctions_is_replayed_under_every_controller() -> None:
    needs_sumo()
    drawn = describe(PAIR)
    counts = even_counts(drawn, begin_s=BEGIN, per_lane=100)
    plan = {"yersin": {"splits": [{"stage": "1", "green_s": 25}, {"stage": "2", "green_s": 15}], "offset_s": 5}}
    told: list[tuple[int, int, str]] = []
    job = Job(PAIR, counts, [7], [1, 2], {7: plan}, plan, seconds=900)
    replay = replay_apart(job, lambda *row: told.append(row))
    assert [t[:2] for t in told] == [(n, 8) for n in range(1, 9)]
    assert [s.controller for s in replay.summaries] == ["fixed", "fixed_opt", "actuated", "ours"]
    wanted = {len([d for d in departures(drawn, hour_demand(drawn, counts, begin_s=BEGIN), seed) if d.at_s < BEGIN + 900]) for seed in (1, 2)}
    for summary in replay.summaries:
        assert {run.trips for run in summary.runs} == wanted
        assert summary.mean("delay_s") > 0
    assert {c.baseline for c in replay.comparisons()} == {"fixed", "fixed_opt", "actuated"}
    assert replay.links == 7
    # The same plan twice over the same demand and seeds: what differs would be an error of the machinery.
    fixed, again = replay.summaries[:2]
    assert [r.delay_s for r in fixed.runs] == [r.delay_s for r in again.runs]
    assert replay.gridlock_hours == dict.fromkeys(("fixed", "fixed_opt", "actuated", "ours"), 0)
