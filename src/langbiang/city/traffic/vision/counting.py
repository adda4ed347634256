"""From tracks to figures: counts past the stop line, queues, occupancy, speed, turns, detector events."""

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from .scene import PAST_M, Scene
from .seen import UNTOLD
from .tracking import STANDING, Track

DETECTOR_OFF, DETECTOR_ON = 81, 82
# The detector of a lane lies before its stop line; occupancy is over this time.
DETECTOR_M = 3.0
OCCUPANCY_S = 60.0
# A queue is broken by a gap longer than this.
BREAK_M = 18.0
# One who begins to stand is queueing until it drives faster than this.
MOVING_AGAIN = 2.8
SPEED_OVER = 20
# Who counted and is seen so often so far before a line is somebody else.
AGAIN, AGAIN_M = 3, 5.0
# A track with fewer sightings may be a piece of another vehicle.
SHORT_LIVED = 12


@dataclass
class LaneFigures:
    """Running figures of one lane since the process began."""

    arrived: int = 0
    left: int = 0
    classes: dict[str, int] = field(default_factory=dict)
    queue: int = 0
    queue_m: float = 0.0
    occupancy: float = 0.0
    speed_kmh: float | None = None
    in_view: int = 0
    is_covered: bool = False
    _speeds: deque[float] = field(default_factory=lambda: deque(maxlen=SPEED_OVER))
    _covered: deque[tuple[float, float, bool]] = field(default_factory=deque)


@dataclass(frozen=True)
class Event:
    """A row of the high-resolution log: 82 a detector is covered, 81 free again; the lane's number counts from 1."""

    at: float
    code: int
    lane: int


class Counter:
    """Counts of one camera. Every vehicle that was seen before the line and is seen past it counts once."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.lanes = {lane.key: LaneFigures() for lane in scene.lanes}
        self.turns: dict[tuple[str, str], int] = {}
        self.events: list[Event] = []
        # Those who counted, and those who left by an exit, in the last frame.
        self.passing: list[Track] = []
        self.leaving: list[Track] = []
        self._at: float | None = None

    def step(self, tracks: list[Track], at: float, *, unready: Collection[str] = ()) -> None:
        """Take in the tracks of one frame; in `unready` lanes nothing counts yet."""
        elapsed = 0.0 if self._at is None else max(0.0, min(2.0, at - self._at))
        self._at = at
        self.passing, self.leaving = [], []
        places = np.array([t.place for t in tracks]) if tracks else np.zeros((0, 2))
        lanes, ahead = self.scene.lane_of(places)
        waiting: dict[int, list[tuple[float, float]]] = {}
        in_view = dict.fromkeys(self.scene.keys, 0)
        covered = [False] * len(self.scene.lanes)
        for track, lane, far in zip(tracks, lanes, ahead, strict=True):
            self._place(track, int(lane), float(far))
            if not track.is_sure:
                continue
            self._pass(track, tracks, unready)
            self._leave(track)
            self._stand(track, at)
            if lane >= 0 and far > -PAST_M and not track.is_counted:
                in_view[self.scene.keys[lane]] += 1
                half = max(1.0, track.length_m / 2)
                if -1.0 - half < far < DETECTOR_M + half:
                    covered[lane] = True
                if track.standing_since is not None:
                    waiting.setdefault(int(lane), []).append((float(far), track.length_m))
        for n, key in enumerate(self.scene.keys):
            figures = self.lanes[key]
            figures.in_view = in_view[key]
            figures.queue, figures.queue_m = _queue(waiting.get(n, []))
            self._cover(n, figures, covered[n], at, elapsed)

    def begin_time_anew(self) -> None:
        """The clock of the frames was set: counts go on, what is reckoned over time begins again."""
        self._at = None
        for figures in self.lanes.values():
            figures._covered.clear()

    def _place(self, track: Track, lane: int, far: float) -> None:
        """The lane a vehicle comes from: the one it was last seen in before the line."""
        if track.is_counted and lane >= 0 and far > AGAIN_M and self._along(track, lane):
            track.again += 1
            if track.again >= AGAIN:
                # Nobody comes back to before a line: the track went over to another vehicle, which has not counted yet.
                track.is_counted, track.exit, track.again = False, "", 0
                track.lane, track.first_ahead = lane, far
        if lane >= 0 and far > 0 and not track.is_counted and self._along(track, lane):
            if lane != track.lane:
                track.first_ahead = far
                track.lane = lane
            track.ahead = far

    def _along(self, track: Track, lane: int) -> bool:
        """Whether a vehicle stands or drives in the lane's direction: not one that crosses or comes against it."""
        if track.mps < STANDING:
            return True
        path = self.scene.lanes[lane].path
        way = path[-1] - path[max(0, len(path) - 3)] if len(path) > 2 else path[-1] - path[0]
        return float(track.speed @ way) > 0.5 * track.mps * float(np.hypot(*way))

    def _pass(self, track: Track, tracks: list[Track], unready: Collection[str]) -> None:
        if track.is_counted or track.lane < 0:
            return
        lane = self.scene.lanes[track.lane]
        far, aside = lane.place(track.place[None])
        if far[0] <= -PAST_M and abs(aside[0]) < lane.width_m / 2 + 2.5 and track.first_ahead >= 0.3:
            track.is_counted = True
            if lane.key in unready or self._is_part(track, tracks):
                return
            figures = self.lanes[lane.key]
            figures.left += 1
            self.passing.append(track)
            if track.kind != UNTOLD:
                figures.classes[track.kind] = figures.classes.get(track.kind, 0) + 1
            if track.mps > STANDING:
                figures._speeds.append(track.mps * 3.6)
                figures.speed_kmh = float(np.median(figures._speeds))

    @staticmethod
    def _is_part(track: Track, tracks: list[Track]) -> bool:
        """Whether this is but a piece of a vehicle that counted already: right beside it, and short-lived or begun there."""
        for other in tracks:
            if not other.is_counted or other is track or other.lane != track.lane or track.seen_at - other.seen_at >= 0.6:
                continue
            far = float(np.hypot(*(other.expected(track.seen_at) - track.place))) / max(track.length_m, other.length_m, 1e-6)
            began_there = track.beside == other.id and "motorcycle" not in (track.kind, other.kind)
            if (track.hits < SHORT_LIVED and far < 0.45) or (began_there and far < 0.75):
                return True
        return False

    def _leave(self, track: Track) -> None:
        if not track.is_counted or track.exit:
            return
        for one in self.scene.exits:
            if one.crossed(track.before, track.place):
                track.exit = one.key
                self.leaving.append(track)
                pair = (self.scene.lanes[track.lane].key, one.key)
                self.turns[pair] = self.turns.get(pair, 0) + 1

    def _stand(self, track: Track, at: float) -> None:
        if track.mps < STANDING:
            if track.standing_since is None:
                track.standing_since = at
        elif track.mps > MOVING_AGAIN:
            track.standing_since = None

    def _cover(self, n: int, figures: LaneFigures, is_covered: bool, at: float, elapsed: float) -> None:
        if is_covered != figures.is_covered:
            self.events.append(Event(at, DETECTOR_ON if is_covered else DETECTOR_OFF, n + 1))
            figures.is_covered = is_covered
        figures._covered.append((at, elapsed, is_covered))
        while figures._covered and figures._covered[0][0] < at - OCCUPANCY_S:
            figures._covered.popleft()
        total = sum(row[1] for row in figures._covered)
        figures.occupancy = sum(row[1] for row in figures._covered if row[2]) / total if total > 0 else 0.0

    def take_events(self) -> list[Event]:
        """The detector events since the last call."""
        taken, self.events = self.events, []
        return taken

    def turn_shares(self) -> Mapping[str, Mapping[str, float]]:
        """Shares of exits by lane, over the vehicles followed to an exit."""
        totals: dict[str, int] = {}
        for (lane, _exit), n in self.turns.items():
            totals[lane] = totals.get(lane, 0) + n
        found: dict[str, dict[str, float]] = {}
        for (lane, exit_), n in self.turns.items():
            found.setdefault(lane, {})[exit_] = n / totals[lane]
        return found


def _queue(standing: list[tuple[float, float]]) -> tuple[int, float]:
    """(vehicles, metres to the tail) of those who wait one behind the other from the line on."""
    last, count, tail = 0.0, 0, 0.0
    for far, length in sorted(standing):
        if far - last > BREAK_M + length / 2:
            break
        count, last, tail = count + 1, far, max(0.0, far + length / 2)
    return count, tail
