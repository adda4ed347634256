"""Sorting as a Vietnamese reader expects: letters in the order of the alphabet, tones after letters, numbers by value."""

import re
import unicodedata
from functools import lru_cache

_LETTERS = {letter: index for index, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
_TONES = {"": 0, "\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
_TONE_MARKS = frozenset(_TONES) - {""}
_PARTS = re.compile(r"\d+|\D+")


def sort_key(text: str) -> str:
    """A key that sorts with plain byte order, fit for a database column: letters first, then tones, then case."""
    letters: list[str] = []
    tones: list[str] = []
    for part in _PARTS.findall(" ".join(unicodedata.normalize("NFC", text).lower().split())):
        if part.isdecimal():
            letters.append(f"0{int(part):012d}")
            continue
        for char in part:
            letter, tone = _split(char)
            if letter == " ":
                letters.append("!")
            elif letter in _LETTERS:
                letters.append(chr(ord("A") + _LETTERS[letter]))
            else:
                letters.append("~" + letter)
            if letter in _LETTERS:
                tones.append(str(_TONES[tone]))
    # The separator is lower than any letter, so that "Đạ Huoai" stands before "Đạ Huoai 2".
    return "".join(letters) + " " + "".join(tones)


@lru_cache(maxsize=4096)
def _split(char: str) -> tuple[str, str]:
    """A letter without its tone, and the tone."""
    parts = unicodedata.normalize("NFD", char)
    tone = next((c for c in parts if c in _TONE_MARKS), "")
    return unicodedata.normalize("NFC", "".join(c for c in parts if c not in _TONE_MARKS)), tone
