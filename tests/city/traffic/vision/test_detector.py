"""The plug-in for a detector of one's own: real ONNX files, made here by hand, run by the real runtime."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from langbiang.city.traffic.vision.detector import BadModel, Box, ModelSetting, OnnxDetector, on_the_ground
from langbiang.city.traffic.vision.synthetic.drawing import Street, from_pole
from langbiang.city.traffic.vision.synthetic.flow import Flow

pytest.importorskip("onnxruntime", reason="the plug-in needs onnxruntime")
CLASSES = {0: "car", 2: "motorcycle"}


def varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def field(number: int, value: bytes | int | str) -> bytes:
    """One field of a protocol buffer."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def value_info(name: str, shape: tuple[int, ...]) -> bytes:
    dims = b"".join(field(1, field(1, n)) for n in shape)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, dims)))


def model(path: Path, outputs: list[np.ndarray], size: tuple[int, int] = (64, 64)) -> Path:
    """An ONNX file that answers every picture with the same figures."""
    nodes, infos = b"", b""
    for n, rows in enumerate(outputs):
        dims = b"".join(field(1, d) for d in rows.shape)
        tensor = dims + field(2, 1) + field(9, rows.astype("<f4").tobytes())
        attribute = field(1, "value") + field(5, tensor) + field(20, 4)
        nodes += field(1, field(2, f"out{n}") + field(4, "Constant") + field(5, attribute))
        infos += field(12, value_info(f"out{n}", rows.shape))
    graph = nodes + field(2, "fixed") + field(11, value_info("images", (1, 3, size[1], size[0]))) + infos
    path.write_bytes(field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13)))
    return path


def rows(*found: tuple[float, float, float, float, int, float], classes: int = 3) -> np.ndarray:
    made = np.zeros((len(found), 4 + classes))
    for n, (x, y, w, h, kind, score) in enumerate(found):
        made[n, :4], made[n, 4 + kind] = (x, y, w, h), score
    return made


FOUND = rows((32, 32, 10, 20, 0, 0.9), (33, 32, 10, 20, 0, 0.6), (10, 30, 4, 6, 2, 0.8), (50, 30, 9, 9, 1, 0.95), (52, 50, 8, 8, 0, 0.1))
FRAME = np.zeros((128, 256, 3), np.uint8)


def check(found: list[Box]) -> None:
    """The doubled, the unsure and the unknown are gone; pixels are those of the frame, letter box undone."""
    assert [(b.kind, round(b.score, 2)) for b in found] == [("car", 0.9), ("motorcycle", 0.8)]
    assert (found[0].left, found[0].right) == (pytest.approx(27 * 4), pytest.approx(37 * 4))
    assert (found[0].top, found[0].bottom) == (pytest.approx((22 - 16) * 4), pytest.approx((42 - 16) * 4))


@pytest.mark.parametrize("is_turned", [False, True])
def test_a_yolo_like_output_is_read_either_way_round(tmp_path: Path, is_turned: bool) -> None:
    padded = np.concatenate([FOUND, np.zeros((4, 7))])
    out = padded.T[None] if is_turned else padded[None]
    path = model(tmp_path / "m.onnx", [out])
    check(OnnxDetector(ModelSetting(path, "yolo", CLASSES)).boxes(FRAME))


def test_a_yolox_like_output_multiplies_by_the_objectness(tmp_path: Path) -> None:
    out = np.concatenate([FOUND[:, :4], np.full((5, 1), 0.5), FOUND[:, 4:] * 2], axis=1)
    path = model(tmp_path / "m.onnx", [np.concatenate([out, np.zeros((9, 8))])[None]])
    check(OnnxDetector(ModelSetting(path, "yolox", CLASSES)).boxes(FRAME))


def test_a_detr_like_output_of_boxes_and_logits_is_read(tmp_path: Path) -> None:
    scores = np.clip(FOUND[:, 4:], 1e-3, 1 - 1e-3)
    path = model(tmp_path / "m.onnx", [np.log(scores / (1 - scores))[None], (FOUND[:, :4] / 64)[None]])
    check(OnnxDetector(ModelSetting(path, "detr", CLASSES)).boxes(FRAME))


def test_a_yolox_like_output_that_is_not_decoded_is_decoded(tmp_path: Path) -> None:
    """As exported without its decoding: offsets within the cells of strides 8, 16 and 32, sizes as logarithms."""
    raw = np.zeros((64 + 16 + 4, 8))
    for (x, y, w, h), kind, score, (stride, first) in (
        ((32, 32, 10, 20), 0, 0.9, (8, 0)), ((33, 32, 10, 20), 0, 0.6, (16, 64)), ((10, 30, 4, 6), 2, 0.8, (8, 0)), ((52, 50, 8, 8), 0, 0.1, (32, 80)),
    ):  # fmt: skip
        column, row = x // stride, y // stride
        cell = first + row * (64 // stride) + column
        raw[cell, :5] = x / stride - column, y / stride - row, np.log(w / stride), np.log(h / stride), 0.9
        raw[cell, 5 + kind] = score / 0.9
    path = model(tmp_path / "m.onnx", [raw[None]])
    check(OnnxDetector(ModelSetting(path, "yolox", CLASSES)).boxes(FRAME))


def test_rows_that_are_neither_pixels_nor_cells_are_refused(tmp_path: Path) -> None:
    path = model(tmp_path / "m.onnx", [np.full((1, 50, 8), 0.4)])
    with pytest.raises(BadModel, match="export the model with its decoding"):
        OnnxDetector(ModelSetting(path, "yolox", CLASSES))


def test_a_model_with_fewer_classes_than_are_asked_for_is_refused(tmp_path: Path) -> None:
    path = model(tmp_path / "m.onnx", [np.concatenate([FOUND, np.zeros((4, 7))])[None]])
    with pytest.raises(BadModel, match="tells 3 classes, number 7"):
        OnnxDetector(ModelSetting(path, "yolo", {0: "car", 7: "truck"}))


def test_a_model_through_which_no_picture_goes_is_refused_at_the_start(tmp_path: Path) -> None:
    class Broken:
        def get_inputs(self) -> list[Any]:
            return [type("Entry", (), {"name": "images", "shape": [1, 3, 64, 64]})]

        def run(self, _names: None, _given: dict[str, Any]) -> list[Any]:
            raise RuntimeError("Got invalid dimensions")

    with pytest.raises(BadModel, match="no picture goes through it: Got invalid dimensions"):
        OnnxDetector(ModelSetting(tmp_path / "m.onnx", "yolo", CLASSES), session=Broken())


def test_what_cannot_be_a_detector_is_refused_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="choose one of yolo"):
        ModelSetting(tmp_path, "magic", CLASSES)
    with pytest.raises(BadModel, match="unknown: cat"):
        ModelSetting(tmp_path, "yolo", {0: "cat"})
    with pytest.raises(BadModel, match="there is no file"):
        OnnxDetector(ModelSetting(tmp_path / "absent.onnx", "yolo", CLASSES))
    (tmp_path / "torn.onnx").write_bytes(struct.pack("<I", 7))
    with pytest.raises(BadModel, match="cannot be read as an ONNX model"):
        OnnxDetector(ModelSetting(tmp_path / "torn.onnx", "yolo", CLASSES))
    with pytest.raises(BadModel, match="needs an output"):
        OnnxDetector(ModelSetting(model(tmp_path / "m.onnx", [np.zeros((1, 3))]), "yolo", CLASSES))


def test_boxes_of_a_pole_camera_lead_to_where_the_vehicles_stand() -> None:
    flow = Flow(3)
    flow.pass_time(40)
    lens = from_pole((-14, -30), 9, (0, 0), (960, 540), wide_deg=80)
    street = Street(flow.scene, lens)
    calibration = lens.calibration(np.array([[-9.0, -9.0], [9.0, -9.0], [9.0, 9.0], [-9.0, 9.0]]))
    bodies = [b for b in flow.bodies() if max(map(abs, b.middle)) < 25]
    whole = [(b, box) for b, box in street.boxes(bodies) if box[0] > 0 and box[2] < 960 and box[1] > 0 and box[3] < 540]
    assert len(whole) >= 4
    seen = on_the_ground([Box(*box, kind=body.kind, score=0.9) for body, box in whole], calibration)
    off = [float(np.hypot(*(one.place - np.array(body.middle)))) for one, (body, _box) in zip(seen, whole, strict=True)]
    assert np.median(off) < 1.5
    assert on_the_ground([], calibration) == []
