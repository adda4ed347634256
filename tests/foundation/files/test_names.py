"""File names are shown, saved and sent in headers: they may carry Vietnamese, and nothing that acts."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langbiang.foundation.files.names import ENDING, clean, plain

PDF = "application/pdf"
ANY_NAME = st.text(max_size=400) | st.text(alphabet="a.\\/ đề\u202e\x00:pdfexe%", max_size=200)


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("Giấy khai sinh.pdf", "Giấy khai sinh.pdf"),
        (unicodedata.normalize("NFD", "Đơn đề nghị.PDF"), "Đơn đề nghị.pdf"),
        ("C:\\Users\\an\\Desktop\\sổ hộ khẩu.pdf", "sổ hộ khẩu.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("ảnh.jpg", "ảnh.pdf"),
        ("hoá đơn.pdf.exe", "hoá đơn.pdf"),
        ("bản 1.2.pdf", "bản 1.2.pdf"),
        ("Mẫu số 02.2025.pdf", "Mẫu số 02.2025.pdf"),
        ("fdp\u202eexe.pdf", "fdpexe.pdf"),
        ("", "tep.pdf"),
        (".pdf", "tep.pdf"),
        ("...", "tep.pdf"),
        ("CON.pdf", "CON_.pdf"),
        ("a" * 500 + ".pdf", "a" * 120 + ".pdf"),
        ('tên "lạ"\r\nSet-Cookie: a.pdf', "tên lạSet-Cookie a.pdf"),
    ],
)
def test_names_are_made_safe_and_stay_readable(given_name, kept):
    assert clean(given_name, PDF) == kept


@given(ANY_NAME, st.sampled_from([*ENDING, "application/octet-stream"]))
def test_no_name_leaves_its_folder_or_hides_its_ending(given_name, mime):
    name = clean(given_name, mime)
    assert 0 < len(name) <= 130
    assert name == unicodedata.normalize("NFC", name)
    assert not set(name) & set('/\\:*?"<>|%\x00\r\n\t')
    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in name)
    assert "\u202e" not in name
    assert not name.startswith((".", " "))
    assert name.endswith(ENDING.get(mime, ""))
    name.encode("utf-8")


@given(ANY_NAME, st.sampled_from(list(ENDING)))
def test_cleaning_twice_changes_nothing(given_name, mime):
    once = clean(given_name, mime)
    assert clean(once, mime) == once


@given(ANY_NAME)
def test_the_plain_name_fits_any_header(given_name):
    text = plain(clean(given_name, PDF))
    assert text
    assert text.isascii()
    assert '"' not in text
    assert text.isprintable()
