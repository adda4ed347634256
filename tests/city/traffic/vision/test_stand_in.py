"""The camera stand-in end to end: a real RTSP stream, decoded, counted and told as /lanes, against the street's own counts."""

import asyncio
import contextlib
import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from langbiang.city.traffic.vision.configuration import parse
from langbiang.city.traffic.vision.health import DARK, FROZEN, LOOK_EVERY_S, LOST, LOST_AFTER_S, OK
from langbiang.city.traffic.vision.profile import Profile
from langbiang.city.traffic.vision.serving import serve, told
from langbiang.city.traffic.vision.station import Station
from simulators.camera.__main__ import JUNCTIONS, Camera
from simulators.camera.rtsp import Server, Stream

LAYOUT = next(row["layout"] for row in json.loads(JUNCTIONS.read_text(encoding="utf-8"))["junctions"] if row["code"] == "kim-cuc")
STEP_S, FRAMES = 0.2, 5
EMPTY_S, SECONDS = 6, 40
# How long a busy machine may take for a minute of pictures.
PATIENCE_S = 300
# Of the stream's own time, until a camera that shows nothing is told.
WITHIN_S = 5.0


@dataclass
class Scripted:
    """A street whose counts follow the frames, not the clock of a busy machine: lanes N1 and W1 take turns."""

    camera: Camera = field(init=False)
    now: float = 0.0
    counts: dict[str, dict[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.camera = Camera(LAYOUT, (480, 270), 4, clock=lambda: self.now)
        self.counts = {lane: {"queue": 0, "arrived": 0, "left": 0} for lane in ("N1", "W1")}
        self.camera.riders.hear(self.counts)

    def draw(self) -> Any:
        before, self.now = int(self.now), self.now + STEP_S
        if int(self.now) != before and EMPTY_S + 3 < self.now < SECONDS - 14:
            for lane, rhythm, green in (("N1", 3, range(20)), ("W1", 4, range(20, 40))):
                row = self.counts[lane]
                if int(self.now) % rhythm == 0:
                    row["arrived"] += 1
                    row["queue"] += 1
                if int(self.now) % 40 in green and row["queue"]:
                    row["queue"] -= 1
                    row["left"] += 1
        elif self.now >= SECONDS - 14 and int(self.now) != before:
            for row in self.counts.values():
                row["left"], row["queue"] = row["left"] + min(1, row["queue"]), max(0, row["queue"] - 1)
        self.camera.riders.hear(self.counts)
        return self.camera.draw()


@pytest.fixture
def street() -> Iterator[tuple[Scripted, Stream, int]]:
    scripted = Scripted()
    stream = Stream((480, 270), FRAMES, scripted.draw)
    loop, ready, port = asyncio.new_event_loop(), threading.Event(), [0]
    works: list[asyncio.Task[Any]] = []

    async def work() -> None:
        server = await asyncio.start_server(Server({"kim-cuc": stream}).serve, "127.0.0.1", 0)
        port[0] = server.sockets[0].getsockname()[1]
        works.append(asyncio.current_task())  # type: ignore[arg-type]  # inside a task there is one
        ready.set()
        while not stream.watchers:  # the script begins with whoever watches
            await asyncio.sleep(0.05)
        await stream.run()

    def run() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(work())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(30)
    yield scripted, stream, port[0]
    loop.call_soon_threadsafe(works[0].cancel)
    thread.join(10)


def until(holds: Any, what: str) -> None:
    limit = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > limit:
            pytest.fail(f"waited in vain: {what}")
        time.sleep(0.1)


def test_a_stream_is_counted_and_told_and_its_faults_are_told_and_end(street: tuple[Scripted, Stream, int], tmp_path: Path) -> None:
    scripted, stream, port = street
    described = scripted.camera.described("kim-cuc", f"rtsp://127.0.0.1:{port}/kim-cuc", FRAMES, {"CAM-N": ["N1"], "CAM-W": ["W1"]})
    setting = parse({"cameras": [{**described, "warm_up_s": EMPTY_S - 2}]}).cameras[0]
    said: list[str] = []
    station = Station(setting, home=tmp_path, log=lambda _camera, text: said.append(text), late_s=1e9)
    stop = threading.Event()
    thread = threading.Thread(target=station.run, args=(stop,), daemon=True)
    thread.start()
    server = serve([station], "127.0.0.1", 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        until(lambda: station.eye.at is not None, "the first picture")
        first = station.eye.at or 0.0
        until(lambda: scripted.now > SECONDS, "the end of the script")
        until(lambda: (station.eye.at or 0) - first > SECONDS - 2, f"the end of the pictures; {said}")
        found = asked(server.server_address[1])
        assert found["cameras"] == {"CAM-N": OK, "CAM-W": OK}
        assert not found["lost"]
        for lane, row in scripted.counts.items():
            # How exactly it counts is another test's business: here it matters that what it counts arrives.
            assert 0.5 * row["left"] <= found["lanes"][lane]["left"] <= 1.5 * row["left"]
            assert sum(found["lanes"][lane]["classes"].values()) == found["lanes"][lane]["left"]
        for kind, word in (("freeze", FROZEN), ("dark", DARK)):
            scripted.camera.fault = kind
            until(lambda word=word: asked(server.server_address[1])["cameras"] == dict.fromkeys(("CAM-N", "CAM-W"), word), word)
            assert 0 < station.health.believed_at - station.health.turned_at <= WITHIN_S + 1 / FRAMES + LOOK_EVERY_S
            assert asked(server.server_address[1])["lost"]
            scripted.camera.fault = "none"
            until(lambda: asked(server.server_address[1])["cameras"]["CAM-N"] == OK, f"the picture again after {word}")
            assert any(text == f"ok -> {word}" for text in said)
        stream.is_dropped = True
        answers: list[tuple[float, str]] = []

        def is_lost() -> bool:
            answers.append((time.time(), asked(server.server_address[1])["cameras"]["CAM-N"]))
            return answers[-1][1] == LOST

        until(is_lost, "the alarm")
        arrived = station._arrived_at
        # However busy the machine is: nobody who asks five seconds after the last frame, or later, hears that all is well.
        assert max(at for at, word in answers if word == OK) < arrived + WITHIN_S
        assert station.word(arrived + LOST_AFTER_S - 0.1) == OK
        assert station.word(arrived + WITHIN_S) == LOST
        assert asked(server.server_address[1])["lost"]
        assert any(text.endswith("-> lost") for text in said)
        stream.is_dropped = False
        until(lambda: asked(server.server_address[1])["cameras"]["CAM-N"] == OK, "the stream again")
    finally:
        stop.set()
        server.shutdown()
        thread.join(10)


def asked(port: int) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/lanes", timeout=10) as answer:
        return json.load(answer)["kim-cuc"]


def test_five_seconds_without_a_frame_are_an_alarm_and_the_usual_takes_over(tmp_path: Path) -> None:
    scripted = Scripted()
    described = scripted.camera.described("kim-cuc", "rtsp://127.0.0.1:9/none", FRAMES, {"CAM-N": ["N1"]})
    setting = parse({"cameras": [described]}).cameras[0]
    now = time.time()
    profile = Profile()
    now = now - now % 300 + 60  # well inside a slot, whatever the hour
    slot = now - 60
    for week in range(1, 4):
        at = slot - week * 7 * 86_400
        for second in range(0, 300, 5):
            profile.take("N1", at=at + second, left=second // 10, occupancy=0.5, queue=6)
        profile.take("N1", at=at + 300, left=30, occupancy=0.5, queue=6)
        profile.drop("N1")
    profile.save(tmp_path / "kim-cuc-1.profile.json")
    said: list[str] = []
    station = Station(setting, home=tmp_path, log=lambda _camera, text: said.append(text))
    station._started = now
    assert told([station], now + 4.3)["kim-cuc"]["cameras"] == {"CAM-N": OK}
    assert said == []
    found = told([station], now + 5.0)["kim-cuc"]
    assert found["cameras"] == {"CAM-N": LOST}
    assert said == ["ok -> lost"]
    assert found["lanes"]["N1"]["queue"] == 6
    assert found["lanes"]["N1"]["quality"] == pytest.approx(0.3)
    assert found["lanes"]["N1"]["source"] == "profile"
    assert told([station], now + 45.0)["kim-cuc"]["lanes"]["N1"]["left"] == 4  # 30 in 300 s go on
    # A lane of which nothing is usual is left out: whoever decides must take it for occupied.
    assert "W1" not in found["lanes"]
