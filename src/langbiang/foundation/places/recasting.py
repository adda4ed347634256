"""Carrying figures across a reform: following a unit through its changes, and recasting a series. No database.

Only sums can be recast: rates by recasting numerator and denominator, indices and growth rates not at all. What was
split needs published shares; while one is missing its successors get one joint figure, never a guessed half.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .queries import Successor
    from .register import PlaceRow, Register

MOST_STEPS = 20


@dataclass(frozen=True)
class Recast:
    """A figure for one unit, or jointly for several that cannot be told apart."""

    codes: tuple[str, ...]
    value: Decimal
    is_estimate: bool
    sources: tuple[str, ...]

    @property
    def is_joint(self) -> bool:
        """Whether the figure belongs to several units together."""
        return len(self.codes) > 1


class UnknownUnits(ValueError):
    """Codes that named no unit on the day of the figures."""

    def __init__(self, codes: list[str]) -> None:
        super().__init__(", ".join(codes))
        self.codes = codes


def follow(known: "Register", share: "Successor", day: date, *, depth: int = 0) -> "Iterator[Successor]":
    """The shares of a unit in the units of a day: itself if it holds then, else what its successors lead to."""
    row = share.place
    steps = [] if row.is_valid(day) else known.onward.get(row.id, [])
    if depth >= MOST_STEPS or not steps or day < row.valid_from:
        yield share
        return
    for step in steps:
        onward = replace(
            share,
            place=known.by_id[step.new_id],
            is_whole=share.is_whole and step.is_whole,
            weight_area=_part(share.weight_area, step.weight_area, step.is_whole),
            weight_population=_part(share.weight_population, step.weight_population, step.is_whole),
            kind=step.kind,
            effective_on=step.effective_on,
            legal_ref=step.legal_ref,
            note=step.note,
        )
        yield from follow(known, onward, day, depth=depth + 1)


def _part(so_far: Decimal | None, weight: Decimal | None, is_whole: bool) -> Decimal | None:
    if is_whole:
        return so_far
    return None if so_far is None or weight is None else so_far * weight


def joined(one: "Successor", other: "Successor") -> "Successor":
    """Two ways that lead to the same unit, as one share."""

    def total(a: Decimal | None, b: Decimal | None) -> Decimal | None:
        return None if a is None or b is None else a + b

    area = total(one.weight_area, other.weight_area)
    people = total(one.weight_population, other.weight_population)
    return replace(one, weight_area=area, weight_population=people, is_whole=area == 1 and people == 1)


def recast(
    known: "Register", values: Mapping[str, Decimal | int], from_day: date, to_day: date, *, by: str = "population"
) -> list[Recast]:
    """Sums by the units of `from_day` as sums by the units of `to_day` (the same or later). Raises UnknownUnits.

    `by` names the share that tells how a split unit divides: "population" or "area". Nothing is lost or counted twice:
    the total of the result is the total of the values. Estimates are flagged; a split without a share is given jointly.
    """
    from .queries import Successor

    if to_day < from_day:
        raise ValueError("a series can be recast onward only: to_day lies before from_day")
    unknown = sorted(code for code in values if known.row(code, from_day) is None)
    if unknown:
        raise UnknownUnits(unknown)
    parts: list[tuple[str, PlaceRow, Decimal, bool]] = []  # source, target, value, estimate
    joint: list[tuple[str, list[PlaceRow], Decimal]] = []
    for code in values:
        row = known.row(code, from_day)
        assert row is not None
        start = Successor(row, True, Decimal(1), Decimal(1), "", row.valid_from, row.legal_ref)
        shares = list(follow(known, start, to_day))
        value = Decimal(values[code])
        targets = {share.place.id: share.place for share in shares}
        if len(targets) == 1:
            parts.append((code, shares[0].place, value, False))
            continue
        weights = [share.weight_population if by == "population" else share.weight_area for share in shares]
        if any(weight is None for weight in weights):
            joint.append((code, list(targets.values()), value))
            continue
        total = sum((w for w in weights if w is not None), Decimal(0))
        given = Decimal(0)
        for share, weight in zip(shares[:-1], weights[:-1], strict=True):
            assert weight is not None
            piece = value * weight / total
            given += piece
            parts.append((code, share.place, piece, True))
        parts.append((code, shares[-1].place, value - given, True))
    return _collected(parts, joint)


def _collected(
    parts: "list[tuple[str, PlaceRow, Decimal, bool]]", joint: "list[tuple[str, list[PlaceRow], Decimal]]"
) -> list[Recast]:
    """One figure for each target; targets that share a figure nobody can divide become one."""
    rows: dict[int, PlaceRow] = {}
    group: dict[int, int] = {}

    def root(key: int) -> int:
        while group[key] != key:
            key = group[key]
        return key

    for _source, row, _value, _estimate in parts:
        rows[row.id] = row
        group.setdefault(row.id, row.id)
    for _source, targets, _value in joint:
        for row in targets:
            rows[row.id] = row
            group.setdefault(row.id, row.id)
            group[root(row.id)] = root(targets[0].id)
    sums: dict[int, Decimal] = {}
    estimates: set[int] = set()
    sources: dict[int, list[str]] = {}
    pieces = [(s, r.id, v, e) for s, r, v, e in parts] + [(s, t[0].id, v, False) for s, t, v in joint]
    for source, key, value, estimate in pieces:
        at = root(key)
        sums[at] = sums.get(at, Decimal(0)) + value
        sources.setdefault(at, []).append(source)
        if estimate:
            estimates.add(at)
    members: dict[int, list[PlaceRow]] = {}
    for key in group:
        members.setdefault(root(key), []).append(rows[key])
    results = []
    for at, value in sums.items():
        inside = sorted(members[at], key=lambda each: each.sort_key)
        results.append(
            (inside[0].sort_key, Recast(tuple(r.code for r in inside), value, at in estimates, tuple(sources[at])))
        )
    return [result for _key, result in sorted(results, key=lambda pair: pair[0])]
