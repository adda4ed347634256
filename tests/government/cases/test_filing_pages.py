"""A citizen and a counter file page by page, without any script."""

from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from langbiang.foundation.accounts.models import Account
from langbiang.foundation.forms.models import Draft
from langbiang.government.cases.models import Case, CaseDocument
from tests.government.cases.world import World

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


def signed_in(account_id: int | None) -> Client:
    """A browser in which this account is signed in."""
    client = Client()
    client.force_login(
        Account.objects.get(pk=account_id), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


@pytest.fixture
def citizen(world: World) -> Client:
    return signed_in(world.citizen.account_id)


def begin(client: Client, world: World) -> Draft:
    answer = client.post(f"/file/{world.procedure.code}/", {"place": world.commune.place_code})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return Draft.objects.get()


def fill(client: Client, draft: Draft) -> None:
    """All pages, right answers."""
    for number, data in enumerate(
        (
            {"full_name": "Trần Thị Bưởi", "copies": "2"},
            {"purpose": "Xin việc"},
            {"paper_identity": SimpleUploadedFile("căn cước.png", PNG)},
            {"return_way": "online"},
        ),
        1,
    ):
        answer = client.post(reverse("cases:filing_page", args=[draft.pk, number]), data)
        assert answer.status_code == 302, answer.content.decode()


def test_a_citizen_files_from_the_first_page_to_the_receipt(citizen: Client, world: World) -> None:
    draft = begin(citizen, world)
    assert draft.answers["full_name"] == "Trần Thị Bưởi", "what is known is filled in"
    fill(citizen, draft)
    shown = citizen.get(reverse("cases:filing_check", args=[draft.pk]))
    assert "Xin việc" in shown.content.decode()
    sent = citizen.post(reverse("cases:filing_check", args=[draft.pk]), follow=True)
    case = Case.objects.get()
    assert case.filing_ref in sent.content.decode()
    assert case.answers == {"full_name": "Trần Thị Bưởi", "copies": 2, "purpose": "Xin việc"}
    assert CaseDocument.objects.get(case=case).file is not None
    again = citizen.post(reverse("cases:filing_check", args=[draft.pk]))
    assert again.status_code == 302
    assert Case.objects.count() == 1, "a double click files once"


def test_a_wrong_answer_is_named_and_kept(citizen: Client, world: World) -> None:
    draft = begin(citizen, world)
    address = reverse("cases:filing_page", args=[draft.pk, 1])
    answer = citizen.post(address, {"full_name": "Trần Thị Bưởi", "copies": "nhiều"})
    assert answer.status_code == 200
    assert 'value="nhiều"' in answer.content.decode()
    assert 'aria-invalid="true"' in answer.content.decode()
    draft.refresh_from_db()
    assert draft.answers["copies"] == "nhiều"
    check = citizen.get(reverse("cases:filing_check", args=[draft.pk])).content.decode()
    assert "cases" not in check or "Gửi" not in check
    assert citizen.post(reverse("cases:filing_check", args=[draft.pk])).status_code == 422


def test_a_page_opened_before_a_change_in_another_window_overwrites_nothing(citizen: Client, world: World) -> None:
    draft = begin(citizen, world)
    address = reverse("cases:filing_page", args=[draft.pk, 1])
    old = draft.revision
    citizen.post(address, {"full_name": "Trần Thị Bưởi", "copies": "2", "revision": old})
    stale = citizen.post(address, {"full_name": "Trần Thị Bưởi", "copies": "9", "revision": old})
    assert stale.status_code == 200
    draft.refresh_from_db()
    assert draft.answers["copies"] == 2
    assert draft.extra["other_window"]["copies"] == 9


def test_a_hostile_file_is_refused_with_words_and_the_rest_is_kept(citizen: Client, world: World) -> None:
    draft = begin(citizen, world)
    citizen.post(reverse("cases:filing_page", args=[draft.pk, 1]), {"full_name": "Trần Thị Bưởi", "copies": "2"})
    program = SimpleUploadedFile(
        "can-cuoc.pdf", b"MZ\x90\x00 this program cannot be run", content_type="application/pdf"
    )
    answer = citizen.post(reverse("cases:filing_page", args=[draft.pk, 3]), {"paper_identity": program})
    assert answer.status_code == 200
    assert "can-cuoc.pdf" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.answers["copies"] == 2


def test_somebody_elses_draft_does_not_exist(world: World, citizen: Client) -> None:
    draft = begin(citizen, world)
    stranger = signed_in(world.stranger.account_id)
    assert stranger.get(reverse("cases:filing_page", args=[draft.pk, 1])).status_code == 404
    assert stranger.post(reverse("cases:filing_check", args=[draft.pk])).status_code == 404


def test_after_the_session_ends_the_draft_is_still_there(citizen: Client, world: World) -> None:
    draft = begin(citizen, world)
    citizen.post(reverse("cases:filing_page", args=[draft.pk, 1]), {"full_name": "Trần Thị Bưởi", "copies": "2"})
    citizen.logout()
    away = citizen.post(reverse("cases:filing_page", args=[draft.pk, 2]), {"purpose": "Xin việc"})
    assert away.status_code == 302
    assert "next=" in away["Location"]
    back = signed_in(world.citizen.account_id)
    assert draft.title in back.get(reverse("cases:my_cases")).content.decode()


def test_the_counter_takes_in_a_case_for_another_commune_from_a_scanned_card(world: World) -> None:
    client = signed_in(world.officer("receiver", world.neighbour).account_id)
    card = "068190004321||Phạm Thị Cúc|05061990|Nữ|12 Hai Bà Trưng, phường Xuân Hương, Lâm Đồng|01012022"
    begun = client.post(
        reverse("cases:counter"),
        {"card": card, "procedure": world.procedure.code, "place": world.commune.place_code},
    )
    assert begun.status_code == 302, begun.content.decode()
    draft = Draft.objects.get()
    assert draft.answers["full_name"] == "Phạm Thị Cúc"
    pages = (
        {"full_name": "Phạm Thị Cúc", "copies": "1"}, {"purpose": ""}, {"copies_identity": "1"}, {"return_way": "counter"}
    )  # fmt: skip
    for number, data in enumerate(pages, 1):
        answer = client.post(reverse("cases:counter_page", args=[draft.pk, number]), data)
        assert answer.status_code == 302, answer.content.decode()
    done = client.post(reverse("cases:counter_check", args=[draft.pk]), follow=True)
    case = Case.objects.get()
    assert case.code is not None
    assert case.code in done.content.decode()
    assert (case.receiving_unit_id, case.competent_unit_id) == (world.neighbour.pk, world.commune.pk)
    assert isinstance(case.received_at, datetime)
    assert CaseDocument.objects.get(case=case).copies == 1


def test_an_unknown_number_at_the_counter_says_what_to_do(world: World) -> None:
    client = signed_in(world.officer("receiver").account_id)
    answer = client.post(
        reverse("cases:counter"),
        {"card": "068190009999", "procedure": world.procedure.code, "place": world.commune.place_code},
    )
    assert answer.status_code == 200
    assert "068190009999" in answer.content.decode()
    assert not Draft.objects.exists()
