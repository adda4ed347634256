"""What a person may have meant by a mistyped syllable: a small vocabulary of folded syllables and their neighbours.

Vietnamese has few syllables (the whole catalogue uses under three thousand once folded), so the words people get wrong
can be looked up in memory: one slip of the keyboard, sounds that are written alike (s/x, tr/ch, d/gi, l/n, i/y), Telex or
VNI keys that were not turned into marks, and two syllables typed without the space.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_SOUNDS = (
    ("x", "s"), ("ch", "tr"), ("gi", "d"), ("r", "d"), ("n", "l"), ("y", "i"), ("k", "c"), ("ngh", "ng"), ("gh", "g"),
    ("qu", "cu"),
)  # fmt: skip
_ENDS = (("ng", "n"), ("c", "t"), ("nh", "n"), ("ch", "t"))
_TELEX_TONE = re.compile(r"(?<=[a-z])[sfrxj]+$|(?<=[a-z])[1-9]+$")
_TELEX_LETTERS = (("dd", "d"), ("aa", "a"), ("ee", "e"), ("oo", "o"), ("uw", "u"), ("ow", "o"), ("aw", "a"), ("w", "u"))
_FEWEST_LETTERS = 3


@dataclass(frozen=True)
class Vocabulary:
    """The folded syllables of a catalogue with how many procedures hold each, and which follow one another."""

    counts: Mapping[str, int]
    pairs: Mapping[str, int]
    deletes: Mapping[str, frozenset[str]] = field(repr=False)
    sounds: Mapping[str, frozenset[str]] = field(repr=False)

    def __contains__(self, syllable: str) -> bool:
        return syllable in self.counts

    def follows(self, before: str, after: str) -> int:
        """In how many procedures one syllable directly follows another."""
        return self.pairs.get(f"{before}_{after}", 0)

    def meant(self, syllable: str, *, before: str = "", after: str = "", most: int = 3) -> list[str]:
        """The likeliest syllables for one that is not in the vocabulary, judged by what stands beside it."""
        if any(c.isdigit() for c in syllable) and not _TELEX_TONE.search(syllable):
            return []
        near: dict[str, float] = {}
        for found in self._unkeyed(syllable):
            near.setdefault(found, 0.5)
        for found in self.sounds.get(sound(syllable), ()):
            near.setdefault(found, 1.0)
        if len(syllable) >= _FEWEST_LETTERS:
            for found in self._one_slip(syllable):
                near.setdefault(found, 1.5)

        def worth(found: str) -> tuple[float, int, str]:
            beside = (self.follows(before, found) if before else 0) + (self.follows(found, after) if after else 0)
            return (near[found] - (1.2 if beside else 0), -beside or -self.counts[found], found)

        return sorted((found for found in near if found != syllable), key=worth)[:most]

    def apart(self, joined: str) -> tuple[str, str] | None:
        """Two syllables typed without the space between, where the catalogue has them side by side."""
        best: tuple[int, tuple[str, str] | None] = (0, None)
        for cut in range(2, len(joined) - 1):
            pair = joined[:cut], joined[cut:]
            if (n := self.follows(*pair)) > best[0]:
                best = n, pair
        return best[1]

    def _unkeyed(self, syllable: str) -> Iterable[str]:
        """Readings of a syllable typed with Telex or VNI keys that stayed as letters: `dawng` -> `dang`."""
        bare = _TELEX_TONE.sub("", syllable)
        plain = bare
        for keys, letter in _TELEX_LETTERS:
            plain = plain.replace(keys, letter)
        return [word for word in dict.fromkeys((plain, bare)) if word in self.counts]

    def _one_slip(self, syllable: str) -> set[str]:
        """Syllables one letter away: left out, added, changed or swapped with its neighbour."""
        found: set[str] = set(self.deletes.get(syllable, ()))
        for short in _shortened(syllable):
            if short in self.counts:
                found.add(short)
            found |= self.deletes.get(short, frozenset())
        return {word for word in found if slips(syllable, word) <= 1}


def vocabulary(counts: Mapping[str, int]) -> Vocabulary:
    """Build one from terms and how many procedures hold each; terms with `_` are neighbours."""
    words = {term: n for term, n in counts.items() if "_" not in term}
    deletes: dict[str, set[str]] = defaultdict(set)
    sounds: dict[str, set[str]] = defaultdict(set)
    for word in words:
        if not word.isalpha():
            continue
        sounds[sound(word)].add(word)
        for short in _shortened(word):
            deletes[short].add(word)
    return Vocabulary(
        counts=words,
        pairs={term: n for term, n in counts.items() if "_" in term},
        deletes={key: frozenset(value) for key, value in deletes.items()},
        sounds={key: frozenset(value) for key, value in sounds.items()},
    )


def sound(syllable: str) -> str:
    """One key for spellings that sound alike somewhere in the country."""
    for written, plain in _SOUNDS:
        if syllable.startswith(written) and len(syllable) > len(written):
            syllable = plain + syllable[len(written) :]
    for written, plain in _ENDS:
        if syllable.endswith(written) and len(syllable) > len(written):
            syllable = syllable[: -len(written)] + plain
            break
    return syllable[:1] + syllable[1:].replace("y", "i")


def slips(one: str, other: str) -> int:
    """How many slips apart two words are: letters left out, added, changed, or swapped with a neighbour."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, before2, row = row, before, [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before2[j - 2] + 1)
            row.append(cost)
        before = last
    return row[-1]


def _shortened(word: str) -> set[str]:
    return {word[:i] + word[i + 1 :] for i in range(len(word))}
