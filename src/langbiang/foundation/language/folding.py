"""Folding: one key for all the ways people write the same Vietnamese words, with or without marks."""

import re
import unicodedata

_WORD = re.compile(r"[0-9a-z]+")
_TABLE = str.maketrans({"đ": "d", "Đ": "D", "’": "'", "‘": "'", "`": "'", "–": "-", "—": "-"})


def fold(text: str) -> str:
    """Lower case, no marks, đ as d, single spaces: `Nguyễn  Thị Đào` -> `nguyen thi dao`."""
    plain = unicodedata.normalize("NFD", text.translate(_TABLE))
    stripped = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(stripped.lower().split())


def syllables(text: str) -> list[str]:
    """The folded words of a text, letters and digits only."""
    return _WORD.findall(fold(text))


def bigrams(text: str) -> list[str]:
    """Neighbouring syllables joined: what tells `khai sinh` from a text with both words far apart."""
    words = syllables(text)
    return [f"{a}_{b}" for a, b in zip(words, words[1:], strict=False)]


def search_terms(text: str) -> list[str]:
    """What goes into a search index: syllables and bigrams."""
    return [*syllables(text), *bigrams(text)]
