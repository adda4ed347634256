"""The empty road out of a minute in which vehicles wait on it."""

import numpy as np
import pytest

from langbiang.city.traffic.vision.background import EmptyRoad, Learning
from langbiang.city.traffic.vision.first_sight import FirstSight
from langbiang.city.traffic.vision.ground import Image

ROAD, HEIGHT, WIDTH = 90, 40, 120
SHADES = ((215, 215, 220), (40, 40, 150), (130, 70, 30), (160, 160, 165), (38, 36, 34), (60, 140, 60))
CAR = slice(10, 28)


def scene(dice: np.random.Generator, cars: list[tuple[int, tuple[int, int, int]]]) -> Image:
    picture = np.full((HEIGHT, WIDTH, 3), ROAD, np.int16)
    for x, shade in cars:
        picture[CAR, max(0, x) : max(0, x + 22)] = shade
    return np.clip(picture + dice.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)


def red_then_green(second: float) -> list[tuple[int, tuple[int, int, int]]]:
    """Two vehicles stand for most of a minute; then a queue drives off past the place where they stood."""
    if second < 44:
        return [(70, SHADES[0]), (40, SHADES[1])]
    gone = int((second - 44) * 30)
    return [(70 - n * 45 + gone, SHADES[n % len(SHADES)]) for n in range(12)]


def test_the_road_is_learnt_although_vehicles_stood_on_it_most_of_the_time() -> None:
    dice, first = np.random.default_rng(5), FirstSight((HEIGHT, WIDTH))
    red, green = np.ones((HEIGHT, WIDTH), bool), np.zeros((HEIGHT, WIDTH), bool)
    for n in range(300):
        at = n / 5
        first.look(scene(dice, red_then_green(at)), at, red if at < 44 else green)
    wrong = np.abs(first.best().astype(int) - ROAD).max(axis=2) > 20
    assert wrong.mean() < 0.02


def test_a_raindrop_is_no_episode() -> None:
    """A vehicle that waits in the rain would otherwise be voted for with every drop that hides it."""
    dice, first = np.random.default_rng(6), FirstSight((HEIGHT, WIDTH))
    held = np.zeros((HEIGHT, WIDTH), bool)
    for n in range(200):
        frame = scene(dice, [(50, SHADES[0])] if 20 < n < 150 else [])
        if n % 5 == 0:
            frame[:] = 255
        first.look(frame, n / 5, held)
    assert np.abs(first.best()[CAR, 52:70].astype(int) - ROAD).max() < 30


def test_nothing_is_known_before_the_first_frame() -> None:
    with pytest.raises(ValueError, match="no frame"):
        FirstSight((4, 4)).best()


def test_a_lane_that_waited_through_the_whole_warm_up_is_mended_once_it_drives() -> None:
    dice = np.random.default_rng(7)
    everywhere = np.full((HEIGHT, WIDTH), 255, np.uint8)
    road = EmptyRoad(everywhere, Learning(warm_up_s=20))
    for n in range(200):
        at = n / 5
        mask = road.look(scene(dice, red_then_green(at)), at, [everywhere])
        assert road.is_warming == (at < 20)
    assert mask[CAR, 42:90].mean() < 25  # nobody is seen where somebody stands: it was taken for road
    for n in range(200, 400):
        at = n / 5
        mask = road.look(scene(dice, red_then_green(at) if at < 70 else []), at, [] if at > 44 else [everywhere])
    assert np.count_nonzero(mask) < 0.01 * mask.size
    mask = road.look(scene(dice, [(50, SHADES[0])]), 81.0, [])
    assert np.count_nonzero(mask[CAR, 50:72]) > 0.8 * 18 * 22


def test_what_was_seen_too_seldom_is_told_by_the_road_around_it() -> None:
    """Queues that discharge with hardly a gap: no pixel shows its road often, but all of it shows it somewhere."""
    dice, first = np.random.default_rng(8), FirstSight((HEIGHT, WIDTH))
    everywhere = np.ones((HEIGHT, WIDTH), bool)
    for n in range(200):
        first.look(scene(dice, red_then_green(n / 4) if n > 10 else []), n / 5, everywhere)
    road, known = first.road(everywhere, 25)
    assert known.mean() > 0.95
    assert (np.abs(road.astype(int) - ROAD).max(axis=2) > 20).mean() < 0.01


def test_a_lane_of_which_nobody_saw_the_road_is_not_known() -> None:
    dice = np.random.default_rng(9)
    everywhere = np.full((HEIGHT, WIDTH), 255, np.uint8)
    occupied, free = np.zeros_like(everywhere), np.zeros_like(everywhere)
    occupied[CAR, 20:64], free[CAR, 80:120] = 255, 255
    road = EmptyRoad(everywhere, Learning(warm_up_s=6))
    for n in range(50):
        road.look(scene(dice, [(20, SHADES[0]), (42, SHADES[1])]), n / 5, [occupied])
    assert not road.is_warming
    assert road.is_known(free)
    assert not road.is_known(occupied)
    for n in range(50, 120):
        road.look(scene(dice, []), n / 5, [])
    assert road.is_known(occupied)
