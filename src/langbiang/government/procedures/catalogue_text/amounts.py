"""Money, numbers and days as Vietnamese texts write them. Every pattern has a bounded length."""

import datetime as dt
import re
from decimal import Decimal

from .record import DatedFee

# In a cell thousands are parted by commas ("1,700,000 VNĐ"), in prose by dots ("32.000.000 đồng").
_PROSE_AMOUNT = re.compile(r"(?<![\d.,/])(\d{1,3}(?:\.\d{3}){1,4}|\d{1,3})[ \u00a0]{0,2}(?:đồng|Đồng|VNĐ|đ)(?!\w)")
_PERIOD = re.compile(
    r"[Tt]ừ[ \u00a0]{1,3}ngày[ \u00a0]{1,3}"
    r"(?P<d1>\d{1,2})(?:/|[ ]tháng[ ])(?P<m1>\d{1,2})(?:/|[ ]năm[ ])(?P<y1>\d{4})"
    r"[ \u00a0]{0,4}(?:đến|tới)[ \u00a0]{1,4}(?:hết[ ]{1,3})?(?:ngày[ ]{1,3})?"
    r"(?P<d2>\d{1,2})(?:/|[ ]tháng[ ])(?P<m2>\d{1,2})(?:/|[ ]năm[ ])(?P<y2>\d{4})"
)
_ACT = re.compile(
    r"(?:Thông tư(?: liên tịch)?|Nghị định|Nghị quyết|Quyết định|Luật)(?: số)? ?"
    r"\d{1,4}(?:\.\d{1,2})?/\d{4}/[A-ZĐ][A-ZĐ0-9-]{1,20}"
)
_WORDS = {
    "một": 1,
    "hai": 2,
    "ba": 3,
    "bốn": 4,
    "năm": 5,
    "sáu": 6,
    "bảy": 7,
    "tám": 8,
    "chín": 9,
    "mười": 10,
    "mười lăm": 15,
    "hai mươi": 20,
    "ba mươi": 30,
}
NUMBER_WORDS = "|".join(sorted(_WORDS, key=len, reverse=True))


def prose_amounts(text: str) -> list[tuple[Decimal, int, int]]:
    """Đồng amounts in running text with their places; a bare number below 1,000 counts only with "đồng"."""
    return [(Decimal(m[1].replace(".", "")), m.start(), m.end()) for m in _PROSE_AMOUNT.finditer(text)]


def number(words: str) -> Decimal:
    """``"05"`` or ``"năm"`` as a number."""
    return Decimal(_WORDS[words.lower()]) if words.lower() in _WORDS else Decimal(words)


def first_act(text: str) -> str:
    """The first named act with its number, or nothing."""
    hit = _ACT.search(text)
    return hit[0] if hit else ""


def dated_fees(text: str) -> tuple[DatedFee, ...]:
    """Amounts that hold between two days: the last amount before the period, the act after it."""
    amounts = prose_amounts(text)
    found: list[DatedFee] = []
    index = 0
    for period in _PERIOD.finditer(text):
        while index < len(amounts) and amounts[index][2] <= period.start():
            index += 1
        if index == 0 or period.start() - amounts[index - 1][2] > 160:
            continue
        amount, start, _ = amounts[index - 1]
        quote = text[start : period.end() + 80]
        fee = DatedFee(
            amount=amount,
            valid_from=_day(period["d1"], period["m1"], period["y1"]),
            valid_to=_day(period["d2"], period["m2"], period["y2"]),
            source=first_act(text[period.end() : period.end() + 90]),
            quote=quote.split("\n")[0].strip(),
        )
        if fee not in found:
            found.append(fee)
        if len(found) >= 20:
            break
    return tuple(found)


def _day(day: str, month: str, year: str) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None
