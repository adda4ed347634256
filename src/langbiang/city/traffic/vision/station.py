"""One camera at work: its frames, its health, its counts, and what stands in for them while it does not see."""

import threading
import time
from collections import deque
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
from .health import LOST, LOST_AFTER_S, OK, Clearness, Health, Reference
from .profile import Profile
from .seen import Seen
from .source import LATE_S, Source

PROFILE_QUALITY = 0.3
SAVE_EVERY_S = 300.0
EVENTS_KEPT = 2000
# Fewer than this share of the frames wanted, over so many seconds, and counts are worth no more than this.
SLOW_SHARE, SLOW_OVER_S, SLOW_QUALITY = 0.5, 10.0, 0.5
# Frames further apart than this, or back by more, mean a clock that was set: seconds nobody saw are no seconds of learning.
BACK_S, GAP_S = 1.0, 60.0
# What is usual goes on over a silence of ours, but not over a clock that was set.
LONGEST_STEP_S = 60.0
# So many different faults are told once each; a text that differs every time must not fill a disk.
FAULTS_TOLD = 100
Log = Callable[[str, str], None]
Lamps = Callable[[str], Mapping[str, str] | None]


class Station:
    """Runs in a thread of its own; `lanes` and `word` may be asked from any other."""

    def __init__(self, setting: CameraSetting, *, home: Path, log: Log, lamps: Lamps | None = None, late_s: float = LATE_S) -> None:
        self.setting, self.log, self.late_s = setting, log, late_s
        self.lamps = lamps or (lambda junction: None)
        self.paths = home / f"{setting.key}.features.npz", home / f"{setting.key}.profile.json", home / f"{setting.key}.clear.npz"
        self.profile = Profile.load(self.paths[1])
        self.health = Health(Reference.load(self.paths[0]), Clearness.load(self.paths[2]))
        self.eye = self._eye(setting)
        self.version = 0  # of the saved calibration in use; 0 is the one of the description
        self.offered = ("", 0)  # zone and number of the saved version looked at last, used or refused
        # Zone and number of the version under which the view to compare with was taken.
        self._view = self.health.reference.view if self.health.reference is not None else ("", 0)
        self._next: tuple[CameraSetting, str, int] | None = None
        self.events: list[tuple[int, Event]] = []
        self._events = 0
        self._started = time.time()
        self._frame_at: float | None = None
        self._arrived_at = -1e18
        self._told: dict[str, dict[str, Any]] = {}
        self._said = OK
        self._added: dict[str, float] = dict.fromkeys(setting.scene.keys, 0.0)
        self._substituted_at: float | None = None
        self._saved_at = time.monotonic()
        self._faults: set[str] = set()
        self._instants: deque[float] = deque()
        self._rate_since: float | None = None
        self._is_slow = False
        self._lock = threading.Lock()

    def _eye(self, setting: CameraSetting) -> Eye:
        return Eye(
            setting.scene, setting.calibration, sizes=Sizes(has_motorcycles=setting.has_motorcycles), px_per_m=setting.px_per_m,
            detect=self._detector(setting), learning=Learning(warm_up_s=setting.warm_up_s),
            wrong_way_m=setting.wrong_way_m,
        )  # fmt: skip

    def recalibrate(self, calibration: Calibration, zone: str, number: int) -> None:
        """Look anew from the next frame on: the road is learnt again. Of a version that was not in use before, the view as
        it is now is the one to compare with; at a new start with the same version the view that was kept still is."""
        self._next = replace(self.setting, calibration=calibration), zone, number

    def _begin_anew(self) -> None:
        """In the thread of the frames, between two of them."""
        taken, self._next = self._next, None
        assert taken is not None
        setting, zone, number = taken
        eye = self._eye(setting)
        with self._lock:
            for lane, figures in self.eye.counter.lanes.items():  # counters only ever grow
                self._added[lane] += figures.left
            self.setting, self.version = setting, number
            self.eye, self._told = eye, {}
            if self._view != (zone, number):
                self._view, self.health = (zone, number), Health(None)
                for path in (self.paths[0], self.paths[2]):
                    path.unlink(missing_ok=True)
        self.log(self.setting.key, f"calibration version {self.version} is in use")

    def _detector(self, setting: CameraSetting) -> Callable[[Image], list[Seen]] | None:
        if setting.model is None:
            return None
        detector, calibration = OnnxDetector(setting.model), setting.calibration
        return lambda frame: on_the_ground(detector.boxes(frame), calibration)

    def _say_once(self, text: str) -> None:
        if text not in self._faults and len(self._faults) < FAULTS_TOLD:
            self._faults.add(text)
            self.log(self.setting.key, text)

    def run(self, stop: threading.Event) -> None:
        """Until told to stop, or the file ends."""
        source = Source(
            self.setting.url, frames_per_s=self.setting.frames_per_s, late_s=self.late_s, on_break=lambda why: self.log(self.setting.key, why)
        )
        for frame in source.frames(stop):
            try:
                self.take(frame.image, frame.at)
            except Exception as problem:  # a frame that cannot be used must not end the camera; without any it is lost
                self._say_once(f"a frame could not be used: {type(problem).__name__}: {problem}")

    def take(self, image: Image, at: float) -> None:
        """One frame. Only one that could be used keeps the camera from being lost."""
        if self._next is not None:
            self._begin_anew()
        width, height = self.setting.calibration.size
        if image.shape[:2] != (height, width):
            self._say_once(f"the picture is {image.shape[1]} x {image.shape[0]}, the calibration is for {width} x {height}")
            return
        self._check_clock(at)
        word = self.health.look(image, at)
        if word == OK:
            lamps = self.lamps(self.setting.junction)
            red = None if lamps is None else {lane for lane, lamp in lamps.items() if lamp == "r"}
            self.eye.see(image, at, red=red)
        self._check_rate(at)
        with self._lock:
            self._arrived_at, self._frame_at = time.time(), at
            if word == OK:
                self._note(at)
        if time.monotonic() - self._saved_at > SAVE_EVERY_S:
            self.save()

    def _check_clock(self, at: float) -> None:
        """Where a clock was set, or nothing came for long, health and eye go on as if no time had passed."""
        if self._frame_at is None or -BACK_S <= at - self._frame_at <= GAP_S:
            return
        self.log(self.setting.key, f"the time of the frames went {'back' if at < self._frame_at else 'on'} by {abs(at - self._frame_at):.0f} s")
        self.health.begin_time_anew()
        self.eye.begin_time_anew(at)
        self._instants.clear()
        self._rate_since = None

    def _check_rate(self, at: float) -> None:
        """Fewer than half of the frames wanted: vehicles may slip through between two."""
        self._rate_since = at if self._rate_since is None else self._rate_since
        self._instants.append(at)
        while self._instants[0] <= at - SLOW_OVER_S:
            self._instants.popleft()
        rate = len(self._instants) / SLOW_OVER_S
        is_slow = at - self._rate_since >= SLOW_OVER_S and rate < SLOW_SHARE * self.setting.frames_per_s
        if is_slow != self._is_slow:
            self._is_slow = is_slow
            wanted = f"{rate:.1f} frames a second of {self.setting.frames_per_s:.0f} wanted"
            self.log(self.setting.key, f"{wanted}: counts are worth less" if is_slow else f"{wanted}: enough again")

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
                "speed_kmh": state.speed_kmh, "quality": min(state.quality, SLOW_QUALITY) if self._is_slow else state.quality, "source": state.source,
                "turns": {exit_: n for (lane, exit_), n in turns.items() if lane == state.lane},
                "wrong_way": self.eye.wrong_way.counts[state.lane],
            }
            for state in ready
        }  # fmt: skip
        for state in ready:
            self.profile.take(state.lane, at=at, left=state.left, occupancy=state.occupancy, queue=state.queue)

    def save(self) -> None:
        """Keep profile, features and clearness, none of which holds a picture; what cannot be kept is told and tried again later."""
        self._saved_at = time.monotonic()
        try:
            self.profile.save(self.paths[1])
            self.health.clearness.save(self.paths[2])
            if self.health.reference is not None and not self.paths[0].is_file():
                self.health.reference.view = self._view
                self.health.reference.save(self.paths[0])
        except OSError as problem:
            self._say_once(f"what was learnt cannot be kept: {problem}")

    def word(self, now: float) -> str:
        """The state of the camera; without a frame for five seconds it is lost, whatever was seen before."""
        since = max(self._arrived_at, self._started)
        if since > now + BACK_S:  # our own clock was set back
            self._arrived_at = self._started = since = now
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
        elapsed = 0.0 if self._substituted_at is None else min(LONGEST_STEP_S, max(0.0, now - self._substituted_at))
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
