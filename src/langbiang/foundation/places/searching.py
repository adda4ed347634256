"""Finding the unit a person means by what they typed. No database; every candidate is shown, nothing is guessed."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

from langbiang.foundation.language.folding import fold

from .naming import match_key, split_kind
from .recasting import follow

if TYPE_CHECKING:
    from .register import PlaceRow, Register

SLIP = 82  # of 100: two letters wrong in a name of ten
FULL_CODE, EXACT, WITHOUT_MARKS, BEGINS, INSIDE, SIMILAR = range(6)


@dataclass(frozen=True)
class Found:
    """A unit that fits: how well (0 is best), and for a former one where its people are today."""

    place: "PlaceRow"
    rank: int
    is_former: bool
    now: tuple["PlaceRow", ...]


def search(
    known: "Register", text: str, *, on: date, province: str | None, level: str | None, limit: int
) -> list[Found]:
    """Best first: exact before folded before parts before slips; units of the day before former ones."""
    typed = " ".join(text.split())
    if not typed:
        return []
    kind, rest = split_kind(typed)
    exact, folded = {match_key(typed), match_key(rest)}, _plain(rest)
    ranked: dict[int, int] = {}
    rows = [
        row
        for row in known.by_id.values()
        if (level is None or row.level == level)
        and (province is None or row.parent_code == province or province in _today_parents(known, row, on))
    ]
    for row in rows:
        rank = _rank(row, typed, exact, folded)
        if rank is not None:
            ranked[row.id] = rank
    if not ranked and len(folded) >= 3:
        names = {row.id: _plain(row.name) for row in rows}
        for _name, score, row_id in process.extract(folded, names, scorer=fuzz.ratio, score_cutoff=SLIP, limit=limit):
            ranked[row_id] = SIMILAR if score < 100 else WITHOUT_MARKS
    found = [_found(known, known.by_id[row_id], rank, on) for row_id, rank in ranked.items()]
    found = _without_lived_on(found)
    found.sort(
        key=lambda each: (
            each.rank if each.rank <= EXACT else WITHOUT_MARKS if each.rank == WITHOUT_MARKS else each.rank,
            each.is_former,
            kind is not None and each.place.kind != kind,
            each.place.sort_key,
            each.place.code,
        )
    )
    return found[:limit]


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    """Without marks, apostrophes and hyphens: people type `dran`, `b lao`, `lang biang da lat`."""
    return " ".join(fold(text).replace("'", "").replace("-", " ").split())


def _rank(row: "PlaceRow", typed: str, exact: set[str], folded: str) -> int | None:
    if typed.upper() == row.code:
        return FULL_CODE
    if match_key(row.name) in exact or match_key(row.in_text) in exact:
        return EXACT
    if not folded:
        return None
    name = _plain(row.name)
    if name == folded or _plain(row.in_text) == folded:
        return WITHOUT_MARKS
    tight = name.replace(" ", "")
    if len(folded) > 2 and tight == folded.replace(" ", ""):
        return WITHOUT_MARKS
    if name.startswith(folded):
        return BEGINS
    if f" {folded}" in f" {name}":
        return INSIDE
    if typed.isdigit() and len(typed) >= 2 and row.code.startswith(typed):
        return BEGINS
    return None


def _today_parents(known: "Register", row: "PlaceRow", on: date) -> set[str]:
    """Provinces the people of a former unit live in on a day."""
    return {after.parent_code for after in _now(known, row, on)}


def _now(known: "Register", row: "PlaceRow", on: date) -> tuple["PlaceRow", ...]:
    if row.is_valid(on):
        return (row,)
    from .queries import Successor

    start = Successor(row, True, None, None, "", row.valid_from, row.legal_ref)
    after = {share.place.id: share.place for share in follow(known, start, on)}
    return tuple(sorted((each for each in after.values() if each.is_valid(on)), key=lambda each: each.sort_key))


def _found(known: "Register", row: "PlaceRow", rank: int, on: date) -> Found:
    former = not row.is_valid(on)
    return Found(row, rank, former, _now(known, row, on) if former else ())


def _without_lived_on(found: list[Found]) -> list[Found]:
    """A unit that lives on under the same code, name and kind is shown once, as it is now."""
    present = {(each.place.code, each.place.name, each.place.kind) for each in found if not each.is_former}
    return [
        each
        for each in found
        if not each.is_former or (each.place.code, each.place.name, each.place.kind) not in present
    ]
