"""Driving against a lane is told once for each vehicle, and what drives as it should never is: in tracks and in rendered scenes."""

import numpy as np
import pytest

from langbiang.city.traffic.vision.camera import Eye
from langbiang.city.traffic.vision.scene import Scene
from langbiang.city.traffic.vision.synthetic.drawing import DAY, Street, from_above
from langbiang.city.traffic.vision.synthetic.flow import SIZES, Body, Flow, crossroads
from langbiang.city.traffic.vision.tracking import Track
from langbiang.city.traffic.vision.wrong_way import WrongWay

CORNERS = np.array([[-30.0, -30.0], [30.0, -30.0], [30.0, 30.0], [-30.0, 30.0]])
STEP_S = 0.2
MINUTES, SEEDS = 2, (1, 2)


def driven(scene: Scene, lane: int, *, metres: float, back: bool = True, aside: float = 0.0, mps: float = 8.0) -> WrongWay:
    """A track of one vehicle on a lane, backwards from the stop line or along it."""
    watch, path = WrongWay(scene, 10.0), scene.lanes[lane]
    way = path.heading * (-1 if back else 1)
    start = path.path[-1] - path.heading * (1.0 if back else 30.0) + np.array([-path.heading[1], path.heading[0]]) * aside
    for n in range(round(metres / (mps * STEP_S)) + 1):
        place = start + way * mps * STEP_S * n
        watch.step([Track(7, place, n * STEP_S, 0.0, speed=way * mps, hits=10)])
    return watch


def test_a_vehicle_that_drives_against_its_lane_is_told_once() -> None:
    scene = crossroads()
    assert driven(scene, 0, metres=25).counts == {**dict.fromkeys(scene.keys, 0), scene.keys[0]: 1}


@pytest.mark.parametrize("given", [{"metres": 8.0}, {"metres": 25.0, "back": False}, {"metres": 25.0, "aside": 1.6}, {"metres": 25.0, "mps": 1.2}])
def test_a_short_way_the_right_way_beside_the_lane_and_rolling_back_are_not_told(given: dict[str, float]) -> None:
    assert not any(driven(crossroads(), 0, **given).counts.values())  # type: ignore[arg-type]  # a mapping of what is given


def test_a_lane_whose_road_is_not_known_yet_tells_nothing() -> None:
    scene = crossroads()
    watch, lane = WrongWay(scene, 5.0), scene.lanes[0]
    for n in range(20):
        place = lane.path[-1] - lane.heading * 1.6 * n
        assert watch.step([Track(1, place, n * 0.2, 0.0, speed=-lane.heading * 8, hits=10)], unready={lane.key}) == []


class Against(Flow):
    """The crossroads with one vehicle that leaves by a lane on which others come."""

    def __init__(self, seed: int, *, lane: int, begin_s: float, mps: float = 8.0) -> None:
        super().__init__(seed, rate=0.05)
        self.wrong, self.begin_s, self.mps = self.scene.lanes[lane], begin_s, mps

    def bodies(self) -> list[Body]:
        gone = (self.at - self.begin_s) * self.mps
        mine = []
        if 0 <= gone < self.wrong.length_m:
            x, y = self.wrong.path[-1] - self.wrong.heading * gone
            angle = float(np.arctan2(-self.wrong.heading[1], -self.wrong.heading[0]))
            mine = [Body("wrong", (float(x), float(y)), angle, SIZES["car"], (215, 215, 220))]
        # Those who come make way: it is seen by itself.
        return mine + [b for b in super().bodies() if not mine or np.hypot(b.middle[0] - mine[0].middle[0], b.middle[1] - mine[0].middle[1]) > 16.0]


def watched(flow: Flow, seconds: float, seed: int) -> Eye:
    lens = from_above(flow.scene.bounds(), (480, 480))
    street = Street(flow.scene, lens, DAY, seed=seed)
    eye = Eye(flow.scene, lens.calibration(CORNERS), background=street.still)
    for n in range(round(seconds / STEP_S)):
        flow.pass_time(STEP_S)
        eye.see(street.draw(flow.bodies()), n * STEP_S, red=set(flow.scene.keys) - flow.green())
    return eye


@pytest.mark.parametrize("lane", [0, 3])
def test_a_wrong_way_driver_in_the_picture_is_found(lane: int) -> None:
    flow = Against(5, lane=lane, begin_s=12.0)
    eye = watched(flow, 24.0, 5)
    assert {key: n for key, n in eye.wrong_way.counts.items() if n} == {flow.scene.keys[lane]: 1}


@pytest.mark.parametrize("seed", SEEDS)
def test_sound_traffic_raises_no_false_alarm(seed: int) -> None:
    """Four minutes of a busy crossroads in all, four stages, all turns: none."""
    flow = Flow(seed)
    eye = watched(flow, MINUTES * 60.0, seed)
    assert sum(figures.left for figures in eye.counter.lanes.values()) > 25
    assert not any(eye.wrong_way.counts.values()), eye.wrong_way.counts
