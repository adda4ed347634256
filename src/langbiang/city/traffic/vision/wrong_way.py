"""Who drives against the direction of a lane, alone and for so many metres without a break; each vehicle is told once."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from .scene import Scene
from .tracking import Track

USUAL_M = 10.0  # driven against the lane before it is told; a description of cameras may say otherwise
# Cosine of the angle to the lane's direction below which somebody drives against it, and how fast at least (m/s).
AGAINST, DRIVES, ALONG = -0.85, 2.0, 0.5
# So far inside the lane: beside it others come the other way. Sightings against the lane in a row, at least.
INSIDE_M, SIGHTINGS = 0.2, 6
# How far the way between two sightings may be from the speed, as a share of it.
UNEVEN = 0.4
# So far before and behind it nobody else is seen in the lane.
ALONE_M = 12.0


@dataclass
class _Against:
    """One track as long as it drives against a lane."""

    x: float
    y: float
    at: float
    metres: float = 0.0
    sightings: int = 1
    is_told: bool = False


class WrongWay:
    """Wrong-way drivers of one camera, counted by lane since the process began."""

    def __init__(self, scene: Scene, metres: float = USUAL_M) -> None:
        self.scene, self.metres = scene, metres
        self.counts = dict.fromkeys(scene.keys, 0)
        self._known: dict[int, _Against] = {}
        self._came: dict[int, set[int]] = {}

    def step(self, tracks: list[Track], *, unready: Collection[str] = ()) -> list[str]:
        """Take in the tracks of one frame; gives the lanes in which somebody has now driven too far the wrong way."""
        found: list[str] = []
        still: dict[int, _Against] = {}
        came: dict[int, set[int]] = {}
        places = np.array([t.place for t in tracks]) if tracks else np.zeros((0, 2))
        lanes, ahead = self.scene.lane_of(places)
        sure = np.array([t.is_sure for t in tracks], dtype=bool)
        for m, (track, n, far) in enumerate(zip(tracks, lanes, ahead, strict=True)):
            came[track.id] = self._came.get(track.id, set())
            lane = self.scene.lanes[n] if n >= 0 and far > 0 else None
            if lane is None or lane.key in unready or not track.is_sure or track.mps < DRIVES:
                continue
            way = lane.way_at(track.place)
            aside = abs(float(lane.place(track.place[None])[1][0]))
            along = float(track.speed @ way) / track.mps
            if along > ALONG:
                came[track.id].add(int(n))
            # Who came along a lane does not go back on it: the track went over to one that follows.
            if along > AGAINST or aside > lane.width_m / 2 - INSIDE_M or int(n) in came[track.id]:
                continue
            # Along a queue that begins to move tracks slide back from one vehicle to the next: only who is alone is believed.
            near = sure & (lanes == n) & (np.abs(ahead - far) < ALONE_M)
            near[m] = False
            if near.any():
                continue
            x, y = float(track.place[0]), float(track.place[1])
            one = self._known.get(track.id)
            elapsed = track.seen_at - one.at if one is not None else 0.0
            if one is not None and elapsed <= 0:  # not seen in this frame
                still[track.id] = one
                continue
            back = -float(way @ np.array([x - one.x, y - one.y])) if one is not None else 0.0
            # A vehicle goes on as fast as it drives; a track that goes over from one to the next does not.
            if one is None or abs(back / elapsed - track.mps) > UNEVEN * track.mps:
                still[track.id] = _Against(x, y, track.seen_at, is_told=one is not None and one.is_told)
                continue
            one.metres += back
            one.x, one.y, one.at, one.sightings = x, y, track.seen_at, one.sightings + 1
            still[track.id] = one
            if not one.is_told and one.metres >= self.metres and one.sightings >= SIGHTINGS:
                one.is_told = True
                self.counts[lane.key] += 1
                found.append(lane.key)
        self._known, self._came = still, came
        return found
