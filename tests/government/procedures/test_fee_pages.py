"""A fee is changed by writing the next one from a day on; what was charged before stays."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from langbiang.foundation.audit.models import Entry
from langbiang.government.procedures import models, queries

from .catalogue import officer, version

pytestmark = pytest.mark.django_db


@pytest.fixture
def published() -> models.ProcedureVersion:
    queries.forget()
    return version("2.008888", "Cấp bản sao trích lục", form={"groups": []})


def filled(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "le_phi", "label": "Lệ phí cấp bản sao", "amount_vnd": "8.000", "per": "bản", "channel": "",
        "valid_from": f"{timezone.localdate():%d/%m/%Y}", "legal_source": "Nghị quyết 12/2026/NQ-HĐND", **changes,
    }  # fmt: skip


def address(of: models.ProcedureVersion, rest: str) -> str:
    return f"/manage/procedures/versions/{of.pk}/fees/{rest}"


def test_an_approver_charges_a_fee_from_a_day_on(published: models.ProcedureVersion) -> None:
    approver = officer("catalogue_approver")
    answer = approver.post(address(published, "new/"), filled())
    assert answer.status_code == 302, answer.content.decode()[:3000]
    rule = models.FeeRule.objects.get(procedure=published.procedure)
    assert (rule.amount_vnd, rule.per, rule.verified) == (8000, "bản", True)
    assert Entry.objects.filter(action="procedures.fee_added").count() == 1
    assert "8.000" in approver.get(f"/manage/procedures/versions/{published.pk}/").content.decode()


def test_the_next_fee_ends_the_one_before(published: models.ProcedureVersion) -> None:
    approver = officer("catalogue_approver")
    approver.post(address(published, "new/"), filled())
    first = models.FeeRule.objects.get(procedure=published.procedure)
    models.FeeRule.objects.filter(pk=first.pk).update(valid_from=date(2026, 1, 1))
    tomorrow = timezone.localdate() + timedelta(days=1)
    page = approver.get(address(published, f"new/?after={first.pk}")).content.decode()
    assert "Lệ phí cấp bản sao" in page
    answer = approver.post(
        address(published, f"new/?after={first.pk}"), filled(amount_vnd="10.000", valid_from=f"{tomorrow:%d/%m/%Y}")
    )
    assert answer.status_code == 302, answer.content.decode()[:3000]
    first.refresh_from_db()
    following = models.FeeRule.objects.exclude(pk=first.pk).get(procedure=published.procedure)
    assert first.valid_to == following.valid_from == tomorrow
    assert (following.amount_vnd, following.per) == (10_000, first.per)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"amount_vnd": "1.25"}, "amount_vnd"),
        ({"amount_vnd": "-1"}, "amount_vnd"),
        ({"legal_source": ""}, "legal_source"),
        ({"valid_from": "01/01/2020"}, "valid_from"),
        ({"kind": "gift"}, "kind"),
    ],
    ids=str,
)
def test_what_is_wrong_is_named_at_its_field(
    published: models.ProcedureVersion, changes: dict[str, Any], named: str
) -> None:
    answer = officer("catalogue_approver").post(address(published, "new/"), filled(**changes))
    assert answer.status_code == 422
    assert f'href="#id_{named}"' in answer.content.decode()
    assert not models.FeeRule.objects.filter(procedure=published.procedure).exists()


def test_a_fee_ends_on_a_day(published: models.ProcedureVersion) -> None:
    approver = officer("catalogue_approver")
    approver.post(address(published, "new/"), filled())
    rule = models.FeeRule.objects.get(procedure=published.procedure)
    models.FeeRule.objects.filter(pk=rule.pk).update(valid_from=date(2026, 1, 1))
    day = timezone.localdate() + timedelta(days=30)
    assert approver.post(address(published, f"{rule.pk}/end/"), {"from_day": f"{day:%d/%m/%Y}"}).status_code == 302
    rule.refresh_from_db()
    assert rule.valid_to == day


def test_who_only_writes_the_catalogue_sets_no_fee(published: models.ProcedureVersion) -> None:
    clerk: Client = officer("catalogue_officer")
    assert clerk.get(address(published, "new/")).status_code == 403
    assert clerk.post(address(published, "new/"), filled()).status_code == 403
