"""Names and codes of units: the words for kinds, keys for matching, and the number made from a code. No database.

Keys find candidates; the code decides. Names without tones collapse (Tân Thành, Tân Thanh), so `fold` is only for
search, and `match_key` keeps tones while it forgives spelling habits (Phú Thuỷ, Phú Thủy).
"""

import re
import unicodedata
from functools import lru_cache

KINDS_VI = {
    "city": "thành phố",
    "province": "tỉnh",
    "commune": "xã",
    "ward": "phường",
    "town": "thị trấn",
    "special_zone": "đặc khu",
}
_PREFIXES = {**{word: kind for kind, word in KINDS_VI.items()}, "tp.": "city", "tp": "city"}
_FORMER = re.compile(r"CU\.([0-9]{1,5})")
_PROVINCE = re.compile(r"[0-9]{2}")
_COMMUNE = re.compile(r"[0-9]{5}")
_MARKS = "\u0300\u0301\u0303\u0309\u0323"
# Where the tone of oa, oe, uy stands is a habit of writing: both ways get one key.
_TONE_ON_SECOND = re.compile(rf"(?<!q)(o[ae]|uy)([{_MARKS}])(?![a-zđ])")
_TONE_ON_FIRST = re.compile(rf"(o|u)([{_MARKS}])(a|e|y)(?![a-zđ\u0302\u0306\u031b])")


class BadCode(ValueError):
    """The text is no code of an administrative unit."""


def code_number(code: str) -> int:
    """A number of its own for every code: provinces have 2 digits, communes 5, former units without code `CU.17`."""
    if _PROVINCE.fullmatch(code):
        return 1_000 + int(code)
    if _COMMUNE.fullmatch(code):
        return 100_000 + int(code)
    if found := _FORMER.fullmatch(code):
        return 200_000 + int(found[1])
    raise BadCode(code)


@lru_cache(maxsize=4096)
def match_key(name: str) -> str:
    """One key for all accepted spellings of a name, tones kept: `Phú  Thuỷ` and `phú thủy`, `N’ Thôn Hạ`."""
    text = unicodedata.normalize("NFC", name).lower()
    for sign in "’‘`´ʼ":
        text = text.replace(sign, "'")
    for dash in "–—−":
        text = text.replace(dash, "-")
    text = re.sub(r"\s*'\s*", "'", text)
    text = re.sub(r"\s*-\s*", " - ", text)
    text = " ".join(text.split())
    parts = unicodedata.normalize("NFD", text)
    parts = _TONE_ON_FIRST.sub(r"\1\3\2", parts)
    return unicodedata.normalize("NFC", parts)


def split_kind(name: str) -> tuple[str | None, str]:
    """The kind a written name begins with, and the rest: `Phường 1 Bảo Lộc` -> ("ward", "1 Bảo Lộc").

    A name that is a number keeps its kind: `Phường 1` has no other name.
    """
    text = " ".join(name.split())
    lowered = unicodedata.normalize("NFC", text).lower()
    for prefix in sorted(_PREFIXES, key=len, reverse=True):
        if lowered.startswith(prefix + " "):
            rest = unicodedata.normalize("NFC", text)[len(prefix) + 1 :].strip()
            return _PREFIXES[prefix], rest
    return None, text


def with_kind(kind: str, name: str, *, capital: bool = False) -> str:
    """`xã Đơn Dương`, `thành phố Huế`."""
    word = KINDS_VI[kind]
    return f"{word[0].upper()}{word[1:]} {name}" if capital else f"{word} {name}"
