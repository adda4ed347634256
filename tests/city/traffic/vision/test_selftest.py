"""The self-test of a camera: a view that can be counted is good, one that cannot is told why."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from langbiang.city.traffic.cli import app
from langbiang.city.traffic.vision.configuration import parse
from langbiang.city.traffic.vision.scene import Lane
from langbiang.city.traffic.vision.selftest import VEHICLES, lens_of, px_per_m, self_test
from langbiang.city.traffic.vision.synthetic.drawing import Lens, from_above, from_pole
from langbiang.city.traffic.vision.synthetic.flow import crossroads

GROUND = np.array([[0.0, 18.0], [24.0, 0.0], [0.0, -18.0], [-24.0, 0.0], [6.0, 6.0]])
FROM_ABOVE = from_above((-40.0, -22.5, 40.0, 22.5), (480, 270))


def described(lens: Lens, keys: tuple[str, ...] = ("E1", "E2"), ground: Any = GROUND) -> dict[str, Any]:
    """A camera over some lanes of the crossroads."""
    scene = crossroads(40.0)
    pixels = lens.project(np.column_stack([ground, np.zeros(len(ground))]))
    return {
        "key": "n1", "junction": "kim-cuc", "url": "rtsp://127.0.0.1:9/none",
        "calibration": {"size": list(lens.size), "image": pixels.tolist(), "map": ground.tolist()},
        "lanes": [{"key": lane.key, "path": lane.path.tolist(), "width_m": lane.width_m} for lane in scene.lanes if lane.key in keys],
    }  # fmt: skip


def written(path: Path, *cameras: dict[str, Any]) -> str:
    path.write_text(json.dumps({"cameras": list(cameras)}), encoding="utf-8")
    return str(path)


def test_a_view_from_straight_above_is_good_and_the_command_says_so(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["perceive", "--self-test", written(tmp_path / "cameras.json", described(FROM_ABOVE))])
    assert ran.exit_code == 0, ran.output
    assert "n1: good" in ran.output
    assert f"of {VEHICLES} counted" in ran.output


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda row: row["lanes"][0].update(path=[[200, 4.8], [150, 4.8]]), "lane E1: its stop line is not in the picture"),
        (lambda row: row["calibration"]["image"].__setitem__(4, [288.0, 99.5]), "the points disagree"),
    ],
)
def test_what_cannot_be_counted_is_told_with_its_reason_and_ends_with_1(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], said: str
) -> None:
    row = described(FROM_ABOVE)
    change(row)
    ran = CliRunner().invoke(app, ["perceive", "--self-test", written(tmp_path / "cameras.json", row)])
    assert ran.exit_code == 1, ran.output
    assert "n1: NOT good" in ran.output
    assert said in ran.output


def test_a_picture_too_coarse_is_refused_before_anything_is_drawn() -> None:
    found = self_test(parse({"cameras": [described(from_above((-80.0, -45.0, 80.0, 45.0), (240, 135)))]}).cameras[0])
    assert not found.is_good
    assert all(lane.counted is None for lane in found.lanes)
    assert any("1.5 pixels" in fault for fault in found.faults)


def test_a_file_that_is_no_configuration_ends_with_2_and_names_the_field(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["perceive", "--self-test", written(tmp_path / "cameras.json", {"key": "n1"})])
    assert ran.exit_code == 2
    assert "cameras[0].junction" in ran.output
    assert CliRunner().invoke(app, ["perceive"], env={"LANGBIANG_CAMERAS": ""}).exit_code == 2


@pytest.mark.parametrize(
    "lens", [from_pole((-30, -45), 14, (0, 0), (960, 540), wide_deg=75), from_pole((5, -60), 22, (0, 5), (640, 360), wide_deg=50)]
)
def test_the_camera_that_makes_a_calibration_is_found_again_with_its_heights(lens: Lens) -> None:
    calibration = lens.calibration(np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 12.0], [-8.0, 3.0]]))
    spots = np.array([[0.0, 0.0, 3.0], [12.0, 8.0, 1.5], [-6.0, 20.0, 2.0]])
    assert np.allclose(lens_of(calibration).project(spots), lens.project(spots), atol=0.05)


def test_a_metre_far_away_is_smaller_and_behind_the_camera_it_is_nothing() -> None:
    lens = from_pole((0, -30), 12, (0, 10), (960, 540), wide_deg=70)
    calibration = lens.calibration(np.array([[-5.0, -5.0], [5.0, -5.0], [-6.0, 20.0], [6.0, 20.0], [0.0, 8.0]]))
    lanes = {lane.key: lane for lane in crossroads(40.0).lanes}
    assert px_per_m(calibration, lanes["N1"]) < px_per_m(calibration, lanes["S1"])
    assert px_per_m(calibration, Lane("behind", np.array([[0.0, -90.0], [0.0, -60.0]]), 3.2)) == 0.0
