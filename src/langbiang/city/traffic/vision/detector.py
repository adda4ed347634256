"""A detector of one's own: a model file the installation supplies, run with ONNX Runtime. None is shipped."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .calibration import Calibration
from .ground import Image
from .scene import Points
from .seen import Seen

CLASSES = ("motorcycle", "car", "van", "bus", "truck", "bicycle", "pedestrian")
LAYOUTS = ("yolo", "yolox", "detr")
# (length, width) in metres by class: how far behind the foot of a box its middle lies.
FOOTPRINT: Mapping[str, tuple[float, float]] = {
    "motorcycle": (2.0, 0.7), "car": (4.5, 1.8), "van": (5.4, 2.0), "bus": (11.5, 2.5), "truck": (8.0, 2.4), "bicycle": (1.8, 0.6),
    "pedestrian": (0.5, 0.5),
}  # fmt: skip


class BadModel(ValueError):
    """A model that cannot be used; the message says what is wrong and what would do."""


@dataclass(frozen=True)
class ModelSetting:
    """How a model file is to be read: `classes` maps its class numbers to ours; what is not in it is ignored."""

    path: Path
    layout: str
    classes: Mapping[int, str]
    min_score: float = 0.35
    overlap: float = 0.6
    is_rgb: bool = True
    divisor: float = 255.0

    def __post_init__(self) -> None:
        if self.layout not in LAYOUTS:
            raise BadModel(f"model layout: {self.layout!r} is not known; choose one of {', '.join(LAYOUTS)}")
        if not self.classes or (unknown := set(self.classes.values()) - set(CLASSES)):
            raise BadModel(f"model classes: map class numbers to {', '.join(CLASSES)}{'; unknown: ' + min(unknown) if self.classes else ''}")
        if not 0 < self.min_score < 1:
            raise BadModel("model min_score: it lies between 0 and 1")


@dataclass(frozen=True)
class Box:
    """A detection in the picture, in pixels."""

    left: float
    top: float
    right: float
    bottom: float
    kind: str
    score: float


class OnnxDetector:
    """Boxes of a frame by a model file."""

    def __init__(self, setting: ModelSetting, *, session: Any = None) -> None:
        """Raises BadModel when the file is missing or no picture goes into it."""
        self.setting = setting
        if session is None:
            try:
                import onnxruntime
            except ImportError as problem:
                raise BadModel("model: onnxruntime is not installed; without a model the camera counts by itself") from problem
            if not setting.path.is_file():
                raise BadModel(f"model path: there is no file {setting.path}")
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            try:
                session = onnxruntime.InferenceSession(str(setting.path), options, providers=["CPUExecutionProvider"])
            except Exception as problem:  # the runtime raises types of its own
                raise BadModel(f"model path: {setting.path} cannot be read as an ONNX model: {problem}") from problem
        self.session = session
        entry = session.get_inputs()[0]
        self.entry = entry.name
        shape = [v if isinstance(v, int) and v > 0 else 640 for v in entry.shape]
        if len(shape) != 4 or shape[1] not in (3, 640):
            raise BadModel(f"model: its input is {entry.shape}, a picture of the form [1, 3, height, width] is needed")
        self.size = (shape[3], shape[2])
        self._grid = _grid(self.size) if setting.layout == "yolox" else None
        self._is_undecoded = False
        self._try()

    def _try(self) -> None:
        """One picture of nothing: a model that cannot be read is refused now, not by a camera that never counts."""
        width, height = self.size
        corners, scores = self._answered(self._prepared(np.full((height, width, 3), 114, np.uint8))[0])
        if scores.shape[1] <= max(self.setting.classes):
            raise BadModel(f"model classes: the model tells {scores.shape[1]} classes, number {max(self.setting.classes)} is not among them")
        if self._grid is None or len(corners) == 0:
            return
        # Middles in pixels reach over the whole picture; before decoding they are offsets within a cell of the grid.
        reach = float(np.abs(corners[:, :2] + corners[:, 2:]).max() / 2)
        self._is_undecoded = reach < max(self.size) / 8
        if self._is_undecoded and len(corners) != len(self._grid):
            raise BadModel(
                f"model layout: {len(corners)} rows that reach only {reach:.1f} pixels far are neither boxes in pixels nor the "
                f"{len(self._grid)} cells of a YOLOX grid; export the model with its decoding"
            )

    def _answered(self, blob: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[Any]]:
        """(corners in pixels of the model's picture, scores by class). Raises BadModel."""
        try:
            answers = [np.asarray(a) for a in self.session.run(None, {self.entry: blob})]
        except Exception as problem:  # the runtime raises types of its own
            raise BadModel(f"model: no picture goes through it: {problem}") from problem
        return _read(self.setting.layout, answers, self.size, self._grid if self._is_undecoded else None)

    def boxes(self, frame: Image) -> list[Box]:
        """Detections of a frame, the surest first."""
        blob, scale, (dx, dy) = self._prepared(frame)
        corners, scores = self._answered(blob)
        kinds = scores.argmax(axis=1)
        best = scores[np.arange(len(scores)), kinds]
        wanted = (best >= self.setting.min_score) & np.isin(kinds, list(self.setting.classes))
        corners, kinds, best = corners[wanted], kinds[wanted], best[wanted]
        corners = (corners - np.array([dx, dy, dx, dy])) / scale
        kept = _without_doubles(corners, best, self.setting.overlap)
        found = []
        for n in kept:
            left, top, right, bottom = corners[n].tolist()
            found.append(Box(left, top, right, bottom, self.setting.classes[int(kinds[n])], float(best[n])))
        return found

    def _prepared(self, frame: Image) -> tuple[NDArray[np.float32], float, tuple[int, int]]:
        width, height = self.size
        scale = min(width / frame.shape[1], height / frame.shape[0])
        small = cv2.resize(frame, (round(frame.shape[1] * scale), round(frame.shape[0] * scale)))
        dx, dy = (width - small.shape[1]) // 2, (height - small.shape[0]) // 2
        whole = np.full((height, width, 3), 114, np.uint8)
        whole[dy : dy + small.shape[0], dx : dx + small.shape[1]] = small
        ordered = whole[..., ::-1] if self.setting.is_rgb else whole
        blob = np.ascontiguousarray(ordered.transpose(2, 0, 1)[None], dtype=np.float32) / np.float32(self.setting.divisor)
        return blob, scale, (dx, dy)


def _grid(size: tuple[int, int]) -> NDArray[np.float64]:
    """Cells of a YOLOX head: column, row, pixels a cell."""
    cells = [
        np.column_stack([np.tile(np.arange(size[0] // s), size[1] // s), np.repeat(np.arange(size[1] // s), size[0] // s), np.full((size[0] // s) * (size[1] // s), s)])
        for s in (8, 16, 32)
    ]  # fmt: skip
    return np.concatenate(cells).astype(np.float64)


def _read(
    layout: str, answers: list[NDArray[Any]], size: tuple[int, int], grid: NDArray[np.float64] | None = None
) -> tuple[NDArray[Any], NDArray[Any]]:
    """(corners in pixels of the model's picture, scores by class); `grid`: the cells of rows that are not decoded yet. Raises BadModel."""
    if layout == "detr":
        pairs = [a[0] if a.ndim == 3 else a for a in answers]
        boxes = next((a for a in pairs if a.ndim == 2 and a.shape[1] == 4), None)
        logits = next((a for a in pairs if a.ndim == 2 and a is not boxes), None)
        if boxes is None or logits is None:
            raise BadModel("model layout: detr needs boxes of the form [1, n, 4] and class scores of the form [1, n, classes]")
        scores = logits if logits.min(initial=0) >= 0 and logits.max(initial=0) <= 1 else 1 / (1 + np.exp(-np.clip(logits, -40, 40)))
        return _corners(boxes * np.array([size[0], size[1], size[0], size[1]])), scores
    rows = answers[0][0] if answers[0].ndim == 3 else answers[0]
    if rows.ndim != 2 or min(rows.shape) < 5:
        raise BadModel(f"model layout: {layout} needs an output of the form [1, n, 4 + classes], it is {answers[0].shape}")
    if rows.shape[0] < rows.shape[1] and rows.shape[0] <= 128:
        rows = rows.T
    if layout == "yolox":
        if grid is not None:
            middles, sizes = (rows[:, :2] + grid[:, :2]) * grid[:, 2:], np.exp(np.clip(rows[:, 2:4], -10, 10)) * grid[:, 2:]
            return _corners(np.concatenate([middles, sizes], axis=1)), rows[:, 5:] * rows[:, 4:5]
        return _corners(rows[:, :4]), rows[:, 5:] * rows[:, 4:5]
    return _corners(rows[:, :4]), rows[:, 4:]


def _corners(boxes: NDArray[Any]) -> NDArray[Any]:
    middle, half = boxes[:, :2], boxes[:, 2:4] / 2
    return np.concatenate([middle - half, middle + half], axis=1)


def _without_doubles(corners: NDArray[Any], scores: NDArray[Any], overlap: float) -> list[int]:
    """Of boxes that lie on each other only the surest."""
    kept: list[int] = []
    areas = np.prod(np.maximum(0, corners[:, 2:] - corners[:, :2]), axis=1)
    for n in np.argsort(-scores).tolist():
        others = corners[np.array(kept, dtype=np.intp)]
        low, high = np.maximum(corners[n, :2], others[:, :2]), np.minimum(corners[n, 2:], others[:, 2:])
        common = np.prod(np.maximum(0, high - low), axis=1)
        if not (common > overlap * (areas[n] + areas[np.array(kept, dtype=np.intp)] - common)).any():
            kept.append(n)
    return kept


def on_the_ground(boxes: list[Box], calibration: Calibration) -> list[Seen]:
    """Where the vehicles of boxes stand on the map: the foot of a box, and from there half a vehicle away from the camera."""
    if not boxes:
        return []
    feet: Points = np.array([[(b.left + b.right) / 2, b.bottom] for b in boxes])
    places = calibration.ground(feet)
    away = calibration.ground(feet - np.array([0.0, 2.0])) - places
    away /= np.maximum(1e-6, np.hypot(away[:, 0], away[:, 1]))[:, None]
    found = []
    for box, place, way in zip(boxes, places, away, strict=True):
        length, width = FOOTPRINT[box.kind]
        found.append(Seen(place + way * (length + width) / 4, length * width, length, box.kind, box.score))
    return found
