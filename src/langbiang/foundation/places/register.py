"""The register as one process knows it: every row read at once, kept until the revision changes.

Units are asked for on every page and change a few times a year; so each process keeps its copy and compares one token
with the database, at most once a second.
"""

import threading
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from .models import HexCell, Place, PlaceGroup, PlaceGroupMember, PlaceSuccession, Revision
from .naming import match_key, split_kind, with_kind

RECHECK_S = 1.0


@dataclass(frozen=True)
class PlaceRow:
    """A unit from a day to a day (the last day is the first it no longer is)."""

    id: int
    code: str
    level: str
    kind: str
    name: str
    name_en: str
    parent_code: str
    district: str
    area_km2: Decimal | None
    area_measured_km2: Decimal | None
    population: int | None
    population_on: date | None
    population_source: str
    local_epsg: int | None
    valid_from: date
    valid_to: date | None
    legal_ref: str
    verified: bool
    folded: str
    sort_key: str
    revision: int

    def is_valid(self, on: date) -> bool:
        """Whether it exists on a day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)

    @property
    def title(self) -> str:
        """The name with its kind, as it stands at the head of a paper: `Xã Đơn Dương`."""
        return with_kind(self.kind, self.name, capital=True)

    @property
    def in_text(self) -> str:
        """The name with its kind, as it stands inside a sentence: `xã Đơn Dương`."""
        return with_kind(self.kind, self.name)

    @property
    def has_code(self) -> bool:
        """Whether the state gave this code; some former units are only known by a number of this register."""
        return not self.code.startswith("CU.")


@dataclass(frozen=True)
class SuccessionRow:
    """One way a unit went."""

    id: int
    old_id: int
    new_id: int
    kind: str
    is_whole: bool
    weight_area: Decimal | None
    weight_population: Decimal | None
    weight_source: str
    effective_on: date
    legal_ref: str
    note: str


@dataclass(frozen=True)
class GroupRow:
    """Units thought of together, as on one day."""

    slug: str
    kind: str
    name: str
    name_en: str
    note: str
    verified: bool
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """Where a unit stands on the schematic map; odd rows are shifted right by half a cell."""

    code: str
    col: int
    row: int
    label: str


class Register:
    """Every unit by id, code, name and superior."""

    def __init__(
        self,
        rows: Iterable[PlaceRow],
        successions: Iterable[SuccessionRow],
        groups: Iterable[PlaceGroup] = (),
        members: Iterable[PlaceGroupMember] = (),
        cells: Iterable[tuple[str, Cell]] = (),
    ) -> None:
        self.by_id = {row.id: row for row in rows}
        self.by_code: dict[str, list[PlaceRow]] = defaultdict(list)
        self.below: dict[str, list[PlaceRow]] = defaultdict(list)
        self.by_key: dict[str, list[PlaceRow]] = defaultdict(list)
        for row in sorted(self.by_id.values(), key=lambda each: each.valid_from):
            self.by_code[row.code].append(row)
            self.below[row.parent_code].append(row)
            self.by_key[match_key(row.name)].append(row)
            if split_kind(row.name)[0] is None:
                self.by_key[match_key(row.in_text)].append(row)
        for under in self.below.values():
            under.sort(key=lambda each: (each.sort_key, each.code))
        self.onward: dict[int, list[SuccessionRow]] = defaultdict(list)
        self.back: dict[int, list[SuccessionRow]] = defaultdict(list)
        for step in successions:
            self.onward[step.old_id].append(step)
            self.back[step.new_id].append(step)
        self.groups = list(groups)
        self.members: dict[int, list[PlaceGroupMember]] = defaultdict(list)
        for member in members:
            self.members[member.group_id].append(member)
        self.layouts: dict[str, dict[str, Cell]] = defaultdict(dict)
        for layout, cell in cells:
            self.layouts[layout][cell.code] = cell
        self.valid: dict[tuple[str, date], tuple[PlaceRow, ...]] = {}

    def row(self, code: str, on: date | None = None) -> PlaceRow | None:
        """The row of a code on a day; without a day the one of today, else the last that ended, else the first to come."""
        rows = self.by_code.get(code)
        if not rows:
            return None
        if on is None:
            if rows[-1].valid_from <= (today := timezone.localdate()):
                return rows[-1]
            return next((row for row in reversed(rows) if row.valid_from <= today), rows[0])
        index = bisect_right(rows, on, key=lambda each: each.valid_from)
        return rows[index - 1] if index and rows[index - 1].is_valid(on) else None

    def under(self, parent: str, on: date) -> tuple[PlaceRow, ...]:
        """The units directly below a code on a day, in the order of the alphabet ("": the provinces)."""
        if (parent, on) not in self.valid:
            if len(self.valid) > 2000:
                self.valid.clear()
            self.valid[parent, on] = tuple(row for row in self.below.get(parent, ()) if row.is_valid(on))
        return self.valid[parent, on]

    def group_rows(self, on: date) -> list[GroupRow]:
        """Every group with who belongs to it on a day."""
        return [
            GroupRow(
                each.slug, each.kind, each.name, each.name_en, each.note, each.verified,
                tuple(
                    m.code
                    for m in self.members[each.pk]
                    if m.valid_from <= on and (m.valid_to is None or on < m.valid_to)
                ),
            )
            for each in self.groups
        ]  # fmt: skip


_lock = threading.Lock()
_kept: tuple[float, UUID | None, Register] | None = None


def register() -> Register:
    """The register as it stands; costs no query within a second of the last look."""
    global _kept
    now = time.monotonic()
    kept = _kept
    if kept is not None and now - kept[0] < RECHECK_S:
        return kept[2]
    with _lock:
        token = Revision.objects.values_list("token", flat=True).first()
        if _kept is not None and _kept[1] == token:
            _kept = (now, token, _kept[2])
            return _kept[2]
        found = read()
        _kept = (now, token, found)
        return found


def read() -> Register:
    """All rows from the database, in five queries."""
    return Register(
        (PlaceRow(*row) for row in Place.objects.values_list(*PlaceRow.__dataclass_fields__)),
        [
            SuccessionRow(*row)
            for row in PlaceSuccession.objects.order_by("effective_on", "pk").values_list(
                *SuccessionRow.__dataclass_fields__
            )
        ],
        PlaceGroup.objects.order_by("kind", "pk"),
        PlaceGroupMember.objects.order_by("pk"),
        (
            (layout, Cell(*cell))
            for layout, *cell in HexCell.objects.order_by("layout", "row", "col").values_list(
                "layout", *Cell.__dataclass_fields__
            )
        ),
    )


def forget() -> None:
    """Drop what is kept in memory; the services of this room call it after every change."""
    global _kept
    _kept = None
