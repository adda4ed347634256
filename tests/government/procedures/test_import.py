"""Importing the national catalogue: counted openly, twice without a change, never published by itself."""

import json
import shutil
from pathlib import Path

import pytest
from django.utils import timezone

from langbiang.foundation.access import SYSTEM
from langbiang.government.procedures.models import ImportRow, ProcedureVersion
from langbiang.government.procedures.services import imports

pytestmark = pytest.mark.django_db


def take_in(folder: Path, **options: bool) -> imports.Report:
    return imports.import_files(
        SYSTEM, paths=sorted(folder.glob("*.json")), source=folder.name, at=timezone.now(), **options
    )


def test_at_least_99_of_100_records_of_the_ministry_of_justice_are_structured(shared_data: Path) -> None:
    report = take_in(shared_data / "procedures" / "justice")
    assert report.total == 271
    assert len(report.structured) >= 0.99 * report.total
    assert all(row["reasons"] for row in [*report.review, *report.failed])
    assert len(report.structured) + len(report.review) + len(report.failed) == report.total
    again = take_in(shared_data / "procedures" / "justice")
    assert again.changed == []
    assert ProcedureVersion.objects.count() == 0, "an import alone publishes nothing"


def test_a_changed_record_waits_for_an_approver_with_its_difference(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "procedures" / "justice" / "1.001193.json"
    if not source.exists():
        source = sorted((shared_data / "procedures" / "justice").glob("*.json"))[0]
    shutil.copy(source, tmp_path / source.name)
    take_in(tmp_path, approve=True)
    raw = json.loads(source.read_text(encoding="utf-8"))
    raw["raw_text"] = raw["raw_text"].replace("Số quyết định", "Số quyết định9999/", 1)
    raw["so_quyet_dinh"] = "9999/" + raw["so_quyet_dinh"]
    (tmp_path / source.name).write_text(json.dumps(raw, ensure_ascii=False), encoding="utf-8")
    report = take_in(tmp_path)
    assert report.changed == [source.stem]
    row = ImportRow.objects.get(state="pending")
    assert list(row.difference) == ["decision_no"]
    assert ProcedureVersion.objects.filter(state="published").count() == 1
    imports.approve_change(SYSTEM, row_id=row.pk, at=timezone.now())
    newest = ProcedureVersion.objects.order_by("-number")[0]
    assert newest.decision_no.startswith("9999/")
    with pytest.raises(imports.AlreadyDecided):
        imports.approve_change(SYSTEM, row_id=row.pk, at=timezone.now())


def test_hostile_files_are_reported_and_keep_nobody_else_out(shared_data: Path, tmp_path: Path) -> None:
    good = sorted((shared_data / "procedures" / "justice").glob("*.json"))[0]
    shutil.copy(good, tmp_path / good.name)
    (tmp_path / "broken.json").write_bytes(b"{\xff\xfe not json")
    (tmp_path / "list.json").write_text("[1, 2]")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    (tmp_path / "empty.json").write_text("{}")
    report = take_in(tmp_path)
    assert report.structured == [good.stem]
    assert len(report.failed) == 4
