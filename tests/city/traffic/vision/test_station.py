"""One camera at work: nothing that goes wrong with a frame, a disk or a clock ends it."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from langbiang.city.traffic.vision import station as at_work
from langbiang.city.traffic.vision.configuration import CameraSetting, parse
from langbiang.city.traffic.vision.health import DARK, LOST, OK
from langbiang.city.traffic.vision.serving import Elsewhere
from langbiang.city.traffic.vision.source import Frame
from langbiang.city.traffic.vision.station import SLOW_QUALITY, Station
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


class Kept:
    """A station and what it told."""

    def __init__(self, setting: CameraSetting, home: Path) -> None:
        self.said: list[str] = []
        self.station = Station(setting, home=home, log=lambda _camera, text: self.said.append(text))


@pytest.fixture
def kept(setting: CameraSetting, tmp_path: Path) -> Kept:
    return Kept(setting, tmp_path)


def test_frames_that_cannot_be_used_lose_the_camera_and_do_not_end_it(kept: Kept, camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
    station, see, words = kept.station, kept.station.eye.see, list[str]()
    pictures = [camera.draw() for _n in range(30)]

    def seeing(image: Any, at: float, **more: Any) -> None:
        if at < 1020:
            raise cv2.error("an assertion of the library failed")
        see(image, at, **more)

    class Film:
        def __init__(self, *_args: Any, **_options: Any) -> None: ...

        def frames(self, _stop: threading.Event) -> Iterator[Frame]:
            for n, picture in enumerate(pictures):
                words.append(station.word(station._started + n))
                yield Frame(1000.0 + n, picture)

    monkeypatch.setattr(station.eye, "see", seeing)
    monkeypatch.setattr(at_work, "Source", Film)
    station.run(threading.Event())
    assert words[3] == OK
    assert words[19] == LOST
    assert station.word(time.time()) == OK
    assert station.eye.at == 1029
    assert sum("an assertion of the library failed" in text for text in kept.said) == 1


def test_a_full_disk_is_told_once_and_the_camera_goes_on(kept: Kept, camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept.station.profile, "save", full)
    for n in range(4):
        kept.station._saved_at = -1e9
        kept.station.take(camera.draw(), 1000.0 + n)
    assert kept.station.eye.at == 1003
    assert sum("No space left" in text for text in kept.said) == 1


def test_a_picture_of_another_size_is_told_once(kept: Kept) -> None:
    for n in range(5):
        kept.station.take(np.zeros((100, 100, 3), np.uint8), 1000.0 + n)
    assert kept.said == ["the picture is 100 x 100, the calibration is for 480 x 270"]


def test_a_detector_that_cannot_be_made_anew_leaves_the_camera_as_it_was(kept: Kept, setting: CameraSetting, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_setting: CameraSetting) -> None:
        raise ValueError("no model")

    station, eye = kept.station, kept.station.eye
    monkeypatch.setattr(station, "_eye", broken)
    station.recalibrate(setting.calibration, "CAM-N", 4)
    with pytest.raises(ValueError, match="no model"):
        station.take(np.zeros((270, 480, 3), np.uint8), 1000.0)
    assert (station.eye, station.setting, station.version) == (eye, setting, 0)


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
def test_a_clock_that_was_set_neither_blinds_the_camera_nor_teaches_it_a_road_it_did_not_see(kept: Kept, camera: Camera, jump: float) -> None:
    station = kept.station
    for n in range(10):
        station.take(camera.draw(), 5000.0 + n / 5)
    assert station.eye.road.is_warming  # 1.8 of 2 s
    station.take(camera.draw(), 5001.8 + jump)
    assert station.eye.road.is_warming
    station.take(camera.draw(), 5002.0 + jump)
    assert station.eye.at == pytest.approx(5002.0 + jump)
    assert station._frame_at == pytest.approx(5002.0 + jump)
    for n in range(12):
        station.take(camera.draw(), 5002.2 + jump + n / 5)
    assert not station.eye.road.is_warming
    for n in range(25):
        station.take(np.zeros((270, 480, 3), np.uint8), 5006.0 + jump + n / 5)
    assert station.health.word == DARK
    assert sum("the time of the frames went" in text for text in kept.said) == 1


def test_a_clock_of_ours_that_was_set_back_does_not_hide_a_lost_stream(kept: Kept, camera: Camera) -> None:
    kept.station.take(camera.draw(), 1000.0)
    now = time.time() - 3600
    assert kept.station.word(now) == OK
    assert kept.station.word(now + 6) == LOST


def test_what_is_usual_does_not_go_on_over_a_clock_that_was_set(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = type("Usual", (), {"flow": 0.13, "queue": 2.0, "occupancy": 0.1})()
    monkeypatch.setattr(kept.station.profile, "usual", lambda _lane, _at: usual)
    now = kept.station._started + 10
    lefts = [kept.station.seen(now + step)[2]["N1"]["left"] for step in (0, 10, -3590, -3580, 40_000)]
    assert lefts == [0, 1, 1, 2, 10]


@pytest.mark.parametrize(("frames_per_s", "quality"), [(5, 1.0), (2, SLOW_QUALITY)])
def test_too_few_frames_make_counts_worth_less_and_are_told(
    kept: Kept, camera: Camera, monkeypatch: pytest.MonkeyPatch, frames_per_s: int, quality: float
) -> None:
    station = kept.station
    monkeypatch.setattr(station.eye, "is_ready", lambda _lane: True)
    picture = camera.draw()
    noise = [np.asarray(cv2.add(picture, np.full_like(picture, n))) for n in (0, 2, 4)]
    at = 1000.0
    for n in range(16 * frames_per_s):
        at = 1000.0 + n / frames_per_s
        station.take(noise[n % 3], at)
    assert {row["quality"] for row in station._told.values()} == {quality}
    assert sum("counts are worth less" in text for text in kept.said) == (quality < 1)
    for n in range(12 * 5):
        station.take(noise[n % 3], at + 0.2 + n / 5)
    assert {row["quality"] for row in station._told.values()} == {1.0}


def test_an_answer_that_is_no_http_does_not_end_the_reading_of_lamps() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        reader, stop, asked = Elsewhere(f"http://127.0.0.1:{server.getsockname()[1]}/"), threading.Event(), 0
        thread = threading.Thread(target=reader.run, args=(stop,), daemon=True)
        thread.start()
        server.settimeout(20)
        for answer in (b"no http at all\r\n\r\n", b'HTTP/1.0 200 OK\r\n\r\n{"kim-cuc": {"lamps": {"N1": "r"}}}'):
            line, _address = server.accept()
            with line:
                line.recv(4096)
                line.sendall(answer)
                asked += 1
        limit = time.monotonic() + 20
        while reader.lamps("kim-cuc") is None and time.monotonic() < limit:
            time.sleep(0.02)
        assert reader.lamps("kim-cuc") == {"N1": "r"}
        stop.set()
        thread.join(20)
