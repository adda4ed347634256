"""An event rehearsed in the twin: what is closed is closed both ways, more come where it is busier, before is the hour as it was."""

import json
import sys
from typing import Any

import pytest

from langbiang.city.traffic.incidents.rehearsal import (
    CONTROLLERS,
    Event,
    busiest_hour,
    closed_edges,
    event_from,
    more_of,
    rehearse_apart,
)
from langbiang.city.traffic.twin.demand import HOUR_S, Count, Departure, even_counts
from langbiang.city.traffic.twin.described import describe, edge_into
from langbiang.city.traffic.twin.replaying import Job
from langbiang.city.traffic.twin.sumo import SumoMissing
from tests.city.traffic.conftest import needs_sumo
from tests.city.traffic.twin.test_replay import BEGIN, PAIR

EVENT = Event(closed=(("yersin", "N"),), busier=((("hung-vuong", "E"), 2.0),))


def test_a_closed_street_is_closed_both_ways() -> None:
    drawn = describe(PAIR)
    assert closed_edges(drawn, Event(closed=(("yersin", "S"),))) == (edge_into("yersin", "S"), edge_into("hung-vuong", "N"))
    assert closed_edges(drawn, EVENT) == ("to_yersin_N", "out_yersin_N")
    assert event_from(json.loads(json.dumps(EVENT.as_json()))) == EVENT


def test_so_many_times_as_many_come_over_a_busier_arm_and_no_more_elsewhere() -> None:
    known = [Departure(100.0 + n, "car", (edge_into("hung-vuong", "E" if n % 2 else "W"), "x")) for n in range(400)]
    made = more_of(Event(busier=((("hung-vuong", "E"), 2.5),)), 1)(known)
    count = {arm: sum(one.edges[0] == edge_into("hung-vuong", arm) for one in made) for arm in "EW"}
    assert count["W"] == 200
    assert 450 <= count["E"] <= 550
    assert [one.at_s for one in made] == sorted(one.at_s for one in made)
    assert more_of(Event(), 1)(known) == known


def test_the_busiest_hour_is_taken() -> None:
    counts = [Count("a", "N1", "car", hour * HOUR_S, (hour + 1) * HOUR_S, n) for hour, n in ((7, 10), (8, 30), (9, 30))]
    assert busiest_hour(counts, [7, 8, 9]) == 8


def test_without_sumo_the_way_out_is_told() -> None:
    said = [sys.executable, "-c", f"import sys; sys.stdin.read(); print({json.dumps(json.dumps({'missing': 'bin/prepare twin'}))})"]
    with pytest.raises(SumoMissing, match="bin/prepare twin"):
        rehearse_apart(Job(PAIR, [], [7], [1], {}, {}), EVENT, lambda *_: None, command=said)


def test_ten_minutes_of_two_junctions_are_rehearsed_before_and_after() -> None:
    needs_sumo()
    counts = even_counts(describe(PAIR), begin_s=BEGIN, per_lane=60)
    told: list[Any] = []
    found = rehearse_apart(Job(PAIR, counts, [7], [1], {}, {}, seconds=600), EVENT, lambda *row: told.append(row))
    assert [row["name"] for row in found["controllers"]] == list(CONTROLLERS)
    assert told[-1][:2] == (6, 6)
    assert found["lost"]["cut_off"] > 0
    assert found["lost"]["added"] > 0
    for row in found["controllers"]:
        assert row["before"]["delay_s"] > 0
        assert row["after"]["trips"] != row["before"]["trips"]
