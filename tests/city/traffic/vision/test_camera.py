"""One camera's eye: who counts as a vehicle, and ground that nothing ever leaves."""

import numpy as np

from langbiang.city.traffic.vision.background import Learning
from langbiang.city.traffic.vision.camera import GHOST_S, Eye
from langbiang.city.traffic.vision.ground import Image
from langbiang.city.traffic.vision.seen import Seen
from langbiang.city.traffic.vision.synthetic.drawing import DAY, Street, from_above
from langbiang.city.traffic.vision.synthetic.flow import SIZES, Body, crossroads

CORNERS = np.array([[-30.0, -30.0], [30.0, -30.0], [30.0, 30.0], [-30.0, 30.0]])
BLANK: Image = np.zeros((600, 600, 3), np.uint8)


def test_people_on_foot_are_no_vehicles_of_a_lane() -> None:
    scene = crossroads()
    place = scene.lanes[0].path[-1] - scene.lanes[0].heading * 6.0
    for kind, queue in (("pedestrian", 0), ("car", 1)):
        eye = Eye(scene, from_above(scene.bounds(), (600, 600)).calibration(CORNERS), detect=lambda _f, kind=kind: [Seen(place, 9.0, 4.5, kind, 0.9)])
        for n in range(20):
            eye.see(BLANK, n / 10)
        assert eye.counter.lanes[scene.lanes[0].key].queue == queue


def test_a_ghost_that_stands_for_ten_minutes_is_learnt_where_no_lamp_is_known() -> None:
    """Something stands before the line that never drives off: a shadow of the road works, a patch of new asphalt."""
    scene = crossroads()
    lane = scene.lanes[0]
    lens = from_above(scene.bounds(), (600, 600))
    street = Street(scene, lens, DAY, seed=7)
    place = lane.path[-1] - lane.heading * 8.0
    ghost = Body("g", (float(place[0]), float(place[1])), float(np.arctan2(lane.heading[1], lane.heading[0])), SIZES["car"], (40, 38, 36))
    eye = Eye(scene, lens.calibration(CORNERS), background=street.still, learning=Learning())
    frames, at = [street.draw([ghost]) for _n in range(5)], 0.0
    for n in range(20):
        eye.see(frames[n % 5], at := at + 0.2)
    assert eye.counter.lanes[lane.key].queue == 1
    # The clock runs on as it would between looks: none of the gaps is long enough to lose a vehicle that stands.
    while at < GHOST_S - 10:
        eye.see(frames[int(at) % 5], at := at + 2.0)
    assert eye.counter.lanes[lane.key].queue == 1
    while at < GHOST_S + 240:
        eye.see(frames[int(at) % 5], at := at + 2.0)
    assert eye.counter.lanes[lane.key].queue == 0
