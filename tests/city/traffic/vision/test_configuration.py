"""The configuration of a process of cameras: every mistake is named with its field."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from langbiang.city.traffic.vision.configuration import BadConfiguration, parse, read

CAMERA: dict[str, Any] = {
    "key": "n1", "junction": "kim-cuc", "url": "rtsp://10.0.0.9/1",
    "calibration": {"size": [960, 540], "image": [[100, 500], [860, 500], [700, 100], [260, 100]], "map": [[-10, -10], [10, -10], [10, 10], [-10, 10]]},
    "lanes": [{"key": "N1", "path": [[0, 40], [0, 6]], "width_m": 3.5}, {"key": "N2", "path": [[3.5, 40], [3.5, 6]]}],
    "exits": [{"key": "S", "line": [[-4, -6], [4, -6]]}], "zones": {"CAM-N": ["N1", "N2"]},
}  # fmt: skip


def changed(**changes: Any) -> dict[str, Any]:
    row = copy.deepcopy(CAMERA)
    for name, value in changes.items():
        if value is None:
            del row[name]
        else:
            row[name] = value
    return {"cameras": [row]}


def test_a_sound_configuration_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cameras.json"
    path.write_text(json.dumps({"cameras": [CAMERA], "lamps": "http://127.0.0.1:1/lanes"}))
    found = read(path)
    camera = found.cameras[0]
    assert (camera.key, camera.junction, camera.scene.keys) == ("n1", "kim-cuc", ("N1", "N2"))
    assert camera.zones == {"CAM-N": ("N1", "N2")}
    assert found.lamps
    assert found.others == ""
    elsewhere = {**CAMERA, "key": "y1", "junction": "yersin"}
    assert len(parse({"cameras": [CAMERA, elsewhere]}).cameras) == 2


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "a list of at least one camera"),
        ({"cameras": [CAMERA, CAMERA]}, "'n1' stands there twice"),
        (changed(url=None), r"cameras\[0\].url: a text is needed"),
        (changed(lanes=None), "the field 'lanes' is missing"),
        (changed(lanes=[]), "watches at least one lane"),
        (changed(lanes=[{"key": "N1", "path": [[0, 1]]}]), "lane N1: at least 2 points"),
        (changed(lanes=[{"key": "N1", "path": [[0, 0], [0, 1]]}]), "at least 2 m are needed"),
        (changed(lanes=[{"key": "N1", "path": [[0, 0], [0, 9]], "width_m": 40}]), "width_m is 40"),
        (changed(zones={"CAM-N": ["N9"]}), "names lane N9"),
        (changed(zones=["N1", "N2"]), r"cameras\[0\].zones: lists of lanes by zone"),
        (changed(zones={"CAM-N": "N1"}), r"cameras\[0\].zones: lists of lanes by zone"),
        (changed(px_per_m=0), r"cameras\[0\].px_per_m: 0; enter"),
        (changed(px_per_m="fine"), r"cameras\[0\].px_per_m: 'fine'; enter"),
        ({"cameras": [CAMERA, {**CAMERA, "key": "n2"}]}, "lane N1 of junction kim-cuc is watched by 'n1' and by 'n2'"),
        (changed(frames_per_s=0), "a number from 1 to 30"),
        (changed(warm_up_s=0), "from 2 to 900"),
        (changed(calibration={"size": [960, 540], "image": [[1, 1]], "map": [[0, 0]]}), "At least four points"),
        (changed(model={"path": "m.onnx", "layout": "yolo", "classes": {"0": "cat"}}), "unknown: cat"),
    ],
)
def test_a_mistake_is_named(told: Any, said: str) -> None:
    with pytest.raises(BadConfiguration, match=said):
        parse(told)


def test_a_file_that_is_none_or_no_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="cannot be read"):
        read(tmp_path / "absent.json")
    (tmp_path / "torn.json").write_text("{")
    with pytest.raises(BadConfiguration, match="is not JSON"):
        read(tmp_path / "torn.json")
