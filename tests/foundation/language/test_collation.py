"""Sorting names as a Vietnamese reader expects, with nothing but plain byte order in the database."""

from hypothesis import given
from hypothesis import strategies as st

from langbiang.foundation.language.collation import sort_key

VIETNAMESE = st.text(alphabet="aàảãáạăằâầbcdđeêềghiklmnoôơpqrstuưvxyAĂÂĐƠƯ '-0123456789", max_size=30)


def in_order(names):
    return sorted(names, key=sort_key)


def test_letters_stand_in_the_order_of_the_vietnamese_alphabet():
    assert in_order(["Đà", "Dà", "Êm", "Em", "Ông", "Ong", "Ơn", "Ưng", "Ung", "Ăn", "An", "Ân", "Ca"]) == [
        "An", "Ăn", "Ân", "Ca", "Dà", "Đà", "Em", "Êm", "Ong", "Ông", "Ơn", "Ung", "Ưng",
    ]  # fmt: skip


def test_tones_decide_only_between_equal_letters():
    assert in_order(["Mạ", "Má", "Mã", "Mả", "Mà", "Ma"]) == ["Ma", "Mà", "Mả", "Mã", "Má", "Mạ"]
    assert in_order(["Lộc Thành", "Lộc Thanh", "Lộc Than"]) == ["Lộc Than", "Lộc Thanh", "Lộc Thành"]


def test_numbers_sort_by_value_not_by_digit():
    assert in_order(["Phường 10", "Phường 2", "Phường 1"]) == ["Phường 1", "Phường 2", "Phường 10"]


def test_the_shorter_name_comes_first():
    assert in_order(["Đạ Huoai 2", "Đạ Huoai", "Đạ Huoai 3"]) == ["Đạ Huoai", "Đạ Huoai 2", "Đạ Huoai 3"]
    assert in_order(["Bảo Lâm", "Bảo"]) == ["Bảo", "Bảo Lâm"]


def test_a_word_ends_before_the_next_letter():
    assert in_order(["Tân An", "Tâ Zan", "Tân"]) == ["Tâ Zan", "Tân", "Tân An"]


def test_case_and_composition_do_not_matter():
    assert sort_key("Đà Lạt") == sort_key("ĐÀ  LẠT") == sort_key("Đa\u0300 La\u0323t")


def test_a_raised_digit_is_a_sign_not_a_number():
    assert sort_key("10²") < sort_key("10³")


def test_foreign_letters_come_after_ours():
    assert in_order(["Жук", "Zu", "Yên"]) == ["Yên", "Zu", "Жук"]


@given(VIETNAMESE)
def test_every_text_has_a_key_that_ignores_extra_spaces(text):
    assert sort_key(text) == sort_key("  ".join(text.split(" ")) + " ")


@given(VIETNAMESE, VIETNAMESE)
def test_a_name_stands_before_the_same_name_with_more_words(name, more):
    if name.split() and more.split() and not name.strip().endswith(tuple("0123456789")):
        assert sort_key(name) < sort_key(f"{name} {more}")


@given(st.text(max_size=40))
def test_no_text_breaks_the_key(text):
    assert isinstance(sort_key(text), str)


def test_an_empty_text_stands_first():
    assert sort_key("") == sort_key("  ") < sort_key("a")
