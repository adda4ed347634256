"""From filing to a signed result, through the services."""

from datetime import timedelta

import pytest
from django.utils import timezone

from langbiang.foundation.audit.models import Entry
from langbiang.foundation.events.models import EventRow
from langbiang.foundation.files import services as files
from langbiang.foundation.signatures import queries as signatures
from langbiang.government.cases import queries, services
from langbiang.government.cases.models import Case, IssuedForm, WorkItem
from tests.government.cases.world import MORNING, World


def test_a_filing_becomes_a_signed_numbered_result_that_is_handed_over(world: World, signing: None) -> None:
    case = world.proposed()
    at = MORNING + timedelta(hours=1)
    result = services.approve_and_sign(world.officer("signer"), case_id=case.pk, at=at)
    assert result.state == "signed"
    assert result.number is None
    result = services.number_and_release(world.officer("clerk"), case_id=case.pk, at=at + timedelta(minutes=10))
    case.refresh_from_db()
    assert (case.business, case.delivery, case.outcome) == ("decided", "ready", "granted")
    assert result.number_text == "01/2026/XN"
    data = files.read_trusted(result.file_id)
    verdict = signatures.verify(data, at=timezone.now())
    assert verdict.state == "genuine"
    assert len(verdict.signatures) == 2
    changed = bytearray(data)
    changed[len(data) // 3] ^= 1
    assert signatures.verify(bytes(changed), at=timezone.now()).state not in ("genuine", "inconclusive")
    services.hand_over_result(
        world.officer("returner"), case_id=case.pk, collector="Trần Thị Bưởi",
        identity_last4=(case.owner.identity_no or "")[-4:], at=at + timedelta(hours=2),
    )  # fmt: skip
    case.refresh_from_db()
    assert (case.business, case.delivery) == ("returned", "handed_over")
    assert not WorkItem.objects.filter(case=case, is_open=True).exists()
    kinds = [line.kind for line in queries.history(case)]
    assert kinds[0] == "submitted"
    assert kinds[-1] == "returned"


def test_acceptance_writes_code_date_work_receipt_audit_and_event_together(world: World) -> None:
    case = world.accepted()
    assert case.code == f"{world.commune.code}-261013-0001"
    assert case.due_current is not None
    assert f"{case.due_current.astimezone():%d}"
    assert WorkItem.objects.get(case=case, is_open=True).role == "dispatcher"
    assert IssuedForm.objects.filter(case=case, form_no="01").exists()
    names = set(EventRow.objects.filter(subject=f"case:{case.pk}").values_list("name", flat=True))
    assert {"cases.submitted", "cases.accepted"} <= names
    assert Entry.objects.filter(action="cases.accepted", target=f"cases.case:{case.pk}").count() == 1


def test_a_filing_with_a_missing_paper_names_the_paper_and_keeps_nothing(world: World) -> None:
    with pytest.raises(services.Incomplete) as refused:
        world.submit(papers=())
    assert list(refused.value.problems) == ["identity"]
    assert Case.objects.count() == 0


def test_the_same_form_sent_twice_files_once(world: World) -> None:
    first = services.submit(world.citizen, filing=world.filing(), key="abc", at=MORNING)
    with pytest.raises(services.AlreadyDone) as refused:
        services.submit(world.citizen, filing=world.filing(), key="abc", at=MORNING)
    assert refused.value.case_id == first.pk
    assert Case.objects.count() == 1


def test_a_second_filing_within_a_day_is_asked_about_first(world: World) -> None:
    world.submit()
    with pytest.raises(services.SimilarCase):
        services.submit(world.citizen, filing=world.filing(), at=MORNING + timedelta(hours=2))
    services.submit(world.citizen, filing=world.filing(), confirmed_second=True, at=MORNING + timedelta(hours=2))
    assert Case.objects.count() == 2


def test_any_counter_receives_for_any_unit(world: World) -> None:
    filing = world.filing(receiving_unit_id=world.neighbour.pk, intake="direct")
    case = services.file_at_counter(world.officer("receiver", world.neighbour), filing=filing, at=MORNING)
    assert case.receiving_unit_id == world.neighbour.pk
    assert case.competent_unit_id == world.commune.pk
    assert case.code is not None
    assert case.code.startswith(world.neighbour.code)
    assert WorkItem.objects.get(case=case, is_open=True).agency_id == world.commune.pk


def test_nobody_attaches_a_file_somebody_else_handed_in(world: World) -> None:
    strange = files.store_bytes(
        world.stranger, data=b"%PDF-1.4", name="a.pdf", mime="application/pdf", room="cases", owner="", at=MORNING
    )
    paper = services.Paper(requirement="identity", name="x", file_id=strange.pk, copies=1)
    with pytest.raises(services.Incomplete):
        services.submit(world.citizen, filing=world.filing(papers=(paper,)), at=MORNING)


def test_a_file_of_a_filing_belongs_to_its_case_and_opens_to_its_officers(world: World) -> None:
    own = files.store_bytes(
        world.citizen, data=b"%PDF-1.4", name="a.pdf", mime="application/pdf", room="cases", owner="", at=MORNING
    )
    paper = services.Paper(requirement="identity", name="x", file_id=own.pk, copies=1)
    case = services.submit(world.citizen, filing=world.filing(papers=(paper,)), at=MORNING)
    own.refresh_from_db()
    assert own.owner == f"cases.case:{case.pk}"
    assert queries.may_read_file(world.officer("receiver"), own)
    assert not queries.may_read_file(world.officer("receiver", world.neighbour), own)
    assert not queries.may_read_file(world.stranger, own)
    assert queries.files_needed([own.pk]) == {own.pk}
