"""Other systems file and follow cases with a key: checked like a counter, once, and only where their seat reaches."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from langbiang.foundation.access.actor import SYSTEM
from langbiang.foundation.accounts import keys
from langbiang.foundation.accounts.models import ApiKey
from langbiang.foundation.audit.models import Entry
from langbiang.foundation.events.models import EventRow
from langbiang.foundation.people.models import Person
from langbiang.government.cases.models import Case, WorkItem
from tests.government.cases.world import World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    keys._honoured.clear()
    return build()


@pytest.fixture
def key(world: World) -> str:
    seat = world.officer("receiver").position_id
    assert seat is not None
    return keys.issue_key(SYSTEM, name="Cổng Dịch vụ công quốc gia", position_id=seat, days=30, at=timezone.now())[1]


def body(world: World, **changes: Any) -> dict[str, Any]:
    owner = Person.objects.get(pk=world.citizen.person_id)
    filing = world.filing()
    return {
        "procedure": world.procedure.code,
        "receiving_unit": world.commune.code,
        "place": world.commune.place_code,
        "owner": {"identity_no": owner.identity_no},
        "answers": filing.answers,
        "papers": [{"key": p.requirement} for p in filing.papers],
        **changes,
    }


def file(key: str, content: Any, *, once: str = "portal-000001") -> Any:
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": once}
    data = content if isinstance(content, str) else json.dumps(content)
    return Client().post("/api/v1/cases", data, content_type="application/json", headers=headers)


def test_a_filing_becomes_a_received_case_with_code_due_date_work_audit_and_event(world: World, key: str) -> None:
    answer = file(key, body(world))
    assert answer.status_code == 201, answer.content
    told = answer.json()
    case = Case.objects.get(code=told["code"])
    assert told["state"] == "accepted"
    assert told["due_at"] is not None
    assert WorkItem.objects.filter(case=case, is_open=True).exists()
    entry = Entry.objects.get(action="cases.accepted", target=f"cases.case:{case.pk}")
    assert entry.channel == "api"
    assert entry.actor_label.startswith("Cổng Dịch vụ công quốc gia, ")
    assert EventRow.objects.filter(name="cases.accepted", subject=f"case:{case.pk}").count() == 1
    assert case.forms.filter(form_no="01").count() == 1


def test_the_same_filing_sent_again_gives_the_same_case(world: World, key: str) -> None:
    first = file(key, body(world))
    again = file(key, body(world))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["code"] == again.json()["code"]
    assert Case.objects.count() == 1


def test_a_second_filing_within_a_day_must_be_meant(world: World, key: str) -> None:
    file(key, body(world))
    refused = file(key, body(world), once="portal-000002")
    assert refused.status_code == 409
    assert refused.headers["Content-Type"] == "application/problem+json"
    meant = file(key, body(world, confirmed_second=True), once="portal-000003")
    assert meant.status_code == 201


def test_what_is_missing_is_named_and_nothing_is_made(world: World, key: str) -> None:
    refused = file(key, body(world, answers={}, papers=[]))
    assert refused.status_code == 422
    assert refused.json()["problems"]
    assert Case.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"procedure": "9.999999"}, 404),
        ({"receiving_unit": "H99.9"}, 422),
        ({"owner": {"identity_no": "1"}}, 422),
        ({"papers": [{"key": "x", "originals": -1}]}, 422),
        ({"return_way": "by dove"}, 422),
        ({"answers": []}, 422),
    ],
    ids=str,
)
def test_a_filing_that_cannot_be_is_refused_in_words(
    world: World, key: str, changes: dict[str, Any], status: int
) -> None:
    refused = file(key, body(world, **changes))
    assert refused.status_code == status
    assert refused.json()["title"]
    assert Case.objects.count() == 0


@pytest.mark.parametrize("content", ["", "{", "[]", '"x"', "null", '{"procedure": 1}', "\x00"])
def test_rubbish_is_refused(world: World, key: str, content: str) -> None:
    assert file(key, content).status_code in (400, 422)
    assert Case.objects.count() == 0


def test_a_filing_needs_a_key_of_its_own(world: World, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    answer = Client().post("/api/v1/cases", json.dumps(body(world)), content_type="application/json", headers=headers)
    assert answer.status_code == 422
    assert "idempotency" in answer.content.decode().lower()


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer lbk_" + "a" * 43])
def test_without_a_key_nothing_is_told(world: World, header: str) -> None:
    answer = Client().post(
        "/api/v1/cases", json.dumps(body(world)), content_type="application/json", headers={"Authorization": header}
    )
    assert answer.status_code == 401
    assert Case.objects.count() == 0


def test_a_signed_in_officer_cannot_use_the_interface_of_machines(world: World) -> None:
    from langbiang.foundation.accounts.models import Account

    browser = Client()
    browser.force_login(
        Account.objects.get(pk=world.officer("receiver").account_id),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    answer = browser.post("/api/v1/cases", json.dumps(body(world)), content_type="application/json")
    assert answer.status_code == 401
    assert Case.objects.count() == 0


def test_a_revoked_key_and_an_expired_one_are_refused(world: World, key: str) -> None:
    made = ApiKey.objects.get()
    keys.revoke_key(SYSTEM, key_id=made.pk, at=timezone.now())
    assert file(key, body(world)).status_code == 401
    _made, short = keys.issue_key(SYSTEM, name="Ki-ốt", position_id=made.position_id, days=1, at=timezone.now())
    ApiKey.objects.filter(account__full_name="Ki-ốt").update(expires_at=timezone.now() - timedelta(seconds=1))
    assert file(short, body(world)).status_code == 401


def test_a_key_does_not_receive_at_a_counter_outside_its_seat(world: World, key: str) -> None:
    refused = file(key, body(world, receiving_unit=world.neighbour.code))
    assert refused.status_code == 403
    assert Case.objects.count() == 0


def test_a_case_is_followed_by_its_code_and_hidden_from_a_foreign_seat(world: World, key: str) -> None:
    code = file(key, body(world)).json()["code"]
    followed = Client().get(f"/api/v1/cases/{code}", headers={"Authorization": f"Bearer {key}"})
    assert followed.json()["state"] == "accepted"
    seat = world.officer("receiver", world.neighbour).position_id
    assert seat is not None
    _made, foreign = keys.issue_key(SYSTEM, name="Nơi khác", position_id=seat, days=1, at=timezone.now())
    assert Client().get(f"/api/v1/cases/{code}", headers={"Authorization": f"Bearer {foreign}"}).status_code == 404


def test_a_procedure_tells_its_papers_and_its_questions_as_json_schema(world: World, key: str) -> None:
    told = Client().get(f"/api/v1/procedures/{world.procedure.code}", headers={"Authorization": f"Bearer {key}"}).json()
    assert told["answers"]["$schema"].endswith("2020-12/schema")
    assert {p["key"] for p in told["papers"]} == {p.key for p in world.procedure.documents}


def test_the_interface_describes_itself(db: None) -> None:
    description = Client().get("/api/v1/openapi.json").json()
    assert "/api/v1/cases" in description["paths"]
