"""The legal order among priority vehicles: dated rows with their source, read from data, never a constant."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Any


class BadOrder(ValueError):
    """The table of priority vehicles contradicts itself or does not cover a day; the message names the row."""


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One kind of vehicle under one law; ``verified`` says whether somebody compared it with the printed text."""

    kind: str
    name_vi: str
    rank: int
    valid_from: date
    valid_to: date | None
    source: str
    verified: bool

    def holds_on(self, day: date) -> bool:
        """Whether the row is law on that day (both ends included)."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class LegalOrder:
    """The rows in force on one day."""

    rows: tuple[OrderRow, ...]

    def row(self, kind: str) -> OrderRow:
        """The row of a kind. Raises BadOrder when that kind has no priority."""
        for row in self.rows:
            if row.kind == kind:
                return row
        known = ", ".join(sorted(r.kind for r in self.rows))
        raise BadOrder(f"kind: {kind!r} has no priority on this day; those that have: {known}")

    def rank(self, kind: str) -> int:
        """Lower goes first."""
        return self.row(kind).rank

    @property
    def is_verified(self) -> bool:
        """Whether every row was compared with the law; pages show a warning while it was not."""
        return all(row.verified for row in self.rows)


def read_rows(rows: Sequence[dict[str, Any]]) -> tuple[OrderRow, ...]:
    """Rows from their JSON form. Raises BadOrder on a missing source, a bad date or two rows for one kind and day."""
    made: list[OrderRow] = []
    for raw in rows:
        try:
            row = OrderRow(
                raw["kind"],
                raw["name_vi"],
                int(raw["rank"]),
                date.fromisoformat(raw["valid_from"]),
                date.fromisoformat(raw["valid_to"]) if raw["valid_to"] else None,
                raw["source"],
                bool(raw["verified"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BadOrder(f"row {raw!r}: {error!r}; needs kind, name_vi, rank, valid_from, valid_to, source, verified") from error
        if not row.source.strip():
            raise BadOrder(f"{row.kind} from {row.valid_from}: source is empty; name law and article")
        for other in made:
            is_apart = (row.valid_to is not None and row.valid_to < other.valid_from) or (
                other.valid_to is not None and other.valid_to < row.valid_from
            )
            if other.kind == row.kind and not is_apart:
                raise BadOrder(f"{row.kind}: rows from {other.valid_from} and {row.valid_from} overlap; end the earlier one")
        made.append(row)
    return tuple(made)


def order_on(day: date) -> LegalOrder:
    """The shipped table on a day. Raises BadOrder when no row holds then."""
    text = resources.files(__package__).joinpath("data/vehicle_order.json").read_text(encoding="utf-8")
    rows = tuple(row for row in read_rows(json.loads(text)["rows"]) if row.holds_on(day))
    if not rows:
        raise BadOrder(f"day: no order of priority vehicles is known for {day}; add rows with their source")
    return LegalOrder(rows)
