"""Who drives against the direction of a lane, for so many metres without a break; each vehicle is told once."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from .scene import Scene
from .tracking import Track

USUAL_M = 10.0  # driven against the lane before it is told; a description of cameras may say otherwise
# Cosine of the angle to the lane's direction below which somebody drives against it, and how fast at least (m/s).
AGAINST, DRIVES = -0.85, 2.0
# So far inside the lane: beside it others come the other way. Sightings against the lane in a row, at least.
INSIDE_M, SIGHTINGS = 0.2, 6
# A vehicle does not get further between two frames; who does went over to another one.
JUMP_M = 4.0


@dataclass
class _Against:
    """One track as long as it drives against a lane."""

    x: float
    y: float
    metres: float = 0.0
    sightings: int = 1
    is_told: bool = False


class WrongWay:
    """Wrong-way drivers of one camera, counted by lane since the process began."""

    def __init__(self, scene: Scene, metres: float = USUAL_M) -> None:
        self.scene, self.metres = scene, metres
        self.counts = dict.fromkeys(scene.keys, 0)
        self._known: dict[int, _Against] = {}

    def step(self, tracks: list[Track], *, unready: Collection[str] = ()) -> list[str]:
        """Take in the tracks of one frame; gives the lanes in which somebody has now driven too far the wrong way."""
        found: list[str] = []
        still: dict[int, _Against] = {}
        places = np.array([t.place for t in tracks]) if tracks else np.zeros((0, 2))
        lanes, ahead = self.scene.lane_of(places)
        for track, n, far in zip(tracks, lanes, ahead, strict=True):
            lane = self.scene.lanes[n] if n >= 0 and far > 0 else None
            if lane is None or lane.key in unready or not track.is_sure or track.mps < DRIVES:
                continue
            way = lane.way_at(track.place)
            aside = abs(float(lane.place(track.place[None])[1][0]))
            if float(track.speed @ way) > AGAINST * track.mps or aside > lane.width_m / 2 - INSIDE_M:
                continue
            x, y = float(track.place[0]), float(track.place[1])
            one = self._known.get(track.id)
            if one is None or np.hypot(x - one.x, y - one.y) > JUMP_M:
                still[track.id] = _Against(x, y, is_told=one is not None and one.is_told)
                continue
            one.metres += max(0.0, -float(way @ np.array([x - one.x, y - one.y])))
            one.x, one.y, one.sightings = x, y, one.sightings + 1
            still[track.id] = one
            if not one.is_told and one.metres >= self.metres and one.sightings >= SIGHTINGS:
                one.is_told = True
                self.counts[lane.key] += 1
                found.append(lane.key)
        self._known = still
        return found
