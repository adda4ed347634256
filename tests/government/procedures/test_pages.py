"""The pages of the catalogue show what is there, to whom it may be shown, and say what to do where nothing is."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from langbiang.government.procedures import models, queries
from langbiang.government.procedures.queries import catalogue

from .catalogue import AT, ON, field, version

CHECK = {
    "questions": [
        {"key": "adult", "kind": "yes_no", "label": "Bạn đủ 18 tuổi?", "label_en": "Are you 18?", "required": True},
    ],
    "outcomes": [
        {"if": {"question": "adult", "is": False}, "verdict": "no", "text": "Bạn chưa đủ tuổi.", "text_en": "Too young."},
        {"if": {}, "verdict": "yes", "text": "Bạn làm được thủ tục này.", "text_en": "It is for you."},
    ],
}  # fmt: skip


@pytest.fixture(autouse=True)
def _fresh() -> None:
    queries.forget()


@pytest.fixture
def marriage(db: None) -> models.ProcedureVersion:
    """A procedure with everything a page can show."""
    event = models.LifeEvent.objects.create(slug="marry", name="Kết hôn", name_en="Marriage", audience="citizen", rank=1)
    made = version(
        "1.000894", "Đăng ký kết hôn", title_en="Register a marriage", summary="Hai người nam, nữ đăng ký kết hôn.",
        online_level="full", form={"groups": []}, conditions="Nam từ đủ 20 tuổi.\nNữ từ đủ 18 tuổi.",
        competence=[{"level": "commune", "by": "residence"}], eligibility=CHECK, steps_text="Bước 1.\nBước 2.",
        events=[event], decision_no="1872/QĐ-BTP", decision_date=date(2025, 6, 30),
    )  # fmt: skip
    models.Channel.objects.create(
        version=made, rank=1, kind="direct", duration=Decimal(3), duration_unit="working_days", fee_state="free"
    )
    models.DocumentRequirement.objects.create(
        version=made, rank=1, key="form", name="Tờ khai đăng ký kết hôn", originals=1, form_file="TK-KH.docx"
    )
    models.DocumentRequirement.objects.create(
        version=made, rank=2, key="status", name="Giấy xác nhận tình trạng hôn nhân", group="Nếu cư trú nơi khác",
        originals=1, reuse_result="KQ.G15.000005",
    )  # fmt: skip
    models.ResultKind.objects.create(version=made, rank=1, code="KQ.1", name="Giấy chứng nhận kết hôn")
    models.LegalBasis.objects.create(version=made, rank=1, title="Luật Hộ tịch", code="60/2014/QH13")
    models.FeeRule.objects.create(
        procedure=made.procedure, kind="le_phi", label="Bản sao trích lục", amount_vnd=8000, per="bản",
        valid_from=date(2025, 7, 1), legal_source="Thông tư 281/2016/TT-BTC",
    )  # fmt: skip
    return made


def text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content[:500]
    return answer.content.decode()


def test_the_first_page_offers_a_search_and_life_events(client: Client, marriage: models.ProcedureVersion) -> None:
    page = text(client, "/")
    assert 'name="q"' in page
    assert "life_event=marry" in page
    assert "Đăng ký kết hôn" in page


def test_the_first_page_of_an_empty_catalogue_says_so(client: Client, db: None) -> None:
    assert 'class="empty' in text(client, "/")


def test_a_search_without_marks_finds_the_procedure(client: Client, marriage: models.ProcedureVersion) -> None:
    assert "/procedures/1.000894/" in text(client, "/procedures/?q=dang+ky+ket+hon")


def test_what_is_not_found_comes_with_a_way_on(client: Client, marriage: models.ProcedureVersion) -> None:
    page = text(client, "/procedures/?q=qqqq+zzzz")
    assert 'class="empty' in page
    assert 'href="/procedures/"' in page


@pytest.mark.parametrize(
    "query",
    ["level=commune", "field=civil_status", "life_event=marry", "audience=citizen", "online=1", "q=ket+hon&level=commune"],
)
def test_choices_narrow_the_list(client: Client, marriage: models.ProcedureVersion, query: str) -> None:
    version("2.000001", "Cấp phép kết hôn thử", levels=["province"], field=field("other", "Khác"), audiences=["Hợp tác xã"])
    page = text(client, f"/procedures/?{query}")
    assert "/procedures/1.000894/" in page
    assert "/procedures/2.000001/" not in page


@pytest.mark.parametrize(
    "query",
    ["field=%00", "level=x'--", "after=zzz", "after=a%7C999999999999999999", "q=%00&after=-1", "q=a&after=9999999999999",
     "life_event=none", "audience=%25", "online=2", "q=" + "a" * 3000],
)  # fmt: skip
def test_strange_addresses_are_answered_calmly(client: Client, marriage: models.ProcedureVersion, query: str) -> None:
    text(client, f"/procedures/?{query}")


def test_pages_of_the_catalogue_follow_one_another(client: Client, db: None) -> None:
    for n in range(45):
        version(f"1.{n:06}", "Cấp giấy phép" if n % 3 else f"Thủ tục {n:02}")
    seen: list[str] = []
    after = ""
    for _ in range(5):
        page = catalogue.browse(on=ON, limit=20, after=after)
        seen += [hit.code for hit in page.hits]
        after = page.after
        if not after:
            break
    assert len(seen) == len(set(seen)) == 45


def test_lists_cost_the_same_however_long_they_are(client: Client, db: None, django_assert_max_num_queries) -> None:
    for n in range(30):
        version(f"1.{n:06}", f"Thủ tục số {n}")
    client.get("/procedures/")
    for path in ("/", "/procedures/", "/procedures/?q=thu+tuc&level=commune"):
        with django_assert_max_num_queries(10):
            text(client, path)


def test_a_procedure_shows_what_a_citizen_asks_for(client: Client, marriage: models.ProcedureVersion) -> None:
    page = text(client, "/procedures/1.000894/")
    for wanted in (
        "Tờ khai đăng ký kết hôn", "TK-KH.docx", "Giấy chứng nhận kết hôn", "8.000", "Thông tư 281/2016/TT-BTC",
        "Luật Hộ tịch", "Nam từ đủ 20 tuổi", "Nếu cư trú nơi khác", "/procedures/1.000894/check/", "1872/QĐ-BTP",
        "/file/1.000894/",
    ):  # fmt: skip
        assert wanted in page, wanted


def test_marks_of_unverified_values_are_not_for_citizens(client: Client, marriage: models.ProcedureVersion) -> None:
    assert "tone-caution" not in text(client, "/procedures/1.000894/")


def test_a_code_written_otherwise_leads_to_the_page(client: Client, marriage: models.ProcedureVersion) -> None:
    assert client.get("/procedures/1000894/")["Location"] == "/procedures/1.000894/"


def test_a_code_that_does_not_exist_is_not_found(client: Client, db: None) -> None:
    text(client, "/procedures/9.999999/", 404)
    text(client, "/procedures/" + "x" * 300 + "/", 404)


def test_a_draft_is_not_shown_to_citizens(client: Client, db: None) -> None:
    version("3.000001", "Bản thảo", state="draft", valid_from=None)
    text(client, "/procedures/3.000001/", 404)
    text(client, "/procedures/3.000001/versions/1/", 404)


def test_an_earlier_version_can_still_be_read(client: Client, marriage: models.ProcedureVersion) -> None:
    models.ProcedureVersion.objects.create(
        procedure=marriage.procedure, number=2, state="retired", valid_from=date(2024, 1, 1), valid_to=date(2025, 7, 1),
        title="Đăng ký kết hôn (cũ)", field=field(), levels=["commune"], created_at=AT,
    )  # fmt: skip
    page = text(client, "/procedures/1.000894/versions/2/")
    assert "Đăng ký kết hôn (cũ)" in page
    assert "/file/" not in page


def test_the_check_before_filing_asks_and_answers(client: Client, marriage: models.ProcedureVersion) -> None:
    path = "/procedures/1.000894/check/"
    assert "Bạn đủ 18 tuổi?" in text(client, path)
    assert "error-summary" in text(client, path + "?sent=1")
    told = text(client, path + "?sent=1&adult=no")
    assert "Bạn chưa đủ tuổi." in told
    assert "/file/" not in told
    told = text(client, path + "?sent=1&adult=yes")
    assert "Bạn làm được thủ tục này." in told
    assert "/file/1.000894/" in told


def test_a_procedure_without_questions_has_no_check(client: Client, db: None) -> None:
    version("1.000001", "Đăng ký khai tử")
    assert client.get("/procedures/1.000001/check/").status_code == 302
