"""From the picture to the ground: four or more points of the picture laid onto the map, and how far that can be trusted."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .faults import Fault
from .scene import BadScene, Points, as_points

LEAST_POINTS = 4
# Smallest height of the triangle of any three of four points, as a share of the picture's diagonal.
LEAST_SPREAD = 0.02
LEAST_SPREAD_M = 0.8
MOST_ERROR_M = 1.0


WORDS = {
    Fault.FEW: "At least four points are needed.",
    Fault.UNEVEN: "Every point of the picture needs its point on the map.",
    Fault.OUTSIDE: "A point lies outside the picture.",
    Fault.SAME: "Two points lie on top of each other; move them apart.",
    Fault.LINE: "Three points lie nearly on a line; choose points that span the road.",
    Fault.CROSSED: "The points go round the other way in the picture than on the map; two are mixed up.",
    Fault.HORIZON: "The horizon runs between the points; choose points on the ground only.",
    Fault.ERROR: "The points contradict each other; check the one that is furthest off.",
}


class BadCalibration(ValueError):
    """Points that do not lead from the picture to the ground; `fault` says which rule, `point` which of them."""

    def __init__(self, fault: Fault, point: int | None = None, detail: str = "") -> None:
        super().__init__(f"calibration: {WORDS[fault]}{' ' + detail if detail else ''}")
        self.fault, self.point = fault, point


@dataclass(frozen=True)
class Calibration:
    """A homography from picture (pixels) to map (metres), with its error over the points given."""

    to_map: NDArray[np.float64]
    size: tuple[int, int]
    error_m: float
    """Root mean square over the points. With exactly four it is zero by construction and proves nothing."""
    worst_point: int
    slip_m: float
    """How far a point of the ground inside the quad moves at most when one given point is a pixel off."""
    points: int

    @property
    def to_image(self) -> NDArray[np.float64]:
        """From the map to the picture."""
        return np.asarray(np.linalg.inv(self.to_map))

    @property
    def is_checked(self) -> bool:
        """Whether there are more points than the homography needs, so that its error says something."""
        return self.points > LEAST_POINTS

    def ground(self, pixels: Points) -> Points:
        """Pixels to metres."""
        return through(self.to_map, pixels)

    def picture(self, metres: Points) -> Points:
        """Metres to pixels."""
        return through(self.to_image, metres)


def through(matrix: NDArray[np.float64], points: Points) -> Points:
    """Points through a homography."""
    if len(points) == 0:
        return np.zeros((0, 2))
    flat = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return np.asarray(flat[:, :2] / flat[:, 2:3])


def _flattest(points: Points) -> tuple[float, int]:
    """The smallest height of a triangle of three points, and the point in the middle of it."""
    flattest, which = np.inf, 0
    for trio in combinations(range(len(points)), 3):
        a, b, c = points[list(trio)]
        longest = max(np.hypot(*(a - b)), np.hypot(*(b - c)), np.hypot(*(a - c)))
        height = abs((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])) / max(longest, 1e-9)
        if height < flattest:
            flattest, which = float(height), trio[1]
    return flattest, which


def _check(image: Points, ground: Points, size: tuple[int, int]) -> None:
    if len(image) < LEAST_POINTS:
        raise BadCalibration(Fault.FEW, detail=f"There are {len(image)}.")
    if len(image) != len(ground):
        raise BadCalibration(Fault.UNEVEN)
    outside = (image < 0).any(axis=1) | (image > np.array(size)).any(axis=1)
    if outside.any():
        raise BadCalibration(Fault.OUTSIDE, int(outside.argmax()))
    for points, scale, height in ((image, float(np.hypot(*size)) * 0.01, float(np.hypot(*size)) * LEAST_SPREAD), (ground, 0.5, LEAST_SPREAD_M)):
        for a, b in combinations(range(len(points)), 2):
            if np.hypot(*(points[a] - points[b])) < scale:
                raise BadCalibration(Fault.SAME, b)
        if len(points) == LEAST_POINTS:
            flattest, which = _flattest(points)
            if flattest < height:
                raise BadCalibration(Fault.LINE, which)
    spread = np.linalg.svd(ground - ground.mean(axis=0), compute_uv=False)
    if spread[-1] < LEAST_SPREAD_M:
        raise BadCalibration(Fault.LINE)


def calibrate(image: Any, ground: Any, *, size: tuple[int, int]) -> Calibration:
    """The homography that lays picture points (pixels, y downwards) onto map points (metres, y to the north).

    Raises BadCalibration, naming the rule and the point, where the points do not lead to a plane seen from above.
    """
    try:
        pixels, metres = as_points(image, "image points", least=1), as_points(ground, "map points", least=1)
    except BadScene as problem:
        raise BadCalibration(Fault.UNEVEN, detail=str(problem)) from problem
    _check(pixels, metres, size)
    matrix = _solve(pixels, metres)
    if matrix is None:
        raise BadCalibration(Fault.LINE)
    depth = np.column_stack([pixels, np.ones(len(pixels))]) @ matrix[2]
    if not (depth > 1e-9).all() and not (depth < -1e-9).all():
        raise BadCalibration(Fault.HORIZON)
    # Seen from above, rows grow downwards and north upwards: the determinant is negative once the depth is positive.
    if np.linalg.det(matrix * np.sign(depth[0])) > 0:
        raise BadCalibration(Fault.CROSSED)
    off = np.hypot(*(through(matrix, pixels) - metres).T)
    error = float(np.sqrt((off**2).mean()))
    if error > MOST_ERROR_M:
        raise BadCalibration(Fault.ERROR, int(off.argmax()), f"Point {int(off.argmax()) + 1} is {off.max():.1f} m off.")
    return Calibration(matrix, size, error, int(off.argmax()), _slip(pixels, metres, matrix), len(pixels))


def _solve(pixels: Points, metres: Points) -> NDArray[np.float64] | None:
    # Far map coordinates cost digits: solve around their middle.
    middle = metres.mean(axis=0)
    found, _mask = cv2.findHomography(pixels, metres - middle, 0)
    if found is None or not np.isfinite(found).all() or abs(np.linalg.det(found)) < 1e-12:
        return None
    back = np.array([[1, 0, middle[0]], [0, 1, middle[1]], [0, 0, 1]])
    return np.asarray(back @ found, dtype=np.float64)


def _slip(pixels: Points, metres: Points, matrix: NDArray[np.float64]) -> float:
    hull = pixels[cv2.convexHull(pixels.astype(np.float32), returnPoints=False).ravel()]
    inside = np.concatenate([hull * 0.9 + hull.mean(axis=0) * 0.1, hull.mean(axis=0)[None]])
    known, worst = through(matrix, inside), 0.0
    for n in range(len(pixels)):
        for step in ((1.0, 0.0), (0.0, 1.0)):
            moved = pixels.copy()
            moved[n] += step
            other = _solve(moved, metres)
            if other is not None:
                worst = max(worst, float(np.hypot(*(through(other, inside) - known).T).max()))
    return worst
