"""The evaluation command: what it refuses, and one honest seed of the real peak hour at reduced size."""

import builtins
import importlib
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from langbiang.city.traffic.cli import app, parse_seeds
from langbiang.city.traffic.evaluate import UnknownController, evaluate
from langbiang.city.traffic.limits import FIELD, FREE
from langbiang.city.traffic.perception import PERCEPTIONS
from tests.city.traffic.conftest import needs_sumo

runner = CliRunner()


def test_seeds_are_read_as_ranges_and_lists_without_doubles() -> None:
    assert parse_seeds("1-3,7,2") == (1, 2, 3, 7)


@pytest.mark.parametrize("text", ["", "one", "3-", "5-1"])
def test_seeds_that_name_nothing_are_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="write 1-5 or 1,4,7"):
        parse_seeds(text)


def test_an_unknown_controller_is_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(UnknownController, match="choose one of fixed"):
        evaluate(tmp_path, controllers=["magic"], perception=PERCEPTIONS["oracle"], limits=FREE, seeds=[1])


def test_without_sumo_the_command_says_how_to_install_it(ingolstadt7: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.import_module

    def absent(name: str, package: str | None = None) -> Any:
        if name == "libsumo":
            raise builtins.ImportError(name)
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", absent)
    result = runner.invoke(app, ["evaluate", "--scenario", str(ingolstadt7), "--controller", "fixed", "--seeds", "1"])
    assert result.exit_code == 2
    assert "bin/prepare twin" in result.output


def test_a_folder_that_holds_no_scenario_is_refused(tmp_path: Path) -> None:
    result = runner.invoke(app, ["evaluate", "--scenario", str(tmp_path), "--controller", "fixed", "--seeds", "1"])
    assert result.exit_code == 2


def test_ours_clears_the_real_peak_hour_far_better_than_the_shipped_plan(ingolstadt7: Path, tmp_path: Path) -> None:
    needs_sumo()
    out = tmp_path / "figures.json"
    asked = ["evaluate", "--scenario", str(ingolstadt7), "--seeds", "6", "--json", str(out)]
    result = runner.invoke(app, [*asked, "--controller", "fixed", "--controller", "ours"])
    assert result.exit_code == 0, result.output
    figures = json.loads(out.read_text())["controllers"]
    assert figures["ours"]["mean_delay_s"] < 0.25 * figures["fixed"]["mean_delay_s"]
    assert figures["ours"]["gridlocks"] == 0
    assert figures["ours"]["runs"][0]["max_red_s"] <= FIELD.max_red_s
