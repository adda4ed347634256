"""Counting on a drawn street whose truth is known to the vehicle."""

from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from langbiang.city.traffic.vision.camera import Eye
from langbiang.city.traffic.vision.counting import DETECTOR_OFF, DETECTOR_ON
from langbiang.city.traffic.vision.synthetic.drawing import DAY, Street, Weather, from_above
from langbiang.city.traffic.vision.synthetic.flow import Flow, Truth

CORNERS = np.array([[-30.0, -30.0], [30.0, -30.0], [30.0, 30.0], [-30.0, 30.0]])
FRAMES_A_SECOND = 8


@dataclass
class Watched:
    """What was counted and what really was, over the same time."""

    eye: Eye
    truth: Truth
    queues: list[tuple[float, float]]


def watch(seed: int, seconds: float, weather: Weather = DAY, *, after_s: float = 8) -> Watched:
    cv2.setNumThreads(1)
    flow = Flow(seed)
    flow.pass_time(after_s)
    lens = from_above(flow.scene.bounds(), (600, 600))
    street = Street(flow.scene, lens, weather, seed=seed)
    eye = Eye(flow.scene, lens.calibration(CORNERS), background=street.still)
    queues, before = [], flow.truth()
    for n in range(int(seconds * FRAMES_A_SECOND)):
        flow.pass_time(1 / FRAMES_A_SECOND)
        eye.see(street.draw(flow.bodies()), 1000 + n / FRAMES_A_SECOND, red=set(flow.scene.keys) - flow.green())
        if n % (2 * FRAMES_A_SECOND) == 0:
            truth = flow.truth()
            queues += [(eye.counter.lanes[key].queue, truth.queue[key]) for key in flow.scene.keys]
    after = flow.truth()
    return Watched(eye, Truth({k: after.left[k] - before.left[k] for k in after.left}, after.queue, after.turns), queues)


@pytest.fixture(scope="module")
def day() -> Watched:
    return watch(31, 50)


def test_every_vehicle_past_the_line_counts_once(day: Watched) -> None:
    counted = {key: figures.left for key, figures in day.eye.counter.lanes.items()}
    assert sum(day.truth.left.values()) >= 12
    assert abs(sum(counted.values()) - sum(day.truth.left.values())) <= 1
    assert all(abs(counted[key] - day.truth.left[key]) <= 1 for key in counted)


def test_queues_are_within_a_vehicle_of_what_stands_there(day: Watched) -> None:
    off = [abs(seen - true) for seen, true in day.queues]
    assert max(true for _seen, true in day.queues) >= 3
    assert sum(off) / len(off) <= 0.5


def test_figures_of_a_lane_agree_with_each_other(day: Watched) -> None:
    for state in day.eye.states(2000.0):
        assert state.left == sum(state.classes.values())
        assert state.arrived >= state.left
        assert (state.queue == 0) == (state.queue_m == 0)
        assert 0 <= state.occupancy <= 1
        assert state.quality == 1.0
    speeds = [state.speed_kmh for state in day.eye.states(2000.0) if state.speed_kmh is not None]
    assert speeds
    assert all(5 < speed < 60 for speed in speeds)


def test_vehicles_are_followed_to_their_exit(day: Watched) -> None:
    counter = day.eye.counter
    assert sum(counter.turns.values()) >= 0.6 * sum(f.left for f in counter.lanes.values())
    assert set(counter.turns) <= {(a, b) for a in counter.lanes for b in "NESW"}
    wrong = sum(n for pair, n in counter.turns.items() if pair not in day.truth.turns)
    assert wrong <= 1
    for shares in counter.turn_shares().values():
        assert sum(shares.values()) == pytest.approx(1)


def test_detector_events_alternate(day: Watched) -> None:
    by_lane: dict[int, list[int]] = {}
    for event in day.eye.events():
        by_lane.setdefault(event.lane, []).append(event.code)
    assert by_lane
    for codes in by_lane.values():
        assert codes[::2] == [DETECTOR_ON] * len(codes[::2])
        assert codes[1::2] == [DETECTOR_OFF] * len(codes[1::2])
    assert day.eye.events() == []


def test_a_frame_from_the_past_changes_nothing(day: Watched) -> None:
    before = [figures.left for figures in day.eye.counter.lanes.values()], day.eye.at
    day.eye.see(np.zeros((600, 600, 3), np.uint8), 900.0)
    assert ([figures.left for figures in day.eye.counter.lanes.values()], day.eye.at) == before


def test_shadows_do_not_count() -> None:
    watched = watch(32, 35, Weather(noise=6.0, shadow=0.4))
    counted, true = sum(f.left for f in watched.eye.counter.lanes.values()), sum(watched.truth.left.values())
    assert true >= 6
    assert abs(counted - true) <= max(1, 0.1 * true)


@pytest.mark.parametrize(("seed", "weather", "after_s", "least"), [(41, DAY, 120.2, 25), (42, Weather(noise=8.0, shadow=0.45), 8, 6)])
def test_seeds_on_which_nothing_was_tuned_count_as_well(seed: int, weather: Weather, after_s: float, least: int) -> None:
    """One with dense queues that discharge, one with shadows."""
    watched = watch(seed, 20, weather, after_s=after_s)
    counted, true = sum(f.left for f in watched.eye.counter.lanes.values()), sum(watched.truth.left.values())
    assert true >= least
    assert abs(counted - true) <= 1
    off = [abs(seen - there) for seen, there in watched.queues]
    assert sum(off) / len(off) <= 0.5
