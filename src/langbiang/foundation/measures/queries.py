"""Figures, their roll-ups and series, and the records behind them.

Where the book of the records is kept, a figure is read from its sums: whole months and whole days, and single
contributions only for a day that is asked for in part. Where it is not kept yet, the records themselves are counted
(`counting.py`): slower, the same number.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Min, Q, Sum
from django.utils import timezone

from langbiang.foundation.access import Actor
from langbiang.foundation.events.queue import waiting_since

from . import book, counting, declaring
from .declaring import Measure, NoSuchMeasure, RecordSet
from .events import MeasuresMoved
from .models import Book, Fact, Mix, Waiting
from .scope import Scope, Value, morning
from .units import place_of_agencies

__all__ = ["NoSuchMeasure", "Records", "as_of", "by_agency", "by_agency_and_day", "by_day", "every", "first_day", "followed_until", "known", "place_of_agencies", "records", "told_by", "total", "values_by_agency_and_day"]

known = declaring.known
every = declaring.every
# Beyond this the records a viewer may open are not counted one by one.
COUNTED = 10_000
# Lines of the book looked at for a page, one try after the other.
LOOKED_AT = (120, 1_000, 6_000)


@dataclass(frozen=True)
class Records:
    """The records behind a figure: how many, how many of them the viewer may open, and a page of those. `more` says
    that there are more to open than were counted."""

    total: int
    openable: int
    rows: list[Any]
    next_id: int | None
    more: bool = False


@dataclass(frozen=True)
class AsOf:
    """How fresh the figures over some records are: up to which moment, and since when their changes are kept."""

    moment: datetime
    kept_since: datetime | None


def total(name: str, scope: Scope) -> Value:
    """The figure of all agencies of the scope together. One SQL statement."""
    found = known(name)
    return sum(by_agency(name, scope).values(), found.nothing)


def by_agency(name: str, scope: Scope) -> dict[int, Value]:
    """The figure of each agency; agencies with nothing to count are left out. Raises NoSuchMeasure."""
    found = known(name)
    if not book.is_kept(found.records):
        return counting.by_agency(found, scope)
    sums: dict[tuple[int, str], int] = {}
    for agency, part, _day, amount in _read(found, scope, by_day=False):
        sums[agency, part] = sums.get((agency, part), 0) + amount
    values = {agency: counting.value(found, sums, agency) for agency in {each for each, _part in sums}}
    return {agency: value for agency, value in values.items() if value.top or value.base}


def by_day(name: str, scope: Scope) -> dict[date, Value]:
    """The figure of each day of the period; a stock is counted at the end of each day."""
    found = known(name)
    if not book.is_kept(found.records):
        return counting.by_day(found, scope)
    sums: dict[tuple[date, str], int] = {}
    for _agency, part, day, amount in _read(found, scope, by_day=True, since=scope.begins):
        sums[day, part] = sums.get((day, part), 0) + amount
    if not found.is_stock:
        return {day: counting.value(found, sums, day) for day in scope.days}
    before = replace(scope, first=scope.first - timedelta(days=1), last=scope.first - timedelta(days=1))
    standing, days = total(name, before), {}
    for day in scope.days:
        standing += counting.value(found, sums, day)
        days[day] = standing
    return days


def first_day(name: str) -> date | None:
    """The first day on which anything was counted (of the book: the first of its month); None where nothing ever was."""
    found = known(name)
    if not book.is_kept(found.records):
        first = counting.first_moment(found)
        return timezone.localdate(first) if first else None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(month) FROM measures_month WHERE part_id = ANY (%s) AND amount <> 0", [list(found.numbers.values())]
        )
        month: date | None = cursor.fetchone()[0]
    return month


def by_agency_and_day(name: str, scope: Scope) -> dict[int, dict[date, int]]:
    """How many at each agency on each day on which there were any. For a flow; the top of a share."""
    found = known(name)
    if not book.is_kept(found.records):
        return counting.by_agency_and_day(found, scope)
    days: dict[int, dict[date, int]] = {}
    for agency, part, day, amount in _read(found, scope, by_day=True):
        if part == "top":
            here = days.setdefault(agency, {})
            here[day] = here.get(day, 0) + amount
    return {agency: {day: n for day, n in here.items() if n} for agency, here in days.items()}


def values_by_agency_and_day(name: str, scope: Scope) -> dict[int, dict[date, Value]]:
    """The figure of each agency on each day: of a flow or its share the days on which there was anything to count, of a
    stock every day, as it stood at its end. Two statements, and two more for filters (where no book is kept yet, a few a part)."""
    found = known(name)
    if book.is_kept(found.records):
        rows = _read(found, scope, by_day=True, since=scope.begins)
    else:
        rows = counting.moves(found, scope)
    sums: dict[int, dict[tuple[date, str], int]] = {}
    for agency, part, day, amount in rows:
        here = sums.setdefault(agency, {})
        here[day, part] = here.get((day, part), 0) + amount
    if not found.is_stock:
        return {
            agency: {day: counting.value(found, here, day) for day in sorted({day for day, _part in here})}
            for agency, here in sums.items()
        }
    before = scope.first - timedelta(days=1)
    standing = by_agency(name, replace(scope, first=before, last=before))
    days: dict[int, dict[date, Value]] = {}
    for agency in set(standing) | set(sums):
        value, here = standing.get(agency, found.nothing), sums.get(agency, {})
        days[agency] = {day: (value := value + counting.value(found, here, day)) for day in scope.days}
    return days


def records(actor: Actor, name: str, scope: Scope, *, base: bool = False, after: int = 0, limit: int = 50) -> Records:
    """The very records of a figure (of its base when asked), the newest first. The number is true for everybody, the
    rows are those the actor may open."""
    found = known(name)
    part = found.part_names[-1] if base else "top"
    mine = _behind(found, found.records.rows(actor), part, scope)
    page = _page(found, part, scope, mine, after=after, limit=limit)
    following = page[limit - 1].pk if len(page) > limit else None
    count = _behind_count(found, part, scope)
    openable = count if _may_open_all(actor, found.records) else mine.order_by()[: COUNTED + 1].count()
    return Records(count, min(openable, COUNTED), page[:limit], following, openable > COUNTED)


def _may_open_all(actor: Actor, records_: RecordSet) -> bool:
    """Whether nothing is kept from this viewer: what they are given is asked for in the words of what everybody is."""
    try:
        return str(records_.rows(actor).query) == str(records_.rows(None).query)
    except EmptyResultSet:  # a viewer who may open nothing
        return False


def _page(
    found: Measure, part: str, scope: Scope, mine: declaring.Rows, *, after: int, limit: int
) -> list[Any]:
    """One row more than a page, from the record `after` on: the newest moment first where it is known now.

    The book has the records by their moments, so that a page costs the same however many records there are; a few of
    its lines are looked at, and only for a viewer who may open hardly any of them all their own records are sorted.
    """
    if scope.known_at is not None:
        return list((mine.filter(pk__lt=after) if after else mine).order_by("-pk")[: limit + 1])
    moment = "_since" if found.is_stock else "_at"
    from_ = mine.filter(pk=after).values_list(moment, "pk").first() if after else None
    if book.is_kept(found.records):
        page: list[Any] = []
        place = from_
        for size in LOOKED_AT:
            lines = list(_until(_facts(found, part, scope), "at", "record_id", place).order_by("-at", "-record_id")
                         .values_list("at", "record_id")[:size])  # fmt: skip
            there = {row.pk: row for row in mine.filter(pk__in=[pk for _at, pk in lines])}
            page += [there[pk] for _at, pk in lines if pk in there]
            if len(page) > limit or len(lines) < size:
                return page[: limit + 1]
            place = lines[-1]
    return list(_until(mine, moment, "pk", from_).order_by(f"-{moment}", "-pk")[: limit + 1])


def _until(rows: declaring.Rows, moment: str, pk: str, place: tuple[datetime, int] | None) -> declaring.Rows:
    """What comes after a place when the newest comes first."""
    if place is None:
        return rows
    at, last = place
    return rows.filter(Q(**{f"{moment}__lt": at}) | Q(**{f"{pk}__lt": last}), **{f"{moment}__lte": at})


def as_of(records_: RecordSet) -> AsOf:
    """How fresh the figures over these records are."""
    now = timezone.now()
    row = Book.objects.filter(records=records_.name).first()
    if row is None or not book.is_kept(records_):
        return AsOf(now, None)
    oldest = Waiting.objects.filter(records=records_.name).aggregate(since=Min("since"))["since"]
    return AsOf(oldest or now, row.built_at)


def followed_until(*, at: datetime) -> dict[str, datetime]:
    """Up to which moment each kind of records is surely followed, by name; what is all told is followed until `at`. Two
    SQL statements, however many kinds there are."""
    untold = waiting_since()
    oldest = dict(Waiting.objects.values_list("records").annotate(since=Min("since")).order_by())
    moments = {each.name: [at, *filter(None, [untold, oldest.get(each.name)])] for each in declaring.record_sets()}
    return {name: min(found) for name, found in moments.items()}


def told_by(records_: RecordSet) -> tuple[str, ...]:
    """Names of the events after which figures over these records may be others."""
    return (MeasuresMoved.event_name,) if book.is_kept(records_) else records_.changed_by


def _behind(found: Measure, rows: declaring.Rows, part: str, scope: Scope) -> declaring.Rows:
    """The records behind a part. As known now the records say it themselves; as known then the book does."""
    if scope.known_at is None or not book.is_kept(found.records):
        return counting.behind(found, rows, part, scope)
    then = _facts_known(found, part, scope)
    if found.is_stock:
        there = then.values("record_id").annotate(n=Sum("amount")).filter(n__gt=0)
        return rows.filter(pk__in=there.values("record_id"))
    return rows.filter(pk__in=then.values("record_id"))


def _behind_count(found: Measure, part: str, scope: Scope) -> int:
    """How many records there are behind a part."""
    if not book.is_kept(found.records):
        return int(_behind(found, found.records.rows(None), part, scope).order_by().count())
    if found.columns[found.part_names.index(part)]:
        return int((_facts(found, part, scope) if scope.known_at is None else _facts_known(found, part, scope)).count())
    value = total(found.name, scope)
    return value.top if part == "top" else value.base or 0


def _facts(found: Measure, part: str, scope: Scope) -> declaring.Rows:
    """The lines of the book behind a part as it is known now; of a stock what ever came."""
    rows = _lines(found, part, scope).filter(known_to=None)
    return rows.filter(amount__gt=0) if found.is_stock else rows


def _facts_known(found: Measure, part: str, scope: Scope) -> declaring.Rows:
    rows = _lines(found, part, scope).filter(known_from__lte=scope.known_at)
    return rows.filter(Q(known_to=None) | Q(known_to__gt=scope.known_at))


def _lines(found: Measure, part: str, scope: Scope) -> declaring.Rows:
    begins, ends = _bounds(found, scope)
    rows = Fact.objects.filter(part_id=found.numbers[part], at__lt=ends)
    if begins is not None:
        rows = rows.filter(at__gte=begins)
    if scope.agencies is not None:
        rows = rows.filter(agency_id__in=scope.agencies)
    if wanted := _wanted(found, scope):
        rows = rows.filter(mix_id__in=_mixes(found.records.name, wanted))
    return rows


def _bounds(found: Measure, scope: Scope) -> tuple[datetime | None, datetime]:
    """From when until when contributions count; a stock counts all that ever came and went."""
    if found.is_stock:
        return None, min(scope.ends, timezone.now())
    return scope.begins, counting.flow_ends(found, scope)


def _read(
    found: Measure, scope: Scope, *, by_day: bool, since: datetime | None = None
) -> list[tuple[int, str, date, int]]:
    """(agency, part, day, amount) from the book. One SQL statement, and one for the filters when there are any."""
    names = {number: part for part, number in found.numbers.items()}
    begins, ends = _bounds(found, scope)
    if (first := since or begins) is not None and first >= ends:
        return []  # asked about a moment before the period: nothing of it was known yet
    filters = _wanted(found, scope)
    sql, params = _Reading(list(names), first, ends, scope).statement(
        _mixes(found.records.name, filters) if filters else None, by_day=by_day
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [(agency, names[part], day, int(amount)) for agency, part, day, amount in cursor.fetchall()]


@dataclass(frozen=True)
class _Reading:
    """What is read from the book, as one statement."""

    parts: list[int]
    begins: datetime | None
    ends: datetime
    scope: Scope

    def statement(self, mixes: list[int] | None, *, by_day: bool) -> tuple[str, list[Any]]:
        """The statement and its values."""
        pieces = [self._facts(self.begins, self.ends, mixes)] if mixes is not None else self._sums(by_day)
        if self.scope.known_at is not None:
            pieces += [self._changed(mixes, "known_from > %s AND known_to IS NULL", -1, 1),
                       self._changed(mixes, "known_to > %s AND known_from <= %s", 1, 2)]  # fmt: skip
        sql = " UNION ALL ".join(f"({piece})" for piece, _params in pieces)
        day = "day" if by_day else "NULL::date AS day"
        group = "1, 2, 3" if by_day else "1, 2"
        return (
            f"SELECT agency_id, part_id, {day}, sum(amount)::bigint FROM ({sql}) AS found GROUP BY {group}",
            [value for _piece, params in pieces for value in params],
        )

    def _sums(self, by_day: bool) -> list[tuple[str, list[Any]]]:
        """Whole months and days from the sums; a day that is asked for in part from its contributions."""
        local = timezone.localtime(self.ends)
        last = local.date()  # the day after the last whole one
        pieces = [self._facts(morning(last), self.ends, None)] if local.time() != time.min else []
        first = timezone.localtime(self.begins).date() if self.begins else None
        if by_day:
            return [*pieces, self._table("day", first, last)]
        month = last.replace(day=1)
        if first is None:
            return [*pieces, self._table("month", None, month), self._table("day", month, last)]
        whole = first if first.day == 1 else _next_month(first)
        if whole >= month:
            return [*pieces, self._table("day", first, last)]
        return [*pieces, self._table("day", first, whole), self._table("month", whole, month),
                self._table("day", month, last)]  # fmt: skip

    def _table(self, step: str, first: date | None, last: date) -> tuple[str, list[Any]]:
        where, params = self._where()
        if first is not None:
            where, params = f"{where} AND {step} >= %s", [*params, first]
        return (
            f"SELECT agency_id, part_id, {step} AS day, amount FROM measures_{step} WHERE {where} AND {step} < %s",
            [*params, last],
        )

    def _facts(self, first: datetime | None, last: datetime, mixes: list[int] | None) -> tuple[str, list[Any]]:
        where, params = self._within(first, last, mixes)
        return self._of_facts("", where + " AND known_to IS NULL", params)

    def _changed(self, mixes: list[int] | None, which: str, sign: int, times: int) -> tuple[str, list[Any]]:
        """What the sums hold now and did not then, or the other way round."""
        where, params = self._within(self.begins, self.ends, mixes)
        return self._of_facts("-" if sign < 0 else "", f"{where} AND {which}", [*params, *[self.scope.known_at] * times])

    def _of_facts(self, sign: str, where: str, params: list[Any]) -> tuple[str, list[Any]]:
        zone = timezone.get_current_timezone_name()
        return (
            f"SELECT agency_id, part_id, (at AT TIME ZONE %s)::date AS day, {sign}amount AS amount FROM measures_fact"
            f" WHERE {where}",
            [zone, *params],
        )

    def _within(self, first: datetime | None, last: datetime, mixes: list[int] | None) -> tuple[str, list[Any]]:
        where, params = self._where()
        where, params = f"{where} AND at < %s", [*params, last]
        if first is not None:
            where, params = f"{where} AND at >= %s", [*params, first]
        if mixes is not None:
            where, params = f"{where} AND mix_id = ANY (%s)", [*params, mixes]
        return where, params

    def _where(self) -> tuple[str, list[Any]]:
        if self.scope.agencies is None:
            return "part_id = ANY (%s)", [self.parts]
        return "part_id = ANY (%s) AND agency_id = ANY (%s)", [self.parts, sorted(self.scope.agencies)]


def _wanted(found: Measure, scope: Scope) -> dict[str, str]:
    return {key: value for key, value in scope.filters.items() if value and key in found.records.filters}


def _mixes(records_name: str, wanted: Mapping[str, str]) -> list[int]:
    return list(Mix.objects.filter(records=records_name, values__contains=wanted).values_list("pk", flat=True))


@lru_cache(maxsize=256)
def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
