"""Names and codes: keys that forgive habits of writing and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langbiang.foundation.places.naming import BadCode, code_number, match_key, split_kind, with_kind

VIETNAMESE = st.text(alphabet="aàảãáạăằâầbcdđeêềghiklmnoôơpqrstuưvxyAĂÂĐƠƯ ’'-–0123456789", max_size=40)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Phú Thuỷ", "Phú Thủy"),
        ("Quảng Hoà", "Quảng Hòa"),
        ("Thanh Hoá", "Thanh Hóa"),
        ("Sông Luỹ", "Sông Lũy"),
        ("N’ Thôn Hạ", "N'Thôn Hạ"),
        ("Lang Biang-Đà Lạt", "LANG BIANG – ĐÀ LẠT"),
        ("Quý", "Qúy"),
    ],
)
def test_habits_of_writing_give_one_key(one, other):
    assert match_key(one) == match_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Tân Thành", "Tân Thanh"), ("Lộc Thành", "Lộc Thanh"), ("Đắk Nang", "Đạ K'Nàng"), ("Phường 1", "Phường 11"),
     ("Hoài Đức", "Hòa Đức")],
)  # fmt: skip
def test_different_names_keep_different_keys(one, other):
    assert match_key(one) != match_key(other)


@given(VIETNAMESE)
def test_a_key_is_its_own_key(text):
    assert match_key(match_key(text)) == match_key(text)


@pytest.mark.parametrize(
    ("written", "kind", "name"),
    [
        ("Phường 1 Bảo Lộc", "ward", "1 Bảo Lộc"),
        ("thị trấn Lạc Dương", "town", "Lạc Dương"),
        ("TP. Huế", "city", "Huế"),
        ("Đặc khu Phú Quý", "special_zone", "Phú Quý"),
        ("Xãng", None, "Xãng"),
        ("Tỉnh", None, "Tỉnh"),
    ],
)
def test_the_kind_before_a_name_is_told_from_the_name(written, kind, name):
    assert split_kind(written) == (kind, name)


def test_a_name_is_written_with_its_kind():
    assert with_kind("ward", "1 Bảo Lộc", capital=True) == "Phường 1 Bảo Lộc"
    assert with_kind("special_zone", "Phú Quý") == "đặc khu Phú Quý"


def test_codes_of_different_levels_have_different_numbers():
    codes = ["01", "99", "00001", "99999", "CU.1", "CU.99999", "24931"]

    assert len({code_number(code) for code in codes}) == len(codes)


@pytest.mark.parametrize("code", ["", "1", "123", "2493", "249311", "abcde", "CU.", "CU.x", "²²", "٢٤", "24931\n"])
def test_what_is_no_code_is_refused(code):
    with pytest.raises(BadCode):
        code_number(code)
