"""Importing the national catalogue: counted openly, twice without a change; what is known never changes by itself."""

import json
import shutil
from pathlib import Path

import pytest
from django.utils import timezone

from langbiang.foundation.access import ANONYMOUS, SYSTEM, Forbidden
from langbiang.government.procedures import queries, reference
from langbiang.government.procedures.models import ImportRow, ProcedureVersion
from langbiang.government.procedures.services import imports

pytestmark = pytest.mark.django_db


def take_in(folder: Path, **options: bool) -> imports.Report:
    return imports.import_files(
        SYSTEM, paths=sorted(folder.glob("*.json")), source=folder.name, at=timezone.now(), **options
    )


def test_what_is_published_at_once_is_for_reading_only(shared_data: Path, tmp_path: Path) -> None:
    for path in sorted((shared_data / "procedures" / "justice").glob("*.json"))[:20]:
        shutil.copy(path, tmp_path)
    report = take_in(tmp_path)
    published = ProcedureVersion.objects.filter(state="published")
    assert published.count() == len(report.published) == len(report.structured) == 20
    assert not published.exclude(form={}, online_level="information", verified=False).exists()
    assert queries.fileable(on=timezone.localdate()) == []
    found = published.get(procedure__code=report.structured[0])
    assert found.channels.exists()
    assert found.documents.exists()
    assert found.raw["raw_text"]


def test_a_changed_record_waits_for_an_approver_with_its_difference(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "procedures" / "justice" / "1.001193.json"
    if not source.exists():
        source = sorted((shared_data / "procedures" / "justice").glob("*.json"))[0]
    shutil.copy(source, tmp_path / source.name)
    take_in(tmp_path)
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
    text = good.read_text(encoding="utf-8")
    shutil.copy(good, tmp_path / good.name)
    bad = {
        "broken": b"{\xff\xfe not json", "list": b"[1, 2]", "deep": b"[" * 100_000, "empty": b"{}", "nothing": b"",
        "cut": text.encode()[: len(text) // 2], "utf16": text.encode("utf-16"), "number": b'{"a": ' + b"9" * 5000 + b"}",
        "nested": b'{"raw_text": ' + b'{"a":' * 300 + b"1" + b"}" * 300 + b"}",
        "odd": b'{"raw_text": "\\u0000 \\ud800 \\\\u0000", "so": NaN, "big": 99999999999999999999999999}',
    }  # fmt: skip
    for name, content in bad.items():
        (tmp_path / f"{name}.json").write_bytes(content)
    (tmp_path / "link.json").symlink_to("/etc/hostname")
    report = take_in(tmp_path)
    assert report.structured == [good.stem]
    assert sorted(row["code"] for row in report.failed) == sorted([*bad, "link"])
    assert all(row["reasons"] for row in report.failed)


def test_a_code_that_comes_twice_counts_once(shared_data: Path, tmp_path: Path) -> None:
    good = sorted((shared_data / "procedures" / "justice").glob("*.json"))[0]
    shutil.copy(good, tmp_path / "a.json")
    shutil.copy(good, tmp_path / "b.json")
    report = take_in(tmp_path)
    assert report.structured == [good.stem]
    assert len(report.failed) == 1
    assert ProcedureVersion.objects.count() == 1


def test_a_code_that_is_a_path_or_a_statement_is_never_a_procedure(shared_data: Path, tmp_path: Path) -> None:
    good = sorted((shared_data / "procedures" / "justice").glob("*.json"))[0]
    raw = json.loads(good.read_text(encoding="utf-8"))
    for code in ("../../etc/passwd", "1'; DROP TABLE x; --", "9" * 60):
        raw["raw_text"] = raw["raw_text"].replace(good.stem, code)
        raw["ma_thu_tuc"] = code
        (tmp_path / "x.json").write_text(json.dumps(raw), encoding="utf-8")
        report = take_in(tmp_path)
        assert report.published == []
    row = ImportRow.objects.filter(state="pending").first()
    assert row is not None
    with pytest.raises(imports.NotARecord):
        imports.approve_change(SYSTEM, row_id=row.pk, at=timezone.now())


def test_writing_the_same_record_with_other_spaces_changes_nothing(shared_data: Path, tmp_path: Path) -> None:
    good = sorted((shared_data / "procedures" / "justice").glob("*.json"))[0]
    shutil.copy(good, tmp_path / good.name)
    take_in(tmp_path)
    raw = json.loads(good.read_text(encoding="utf-8"))
    (tmp_path / good.name).write_text(json.dumps(raw, indent=3), encoding="utf-8")
    assert take_in(tmp_path).changed == []


def test_what_was_rejected_is_asked_about_again_and_never_published_by_itself(
    shared_data: Path, tmp_path: Path
) -> None:
    good = sorted((shared_data / "procedures" / "justice").glob("*.json"))[0]
    shutil.copy(good, tmp_path / good.name)
    take_in(tmp_path)
    raw = json.loads(good.read_text(encoding="utf-8"))
    raw["raw_text"] = raw["raw_text"].replace("Số quyết định", "Số quyết định8888/", 1)
    (tmp_path / good.name).write_text(json.dumps(raw), encoding="utf-8")
    assert take_in(tmp_path).waiting == [good.stem]
    imports.reject_change(SYSTEM, row_id=ImportRow.objects.get(state="pending").pk, at=timezone.now())
    assert take_in(tmp_path).waiting == [good.stem]
    assert ProcedureVersion.objects.count() == 1


def test_a_fully_modelled_procedure_gets_a_draft_and_keeps_its_form(shared_data: Path, tmp_path: Path) -> None:
    reference.load(at=timezone.now())
    shutil.copy(shared_data / "procedures" / "justice" / "1.001193.json", tmp_path)
    report = take_in(tmp_path)
    assert report.waiting == ["1.001193"]
    row = ImportRow.objects.get(state="pending")
    assert "channels" in row.difference
    imports.approve_change(SYSTEM, row_id=row.pk, at=timezone.now())
    versions = list(ProcedureVersion.objects.filter(procedure__code="1.001193").order_by("number"))
    assert [v.state for v in versions] == ["published", "draft"]
    assert versions[1].form == versions[0].form != {}
    kept, made = ([d.key for d in version.documents.order_by("rank")] for version in versions)
    assert made == kept
    assert versions[1].results.get().register == versions[0].results.get().register


def test_an_import_needs_the_permission(tmp_path: Path) -> None:
    with pytest.raises(Forbidden):
        imports.import_files(ANONYMOUS, paths=[], source="x", at=timezone.now())
