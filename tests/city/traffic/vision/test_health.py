"""What a camera that does not see is taken for, and that one that sees is left alone."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from langbiang.city.traffic.vision.ground import Image
from langbiang.city.traffic.vision.health import BLIND, DARK, FOG, FROZEN, MOVED, OK, Health, Reference
from langbiang.city.traffic.vision.synthetic.drawing import DAY, NIGHT, RAIN, Street, Weather, from_pole
from langbiang.city.traffic.vision.synthetic.flow import Flow

SIZE = (480, 270)


class Filmed:
    """A street that is looked at twice a second."""

    def __init__(self, weather: Weather = DAY, seed: int = 5) -> None:
        self.flow = Flow(seed)
        self.flow.pass_time(20)
        self.street = Street(self.flow.scene, from_pole((-30, -45), 14, (0, 0), SIZE, wide_deg=75), weather, seed=seed)
        self.health = Health()
        self.at = 0.0

    def frame(self) -> Image:
        self.flow.pass_time(0.5)
        self.at += 0.5
        return self.street.draw(self.flow.bodies())

    def words(self, seconds: float, change: object = None) -> list[str]:
        found = []
        for _n in range(int(seconds * 2)):
            frame = self.frame()
            found.append(self.health.look(frame if change is None else change(frame), self.at))  # type: ignore[operator]  # not asked for where it is none
        return found


@pytest.mark.parametrize("weather", [DAY, NIGHT, RAIN, Weather(noise=6, shadow=0.4)], ids=["day", "night", "rain", "shadows"])
def test_traffic_by_day_night_and_in_rain_is_no_fault(weather: Weather) -> None:
    assert set(Filmed(weather).words(30)) == {OK}


def test_dusk_is_no_fault() -> None:
    filmed, shade = Filmed(), [1.0]

    def darker(frame: Image) -> Image:
        shade[0] = max(0.25, shade[0] - 0.01)
        return np.asarray(cv2.convertScaleAbs(frame, alpha=shade[0]))

    assert set(filmed.words(45, darker)) == {OK}


def test_a_picture_that_stands_still_is_frozen_until_it_moves_again() -> None:
    filmed = Filmed()
    filmed.words(8)
    still = filmed.frame()
    words = filmed.words(14, lambda _frame: still)
    assert words[0] == OK
    assert words[-1] == FROZEN
    assert filmed.words(6)[-1] == OK


def fog(frame: Image) -> Image:
    return np.asarray(cv2.addWeighted(frame, 0.12, np.full_like(frame, 185), 0.88, 0))


def blur(frame: Image) -> Image:
    return np.asarray(cv2.GaussianBlur(frame, (41, 41), 0))


def night_without_lamps(frame: Image) -> Image:
    return np.asarray(cv2.convertScaleAbs(frame, alpha=0.05))


@pytest.mark.parametrize(("change", "word"), [(fog, FOG), (blur, BLIND), (night_without_lamps, DARK)])
def test_fog_dirt_and_darkness_are_told_apart(change: object, word: str) -> None:
    filmed = Filmed()
    assert set(filmed.words(10)) == {OK}
    assert filmed.words(6, change)[-1] == word
    assert filmed.words(6)[-1] == OK


def test_a_camera_that_was_turned_is_noticed_also_after_a_new_start(tmp_path: Path) -> None:
    def turned(frame: Image) -> Image:
        return np.asarray(cv2.warpAffine(frame, np.array([[1.0, 0.03, 14.0], [-0.03, 1.0, 6.0]]), SIZE))

    filmed = Filmed()
    assert set(filmed.words(12)) == {OK}
    assert filmed.health.reference is not None
    filmed.health.reference.save(tmp_path / "kept.npz")
    assert filmed.words(12, turned)[-1] == MOVED
    filmed.health = Health(Reference.load(tmp_path / "kept.npz"))
    assert filmed.words(12, turned)[-1] == MOVED
    assert filmed.words(12)[-1] == OK


def test_what_is_kept_of_a_view_holds_no_picture(tmp_path: Path) -> None:
    filmed = Filmed()
    filmed.words(3)
    assert filmed.health.reference is not None
    filmed.health.reference.save(tmp_path / "kept.npz")
    with np.load(tmp_path / "kept.npz") as kept:
        assert set(kept.files) == {"points", "features", "width"}
        assert sum(kept[name].size for name in kept.files) < 0.2 * SIZE[0] * SIZE[1]
    assert Reference.load(tmp_path / "absent.npz") is None
