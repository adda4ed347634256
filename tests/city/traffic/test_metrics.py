"""How an hour of traffic is judged: nothing a controller keeps outside may make it look better."""

from pathlib import Path

import pytest

from langbiang.city.traffic.metrics import RunMetrics, SecondCounter, Summary, paired_gain, read_trips

TRIPS = """<tripinfos>
<tripinfo id="a" depart="10" departDelay="2" arrival="90" timeLoss="20" waitingTime="12" waitingCount="1" vType="car"/>
<tripinfo id="b" depart="20" departDelay="0" arrival="-1" timeLoss="60" waitingTime="50" waitingCount="3" vType="car"/>
<tripinfo id="c" depart="-1" departDelay="300" arrival="-1" timeLoss="-1" waitingTime="0" vType="bus"/>
</tripinfos>"""


def run(controller: str, seed: int, delay: float, *, never: int = 0) -> RunMetrics:
    return RunMetrics(controller, seed, 1000, delay, 0, 0, 0, 0, 0, 0, 0, 0, never, 0, 0)


def test_trips_that_never_entered_count_with_the_time_they_stood_outside(tmp_path: Path) -> None:
    path = tmp_path / "trips.xml"
    path.write_text(TRIPS)
    trips = read_trips(path)
    assert [t.delay_s for t in trips] == [22, 60, 300]
    assert [t.departed for t in trips] == [True, True, False]


def test_vehicles_waiting_outside_are_congestion_too() -> None:
    counter = SecondCounter(frozenset({"e"}), {"e": 13.9})
    counter.second(3, 4, [], {}, {})
    assert counter.congested_vehicle_s == 7


def test_a_minute_of_crawling_on_an_approach_counts_once() -> None:
    counter = SecondCounter(frozenset({"e"}), {"e": 10.0})
    for _ in range(60):
        counter.second(0, 0, [("e", 2.0)], {}, {})
    assert counter.c2_minutes == 1


def test_the_worst_seed_is_told_beside_the_mean() -> None:
    summary = Summary("ours", (run("ours", 1, 10), run("ours", 2, 14)))
    assert (summary.mean("delay_s"), summary.worst("delay_s")) == (12, 14)


def test_one_seed_in_which_many_stay_outside_is_a_gridlock() -> None:
    summary = Summary("ours", (run("ours", 1, 10), run("ours", 2, 14, never=11)))
    assert summary.gridlocks == 1


def test_gain_is_paired_seed_by_seed() -> None:
    base = Summary("fixed", (run("fixed", 1, 20), run("fixed", 2, 40)))
    ours = Summary("ours", (run("ours", 2, 20), run("ours", 1, 10), run("ours", 3, 500)))
    assert paired_gain(ours, base) == pytest.approx((-0.5, -0.5, -0.5))
