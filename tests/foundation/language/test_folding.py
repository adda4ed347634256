"""One key for all the ways people write the same words."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langbiang.foundation.language.folding import bigrams, fold, search_terms, syllables

VIETNAMESE = st.text(alphabet="aàảãáạăằâầbcdđeêềghiklmnoôơpqrstuưvxyAĂÂĐƠƯ ’'-0123456789", max_size=40)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Nguyễn  Thị Đào", "nguyen thi dao"),
        ("ĐẮK R’LẤP", "dak r'lap"),
        ("Lang Biang – Đà Lạt", "lang biang - da lat"),
        ("giấy khai sinh", "giay khai sinh"),
        ("Ưu tiên", "uu tien"),
        ("", ""),
    ],
)
def test_marks_case_and_signs_are_folded(written, key):
    assert fold(written) == key


def test_composed_and_decomposed_letters_fold_alike():
    for text in ("Đặng Thuỳ Trâm", "Lộc Thành", "phường Xuân Hương"):
        assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


def test_both_places_of_the_tone_fold_alike():
    assert fold("Phú Thuỷ") == fold("Phú Thủy")
    assert fold("Thanh Hoá") == fold("Thanh Hóa")


def test_syllables_leave_signs_behind():
    assert syllables("B'Lao, Phường 1 (Bảo Lộc)") == ["b", "lao", "phuong", "1", "bao", "loc"]


def test_neighbours_are_joined_in_their_order():
    assert bigrams("đăng ký khai sinh") == ["dang_ky", "ky_khai", "khai_sinh"]
    assert bigrams("sinh") == []


def test_the_index_holds_words_and_pairs():
    assert search_terms("khai sinh") == ["khai", "sinh", "khai_sinh"]


@given(VIETNAMESE)
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(VIETNAMESE)
def test_a_folded_vietnamese_text_is_plain_ascii(text):
    assert fold(text).isascii()


@given(st.text(max_size=60))
def test_no_text_breaks_the_folding(text):
    assert fold(text) == fold(text.strip())
    assert all(word.isascii() for word in syllables(text))
