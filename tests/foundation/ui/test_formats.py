"""How figures, days and times are written."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import example, given
from hypothesis import strategies as st

from langbiang.foundation.ui import formats

NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture(autouse=True)
def _vietnamese():
    with translation.override("vi"):
        yield


def test_money_is_grouped_with_dots_and_keeps_its_currency_on_the_line():
    assert formats.money(1_250_000) == f"1.250.000{NBSP}đ"


def test_money_of_nothing_is_zero_but_no_money_is_empty():
    assert formats.money(0) == f"0{NBSP}đ"
    assert formats.money(None) == ""
    assert formats.money("") == ""


def test_decimals_have_a_comma_and_halves_go_up():
    assert formats.number(Decimal("12.345"), 2) == "12,35"
    assert formats.number(-0.004, 2) == "0,00"
    assert formats.number(-1234.5, 0) == "−1.235"


def test_english_readers_see_english_separators():
    with translation.override("en"):
        assert formats.number(1234567.5, 1) == "1,234,567.5"
        assert formats.money(1_250_000) == f"1,250,000{NBSP}đ"


@pytest.mark.parametrize(
    ("size", "written"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (812_400, "812 kB"), (999_600, "1 MB"), (3_400_000, "3,4 MB"),
     (20_000_000, "20 MB"), (5 * 10**12, "5 TB")],
)  # fmt: skip
def test_file_sizes_read_as_people_say_them(size, written):
    assert formats.file_size(size).replace(NBSP, " ") == written


def test_an_instant_is_shown_in_vietnamese_time():
    late_evening = datetime(2026, 11, 24, 17, 30, tzinfo=UTC)
    assert formats.day(late_evening) == "25/11/2026"
    assert formats.clock(late_evening) == "00:30"
    assert formats.moment(late_evening) == "00:30 25/11/2026"
    assert formats.machine_time(late_evening) == "2026-11-25T00:30+07:00"


def test_a_day_alone_has_no_hour():
    assert formats.moment(date(2026, 11, 25)) == "25/11/2026"
    assert formats.machine_time(date(2026, 11, 25)) == "2026-11-25"


@pytest.mark.parametrize(
    ("days", "hours", "words"),
    [
        (2, None, "còn 2 ngày làm việc"), (0, None, "hết hạn hôm nay"), (-2, None, "quá hạn 2 ngày"),
        (0, 3, "còn 3 giờ làm việc"), (None, -5, "quá hạn 5 giờ"), (None, None, ""), (0, 0, "hết hạn hôm nay"),
    ],
)  # fmt: skip
def test_what_is_left_is_said_in_working_time(days, hours, words):
    assert formats.working_time_left(days, hours) == words


def test_how_long_ago_becomes_a_date_after_two_days():
    now = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
    assert formats.ago(now - timedelta(seconds=20), now) == "vừa xong"
    assert formats.ago(now - timedelta(minutes=5), now) == "5 phút trước"
    assert formats.ago(now - timedelta(hours=2), now) == "hôm nay 07:00"
    assert formats.ago(now - timedelta(hours=10), now) == "hôm qua 23:00"
    assert formats.ago(now - timedelta(days=3), now) == "09:00 22/11/2026"


@given(st.integers(-(10**15), 10**15))
def test_any_whole_amount_can_be_read_back(amount):
    with translation.override("vi"):
        text = formats.number(amount)
    assert int(text.replace(".", "").replace("−", "-")) == amount


@example(Decimal(10) ** 27)
@example(Decimal("1E+999"))
@given(st.decimals(allow_nan=True, allow_infinity=True) | st.text() | st.none() | st.booleans())
def test_no_value_makes_the_formats_fail(value):
    for write in (formats.number, formats.money, formats.percent, formats.file_size):
        assert isinstance(write(value), str)
