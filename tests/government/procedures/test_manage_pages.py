"""The workbench of the catalogue: who may open it, what it shows, what differs, what waits."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from langbiang.government.procedures import models, queries
from langbiang.government.procedures.queries import editing

from .catalogue import AT, field, officer, version

OTHER = "/manage/procedures/imports/"


@pytest.fixture(autouse=True)
def _fresh() -> None:
    queries.forget()


@pytest.fixture
def keeper(db: None) -> Client:
    return officer("catalogue_officer")


@pytest.fixture
def draft(db: None) -> models.ProcedureVersion:
    """A draft that differs from the published version before it."""
    old = version("1.000894", "Đăng ký kết hôn", conditions="Nam từ đủ 20 tuổi.")
    models.DocumentRequirement.objects.create(version=old, rank=1, key="form", name="Tờ khai", originals=1)
    new = models.ProcedureVersion.objects.create(
        procedure=old.procedure, number=2, state="draft", title="Đăng ký kết hôn trong nước", title_folded="dang ky ket hon trong nuoc",
        field=field(), levels=["commune"], conditions="Nam từ đủ 21 tuổi.", created_at=AT, created_by="Ai đó",
    )  # fmt: skip
    models.Channel.objects.create(
        version=new, rank=1, kind="direct", duration=Decimal(3), duration_unit="working_days", fee_state="unknown"
    )
    return new


@pytest.fixture
def sheet(draft: models.ProcedureVersion) -> models.ProcessSheet:
    template = models.ProcessTemplate.objects.create(code="X2", name="Đăng ký đơn giản", name_en="Simple")
    made = models.ProcessSheet.objects.create(
        procedure=draft.procedure, number=1, template=template, state="draft", created_at=AT
    )
    models.SheetStep.objects.create(sheet=made, seq=1, key="receive", name="Tiếp nhận", role="receiver", kind="task", hours=2)
    models.SheetStep.objects.create(sheet=made, seq=2, key="wait", name="Chờ nộp tiền", role="cashier", kind="wait_money", hours=90)
    return made


@pytest.fixture
def record(db: None) -> models.ImportRow:
    batch = models.ImportBatch.objects.create(source="national/justice", started_at=AT)
    return models.ImportRow.objects.create(
        batch=batch, code="1.000894", title="Đăng ký kết hôn", raw={"text": "Tên thủ tục Đăng ký kết hôn"}, raw_sha256="0" * 64,
        parsed={"title": "Đăng ký kết hôn", "channels": [{"channel": "direct"}]}, verdict="review", state="pending",
        reasons=[{"code": "duration_without_unit", "detail": "Trực tiếp1"}],
        difference={"title": {"before": "Kết hôn", "after": "Đăng ký kết hôn"}},
    )  # fmt: skip


def text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content.decode()[:800]
    return answer.content.decode()


def test_the_list_shows_every_state_and_narrows_by_it(keeper: Client, draft: models.ProcedureVersion) -> None:
    page = text(keeper, "/manage/procedures/")
    assert f"/manage/procedures/versions/{draft.pk}/" in page
    assert page.count("data-item") == 2
    only = text(keeper, "/manage/procedures/?state=draft&q=ket+hon&field=civil_status&unverified=1")
    assert only.count("data-item") == 1
    assert text(keeper, "/manage/procedures/?q=1000894").count("data-item") == 2


def test_an_empty_catalogue_says_how_to_fill_it(keeper: Client) -> None:
    assert "langbiang procedures import" in text(keeper, "/manage/procedures/")
    assert "langbiang procedures import" in text(keeper, OTHER)


def test_the_list_costs_the_same_however_long_it_is(keeper: Client, django_assert_max_num_queries) -> None:
    for n in range(30):
        version(f"1.{n:06}", f"Thủ tục số {n}")
    text(keeper, "/manage/procedures/")
    with django_assert_max_num_queries(18):
        text(keeper, "/manage/procedures/")


def test_a_version_shows_what_it_says_and_that_it_is_not_verified(keeper: Client, draft: models.ProcedureVersion) -> None:
    page = text(keeper, f"/manage/procedures/versions/{draft.pk}/")
    assert "Đăng ký kết hôn trong nước" in page
    assert "Nam từ đủ 21 tuổi." in page
    assert "notice-caution" in page


def test_changes_are_shown_word_by_word(keeper: Client, draft: models.ProcedureVersion) -> None:
    page = text(keeper, f"/manage/procedures/versions/{draft.pk}/?tab=changes")
    assert "20</del>" in page
    assert "21</ins>" in page
    changes = editing.differences(editing.previous(draft), draft)
    assert ("documents", "form", "") in [(c.part, c.key, c.after) for c in changes], "a paper that is gone is told"
    assert ("channels", "1") in [(c.part, c.key) for c in changes]


def test_two_equal_versions_differ_in_nothing(draft: models.ProcedureVersion) -> None:
    assert editing.differences(draft, draft) == []


def test_citizens_find_unverified_marks_only_when_they_are_officers(keeper: Client, draft: models.ProcedureVersion) -> None:
    models.FeeRule.objects.create(
        procedure=draft.procedure, kind="phi", label="Phí", amount_vnd=5000, valid_from=date(2025, 7, 1), legal_source="NQ 1"
    )
    assert "tone-caution" in text(keeper, "/procedures/1.000894/")
    assert "tone-caution" not in text(Client(), "/procedures/1.000894/")


def test_an_import_shows_text_beside_reading_difference_and_reasons(keeper: Client, record: models.ImportRow) -> None:
    assert f"{OTHER}{record.batch_id}/" in text(keeper, OTHER)
    assert f"{OTHER}records/{record.pk}/" in text(keeper, f"{OTHER}{record.batch_id}/")
    page = text(keeper, f"{OTHER}records/{record.pk}/")
    for wanted in ("Tên thủ tục Đăng ký kết hôn", "Trực tiếp1", "channels 1.channel", "<ins>"):
        assert wanted in page, wanted


@pytest.mark.parametrize("query", ["state=zzz", "verdict=%00", "q='--", "after=abc", "all=1", "after=999999999999999"])
def test_strange_addresses_of_imports_are_answered_calmly(keeper: Client, record: models.ImportRow, query: str) -> None:
    text(keeper, f"{OTHER}{record.batch_id}/?{query}")


def test_a_sheet_shows_its_hours_against_the_promise(keeper: Client, sheet: models.ProcessSheet) -> None:
    page = text(keeper, f"/manage/procedures/sheets/{sheet.pk}/")
    assert "Chờ nộp tiền" in page
    assert "Tiếp nhận" in page


@pytest.mark.parametrize(
    "path", ["versions/999/", "imports/999/", "imports/records/999/", "sheets/999/", "versions/99999999999999999999/"]
)
def test_what_does_not_exist_is_not_found(keeper: Client, path: str) -> None:
    text(keeper, f"/manage/procedures/{path}", 404)


def test_the_workbench_is_closed_to_others(draft: models.ProcedureVersion, sheet: models.ProcessSheet, record: models.ImportRow) -> None:
    paths = [
        "/manage/procedures/", OTHER, f"/manage/procedures/versions/{draft.pk}/", f"{OTHER}{record.batch_id}/",
        f"{OTHER}records/{record.pk}/", f"/manage/procedures/sheets/{sheet.pk}/",
    ]  # fmt: skip
    nobody, cashier = Client(), officer("cashier")
    for path in paths:
        assert nobody.get(path).status_code in (302, 403), path
        assert cashier.get(path).status_code == 403, path
