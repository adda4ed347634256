"""The register of people: found by what the counter has in hand, opened with a trace, corrected without loss."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from langbiang.foundation.access import SYSTEM, Stale
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.audit.models import Entry
from langbiang.foundation.people import services
from langbiang.foundation.people.models import Change, Person
from tests.government.cases.world import World, build

CARD = "068190004321||Phạm Thị Cúc|05061990|Nữ|12 Hai Bà Trưng, phường Xuân Hương, Lâm Đồng|01012022"


@pytest.fixture
def world(db: None) -> World:
    return build()


def browser(account_id: int | None) -> Client:
    client = Client()
    client.force_login(
        Account.objects.get(pk=account_id), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


def cuc(**changes: object) -> Person:
    values = {"full_name": "Phạm Thị Cúc", "identity_no": "068190004321", "birth_date": date(1990, 6, 5), **changes}
    return services.register_person(SYSTEM, at=timezone.now(), **values)


@pytest.mark.parametrize("text", ["pham thi", "Phạm Thị C", "068190004321", "068 190 004 321"])
def test_a_person_is_found_by_name_without_marks_or_by_number(world: World, text: str) -> None:
    person = cuc()
    page = browser(world.officer("receiver").account_id).get(reverse("people:list"), {"q": text})
    assert reverse("people:record", args=[person.pk]) in page.content.decode()


def test_a_scanned_card_opens_the_record_at_once(world: World) -> None:
    person = cuc()
    answer = browser(world.officer("receiver").account_id).get(reverse("people:list"), {"q": CARD})
    assert answer.status_code == 302
    assert answer["Location"] == reverse("people:record", args=[person.pk])


def test_a_look_at_a_record_is_noted_in_the_trail(world: World) -> None:
    person = cuc()
    officer = world.officer("receiver")
    assert browser(officer.account_id).get(reverse("people:record", args=[person.pk])).status_code == 200
    entry = Entry.objects.get(action="people.looked")
    assert (entry.target, entry.account_id) == (f"people.person:{person.pk}", officer.account_id)


def test_a_wrong_number_names_its_field_and_keeps_what_was_typed(world: World) -> None:
    answer = browser(world.officer("receiver").account_id).post(
        reverse("people:register"), {"kind": "citizen", "full_name": "Lê Văn Tám", "identity_no": "999"}
    )
    assert answer.status_code == 200
    assert "Lê Văn Tám" in answer.content.decode()
    assert not Person.objects.filter(full_name="Lê Văn Tám").exists()


def test_a_correction_keeps_what_stood_there_before(world: World) -> None:
    person = cuc()
    client = browser(world.officer("receiver").account_id)
    data = {
        "full_name": "Phạm Thị Kim Cúc",
        "identity_no": "068190004321",
        "birth_date": "05/06/1990",
        "revision": person.revision,
    }
    assert client.post(reverse("people:change", args=[person.pk]), data).status_code == 302
    change = Change.objects.get(person=person)
    assert change.before["full_name"] == "Phạm Thị Cúc"
    stale = client.post(reverse("people:change", args=[person.pk]), {**data, "full_name": "Phạm Cúc"})
    assert stale.status_code == 200
    person.refresh_from_db()
    assert person.full_name == "Phạm Thị Kim Cúc"
    with pytest.raises(Stale):
        services.update_person(SYSTEM, person_id=person.pk, revision=1, at=timezone.now(), full_name="Phạm Cúc")


def test_only_an_administrator_merges_and_both_are_shown_beside_each_other(world: World) -> None:
    kept, twin = cuc(), cuc(identity_no=None)
    address = reverse("people:merge", args=[kept.pk])
    assert browser(world.officer("receiver").account_id).get(address).status_code == 403
    admin = browser(world.officer("system_admin", world.province).account_id)
    assert "Phạm Thị Cúc" in admin.get(address, {"with": twin.pk}).content.decode()
    assert admin.post(address, {"merged": twin.pk, "reason": "Cùng một người, đã đối chiếu"}).status_code == 302
    twin.refresh_from_db()
    assert (twin.state, twin.merged_into_id) == ("merged", kept.pk)


def test_a_citizen_sees_own_data_and_corrects_only_how_to_be_reached(world: World) -> None:
    client = browser(world.citizen.account_id)
    answer = client.post(reverse("people:mine"), {"phone": "0912345678", "email": "", "full_name": "Khác"})
    assert answer.status_code == 302
    person = Person.objects.get(pk=world.citizen.person_id)
    assert (person.phone, person.full_name) == ("0912345678", "Trần Thị Bưởi")
