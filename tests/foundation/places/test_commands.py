"""`langbiang places ...` says in words what it did or why not."""

import pytest
from typer.testing import CliRunner

from langbiang.foundation.places.commands import app

pytestmark = pytest.mark.usefixtures("register")


def run(*arguments):
    return CliRunner().invoke(app, arguments)


def test_a_unit_is_found_by_what_people_type():
    done = run("find", "me pu")

    assert done.exit_code == 0
    assert "xã Nam Thành" in done.output


def test_nothing_found_says_so():
    done = run("find", "zzzzzz")

    assert done.exit_code == 1
    assert "No unit fits" in done.output


def test_without_a_file_the_command_says_what_to_do(settings):
    settings.BOUNDARIES = ""

    done = run("load-geometry")

    assert done.exit_code == 2
    assert "LANGBIANG_BOUNDARIES" in done.output


def test_a_broken_file_is_refused_in_words(tmp_path):
    path = tmp_path / "x.geojson"
    path.write_text("{")

    done = run("load-geometry", str(path))

    assert done.exit_code == 1
    assert "not JSON" in done.output
