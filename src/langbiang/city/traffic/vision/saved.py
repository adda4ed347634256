"""Saved calibrations on their way from the page to the watching process: one file, put in place in one step, read again when it changes.

The page knows versions by junction and camera zone; a camera that stands for several zones takes the newest of theirs.
"""

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .calibration import Calibration
    from .configuration import CameraSetting

# A picture of another size may be the same view, made finer or coarser; another shape is another picture.
SAME_SHAPE = 0.01


class BadSaved(ValueError):
    """A file of calibrations, or one of them, that cannot be used; the message says which and why."""


@dataclass(frozen=True)
class Saved:
    """A version in force: `points` are rows of picture x, y (pixels) and map x, y (metres); `made_at` in epoch seconds."""

    junction: str
    zone: str
    number: int
    made_at: float
    size: tuple[int, int]
    points: tuple[tuple[float, float, float, float], ...]


def write(path: Path, rows: Iterable[Saved]) -> bool:
    """Put the versions in force in place in one step; a file that says the same is left alone (False). Raises OSError."""
    ordered = sorted(rows, key=lambda row: (row.junction, row.zone))
    text = json.dumps({"calibrations": [asdict(row) for row in ordered]}, indent=1) + "\n"
    with suppress(OSError):
        if path.read_text(encoding="utf-8") == text:
            return False
    path.parent.mkdir(parents=True, exist_ok=True)
    number, fresh = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(number, "w", encoding="utf-8") as target:
            target.write(text)
            target.flush()
            os.fsync(target.fileno())
        Path(fresh).chmod(0o644)
        Path(fresh).replace(path)
    except OSError:
        Path(fresh).unlink(missing_ok=True)
        raise
    return True


def read(path: Path) -> dict[tuple[str, str], Saved]:
    """The versions in force by junction and zone; none where there is no file. Raises BadSaved."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["calibrations"]
        found = [_saved(row) for row in rows]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise BadSaved(f"{path}: is no file of calibrations ({type(problem).__name__}: {problem})") from problem
    return {(one.junction, one.zone): one for one in found}


def _saved(row: Mapping[str, Any]) -> Saved:
    width, height = row["size"]
    points = tuple((float(u), float(v), float(x), float(y)) for u, v, x, y in row["points"])
    return Saved(str(row["junction"]), str(row["zone"]), int(row["number"]), float(row["made_at"]), (int(width), int(height)), points)


class Shelf:
    """The file as it changes. A change that cannot be read leaves what was known, and is told once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.saved: dict[tuple[str, str], Saved] = {}
        self._mark: tuple[int, int, int] | None = None

    def has_changed(self) -> bool:
        """Look at the file; True when it was read anew. Raises BadSaved, once for each change."""
        try:
            state = self.path.stat()
        except OSError:
            return False  # gone, or not there yet: what was known holds
        mark = state.st_mtime_ns, state.st_ino, state.st_size
        if mark == self._mark:
            return False
        self._mark = mark
        self.saved = read(self.path)
        return True


def version_for(setting: "CameraSetting", saved: Mapping[tuple[str, str], Saved]) -> Saved | None:
    """The version a camera takes: the newest of its zones, None where nobody saved one."""
    mine = [saved[setting.junction, zone] for zone in setting.zones if (setting.junction, zone) in saved]
    return max(mine, key=lambda one: (one.made_at, one.number), default=None)


def fitted(one: Saved, setting: "CameraSetting") -> "Calibration":
    """A saved version as this camera can use it: its points at the size of the stream, every stop line in the picture.

    Raises BadSaved.
    """
    from .calibration import BadCalibration, calibrate
    from .selftest import LEAST_PX_PER_M, px_per_m

    name = f"version {one.number} of {one.junction} {one.zone}"
    width, height = setting.calibration.size
    across, down = width / one.size[0], height / one.size[1]
    if abs(across / down - 1.0) > SAME_SHAPE:
        raise BadSaved(f"{name}: its picture is {one.size[0]} x {one.size[1]}, the stream {width} x {height}; calibrate with a still of this stream")
    image = [(u * across, v * down) for u, v, _x, _y in one.points]
    try:
        found = calibrate(image, [(x, y) for _u, _v, x, y in one.points], size=(width, height))
    except BadCalibration as problem:
        raise BadSaved(f"{name}: {problem}") from problem
    for lane in setting.scene.lanes:
        if px_per_m(found, lane) < LEAST_PX_PER_M:
            raise BadSaved(f"{name}: the stop line of lane {lane.key} is not in the picture, or too small there; move the points or the camera")
    return found
