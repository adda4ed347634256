"""The figures of the centre: the measures the rooms declare, by unit of the map, and what moves them."""

from collections.abc import Iterable
from datetime import date

from langbiang.foundation.measures import Measure, Scope, Value
from langbiang.foundation.measures import queries as measures

__all__ = [
    "Measure",
    "NoSuchFigure",
    "Scope",
    "Value",
    "as_of",
    "by_agency",
    "by_day",
    "by_place",
    "by_place_and_day",
    "every",
    "figure",
    "followed_until",
    "records",
    "total",
    "touched_by",
    "units_seen",
    "units_touched",
]

NoSuchFigure = measures.NoSuchMeasure
MOVED = "measures.moved"
figure = measures.known
every = measures.every
total = measures.total
by_agency = measures.by_agency
by_day = measures.by_day
records = measures.records
as_of = measures.as_of
followed_until = measures.followed_until


def by_place(name: str, scope: Scope) -> dict[str, Value]:
    """The figure of each commune-level unit by its place code: all agencies of its administration together."""
    homes = measures.place_of_agencies(scope.last)
    found: dict[str, Value] = {}
    for agency, value in by_agency(name, scope).items():
        if code := homes.get(agency):
            found[code] = found[code] + value if code in found else value
    return found


def units_seen(agencies: frozenset[int], *, on: date) -> frozenset[str]:
    """The commune-level units of which all agencies are among these."""
    homes = measures.place_of_agencies(on)
    others = {code for agency, code in homes.items() if agency not in agencies}
    return frozenset(homes[agency] for agency in agencies if agency in homes) - others


def units_touched(agencies: frozenset[int] | None, *, on: date) -> frozenset[str] | None:
    """The commune-level units of which some agency is among these; None means all."""
    if agencies is None:
        return None
    homes = measures.place_of_agencies(on)
    return frozenset(homes[agency] for agency in agencies if agency in homes)


def by_place_and_day(name: str, scope: Scope) -> dict[str, dict[date, int]]:
    """How many in each commune-level unit on each day on which there were any. For a flow; one SQL statement."""
    homes = measures.place_of_agencies(scope.last)
    sums: dict[str, dict[date, int]] = {}
    for agency, days in measures.by_agency_and_day(name, scope).items():
        if code := homes.get(agency):
            here = sums.setdefault(code, {})
            for day, count in days.items():
                here[day] = here.get(day, 0) + count
    return sums


def touched_by(names: Iterable[str]) -> frozenset[str]:
    """Names of the events after which one of these figures may be another: that its book moved, or where no book is
    kept yet, what happened to its records."""
    known = {each.name: each for each in every()}
    found = [known[name].records for name in names if name in known]
    return frozenset(event for each in found for event in measures.told_by(each))
