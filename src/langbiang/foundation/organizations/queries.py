"""Reads of the organisation. The directory of agencies is small and read on every page: it is kept in memory.

The memory is checked against the database at most every few seconds, and dropped at once by the services of this room.
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, Q, QuerySet, Sum

from langbiang.foundation.language.folding import fold
from langbiang.foundation.prepared import Statement

from .models import Agency, AgencySuccession, Department, Holding, Position, Substitution

RECHECK_S = 5.0


@dataclass(frozen=True)
class AgencyRow:
    """An agency as other rooms see it."""

    id: int
    code: str
    name: str
    short_name: str
    kind: str
    parent_id: int | None
    path: str
    place_code: str
    is_one_stop: bool
    phone: str
    address: str
    valid_from: date
    valid_to: date | None
    sort_key: str

    def is_valid(self, on: date) -> bool:
        """Whether it exists on a day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True)
class PositionHeld:
    """A position an account acts in: its own, or one it stands in for."""

    position_id: int
    title: str
    agency_id: int
    agency_name: str
    stands_in: bool


class _Directory:
    """All agencies by id, code and place."""

    def __init__(self, rows: Iterable[AgencyRow]) -> None:
        self.by_id = {row.id: row for row in rows}
        self.by_code: dict[str, list[AgencyRow]] = {}
        self.by_place: dict[str, list[AgencyRow]] = {}
        for row in self.by_id.values():
            self.by_code.setdefault(row.code, []).append(row)
            if row.place_code:
                self.by_place.setdefault(row.place_code, []).append(row)
        # What became of an agency as a whole, and what it took over so: (the other agency, from which day on).
        self.became: dict[int, list[tuple[int, date]]] = {}
        self.taken_over: dict[int, list[tuple[int, date]]] = {}
        self.roots = frozenset(row.id for row in self.by_id.values() if row.parent_id is None)
        self.below: dict[tuple[int, date | None], frozenset[int]] = {}


_lock = threading.Lock()
_kept: tuple[float, tuple[int, int, int], _Directory] | None = None


def _directory() -> _Directory:
    global _kept
    now = time.monotonic()
    kept = _kept
    if kept is not None and now - kept[0] < RECHECK_S:
        return kept[2]
    with _lock:
        # Revisions only ever grow, so their sum changes with every change of any row.
        mark = Agency.objects.aggregate(last=Max("pk"), rows=Count("pk"), revisions=Sum("revision"))
        found = (mark["last"] or 0, mark["rows"], mark["revisions"] or 0)
        if _kept is not None and _kept[1] == found:
            _kept = (now, found, _kept[2])
            return _kept[2]
        fields = tuple(AgencyRow.__dataclass_fields__)
        directory = _Directory(AgencyRow(*row) for row in Agency.objects.values_list(*fields))
        whole = AgencySuccession.objects.filter(field="").order_by("pk")
        for new, old, day, kind in whole.values_list("new_id", "old_id", "effective_on", "kind"):
            directory.became.setdefault(old, []).append((new, day))
            if kind != AgencySuccession.Kind.SPLIT:
                directory.taken_over.setdefault(new, []).append((old, day))
        _kept = (now, found, directory)
        return directory


def forget() -> None:
    """Drop what is kept in memory; the services of this room call it after every change."""
    global _kept
    _kept = None


def agency(agency_id: int) -> AgencyRow:
    """An agency by its id. Raises KeyError."""
    return _directory().by_id[agency_id]


def name_of(agency_id: int | None) -> str:
    """The name of an agency; empty for none."""
    row = _directory().by_id.get(agency_id or 0)
    return row.name if row else ""


def code_of(agency_id: int) -> str:
    """The code of an agency. Raises KeyError."""
    return agency(agency_id).code


def place_of(agency_id: int) -> str:
    """The place code of an agency's territory; empty for agencies of the whole province."""
    return agency(agency_id).place_code


def parent_id(agency_id: int) -> int | None:
    """The agency above."""
    return agency(agency_id).parent_id


def parent_name_of(agency_id: int) -> str:
    """The name of the agency above; empty at the top."""
    return name_of(agency(agency_id).parent_id)


def contact_of(agency_id: int) -> str:
    """Name and telephone of an agency, as forms print it."""
    row = agency(agency_id)
    return f"{row.name}, điện thoại {row.phone}" if row.phone else row.name


def place_name_of(agency_id: int) -> str:
    """The place a document of this agency is dated at: the commune's own name, else that of the province.

    A unit named by a number is written with its kind: "Phường 1 Bảo Lộc" (Decree 30/2020/NĐ-CP, annex I).
    """
    row = agency(agency_id)
    for kind in ("xã", "phường", "đặc khu"):
        if row.name.startswith(prefix := f"Ủy ban nhân dân {kind} "):
            name = row.name.removeprefix(prefix)
            return f"{kind.capitalize()} {name}" if name[:1].isdigit() else name
    top = row
    while top.parent_id is not None:
        top = agency(top.parent_id)
    for kind in ("tỉnh", "thành phố"):
        if top.name.startswith(prefix := f"Ủy ban nhân dân {kind} "):
            return top.name.removeprefix(prefix)
    return top.name


def root_ids() -> frozenset[int]:
    """Agencies with nothing above them: a role there holds for the whole province."""
    return _directory().roots


def descendant_ids(agency_id: int, *, on: date | None = None) -> frozenset[int]:
    """An agency and everything below it; with a day, also what these had taken over as a whole by then.

    So a unit merged yesterday is in the hands of its successor today. A split unit is in nobody's: what was open there
    is handed over case by case.
    """
    directory = _directory()
    found = directory.below.get((agency_id, on))
    if found is None:
        found = _below(directory, agency_id)
        new = found if on is not None else frozenset()
        while new and on is not None:
            inherited = {old for i in new for old, day in directory.taken_over.get(i, ()) if day <= on}
            new = frozenset().union(*(_below(directory, old) for old in inherited)) - found
            found |= new
        if len(directory.below) > 5000:
            directory.below.clear()
        directory.below[(agency_id, on)] = found
    return found


def _below(directory: _Directory, agency_id: int) -> frozenset[int]:
    row = directory.by_id.get(agency_id)
    path = row.path if row else "-"
    return frozenset(r.id for r in directory.by_id.values() if r.path.startswith(path)) | {agency_id}


def agency_id_of(code: str, *, on: date | None = None) -> int | None:
    """The agency with a code: the one valid on a day, else the present one."""
    rows = _directory().by_code.get(code, [])
    if on is not None:
        return next((r.id for r in rows if r.is_valid(on)), None)
    return next((r.id for r in rows if r.valid_to is None), rows[-1].id if rows else None)


def commune_agency_id(place_code: str, *, on: date) -> int | None:
    """The People's Committee of a commune, ward or special zone on a day."""
    rows = _directory().by_place.get(place_code, [])
    return next((r.id for r in rows if r.kind == Agency.Kind.COMMUNE and r.is_valid(on)), None)


def commune_agencies(*, on: date) -> list[AgencyRow]:
    """The People's Committees of all communes, wards and the special zone on a day, in alphabetical order."""
    rows = [r for r in _directory().by_id.values() if r.kind == Agency.Kind.COMMUNE and r.is_valid(on)]
    return sorted(rows, key=lambda r: r.sort_key)


def one_stop_agencies(*, on: date) -> list[AgencyRow]:
    """Agencies with a reception counter on a day."""
    rows = [r for r in _directory().by_id.values() if r.is_one_stop and r.is_valid(on)]
    return sorted(rows, key=lambda r: (r.kind == Agency.Kind.COMMUNE, r.sort_key))


def agencies_on(day: date) -> list[AgencyRow]:
    """All agencies that exist on a day."""
    return sorted((r for r in _directory().by_id.values() if r.is_valid(day)), key=lambda r: (r.kind, r.sort_key))


def consultable(*, on: date, near: int) -> list[AgencyRow]:
    """Agencies a unit may ask for an opinion: provincial bodies and the province's communes, not itself."""
    rows = [r for r in agencies_on(on) if r.id != near]
    return sorted(rows, key=lambda r: (r.kind == Agency.Kind.COMMUNE, r.sort_key))


def successor_name(agency_id: int, *, on: date) -> str:
    """The name of what an agency has become by a day; empty while it still exists."""
    row = _directory().by_id.get(agency_id)
    if row is None or row.is_valid(on):
        return ""
    return ", ".join(name_of(i) for i in successor_ids(agency_id, on=on))


def successor_ids(agency_id: int, *, on: date) -> list[int]:
    """What an agency has become by a day, through every later merger; itself while it still exists."""
    directory = _directory()
    found: dict[int, None] = {}
    seen: set[int] = set()
    waiting = [agency_id]
    while waiting:
        current = waiting.pop(0)
        if current in seen:
            continue
        seen.add(current)
        row = directory.by_id.get(current)
        if row is not None and row.is_valid(on):
            found[current] = None
        else:
            waiting += [new for new, day in directory.became.get(current, ()) if day <= on]
    return list(found)


def _on(day: date) -> Q:
    return Q(valid_from__lte=day) & (Q(valid_to__isnull=True) | Q(valid_to__gt=day))


# Asked for every request of an officer.
_SEATS = Statement(
    """
    SELECT p.id, p.title, p.agency_id, s.stands_in FROM (
        SELECT position_id, false AS stands_in, is_acting, id, valid_from, valid_to FROM organizations_holding
        WHERE account_id = %s
        UNION ALL
        SELECT position_id, true, false, id, valid_from, valid_to FROM organizations_substitution WHERE account_id = %s
    ) s JOIN organizations_position p ON p.id = s.position_id
    WHERE s.valid_from <= %s AND (s.valid_to IS NULL OR s.valid_to > %s)
    ORDER BY s.stands_in, s.is_acting, s.id
    """,
    *("bigint", "bigint", "date", "date"),
)


def positions_of(account_id: int, *, on: date) -> list[PositionHeld]:
    """The positions an account acts in on a day: its own first, then those it stands in for. One SQL statement."""
    held: dict[int, PositionHeld] = {}
    for position_id, title, agency_id, stands_in in _SEATS.run(account_id, account_id, on, on):
        seat = PositionHeld(position_id, title, agency_id, name_of(agency_id), stands_in)
        held.setdefault(position_id, seat)
    return list(held.values())


def _held(position: Position, *, stands_in: bool) -> PositionHeld:
    return PositionHeld(position.pk, position.title, position.agency_id, name_of(position.agency_id), stands_in)


def position(position_id: int) -> Position:
    """A position. Raises Position.DoesNotExist."""
    return Position.objects.select_related("agency").get(pk=position_id)


def position_exists(position_id: int) -> bool:
    """Whether there is a position with this id."""
    return Position.objects.filter(pk=position_id).exists()


def agency_exists(agency_id: int) -> bool:
    """Whether there is an agency with this id."""
    return agency_id in _directory().by_id


def signing_mode(position_id: int | None) -> str:
    """What stands above a signer's title: KT., TL., TUQ. of the head, or nothing for the head."""
    if position_id is None:
        return ""
    row = Position.objects.filter(pk=position_id).values_list("sign", "agency_id").first()
    if row is None or row[0] in (Position.Sign.NONE, Position.Sign.HEAD):
        return ""
    head = (
        Position.objects.filter(agency_id=row[1], sign=Position.Sign.HEAD, valid_to__isnull=True)
        .values_list("title", flat=True)
        .first()
    )
    words = {"kt": "KT.", "tl": "TL.", "tuq": "TUQ."}
    return f"{words[row[0]]} {head.upper()}" if head else ""


def holders_of(position_ids: Iterable[int], *, on: date) -> QuerySet[Holding]:
    """Who holds these positions on a day."""
    return Holding.objects.filter(_on(on), position_id__in=list(position_ids)).select_related("position", "account")


def positions_at(agency_id: int, *, on: date) -> QuerySet[Position]:
    """The positions of an agency on a day."""
    return Position.objects.filter(_on(on), agency_id=agency_id).order_by("-is_leader", "pk")


def seats_of(account_ids: Iterable[int], *, on: date) -> dict[int, list[PositionHeld]]:
    """The positions many accounts hold themselves on a day. One SQL statement."""
    found: dict[int, list[PositionHeld]] = {}
    rows = Holding.objects.filter(_on(on), account_id__in=list(account_ids)).select_related("position")
    for row in rows.order_by("is_acting", "pk"):
        found.setdefault(row.account_id, []).append(_held(row.position, stands_in=False))
    return found


def vacant_positions(agency_ids: Iterable[int], *, on: date) -> list[PositionHeld]:
    """Positions of these agencies nobody holds on a day. One SQL statement."""
    rows = Position.objects.filter(_on(on), agency_id__in=list(agency_ids))
    rows = rows.exclude(holdings__in=Holding.objects.filter(_on(on))).order_by("agency_id", "-is_leader", "pk")
    return [_held(row, stands_in=False) for row in rows]


@dataclass(frozen=True)
class Staffed:
    """A position with who acts in it on a day, and the roles it carries: (role, agency, field)."""

    position: Position
    holders: list[Holding]
    stand_ins: list[Substitution]
    roles: list[tuple[str, int, str | None]]


def staffing(agency_id: int, *, on: date) -> list[Staffed]:
    """The positions of an agency on a day with their people and roles. Four SQL statements."""
    from langbiang.foundation.access import queries as access

    positions = list(positions_at(agency_id, on=on).select_related("department"))
    found = {row.pk: Staffed(row, [], [], []) for row in positions}
    for holding in holders_of(found, on=on).order_by("is_acting", "pk"):
        found[holding.position_id].holders.append(holding)
    standing = Substitution.objects.filter(_on(on), position_id__in=found).select_related("account").order_by("pk")
    for substitution in standing:
        found[substitution.position_id].stand_ins.append(substitution)
    given = access.assignments_on(on).filter(position_id__in=found).order_by("pk")
    for position_id, role, at_agency, field in given.values_list("position_id", "role", "agency_id", "field"):
        found[position_id].roles.append((role, at_agency, field))
    return list(found.values())


def agency_record(agency_id: int) -> Agency | None:
    """An agency with everything known of it."""
    return Agency.objects.select_related("parent").filter(pk=agency_id).first()


def position_record(position_id: int) -> Position | None:
    """A position with its agency and division."""
    return Position.objects.select_related("agency", "department").filter(pk=position_id).first()


def holdings_of(position_id: int) -> list[Holding]:
    """Everybody who held, holds or will hold a position, the latest first."""
    return list(Holding.objects.filter(position_id=position_id).select_related("account").order_by("-valid_from", "-pk"))


def substitutions_of(position_id: int) -> list[Substitution]:
    """Everybody who stood, stands or will stand in, the latest first."""
    rows = Substitution.objects.filter(position_id=position_id).select_related("account")
    return list(rows.order_by("-valid_from", "-pk"))


def holding_record(holding_id: int) -> Holding | None:
    """One entry of who holds what."""
    return Holding.objects.select_related("account", "position__agency").filter(pk=holding_id).first()


def substitution_record(substitution_id: int) -> Substitution | None:
    """One entry of who stands in for whom."""
    return Substitution.objects.select_related("account", "position__agency").filter(pk=substitution_id).first()


def find_agencies(text: str, *, on: date, former: bool = False, kinds: Iterable[str] = ()) -> list[Agency]:
    """Agencies whose name or code holds every word, typed with or without marks; those of a day, or those that ended."""
    rows = Agency.objects.filter(valid_to__lte=on) if former else Agency.objects.filter(_ends_after(on))
    if wanted := list(kinds):
        rows = rows.filter(kind__in=wanted)
    for word in text.split():
        rows = rows.filter(
            Q(name_folded__contains=fold(word)) | Q(code__icontains=word) | Q(short_name__icontains=word) | Q(place_code=word)
        )
    return list(rows.order_by("sort_key", "pk"))


def _ends_after(day: date) -> Q:
    return Q(valid_to__isnull=True) | Q(valid_to__gt=day)


def successions_of(agency_id: int) -> list[AgencySuccession]:
    """What an agency became, and what became of it: every declaration that names it."""
    rows = AgencySuccession.objects.filter(Q(old_id=agency_id) | Q(new_id=agency_id)).select_related("old", "new")
    return list(rows.order_by("effective_on", "pk"))


def officers_at(agency_id: int, *, on: date) -> list[int]:
    """Accounts that hold a position at an agency on a day."""
    return list(
        Holding.objects.filter(_on(on), position__agency_id=agency_id).values_list("account_id", flat=True).distinct()
    )


def departments_of(agency_id: int, *, on: date) -> list[Department]:
    """The divisions of an agency on a day."""
    return list(Department.objects.filter(_on(on), agency_id=agency_id).order_by("name"))


def held_positions(*, on: date) -> set[int]:
    """Positions somebody holds on a day."""
    return set(Holding.objects.filter(_on(on)).values_list("position_id", flat=True))
