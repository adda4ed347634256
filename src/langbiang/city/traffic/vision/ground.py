"""The ground as a raster: every camera, however it stands, is looked at as if from straight above."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .calibration import Calibration
from .scene import BEYOND_M, Points, Scene

Image = NDArray[Any]


@dataclass(frozen=True)
class Ground:
    """Map metres to raster pixels; row 0 is the northern edge."""

    bounds: tuple[float, float, float, float]
    px_per_m: float = 4.0

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        west, south, east, north = self.bounds
        return max(1, round((east - west) * self.px_per_m)), max(1, round((north - south) * self.px_per_m))

    @cached_property
    def matrix(self) -> NDArray[np.float64]:
        """Metres to raster pixels."""
        west, _south, _east, north = self.bounds
        k = self.px_per_m
        return np.array([[k, 0.0, -west * k], [0.0, -k, north * k], [0.0, 0.0, 1.0]])

    def pixels(self, metres: Points) -> Points:
        """Metres to raster pixels."""
        west, _south, _east, north = self.bounds
        return np.asarray(np.column_stack([metres[:, 0] - west, north - metres[:, 1]]) * self.px_per_m)

    def metres(self, pixels: Points) -> Points:
        """Raster pixels to metres."""
        west, _south, _east, north = self.bounds
        flat = np.asarray(pixels, dtype=np.float64) / self.px_per_m
        return np.asarray(np.column_stack([west + flat[:, 0], north - flat[:, 1]]))

    def mask(self, outlines: list[Points]) -> Image:
        """255 inside any of the polygons."""
        width, height = self.size
        found = np.zeros((height, width), dtype=np.uint8)
        for outline in outlines:
            cv2.fillPoly(found, [np.round(self.pixels(outline)).astype(np.int32)], 255)
        return found


class View:
    """What a calibrated camera sees of the ground: warps frames, knows which ground is in the picture."""

    def __init__(self, calibration: Calibration, scene: Scene, *, px_per_m: float = 4.0, most_px: int = 640_000) -> None:
        west, south, east, north = self._within(calibration, scene)
        area = (east - west) * (north - south)
        self.calibration = calibration
        self.ground = Ground((west, south, east, north), min(px_per_m, (most_px / max(area, 1.0)) ** 0.5))
        self.matrix = self.ground.matrix @ calibration.to_map
        width, height = calibration.size
        self.visible: Image = cv2.warpPerspective(np.full((height, width), 255, np.uint8), self.matrix, self.ground.size, flags=cv2.INTER_NEAREST)
        lanes: Image = self.ground.mask([lane.outline(BEYOND_M) for lane in scene.lanes])
        # Where vehicles can be: the lanes, and the ground between them and the exits.
        ends = np.concatenate([lane.outline(1.0)[[len(lane.path) - 1, len(lane.path)]] for lane in scene.lanes] + [e.line for e in scene.exits])
        inner = self.ground.mask([cv2.convexHull(ends.astype(np.float32)).reshape(-1, 2).astype(np.float64)])
        self.watched: Image = np.bitwise_and(cv2.dilate(np.bitwise_or(lanes, inner), np.ones((9, 9), np.uint8)), self.visible)

    @staticmethod
    def _within(calibration: Calibration, scene: Scene) -> tuple[float, float, float, float]:
        """What is described and can be in the picture: beyond the corners nothing is seen, above the horizon nothing is ground."""
        bounds = scene.bounds()
        width, height = calibration.size
        xs, ys = np.meshgrid(np.linspace(bounds[0], bounds[2], 64), np.linspace(bounds[1], bounds[3], 64))
        grid = np.column_stack([xs.ravel(), ys.ravel()])
        flat = np.column_stack([grid, np.ones(len(grid))]) @ calibration.to_image.T
        centre = through_depth(calibration)
        ahead = flat[:, 2] * centre > 0
        pixels = flat[:, :2] / np.where(ahead, flat[:, 2], np.nan)[:, None]
        seen = ahead & (pixels >= 0).all(axis=1) & (pixels[:, 0] <= width) & (pixels[:, 1] <= height)
        if not seen.any():
            return bounds
        step = max(bounds[2] - bounds[0], bounds[3] - bounds[1]) / 63
        low, high = grid[seen].min(axis=0) - step, grid[seen].max(axis=0) + step
        return (
            max(bounds[0], float(low[0])), max(bounds[1], float(low[1])), min(bounds[2], float(high[0])), min(bounds[3], float(high[1])),
        )  # fmt: skip

    def flatten(self, frame: Image) -> Image:
        """A frame as seen from straight above."""
        return np.asarray(cv2.warpPerspective(frame, self.matrix, self.ground.size, flags=cv2.INTER_LINEAR), dtype=np.uint8)


def through_depth(calibration: Calibration) -> float:
    """The sign of depth on the ground in view: of the middle of the picture's lower edge."""
    width, height = calibration.size
    middle = calibration.ground(np.array([[width / 2, height - 1.0]]))[0]
    return float(np.sign(np.array([*middle, 1.0]) @ calibration.to_image[2]))
