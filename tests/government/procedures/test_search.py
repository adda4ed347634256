"""Search finds what people mean, not only what they type."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langbiang.government.procedures import models
from langbiang.government.procedures.queries import search, spelling, wording

from .catalogue import AT, ON, field, version

TITLES = {
    "1.000001": "Đăng ký khai sinh",
    "1.000002": "Đăng ký lại khai sinh",
    "1.000003": "Đăng ký khai tử",
    "1.000004": "Đăng ký kết hôn",
    "1.000005": "Cấp giấy xác nhận tình trạng hôn nhân",
    "1.000006": "Đăng ký khai sinh kết hợp nhận cha, mẹ, con",
    "2.000007": "Chứng thực bản sao từ bản chính giấy tờ, văn bản",
    "2.000008": "Đăng ký thành lập hộ kinh doanh",
    "2.000009": "Cấp giấy phép xây dựng nhà ở riêng lẻ",
    "2.000010": "Đăng ký biến động quyền sử dụng đất, cấp giấy chứng nhận quyền sử dụng đất",
    "3.000011": "Trợ cấp xã hội hằng tháng cho người khuyết tật",
    "3.000012": "Cấp lại thẻ bảo hiểm y tế cho trẻ em",
    "3.000013": "Cấp căn cước công dân cho người từ đủ 14 tuổi",
}


@pytest.fixture
def catalogue(db: None) -> None:
    for code, title in TITLES.items():
        version(code, title)


def first(text: str, **more: str) -> str:
    found = search.search(text, on=ON, **more)
    return found.hits[0].title if found.hits else ""


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("đăng ký khai sinh", "Đăng ký khai sinh"),
        ("khai sinh", "Đăng ký khai sinh"),
        ("dang ky khai sinh", "Đăng ký khai sinh"),
        ("DANG KI KHAI SINH", "Đăng ký khai sinh"),
        ("khai sih", "Đăng ký khai sinh"),
        ("khia sinh", "Đăng ký khai sinh"),
        ("khai xinh", "Đăng ký khai sinh"),
        ("khaisinh", "Đăng ký khai sinh"),
        ("ddawng kys khai sinh", "Đăng ký khai sinh"),
        ("khai sinh lại", "Đăng ký lại khai sinh"),
        ("tôi muốn làm khai sinh cho con ở đâu", "Đăng ký khai sinh kết hợp nhận cha, mẹ, con"),
        ("giấy độc thân", "Cấp giấy xác nhận tình trạng hôn nhân"),
        ("ket hon", "Đăng ký kết hôn"),
        ("sao y", "Chứng thực bản sao từ bản chính giấy tờ, văn bản"),
        ("chung thuc ban sao", "Chứng thực bản sao từ bản chính giấy tờ, văn bản"),
        ("hkd", "Đăng ký thành lập hộ kinh doanh"),
        ("mở quán", "Đăng ký thành lập hộ kinh doanh"),
        ("gpxd", "Cấp giấy phép xây dựng nhà ở riêng lẻ"),
        ("qsdđ", "Đăng ký biến động quyền sử dụng đất, cấp giấy chứng nhận quyền sử dụng đất"),
        ("gcn quyen su dung dat", "Đăng ký biến động quyền sử dụng đất, cấp giấy chứng nhận quyền sử dụng đất"),
        ("cccd", "Cấp căn cước công dân cho người từ đủ 14 tuổi"),
        ("bhyt tre em", "Cấp lại thẻ bảo hiểm y tế cho trẻ em"),
        ("nguoi khuet tat", "Trợ cấp xã hội hằng tháng cho người khuyết tật"),
        ("1.000004", "Đăng ký kết hôn"),
        ("1000004", "Đăng ký kết hôn"),
    ],
)
def test_the_first_hit_is_what_was_meant(catalogue: None, typed: str, title: str) -> None:
    assert first(typed) == title


def test_a_word_still_being_typed_finds_what_begins_so(catalogue: None) -> None:
    assert first("khuyế") == "Trợ cấp xã hội hằng tháng cho người khuyết tật"


def test_words_put_right_are_told(catalogue: None) -> None:
    assert search.search("khai sihn", on=ON).corrected == "khai sinh"
    assert search.search("khai sinh", on=ON).corrected == ""


def test_where_nothing_holds_every_word_the_most_telling_ones_decide(catalogue: None) -> None:
    found = search.search("đăng ký kết hôn với người ngoài hành tinh", on=ON)
    assert found.is_partial
    assert found.hits[0].title == "Đăng ký kết hôn"


def test_what_nobody_has_finds_nothing(catalogue: None) -> None:
    found = search.search("zzzz qqqq", on=ON)
    assert (found.hits, found.total, found.after) == ((), 0, None)


@pytest.mark.parametrize("text", ["", "   ", "\x00", "!!!", "' | !", ":*", "&", "\\", "a" * 5000, "%_%", "():<->'"])
def test_hostile_text_is_answered_without_an_error(catalogue: None, text: str) -> None:
    search.search(text, on=ON)


def test_a_version_is_found_only_while_it_is_in_force(catalogue: None) -> None:
    version("4.000001", "Cấp phép thử nghiệm", valid_from=date(2026, 1, 1), valid_to=date(2026, 11, 2))
    version("4.000002", "Bản thảo thử nghiệm", state="draft", valid_from=None)
    assert search.search("thử nghiệm", on=date(2026, 11, 1)).total == 1
    assert search.search("thử nghiệm", on=ON).total == 0


def test_facets_narrow_the_hits(catalogue: None) -> None:
    event = models.LifeEvent.objects.create(slug="birth", name="Sinh con", name_en="Birth", audience="citizen", rank=1)
    version(
        "5.000001", "Đăng ký khai sinh lưu động", levels=["province"], field=field("mobile", "Lưu động"),
        audiences=["Doanh nghiệp"], events=[event],
    )  # fmt: skip
    for narrowing in ({"field": "mobile"}, {"level": "province"}, {"life_event": "birth"}, {"audience": "business"}):
        found = search.search("khai sinh", on=ON, **narrowing)
        assert [h.code for h in found.hits] == ["5.000001"], narrowing


def test_pages_follow_one_another_without_a_gap(catalogue: None) -> None:
    whole = [h.code for h in search.search("đăng ký", on=ON).hits]
    paged: list[str] = []
    after: int | None = 0
    while after is not None:
        page = search.search("đăng ký", on=ON, limit=2, after=after)
        paged += [h.code for h in page.hits]
        after = page.after
    assert paged == whole
    assert len(whole) == 7


def test_a_search_costs_at_most_three_queries(catalogue: None, django_assert_max_num_queries) -> None:
    for text in ("khai sinh", "khai sihn zzzz", "1.000001"):
        search.forget_vocabulary()
        with django_assert_max_num_queries(3):
            search.search(text, on=ON, field="civil_status", level="commune", audience="citizen")


def test_the_index_of_a_version_is_made_of_its_words_and_neighbours(db: None) -> None:
    made = version("1.000009", "Đăng ký khai sinh", keywords="trẻ em", created_at=AT)
    text = search.index_text(made)
    assert "'khai_sinh':" in text
    assert "'dang':1A" in text
    assert "'tre_em':" in text


@pytest.mark.parametrize(
    ("text", "code"),
    [("1.001193", "1.001193"), ("1001193", "1.001193"), (" 1 001193 ", "1.001193"), ("1.001193.h36", "1.001193.H36"),
     ("TTHC 1.001193", "1.001193"), ("khai sinh", ""), ("1.00119", ""), ("10011934", "")],
)  # fmt: skip
def test_a_code_is_known_however_it_is_written(text: str, code: str) -> None:
    assert wording.code_in(text.strip()) == code


@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    known = spelling.vocabulary({"khai": 3, "sinh": 2, "khai_sinh": 2})
    for want in wording.understand(text, known).wants:
        assert want.phrases
        assert "'" not in want.query("A")


@given(st.text("abcdeghn", max_size=7), st.text("abcdeghn", max_size=7))
def test_slips_are_a_distance(one: str, other: str) -> None:
    assert spelling.slips(one, other) == spelling.slips(other, one)
    assert (spelling.slips(one, other) == 0) == (one == other)
    assert spelling.slips(one, other) <= max(len(one), len(other))


def test_a_slip_is_a_letter_left_out_added_changed_or_swapped() -> None:
    assert [spelling.slips("sinh", other) for other in ("sih", "sinhh", "senh", "sihn", "snh", "khai")] == [1, 1, 1, 1, 1, 4]
