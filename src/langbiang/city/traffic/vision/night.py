"""Vehicles by their headlamps, where it is too dark to see anything else of them.

In the dark the light before a vehicle is larger than the vehicle, flows into the next one, and lies on the same ground
again and again as if it were road. The lamps themselves do not: they are white and far brighter than what they light,
and those of one vehicle melt into one spot seen from above. So a vehicle is where its nose is; its class is not known.
"""

import cv2
import numpy as np

from .ground import Ground, Image
from .scene import Scene
from .seen import UNTOLD, Seen

# Median grey of the road: below the first it is night, above the second day again.
DARK, LIGHT = 42, 55
LOOK_EVERY_S = 2.0
# What all three colours of a lamp reach above the road. Ground in the light of lamps stays below, tail lamps are red only.
LAMP_OVER = 74
LEAST_M2, MOST_M2 = 0.12, 8.0
LENGTH_M, AREA_M2 = 4.6, 9.0
# Spots nearer than this are one vehicle: its two lamps; in a lane also its roof in the light of the one behind.
PAIR_M, IN_LANE_M = 2.0, 4.6


class Daylight:
    """Whether a camera sees by day; with a margin between dusk and dawn so that it does not waver."""

    def __init__(self, watched: Image) -> None:
        ys, xs = np.nonzero(watched)
        step = max(1, len(ys) // 2000)
        self._where = ys[::step], xs[::step]
        self._looked_at = -1e9
        self.is_dark = False
        self.grey = 255.0

    def begin_time_anew(self) -> None:
        """The clock of the frames was set: look at once."""
        self._looked_at = -1e9

    def look(self, flat: Image, at: float) -> bool:
        """Whether it is dark."""
        if at - self._looked_at >= LOOK_EVERY_S and len(self._where[0]):
            self._looked_at = at
            self.grey = float(np.median(flat[self._where].mean(axis=1)))
            self.is_dark = self.grey < (LIGHT if self.is_dark else DARK)
        return self.is_dark


def headlamps(flat: Image, watched: Image, ground: Ground, scene: Scene, *, grey: float, in_lane_m: float = IN_LANE_M) -> list[Seen]:
    """Vehicles by their lamps in a frame seen from above; `grey` is the level of the road, `in_lane_m` how near noses
    of one lane can be."""
    blue, green, red = cv2.split(cv2.GaussianBlur(flat, (5, 5), 0))
    white = cv2.min(cv2.min(blue, green), red)
    lit = cv2.threshold(white, grey + LAMP_OVER, 255, cv2.THRESH_BINARY)[1] & watched
    count, _labels, stats, centres = cv2.connectedComponentsWithStats(lit, connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA] / ground.px_per_m**2
    spots = [n for n in range(1, count) if LEAST_M2 <= areas[n] <= MOST_M2]
    if not spots:
        return []
    places = ground.metres(centres[spots])
    lanes, ahead = scene.lane_of(places)
    kept: list[int] = []
    # The foremost of a lane first: what shines right behind it belongs to it.
    for k in np.argsort(np.where(lanes >= 0, ahead, np.inf)).tolist():
        if not any(
            float(np.hypot(*(places[k] - places[o]))) < PAIR_M or (lanes[o] == lanes[k] >= 0 and ahead[k] - ahead[o] < in_lane_m)
            for o in kept
        ):  # fmt: skip
            kept.append(k)
    return [Seen(places[k], AREA_M2, LENGTH_M, UNTOLD, 0.3) for k in kept]
