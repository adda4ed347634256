"""Law kept as data that helps to read a time limit: rows with source, validity and a verified flag.

A rule never overrules a stated limit. It is asked only where the cell has a number without a unit or
nothing at all, and its answer stays a guess that names the rule as evidence.
"""

import datetime as dt
import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

from .record import TimeUnit


@dataclass(frozen=True, slots=True)
class TimeLimitRule:
    """One row of ``data/time_limit_rules.json``.

    Applies to records of ``field`` whose title holds one of ``title_has`` (any title when empty).
    ``numbers``: the bare numbers it gives a unit to; without any it speaks for an empty cell and brings its
    own ``amount``.
    """

    key: str
    field: str
    title_has: tuple[str, ...]
    numbers: tuple[Decimal, ...]
    amount: Decimal | None
    unit: TimeUnit
    same_day: bool
    source: str
    valid_from: dt.date
    valid_to: dt.date | None
    verified: bool

    def is_valid(self, on: dt.date | None) -> bool:
        """Whether the row is law on that day; without a day every row counts."""
        return on is None or (self.valid_from <= on and (self.valid_to is None or on <= self.valid_to))

    def speaks_for(self, *, field: str, title: str, number: Decimal | None) -> bool:
        """Whether the row answers for this procedure and cell."""
        if self.field.casefold() != field.casefold():
            return False
        low = title.casefold()
        if self.title_has and not any(words.casefold() in low for words in self.title_has):
            return False
        return number in self.numbers if number is not None else self.amount is not None


@cache
def time_limit_rules() -> tuple[TimeLimitRule, ...]:
    """The rows shipped with the package, in file order: the first that speaks decides."""
    text = files(__package__).joinpath("data/time_limit_rules.json").read_text(encoding="utf-8")
    return tuple(_rule(row) for row in json.loads(text)["rules"])


def _rule(row: dict[str, object]) -> TimeLimitRule:
    numbers = row.get("numbers") or []
    titles = row.get("title_has") or []
    if not isinstance(numbers, list) or not isinstance(titles, list):
        raise ValueError(f"time limit rule {row.get('key')}: numbers and title_has must be lists")
    valid_to = row.get("valid_to")
    amount = row.get("amount")
    return TimeLimitRule(
        key=str(row["key"]),
        field=str(row["field"]),
        title_has=tuple(str(words) for words in titles),
        numbers=tuple(Decimal(str(number)) for number in numbers),
        amount=None if amount is None else Decimal(str(amount)),
        unit=TimeUnit(str(row["unit"])),
        same_day=bool(row.get("same_day", False)),
        source=str(row["source"]),
        valid_from=dt.date.fromisoformat(str(row["valid_from"])),
        valid_to=None if valid_to is None else dt.date.fromisoformat(str(valid_to)),
        verified=bool(row.get("verified", False)),
    )
