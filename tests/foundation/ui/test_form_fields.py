"""Fields accept what people really type, and say what to do when they cannot."""

import contextlib
from datetime import date

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from django.utils.datastructures import MultiValueDict
from hypothesis import given
from hypothesis import strategies as st

from langbiang.foundation.ui import formats
from langbiang.foundation.ui.form_fields import DateField, DatePartsField, MoneyField, UploadField, UploadsField


@pytest.fixture(autouse=True)
def _vietnamese():
    with translation.override("vi"):
        yield


def problem(field: forms.Field, value: object) -> str:
    with pytest.raises(forms.ValidationError) as caught:
        field.clean(value)
    return " ".join(caught.value.messages)


@pytest.mark.parametrize("typed", ["5/9/2026", "05/09/2026", "05-09-2026", "5.9.2026", " 5 / 9 / 2026 ", "05092026", "2026-09-05", "5 9 2026", "５/９/２０２６"])
def test_a_day_may_be_typed_in_many_ways(typed):
    assert DateField().clean(typed) == date(2026, 9, 5)


@pytest.mark.parametrize("typed", ["hôm qua", "5/9", "5/9/26", "5/thang 9/2026", "1/2/3/2026", "9999999999", "²/9/2026x"])
def test_what_is_no_day_is_named_with_an_example(typed):
    assert "không phải là ngày" in problem(DateField(), typed)


def test_a_day_missing_from_the_calendar_is_named():
    assert "Lịch không có ngày 29/2/2027" in problem(DateField(), "29/2/2027")
    assert DateField().clean("29/2/2028") == date(2028, 2, 29)


def test_a_day_outside_the_limits_is_told_the_limit():
    field = DateField(earliest=date(2025, 7, 1), latest=lambda: date(2026, 11, 25))
    assert "từ 01/07/2025 trở về sau" in problem(field, "30/6/2025")
    assert "từ 25/11/2026 trở về trước" in problem(field, "26/11/2026")
    assert field.clean("25/11/2026") == date(2026, 11, 25)


class _Birth(forms.Form):
    born_on = DatePartsField(label="Ngày sinh", latest=lambda: date(2026, 11, 25))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"born_on_day": "5", "born_on_month": "9", "born_on_year": "1987"}, date(1987, 9, 5)),
        ({"born_on": "05/09/1987"}, date(1987, 9, 5)),
        ({"born_on": "1987-09-05"}, date(1987, 9, 5)),
    ],
)
def test_three_parts_make_a_day_and_a_single_value_is_taken_too(data, expected):
    form = _Birth(data)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["born_on"] == expected


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "Hãy điền ngày"),
        ({"born_on_day": "5", "born_on_month": "", "born_on_year": "1987"}, "đủ ngày, tháng, năm"),
        ({"born_on_day": "31", "born_on_month": "2", "born_on_year": "1987"}, "không có ngày 31/2/1987"),
        ({"born_on_day": "<b>", "born_on_month": "2", "born_on_year": "1987"}, "không phải là ngày"),
    ],
)
def test_what_is_wrong_with_the_parts_is_said(data, words):
    assert words in _Birth(data).errors["born_on"][0]


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)))
def test_every_day_written_is_read_back(day):
    assert DateField().clean(formats.day(day)) == day
    assert DateField().clean(day.isoformat()) == day
    assert not DateField().has_changed(day, formats.day(day))


@given(st.text(max_size=40))
def test_no_text_makes_the_date_field_fail(text):
    with contextlib.suppress(forms.ValidationError):
        assert isinstance(DateField(required=False).clean(text), date | None)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("1250000", 1_250_000), ("1.250.000", 1_250_000), ("1,250,000", 1_250_000), ("1 250 000 đ", 1_250_000), ("75.000đ", 75_000),
     ("75000 VND", 75_000), ("75.000 đồng", 75_000), ("0", 0), ("1\u00a0250\u00a0000 ₫", 1_250_000)],
)  # fmt: skip
def test_an_amount_may_be_typed_in_many_ways(typed, amount):
    assert MoneyField().clean(typed) == amount


@pytest.mark.parametrize("typed", ["1.25", "12,5", "1.2500", "1.250,000", "1 25"])
def test_an_amount_that_could_mean_two_things_is_not_guessed(typed):
    assert "hai cách" in problem(MoneyField(), typed)


@pytest.mark.parametrize("typed", ["một triệu", "1e6", "1..000", "$5", "--5"])
def test_what_is_no_amount_is_named_with_an_example(typed):
    assert "1.250.000" in problem(MoneyField(), typed)


def test_an_amount_outside_the_limits_is_told_the_limit():
    assert "từ 1.000\u00a0đ trở lên" in problem(MoneyField(least=1000), "999")
    assert "trở xuống" in problem(MoneyField(most=1000), "1001")
    assert "trở lên" in problem(MoneyField(), "-5")


@given(st.integers(0, 10**15))
def test_every_amount_written_is_read_back(amount):
    with translation.override("vi"):
        assert MoneyField().clean(formats.money(amount)) == amount
    with translation.override("en"):
        assert MoneyField().clean(formats.money(amount)) == amount


def test_a_file_too_large_is_named_with_both_sizes_and_the_way_out():
    words = problem(UploadField(max_bytes=1000), SimpleUploadedFile("giấy.pdf", b"x" * 2000))
    assert "“giấy.pdf” nặng 2\u00a0kB, lớn hơn 1\u00a0kB" in words
    assert "tách thành nhiều tệp" in words


def test_a_file_of_another_kind_is_told_which_are_taken():
    assert "PDF, JPG, PNG" in problem(UploadField(), SimpleUploadedFile("giấy.exe", b"x"))
    assert UploadField().clean(SimpleUploadedFile("GIẤY.PDF", b"x")).name == "GIẤY.PDF"


def test_an_empty_file_is_refused():
    assert "không có nội dung" in problem(UploadField(), SimpleUploadedFile("giấy.pdf", b""))


class _Papers(forms.Form):
    papers = UploadsField(max_bytes=1000)


def test_several_files_come_in_order_and_every_wrong_one_is_named():
    good = [SimpleUploadedFile("1.pdf", b"x"), SimpleUploadedFile("2.jpg", b"x")]
    form = _Papers({}, MultiValueDict({"papers": good}))
    assert form.is_valid(), form.errors
    assert [file.name for file in form.cleaned_data["papers"]] == ["1.pdf", "2.jpg"]
    bad = [SimpleUploadedFile("a.exe", b"x"), good[0], SimpleUploadedFile("b.pdf", b"x" * 2000)]
    words = " ".join(_Papers({}, MultiValueDict({"papers": bad})).errors["papers"])
    assert "a.exe" in words
    assert "b.pdf" in words
    assert "1.pdf" not in words


def test_no_file_at_all_is_said_plainly():
    assert _Papers({}, MultiValueDict()).errors["papers"] == ["Hãy chọn tệp."]


def test_the_limits_are_the_hint_and_are_told_to_the_browser():
    field = _Papers().fields["papers"]
    assert str(field.help_text) == "PDF, JPG, PNG, tối đa 1\u00a0kB"
    html = str(_Papers()["papers"])
    assert 'data-max-bytes="1000"' in html
    assert "multiple" in html


