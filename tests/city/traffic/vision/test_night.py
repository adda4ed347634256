"""Vehicles by their lamps, in the dark."""

import numpy as np
import pytest

from langbiang.city.traffic.vision.camera import Eye
from langbiang.city.traffic.vision.night import Daylight
from langbiang.city.traffic.vision.synthetic.drawing import NIGHT, Street, from_above
from langbiang.city.traffic.vision.synthetic.flow import SIZES, Body, crossroads

CORNERS = np.array([[-30.0, -30.0], [30.0, -30.0], [30.0, 30.0], [-30.0, 30.0]])


def test_dusk_and_dawn_have_a_margin_between_them() -> None:
    daylight = Daylight(np.full((10, 10), 255, np.uint8))
    seen = [daylight.look(np.full((10, 10, 3), grey, np.uint8), 10.0 * n) for n, grey in enumerate((90, 48, 30, 48, 90))]
    assert seen == [False, False, True, True, False]


@pytest.mark.parametrize("seed", [43, 44])
def test_at_night_a_vehicle_is_seen_once_however_its_light_reaches_the_next(seed: int) -> None:
    scene = crossroads()
    lens = from_above(scene.bounds(), (600, 600))
    street, eye = Street(scene, lens, NIGHT, seed=seed), Eye(scene, lens.calibration(CORNERS))
    x = float(scene.lanes[0].path[-1][0])
    # A queue from the north with usual gaps: noses every seven metres, a white roof among them.
    shades = ((40, 38, 36), (230, 232, 235), (60, 90, 60), (130, 70, 30))
    bodies = [Body(f"v{n}", (x, 11.5 + 7.0 * n), -np.pi / 2, SIZES["car"], shade) for n, shade in enumerate(shades)]
    for n in range(40):
        eye.see(street.draw(bodies), n / 8, red={"N1"})
    states = {state.lane: state for state in eye.states(5.0)}
    assert states["N1"].queue == len(bodies)
    assert sum(state.queue for state in states.values()) == len(bodies)
    assert states["N1"].quality == 1.0
    # Every lamp looks alike: what it belongs to is not told.
    for n in range(90):
        moved = [Body(b.id, (b.middle[0], b.middle[1] - 0.4 * n), b.angle, b.size, b.colour) for b in bodies]
        eye.see(street.draw(moved), 5.0 + n / 8, red=set())
    figures = eye.counter.lanes["N1"]
    assert figures.left > 0
    assert figures.classes == {}
