"""Which part of a foreground mask belongs to vehicles that are followed already.

A patch by itself does not say how two vehicles share it, nor that a bonnet beyond a dark windscreen is of the vehicle
behind it. Whoever followed them knows where each should be, which way it points and how large it is: every pixel goes to
the vehicle whose box it lies deepest in, and the box is moved so far that it holds its pixels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .ground import Ground, Image
from .scene import Points, Scene
from .tracking import Track

# How far beyond its box, as a share of its width, and at least in metres, pixels may still be of a vehicle.
REACH, LEAST_REACH_M = 0.35, 0.3
# Less of itself than this, and a vehicle is not seen; less of a patch than this, and the patch is another's.
LEAST_SEEN, LEAST_OF_PATCH = 0.35, 0.12


@dataclass(frozen=True)
class Known:
    """A vehicle that is followed: its track, where it should be, the unit vector it points along, its size in metres."""

    track: int
    place: Points
    way: Points
    length_m: float
    width_m: float
    area_m2: float
    kind: str


@dataclass(frozen=True)
class Claim:
    """What a vehicle holds of the mask: patches and their pixels, and where it is by that."""

    known: Known
    place: Points
    area_m2: float
    patches: frozenset[int]

    def holds(self, spot: Points) -> bool:
        """Whether a spot lies within the vehicle."""
        off, way = spot - self.place, self.known.way
        along, across = abs(float(off @ way)), abs(float(off[1] * way[0] - off[0] * way[1]))
        return along < self.known.length_m / 2 and across < self.known.width_m / 2


def followed(tracks: Sequence[Track], scene: Scene, at: float, usual: Mapping[str, tuple[float, float]]) -> list[Known]:
    """The vehicles of tracks whose size is known, where they should be at an instant; `usual`: (length, width) by class at least."""
    sure = sorted((t for t in tracks if t.is_settled), key=lambda t: -t.hits)
    if not sure:
        return []
    places = np.array([t.expected(at) for t in sure])
    lanes, _ahead = scene.lane_of(places)
    found: list[Known] = []
    for track, place, lane in zip(sure, places, lanes, strict=True):
        if not track.way.any() and lane < 0:
            continue
        way = track.way if track.way.any() else scene.lanes[int(lane)].way_at(place)
        long, wide = usual[track.kind if track.kind in usual else "car"]
        long = track.length_m or long
        wide = min(track.width_m or wide, long)
        if any(_is_same(place, way, (long, wide), o) for o in found):
            continue
        found.append(Known(track.id, place, way, long, wide, track.area_m2 or long * wide, track.kind))
    return found


def _is_same(place: Points, way: Points, size: tuple[float, float], other: Known) -> bool:
    """Whether a vehicle of this size would stand in another that points the same way, by more than half."""
    off = place - other.place
    along, across = abs(float(off @ other.way)), abs(float(off[1] * other.way[0] - off[0] * other.way[1]))
    common = [(one + its) / 2 - far for one, its, far in zip(size, (other.length_m, other.width_m), (along, across), strict=True)]
    smaller = min(size[0], other.length_m), min(size[1], other.width_m)
    return float(way @ other.way) > 0.5 and all(c > 0.5 * least for c, least in zip(common, smaller, strict=True))


class Claims:
    """Shares out the pixels of labelled patches among vehicles."""

    def __init__(self, labels: Image, ground: Ground, known: Sequence[Known]) -> None:
        self.labels, self.ground = labels, ground
        self.owner: Image = np.full(labels.shape, -1, np.int16)
        self._depth = np.full(labels.shape, np.inf, np.float32)
        for n, one in enumerate(known):
            self._claim(n, one)
        found = [self._held(n, one) for n, one in enumerate(known)]
        self.claims = [claim for claim in found if claim is not None]

    def _window(self, one: Known) -> tuple[NDArray[np.intp], NDArray[np.intp], Points, Points]:
        """Foreground pixels around a vehicle: rows, columns, metres along it and across it from its middle."""
        k = self.ground.px_per_m
        reach = one.length_m / 2 + one.width_m
        x, y = self.ground.pixels(one.place[None])[0]
        height, width = self.labels.shape
        top, bottom = max(0, int(y - reach * k)), min(height, int(y + reach * k) + 2)
        left, right = max(0, int(x - reach * k)), min(width, int(x + reach * k) + 2)
        if top >= bottom or left >= right:
            empty = np.zeros(0, np.intp)
            return empty, empty, np.zeros(0), np.zeros(0)
        ys, xs = np.nonzero(self.labels[top:bottom, left:right])
        ys, xs = ys + top, xs + left
        off = self.ground.metres(np.column_stack([xs, ys])) - one.place
        return ys, xs, off @ one.way, off @ np.array([-one.way[1], one.way[0]])

    def _claim(self, n: int, one: Known) -> None:
        ys, xs, along, across = self._window(one)
        reach = max(LEAST_REACH_M, REACH * one.width_m)
        half, side = one.length_m / 2, one.width_m / 2
        within = (np.abs(along) <= half + reach) & (np.abs(across) <= side + reach)
        ys, xs, along, across = ys[within], xs[within], along[within], across[within]
        # Metres outside the box; inside it negative, by how deep.
        depth = np.maximum(np.abs(along) - half, np.abs(across) - side).astype(np.float32)
        mine = depth < self._depth[ys, xs]
        self._depth[ys[mine], xs[mine]] = depth[mine]
        self.owner[ys[mine], xs[mine]] = n

    def _held(self, n: int, one: Known) -> Claim | None:
        ys, xs, along, across = self._window(one)
        mine = self.owner[ys, xs] == n
        k = self.ground.px_per_m
        area = float(np.count_nonzero(mine)) / k**2
        if area < LEAST_SEEN * one.area_m2:
            self.owner[ys[mine], xs[mine]] = -1
            return None
        along, across = along[mine], across[mine]
        side = np.array([-one.way[1], one.way[0]])
        place = one.place + one.way * _shift(along, one.length_m, 0.5 / k) + side * _shift(across, one.width_m, 0.5 / k)
        of_patch = np.bincount(self.labels[ys[mine], xs[mine]])
        patches = np.nonzero(of_patch > LEAST_OF_PATCH * k**2 * min(one.area_m2, 2.0))[0]
        return Claim(one, place, area, frozenset(int(p) for p in patches))


def _shift(spots: Points, size: float, rim: float) -> float:
    """How far a box of this size must be moved to hold pixels at these metres from its middle."""
    low, high = np.percentile(spots, (3, 97))
    low, high = float(low) - rim, float(high) + rim
    ends = low + size / 2, high - size / 2
    if high - low > size:
        # Something else joins on: the end that is nearer to where it should be is its own.
        return min(ends, key=abs)
    if high - low >= 0.85 * size:
        return (low + high) / 2
    return min(0.0, ends[0]) if ends[0] < 0 else max(0.0, ends[1])
