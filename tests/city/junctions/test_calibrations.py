"""Calibrations of cameras: versioned, with error and maker; what spans no plane is refused in words."""

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from langbiang.city.junctions import services
from langbiang.city.junctions.models import CameraCalibration
from langbiang.city.traffic.vision import saved
from langbiang.foundation.access import Forbidden
from tests.access.test_walk import browser
from tests.city.junctions.conftest import NOW, Control

pytestmark = pytest.mark.django_db
QUAD = [(192.0, 459.0, -8.0, 9.0), (768.0, 459.0, 1.0, 9.0), (634.0, 189.0, 1.0, 33.0), (326.0, 189.0, -8.0, 33.0)]
FIELDS = ("u", "v", "x", "y")


def keep(control: Control, points: Any = QUAD, **changes: Any) -> CameraCalibration:
    given = {"junction_code": "kim-cuc", "zone": "CAM-N", "points": points, "size": (960, 540), "note": "", "at": NOW}
    return services.calibrate_camera(changes.pop("actor", control.engineer), **{**given, **changes})


def test_every_saving_is_a_version_with_its_error_and_who_made_it(control: Control) -> None:
    first = keep(control)
    second = keep(control, [*QUAD, (480.0, 320.0, -3.5, 17.0)])
    assert (first.number, second.number) == (1, 2)
    assert first.error_m < 0.001
    assert 0 < second.error_m < 1
    assert second.made_by_id == control.engineer.account_id
    assert second.slip_m > 0
    assert keep(control, zone="CAM-S").number == 1


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (QUAD[:3], "At least four points"),
        ([(*QUAD[1][:2], *QUAD[0][2:]), (*QUAD[0][:2], *QUAD[1][2:]), *QUAD[2:]], "go round|horizon"),
        ([(10.0, 10.0, 0.0, 0.0), (15.0, 15.0, 0.0, 9.0), *QUAD[2:]], "on top of each other"),
        ([(100.0, 100.0, -8.0, 9.0), (300.0, 300.0, 1.0, 9.0), (500.0, 500.0, 1.0, 33.0), QUAD[3]], "nearly on a line"),
        ([(2000.0, 459.0, -8.0, 9.0), *QUAD[1:]], "outside the picture"),
    ],
)
def test_points_that_span_no_plane_are_refused_in_words(control: Control, points: Any, said: str) -> None:
    with pytest.raises(services.BadPoints, match=said):
        keep(control, points)
    assert not CameraCalibration.objects.exists()


def test_who_does_not_plan_there_and_what_is_no_camera_are_refused(control: Control) -> None:
    with pytest.raises(Forbidden):
        keep(control, actor=control.operator)
    with pytest.raises(services.NoSuch):
        keep(control, actor=control.foreign)
    with pytest.raises(services.NoSuch, match="no camera DET-N"):
        keep(control, zone="DET-N")


def test_a_saved_version_is_in_the_file_of_the_watching_cameras_once_it_is_kept(
    control: Control, settings: Any, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    settings.HOME = tmp_path
    path = tmp_path / "traffic" / "calibrations.json"
    with django_capture_on_commit_callbacks(execute=True):
        keep(control)
        assert not path.exists()  # not before it is certain
    assert {key: one.number for key, one in saved.read(path).items()} == {("kim-cuc", "CAM-N"): 1}
    client = browser(control.engineer.account_id)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(reverse("junctions:calibration", args=["kim-cuc", "CAM-N"]), form([*QUAD, (480.0, 320.0, -3.5, 17.0)]) | {"seen": "1"}).status_code == 302
    one = saved.read(path)["kim-cuc", "CAM-N"]
    assert (one.number, one.size, len(one.points)) == (2, (960, 540), 5)
    path.unlink()
    assert services.publish_calibrations()
    assert not services.publish_calibrations()


def test_a_disk_that_is_full_keeps_the_version_and_the_next_minute_writes_it(
    control: Control, settings: Any, tmp_path: Path, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HOME = tmp_path

    def full(*_args: Any) -> bool:
        raise OSError("no space left")

    with monkeypatch.context() as patch, django_capture_on_commit_callbacks(execute=True):
        patch.setattr(saved, "write", full)
        keep(control)
    with monkeypatch.context() as patch:
        patch.setattr(saved, "write", full)
        assert not services.publish_calibrations()
    assert CameraCalibration.objects.count() == 1
    assert services.publish_calibrations()


def form(points: Any) -> dict[str, str]:
    found = {"width": "960", "height": "540", "note": "new pole"}
    for n, row in enumerate(points, start=1):
        found |= {f"{name}{n}": f"{value:g}" for name, value in zip(FIELDS, row, strict=True)}
    return found


def test_the_page_keeps_what_was_dragged_and_gives_back_what_was_wrong(control: Control) -> None:
    client = browser(control.engineer.account_id)
    url = reverse("junctions:calibration", args=["kim-cuc", "CAM-N"])
    assert client.get(url).status_code == 200
    wrong = client.post(url, {**form(QUAD), "u1": "here"})
    assert wrong.status_code == 200
    assert b'value="here"' in wrong.content
    assert b"point_1" in wrong.content
    assert not CameraCalibration.objects.exists()
    assert client.post(url, form(QUAD)).status_code == 302
    kept = CameraCalibration.objects.get()
    assert (kept.zone, kept.number, kept.note, len(kept.points)) == ("CAM-N", 1, "new pole", 4)
    again = client.get(url)
    assert b"calibration-grid" in again.content
    assert b'value="192"' in again.content
    assert b"CAM-N" in client.get(reverse("junctions:cameras", args=["kim-cuc"])).content
    assert client.get(reverse("junctions:calibration", args=["kim-cuc", "DET-N"])).status_code == 404
