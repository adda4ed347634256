"""Frames out of a stream or a file, stamped with the time the camera gave them. They live in memory and nowhere else."""

import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import av
import numpy as np

from .ground import Image

READ_S, OPEN_S = 4.0, 6.0
WAITS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
# A stream that lasted this long was a good one: the next break begins with the shortest wait again.
GOOD_S = 10.0
# The offset between the camera's clock and ours is the smallest seen; it may creep up by this much a second.
CREEP = 0.001
# Later than this a frame of a stream is passed over, so that what is told is of now; one a second is looked at all the same.
LATE_S, AT_LEAST_EVERY_S = 1.0, 1.0
# A stream whose own time jumps by more, or that is later than this by our clock, is opened anew: one of the clocks was set.
JUMP_S, MOST_LATE_S = 5.0, 10.0


@dataclass(frozen=True)
class Frame:
    """A picture (rows, columns, BGR) of an instant in epoch seconds."""

    at: float
    image: Image


def is_stream(url: str) -> bool:
    """Whether it comes from a network as it happens."""
    return "://" in url and not url.startswith("file:")


def without_address(text: str, url: str) -> str:
    """A text for the log: of addresses only the host, as user, password and tokens stand in them."""
    if is_stream(url):
        text = text.replace(url, _host(url))
    return re.sub(r"\w+://\S+", lambda found: _host(found.group()), text)


def _host(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{re.split(r'[/?#]', rest.rpartition('@')[2])[0]}".rstrip("'\"),;:")


class Source:
    """One camera. `frames` goes on for ever over breaks of a stream, and to the end of a file."""

    def __init__(
        self, url: str, *, frames_per_s: float = 10.0, begins_at: float | None = None, is_paced: bool = True,
        late_s: float = LATE_S, on_break: Callable[[str], None] | None = None,
    ) -> None:  # fmt: skip
        self.url, self.every_s = url, 1.0 / frames_per_s
        self.begins_at, self.is_paced, self.late_s = begins_at, is_paced, late_s
        self.on_break = on_break or (lambda why: None)

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """Frames as they come, at most so many a second."""
        failures = 0
        while not stop.is_set():
            opened = time.monotonic()
            try:
                yield from self._once(stop)
                why = "the stream ended"
            except Exception as problem:  # decoders raise types of their own; none of them may end a stream for good
                why = without_address(f"{type(problem).__name__}: {problem}", self.url)
            if not is_stream(self.url):
                if why != "the stream ended":
                    self.on_break(why)
                return
            if stop.is_set():
                return
            failures = 0 if time.monotonic() - opened > GOOD_S else failures + 1
            self.on_break(why)
            stop.wait(WAITS[min(failures, len(WAITS) - 1)] * random.uniform(0.8, 1.2))

    def _once(self, stop: threading.Event) -> Iterator[Frame]:
        options = {"rtsp_transport": "tcp", "fflags": "nobuffer", "flags": "low_delay", "analyzeduration": "1000000"} if is_stream(self.url) else {}
        with av.open(self.url, options=options, timeout=(OPEN_S, READ_S)) as container:
            if not container.streams.video:
                raise ValueError("there is no picture in this stream")
            stream = container.streams.video[0]
            stream.thread_count = 1
            anchor: float | None = None
            due = first = shown_at = -1e18
            last: float | None = None
            for frame in container.decode(stream):
                if stop.is_set():
                    return
                if frame.time is None:
                    continue
                pts = float(frame.time)
                if is_stream(self.url) and last is not None and abs(pts - last) > JUMP_S:
                    raise ValueError(f"the time of the stream jumped by {pts - last:.0f} s")
                last = pts
                if anchor is None:
                    first, anchor = pts, (self.begins_at if self.begins_at is not None else time.time()) - pts
                elif is_stream(self.url):
                    # Frames come late by what the network adds: the earliest arrival tells the offset best.
                    anchor = min(anchor + CREEP * self.every_s, time.time() - pts)
                elif self.is_paced:
                    stop.wait(max(0.0, anchor + pts - time.time()) if self.begins_at is None else 0.0)
                if pts < due - 0.2 * self.every_s:
                    continue
                now = time.time()
                if is_stream(self.url) and now - anchor - pts > max(MOST_LATE_S, self.late_s):
                    raise ValueError(f"the stream is {now - anchor - pts:.0f} s late")
                if is_stream(self.url) and now - anchor - pts > self.late_s and now - shown_at < AT_LEAST_EVERY_S:
                    continue
                shown_at = now
                due = max(due + self.every_s, pts) if due > first else pts + self.every_s
                yield Frame(anchor + pts, np.asarray(frame.to_ndarray(format="bgr24")))
