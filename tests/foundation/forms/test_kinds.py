"""What people type, and what is kept of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langbiang.foundation.forms import kinds


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("text", "  xin   việc ", "xin việc"),
        ("text", "Thie\u0302\u0323n", "Thiện"),
        ("name", "Nguyễn \u202eAn", "Nguyễn An"),
        ("long_text", "a\r\nb", "a\nb"),
        ("number", "1.234", 1234),
        ("number", "2", 2),
        ("number", 2.0, 2),
        ("decimal", "1.234,5", "1234.5"),
        ("decimal", "-0", "0"),
        ("money", "1.500.000 đ", 1_500_000),
        ("money", "1500000", 1_500_000),
        ("date", "5/9/2026", "2026-09-05"),
        ("date", "05092026", "2026-09-05"),
        ("date", "2026-09-05", "2026-09-05"),
        ("yes_no", "yes", True),
        ("yes_no", False, False),
        ("phone", "+84 912 345 678", "0912345678"),
        ("phone", "0263 3822 333", "02633822333"),
        ("email", "an@example.vn", "an@example.vn"),
        ("identity", "0681 9900 0001", "068199000001"),
        ("file", [3, 3], [3]),
    ],
)
def test_answers_are_read_as_meant(kind: str, typed: Any, kept: Any) -> None:
    assert kinds.read({"kind": kind}, typed) == kept


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("text", "x" * 301),
        ("text", {"a": 1}),
        pytest.param("text", 10**5000, id="a number of 5000 digits"),
        ("name", "Nguyễn 2"),
        ("number", "nhiều"),
        ("number", True),
        ("number", "1.5"),
        ("number", float("nan")),
        ("decimal", "1e5"),
        ("money", "12,5"),
        ("money", "-5"),
        ("date", "30/02/2026"),
        ("date", "1/1/0001"),
        ("yes_no", 1),
        ("yes_no", "perhaps"),
        ("identity", "068199"),
        ("identity", "٠٦٨١٩٩٠٠٠٠٠١"),
        ("tax_code", "0100109107"),
        ("phone", "12345"),
        ("email", "an@example"),
        ("file", ["1"]),
        ("file", [2**70]),
        ("file", list(range(11))),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(kind: str, typed: Any) -> None:
    with pytest.raises(kinds.Wrong) as refused:
        kinds.read({"kind": kind}, typed)
    assert str(refused.value.message)


def test_a_point_typed_on_a_page_parts_thousands_but_a_machine_means_the_decimal_point() -> None:
    area = {"kind": "decimal"}
    assert kinds.read(area, kinds.typed(area, "1.500")) == "1500"
    assert kinds.read(area, "1.500") == "1.5"


def test_a_limit_is_said_as_money_is_written() -> None:
    with pytest.raises(kinds.Wrong, match="2.000.000 đ"):
        kinds.read({"kind": "money", "max": 2_000_000}, 3_000_000)


@pytest.mark.parametrize("value", [" ", "\u202e", "\x00", "", None, []])
def test_nothing_visible_is_no_answer(value: Any) -> None:
    assert kinds.is_empty(value)


@given(st.text(max_size=40))
def test_text_that_is_kept_is_kept_unchanged_the_second_time(text: str) -> None:
    for kind in ("text", "long_text", "name", "address"):
        try:
            once = kinds.read({"kind": kind}, text)
        except kinds.Wrong:
            continue
        assert kinds.read({"kind": kind}, once) == once
        once.encode()
