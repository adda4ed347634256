"""Reading the register of units. Served from memory; `forget()` after a change makes it read again.

A code alone is not enough for the past: today's unit mostly carries the code of one of its parts, so 22918 meant a
smaller territory before 01/07/2025. `on` is the day the code was written down; without it the latest row is meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Refusal

from . import recasting, searching
from .boundaries import PackageStatus, boundary_status, code_at, codes_at, drawn, neighbours
from .naming import match_key, split_kind, with_kind
from .recasting import Recast, UnknownUnits
from .register import Cell, GroupRow, PlaceRow, SuccessionRow, forget, register
from .searching import Found

__all__ = [
    "Cell",
    "Found",
    "GroupRow",
    "NoSuchPlace",
    "PackageStatus",
    "PlaceRow",
    "Recast",
    "Step",
    "Successor",
    "UnknownUnits",
    "above_name",
    "boundary_status",
    "by_id",
    "choices",
    "code_at",
    "codes_at",
    "communes",
    "current",
    "current_of",
    "drawn",
    "find",
    "former",
    "forget",
    "full_name",
    "groups",
    "hex_layout",
    "history",
    "history_of",
    "long_name",
    "matches",
    "name_of",
    "neighbours",
    "place",
    "place_at",
    "predecessors",
    "province_codes",
    "provinces",
    "recast",
    "search",
    "successors",
    "versions",
]


class NoSuchPlace(Refusal, KeyError):
    """There is no unit with this code on that day."""

    status = 404


@dataclass(frozen=True)
class Successor:
    """Where a unit is today: all of it or a part. Weights are None while nobody has published the share."""

    place: PlaceRow
    is_whole: bool
    weight_area: Decimal | None
    weight_population: Decimal | None
    kind: str
    effective_on: date
    legal_ref: str
    note: str = ""


@dataclass(frozen=True)
class Step:
    """One change in the life of a unit, told from one side."""

    succession: SuccessionRow
    place: PlaceRow


def _today() -> date:
    return timezone.localdate()


def find(code: str, *, on: date | None = None) -> PlaceRow | None:
    """The unit with a code on a day (without a day: the latest that had it); None when there is none."""
    return register().row(code, on)


def place(code: str, *, on: date | None = None) -> PlaceRow:
    """The unit with a code on a day (without a day: the latest that had it). Raises NoSuchPlace."""
    row = register().row(code, on)
    if row is None:
        message = (
            _("There is no administrative unit with the code “%(code)s”.") % {"code": code}
            if on is None or not register().by_code.get(code)
            else _("No administrative unit had the code “%(code)s” on %(day)s.")
            % {"code": code, "day": f"{on:%d/%m/%Y}"}
        )
        raise NoSuchPlace(
            message, field="place", way_out=_("Search for the unit by its name and choose it from the list.")
        )
    return row


def by_id(place_id: int) -> PlaceRow | None:
    """A unit by its row."""
    return register().by_id.get(place_id)


def name_of(code: str, *, on: date | None = None) -> str:
    """The name with its kind, `xã Đơn Dương`; empty for an unknown code."""
    row = register().row(code, on)
    return row.in_text if row else ""


def full_name(code: str, *, on: date | None = None) -> str:
    """The name with its province, `xã Đơn Dương, tỉnh Lâm Đồng`; empty for an unknown code."""
    row = register().row(code, on)
    if row is None:
        return ""
    return long_name(row)


def long_name(row: PlaceRow) -> str:
    """A unit with its former district and its province, as it was called on its last day."""
    parts = [row.in_text]
    if row.district and row.level == "commune":
        parts.append(row.district)
    if row.parent_code:
        # A unit that lives on is in the province as it is now, a former one in that of its last days.
        day = _today() if row.valid_to is None else row.valid_from
        above = register().row(row.parent_code, max(day, row.valid_from)) or register().row(row.parent_code)
        if above:
            parts.append(above.in_text)
    return ", ".join(parts)


def provinces(*, on: date | None = None) -> tuple[PlaceRow, ...]:
    """The provinces and centrally run cities of a day (today), in the order of the alphabet."""
    return register().under("", on or _today())


def province_codes(*, on: date | None = None) -> frozenset[str]:
    """Codes of the provinces of a day: what the first three digits of an identity number or a form may name."""
    return frozenset(row.code for row in provinces(on=on))


def communes(*, province: str | None = None, on: date | None = None) -> tuple[PlaceRow, ...]:
    """Communes, wards and special zones of a province (this one) on a day (today), in the order of the alphabet."""
    return register().under(province or settings.PROVINCE_CODE, on or _today())


def choices(*, province: str | None = None, on: date | None = None) -> list[tuple[str, str]]:
    """(code, `Xã Đơn Dương`) of a province's communes for a form, in the order of the alphabet."""
    return [(row.code, row.title) for row in communes(province=province, on=on)]


def successors(code: str, *, on: date | None = None) -> list[Successor]:
    """What a unit became in the next step; empty while it lives on. Raises NoSuchPlace."""
    row = place(code, on=on)
    known = register()
    return [_as_successor(step, known.by_id[step.new_id]) for step in known.onward.get(row.id, ())]


def predecessors(code: str, *, on: date | None = None) -> list[Successor]:
    """What a unit was made from in the step before. Raises NoSuchPlace."""
    row = place(code, on=on)
    known = register()
    return sorted(
        (_as_successor(step, known.by_id[step.old_id]) for step in known.back.get(row.id, ())),
        key=lambda each: each.place.sort_key,
    )


def _as_successor(step: SuccessionRow, row: PlaceRow) -> Successor:
    return Successor(
        row, step.is_whole, step.weight_area, step.weight_population, step.kind, step.effective_on,
        step.legal_ref, step.note,
    )  # fmt: skip


def current(code: str, *, on: date | None = None, at: date | None = None) -> list[Successor]:
    """What holds on the day `at` (today) of the unit that had a code on the day `on`, through every change between.

    Itself while it lives on; two or more when it was split. Raises NoSuchPlace.
    """
    return current_of(place(code, on=on), at=at)


def current_of(row: PlaceRow, *, at: date | None = None) -> list[Successor]:
    """The same for a row of the register."""
    day = at or _today()
    known = register()
    whole = Successor(row, True, Decimal(1), Decimal(1), "", row.valid_from, row.legal_ref)
    found: dict[int, Successor] = {}
    for share in recasting.follow(known, whole, day):
        earlier = found.get(share.place.id)
        found[share.place.id] = recasting.joined(earlier, share) if earlier else share
    return sorted(found.values(), key=lambda each: each.place.sort_key)


def history(code: str, *, on: date | None = None) -> tuple[list[Step], list[Step]]:
    """The steps that led to a unit and those that led on, each with the unit on the other side. Raises NoSuchPlace."""
    return history_of(place(code, on=on))


def history_of(row: PlaceRow) -> tuple[list[Step], list[Step]]:
    """The same for a row of the register."""
    known = register()
    before = [Step(step, known.by_id[step.old_id]) for step in known.back.get(row.id, ())]
    after = [Step(step, known.by_id[step.new_id]) for step in known.onward.get(row.id, ())]
    return sorted(before, key=lambda each: each.place.sort_key), sorted(after, key=lambda each: each.place.sort_key)


def versions(code: str) -> list[PlaceRow]:
    """Every row a code had, the oldest first: the same unit changed, or another unit that used the code."""
    return list(register().by_code.get(code, ()))


def former(*, on: date | None = None) -> list[PlaceRow]:
    """Units that ended by a day (today), in the order of the alphabet; those that only went on unchanged left out."""
    day = on or _today()
    known = register()
    rows = [
        row
        for row in known.by_id.values()
        if row.valid_to is not None
        and row.valid_to <= day
        and not any(
            (later.code, later.name, later.kind) == (row.code, row.name, row.kind)
            for step in known.onward.get(row.id, ())
            for later in (known.by_id[step.new_id],)
            if step.kind == "transfer"
        )
    ]
    return sorted(rows, key=lambda row: (row.level != "province", row.sort_key, row.code))


def above_name(row: PlaceRow) -> str:
    """Former district and province of a unit, without its own name; empty for a province."""
    return long_name(row).removeprefix(row.in_text).removeprefix(", ")


def matches(
    text: str, *, on: date | None = None, province: str | None = None, level: str | None = None
) -> list[PlaceRow]:
    """Units written exactly this way, tones and all, in any accepted spelling; with or without the kind before it.

    More than one means: ask. None at all is not the same as unknown: `search` forgives more.
    """
    rows = {row.id: row for row in register().by_key.get(match_key(text), ())}
    kind, rest = split_kind(text)
    if kind is not None and not rows:
        rows = {r.id: r for r in register().by_key.get(match_key(with_kind(kind, rest)), ()) if r.kind == kind}
    return [
        row
        for row in rows.values()
        if (on is None or row.is_valid(on))
        and (province is None or row.parent_code == province)
        and (level is None or row.level == level)
    ]


def search(
    text: str, *, on: date | None = None, province: str | None = None, level: str | None = None, limit: int = 20
) -> list[Found]:
    """Units a person may mean by what they typed: code, name, former name; marks and small slips forgiven.

    Units of the day `on` (today) come first; former ones tell what became of them.
    """
    return searching.search(register(), text, on=on or _today(), province=province, level=level, limit=limit)


def place_at(lat: float, lon: float, *, province: str | None = None) -> PlaceRow | None:
    """The unit of today around a point (WGS 84 degrees); None outside, and while no boundaries are loaded."""
    code = code_at(lat, lon, province=province)
    return register().row(code) if code else None


def groups(*, kind: str | None = None, on: date | None = None) -> list[GroupRow]:
    """Units thought of together (planning areas, the former provinces) on a day (today)."""
    return [row for row in register().group_rows(on or _today()) if kind is None or row.kind == kind]


def hex_layout(layout: str | None = None) -> dict[str, Cell]:
    """Cells of the schematic map by code: the newest layout, or a named one."""
    layouts = register().layouts
    if layout is None:
        layout = max(layouts, default="")
    return dict(layouts.get(layout, {}))


def recast(
    values: Mapping[str, Decimal | int],
    from_day: date,
    to_day: date,
    *,
    by: str = "population",
) -> list[Recast]:
    """A series of sums by the units of one day as sums by the units of another; see `recasting.recast`."""
    return recasting.recast(register(), values, from_day, to_day, by=by)
