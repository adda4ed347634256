"""Points of the picture laid onto the map."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from langbiang.city.traffic.vision.calibration import BadCalibration, Fault, calibrate
from langbiang.city.traffic.vision.ground import View
from langbiang.city.traffic.vision.synthetic.drawing import from_above, from_pole
from langbiang.city.traffic.vision.synthetic.flow import crossroads

SIZE = (960, 540)
QUAD = np.array([[-10.0, -10.0], [10.0, -10.0], [10.0, 10.0], [-10.0, 10.0]])


@given(
    x=st.floats(-25, 25), y=st.floats(-40, -20), height=st.floats(6, 20), wide=st.floats(50, 95),
    far=st.sampled_from([0.0, 213_000.0]),
)  # fmt: skip
@settings(max_examples=30, deadline=None, derandomize=True)
def test_a_calibration_leads_back_to_where_the_points_lie(x: float, y: float, height: float, wide: float, far: float) -> None:
    lens = from_pole((x + far, y), height, (far, 0.0), SIZE, wide_deg=wide)
    quad = QUAD * 0.6 + np.array([far, 0.0])
    pixels = lens.project(np.column_stack([quad, np.zeros(4)]))
    assume((pixels >= 0).all() and (pixels <= np.array(SIZE)).all() and np.ptp(pixels, axis=0).min() > 60)
    found = calibrate(pixels, quad, size=SIZE)
    inside = quad * 0.4 + quad.mean(axis=0) * 0.6
    assert np.abs(found.ground(lens.project(np.column_stack([inside, np.zeros(4)]))) - inside).max() < 0.01
    assert np.abs(found.picture(quad) - pixels).max() < 0.01


def refused(image: object, ground: object) -> Fault:
    with pytest.raises(BadCalibration) as caught:
        calibrate(image, ground, size=SIZE)
    return caught.value.fault


GOOD = np.array([[100.0, 500.0], [860.0, 500.0], [700.0, 100.0], [260.0, 100.0]])


def test_points_that_span_no_plane_are_refused_by_rule() -> None:
    assert refused(GOOD[:3], QUAD[:3]) is Fault.FEW
    assert refused(GOOD, QUAD[:3]) is Fault.UNEVEN
    assert refused([[1, 2], [3, "x"]], QUAD) is Fault.UNEVEN
    assert refused(GOOD + np.array([200.0, 0.0]), QUAD) is Fault.OUTSIDE
    assert refused(GOOD[[0, 1, 2, 2]], QUAD) is Fault.SAME
    assert refused(GOOD, QUAD[[0, 1, 2, 2]]) is Fault.SAME
    assert refused([[100, 500], [500, 300], [900, 100], [100, 100]], QUAD) is Fault.LINE
    assert refused(GOOD, [[0, 0], [10, 0], [20, 0], [5, 10]]) is Fault.LINE


def test_two_points_that_were_mixed_up_are_noticed() -> None:
    assert refused(GOOD, QUAD[[1, 0, 3, 2]]) is Fault.CROSSED
    assert refused(GOOD, QUAD[[0, 2, 1, 3]]) in (Fault.HORIZON, Fault.CROSSED)


def test_four_points_prove_nothing_and_a_fifth_shows_the_error() -> None:
    lens = from_pole((0, -30), 10, (0, 0), SIZE)
    ground = np.concatenate([QUAD, [[0.0, 4.0]]])
    pixels = lens.project(np.column_stack([ground, np.zeros(5)]))
    exact = calibrate(pixels[:4], ground[:4], size=SIZE)
    assert not exact.is_checked
    assert exact.error_m < 1e-4
    pixels[4] += [25.0, 0.0]
    off = calibrate(pixels, ground, size=SIZE)
    assert off.is_checked
    assert 0.05 < off.error_m < 1.0
    pixels[4] += [250.0, 0.0]
    assert refused(pixels, ground) is Fault.ERROR


def test_a_far_quad_slips_more_for_a_pixel_than_a_near_one() -> None:
    near, far = (from_pole((0, -d), 10, (0, 0), SIZE).calibration(QUAD * 0.5) for d in (18.0, 45.0))
    assert 0 < near.slip_m < far.slip_m


@pytest.mark.parametrize("lens", [from_above(crossroads().bounds(), SIZE), from_pole((-20, -40), 12, (0, 0), SIZE, wide_deg=90)])
def test_the_ground_seen_is_part_of_what_is_described(lens: object) -> None:
    view = View(lens.calibration(QUAD), crossroads())  # type: ignore[attr-defined]  # the other kind of lens
    west, south, east, north = view.ground.bounds
    whole = crossroads().bounds()
    assert whole[0] <= west < east <= whole[2]
    assert whole[1] <= south < north <= whole[3]
    assert view.watched.any()
    points = np.array([[1.5, -2.5], [-3.0, 4.0]])
    assert np.allclose(view.ground.metres(view.ground.pixels(points)), points)
