"""What a process of cameras is told: a JSON file, checked field by field."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .calibration import BadCalibration, Calibration, calibrate
from .detector import BadModel, ModelSetting
from .scene import BadScene, Exit, Lane, Scene, as_points
from .wrong_way import USUAL_M


class BadConfiguration(ValueError):
    """A configuration that cannot be used; the message names file, field, rule and way out."""


@dataclass(frozen=True)
class CameraSetting:
    """One camera: where its stream is, what it looks at, which zones of which junction it stands for."""

    key: str
    junction: str
    url: str
    scene: Scene
    calibration: Calibration
    zones: Mapping[str, tuple[str, ...]]
    frames_per_s: float = 10.0
    has_motorcycles: bool = True
    px_per_m: float = 4.0
    model: ModelSetting | None = None
    warm_up_s: float = 60.0
    wrong_way_m: float = USUAL_M


@dataclass(frozen=True)
class Configuration:
    """All cameras of a process; `lamps` and `others` are addresses that tell the lamps of lanes, and junctions without camera."""

    cameras: tuple[CameraSetting, ...]
    lamps: str = ""
    others: str = ""


def read(path: Path) -> Configuration:
    """Read a configuration. Raises BadConfiguration."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise BadConfiguration(f"{path}: cannot be read ({problem.strerror})") from problem
    except ValueError as problem:
        raise BadConfiguration(f"{path}: is not JSON ({problem})") from problem
    return parse(told, where=str(path), beside=path.parent)


def parse(told: Any, *, where: str = "configuration", beside: Path | None = None) -> Configuration:
    """Check a configuration. Raises BadConfiguration."""
    if not isinstance(told, dict) or not isinstance(told.get("cameras"), list) or not told["cameras"]:
        raise BadConfiguration(f'{where}: cameras: a list of at least one camera is needed, as {{"cameras": [{{"key": "n1", ...}}]}}')
    cameras = tuple(_camera(row, f"{where}: cameras[{n}]", beside or Path()) for n, row in enumerate(told["cameras"]))
    keys = [camera.key for camera in cameras]
    if twice := {key for key in keys if keys.count(key) > 1}:
        raise BadConfiguration(f"{where}: cameras: the key {min(twice)!r} stands there twice; every camera has its own")
    watched: dict[tuple[str, str], str] = {}
    for camera in cameras:
        for lane in camera.scene.keys:
            other = watched.setdefault((camera.junction, lane), camera.key)
            if other != camera.key:
                raise BadConfiguration(
                    f"{where}: cameras: lane {lane} of junction {camera.junction} is watched by {other!r} and by {camera.key!r}; "
                    "only one camera counts a lane, take it out of the other"
                )
    return Configuration(cameras, str(told.get("lamps", "")), str(told.get("others", "")))


def _camera(row: Any, where: str, beside: Path) -> CameraSetting:
    if not isinstance(row, dict):
        raise BadConfiguration(f"{where}: an object is expected")
    for name in ("key", "junction", "url"):
        if not isinstance(row.get(name), str) or not row[name].strip():
            raise BadConfiguration(f"{where}.{name}: a text is needed")
    try:
        scene = Scene(
            tuple(Lane(str(r["key"]), as_points(r["path"], f"lane {r['key']}"), float(r.get("width_m", 3.2))) for r in row["lanes"]),
            tuple(Exit(str(r["key"]), as_points(r["line"], f"exit {r['key']}")) for r in row.get("exits", [])),
        )
        size = row["calibration"]["size"]
        calibration = calibrate(row["calibration"]["image"], row["calibration"]["map"], size=(int(size[0]), int(size[1])))
        model = _model(row["model"], beside) if row.get("model") else None
    except KeyError as missing:
        raise BadConfiguration(f"{where}: the field {missing} is missing") from missing
    except (BadScene, BadCalibration, BadModel) as problem:
        raise BadConfiguration(f"{where}: {problem}") from problem
    except (TypeError, ValueError, IndexError) as problem:
        raise BadConfiguration(f"{where}: {problem}") from problem
    zones = row.get("zones") or {row["key"]: list(scene.keys)}
    if not isinstance(zones, dict) or not all(isinstance(lanes, list) and all(isinstance(lane, str) for lane in lanes) for lanes in zones.values()):
        raise BadConfiguration(f'{where}.zones: lists of lanes by zone are needed, as {{"CAM-N": ["{scene.keys[0]}"]}}')
    for zone, lanes in zones.items():
        if unknown := set(lanes) - set(scene.keys):
            raise BadConfiguration(f"{where}.zones: zone {zone} names lane {min(unknown)}, which this camera does not watch")
    rate = row.get("frames_per_s", 10.0)
    if not isinstance(rate, int | float) or not 1 <= rate <= 30:
        raise BadConfiguration(f"{where}.frames_per_s: {rate!r}; enter a number from 1 to 30")
    warm_up = row.get("warm_up_s", 60.0)
    if not isinstance(warm_up, int | float) or not 2 <= warm_up <= 900:
        raise BadConfiguration(f"{where}.warm_up_s: {warm_up!r}; enter the seconds to learn the empty road, from 2 to 900")
    fine = row.get("px_per_m", 4.0)
    if not isinstance(fine, int | float) or not 1 <= fine <= 20:
        raise BadConfiguration(f"{where}.px_per_m: {fine!r}; enter the pixels a metre of the view from above has, from 1 to 20")
    against = row.get("wrong_way_m", USUAL_M)
    if not isinstance(against, int | float) or not 3 <= against <= 100:
        raise BadConfiguration(f"{where}.wrong_way_m: {against!r}; enter the metres against the traffic that are told, from 3 to 100")
    return CameraSetting(
        row["key"], row["junction"], row["url"], scene, calibration, {z: tuple(lanes) for z, lanes in zones.items()}, float(rate),
        bool(row.get("has_motorcycles", True)), float(fine), model, float(warm_up), float(against),
    )  # fmt: skip


def _model(row: Mapping[str, Any], beside: Path) -> ModelSetting:
    return ModelSetting(
        beside / str(row["path"]), str(row["layout"]), {int(k): str(v) for k, v in row["classes"].items()},
        float(row.get("min_score", 0.35)), is_rgb=bool(row.get("is_rgb", True)), divisor=float(row.get("divisor", 255.0)),
    )  # fmt: skip
