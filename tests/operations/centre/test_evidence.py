"""What stands behind a closed alert: a checked paper and a record, each seen only by those who may open it."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdfium2 import PdfDocument

from langbiang.foundation.access import Refusal
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.audit.models import Entry
from langbiang.foundation.files.models import StoredFile
from langbiang.operations.centre import evidence, reference, services
from langbiang.operations.centre.models import Alert, AlertRule, AlertStep
from tests.government.cases.world import World, build

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
pytestmark = pytest.mark.django_db
WORDS = "Đã trả hết hồ sơ, danh sách kèm theo"


@pytest.fixture
def world() -> World:
    found = build()
    reference.load(at=timezone.now())
    return found


@pytest.fixture
def alert(world: World) -> Alert:
    """An alert of the commune whose figure is back."""
    now = timezone.now()
    rule = AlertRule.objects.order_by("pk")[0]
    return Alert.objects.create(
        rule=rule, agency_id=world.commune.pk, kind="breach", value=12, worst=12, raised_at=now - timedelta(hours=3), cleared_at=now - timedelta(hours=1)
    )


def signed_in(account_id: int | None) -> Client:
    client = Client()
    client.force_login(Account.objects.get(pk=account_id), backend=BACKEND)
    return client


def paper(name: str = "danh-sach.pdf") -> SimpleUploadedFile:
    import io

    document = PdfDocument.new()
    document.new_page(200, 200)
    target = io.BytesIO()
    document.save(target)
    return SimpleUploadedFile(name, target.getvalue(), "application/pdf")


def test_a_paper_and_a_case_close_an_alert_and_are_seen_by_those_who_may(world: World, alert: Alert) -> None:
    case = world.accepted(timezone.now() - timedelta(hours=2))
    leader = signed_in(world.officer("leader").account_id)
    address = reverse("centre:alert", args=[alert.pk])
    answer = leader.post(reverse("centre:alert_close", args=[alert.pk]), {"evidence": WORDS, "file": paper(), "record": case.code or f"/work/cases/{case.pk}/"})
    assert answer.status_code == 302
    step = AlertStep.objects.get(alert=alert, what="closed")
    assert step.evidence is not None
    assert (step.evidence.owner, step.record) == (f"centre.alert:{alert.pk}", f"/work/cases/{case.pk}/")
    page = leader.get(address).content.decode()
    assert f"/work/cases/{case.pk}/" in page
    download = reverse("files:download", args=[step.evidence.pk, step.evidence.name])
    assert download in page
    assert leader.get(download).status_code == 200
    assert signed_in(world.officer("leader", world.neighbour).account_id).get(download).status_code in (403, 404)
    assert signed_in(world.officer("leader", world.neighbour).account_id).get(address).status_code == 404
    auditor = signed_in(world.officer("auditor").account_id)
    seen = auditor.get(address).content.decode()
    record = evidence.record(world.officer("auditor"), step.record)
    assert record is not None
    assert (f'href="/work/cases/{case.pk}/"' in seen) == bool(record.url)
    assert step.record in str(Entry.objects.get(action="centre.alert_closed").detail)


def test_a_record_nobody_may_open_is_refused_and_nothing_typed_is_lost(world: World, alert: Alert) -> None:
    leader = signed_in(world.officer("leader").account_id)
    foreign = world.accepted(timezone.now() - timedelta(hours=2))
    type(foreign).objects.filter(pk=foreign.pk).update(competent_unit=world.neighbour, receiving_unit=world.neighbour, processing_unit=world.neighbour)
    for record in ("H36.99-000000-0000", "https://example.org/", "/work/cases/987654321/", f"/work/cases/{foreign.pk}/", "/manage/files/"):
        answer = leader.post(reverse("centre:alert_close", args=[alert.pk]), {"evidence": WORDS, "file": paper(), "record": record})
        page = answer.content.decode()
        assert "không phải hồ sơ, văn bản hay số liệu bạn được mở" in page, record
        assert WORDS in page
    kept = StoredFile.objects.filter(room="centre").order_by("-pk").first()
    assert kept is not None
    assert f'name="kept_file" value="{kept.pk}"' in page
    again = leader.post(reverse("centre:alert_close", args=[alert.pk]), {"evidence": WORDS, "kept_file": kept.pk, "record": "/centre/figures/cases.overdue/"})
    assert again.status_code == 302
    assert AlertStep.objects.get(alert=alert, what="closed").evidence_id == kept.pk


def test_what_is_no_paper_is_refused_like_any_upload(world: World, alert: Alert) -> None:
    leader = signed_in(world.officer("leader").account_id)
    false = SimpleUploadedFile("danh-sach.pdf", b"MZ\x90\x00 this is a program", "application/pdf")
    answer = leader.post(reverse("centre:alert_close", args=[alert.pk]), {"evidence": WORDS, "file": false})
    assert answer.status_code == 200
    assert answer.context["close_form"].errors["file"]
    alert.refresh_from_db()
    assert alert.closed_at is None


def test_somebody_elses_file_closes_nothing(world: World, alert: Alert) -> None:
    other = world.officer("signer")
    from langbiang.foundation.files import services as files

    kept = files.store_file(other, upload=paper(), room="centre", owner="", at=timezone.now())
    with pytest.raises(Refusal, match="not handed in by you|không phải do bạn"):
        services.close(world.officer("leader"), alert_id=alert.pk, evidence=WORDS, evidence_file_id=kept.pk, at=timezone.now())
    assert evidence.needed([kept.pk]) == set()


def test_the_address_may_be_copied_whole(world: World) -> None:
    leader = world.officer("leader")
    assert evidence.read(leader, "http://localhost:9300/centre/figures/cases.overdue/?from=1") == "/centre/figures/cases.overdue/?from=1"
    assert evidence.read(leader, "") == ""
    shown = evidence.record(world.officer("officer"), "/centre/figures/cases.overdue/")
    assert shown is not None
    assert shown.url == ""


