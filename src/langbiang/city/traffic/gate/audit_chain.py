"""Append-only, hash-chained record of what the gate decided."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One verdict; ``digest`` covers the entry and the digest before it."""

    at_s: float
    junction: str
    outcome: str
    rule: str
    text: str
    digest: str


class AuditChain:
    """Keeps entries; a changed or missing one is found by ``first_broken``."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def append(self, at_s: float, junction: str, outcome: str, rule: str, text: str) -> Entry:
        before = self.entries[-1].digest if self.entries else GENESIS
        entry = Entry(
            at_s, junction, outcome, rule, text, _digest(before, at_s, junction, outcome, rule, text)
        )
        self.entries.append(entry)
        return entry


def first_broken(entries: Iterable[Entry]) -> int | None:
    """Index of the first entry that does not follow from the one before it, or None."""
    before = GENESIS
    for i, e in enumerate(entries):
        if e.digest != _digest(before, e.at_s, e.junction, e.outcome, e.rule, e.text):
            return i
        before = e.digest
    return None


def _digest(before: str, at_s: float, junction: str, outcome: str, rule: str, text: str) -> str:
    line = f"{before}|{at_s!r}|{junction}|{outcome}|{rule}|{text}"
    return hashlib.sha256(line.encode()).hexdigest()
