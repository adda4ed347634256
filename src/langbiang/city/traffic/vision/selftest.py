"""At installation: vehicles drawn as this camera would see them, counted, compared. Says whether the view can be counted at all.

It proves the view and the lanes, not the points: frames are drawn through the calibration itself. That the points lie where
they should is what a fifth point and its error tell.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .background import Learning
from .blobs import Sizes
from .calibration import Calibration
from .camera import Eye
from .configuration import CameraSetting
from .ground import through_depth
from .scene import Lane, Points
from .synthetic.drawing import Lens, Street, Weather
from .synthetic.flow import SIZES, Body

VEHICLES, HEADWAY_S, MPS = 6, 3.0, 9.0
EMPTY_S, FRAMES_PER_S = 5.0, 10
BEFORE_M, AFTER_M = 10.0, 24.0
# A motorcycle is 0.75 m wide: below this it is a pixel or two.
LEAST_PX_PER_M = 2.0
MOST_ERROR_M, MOST_SLIP_M = 0.5, 1.0
MOST_OFF_OF_A_LANE, MOST_OFF_OF_ALL = 1, 0.05
AIR = Weather(noise=4.0)
# Paint that stands out on asphalt: it is the view that is tested.
SHADES = ((215, 215, 220), (230, 232, 235), (40, 40, 190), (190, 120, 50))


@dataclass(frozen=True)
class LaneResult:
    """A lane: how large a metre is at its stop line (pixels), what was drawn and what was counted (None: not tried)."""

    lane: str
    px_per_m: float
    drawn: int
    counted: int | None


@dataclass(frozen=True)
class Result:
    """What the self-test of a camera found; `faults` in words, none when it is good."""

    camera: str
    error_m: float | None
    slip_m: float
    lanes: tuple[LaneResult, ...]
    faults: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Whether this camera may count."""
        return not self.faults


def self_test(setting: CameraSetting, *, seed: int = 1) -> Result:
    """Draw, count and compare for one camera. A camera with a model is judged by its view alone: drawings mean nothing to it."""
    calibration, lanes = setting.calibration, setting.scene.lanes
    sizes = {lane.key: px_per_m(calibration, lane) for lane in lanes}
    faults = []
    if calibration.is_checked and calibration.error_m > MOST_ERROR_M:
        faults.append(
            f"the points disagree by {calibration.error_m:.2f} m, point {calibration.worst_point + 1} most; at most {MOST_ERROR_M} m"
        )
    if calibration.slip_m > MOST_SLIP_M:
        faults.append(f"a point one pixel off moves the ground by {calibration.slip_m:.2f} m: spread the points further apart")
    for lane in lanes:
        if sizes[lane.key] == 0:
            faults.append(f"lane {lane.key}: its stop line is not in the picture; turn the camera, or leave the lane out")
        elif sizes[lane.key] < LEAST_PX_PER_M:
            faults.append(
                f"lane {lane.key}: a metre is {sizes[lane.key]:.1f} pixels at the stop line, {LEAST_PX_PER_M} are needed; "
                "bring the camera nearer, or use a finer picture"
            )
    counted: dict[str, int] | None = None
    if not faults and setting.model is None:
        counted = _counted(setting, seed)
        for lane in lanes:
            if abs(counted[lane.key] - VEHICLES) > MOST_OFF_OF_A_LANE:
                faults.append(f"lane {lane.key}: {counted[lane.key]} of {VEHICLES} vehicles counted; it is seen too flat, or partly hidden")
        drawn, off = VEHICLES * len(lanes), sum(counted.values()) - VEHICLES * len(lanes)
        if abs(off) > max(1, MOST_OFF_OF_ALL * drawn):
            faults.append(f"all lanes together: {off + drawn} of {drawn} vehicles counted; at most {MOST_OFF_OF_ALL:.0%} may be missing or too many")
    rows = tuple(LaneResult(one.key, sizes[one.key], VEHICLES, None if counted is None else counted[one.key]) for one in lanes)
    return Result(setting.key, calibration.error_m if calibration.is_checked else None, calibration.slip_m, rows, tuple(faults))


def px_per_m(calibration: Calibration, lane: Lane) -> float:
    """How many pixels a metre of ground is where the lane ends, in its smaller direction; 0 where that is not in the picture."""
    spot = lane.path[-1] - lane.heading
    ring = spot + np.array([[0.0, 0.0], [0.5, 0.0], [-0.5, 0.0], [0.0, 0.5], [0.0, -0.5]])
    flat = np.column_stack([ring, np.ones(len(ring))]) @ calibration.to_image.T
    if (flat[:, 2] * through_depth(calibration) <= 0).any():
        return 0.0
    pixels = flat[:, :2] / flat[:, 2:3]
    if (pixels[0] < 0).any() or (pixels[0] > np.array(calibration.size)).any():
        return 0.0
    jacobian = np.stack([pixels[1] - pixels[2], pixels[3] - pixels[4]], axis=1)
    return float(np.linalg.svd(jacobian, compute_uv=False)[-1])


def lens_of(calibration: Calibration) -> Lens:
    """A camera that makes this calibration: square pixels, looking through the middle of its picture.

    From straight above, and where no such camera exists, heights are left out: roofs lie on the ground.
    """
    plane = np.asarray(calibration.to_image * through_depth(calibration))
    middle = np.array(calibration.size) / 2
    centred = np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, 1.0]]) @ plane
    a, b = centred[:, 0], centred[:, 1]
    # Two unit vectors at right angles give two equations for the focal length; the one with more in it is used.
    ways = [(-(a[0] * b[0] + a[1] * b[1]), a[2] * b[2]), (b[0] ** 2 + b[1] ** 2 - a[0] ** 2 - a[1] ** 2, a[2] ** 2 - b[2] ** 2)]
    above, below = max(ways, key=lambda way: abs(way[1]))
    upward: NDArray[np.float64] = np.zeros(3)
    if abs(below) > 1e-9 * float(a @ a + b @ b) and above / below > 0:
        focal = float(np.sqrt(above / below))
        one, two = (v / np.array([focal, focal, 1.0]) for v in (a, b))
        upright = np.cross(one, two) / float(np.sqrt(np.linalg.norm(one) * np.linalg.norm(two)))
        upward = np.array([[focal, 0, middle[0]], [0, focal, middle[1]], [0, 0, 1.0]]) @ upright
    return Lens(calibration.size, np.column_stack([plane[:, 0], plane[:, 1], upward, plane[:, 2]]))


def _counted(setting: CameraSetting, seed: int) -> dict[str, int]:
    eye = Eye(
        setting.scene, setting.calibration, sizes=Sizes(has_motorcycles=setting.has_motorcycles), px_per_m=setting.px_per_m,
        detect=None, learning=Learning(warm_up_s=EMPTY_S - 1),
    )  # fmt: skip
    street = Street(setting.scene, lens_of(setting.calibration), AIR, seed=seed)
    at = 1.0
    for moving, bodies in _traffic(setting):
        at += 1 / FRAMES_PER_S
        eye.see(street.draw(bodies), at, red=set(setting.scene.keys) - moving)
    return {state.lane: state.left for state in eye.states(at)}


def _traffic(setting: CameraSetting) -> Iterator[tuple[frozenset[str], list[Body]]]:
    """Frame by frame: an empty road, then arm by arm some vehicles at a distance, straight over the line."""
    for _n in range(int(EMPTY_S * FRAMES_PER_S)):
        yield frozenset(), []
    kinds = ("car", "motorcycle", "van") if setting.has_motorcycles else ("car", "van")
    for arm in _arms(setting.scene.lanes):
        keys = frozenset(lane.key for lane in arm)
        ways = [_way(lane) for lane in arm]
        longest = max(float(np.hypot(*np.diff(way, axis=0).T).sum()) for way in ways)
        for frame in range(int((VEHICLES * HEADWAY_S + longest / MPS + 1) * FRAMES_PER_S)):
            bodies = []
            for beside, (lane, way) in enumerate(zip(arm, ways, strict=True)):
                for n in range(VEHICLES):
                    gone = MPS * (frame / FRAMES_PER_S - (n + beside / len(arm)) * HEADWAY_S)
                    pose = _pose(way, gone)
                    if pose is not None:
                        kind = kinds[n % len(kinds)]
                        bodies.append(Body(f"{lane.key}-{n}", *pose, SIZES[kind], SHADES[n % len(SHADES)], kind))
            yield keys, bodies


def _arms(lanes: Sequence[Lane]) -> list[list[Lane]]:
    """Lanes that run the same way may be driven on at once."""
    found: list[list[Lane]] = []
    for lane in lanes:
        for arm in found:
            if float(arm[0].heading @ lane.heading) > 0.9:
                arm.append(lane)
                break
        else:
            found.append([lane])
    return found


def _way(lane: Lane) -> Points:
    first = lane.path[0] - lane.path[1]
    return np.concatenate(
        [(lane.path[0] + first / float(np.hypot(*first)) * BEFORE_M)[None], lane.path, (lane.path[-1] + lane.heading * AFTER_M)[None]]
    )


def _pose(way: Points, gone: float) -> tuple[tuple[float, float], float] | None:
    """Place and direction so many metres along a way; None before its beginning and after its end."""
    if gone < 0:
        return None
    for a, b in zip(way, way[1:], strict=False):
        length = float(np.hypot(*(b - a)))
        if gone <= length:
            spot = a + (b - a) * (gone / max(length, 1e-9))
            return (float(spot[0]), float(spot[1])), float(np.arctan2(b[1] - a[1], b[0] - a[0]))
        gone -= length
    return None
