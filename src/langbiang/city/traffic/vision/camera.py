"""One camera: frames in, figures by lane out, once a second a state with its quality."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import cv2
import numpy as np

from .background import EmptyRoad, Learning
from .blobs import Sizes, vehicles
from .calibration import Calibration
from .claims import followed
from .counting import Counter, Event
from .detector import FOOTPRINT
from .ground import Image, View
from .night import IN_LANE_M, PAIR_M, Daylight, headlamps
from .scene import Scene
from .seen import Seen
from .tracking import Tracker
from .wrong_way import USUAL_M, WrongWay

Detect = Callable[[Image], list[Seen]]
# A detector tells these as well; they stand in no queue of a lane.
NO_VEHICLES = ("pedestrian",)
# Who stands longer than this where no lamp is known is no queue: a ghost, or a vehicle that is parked. Its ground is learnt.
GHOST_S = 600.0


@dataclass(frozen=True)
class LinkState:
    """A lane at a second: vehicles and metres of queue, totals since the start, occupancy 0 to 1, quality 0 to 1."""

    lane: str
    at: float
    queue: float
    queue_m: float
    arrived: int
    left: int
    classes: dict[str, int]
    occupancy: float
    speed_kmh: float | None
    quality: float
    source: str = "camera"


class Eye:
    """Counts what one calibrated camera sees: by background subtraction, or by a detector where one is given."""

    def __init__(
        self, scene: Scene, calibration: Calibration, *, sizes: Sizes | None = None, learning: Learning | None = None,
        detect: Detect | None = None, background: Image | None = None, px_per_m: float = 4.0, wrong_way_m: float = USUAL_M,
    ) -> None:  # fmt: skip
        self.scene = scene
        self.sizes = sizes or Sizes()
        self.view = View(calibration, scene, px_per_m=px_per_m)
        self.detect = detect
        self.tracker = self._tracker()
        self.counter = Counter(scene)
        self.wrong_way = WrongWay(scene, wrong_way_m)
        flat = None if background is None else self.view.flatten(background)
        self.road = EmptyRoad(
            self.view.watched, learning, background=flat, px_per_m=self.view.ground.px_per_m,
        )  # fmt: skip
        self.daylight = Daylight(self.view.watched)
        self._seams = self._between()
        self._masks = {lane.key: self.view.ground.mask([lane.outline(0.0)]) for lane in scene.lanes}
        self._learnt, self._ready = -1, set[str]()
        self.at: float | None = None

    def _tracker(self) -> Tracker:
        return Tracker(gate_m=1.2 if self.sizes.has_motorcycles else 1.8)

    def begin_time_anew(self, at: float) -> None:
        """The clock of the frames was set, or nothing was seen for long: what was learnt of the road holds, who was followed is gone."""
        if self.at is not None:
            by = at - self.at
            self.road.shift_time(by)
            self.counter.begin_time_anew()
            self.daylight.begin_time_anew()
            self.tracker, self.at = self._tracker(), None

    def see(self, frame: Image, at: float, *, red: Collection[str] | None = None) -> None:
        """Take in a frame of an instant (epoch seconds). `red`: lanes whose lamp is red, where it is known;
        where it is not, a lane in which somebody stands is held like a red one."""
        if self.at is not None and at <= self.at:
            return
        self.at = at
        seen = self._by_itself(frame, at, red) if self.detect is None else self.detect(frame)
        seen = [one for one in seen if one.kind not in NO_VEHICLES]
        unready = {key for key in self.scene.keys if not self.is_ready(key)}
        tracks = self.tracker.step(seen, at)
        self.counter.step(tracks, at, unready=unready)
        self.wrong_way.step(tracks, unready=unready)

    def _by_itself(self, frame: Image, at: float, red: Collection[str] | None) -> list[Seen]:
        flat = self.view.flatten(frame)
        if self.daylight.look(flat, at):
            near = PAIR_M if self.sizes.has_motorcycles else IN_LANE_M
            return headlamps(flat, self.view.watched, self.view.ground, self.scene, grey=self.daylight.grey, in_lane_m=near)
        ghosts = self._ghosts(at, red)
        held = [self._masks[key] & ~ghosts for key in self._held(red)]
        mask = self.road.look(flat, at, held)
        known = followed(self.tracker.tracks, self.scene, at, FOOTPRINT)
        return vehicles(mask & ~self._seams, self.view.ground, self.sizes, known)

    def _between(self) -> Image:
        """The seams between neighbouring lanes: two vehicles side by side must not become one patch."""
        ground = self.view.ground
        grown = [ground.mask([lane.outline(0.0)]) for lane in self.scene.lanes]
        grown = [cv2.dilate(mask, np.ones((3, 3), np.uint8)) for mask in grown]
        seams: Image = np.zeros_like(self.view.visible)
        for n, one in enumerate(grown):
            for other in grown[n + 1 :]:
                both: Image = np.bitwise_and(one, other)
                if cv2.countNonZero(both) > 4 * ground.px_per_m:
                    seams = np.bitwise_or(seams, both)
        return seams

    def _held(self, red: Collection[str] | None) -> list[str]:
        if red is not None:
            return [key for key in self.scene.keys if key in red]
        return [key for key, figures in self.counter.lanes.items() if figures.queue]

    def _ghosts(self, at: float, red: Collection[str] | None) -> Image:
        """Ground of what never drives off. Where lamps are known green releases it; where they are not, it would hold itself for ever."""
        found: Image = np.zeros_like(self.view.visible)
        if red is None:
            for track in self.tracker.tracks:
                if track.standing_since is not None and at - track.standing_since > GHOST_S:
                    x, y = self.view.ground.pixels(track.place[None])[0]
                    reach = (max(track.length_m, 2.0) / 2 + 1.0) * self.view.ground.px_per_m
                    cv2.circle(found, (round(float(x)), round(float(y))), round(reach), 255, -1)
        return found

    def states(self, at: float) -> list[LinkState]:
        """Every lane as it is now."""
        return [
            LinkState(
                key, at, float(f.queue), round(f.queue_m, 1), f.left + f.in_view, f.left, dict(f.classes), round(f.occupancy, 3),
                None if f.speed_kmh is None else round(f.speed_kmh, 1), self._quality(key),
            )
            for key, f in self.counter.lanes.items()
        ]  # fmt: skip

    def is_ready(self, lane: str) -> bool:
        """Whether a lane may be counted: by background subtraction only once its empty road was seen."""
        if self.detect is not None or self.daylight.is_dark:
            return True
        if self._learnt != self.road.learnt:
            self._learnt = self.road.learnt
            self._ready = {key for key, mask in self._masks.items() if self.road.is_known(mask)}
        return lane in self._ready

    def _quality(self, lane: str) -> float:
        """1 when everything is as it should be; a lane whose road is still being learnt is worth 0.3."""
        return 1.0 if self.is_ready(lane) else 0.3

    def events(self) -> list[Event]:
        """Detector events since the last call."""
        return self.counter.take_events()
