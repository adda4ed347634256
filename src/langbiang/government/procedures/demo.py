"""What officers of the catalogue find on their desk in the demo province: an import, a draft and a sheet in work."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from langbiang.foundation.access import SYSTEM

from .models import ImportBatch, Procedure, ProcedureVersion, ProcessSheet
from .services import drafts, imports, sheets

Progress = Callable[[int, int], None]
DRAFTED, PLANNED = "1.000894", "1.001193"


def load(*, at: datetime, seed: int, progress: Progress) -> None:
    """Take in the records of the national catalogue where the data directory has them; begin a draft and a sheet."""
    paths = records(Path(settings.SHARED_DATA) / "procedures")
    if paths and not ImportBatch.objects.exists():
        imports.import_files(
            SYSTEM, paths=paths, source=paths[0].parent.name, at=at, progress=lambda n: progress(n, len(paths))
        )
    with transaction.atomic():
        _draft(at=at)
        _sheet(at=at)
    progress(1, 1)


def records(folder: Path) -> list[Path]:
    """The records under a data directory, one folder per ministry."""
    return sorted(folder.glob("*/*.json")) if folder.is_dir() else []


def _draft(*, at: datetime) -> None:
    """A next version with a clearer summary, waiting for an approver."""
    version = ProcedureVersion.objects.filter(procedure__code=DRAFTED, state="published", valid_to=None).first()
    if version is None or version.procedure.versions.filter(state="draft").exists():
        return
    made = drafts.begin_version(SYSTEM, version_id=version.pk, at=at)
    summary = f"{made.summary} Có thể nộp tại bất kỳ bộ phận một cửa nào trong tỉnh.".strip()
    drafts.change_draft(SYSTEM, version_id=made.pk, revision=made.revision, changes={"summary": summary}, at=at)


def _sheet(*, at: datetime) -> None:
    """A draft sheet that gives the check less time and the signature more."""
    procedure = Procedure.objects.filter(code=PLANNED).first()
    if procedure is None or procedure.sheets.filter(state=ProcessSheet.State.DRAFT).exists():
        return
    made = sheets.create_sheet(SYSTEM, procedure_id=procedure.pk, template_code="T01", at=at)
    rows = [
        {
            "key": step.key, "name": step.name, "name_en": step.name_en, "role": step.role, "kind": step.kind,
            "hours": {"check": 2, "sign": 3}.get(step.key, step.hours), "parallel_group": step.parallel_group,
            "place": step.place, "optional": step.optional,
        }
        for step in made.steps.order_by("seq")
    ]  # fmt: skip
    sheets.change_sheet(
        SYSTEM, sheet_id=made.pk, revision=made.revision, steps=rows, note="Thêm thời gian cho lãnh đạo ký.", at=at
    )
