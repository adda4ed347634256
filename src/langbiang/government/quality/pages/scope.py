"""What every page of the index begins with: the period and the part of the administration of the address."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from langbiang.foundation.access import Actor, acting
from langbiang.foundation.accounts import queries as accounts
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.ui import formats
from langbiang.government.procedures.queries import catalogue as procedures

from .. import policies, queries
from ..models import Reckoning

YEARS_SHOWN = 2


@dataclass(frozen=True)
class View:
    """Who asks, for which period and part."""

    actor: Actor
    now: datetime
    today: date
    period: queries.Period
    scope: queries.Scope
    scheme: queries.SchemeRows
    values: dict[str, str]

    def link(self, name: str, *args: str, **changes: Any) -> str:
        """Another page of the same period and part."""
        query = {key: value for key, value in {**self.values, **changes}.items() if value}
        return f"{reverse(name, args=args)}{'?' + urlencode(query) if query else ''}"

    @property
    def agency_id(self) -> int | None:
        """The agency of the address, if one is named."""
        return int(self.values["agency"]) if self.values.get("agency") else None


def _number(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 18:
        raise Http404
    return int(text)


def view_of(request: HttpRequest) -> View:
    """Read the address. Raises Http404 for what makes no sense, NoScheme where no index is in force."""
    now = timezone.now()
    today = timezone.localdate(now)
    values = {key: request.GET.get(key, "").strip()[:60] for key in ("period", "agency", "field", "procedure", "officer")}
    period = queries.period_of(values["period"] or str(today.year), today=today)
    values["period"] = period.key
    agency, procedure, officer = (_number(values[key]) for key in ("agency", "procedure", "officer"))
    below = None
    if agency is not None:
        if not organizations.agency_exists(agency):
            raise Http404
        below = frozenset(organizations.descendant_ids(agency)) | {agency}
    scope = queries.Scope(below, officer, procedure, values["field"])
    actor: Actor = acting(request)
    return View(actor, now, today, period, scope, queries.rows_in_force(min(period.last, today)), values)


def guard_officers(view: View) -> None:
    """Figures of a single officer only for those who lead the agency. Raises Forbidden, Http404."""
    if view.scope.officer_id is not None:
        if view.agency_id is None:
            raise Http404
        policies.require(policies.may_compare_officers(view.actor, agency_id=view.agency_id))


def periods(today: date) -> list[tuple[str, str]]:
    """The periods a page offers: this year and the last, their quarters, the months of this year."""
    found = [(str(year), _("Year %(year)s") % {"year": year}) for year in range(today.year, today.year - YEARS_SHOWN, -1)]
    for quarter in range((today.month + 2) // 3, 0, -1):
        found.append((f"{today.year}-Q{quarter}", _("Quarter %(q)s/%(year)s") % {"q": quarter, "year": today.year}))
    for month in range(today.month, 0, -1):
        found.append((f"{today.year}-{month:02d}", _("Month %(m)s/%(year)s") % {"m": month, "year": today.year}))
    return found


def tabs(view: View, current: str) -> list[dict[str, Any]]:
    """The views of the index."""
    may_officers = view.agency_id is not None and view.actor.may("quality.officers", agency_id=view.agency_id)
    lines = [
        ("overview", _("Index"), view.link("quality:overview")),
        ("agency", _("Agencies"), view.link("quality:table", "agency")),
        ("field", _("Fields"), view.link("quality:table", "field")),
        ("procedure", _("Procedures"), view.link("quality:table", "procedure")),
        *([("officer", _("Officers"), view.link("quality:table", "officer"))] if may_officers else []),
        ("risk", _("About to be late"), view.link("quality:risk")),
        ("what_if", _("What if"), view.link("quality:what_if")),
    ]
    return [{"label": label, "url": url, "current": key == current} for key, label, url in lines]


def names(dimension: str, keys: list[Any], *, on: date) -> dict[Any, str]:
    """Names of agencies, fields, procedures or officers."""
    if dimension == "agency":
        return {key: organizations.name_of(key) for key in keys}
    if dimension == "field":
        known = {row.code: row.name for row in procedures.fields()}
        return {key: known.get(key, key) for key in keys}
    if dimension == "procedure":
        return titles([int(key) for key in keys], on=on)
    found = accounts.names_of([key for key in keys if key])
    return {key: found.get(key, _("No officer yet")) for key in keys}


def titles(procedure_ids: list[int], *, on: date) -> dict[int, str]:
    """Titles of procedures in force; one that is not in force any more is named by its number."""
    rows = procedures.in_force_on(on).filter(procedure_id__in=procedure_ids)
    found = {row["procedure_id"]: row["title"] for row in rows.values("procedure_id", "title")}
    return {key: found.get(key, _("Procedure no longer in force (%(id)s)") % {"id": key}) for key in procedure_ids}


def base(view: View, current: str) -> dict[str, Any]:
    """What every template of this room shows."""
    return {
        "view": view, "tabs": tabs(view, current), "periods": periods(view.today), "period": view.period,
        "part": part(view), "whole_url": view.link("quality:overview", agency="", field="", procedure="", officer=""),
        "counted": Reckoning.objects.order_by("-at").first(),
    }  # fmt: skip


def part(view: View) -> str:
    """The part of the administration in words; empty: the province."""
    found = []
    if view.agency_id is not None:
        found.append(organizations.name_of(view.agency_id))
    for dimension, key in (("field", view.scope.field), ("procedure", view.scope.procedure_id)):
        if key:
            found.append(names(dimension, [key], on=view.today)[key])
    if view.scope.officer_id:
        found.append(names("officer", [view.scope.officer_id], on=view.today)[view.scope.officer_id])
    return ", ".join(found)


@dataclass(frozen=True)
class Cut:
    """A numbered page of a list that is known as a whole: its lines, which they are, and the ways on."""

    lines: list[Any]
    total: int
    shown: str
    previous_url: str
    next_url: str


def cut(request: HttpRequest, lines: list[Any], *, size: int, link: Callable[..., str]) -> Cut:
    """The page of the list the address asks for; a page behind the end is the last one. Raises Http404 for what is no number."""
    asked = request.GET.get("page", "1")
    if not asked.isdecimal() or len(asked) > 9 or int(asked) < 1:
        raise Http404
    last = max(1, -(-len(lines) // size))
    page = min(int(asked), last)
    first = (page - 1) * size
    part = lines[first : first + size]
    shown = _("%(first)s–%(last)s of %(total)s") % {
        "first": formats.number(first + 1), "last": formats.number(first + len(part)), "total": formats.number(len(lines)),
    } if len(lines) > size else ""  # fmt: skip
    return Cut(
        part, len(lines), shown, link(page=page - 1 if page > 2 else "") if page > 1 else "", link(page=page + 1) if page < last else ""
    )
