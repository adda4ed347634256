"""The pages of the exchange: what waits, what needs a person, and the button that sends again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from langbiang.foundation.access import SYSTEM
from langbiang.foundation.exchange import services
from langbiang.foundation.exchange.models import Outgoing
from tests.foundation.exchange.signing_in import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def rejected(partner, receiver) -> Outgoing:
    receiver.faults.set({"reject": 1})
    now = timezone.now()
    services.send(SYSTEM, system="partner", kind="note", subject="note:7", content=b"<x>7</x>", key="k7", at=now)
    services.flush("partner", at=now)
    return Outgoing.objects.get(key="k7")


def test_the_list_of_systems_shows_how_they_stand(rejected):
    page = signed_in("system_admin").get("/manage/exchange/").content.decode()
    assert "Partner" in page
    assert "Messages need a person" in page


def test_a_dead_letter_shows_the_receivers_words_its_bytes_and_its_tries(rejected):
    page = signed_in("auditor").get(f"/manage/exchange/messages/{rejected.pk}/").content.decode()
    assert "unknown reporting unit" in page
    assert "&lt;x&gt;7&lt;/x&gt;" in page
    assert rejected.sha256 in page
    assert "Send again" not in page, "an auditor only looks"


def test_the_exact_bytes_are_downloaded_and_never_opened_as_a_page(rejected):
    answer = signed_in("auditor").get(f"/manage/exchange/messages/{rejected.pk}/content/")
    assert answer.content == b"<x>7</x>"
    assert "attachment" in answer["Content-Disposition"]
    assert answer["Content-Type"] == "application/octet-stream"


def test_a_dead_letter_is_sent_again_with_a_reason(rejected, receiver):
    browser = signed_in("system_admin")
    address = f"/manage/exchange/messages/{rejected.pk}/again/"
    assert browser.post(address, {"reason": ""}).status_code == 200
    assert Outgoing.objects.get(pk=rejected.pk).state == "rejected"
    assert browser.post(address, {"reason": "the unit is known there now"}).status_code == 302
    services.flush("partner", at=timezone.now() + timedelta(seconds=5))
    assert Outgoing.objects.get(pk=rejected.pk).state == "acked"


def test_sending_again_what_is_on_its_way_is_refused_in_words(rejected):
    browser = signed_in("system_admin")
    address = f"/manage/exchange/messages/{rejected.pk}/again/"
    browser.post(address, {"reason": "a"})
    assert "on its way or has arrived" in browser.post(address, {"reason": "b"}).content.decode()


@pytest.mark.parametrize("view", ["open", "dead", "acked", "nonsense"])
def test_every_view_of_the_queue_opens(rejected, view):
    answer = signed_in("system_admin").get(
        f"/manage/exchange/messages/?view={view}&system=partner&before=99999999999999999999"
    )
    assert answer.status_code == 200


def test_the_queue_takes_the_same_number_of_queries_for_any_number_of_messages(partner, django_assert_max_num_queries):
    browser = signed_in("system_admin")
    for number in range(60):
        services.send(
            SYSTEM, system="partner", kind="note", subject="n", content=b"x", key=f"k{number}", at=timezone.now()
        )
    browser.get("/manage/exchange/messages/")
    with django_assert_max_num_queries(12):
        page = browser.get("/manage/exchange/messages/").content.decode()
    assert "before=" in page


def test_a_system_is_added_given_an_address_and_paused(db):
    browser = signed_in("system_admin")
    browser.post("/manage/exchange/new/", {"code": "axis", "name": "Trục", "signing": "none"})
    today = timezone.localdate().strftime("%d/%m/%Y")
    address = {
        "carried_by": "rest",
        "address": "http://127.0.0.1:1",
        "timeout_s": 5,
        "first_day": today,
        "source": "CV 1",
    }
    assert browser.post("/manage/exchange/systems/axis/address/", address).status_code == 302
    assert browser.post("/manage/exchange/systems/axis/address/", address).status_code == 200, "the same day twice"
    pace = {"per_minute": 10, "first_wait_s": 60, "longest_wait_s": 30, "jitter_percent": 0, "expires_after_h": 24}
    page = browser.post(
        "/manage/exchange/systems/axis/pace/", {**pace, "first_day": today, "source": "x"}
    ).content.decode()
    assert "cannot be shorter" in page
    browser.post("/manage/exchange/systems/axis/pause/")
    page = browser.get("/manage/exchange/systems/axis/").content.decode()
    assert "Go on sending" in page
    assert "http://127.0.0.1:1" in page


def test_an_auditor_changes_nothing(partner):
    browser = signed_in("auditor")
    for address in ("new/", "systems/partner/address/", "systems/partner/pace/"):
        assert browser.get(f"/manage/exchange/{address}").status_code == 403
    assert browser.post("/manage/exchange/systems/partner/pause/").status_code == 403


def test_what_is_not_there_is_not_found(partner):
    browser = signed_in("system_admin")
    for address in ("messages/1/", "messages/99999999999999999999/", "systems/nothing/", "systems/nothing/pace/"):
        assert browser.get(f"/manage/exchange/{address}").status_code == 404
    assert browser.get("/manage/exchange/inbox/").status_code == 200
