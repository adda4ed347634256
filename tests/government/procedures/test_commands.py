"""The command line of the catalogue: reports that can be read by machines, exit statuses, nothing half-written."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from langbiang.government.procedures import reference
from langbiang.government.procedures.commands import app
from langbiang.government.procedures.loading import lint, models, writing
from langbiang.government.procedures.models import ProcedureVersion

AT = datetime(2026, 11, 2, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


def run(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


@pytest.mark.django_db
def test_the_report_has_counts_and_codes_and_the_second_run_reports_no_change(
    shared_data: Path, tmp_path: Path
) -> None:
    folder, out = shared_data / "procedures" / "justice", tmp_path / "out.json"
    done = run("import", str(folder), "--report", str(out))
    assert done.exit_code == 0, done.output
    first = json.loads(out.read_text(encoding="utf-8"))
    assert first["total"] == len(list(folder.glob("*.json")))
    assert first["structured"]["count"] / first["total"] >= 0.99
    assert first["changed"]["count"] == first["total"]
    for name in ("structured", "review", "failed", "changed"):
        assert first[name]["count"] == len(first[name]["codes"])
    for row in first["review"]["records"]:
        assert row["title"]
        assert row["reasons"]
        assert row["code"] in done.output
    run("import", str(folder), "--report", str(out))
    second = json.loads(out.read_text(encoding="utf-8"))
    assert second["changed"] == second["waiting"] == second["published"] == {"count": 0, "codes": []}
    assert second["structured"] == first["structured"]


@pytest.mark.django_db
def test_a_missing_or_empty_folder_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    assert run("import", str(tmp_path / "none")).exit_code == 2
    assert run("import", str(tmp_path), "--report", str(tmp_path / "out.json")).exit_code == 2
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    assert run("import", str(tmp_path), "--report", str(tmp_path / "no" / "out.json")).exit_code == 2
    assert not (tmp_path / "out.json").exists()


def test_checking_a_broken_file_names_the_place_and_fails(tmp_path: Path) -> None:
    data = json.loads((models.MODELS / "1.001193.json").read_text(encoding="utf-8"))
    data["form"]["groups"][1]["questions"][0]["kind"] = "magic"
    (tmp_path / "x.json").write_text(json.dumps(data), encoding="utf-8")
    done = run("check", str(tmp_path / "x.json"))
    assert done.exit_code == 1
    assert "x.json: form.groups[1].questions[0]" in done.output
    assert run("check", str(models.MODELS)).exit_code == 0


@pytest.mark.django_db
def test_what_is_written_out_can_be_read_again_and_says_the_same(tmp_path: Path) -> None:
    reference.load(at=AT)
    assert run("export", str(tmp_path / "out")).exit_code == 0
    files = sorted((tmp_path / "out").glob("*.json"))
    assert len(files) == len(list(models.MODELS.glob("*.json")))
    for path in files:
        written = json.loads(path.read_text(encoding="utf-8"))
        assert lint.problems_of(written) == []
    written = json.loads((tmp_path / "out" / "1.001193.json").read_text(encoding="utf-8"))
    models.load_one(written | {"summary": "Khác"}, at=AT)
    first, second = ProcedureVersion.objects.filter(procedure__code="1.001193").order_by("number")
    before, after = writing.as_model(first), writing.as_model(second)
    for name in ("summary", "valid_from", "fees"):
        before.pop(name), after.pop(name)
    assert before == after
