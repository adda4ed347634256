"""Units: the list, and the page of one with its past and its future."""

from dataclasses import dataclass
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

from .. import queries, words
from ..models import Place
from ..register import PlaceRow
from .found import may_edit, place_or_404

VIEWS = ("here", "provinces", "former")


@dataclass(frozen=True)
class Line:
    """One unit in the list."""

    row: PlaceRow
    kind: Any
    is_former: bool
    now: tuple[PlaceRow, ...]
    above: str

    @property
    def shown(self) -> str:
        """The name; with its kind where it begins with a number and could be read as one."""
        return self.row.title if self.row.name[0].isdecimal() else self.row.name


@require_GET
@rules.staff()
def listing(request: HttpRequest) -> HttpResponse:
    """Units of the province, the provinces, former units; narrowed by text, kind and planning area."""
    today = timezone.localdate()
    text = request.GET.get("q", "").strip()[:100]
    kind = request.GET.get("kind", "")
    kind = kind if kind in Place.Kind.values else ""
    groups = {group.slug: group for group in queries.groups(on=today)}
    group = groups.get(request.GET.get("area", ""))
    view = request.GET.get("view", "here")
    view = view if view in VIEWS else "here"
    lines = {key: _lines(key, text) for key in VIEWS}
    if text and not lines[view]:  # show what was found, wherever it is
        view = next((key for key in VIEWS if lines[key]), view)
    shown = [
        line
        for line in lines[view]
        if (not kind or line.row.kind == kind) and (view != "here" or group is None or line.row.code in group.codes)
    ]
    titles = {
        "here": _("Units of the province"),
        "provinces": _("Provinces and cities"),
        "former": _("Former units"),
    }

    def address(**changes: str) -> str:
        asked = {"view": view, "q": text, "kind": kind, "area": group.slug if group else "", **changes}
        return f"{reverse('places:list')}?{urlencode({k: v for k, v in asked.items() if v})}"

    chips: list[tuple[Any, Any, str]] = []
    if kind:
        chips.append((_("Kind"), words.KINDS[kind], address(kind="")))
    if group and view == "here":
        chips.append((words.GROUPS[group.kind], group.name, address(area="")))
    return render(
        request,
        "places/list.html",
        {
            "tabs": [
                {"label": titles[key], "url": address(view=key, kind="", area=""), "current": key == view, "count": len(lines[key])}
                for key in VIEWS
            ],
            "view": view, "lines": shown, "sought": text, "chips": chips, "clear_url": address(kind="", area=""),
            "list_url": reverse("places:list"), "kind": kind, "area": group.slug if group else "",
            "kinds": [(k, words.KINDS[k]) for k in dict.fromkeys(line.row.kind for line in lines[view])],
            "areas": [(slug, f"{words.GROUPS[g.kind]}: {g.name}") for slug, g in groups.items()] if view == "here" else [],
            "may_edit": may_edit(request),
            "day": today,
        },
    )  # fmt: skip


def _lines(view: str, text: str) -> list[Line]:
    today = timezone.localdate()
    if text:
        found = queries.search(
            text, on=today, limit=200, level=Place.Level.PROVINCE if view == "provinces" else None,
            province=settings.PROVINCE_CODE if view == "here" else None,
        )  # fmt: skip
        wanted = {
            "here": [f for f in found if not f.is_former and f.place.level == Place.Level.COMMUNE],
            "provinces": [f for f in found if not f.is_former],
            "former": [f for f in found if f.is_former],
        }[view]
        return [_line(each.place, each.is_former, each.now) for each in wanted]
    if view == "here":
        return [_line(row) for row in queries.communes(on=today)]
    if view == "provinces":
        return [_line(row) for row in queries.provinces(on=today)]
    return [
        _line(row, True, tuple(s.place for s in queries.current_of(row, at=today)))
        for row in queries.former(on=today)
    ]


def _line(row: PlaceRow, is_former: bool = False, now: tuple[PlaceRow, ...] = ()) -> Line:
    return Line(row, words.KINDS[row.kind], is_former, now, queries.above_name(row))


@require_GET
@rules.staff()
def unit(request: HttpRequest, place_id: int) -> HttpResponse:
    """One unit on the days its row covers: facts, what it was made from, what became of it, who is beside it."""
    row, today = place_or_404(place_id), timezone.localdate()
    before, after = queries.history_of(row)
    beside = [found for code in queries.neighbours(row.code) if (found := queries.find(code, on=today))]
    is_now = row.is_valid(today)
    ended = row.valid_to is not None and row.valid_to <= today
    split = [step for step in after if not step.succession.is_whole]
    return render(
        request,
        "places/unit.html",
        {
            "place": row, "kind": words.KINDS[row.kind], "long_name": queries.long_name(row),
            "before": [{"step": s, "change": words.CHANGES[s.succession.kind]} for s in before],
            "after": [{"step": s, "change": words.CHANGES[s.succession.kind]} for s in after],
            "now": [share.place for share in queries.current_of(row, at=today)] if ended else [],
            "versions": [r for r in queries.versions(row.code) if r.id != row.id],
            "neighbours": sorted(beside, key=lambda each: each.sort_key) if is_now else [],
            "groups": [g for g in queries.groups(on=today) if row.code in g.codes] if is_now else [],
            "group_words": words.GROUPS,
            "communes": len(queries.communes(province=row.code, on=today)) if is_now and row.level == "province" else 0,
            "density": row.population / row.area_km2 if row.population and row.area_km2 else None,
            "ended": ended, "to_come": row.valid_from > today, "needs_shares": bool(split) and len(split) > 1,
            "may_edit": may_edit(request), "list_url": reverse("places:list"),
            "boundaries": queries.boundary_status() if is_now and row.level == "commune" else None,
        },
    )  # fmt: skip
