"""The morning brief as sentences: written by rules from figures, the same for the same figures. No Django, no database.

A sentence is a pattern with places `{name}` and the figures that go there. Numbers never stand in a pattern: every number
a reader sees comes from a figure, and every figure can be found again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

LARGEST = 5
# So many median deviations make a normal day's spread.
SPREAD = 1.4826


@dataclass(frozen=True)
class Fact:
    """A figure of the brief: what was counted, where, when, its value and how it is written."""

    measure: str
    first: str
    last: str
    value: float
    words: str
    unit: str = ""
    agency: int | None = None
    known_at: str = ""


@dataclass(frozen=True)
class Sentence:
    """A pattern and what goes into its places."""

    pattern: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The sentence as it is read."""
        return self.pattern.format(**{key: fact.words for key, fact in self.facts.items()}, **self.names)


@dataclass(frozen=True)
class Change:
    """How far a day of a unit lies from its usual days."""

    measure: str
    unit: str
    value: int
    usual: float
    score: float


def change(measure: str, unit: str, days: Sequence[int], value: int, weight: float) -> Change:
    """The robust distance of a value from earlier days (median and median deviation), times the weight of the measure.

    A unit whose days are all alike is given the spread of rare events, so that one case more is no sensation.
    """
    usual = float(median(days)) if days else 0.0
    deviation = float(median(abs(each - usual) for each in days)) if days else 0.0
    spread = max(SPREAD * deviation, (usual**0.5), 1.0)
    return Change(measure, unit, value, usual, weight * (value - usual) / spread)


def largest(changes: Sequence[Change], number: int = LARGEST, least: float = 2.0) -> list[Change]:
    """The changes furthest from usual, the same order every time; those within the usual spread are left out."""
    worth = [each for each in changes if abs(each.score) >= least]
    return sorted(worth, key=lambda each: (-abs(each.score), each.measure, each.unit))[:number]
