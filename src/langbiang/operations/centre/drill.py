"""The way from a figure of the province down to its records: area, unit, agency, with the same filters all the way."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from statistics import median
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from langbiang.foundation.access import Actor
from langbiang.foundation.measures import queries as measures
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.places import queries as places

from . import figures, policies
from .figures import Measure, NoSuchFigure, Scope, Value
from .writing import title_of

LEAST_PEERS = 3


@dataclass(frozen=True)
class Asked:
    """What a page of a figure was asked: the period, the filters, and how far down."""

    first: date
    last: date
    area: str = ""
    unit: str = ""
    agency: int | None = None
    filters: tuple[tuple[str, str], ...] = ()
    known_at: datetime | None = None

    def query(self, **changes: object) -> str:
        """The same question with something changed, as the query of an address."""
        asked = replace(self, **changes)  # type: ignore[arg-type]  # named values of one type
        told: dict[str, str] = {"from": f"{asked.first:%d/%m/%Y}", "to": f"{asked.last:%d/%m/%Y}"}
        told |= {key: value for key, value in asked.filters if value}
        if asked.known_at:
            told["known_at"] = asked.known_at.isoformat()
        for key, value in (("area", asked.area), ("unit", asked.unit), ("agency", asked.agency)):
            if value:
                told[key] = str(value)
        return urlencode(told)


@dataclass(frozen=True)
class Part:
    """One line of the table: a part of what is shown above it."""

    title: str
    value: Value
    url: str
    rank: int | None = None
    among: int | None = None


@dataclass(frozen=True)
class Peers:
    """A unit among those of its kind: its rank where one end is the good one, how many have a figure, and the middle one."""

    rank: int | None
    among: int
    median: float


@dataclass(frozen=True)
class Level:
    """Where one is on the way down."""

    crumbs: list[tuple[str, str]]
    title: str
    scope: Scope
    parts_title: str
    parts: list[Part]
    is_agency: bool
    peers: Peers | None = None


def level(actor: Actor, known: Measure, asked: Asked) -> Level:
    """The level that was asked for with its parts, limited to what the actor may see. Two SQL statements at most.

    Raises NoSuchFigure for an area, unit or agency that does not exist or is none of the actor's business.
    """
    seen = policies.agencies_seen(actor)
    homes = measures.place_of_agencies(asked.last)
    page = reverse("centre:figure", args=[known.name])
    scope = Scope(asked.first, asked.last, seen, dict(asked.filters), asked.known_at)
    crumbs = [(str(settings.PROVINCE_NAME), f"{page}?{asked.query(area='', unit='', agency=None)}")]
    if asked.area and not asked.unit and not asked.agency:
        group = next(
            (each for each in places.groups(kind="planning_area", on=asked.last) if each.slug == asked.area), None
        )
        if group is None:
            raise NoSuchFigure(_("There is no such area."), field="area")
        crumbs.append((group.name, ""))
        inside = _at(homes, group.codes, seen)
        if seen is not None and not inside:
            raise NoSuchFigure(_("There is no such area."), field="area")
        values = figures.by_place(known.name, replace(scope, agencies=inside))
        parts = _units(known, values, sorted(group.codes), asked, page)
        return Level(crumbs, group.name, replace(scope, agencies=inside), _("Units"), parts, False)
    if asked.agency:
        if (seen is not None and asked.agency not in seen) or not organizations.agency_exists(asked.agency):
            raise NoSuchFigure(_("There is no such agency."), field="agency")
        name = organizations.name_of(asked.agency)
        if code := homes.get(asked.agency):
            crumbs.append((title_of(code), f"{page}?{asked.query(unit=code, agency=None)}"))
        crumbs.append((name, ""))
        return Level(crumbs, name, replace(scope, agencies=frozenset({asked.agency})), "", [], True)
    if asked.unit:
        inside = _of_unit(homes, asked.unit, seen)
        name = title_of(asked.unit)
        crumbs.append((name, ""))
        found = figures.by_agency(known.name, replace(scope, agencies=inside))
        parts = [_agency(each, found, known, asked, page) for each in sorted(inside)]
        peers = _peers(known, asked.unit, scope) if seen is None else None
        return Level(crumbs, name, replace(scope, agencies=inside), _("Agencies"), parts, False, peers)
    return Level(
        crumbs,
        str(settings.PROVINCE_NAME),
        scope,
        _("Units and departments"),
        _all(known, scope, homes, asked, page),
        False,
    )


def _all(known: Measure, scope: Scope, homes: Mapping[int, str], asked: Asked, page: str) -> list[Part]:
    """All units, and the agencies of the province that belong to none."""
    values = figures.by_agency(known.name, scope)
    by_unit: dict[str, Value] = {}
    others: list[int] = []
    for agency, value in values.items():
        if code := homes.get(agency):
            by_unit[code] = by_unit[code] + value if code in by_unit else value
        else:
            others.append(agency)
    seen = {homes[each] for each in scope.agencies if each in homes} if scope.agencies is not None else None
    codes = [row.code for row in places.communes(on=scope.last) if seen is None or row.code in seen]
    codes += [code for code in sorted(by_unit) if code not in codes]
    return _units(known, by_unit, codes, asked, page) + [
        _agency(each, values, known, asked, page) for each in sorted(others)
    ]


def _units(known: Measure, values: Mapping[str, Value], codes: Iterable[str], asked: Asked, page: str) -> list[Part]:
    """Units with their rank among those of the same kind: wards with wards, communes with communes."""
    empty = Value(0, 0 if known.is_ratio else None)
    codes = list(codes)
    numbers = {code: number for code in codes if (number := values.get(code, empty).number) is not None}
    ranks = ranked(numbers, direction=known.direction)
    return [
        Part(title_of(code), values.get(code, empty), f"{page}?{asked.query(area='', unit=code)}", *ranks.get(code, (None, None)))
        for code in codes
    ]


def ranked(numbers: Mapping[str, float], *, direction: int) -> dict[str, tuple[int, int]]:
    """The rank of each unit among how many of its kind, wards with wards; none where no end is the good one."""
    if not direction:
        return {}
    kinds = {code: found.kind if (found := places.find(code)) else "" for code in numbers}
    ranks: dict[str, tuple[int, int]] = {}
    for kind in set(kinds.values()):
        alike = {code: number for code, number in numbers.items() if kinds[code] == kind}
        for code, number in alike.items():
            better = sum(direction * (other - number) > 0 for other in alike.values())
            ranks[code] = (better + 1, len(alike))
    return ranks


def _peers(known: Measure, unit: str, scope: Scope) -> Peers | None:
    """A ward among wards, a commune among communes; None where fewer than three have a figure."""
    values = figures.by_place(known.name, scope)
    kind = places.find(unit)
    alike = [row.code for row in places.communes(on=scope.last) if kind and row.kind == kind.kind]
    numbers = {code: number for code in alike if (number := values.get(code, known.nothing).number) is not None}
    if len(numbers) < LEAST_PEERS:
        return None
    rank = None
    if known.direction and unit in numbers:
        rank = 1 + sum(known.direction * (other - numbers[unit]) > 0 for other in numbers.values())
    return Peers(rank, len(numbers), median(numbers.values()))


def _agency(agency: int, values: Mapping[int, Value], known: Measure, asked: Asked, page: str) -> Part:
    value = values.get(agency, Value(0, 0 if known.is_ratio else None))
    return Part(organizations.name_of(agency), value, f"{page}?{asked.query(area='', unit='', agency=agency)}")


def agencies_of_unit(actor: Actor, code: str, *, on: date) -> frozenset[int]:
    """The agencies of a unit the actor sees. Raises NoSuchFigure for a unit that does not exist or is none of theirs."""
    return _of_unit(measures.place_of_agencies(on), code, policies.agencies_seen(actor))


def _of_unit(homes: Mapping[int, str], code: str, seen: frozenset[int] | None) -> frozenset[int]:
    """The agencies of a unit within what is seen: nothing would be no zero, but no figure at all."""
    inside = _at(homes, [code], seen)
    if places.find(code) is None or (seen is not None and not inside):
        raise NoSuchFigure(_("There is no such unit."), field="unit")
    return inside


def _at(homes: Mapping[int, str], codes: Iterable[str], seen: frozenset[int] | None) -> frozenset[int]:
    """The agencies of these units the actor sees."""
    wanted = set(codes)
    return frozenset(agency for agency, code in homes.items() if code in wanted and (seen is None or agency in seen))
