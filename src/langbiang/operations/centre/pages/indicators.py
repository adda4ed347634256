"""The desk of the operations centre for an indicator: its units on the map and beside each other, for one period, as known at a moment."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from langbiang.foundation.access import rules
from langbiang.foundation.access.acting import acting
from langbiang.foundation.measures import Shown, uses_of
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.places import queries as places
from langbiang.government.indicators import queries as indicators

from .. import published
from ..drill import ranked
from ..figures import NoSuchFigure
from ..maps import HEXAGONS, LAND
from ..published import Reach, Spread
from ..writing import title_of
from .forms import PublishedForm


@rules.staff("centre.view")
@require_GET
def indicator(request: HttpRequest, code: str) -> HttpResponse:
    """An indicator over the units for a period, now or as it was known; a unit that was chosen stands out with its own line.

    Where units have no figure, the province is shown whatever unit was chosen before.
    """
    actor, now = acting(request), timezone.now()
    of = published.known(code, on=now)
    form = PublishedForm(request.GET)
    asked = request.GET.get("period", "")
    form.offer([(asked, asked)] if asked else [])
    known_at = form.cleaned_data["known_at"] if form.is_valid() else None
    reach, at = published.reach_of(actor), known_at or now
    found: Spread | None = None
    if not form.errors:
        try:
            found = published.spread(code, on=at, period=asked, known_at=known_at)
        except published.NoSuchPeriod as refusal:
            form.add_error("period", str(refusal))
    if found is None:
        return render(request, "centre/indicator.html", {"of": of, "form": _offering(form, published.spread(code, on=now)), "found": None})
    unit = request.GET.get("unit", "")[:10] if found.is_of_units else ""
    if unit and (unit not in found.units or not reach.sees(found.units[unit].agency_id)):
        raise NoSuchFigure(_("There is no such unit."), field="unit")
    agency = found.units[unit].agency_id if unit else None
    head = published.headlines([code], on=at, known_at=known_at, agency_id=agency).get(code)
    own = found.units[unit].figure if unit else found.whole
    page, root = reverse("centre:indicator", args=[code]), next(iter(organizations.root_ids()), 0)
    drawing = LAND if request.GET.get("drawing") == LAND else HEXAGONS

    def query(**changes: str) -> str:
        told = {"period": asked, "known_at": known_at.isoformat() if known_at else "", "unit": unit, "drawing": drawing if drawing == LAND else "",
                "way": request.GET.get("way", "")} | changes  # fmt: skip
        return urlencode({key: value for key, value in told.items() if value})

    target = published.written(found.target, of) if found.target is not None else ""
    line = published.line_of(head, of=of) if head and any(value is not None for _name, value in head.line) else None
    context: dict[str, Any] = {
        "of": of, "form": _offering(form, found), "found": found, "page": page, "query": query(), "now": now, "known_at": known_at,
        "unit": title_of(unit) if unit else "", "province": settings.PROVINCE_NAME, "whole_url": f"{page}?{query(unit='')}",
        "value": published.written(own.value, of), "said": published.beside(own) if own.value is not None else "", "figure": own,
        "from_url": published.address(code, agency or root, found.period) if reach.may_open and own.top is not None else "",
        "indicator_url": reverse("indicators:indicator", args=[code]) if reach.may_open else "",
        "coverage": published.coverage_words(found, reach), "begun": published.begun_words(found), "target": target,
        "map": _map(request, found, reach, drawing, unit) if found.is_of_units else None,
        "has_land": places.boundary_status(province=settings.PROVINCE_CODE) is not None, "drawing": drawing,
        "other_drawing": f"{page}?{query(drawing='' if drawing == LAND else LAND)}",
        "ways": [(f"{page}?{query(way=way)}", title, way == _way(request, found)) for way, title in _ways(found)],
        "parts": _parts(found, reach, request.GET.get("sort", "")), "sorts": [(f"{page}?{query(sort=by)}", title) for by, title in _sorts()],
        "missing": _missing(found, reach), "line": line, "level_words": published.level_words(),
        "uses": uses_of(actor, Shown(indicator=code, agency_id=agency or root, last=found.last, period=found.period)),
    }  # fmt: skip
    return render(request, "centre/indicator.html", context)


def _offering(form: PublishedForm, found: Spread | None) -> PublishedForm:
    """The form with the periods that have figures."""
    rows = found.periods if found else []
    form.offer([(name, f"{words} ({have}/{len(found.units)})" if found and found.is_of_units else words) for name, words, have in rows])
    return form


def _map(request: HttpRequest, found: Spread, reach: Reach, drawing: str, unit: str) -> Any:
    """Every unit leads to where its figure comes from, for whoever may open that."""
    code = found.described.code
    return published.map_of(
        found, reach, way=_way(request, found), drawing=drawing, chosen=unit,
        url_of=(lambda place: published.address(code, found.units[place].agency_id, found.period)) if reach.may_open else None,
    )  # fmt: skip


def _ways(found: Spread) -> list[tuple[str, str]]:
    ways = [("quantile", _("as many units in each")), ("equal", _("equally wide"))]
    return [*ways, ("diverging", _("around the target"))] if found.target is not None else ways


def _way(request: HttpRequest, found: Spread) -> str:
    """How the map is classed: as asked, else around the target where there is one."""
    ways = dict(_ways(found))
    asked = request.GET.get("way", "")
    return asked if asked in ways else "diverging" if "diverging" in ways else "quantile"


def _sorts() -> list[tuple[str, str]]:
    return [("", _("by name")), ("most", _("highest first")), ("least", _("lowest first"))]


def _parts(found: Spread, reach: Reach, by: str) -> list[dict[str, Any]]:
    """The units with a figure, each with its rank among those of its kind, and the way to where it comes from."""
    seen = published.figures_of(found, reach)
    numbers = {code: float(each.value) for code, each in seen.items() if each.value is not None}
    ranks = ranked(numbers, direction=found.described.direction)
    rows = [
        {
            "title": title_of(code), "value": published.written(seen[code].value, found.described), "said": published.beside(seen[code]),
            "number": number, "rank": ranks.get(code),
            "url": published.address(found.described.code, found.units[code].agency_id, found.period) if reach.may_open else "",
        }
        for code, number in numbers.items()
    ]  # fmt: skip
    if by in ("most", "least"):
        return sorted(rows, key=lambda row: (-row["number"] if by == "most" else row["number"], row["title"]))
    return rows


def _missing(found: Spread, reach: Reach) -> list[tuple[str, str, str, str]]:
    """The units without a figure: their name, why, what became of their report, and the way to what is known of it."""
    seen = published.within(found, reach)
    rows = [(code, each) for code, each in seen.items() if each.figure.value is None]
    states = indicators.states_of(found.described.code, found.period) if rows else {}
    return [
        (title_of(code), published.beside(each.figure), states.get(each.agency_id, ""),
         published.address(found.described.code, each.agency_id, found.period) if reach.may_open else "")
        for code, each in rows
    ]  # fmt: skip
