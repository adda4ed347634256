"""Draws a street as a camera would see it: from straight above or from a pole, by day, night, in rain, with shadows.

Plain numpy and OpenCV. The drawing knows heights, the counting does not: what makes an oblique view hard is in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ..calibration import Calibration, calibrate
from ..ground import Ground, Image
from ..scene import Points, Scene
from .flow import Body


@dataclass(frozen=True)
class Weather:
    """What makes seeing hard: sensor noise (grey levels), brightness of the scene, lamps lit, rain, shadows, fog 0 to 1."""

    noise: float = 4.0
    brightness: float = 1.0
    has_lamps: bool = False
    rain: float = 0.0
    shadow: float = 0.0
    fog: float = 0.0


DAY = Weather()
SHADOWS = Weather(noise=10.0, shadow=0.45)
NIGHT = Weather(noise=7.0, brightness=0.22, has_lamps=True)
RAIN = Weather(noise=8.0, brightness=0.7, rain=0.5)


class Lens:
    """A pinhole camera: where a point of the map at some height appears in the picture."""

    def __init__(self, size: tuple[int, int], projection: NDArray[np.float64]) -> None:
        self.size, self.projection = size, projection

    def project(self, points: NDArray[np.float64]) -> Points:
        """(x, y, z) in metres to pixels."""
        flat = np.column_stack([points, np.ones(len(points))]) @ self.projection.T
        return np.asarray(flat[:, :2] / np.where(np.abs(flat[:, 2:3]) < 1e-9, 1e-9, flat[:, 2:3]))

    def depth(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far before the camera; negative behind it."""
        return np.asarray(np.column_stack([points, np.ones(len(points))]) @ self.projection[2])

    @property
    def plane(self) -> NDArray[np.float64]:
        """Map (metres, on the ground) to pixels."""
        return np.asarray(self.projection[:, [0, 1, 3]])

    def calibration(self, ground: Points) -> Calibration:
        """The calibration a person makes who lays these points of the map exactly."""
        flat = np.column_stack([ground, np.zeros(len(ground))])
        return calibrate(self.project(flat), ground, size=self.size)


def from_above(bounds: tuple[float, float, float, float], size: tuple[int, int]) -> Lens:
    """Straight down from far: the whole of the bounds fits, the middle in the middle."""
    west, south, east, north = bounds
    width, height = size
    k = min(width / (east - west), height / (north - south))
    x0, y0 = (west + east) / 2 - width / 2 / k, (south + north) / 2 + height / 2 / k
    return Lens(size, np.array([[k, 0, 0, -x0 * k], [0, -k, 0, y0 * k], [0, 0, 0, 1.0]]))


def from_pole(
    stand: tuple[float, float], height_m: float, look_at: tuple[float, float], size: tuple[int, int], *, wide_deg: float = 70.0
) -> Lens:
    """From a pole that stands at one point of the map and looks at another; `wide_deg` is the width of the view."""
    place = np.array([*stand, height_m])
    way = np.array([*look_at, 0.0]) - place
    way = way / np.linalg.norm(way)
    right = np.cross(way, [0.0, 0.0, 1.0])
    right = right / np.linalg.norm(right)
    down = np.cross(way, right)
    turn = np.stack([right, down, way])
    f = size[0] / 2 / np.tan(np.radians(wide_deg) / 2)
    inner = np.array([[f, 0, size[0] / 2], [0, f, size[1] / 2], [0, 0, 1.0]])
    return Lens(size, inner @ np.column_stack([turn, -turn @ place]))


class Street:
    """The picture of a scene through a lens."""

    def __init__(self, scene: Scene, lens: Lens, weather: Weather = DAY, *, seed: int = 0, margin_m: float = 30.0) -> None:
        self.scene, self.lens, self.weather = scene, lens, weather
        self.dice = np.random.default_rng(seed)
        self.still = self._background(margin_m)
        self._noise = [self.dice.normal(0, max(weather.noise, 1e-3), (self.lens.size[1] + 64, self.lens.size[0] + 64, 1)) for _n in range(4)]
        self._noise_pairs = [
            (np.clip(n, 0, 255).round().astype(np.uint8), np.clip(-n, 0, 255).round().astype(np.uint8)) for n in self._noise
        ]

    def _background(self, margin_m: float) -> Image:
        west, south, east, north = self.scene.bounds(margin_m)
        ground = Ground((west, south, east, north), min(8.0, 3000 / max(east - west, north - south)))
        width, height = ground.size
        picture = np.empty((height, width, 3), np.uint8)
        picture[:] = (72, 98, 84)
        # Roofs, trees, plots: something for a camera to hold on to.
        for _n in range(140):
            x, y = int(self.dice.integers(0, width)), int(self.dice.integers(0, height))
            shade = tuple(int(v) for v in self.dice.integers(40, 190, 3))
            a, b = int(self.dice.integers(8, 60)), int(self.dice.integers(8, 60))
            cv2.rectangle(picture, (x, y), (x + a, y + b), shade, -1)
            cv2.rectangle(picture, (x, y), (x + a, y + b), tuple(v // 2 for v in shade), 1)
        grain = cv2.resize(self.dice.normal(0, 6, (height // 3 + 1, width // 3 + 1)).astype(np.float32), (width, height))
        self._pave(picture, ground)
        picture = np.clip(picture + grain[..., None], 0, 255).astype(np.uint8)
        to_picture = self.lens.plane @ np.linalg.inv(ground.matrix)
        flat = cv2.warpPerspective(picture, to_picture, self.lens.size, flags=cv2.INTER_AREA, borderValue=(190, 180, 170))
        xs, ys = np.meshgrid(np.arange(self.lens.size[0], dtype=np.float64), np.arange(self.lens.size[1], dtype=np.float64))
        back = np.linalg.inv(to_picture)
        depth = back[2, 0] * xs + back[2, 1] * ys + back[2, 2]
        below = np.sign(depth[-1, self.lens.size[0] // 2])
        flat[np.sign(depth) != below] = (190, 180, 170)  # above the horizon: sky
        return np.asarray(flat, dtype=np.uint8)

    def _pave(self, picture: Image, ground: Ground) -> None:
        def fill(points: Points, shade: tuple[int, int, int]) -> None:
            cv2.fillPoly(picture, [np.round(ground.pixels(points)).astype(np.int32)], shade)

        asphalt = (92, 90, 88)
        ends = np.concatenate([lane.outline(1.0)[[len(lane.path) - 1, len(lane.path)]] for lane in self.scene.lanes])
        ends = np.concatenate([ends] + [one.line for one in self.scene.exits]).astype(np.float32)
        if len(ends) >= 3:
            fill(cv2.convexHull(ends).reshape(-1, 2).astype(np.float64), asphalt)
        for lane in self.scene.lanes:
            fill(replace(lane, width_m=min(12.0, lane.width_m + 1.0)).outline(2.0), asphalt)
        for one in self.scene.exits:
            a, b = one.line
            out = np.array([b[1] - a[1], -(b[0] - a[0])]) / max(1e-6, float(np.hypot(*(b - a)))) * 60
            middle = np.mean([lane.path[-1] for lane in self.scene.lanes], axis=0)
            if (out @ ((a + b) / 2 - middle)) < 0:
                out = -out
            fill(np.array([a, b, b + out, a + out]), asphalt)
        for lane in self.scene.lanes:
            edge = lane.outline(0.0)
            n = len(lane.path)
            for side in (edge[:n], edge[n:]):
                cv2.polylines(picture, [np.round(ground.pixels(side)).astype(np.int32)], False, (150, 152, 150), 1)
            cv2.polylines(picture, [np.round(ground.pixels(edge[[n - 1, n]])).astype(np.int32)], False, (225, 225, 225), 2)

    def draw(self, bodies: Sequence[Body]) -> Image:
        """The street with these vehicles, one frame."""
        frame = self.still.copy()
        if self.weather.shadow:
            self._shadows(frame, bodies)
        corners = [(_corners(body), body) for body in bodies]
        middles = np.array([[*body.middle, 0.0] for body in bodies]).reshape(-1, 3)
        for n in np.argsort(-self.lens.depth(middles)).tolist():
            self._body(frame, *corners[n])
        if self.weather.brightness != 1.0:
            frame = cv2.convertScaleAbs(frame, alpha=self.weather.brightness)
        if self.weather.has_lamps:
            frame = self._lamps(frame, bodies)
        return self._air(frame)

    def boxes(self, bodies: Sequence[Body]) -> list[tuple[Body, tuple[float, float, float, float]]]:
        """Where each vehicle is in the picture: (left, top, right, bottom); those outside are left out."""
        found = []
        width, height = self.lens.size
        for body in bodies:
            corners = _corners(body)
            if (self.lens.depth(corners) <= 0).any():
                continue
            pixels = self.lens.project(corners)
            (left, top), (right, bottom) = pixels.min(axis=0), pixels.max(axis=0)
            if right > 0 and bottom > 0 and left < width and top < height:
                found.append((body, (float(left), float(top), float(right), float(bottom))))
        return found

    def _body(self, frame: Image, corners: NDArray[np.float64], body: Body) -> None:
        if (self.lens.depth(corners) <= 0).any():
            return
        pixels = np.round(self.lens.project(corners) * 8).astype(np.int32)
        side = tuple(int(v * 0.7) for v in body.colour)
        cv2.fillConvexPoly(frame, cv2.convexHull(pixels), side, shift=3)
        cv2.fillConvexPoly(frame, pixels[4:], body.colour, shift=3)
        # The windscreen: a dark band behind the bonnet; buses and lorries have theirs right at the front.
        a, b, c, d = pixels[4:].astype(np.float64)
        from_, to = (share / body.size[0] for share in ((1.0, 1.6) if body.size[0] < 6 else (0.1, 0.5)))
        band = np.array([a + (d - a) * from_, b + (c - b) * from_, b + (c - b) * to, a + (d - a) * to])
        cv2.fillConvexPoly(frame, np.round(band).astype(np.int32), (50, 45, 40), shift=3)

    def _shadows(self, frame: Image, bodies: Sequence[Body]) -> None:
        veil = np.zeros(frame.shape[:2], np.uint8)
        for body in bodies:
            corners = _corners(body)
            cast = corners[4:].copy()
            cast[:, :2] += np.array([0.55, -0.4]) * body.size[2]
            cast[:, 2] = 0
            outline = np.concatenate([corners[:4], cast])
            if (self.lens.depth(outline) > 0).all():
                cv2.fillConvexPoly(veil, cv2.convexHull(np.round(self.lens.project(outline)).astype(np.int32)), 255)
        darker = cv2.convertScaleAbs(frame, alpha=1 - self.weather.shadow)
        np.copyto(frame, darker, where=(veil > 0)[..., None])

    def _lamps(self, frame: Image, bodies: Sequence[Body]) -> Image:
        """Light before every vehicle and red behind it."""
        small = (max(1, self.lens.size[0] // 2), max(1, self.lens.size[1] // 2))
        glow = np.zeros((small[1], small[0], 3), np.uint8)
        cones, tails, spots = [], [], []
        for body in bodies:
            way = np.array([np.cos(body.angle), np.sin(body.angle)])
            side = np.array([-way[1], way[0]])
            nose, tail = (np.array(body.middle) + way * body.size[0] / 2 * end for end in (1, -1))
            cones.append(np.array([nose + side * 0.7, nose - side * 0.7, nose + way * 7 - side * 1.6, nose + way * 7 + side * 1.6]))
            tails.append(np.array([tail + side * 0.8, tail - side * 0.8, tail - side * 0.8 - way * 0.7, tail + side * 0.8 - way * 0.7]))
            spots.append(np.column_stack([np.array([nose + side * 0.6, nose - side * 0.6]), np.full(2, 0.7)]))
        # What is lit first, then the lamps: no light puts out the lamp of another.
        for shapes, shade in ((cones, (52, 58, 60)), (tails, (20, 20, 120))):
            for shape in shapes:
                points = np.column_stack([shape, np.full(4, 0.1)])
                if (self.lens.depth(points) > 0).all():
                    cv2.fillConvexPoly(glow, np.round(self.lens.project(points) / 2).astype(np.int32), shade)
        for pair in spots:
            if (self.lens.depth(pair) > 0).all():
                for px in self.lens.project(pair) / 2:
                    cv2.circle(glow, (int(px[0]), int(px[1])), 1, (200, 215, 220), -1)
        soft = cv2.resize(cv2.GaussianBlur(glow, (7, 7), 0), self.lens.size)
        return np.asarray(cv2.add(frame, soft), dtype=np.uint8)

    def _air(self, drawn: Image) -> Image:
        weather = self.weather
        frame: Image = drawn
        width, height = self.lens.size
        if weather.rain:
            streaks = np.zeros((height, width), np.uint8)
            for _n in range(int(weather.rain * width * height / 2500)):
                x, y = int(self.dice.integers(0, width)), int(self.dice.integers(0, height))
                cv2.line(streaks, (x, y), (x + 1, y + int(self.dice.integers(5, 14))), 60, 1)
            frame = np.asarray(cv2.add(frame, cv2.cvtColor(streaks, cv2.COLOR_GRAY2BGR)), dtype=np.uint8)
        if weather.fog:
            frame = np.asarray(cv2.addWeighted(frame, 1 - weather.fog, np.full_like(frame, 185), weather.fog, 0), dtype=np.uint8)
        if weather.noise:
            plus, minus = self._noise_pairs[int(self.dice.integers(0, len(self._noise_pairs)))]
            x, y = int(self.dice.integers(0, 64)), int(self.dice.integers(0, 64))
            more, less = (np.repeat(n[y : y + height, x : x + width], 3, axis=2) for n in (plus, minus))
            frame = cv2.subtract(cv2.add(frame, more), less)
        return frame


def _corners(body: Body) -> NDArray[np.float64]:
    """Four corners on the ground and four on the roof; front left first, then round by the right."""
    length, width, height = body.size
    way = np.array([np.cos(body.angle), np.sin(body.angle)])
    side = np.array([-way[1], way[0]])
    middle = np.array(body.middle)
    flat = np.array(
        [
            middle + way * length / 2 + side * width / 2, middle + way * length / 2 - side * width / 2,
            middle - way * length / 2 - side * width / 2, middle - way * length / 2 + side * width / 2,
        ]
    )  # fmt: skip
    return np.concatenate([np.column_stack([flat, np.zeros(4)]), np.column_stack([flat, np.full(4, height)])])
