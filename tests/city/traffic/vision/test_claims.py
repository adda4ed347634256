"""What of a mask belongs to whom: patches that two vehicles share, and vehicles of which a piece is not seen."""

import numpy as np
import pytest

from langbiang.city.traffic.vision.blobs import Sizes, vehicles
from langbiang.city.traffic.vision.claims import Known
from langbiang.city.traffic.vision.ground import Ground, Image
from langbiang.city.traffic.vision.scene import Points
from langbiang.city.traffic.vision.seen import Seen
from langbiang.city.traffic.vision.tracking import Tracker

GROUND = Ground((0.0, 0.0, 60.0, 40.0), 4.0)
EAST = np.array([1.0, 0.0])
CAR = 5.0, 2.2


def drawn(*boxes: tuple[float, float, float, float]) -> Image:
    """A mask with vehicles (x, y of the middle, length, width), all pointing east."""
    outlines: list[Points] = [
        np.array([[x - a / 2, y - b / 2], [x + a / 2, y - b / 2], [x + a / 2, y + b / 2], [x - a / 2, y + b / 2]]) for x, y, a, b in boxes
    ]
    return GROUND.mask(outlines)


def known(track: int, x: float, y: float, size: tuple[float, float] = CAR, kind: str = "car") -> Known:
    return Known(track, np.array([x, y]), EAST, *size, size[0] * size[1], kind)


def test_two_side_by_side_that_melt_into_one_patch_stay_two_side_by_side() -> None:
    mask = drawn((20, 20, *CAR), (20.6, 22.4, *CAR), (20.3, 21.2, 2.0, 0.6))
    found = {s.track: s for s in vehicles(mask, GROUND, Sizes(), [known(7, 19.6, 20), known(8, 20.2, 22.4)])}
    assert set(found) == {7, 8}
    assert found[7].place == pytest.approx([20, 20], abs=0.5)
    assert found[8].place == pytest.approx([20.6, 22.4], abs=0.5)


def test_a_bonnet_beyond_a_windscreen_belongs_to_its_car() -> None:
    mask = drawn((19.2, 20, 3.4, 2.2), (22.0, 20, 1.0, 2.2))
    found = vehicles(mask, GROUND, Sizes(), [known(7, 19.8, 20)])
    assert [s.track for s in found] == [7]
    assert found[0].place == pytest.approx([20, 20], abs=0.4)


def test_half_a_car_does_not_move_the_car_back() -> None:
    found = vehicles(drawn((18.9, 20, 2.8, 2.2)), GROUND, Sizes(), [known(7, 20, 20)])
    assert [s.track for s in found] == [7]
    assert found[0].place == pytest.approx([20, 20], abs=0.3)


def test_who_joins_the_patch_of_a_followed_vehicle_is_seen_as_new() -> None:
    mask = drawn((20, 20, *CAR), (25.2, 20, *CAR))
    found = vehicles(mask, GROUND, Sizes(), [known(7, 20, 20)])
    new = [s for s in found if s.track is None]
    assert [s.track for s in found if s.track is not None] == [7]
    assert len(new) == 1
    assert new[0].place == pytest.approx([25.2, 20], abs=0.8)


def test_a_patch_of_one_vehicle_is_measured_and_not_guessed() -> None:
    found = vehicles(drawn((20, 20, 12, 2.8)), GROUND, Sizes(), [known(7, 19, 20, (11.5, 2.8), "bus")])
    assert [(s.track, s.kind) for s in found] == [(None, "bus")]
    assert found[0].length_m == pytest.approx(12, abs=0.6)


@pytest.mark.parametrize(("long", "kinds"), [(4.8, ["car"]), (8.2, ["truck"]), (10.2, ["car", "car"]), (12.2, ["bus"])])
def test_what_is_too_short_or_too_long_for_two_cars_is_one(long: float, kinds: list[str]) -> None:
    assert sorted(s.kind for s in vehicles(drawn((30, 20, long, 2.2)), GROUND, Sizes())) == kinds


def test_two_motorcycles_abreast_are_two() -> None:
    pair = drawn((20, 20, 2.2, 0.9), (20, 21.1, 2.2, 0.9), (20, 20.5, 0.6, 0.6))
    assert [s.kind for s in vehicles(pair, GROUND, Sizes(has_motorcycles=True))] == ["motorcycle"] * 2


def seen(x: float, y: float = 0.0) -> Seen:
    return Seen(np.array([x, y]), 11.0, 4.6, "car", 0.8, 2.0)


def test_a_vehicle_that_drove_out_of_view_does_not_go_on_in_one_that_comes_against_it() -> None:
    tracker = Tracker()
    for n in range(20):
        tracker.step([seen(0.9 * n)], n / 10)
    gone = tracker.tracks[0].id
    for n in range(20, 28):
        tracks = tracker.step([seen(19.0 - 0.9 * (n - 20), 2.6)], n / 10)
    assert all(track.hits == 20 for track in tracks if track.id == gone)


def test_two_that_were_followed_apart_are_never_united() -> None:
    """One drives up to another that stands, and is not seen any more when it should be a metre from the other's middle."""
    tracker = Tracker()
    for n in range(30):
        tracker.step([seen(0.5 * n), seen(18.0)], n / 10)
    first, second = sorted(tracker.tracks, key=lambda track: track.id)
    for n in range(30, 35):
        tracker.step([seen(18.0)], n / 10)
    assert float(np.hypot(*(first.expected(3.4) - second.place))) < 0.42 * second.length_m
    assert {first.id, second.id} == {track.id for track in tracker.tracks}
