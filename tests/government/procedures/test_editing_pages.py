"""A clerk writes a procedure and its sheet in the browser without scripts; a second person approves."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from langbiang.government.procedures import models, queries
from langbiang.government.procedures.services import sheets as sheet_services

from .catalogue import AT, field, officer, version

BASE = "/manage/procedures/"


@pytest.fixture(autouse=True)
def _fresh() -> None:
    queries.forget()


@pytest.fixture
def clerk(db: None) -> Client:
    return officer("catalogue_officer")


@pytest.fixture
def approver(db: None) -> Client:
    return officer("catalogue_approver")


def begin(clerk: Client, code: str = "2.009999") -> models.ProcedureVersion:
    field()
    answer = clerk.post(
        f"{BASE}new/", {"code": code, "title": "Cấp giấy xác nhận thử", "field_code": "civil_status", "levels": ["commune"]}
    )
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return models.ProcedureVersion.objects.get(procedure__code=code)


def draft_page(draft: models.ProcedureVersion, **more: Any) -> dict[str, Any]:
    """What the page of a draft posts."""
    draft.refresh_from_db()
    return {
        "revision": draft.revision, "title": draft.title, "field_code": "civil_status", "levels": ["commune"],
        "online_level": "information", "cutoff_scope": "none", "save": "1",
        "channel-count": "1", "channel-0-kind": "direct", "channel-0-duration": "3", "channel-0-duration_unit": "working_days",
        "channel-0-fee_state": "known", "channel-0-fee_amount": "8.000",
        "paper-count": "1", "paper-0-name": "Tờ khai", "paper-0-originals": "1", "paper-0-copies": "0", "paper-0-required": "on",
        **more,
    }  # fmt: skip


def test_a_procedure_goes_from_nothing_to_published_by_two_people(clerk: Client, approver: Client) -> None:
    draft = begin(clerk)
    address = f"{BASE}versions/{draft.pk}/"
    assert clerk.get(f"{address}edit/").status_code == 200
    answer = clerk.post(f"{address}edit/", draft_page(draft, summary="Xác nhận để thử.", keywords="giấy thử"))
    assert answer.status_code == 302, answer.content.decode()
    assert draft.channels.get().fee_amount == 8000
    assert draft.documents.get().key == "to-khai"
    draft.refresh_from_db()
    assert "Xác nhận" in approver.get(address).content.decode()
    assert approver.post(f"{address}approve/", {"revision": draft.revision}).status_code == 302
    day = timezone.localdate() + timedelta(days=1)
    assert approver.post(f"{address}publish/", {"valid_from": f"{day:%d/%m/%Y}"}).status_code == 302
    draft.refresh_from_db()
    assert (draft.state, draft.valid_from) == ("published", day)


def test_nobody_approves_what_they_wrote(db: None) -> None:
    both = officer("catalogue_officer", "catalogue_approver")
    draft = begin(both)
    both.post(f"{BASE}versions/{draft.pk}/edit/", draft_page(draft))
    draft.refresh_from_db()
    answer = both.post(f"{BASE}versions/{draft.pk}/approve/", {"revision": draft.revision})
    draft.refresh_from_db()
    assert draft.state == "draft"
    assert "error-summary" in answer.content.decode()


def test_a_stale_page_overwrites_nothing(clerk: Client) -> None:
    draft = begin(clerk)
    page = draft_page(draft, title="Tên của người đến trước")
    assert clerk.post(f"{BASE}versions/{draft.pk}/edit/", page).status_code == 302
    answer = clerk.post(f"{BASE}versions/{draft.pk}/edit/", page | {"title": "Tên của người đến sau"})
    assert answer.status_code == 200
    assert "Tên của người đến sau" in answer.content.decode(), "what was typed is still there"
    draft.refresh_from_db()
    assert draft.title == "Tên của người đến trước"


def test_wrong_rows_are_named_and_kept(clerk: Client) -> None:
    draft = begin(clerk)
    page = draft_page(draft) | {"channel-0-duration_unit": "", "paper-0-name": ""}
    answer = clerk.post(f"{BASE}versions/{draft.pk}/edit/", page).content.decode()
    assert "id_channel-0-duration_unit" in answer
    assert "id_paper-0-name" in answer
    assert not draft.channels.exists()


def test_row_buttons_change_the_page_and_keep_what_was_typed(clerk: Client) -> None:
    draft = begin(clerk)
    page = draft_page(draft) | {"do-channel": "add", "summary": "Đang gõ dở"}
    del page["save"]
    answer = clerk.post(f"{BASE}versions/{draft.pk}/edit/", page).content.decode()
    assert 'name="channel-1-kind"' in answer
    assert "Đang gõ dở" in answer
    answer = clerk.post(f"{BASE}versions/{draft.pk}/edit/", page | {"do-channel": "remove-0"}).content.decode()
    assert 'name="channel-0-kind"' not in answer
    assert not draft.channels.exists(), "nothing is kept before it is saved"


def test_a_code_that_is_known_is_refused_with_a_way_out(clerk: Client) -> None:
    version("1.000894", "Đăng ký kết hôn")
    answer = clerk.post(f"{BASE}new/", {"code": "1.000894", "title": "Khác", "field_code": "civil_status", "levels": ["commune"]})
    assert "error-summary" in answer.content.decode()
    assert models.ProcedureVersion.objects.count() == 1


@pytest.mark.parametrize("code", ["", "abc", "1.1", "1.000894.H3", "<script>", "1" * 400])
def test_a_code_of_another_form_is_refused(clerk: Client, code: str) -> None:
    field()
    answer = clerk.post(f"{BASE}new/", {"code": code, "title": "Khác", "field_code": "civil_status", "levels": ["commune"]})
    assert answer.status_code == 200
    assert not models.Procedure.objects.exists()


def test_a_new_version_begins_as_a_copy_and_ends_the_one_before_when_published(clerk: Client, approver: Client) -> None:
    old = version("1.000894", "Đăng ký kết hôn", conditions="Nam từ đủ 20 tuổi.")
    models.Channel.objects.create(version=old, rank=1, kind="direct", duration=Decimal(3), duration_unit="working_days", fee_state="free")
    assert clerk.post(f"{BASE}versions/{old.pk}/begin/").status_code == 302
    new = models.ProcedureVersion.objects.get(number=2)
    assert (new.conditions, new.channels.count()) == (old.conditions, 1)
    answer = clerk.post(f"{BASE}versions/{old.pk}/begin/")
    assert "error-summary" in answer.content.decode(), "one draft at a time"
    approver.post(f"{BASE}versions/{new.pk}/approve/", {"revision": 1})
    yesterday = timezone.localdate() - timedelta(days=1)
    answer = approver.post(f"{BASE}versions/{new.pk}/publish/", {"valid_from": f"{yesterday:%d/%m/%Y}"})
    assert "error-summary" in answer.content.decode(), "never before today"
    today = timezone.localdate()
    approver.post(f"{BASE}versions/{new.pk}/publish/", {"valid_from": f"{today:%d/%m/%Y}"})
    old.refresh_from_db()
    assert old.valid_to == today
    assert queries.in_force("1.000894", on=today).number == 2


def test_a_published_version_cannot_be_edited(clerk: Client) -> None:
    old = version("1.000894", "Đăng ký kết hôn")
    assert clerk.get(f"{BASE}versions/{old.pk}/edit/").status_code == 404


@pytest.fixture
def template(db: None) -> models.ProcessTemplate:
    made = models.ProcessTemplate.objects.update_or_create(code="Z9", defaults={"name": "Thử", "name_en": "Trial"})[0]
    for seq, (key, role, hours) in enumerate((("receive", "receiver", 2), ("sign", "signer", 4)), 1):
        models.TemplateStep.objects.create(template=made, seq=seq, key=key, name=key, role=role, kind="task", hours=hours)
    return made


def sheet_page(sheet: models.ProcessSheet, *hours: str, **more: Any) -> dict[str, Any]:
    sheet.refresh_from_db()
    rows: dict[str, Any] = {"revision": sheet.revision, "step-count": len(hours), "save": "1"}
    for n, value in enumerate(hours):
        rows |= {
            f"step-{n}-name": f"Bước {n}", f"step-{n}-role": "officer", f"step-{n}-kind": "task", f"step-{n}-hours": value,
            f"step-{n}-place": "competent",
        }  # fmt: skip
    return rows | more


@pytest.fixture
def sheet(clerk: Client, template: models.ProcessTemplate) -> models.ProcessSheet:
    old = version("1.000894", "Đăng ký kết hôn")
    models.Channel.objects.create(version=old, rank=1, kind="direct", duration=Decimal(3), duration_unit="working_days", fee_state="free")
    assert clerk.post(f"{BASE}{old.procedure_id}/sheets/new/", {"template_code": "Z9"}).status_code == 302
    return models.ProcessSheet.objects.get()


def test_a_sheet_is_changed_as_a_table_and_approved_by_another(clerk: Client, approver: Client, sheet: models.ProcessSheet) -> None:
    address = f"{BASE}sheets/{sheet.pk}/"
    assert clerk.get(f"{address}edit/").content.decode().count("-hours") >= 2
    assert clerk.post(f"{address}edit/", sheet_page(sheet, "2", "8,5", "4")).status_code == 302
    assert [s.hours for s in sheet.steps.order_by("seq")] == [2, Decimal("8.5"), 4]
    sheet.refresh_from_db()
    assert approver.post(f"{address}approve/", {"revision": sheet.revision}).status_code == 302
    sheet.refresh_from_db()
    assert sheet.state == "approved"
    assert clerk.get(f"{address}edit/").status_code == 404


def test_steps_move_up_and_down_without_scripts(clerk: Client, sheet: models.ProcessSheet) -> None:
    page = sheet_page(sheet, "1", "2") | {"do-step": "down-0"}
    answer = clerk.post(f"{BASE}sheets/{sheet.pk}/edit/", page).content.decode()
    assert answer.index('value="Bước 1"') < answer.index('value="Bước 0"')


@pytest.mark.parametrize("asked", ["up-0", "down-9", "remove-999", "remove-x", "", "add"])
def test_row_buttons_that_make_no_sense_do_no_harm(clerk: Client, sheet: models.ProcessSheet, asked: str) -> None:
    answer = clerk.post(f"{BASE}sheets/{sheet.pk}/edit/", sheet_page(sheet, "1", "x") | {"do-step": asked})
    assert answer.status_code == 200


def test_more_hours_than_promised_are_shown_and_not_approved(clerk: Client, approver: Client, sheet: models.ProcessSheet) -> None:
    address = f"{BASE}sheets/{sheet.pk}/"
    assert "notice-late" in clerk.post(f"{address}edit/", sheet_page(sheet, "20", "8", reckon="1")).content.decode()
    clerk.post(f"{address}edit/", sheet_page(sheet, "20", "8"))
    sheet.refresh_from_db()
    answer = approver.post(f"{address}approve/", {"revision": sheet.revision})
    assert "error-summary" in answer.content.decode()
    sheet.refresh_from_db()
    assert sheet.state == "draft"


def test_a_simulation_on_past_cases_stays_with_the_sheet_until_it_changes(
    clerk: Client, sheet: models.ProcessSheet, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"{BASE}sheets/{sheet.pk}/"
    monkeypatch.setattr(sheet_services, "_simulations", [])
    assert "error-summary" in clerk.post(f"{address}simulate/").content.decode(), "no past cases"
    monkeypatch.setattr(sheet_services, "_simulations", [lambda procedure_id, steps: {"cases": 412, "on_time": 399}])
    assert clerk.post(f"{address}simulate/").status_code == 302
    assert "412" in clerk.get(address).content.decode()
    clerk.post(f"{address}edit/", sheet_page(sheet, "1"))
    sheet.refresh_from_db()
    assert sheet.simulation == {}


def test_writing_is_closed_to_those_who_may_only_look(approver: Client, sheet: models.ProcessSheet) -> None:
    viewer = officer("auditor")
    draft = version("7.000001", "Nháp", state="draft", valid_from=None)
    for path in ("new/", f"versions/{draft.pk}/edit/", f"sheets/{sheet.pk}/edit/", f"versions/{draft.pk}/approve/"):
        assert viewer.get(BASE + path).status_code == 403, path
    assert approver.post(f"{BASE}versions/{draft.pk}/edit/", {}).status_code == 403
    assert viewer.post(f"{BASE}sheets/{sheet.pk}/simulate/").status_code == 403


def test_an_import_is_decided_on_once(approver: Client) -> None:
    batch = models.ImportBatch.objects.create(source="x", started_at=AT)
    row = models.ImportRow.objects.create(
        batch=batch, code="1.000894", title="Kết hôn", raw={"text": "x"}, raw_sha256="0" * 64, verdict="failed", state="pending"
    )
    address = f"{BASE}imports/records/{row.pk}/decide/"
    assert approver.post(address, {"decision": "reject"}).status_code == 302
    assert "error-summary" in approver.post(address, {"decision": "reject"}).content.decode()
    row.refresh_from_db()
    assert row.state == "rejected"


