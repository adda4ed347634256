"""What the centre can count, and the records behind each figure.

A figure is declared once, as parts of the cases: when one counts and at which moment. From that come the number of an
agency, of a province, the series by day, the drill to the very cases, and what was known at a past moment. A ratio rolls
up as the ratio of sums. Everything hangs on time stamps, so that the figure of a past day does not move; where a stamp
itself may be moved later (`moves`), the page says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access.errors import Text
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.places import queries as places
from langbiang.government.cases import queries as cases

ONLINE = ("online", "portal", "kiosk")


class NoSuchFigure(Refusal, KeyError):
    """There is no figure of this name."""

    status = 404


@dataclass(frozen=True)
class Part:
    """Cases that count: at the moment `at` (a flow), or from `since` until `until` (a stock at the end of the period)."""

    at: str = ""
    since: str = ""
    until: tuple[str, ...] = ()
    where: Q = field(default_factory=Q)
    due: bool = False


@dataclass(frozen=True)
class Figure:
    """One thing that can be counted."""

    name: str
    title: Text
    unit: str  # "" for a number, % for a share
    direction: int  # 1: more is better, -1: less is better, 0: neither
    top: Part
    base: Part | None = None
    events: tuple[str, ...] = ()
    target: float | None = None
    moves: bool = False

    @property
    def is_ratio(self) -> bool:
        """Whether it is a share of another number."""
        return self.base is not None

    @property
    def is_stock(self) -> bool:
        """Whether it is what there is at the end of the period instead of what happened within it."""
        return bool(self.top.since)


@dataclass(frozen=True)
class Value:
    """A figure as two sums; `number` is None when nothing is there to take a share of."""

    top: int = 0
    base: int | None = None

    @property
    def number(self) -> float | None:
        """The figure itself: the sum, or the share in percent."""
        if self.base is None:
            return float(self.top)
        return 100 * self.top / self.base if self.base else None

    def __add__(self, other: "Value") -> "Value":
        both = None if self.base is None and other.base is None else (self.base or 0) + (other.base or 0)
        return Value(self.top + other.top, both)


@dataclass(frozen=True)
class Scope:
    """What is asked: from `first` to `last` (days, both inclusive), at these agencies (None: all), narrowed by filters."""

    first: date
    last: date
    agencies: frozenset[int] | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    known_at: datetime | None = None

    @property
    def begins(self) -> datetime:
        """The first moment of the period."""
        return _morning(self.first)

    @property
    def ends(self) -> datetime:
        """The moment after the period, or the moment the question is asked about when that is earlier."""
        end = _morning(self.last + timedelta(days=1))
        return min(end, self.known_at) if self.known_at else end


# A case is over when it is decided, or closed without a decision (stopped).
OVER = ("processing_end_at", "closed_at")
DONE = Part(at="processing_end_at", where=~Q(business="refused"))
# What another field is narrowed by, by the name it has in addresses.
FILTERS = {"field": "field", "intake": "intake"}

FIGURES: dict[str, Figure] = {
    each.name: each
    for each in (
        Figure("cases.received", _("Cases received"), "", 0, Part(at="received_at"), events=("cases.accepted",)),
        Figure("cases.completed", _("Cases decided"), "", 1, DONE, events=("cases.released",)),
        Figure("cases.on_time", _("Decided on time"), "%", 1,
               Part(at="processing_end_at", where=DONE.where & Q(due_current__gte=F("processing_end_at"))),
               Part(at="processing_end_at", where=DONE.where & Q(due_current__isnull=False)),
               events=("cases.released", "cases.stopped"), target=95.0),
        Figure("cases.returned", _("Results handed over"), "", 1, Part(at="handed_over_at"), events=("cases.returned",)),
        Figure("cases.open", _("Cases being handled"), "", 0, Part(since="received_at", until=OVER),
               events=("cases.accepted", "cases.released", "cases.stopped", "cases.reopened", "cases.refused")),
        Figure("cases.overdue", _("Cases past their due date"), "", -1,
               Part(since="received_at", until=OVER, due=True),
               events=("cases.accepted", "cases.released", "cases.stopped", "cases.extended", "cases.due_moved"), target=0.0,
               moves=True),
        Figure("cases.due", _("Cases falling due"), "", 0, Part(at="due_current", until=OVER),
               events=("cases.accepted", "cases.released", "cases.stopped", "cases.extended", "cases.due_moved"), moves=True),
        Figure("cases.refused", _("Filings not received"), "", -1, Part(at="closed_at", where=Q(business="refused")),
               events=("cases.refused",)),
        Figure("cases.online", _("Filed online"), "%", 1, Part(at="received_at", where=Q(intake__in=ONLINE)),
               Part(at="received_at"), events=("cases.accepted",), target=80.0),
    )
}  # fmt: skip


def figure(name: str) -> Figure:
    """A figure by its name. Raises NoSuchFigure."""
    if name not in FIGURES:
        raise NoSuchFigure(_("There is no such figure."), field="measure")
    return FIGURES[name]


def by_agency(name: str, scope: Scope) -> dict[int, Value]:
    """The figure of each agency that decides; agencies with nothing to count are left out. One SQL statement."""
    found = figure(name)
    rows = _rows(found, scope).values("competent_unit_id").annotate(**_counts(found, scope)).order_by()
    return {row["competent_unit_id"]: _value(found, row) for row in rows}


def total(name: str, scope: Scope) -> Value:
    """The figure of all agencies of the scope together. One SQL statement."""
    found = figure(name)
    return _value(found, _rows(found, scope).aggregate(**_counts(found, scope)))


def by_place(name: str, scope: Scope) -> dict[str, Value]:
    """The figure of each commune-level unit by its place code: all agencies of its administration together."""
    homes = place_of_agencies(scope.last)
    found: dict[str, Value] = {}
    for agency, value in by_agency(name, scope).items():
        if code := homes.get(agency):
            found[code] = found[code] + value if code in found else value
    return found


def by_day(name: str, scope: Scope) -> dict[date, Value]:
    """The figure of each day; a stock is counted at the end of each day. One SQL statement, for a stock one a day."""
    found = figure(name)
    days = [scope.first + timedelta(days=n) for n in range((scope.last - scope.first).days + 1)]
    if found.is_stock:
        return {day: total(name, Scope(day, day, scope.agencies, scope.filters, scope.known_at)) for day in days}
    column = found.base.at if found.base else found.top.at
    grouped = _rows(found, scope).annotate(on=TruncDate(column, tzinfo=timezone.get_current_timezone()))
    rows = {row["on"]: _value(found, row) for row in grouped.values("on").annotate(**_counts(found, scope)).order_by()}
    return {day: rows.get(day, Value(0, 0 if found.is_ratio else None)) for day in days}


def by_place_and_day(name: str, scope: Scope) -> dict[str, dict[date, int]]:
    """How many in each commune-level unit on each day on which there were any. For a flow; one SQL statement."""
    found = figure(name)
    homes = place_of_agencies(scope.last)
    grouped = _rows(found, scope).annotate(on=TruncDate(found.top.at, tzinfo=timezone.get_current_timezone()))
    sums: dict[str, dict[date, int]] = {}
    for agency, day, count in grouped.values_list("competent_unit_id", "on").annotate(n=Count("pk")).order_by():
        if code := homes.get(agency):
            days = sums.setdefault(code, {})
            days[day] = days.get(day, 0) + count
    return sums


@dataclass(frozen=True)
class Records:
    """The cases behind a figure: how many, how many of them the viewer may open, and a page of those."""

    total: int
    openable: int
    rows: list[Any]
    next_id: int | None


def records(actor: Actor, name: str, scope: Scope, *, base: bool = False, after: int = 0, limit: int = 50) -> Records:
    """The very cases of a figure (of its base when asked), the newest first. The count is true for everybody, the rows
    are those the actor may open."""
    found = figure(name)
    part = found.base if base and found.base else found.top
    wanted = _condition(part, scope)
    everything = _narrow(cases.counted(), scope).filter(wanted)
    mine = _narrow(cases.counted(seen_by=actor), scope).filter(wanted)
    rows = mine.filter(pk__lt=after) if after else mine
    page = list(rows.order_by("-pk")[: limit + 1])
    following = page[limit - 1].pk if len(page) > limit else None
    return Records(everything.count(), mine.count(), page[:limit], following)


def place_of_agencies(day: date) -> dict[int, str]:
    """Of which commune-level unit each agency is part: its own place, or that of what it hangs under."""
    rows = {row.id: row for row in organizations.agencies_on(day)}
    homes: dict[int, str] = {}
    for row in rows.values():
        above: Any = row
        while above is not None and not _is_unit(above.place_code):
            above = rows.get(above.parent_id)
        if above is not None:
            homes[row.id] = above.place_code
    return homes


def _is_unit(code: str) -> bool:
    """Whether a place is a commune, ward or special zone; agencies of the province have the code of the province."""
    found = places.find(code) if code else None
    return found is not None and found.level == "commune"


def touched_by(names: Iterable[str]) -> frozenset[str]:
    """Names of the events that may change one of these figures."""
    return frozenset(event for name in names if name in FIGURES for event in FIGURES[name].events)


def _rows(found: Figure, scope: Scope) -> QuerySet[Any]:
    return _narrow(cases.counted(), scope).filter(_condition(found.base or found.top, scope))


def _narrow(rows: QuerySet[Any], scope: Scope) -> QuerySet[Any]:
    if scope.agencies is not None:
        rows = rows.filter(competent_unit_id__in=scope.agencies)
    return rows.filter(**{FILTERS[key]: value for key, value in scope.filters.items() if key in FILTERS and value})


def _counts(found: Figure, scope: Scope) -> dict[str, Count]:
    counts = {"top": Count("pk", filter=_condition(found.top, scope))}
    if found.base:
        counts["base"] = Count("pk", filter=_condition(found.base, scope))
    return counts


def _condition(part: Part, scope: Scope) -> Q:
    if part.at:
        # What falls due lies ahead: its period is not cut off at the moment it is asked about.
        last = _morning(scope.last + timedelta(days=1)) if part.until else scope.ends
        found = part.where & Q(**{f"{part.at}__gte": scope.begins, f"{part.at}__lt": last})
        ends = scope.known_at or timezone.now()
    else:
        ends = min(scope.ends, timezone.now())
        found = part.where & Q(**{f"{part.since}__lt": ends})
    for column in part.until:
        found &= Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__gte": ends})
    return found & Q(due_current__lt=ends) if part.due else found


def _value(found: Figure, row: Mapping[str, Any]) -> Value:
    return Value(row["top"], row["base"] if found.base else None)


def _morning(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
