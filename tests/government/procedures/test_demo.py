"""The desk of the catalogue in the demo province."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from langbiang.government.procedures import demo, queries, reference
from langbiang.government.procedures.models import ImportBatch, ProcedureVersion, ProcessSheet

AT = datetime(2026, 11, 2, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


@pytest.mark.django_db
def test_the_demo_leaves_a_draft_and_a_sheet_in_work_and_everything_can_still_be_filed(
    tmp_path: Path, settings: pytest.FixtureRequest
) -> None:
    settings.SHARED_DATA = tmp_path  # type: ignore[attr-defined]  # a setting of the project
    reference.load(at=AT)
    before = len(queries.fileable(on=AT.date()))
    for _twice in range(2):
        demo.load(at=AT, seed=1, progress=lambda done, total: None)
    assert ProcedureVersion.objects.filter(state="draft").count() == 1
    assert ProcessSheet.objects.filter(state="draft").count() == 1
    assert len(queries.fileable(on=AT.date())) == before
    assert not ImportBatch.objects.exists(), "no records in the data directory"
