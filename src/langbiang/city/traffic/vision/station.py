"""One camera at work: its frames, its health, its counts, and what stands in for them while it does not see."""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from .background import Learning
from .blobs import Sizes
from .calibration import Calibration
from .camera import Eye
from .configuration import CameraSetting
from .counting import Event
from .detector import OnnxDetector, on_the_ground
from .ground import Image
from .health import LOST, LOST_AFTER_S, OK, Health, Reference
from .profile import Profile
from .seen import Seen
from .source import LATE_S, Source

PROFILE_QUALITY = 0.3
SAVE_EVERY_S = 300.0
EVENTS_KEPT = 2000
Log = Callable[[str, str], None]
Lamps = Callable[[str], Mapping[str, str] | None]


class Station:
    """Runs in a thread of its own; `lanes` and `word` may be asked from any other."""

    def __init__(self, setting: CameraSetting, *, home: Path, log: Log, lamps: Lamps | None = None, late_s: float = LATE_S) -> None:
        self.setting, self.log, self.late_s = setting, log, late_s
        self.lamps = lamps or (lambda junction: None)
        self.paths = home / f"{setting.key}.features.npz", home / f"{setting.key}.profile.json"
        self.profile = Profile.load(self.paths[1])
        self.health = Health(Reference.load(self.paths[0]))
        self.eye = self._eye()
        self.version = 0  # of the saved calibration in use; 0 is the one of the description
        self.offered = ("", 0)  # zone and number of the saved version looked at last, used or refused
        self._next: tuple[CameraSetting, int] | None = None
        self.events: list[tuple[int, Event]] = []
        self._events = 0
        self._started = time.time()
        self._frame_at: float | None = None
        self._arrived_at = -1e18
        self._told: dict[str, dict[str, Any]] = {}
        self._said = OK
        self._added: dict[str, float] = dict.fromkeys(setting.scene.keys, 0.0)
        self._substituted_at: float | None = None
        self._saved_at = time.time()
        self._lock = threading.Lock()

    def _eye(self) -> Eye:
        setting = self.setting
        return Eye(
            setting.scene, setting.calibration, sizes=Sizes(has_motorcycles=setting.has_motorcycles), px_per_m=setting.px_per_m,
            detect=self._detector(), learning=Learning(warm_up_s=setting.warm_up_s),
        )  # fmt: skip

    def recalibrate(self, calibration: Calibration, version: int) -> None:
        """Look anew from the next frame on: the road is learnt again, the view as it is now is the one to compare with."""
        self._next = replace(self.setting, calibration=calibration), version

    def _begin_anew(self) -> None:
        """In the thread of the frames, between two of them."""
        taken, self._next = self._next, None
        assert taken is not None
        with self._lock:
            for lane, figures in self.eye.counter.lanes.items():  # counters only ever grow
                self._added[lane] += figures.left
            self.setting, self.version = taken
            self.eye, self._told = self._eye(), {}
            self.health = Health(None)
        self.paths[0].unlink(missing_ok=True)
        self.log(self.setting.key, f"calibration version {self.version} is in use")

    def _detector(self) -> Callable[[Image], list[Seen]] | None:
        if self.setting.model is None:
            return None
        detector, calibration = OnnxDetector(self.setting.model), self.setting.calibration
        return lambda frame: on_the_ground(detector.boxes(frame), calibration)

    def run(self, stop: threading.Event) -> None:
        """Until told to stop, or the file ends."""
        source = Source(
            self.setting.url, frames_per_s=self.setting.frames_per_s, late_s=self.late_s, on_break=lambda why: self.log(self.setting.key, why)
        )
        for frame in source.frames(stop):
            self.take(frame.image, frame.at)

    def take(self, image: Image, at: float) -> None:
        """One frame."""
        if self._next is not None:
            self._begin_anew()
        width, height = self.setting.calibration.size
        if image.shape[:2] != (height, width):
            self.log(self.setting.key, f"the picture is {image.shape[1]} x {image.shape[0]}, the calibration is for {width} x {height}")
            return
        self._arrived_at = time.time()
        word = self.health.look(image, at)
        if word == OK:
            lamps = self.lamps(self.setting.junction)
            red = None if lamps is None else {lane for lane, lamp in lamps.items() if lamp == "r"}
            self.eye.see(image, at, red=red)
        with self._lock:
            self._frame_at = at
            if word == OK:
                self._note(at)

    def _note(self, at: float) -> None:
        for event in self.eye.events():
            self._events += 1
            self.events.append((self._events, event))
        del self.events[:-EVENTS_KEPT]
        ready = [state for state in self.eye.states(at) if self.eye.is_ready(state.lane)]
        turns = self.eye.counter.turns
        self._told = {
            state.lane: {
                "queue": state.queue, "queue_m": state.queue_m, "arrived": state.arrived + int(self._added[state.lane]),
                "left": state.left + int(self._added[state.lane]), "classes": state.classes, "occupancy": state.occupancy,
                "speed_kmh": state.speed_kmh, "quality": state.quality, "source": state.source,
                "turns": {exit_: n for (lane, exit_), n in turns.items() if lane == state.lane},
            }
            for state in ready
        }  # fmt: skip
        for state in ready:
            self.profile.take(state.lane, at=at, left=state.left, occupancy=state.occupancy, queue=state.queue)
        if time.time() - self._saved_at > SAVE_EVERY_S:
            self.save()

    def save(self) -> None:
        """Keep profile and features; both hold no picture."""
        self._saved_at = time.time()
        self.profile.save(self.paths[1])
        if self.health.reference is not None and not self.paths[0].is_file():
            self.health.reference.save(self.paths[0])

    def word(self, now: float) -> str:
        """The state of the camera; without a frame for five seconds it is lost, whatever was seen before."""
        since = max(self._arrived_at, self._started)
        word = LOST if now - since >= LOST_AFTER_S else self.health.word
        if word != self._said:
            self.log(self.setting.key, f"{self._said} -> {word}")
            self._said = word
        return word

    def seen(self, now: float) -> tuple[float, str, dict[str, dict[str, Any]]]:
        """(instant of the last frame, state, lanes). Lanes that are not seen, or whose empty road is not known yet, carry
        what is usual, or are left out: a constant call."""
        with self._lock:
            word = self.word(now)
            at = self._frame_at if self._frame_at is not None else self._started
            known = dict(self._told) if word == OK else {}
            unknown = [lane for lane in self.setting.scene.keys if lane not in known]
            for lane in unknown:
                self.profile.drop(lane)
            return at, word, {**known, **self._substitute(unknown, now)}

    def _substitute(self, lanes: Collection[str], now: float) -> dict[str, dict[str, Any]]:
        elapsed = 0.0 if self._substituted_at is None else now - self._substituted_at
        self._substituted_at = now if lanes else None
        found = {}
        for lane in lanes:
            usual = self.profile.usual(lane, now)
            if usual is None:
                continue
            self._added[lane] += usual.flow * elapsed
            figures, added = self.eye.counter.lanes[lane], int(self._added[lane])
            found[lane] = {
                # Somebody always waits where nobody can be seen.
                "queue": max(1.0, usual.queue), "queue_m": 0.0, "arrived": figures.left + added, "left": figures.left + added,
                "classes": dict(figures.classes), "occupancy": round(usual.occupancy, 3), "speed_kmh": None,
                "quality": PROFILE_QUALITY, "source": "profile", "turns": {},
            }  # fmt: skip
        return found
