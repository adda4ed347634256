"""What a camera looks at, on the map: lanes that end at a stop line, and exits. Metres, x to the east, y to the north."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Points = NDArray[Any]
# A vehicle counts once it is this far past the stop line.
PAST_M = 1.0
# How far past the stop line a lane is still looked along.
BEYOND_M = 8.0


class BadScene(ValueError):
    """A lane or exit that cannot be; the message names it, the rule and the way out."""


def as_points(value: Any, what: str, *, least: int = 2) -> Points:
    """Points of a description. Raises BadScene."""
    try:
        points = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise BadScene(f"{what}: points are pairs of numbers, as [[0, 40], [0, 6]]") from problem
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < least or not np.isfinite(points).all():
        raise BadScene(f"{what}: at least {least} points are needed, each a pair of numbers in metres, as [[0, 40], [0, 6]]")
    return points


@dataclass(frozen=True)
class Lane:
    """A lane of an approach: its centre line in driving direction; the last point is the stop line."""

    key: str
    path: Points
    width_m: float = 3.2

    def __post_init__(self) -> None:
        if self.length_m < 2:
            raise BadScene(f"lane {self.key}: the centre line is {self.length_m:.1f} m long, at least 2 m are needed")
        if not 1.5 <= self.width_m <= 12:
            raise BadScene(f"lane {self.key}: width_m is {self.width_m:g}, it lies from 1.5 to 12")

    @cached_property
    def _steps(self) -> tuple[Points, NDArray[np.float64], NDArray[np.float64]]:
        """Starts of the pieces, their unit directions, and metres from each start to the stop line."""
        deltas = np.diff(self.path, axis=0)
        lengths = np.hypot(deltas[:, 0], deltas[:, 1])
        keep = lengths > 1e-6
        deltas, lengths = deltas[keep], lengths[keep]
        return self.path[:-1][keep], deltas / lengths[:, None], lengths[::-1].cumsum()[::-1]

    @cached_property
    def length_m(self) -> float:
        """Metres from the first point to the stop line."""
        return float(np.hypot(*np.diff(self.path, axis=0).T).sum())

    @property
    def heading(self) -> Points:
        """Driving direction at the stop line, a unit vector."""
        return np.asarray(self._steps[1][-1])

    def place(self, points: Points) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(metres to the stop line, metres aside to the left) of points; past the line the first is negative."""
        starts, ways, ahead = self._steps
        rel = points[:, None, :] - starts[None]
        along = (rel * ways[None]).sum(axis=2)
        aside = rel[..., 1] * ways[None, :, 0] - rel[..., 0] * ways[None, :, 1]
        lengths = ahead - np.append(ahead[1:], 0.0)
        # The last piece goes on past the stop line; before the first point a place lies outside the lane.
        over = np.maximum(0.0, np.maximum(-along, along - np.append(lengths[:-1], np.inf)))
        best = np.argmin(np.hypot(over, aside), axis=1)
        rows = np.arange(len(points))
        return ahead[best] - along[rows, best], aside[rows, best]

    def way_at(self, point: Points) -> Points:
        """The driving direction nearest to a point, a unit vector."""
        starts, ways, ahead = self._steps
        lengths = ahead - np.append(ahead[1:], 0.0)
        along = np.clip(((point - starts) * ways).sum(axis=1), 0.0, lengths)
        off = starts + ways * along[:, None] - point
        return np.asarray(ways[int(np.argmin(np.hypot(off[:, 0], off[:, 1])))])

    def outline(self, beyond_m: float = 0.0) -> Points:
        """The lane as a polygon, up to the stop line or so many metres past it."""
        path = self.path.copy()
        path[-1] = path[-1] + self.heading * beyond_m
        ways = np.gradient(path, axis=0)
        ways /= np.maximum(1e-9, np.hypot(ways[:, 0], ways[:, 1]))[:, None]
        across = np.stack([-ways[:, 1], ways[:, 0]], axis=1) * self.width_m / 2
        return np.concatenate([path + across, (path - across)[::-1]])


@dataclass(frozen=True)
class Exit:
    """A line across the way out of a junction."""

    key: str
    line: Points

    def crossed(self, before: Points, after: Points) -> bool:
        """Whether somebody who went from one point to the other crossed the line."""
        a, b = self.line[0], self.line[1]

        def side(p: Points, q: Points, r: Points) -> float:
            return float((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))

        return side(a, b, before) * side(a, b, after) < 0 and side(before, after, a) * side(before, after, b) < 0


@dataclass(frozen=True)
class Scene:
    """All lanes and exits in view of a camera."""

    lanes: tuple[Lane, ...]
    exits: tuple[Exit, ...] = ()

    def __post_init__(self) -> None:
        keys = [lane.key for lane in self.lanes]
        if not keys:
            raise BadScene("lanes: a camera watches at least one lane")
        for kind, names in (("lane", keys), ("exit", [e.key for e in self.exits])):
            if twice := {name for name in names if names.count(name) > 1}:
                raise BadScene(f"{kind} {min(twice)}: the key stands there twice")

    @property
    def keys(self) -> tuple[str, ...]:
        """Lanes in order."""
        return tuple(lane.key for lane in self.lanes)

    def bounds(self, margin_m: float = 12.0) -> tuple[float, float, float, float]:
        """(west, south, east, north) of everything described, with a margin."""
        points = np.concatenate([lane.path for lane in self.lanes] + [e.line for e in self.exits])
        (west, south), (east, north) = points.min(axis=0) - margin_m, points.max(axis=0) + margin_m
        return float(west), float(south), float(east), float(north)

    def lane_of(self, points: Points) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """(index of the lane or -1, metres to its stop line) for every point; up to BEYOND_M past the line."""
        found = np.full(len(points), -1, dtype=np.int64)
        ahead = np.full(len(points), np.nan)
        nearest = np.full(len(points), np.inf)
        for n, lane in enumerate(self.lanes):
            distance, aside = lane.place(points)
            aside = np.abs(aside)
            mine = (distance <= lane.length_m + 1) & (distance >= -BEYOND_M) & (aside <= lane.width_m / 2 + 0.4) & (aside < nearest)
            found[mine], ahead[mine], nearest[mine] = n, distance[mine], aside[mine]
        return found, ahead
