"""Calibrations saved on the page reach the watching camera: whole, newest first, and never one it cannot use."""

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from langbiang.city.traffic.vision.configuration import CameraSetting, parse
from langbiang.city.traffic.vision.saved import BadSaved, Saved, Shelf, fitted, read, version_for, write
from langbiang.city.traffic.vision.serving import take_saved, told
from langbiang.city.traffic.vision.station import Station
from simulators.camera.__main__ import Camera
from tests.city.traffic.vision.test_stand_in import LAYOUT

SIZE = (480, 270)


@pytest.fixture(scope="module")
def camera() -> Camera:
    return Camera(LAYOUT, SIZE, 4)


@pytest.fixture
def setting(camera: Camera) -> CameraSetting:
    described = camera.described("kim-cuc", "rtsp://127.0.0.1:9/kim-cuc", 5, {"CAM-N": ["N1"], "CAM-W": ["W1"]})
    return parse({"cameras": [{**described, "warm_up_s": 2}]}).cameras[0]


def saved(camera: Camera, *, scale: float = 2.0, moved_m: float = 0.0, **changes: Any) -> Saved:
    """The camera's own points as the page keeps them, from a picture `scale` times as large."""
    described = camera.described("kim-cuc", "x", 5, {})["calibration"]
    points = tuple((u * scale, v * scale, x + moved_m, y) for (u, v), (x, y) in zip(described["image"], described["map"], strict=True))
    given: dict[str, Any] = {
        "junction": "kim-cuc", "zone": "CAM-N", "number": 1, "made_at": 100.0, "size": (int(SIZE[0] * scale), int(SIZE[1] * scale)), "points": points,
    }  # fmt: skip
    return Saved(**{**given, **changes})


def test_what_is_written_is_read_and_the_same_again_leaves_the_file_alone(camera: Camera, tmp_path: Path) -> None:
    path = tmp_path / "traffic" / "calibrations.json"
    rows = [saved(camera), saved(camera, zone="CAM-W", number=3)]
    assert write(path, rows)
    assert not write(path, reversed(rows))
    assert read(path) == {(one.junction, one.zone): one for one in rows}
    assert read(tmp_path / "none.json") == {}
    assert [each.name for each in path.parent.iterdir()] == ["calibrations.json"]


def test_a_reader_never_finds_half_a_file(camera: Camera, tmp_path: Path) -> None:
    path = tmp_path / "calibrations.json"
    write(path, [saved(camera)])
    stop = threading.Event()

    def keep_writing() -> None:
        n = 0
        while not stop.is_set():
            n += 1
            write(path, [saved(camera, zone=f"Z{z}", number=n) for z in range(1 + n % 40)])

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        for _ in range(300):
            assert read(path)
    finally:
        stop.set()
        writer.join()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"calibrations": [{}]}', '{"calibrations": [{"junction": "a"}]}'])
def test_a_broken_file_is_told_once_and_what_was_known_holds(camera: Camera, tmp_path: Path, text: str) -> None:
    path = tmp_path / "calibrations.json"
    write(path, [saved(camera)])
    shelf = Shelf(path)
    assert shelf.has_changed()
    assert not shelf.has_changed()
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadSaved, match=r"calibrations\.json"):
        shelf.has_changed()
    assert not shelf.has_changed()
    assert set(shelf.saved) == {("kim-cuc", "CAM-N")}
    path.unlink()
    assert not shelf.has_changed()


def test_a_camera_takes_the_newest_of_its_zones(camera: Camera, setting: CameraSetting) -> None:
    first, second = saved(camera), saved(camera, zone="CAM-W", made_at=200.0, number=7)
    rows = {(one.junction, one.zone): one for one in (first, second, saved(camera, junction="yersin", made_at=900.0))}
    assert version_for(setting, rows) == second
    assert version_for(replace(setting, junction="dai-hoc"), rows) is None


def test_points_of_a_finer_picture_are_those_of_the_stream(camera: Camera, setting: CameraSetting) -> None:
    found = fitted(saved(camera), setting)
    assert found.size == SIZE
    spots = np.array([[0.0, 12.0], [5.0, -8.0]])
    assert np.allclose(found.picture(spots), setting.calibration.picture(spots), atol=0.5)


def test_what_the_camera_cannot_use_is_refused_in_words(camera: Camera, setting: CameraSetting) -> None:
    with pytest.raises(BadSaved, match="calibrate with a still of this stream"):
        fitted(saved(camera, size=(960, 720)), setting)
    with pytest.raises(BadSaved, match="stop line of lane"):
        fitted(saved(camera, moved_m=500.0), setting)
    with pytest.raises(BadSaved, match="At least four points"):
        fitted(saved(camera, points=saved(camera).points[:3]), setting)


def test_a_watching_camera_takes_a_saved_version_and_goes_on_when_the_next_is_useless(
    camera: Camera, setting: CameraSetting, tmp_path: Path
) -> None:
    said: list[str] = []
    path = tmp_path / "calibrations.json"
    shelf = Shelf(path)
    station = Station(setting, home=tmp_path / "cameras", log=lambda _camera, text: said.append(text))

    def look(at: float) -> dict[str, Any]:
        take_saved(shelf, [station], lambda _who, text: said.append(text))
        station.take(camera.draw(), at)
        found: dict[str, Any] = told([station], at)["kim-cuc"]
        return found

    assert look(1000.0)["calibrations"] == {"CAM-N": 0, "CAM-W": 0}
    write(path, [saved(camera, moved_m=0.4, number=4)])
    station._added["N1"] = 0.0
    station.eye.counter.lanes["N1"].left = 11
    assert look(1001.0)["calibrations"] == {"CAM-N": 4, "CAM-W": 4}
    assert station.setting.calibration.to_map[0, 2] != setting.calibration.to_map[0, 2]
    assert station._added["N1"] == 11  # counters only ever grow
    eye = station.eye
    write(path, [saved(camera, moved_m=500.0, number=5)])
    assert look(1002.0)["calibrations"] == {"CAM-N": 4, "CAM-W": 4}
    assert station.eye is eye
    assert any("goes on with calibration version 4" in text for text in said)
    path.write_text(json.dumps({"calibrations": 5}), encoding="utf-8")
    look(1003.0)
    assert any("is no file of calibrations" in text for text in said)


def test_the_view_to_compare_with_outlives_a_start_and_ends_with_another_version(camera: Camera, setting: CameraSetting, tmp_path: Path) -> None:
    path = tmp_path / "calibrations.json"

    def started(number: int) -> Station:
        write(path, [saved(camera, moved_m=0.1 * number, number=number)])
        station = Station(setting, home=tmp_path / "cameras", log=lambda _camera, _text: None)
        take_saved(Shelf(path), [station], lambda _who, _text: None)
        return station

    first = started(4)
    for n in range(8):
        first.take(camera.draw(), 1000.0 + n)
    first.save()
    kept = first.health.reference
    assert kept is not None
    again = started(4)
    again.take(camera.draw(), 2000.0)
    assert again.version == 4
    assert again.health.reference is not None
    assert np.array_equal(again.health.reference.features, kept.features)
    assert again.paths[0].is_file()
    other = started(5)
    other.take(camera.draw(), 3000.0)
    assert other.version == 5
    assert other.health.reference is None
    assert not other.paths[0].is_file()
    assert not other.paths[2].is_file()
