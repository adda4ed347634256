"""What officers may do with versions and fees, beyond what the pages show."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from langbiang.foundation.access import ANONYMOUS, SYSTEM, Forbidden
from langbiang.foundation.audit.models import Entry
from langbiang.government.procedures import queries, reference
from langbiang.government.procedures.loading import models as files
from langbiang.government.procedures.models import FeeRule, ProcedureVersion
from langbiang.government.procedures.queries.pinned import NotInForce
from langbiang.government.procedures.services import drafts, fees

AT = datetime(2026, 11, 2, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
TODAY = AT.date()
BIRTH = "1.001193"
FEE: dict[str, Any] = {
    "kind": "le_phi", "label": "Lệ phí", "amount_vnd": 5000, "legal_source": "NQ 1/2026/NQ-HĐND", "valid_from": TODAY,
}  # fmt: skip


@pytest.fixture
def birth(db: None) -> ProcedureVersion:
    """The example, published."""
    reference.load_lists()
    files.load_one(files.read(files.MODELS / f"{BIRTH}.json"), at=AT)
    return ProcedureVersion.objects.get()


def owed(on: date = TODAY, **answers: Any) -> list[int]:
    """What somebody pays who files on a day."""
    due = queries.fees_due(queries.in_force(BIRTH, on=on), channel="direct", answers=answers, agency_id=None, on=on)
    return [row.amount_vnd for row in due]


def test_an_ended_procedure_is_in_force_until_its_last_day(birth: ProcedureVersion) -> None:
    with pytest.raises(drafts.NotComplete):
        drafts.retire(SYSTEM, version_id=birth.pk, from_day=TODAY, reason=" ", at=AT)
    with pytest.raises(drafts.BadDay):
        drafts.retire(SYSTEM, version_id=birth.pk, from_day=TODAY - timedelta(days=1), reason="QĐ 1", at=AT)
    end = TODAY + timedelta(days=10)
    drafts.retire(SYSTEM, version_id=birth.pk, from_day=end, reason="QĐ 1/QĐ-UBND", at=AT)
    assert queries.in_force(BIRTH, on=end - timedelta(days=1)).version_id == birth.pk
    with pytest.raises(NotInForce):
        queries.in_force(BIRTH, on=end)
    with pytest.raises(drafts.WrongState):
        drafts.retire(SYSTEM, version_id=birth.pk, from_day=end, reason="QĐ 1", at=AT)


def test_a_version_nobody_could_file_by_is_not_approved_and_the_places_are_named(birth: ProcedureVersion) -> None:
    draft = drafts.begin_version(SYSTEM, version_id=birth.pk, at=AT)
    form = {"groups": [{**birth.form["groups"][0], "show_if": {"question": "nobody", "is": True}}]}
    draft = drafts.change_draft(SYSTEM, version_id=draft.pk, revision=1, changes={"form": form, "results": []}, at=AT)
    ProcedureVersion.objects.filter(pk=draft.pk).update(created_by="somebody else")
    with pytest.raises(drafts.NotComplete) as refused:
        drafts.approve(SYSTEM, version_id=draft.pk, revision=draft.revision, at=AT)
    assert "results: missing" in str(refused.value)


def test_results_and_acts_of_a_draft_are_set_whole(birth: ProcedureVersion) -> None:
    draft = drafts.begin_version(SYSTEM, version_id=birth.pk, at=AT)
    changes = {
        "results": [{"name": "Giấy khai sinh", "register": "KS", "number_pattern": "{number}/{year}"}],
        "legal_bases": [{"title": "Luật Hộ tịch", "code": "60/2014/QH13"}],
    }
    drafts.change_draft(SYSTEM, version_id=draft.pk, revision=1, changes=changes, at=AT)
    assert [r.register for r in draft.results.all()] == ["KS"]
    assert [b.code for b in draft.legal_bases.all()] == ["60/2014/QH13"]
    assert birth.legal_bases.count() > 1, "the version before keeps its own"


def test_a_new_fee_follows_the_one_before_on_its_day(birth: ProcedureVersion) -> None:
    late = {"is_late": True}
    old, day = FeeRule.objects.get(), TODAY + timedelta(days=30)
    condition = {"question": "is_late", "is": True}
    new = fees.add_fee(
        SYSTEM,
        code=BIRTH,
        at=AT,
        replaces_id=old.pk,
        **FEE | {"amount_vnd": 9000, "condition": condition, "valid_from": day},
    )
    assert owed(day - timedelta(days=1), **late) == [8000]
    assert owed(day, **late) == [9000]
    assert owed(day, is_late=False) == []
    assert Entry.objects.filter(action="procedures.fee_added").count() == 1
    fees.end_fee(SYSTEM, fee_id=new.pk, from_day=day + timedelta(days=5), at=AT)
    assert owed(day + timedelta(days=5), **late) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount_vnd": -1}, "amount_vnd"),
        ({"amount_vnd": True}, "amount_vnd"),
        ({"legal_source": ""}, "legal_source"),
        ({"kind": "tip"}, "kind"),
        ({"condition": {"question": "nobody", "is": 1}}, "condition"),
        ({"quantity_from": "nobody"}, "quantity_from"),
        ({"valid_from": TODAY - timedelta(days=1)}, "valid_from"),
    ],
)
def test_a_fee_without_act_amount_or_reason_is_refused(
    birth: ProcedureVersion, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(fees.BadFee) as refused:
        fees.add_fee(SYSTEM, code=BIRTH, at=AT, **FEE | change)
    assert refused.value.field == field
    assert FeeRule.objects.count() == 1


def test_fees_are_only_for_those_who_approve(birth: ProcedureVersion) -> None:
    with pytest.raises(Forbidden):
        fees.add_fee(ANONYMOUS, code=BIRTH, at=AT, **FEE)
    with pytest.raises(Forbidden):
        fees.end_fee(ANONYMOUS, fee_id=FeeRule.objects.get().pk, from_day=TODAY, at=AT)
    with pytest.raises(fees.NoSuchFee):
        fees.end_fee(SYSTEM, fee_id=0, from_day=TODAY, at=AT)
