"""What a person typed, read as what they want to find: a code, words, abbreviations, words with the same meaning."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from langbiang.foundation.language.folding import fold, syllables

from .spelling import Vocabulary

_WORDS = Path(__file__).resolve().parents[1] / "data" / "search_words.json"
_CODE = re.compile(r"^(?:tthc|ma|code)?[\s:#.-]*(\d)[\s.,-]?(\d{6})(?:[\s.,-]?(h\d{2}))?$")
_MOST_TYPED = 200
_MOST_WORDS = 16

Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Want:
    """One thing asked for: any of these phrases will do. The first is what was typed (or what was meant by it)."""

    phrases: tuple[Phrase, ...]
    unfinished: bool = False  # the last word, perhaps still being typed
    is_guess: bool = False  # the word typed is unknown: these are near it

    def query(self, weight: str = "") -> str:
        """The tsquery of this want; with a weight, met only there (A: the title). A phrase wants its words side by side."""
        parts = []
        for phrase in self.phrases:
            terms = [*phrase] if len(phrase) == 1 else [f"{a}_{b}" for a, b in zip(phrase, phrase[1:], strict=False)]
            mark = ("*" if self.unfinished and len(phrase) == 1 else "") + weight
            terms = [f"{term}:{mark}" if mark else term for term in terms]
            parts.append(terms[0] if len(terms) == 1 else f"({' & '.join(terms)})")
        return parts[0] if len(parts) == 1 else f"({' | '.join(parts)})"


@dataclass(frozen=True)
class Reading:
    """A question as understood: the code, or the wants; and the words put right, where that was needed."""

    code: str = ""
    wants: tuple[Want, ...] = ()
    words: Phrase = ()
    corrected: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked that can be searched for."""
        return not self.code and not self.wants


@dataclass(frozen=True)
class Words:
    """The lists people are understood by, folded; kept in data/search_words.json."""

    meanings: dict[Phrase, tuple[Phrase, ...]]
    filler: frozenset[Phrase]
    longest: int


@lru_cache(maxsize=1)
def words() -> Words:
    """The lists, read once."""
    read = json.loads(_WORDS.read_text(encoding="utf-8"))
    meanings: dict[Phrase, tuple[Phrase, ...]] = {}
    for typed, meant in [*read["abbreviations"].items(), *read["same_meaning"].items()]:
        meanings[tuple(syllables(typed))] = tuple(dict.fromkeys(tuple(syllables(m)) for m in meant))
    filler = frozenset(tuple(syllables(f)) for f in read["filler"])
    return Words(meanings, filler, max(len(p) for p in [*meanings, *filler]))


def code_in(text: str) -> str:
    """The procedure code a text is, however its dot was written: `1001193`, `1 001193`, `1.001193.h36`; else empty."""
    found = _CODE.match(fold(text[:40]))
    if not found:
        return ""
    head, tail, variant = found.groups()
    return f"{head}.{tail}" + (f".{variant.upper()}" if variant else "")


def understand(text: str, known: Vocabulary) -> Reading:
    """Read a question. Hostile or empty input gives an empty reading, never an error."""
    text = text.replace("\x00", " ")[:_MOST_TYPED]
    if code := code_in(text):
        return Reading(code=code)
    typed = syllables(text)[:_MOST_WORDS]
    unfinished = bool(text) and not text[-1].isspace()
    wants: list[Want] = []
    put_right: list[str] = []
    changed = False
    for phrase, meanings in _cut(_without_filler(typed)):
        if meanings:
            here = (phrase, *meanings) if all(w in known for w in phrase) else meanings
            wants.append(Want(tuple(dict.fromkeys(here))))
            put_right += phrase
            continue
        word = phrase[0]
        last = unfinished and word == typed[-1]
        if word in known or not known.counts:
            wants.append(Want((phrase,), unfinished=last and len(word) > 1))
            put_right.append(word)
            continue
        before = put_right[-1] if put_right else ""
        position = typed.index(word)
        after = typed[position + 1] if position + 1 < len(typed) else ""
        starts = last and any(other.startswith(word) for other in known.counts)
        meant = [] if starts else known.meant(word, before=before, after=after)
        if starts:
            wants.append(Want((phrase,), unfinished=True))
            put_right.append(word)
        elif pair := known.apart(word):
            wants.append(Want((pair,)))
            put_right += pair
            changed = True
        elif meant:
            wants.append(Want(tuple((m,) for m in meant), is_guess=True))
            put_right.append(meant[0])
            changed = True
        else:
            wants.append(Want((phrase,)))
            put_right.append(word)
    return Reading(wants=tuple(wants), words=tuple(put_right), corrected=" ".join(put_right) if changed else "")


def _cut(typed: list[str]) -> Iterator[tuple[Phrase, tuple[Phrase, ...]]]:
    """The typed words as phrases with their other meanings, longest first; single words otherwise."""
    lists, i = words(), 0
    while i < len(typed):
        for n in range(min(lists.longest, len(typed) - i), 0, -1):
            phrase = tuple(typed[i : i + n])
            if phrase in lists.meanings:
                yield phrase, lists.meanings[phrase]
                i += n
                break
        else:
            yield (typed[i],), ()
            i += 1


def _without_filler(typed: list[str]) -> list[str]:
    """The words without what people say around them (`tôi muốn`, `ở đâu`); all of them where nothing else is left."""
    lists, kept, i = words(), [], 0
    while i < len(typed):
        for n in range(min(lists.longest, len(typed) - i), 0, -1):
            if tuple(typed[i : i + n]) in lists.filler and tuple(typed[i : i + n]) not in lists.meanings:
                i += n
                break
        else:
            kept.append(typed[i])
            i += 1
    return kept or typed
