"""Figures for other systems: what there is, a figure by agency, its series, the records behind it."""

from collections.abc import Iterable, Set
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema

from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.access.acting import acting
from langbiang.foundation.organizations import queries as organizations

from . import policies, queries
from .declaring import Measure, NoSuchMeasure
from .scope import Scope, Value

router = Router(tags=["measures"])
LONGEST_DAYS = 3660


class MeasureOut(Schema):
    """What can be counted."""

    name: str
    title: str
    unit: str
    kind: str
    direction: int
    target: float | None
    filters: list[str]


class FigureOut(Schema):
    """A figure as two sums, so that figures of several agencies can be added up rightly."""

    number: float | None
    top: int
    base: int | None


class AgencyFigureOut(FigureOut):
    """The figure of an agency."""

    agency: str


class DayFigureOut(FigureOut):
    """The figure of a day."""

    day: date


class AnswerOut(Schema):
    """A figure with its parts."""

    name: str
    unit: str
    first: date
    last: date
    as_of: datetime
    whole: FigureOut
    agencies: list[AgencyFigureOut]


class SeriesOut(Schema):
    """A figure day by day; a stock is that of the end of each day."""

    name: str
    unit: str
    as_of: datetime
    days: list[DayFigureOut]


class RecordsOut(Schema):
    """The records behind a figure; the number is true for everybody, the rows are those this system may open."""

    total: int
    openable: int
    more: bool
    head: list[str]
    rows: list[list[str]]
    next: int | None


class Asked(Schema):
    """The period (both days inclusive, today if not told), the agency with all below it, and a past moment. Beside these
    each filter that the list of measures names for a figure narrows it."""

    first: date | None = None
    last: date | None = None
    agency: str = ""
    known_at: datetime | None = None


@router.get("", response=list[MeasureOut], url_name="measures", summary="What can be counted")
@rules.client("measures.view")
def measures(request: HttpRequest) -> list[dict[str, Any]]:
    """Every measure."""
    return [
        {
            "name": each.name, "title": str(each.title), "unit": each.unit, "direction": each.direction,
            "kind": "ratio" if each.is_ratio else "stock" if each.is_stock else "flow", "target": each.target,
            "filters": list(each.records.filters),
        }
        for each in queries.every()
    ]  # fmt: skip


@router.get("/{name}", response=AnswerOut, url_name="measure", summary="A figure and its parts by agency")
@rules.client("measures.view")
def figure(request: HttpRequest, name: str, asked: Query[Asked]) -> dict[str, Any]:
    """The figure of the period, of all agencies asked for and of each. Narrowed by the filters the figure has."""
    found = queries.known(name)
    scope = _scope(request, found, asked)
    values = queries.by_agency(name, scope)
    return {
        **_head(found), "first": scope.first, "last": scope.last, "whole": _told(sum(values.values(), found.nothing)),
        "agencies": sorted(
            ({"agency": organizations.code_of(agency), **_told(value)} for agency, value in values.items()),
            key=lambda each: str(each["agency"]),
        ),
    }  # fmt: skip


@router.get("/{name}/series", response=SeriesOut, url_name="measure_series", summary="A figure day by day")
@rules.client("measures.view")
def series(request: HttpRequest, name: str, asked: Query[Asked]) -> dict[str, Any]:
    """The figure of each day of the period. Narrowed by the filters the figure has."""
    found = queries.known(name)
    scope = _scope(request, found, asked)
    days = queries.by_day(name, scope)
    return {**_head(found), "days": [{"day": day, **_told(value)} for day, value in sorted(days.items())]}


@router.get("/{name}/records", response=RecordsOut, url_name="measure_records", summary="The records behind a figure")
@rules.client("measures.view")
def records(request: HttpRequest, name: str, asked: Query[Asked], part: str = "top", after: int = 0) -> dict[str, Any]:
    """The very records, newest first, 50 at a time; `part=base` for those a share is a share of."""
    found = queries.known(name)
    scope = _scope(request, found, asked, "part", "after")
    page = queries.records(acting(request), name, scope, base=part == "base", after=max(0, after))
    return {
        "total": page.total, "openable": page.openable, "more": page.more, "next": page.next_id,
        "head": [str(title) for title in found.records.head], "rows": _cells(found, page.rows),
    }  # fmt: skip


def _scope(request: HttpRequest, found: Measure, asked: Asked, *others: str) -> Scope:
    today = timezone.localdate()
    last = asked.last or today
    first = asked.first or last
    if first > last:
        raise Refusal(_("The period ends before it begins. Exchange the two days."), field="first")
    if last - first > timedelta(days=LONGEST_DAYS):
        raise Refusal(_("The period is longer than ten years. Ask for a shorter one."), field="first")
    agencies = policies.agencies_seen(acting(request))
    if asked.agency:
        wanted = organizations.agency_id_of(asked.agency)
        below = organizations.descendant_ids(wanted) if wanted else frozenset()
        if not below or (agencies is not None and wanted not in agencies):
            raise NoSuchMeasure(_("There is no such agency."), field="agency")
        agencies = below if agencies is None else below & agencies
    known_at = asked.known_at
    if known_at and timezone.is_naive(known_at):
        known_at = timezone.make_aware(known_at)
    return Scope(first, last, agencies, _filters(request, found, {*Asked.model_fields, *others}), known_at)


def _filters(request: HttpRequest, found: Measure, others: Set[str]) -> dict[str, str]:
    """What the figure is narrowed by. A figure that cannot be narrowed like this is not told as if it were."""
    asked = {key: str(value) for key, value in request.GET.items() if key not in others}
    if wrong := next((key for key in asked if key not in found.records.filters), None):
        known = ", ".join(found.records.filters)
        raise Refusal(
            _("This figure cannot be narrowed by “%(filter)s”.") % {"filter": wrong[:60]}, field=wrong[:60],
            way_out=_("Leave it out, or narrow by: %(known)s.") % {"known": known} if known else _("Leave it out."),
        )  # fmt: skip
    return {key: value for key, value in asked.items() if value}


def _head(found: Measure) -> dict[str, Any]:
    return {"name": found.name, "unit": found.unit, "as_of": queries.as_of(found.records).moment}


def _told(value: Value) -> dict[str, Any]:
    return {"number": None if value.number is None else round(value.number, 4), "top": value.top, "base": value.base}


def _cells(found: Measure, rows: Iterable[Any]) -> list[list[str]]:
    return [[str(cell) for cell in found.records.cells(row)] for row in rows]
