"""What a camera that does not see is taken for, and that one that sees is left alone."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from langbiang.city.traffic.vision.ground import Image
from langbiang.city.traffic.vision.health import (
    BLIND,
    DARK,
    FOG,
    FROZEN,
    MOVED,
    MOVED_EVERY_S,
    OK,
    TURNED_TIMES,
    Clearness,
    Health,
    Reference,
)
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


def mirrored(frame: Image) -> Image:
    """Another view in the same light: nothing of the first is found again in it."""
    return np.asarray(cv2.flip(frame, 1))


def test_a_camera_that_was_turned_right_away_is_noticed_also_after_a_new_start(tmp_path: Path) -> None:
    filmed, long = Filmed(), MOVED_EVERY_S * TURNED_TIMES
    assert set(filmed.words(12)) == {OK}
    assert filmed.health.reference is not None
    assert filmed.health.reference.shift(cv2.cvtColor(mirrored(filmed.frame()), cv2.COLOR_BGR2GRAY)) is None
    filmed.health.reference.save(tmp_path / "kept.npz")
    words = filmed.words(long + 6, mirrored)
    assert set(words[: int(long)]) == {OK}  # half of the looks: rain and glare pass
    assert words[-1] == MOVED
    assert filmed.words(6)[-1] == OK
    filmed.health = Health(Reference.load(tmp_path / "kept.npz"))
    assert filmed.words(long + 6, mirrored)[-1] == MOVED


def test_a_shower_and_a_night_do_not_turn_a_camera() -> None:
    filmed = Filmed()
    filmed.words(8)
    for weather in (RAIN, NIGHT):
        other = Filmed(weather)
        other.health = Health(filmed.health.reference)
        assert set(other.words(MOVED_EVERY_S * TURNED_TIMES + 10)) == {OK}


def test_a_view_is_taken_to_compare_with_by_day_and_when_it_was_found_again() -> None:
    filmed = Filmed(NIGHT)
    filmed.words(8)
    assert filmed.health.reference is None
    filmed = Filmed()
    filmed.words(0.5, mirrored)  # a single frame of something else, as while the camera is being mounted
    filmed.words(8)
    assert filmed.health.reference is not None
    assert filmed.health.reference.shift(cv2.cvtColor(filmed.frame(), cv2.COLOR_BGR2GRAY)) == pytest.approx(0, abs=0.01)


def test_a_view_of_another_size_is_not_waited_for() -> None:
    filmed = Filmed()
    filmed.words(4)
    kept = filmed.health.reference
    assert kept is not None
    filmed.health = Health(Reference(kept.points, kept.features, 2 * kept.width))
    filmed.words(8)
    assert filmed.health.reference is not None
    assert filmed.health.reference.width == SIZE[0]


@pytest.mark.parametrize("is_fog", [True, False])
def test_fog_and_dirt_that_come_within_a_quarter_of_an_hour_are_noticed(tmp_path: Path, is_fog: bool) -> None:
    filmed = Filmed()
    frames = [filmed.frame() for _n in range(12)]
    at = 0.0
    for minute in range(12):
        for n in range(2):
            assert filmed.health.look(frames[(2 * minute + n) % 12], at + n) == OK
        at += 60.0
    filmed.health.clearness.save(tmp_path / "clear.npz")
    health, words = Health(None, Clearness.load(tmp_path / "clear.npz")), []
    for n in range(15 * 60 * 2):
        share = n / (15 * 60 * 2)
        frame = frames[n % 12]
        if is_fog:
            frame = np.asarray(cv2.addWeighted(frame, 1 - 0.88 * share, np.full_like(frame, 185), 0.88 * share, 0))
        else:
            frame = np.asarray(cv2.GaussianBlur(frame, (0, 0), 0.3 + 8 * share))
        words.append(health.look(frame, at + n / 2))
    assert words[: 15 * 2] == [OK] * 30
    assert words[-1] == (FOG if is_fog else BLIND)


def test_a_clock_that_was_set_back_does_not_stop_the_looks() -> None:
    filmed = Filmed()
    filmed.words(10)
    filmed.at -= 3600
    filmed.health.begin_time_anew()
    assert filmed.words(8, night_without_lamps)[-1] == DARK
    assert filmed.words(6)[-1] == OK


def test_what_is_kept_of_a_view_holds_no_picture(tmp_path: Path) -> None:
    filmed = Filmed()
    filmed.words(3)
    assert filmed.health.reference is not None
    filmed.health.reference.save(tmp_path / "kept.npz")
    with np.load(tmp_path / "kept.npz") as kept:
        assert set(kept.files) == {"points", "features", "width", "light", "view"}
        assert sum(kept[name].size for name in kept.files) < 0.2 * SIZE[0] * SIZE[1]
    assert Reference.load(tmp_path / "absent.npz") is None


def test_a_torn_file_is_none(tmp_path: Path) -> None:
    filmed = Filmed()
    filmed.words(3)
    assert filmed.health.reference is not None
    for each in (filmed.health.reference, filmed.health.clearness):
        each.save(tmp_path / "kept.npz")
        whole = (tmp_path / "kept.npz").read_bytes()
        for part in (whole[: len(whole) // 2], b"", b"PK"):
            (tmp_path / "torn.npz").write_bytes(part)
            assert Reference.load(tmp_path / "torn.npz") is None
            assert len(Clearness.load(tmp_path / "torn.npz").rows) == 0
        assert {path.name for path in tmp_path.iterdir()} <= {"kept.npz", "torn.npz"}
