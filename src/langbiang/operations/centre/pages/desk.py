"""The desk of the operations centre: a figure, its parts, its line, its notes and the records behind it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.access.acting import acting
from langbiang.foundation.measures import Shown, uses_of
from langbiang.foundation.places import queries as places
from langbiang.foundation.ui import formats

from .. import drill, figures, policies, published, queries, services, walls
from ..charts import line
from ..drill import Asked
from ..language import in_language
from ..maps import HEXAGONS, LAND
from ..writing import written
from .forms import NoteForm, PeriodForm

STOCK_DAYS = 31


@dataclass(frozen=True)
class Card:
    """A figure on the first page."""

    title: str
    value: str
    period: str
    url: str
    tone: str


@rules.staff("centre.view")
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Every figure of today and of the last 30 days, the walls and the open alerts."""
    actor = acting(request)
    now = timezone.now()
    seen = policies.agencies_seen(actor)
    cards = []
    for known in figures.every():
        scope = walls.scope_of({"days": 30}, seen, now)
        number = figures.total(known.name, scope).number
        url = f"{reverse('centre:figure', args=[known.name])}?from={scope.first:%d/%m/%Y}&to={scope.last:%d/%m/%Y}"
        cards.append(
            Card(
                str(known.title),
                written(number, known),
                walls.period_words(known, scope),
                url,
                walls.tone_of(known, number),
            )
        )
    context = {
        "cards": cards, "alerts": queries.open_alerts(seen, limit=10),
        "walls": [(in_language(each.title, each.title_en), each.get_shape_display(), reverse("centre:wall", args=[each.slug])) for each in queries.layouts()],
        "chapters": _chapters(now), "may_manage": bool(policies.may_manage(actor)), "may_analyse": "measures.analyse" in actor.permissions, "now": now,
    }  # fmt: skip
    return render(request, "centre/home.html", context)


def _chapters(now: datetime) -> list[tuple[str, list[tuple[str, str]]]]:
    """The indicators by chapter, each with the page of its units."""
    found: dict[str, list[tuple[str, str]]] = {}
    for each in published.every(on=now):
        found.setdefault(each.group, []).append((each.name, reverse("centre:indicator", args=[each.code])))
    return list(found.items())


@rules.staff("centre.view")
@require_GET
def figure(request: HttpRequest, name: str) -> HttpResponse:
    """A figure at a level of the drill with its parts, map, line, notes and the way to its records."""
    known = figures.figure(name)
    form = PeriodForm(request.GET, known)
    if not form.is_valid():
        return render(request, "centre/figure.html", {"known": known, "form": form, "level": None})
    asked = asked_of(request, form)
    level = drill.level(acting(request), known, asked)
    value = figures.total(name, level.scope)
    page = reverse("centre:figure", args=[name])
    parts = _sorted(level.parts, request.GET.get("sort", ""))
    is_province = not (asked.area or asked.unit or asked.agency)
    days = (asked.last - asked.first).days + 1
    notes = queries.annotations(name, agencies=level.scope.agencies)
    series = figures.by_day(name, level.scope) if not known.is_stock or days <= STOCK_DAYS else {}
    context: dict[str, Any] = {
        "known": known, "form": form, "level": level, "value": written(value.number, known), "sums": value, "asked": asked,
        "parts": [(part, written(part.value.number, known)) for part in parts], "page": page, "query": asked.query(),
        "map": walls.map_of(
            known, level.scope, way=_way(request, known), drawing=_drawing(request), url_of=lambda code: f"{page}?{asked.query(unit=code)}"
        ) if is_province and level.scope.agencies is None else None,
        "line": line(series, known, [(note.day, f"{formats.day(note.day)}: {note.text}") for note in notes]) if len(series) > 1 else None,
        "series": [(day, written(each.number, known)) for day, each in sorted(series.items(), reverse=True)],
        "has_land": is_province and places.boundary_status(province=settings.PROVINCE_CODE) is not None,
        "drawing": _drawing(request), "ways": _ways(_way(request, known), known),
        "areas": _areas(asked, page) if is_province else [], "now": timezone.now(),
        "records_url": f"{reverse('centre:records', args=[name])}?{asked.query()}",
        "export_url": f"{reverse('centre:export', args=[name])}?{asked.query()}",
        "median": written(level.peers.median, known) if level.peers else "",
        "ask_url": f"{reverse('measures:ask')}?measure={name}" if "measures.analyse" in acting(request).permissions else "",
        "notes": [(note, bool(policies.may_withdraw(acting(request), note))) for note in notes], "tone": walls.tone_of(known, value.number),
        "note_form": NoteForm() if asked.agency and policies.may_handle(acting(request), agency_id=asked.agency) else None,
        "moved_by": sorted(figures.touched_by([name])), "kept_since": figures.as_of(known.records).kept_since,
        "target": written(known.target, known) if known.target is not None else "",
        "uses": uses_of(acting(request), Shown(measure=name, first=asked.first, last=asked.last)),
    }  # fmt: skip
    return render(request, "centre/figure.html", context)


@rules.staff("centre.view")
@require_GET
def records(request: HttpRequest, name: str) -> HttpResponse:
    """The very records behind a figure: the count for everybody, the rows this officer may open."""
    known = figures.figure(name)
    form = PeriodForm(request.GET, known)
    if not form.is_valid():
        return render(request, "centre/records.html", {"known": known, "form": form, "found": None})
    asked = asked_of(request, form)
    level = drill.level(acting(request), known, asked)
    after = request.GET.get("after", "")
    base = request.GET.get("part") == "base"
    found = figures.records(
        acting(request), name, level.scope, base=base,
        after=int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0,
    )  # fmt: skip
    here = f"{reverse('centre:records', args=[name])}?{asked.query()}"
    context = {
        "known": known, "form": form, "level": level, "found": found, "base": base,
        "back": f"{reverse('centre:figure', args=[name])}?{asked.query()}",
        "base_url": f"{here}&part=base", "top_url": here,
        "next_url": f"{here}{'&part=base' if base else ''}&after={found.next_id}" if found.next_id else "",
        "head": known.records.head, "kind": known.records.title,
        "rows": [(known.records.href(row), cells[0], cells[1:]) for row in found.rows if (cells := known.records.cells(row))],
        "total": formats.number(found.total), "openable": formats.number(found.openable),
    }  # fmt: skip
    return render(request, "centre/records.html", context)


@rules.staff("centre.handle")
@require_POST
def annotate(request: HttpRequest, name: str, agency_id: int) -> HttpResponse:
    """Leave a note to a figure of an agency."""
    known = figures.figure(name)
    form = NoteForm(request.POST)
    if form.is_valid():
        services.annotate(
            acting(request), measure=known.name, agency_id=agency_id, at=timezone.now(), **form.cleaned_data
        )
        return redirect(f"{reverse('centre:figure', args=[name])}?agency={agency_id}")
    raise Refusal(" ".join(str(each) for errors in form.errors.values() for each in errors), field="day")


@rules.staff("centre.handle")
@require_POST
def withdraw_note(request: HttpRequest, note_id: int) -> HttpResponse:
    """Take a note back."""
    note = services.withdraw_note(acting(request), note_id=note_id, at=timezone.now())
    return redirect(f"{reverse('centre:figure', args=[note.measure])}?agency={note.agency_id}")


def asked_of(request: HttpRequest, form: PeriodForm) -> Asked:
    """What a page of a figure was asked, from a form that is valid."""
    data = form.cleaned_data
    agency = request.GET.get("agency", "")
    return Asked(
        data["first"], data["last"], request.GET.get("area", "")[:60], request.GET.get("unit", "")[:10],
        int(agency) if agency.isascii() and agency.isdigit() and len(agency) < 19 else None,
        tuple((key, data[key]) for key in form.filters), data["known_at"],
    )  # fmt: skip


def _sorted(parts: list[drill.Part], by: str) -> list[drill.Part]:
    """By name (as they come), or by value; those without one last."""
    if by not in ("most", "least"):
        return parts
    sign = -1 if by == "most" else 1
    return sorted(parts, key=lambda part: (part.value.number is None, sign * (part.value.number or 0)))


def _way(request: HttpRequest, known: figures.Measure) -> str:
    """How the map is classed: as asked, else around the target of a share, else by quantiles."""
    asked = request.GET.get("way", "")
    return asked if asked in ("equal", "quantile", "diverging") else "diverging" if known.is_ratio else "quantile"


def _ways(shown: str, known: figures.Measure) -> list[tuple[str, str, bool]]:
    """The ways of classing there are for a figure, and which is shown."""
    ways = [("quantile", _("as many units in each")), ("equal", _("equally wide"))]
    if known.target is not None:
        ways.append(("diverging", _("around the target")))
    shown = shown if shown in dict(ways) else "quantile"
    return [(way, title, way == shown) for way, title in ways]


def _drawing(request: HttpRequest) -> str:
    """Hexagons, or the real boundaries when asked for."""
    return LAND if request.GET.get("drawing") == LAND else HEXAGONS


def _areas(asked: Asked, page: str) -> list[tuple[str, str]]:
    return [
        (each.name, f"{page}?{asked.query(area=each.slug)}")
        for each in places.groups(kind="planning_area", on=asked.last)
    ]
