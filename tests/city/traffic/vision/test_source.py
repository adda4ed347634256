"""A stream that breaks, jumps or comes late is opened anew, and what is told of it holds no password."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from langbiang.city.traffic.vision import source
from langbiang.city.traffic.vision.source import Source, without_address

URL = "rtsp://admin:gehe/im@10.0.0.9:554/live?token=abc"


@dataclass
class Shown:
    """A decoded frame."""

    time: float

    def to_ndarray(self, format: str) -> Any:
        assert format == "bgr24"
        return np.zeros((2, 2, 3), np.uint8)


class Container:
    """A stream that shows frames of these instants, or fails at one that is an exception."""

    def __init__(self, instants: list[float | Exception]) -> None:
        self.instants = instants
        self.streams = type("Streams", (), {"video": [type("Video", (), {"thread_count": 0})()]})

    def __enter__(self) -> "Container":
        return self

    def __exit__(self, *_problem: object) -> None:
        pass

    def decode(self, _stream: Any) -> Iterator[Shown]:
        for instant in self.instants:
            if isinstance(instant, Exception):
                raise instant
            yield Shown(instant)


def watched(monkeypatch: pytest.MonkeyPatch, *openings: list[float | Exception] | Exception, clock: Any = time.time) -> tuple[list[float], list[str]]:
    """Times (of the stream) of the frames that come out of these openings one after the other, and what is told of the breaks."""
    stop, said, opened = threading.Event(), list[str](), iter(openings)

    def opening(*_args: Any, **_options: Any) -> Container:
        row = next(opened, None)
        if row is None:
            stop.set()
            return Container([])
        if isinstance(row, Exception):
            raise row
        return Container(row)

    monkeypatch.setattr("av.open", opening)
    monkeypatch.setattr(source, "WAITS", (0.0,))
    monkeypatch.setattr("time.time", clock)
    return [frame.at for frame in Source(URL, frames_per_s=10, on_break=said.append).frames(stop)], said


def steady(first: float, count: int) -> list[float | Exception]:
    return [first + n / 10 for n in range(count)]


def test_time_of_a_stream_that_jumps_back_or_on_opens_it_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    for jump in (-400.0, 400.0):
        found, said = watched(monkeypatch, [*steady(500, 20), *steady(500 + jump, 20)], steady(0, 20), clock=lambda: 1000.0)
        assert len(found) == 40
        assert max(found) - min(found) < 5
        assert "jumped" in said[0]
        monkeypatch.undo()


def test_a_clock_of_ours_that_was_set_forward_opens_the_stream_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, asked = time.monotonic(), [0]

    def clock() -> float:
        asked[0] += 1
        return 1000.0 + (3600.0 if asked[0] > 30 else 0.0) + time.monotonic() - begun

    found, said = watched(monkeypatch, steady(0, 60), steady(0, 5), clock=clock)
    assert "late" in said[0]
    assert found[-1] > 4500  # of the time as it is now


def test_any_mistake_of_a_decoder_is_a_break_and_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    found, said = watched(monkeypatch, [*steady(0, 3), RuntimeError("a decoder's own")], steady(0, 3), clock=lambda: 1000.0)
    assert len(found) == 6
    assert said[0] == "RuntimeError: a decoder's own"


def test_no_user_and_no_password_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    _found, said = watched(monkeypatch, OSError(f"[Errno 111] Connection refused: '{URL}'"))
    assert "10.0.0.9:554" in said[0]
    for secret in ("admin", "gehe", "im@", "token", "abc"):
        assert secret not in said[0]


@pytest.mark.parametrize(
    "text",
    [
        "moved to rtsp://u:secret@10.0.0.9/x", "http://10.0.0.9/snap?user=a&password=secret refused", "'rtsps://u:p@secret@10.0.0.9:322/a',",
        "rtsp://10.0.0.9/user=a&password=secret",
    ],
)  # fmt: skip
def test_of_any_address_only_the_host_is_told(text: str) -> None:
    found = without_address(text, URL)
    assert "secret" not in found
    assert "10.0.0.9" in found


def test_a_stream_really_refused_tells_no_password() -> None:
    stop, said = threading.Event(), list[str]()

    def tell(why: str) -> None:
        said.append(why)
        stop.set()

    assert list(Source("rtsp://admin:secret@127.0.0.1:9/none", on_break=tell).frames(stop)) == []
    assert said
    assert "secret" not in said[0]
