"""Dashboards: the list, one as it is or as it was known at a past moment, and the table in which it is put together."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from langbiang.foundation.access import Actor, Refusal, roles, rules
from langbiang.foundation.access.acting import acting
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.ui import formats

from .. import drill, figures, policies, published, queries, services, walls
from ..models import Dashboard, DashboardVersion
from ..writing import title_of
from . import reports
from .forms import INDICATOR, DashboardForm, MomentForm, TileForm

SPARE_LINES = 4


@rules.staff("centre.view")
@require_GET
def dashboards(request: HttpRequest) -> HttpResponse:
    """The dashboards this officer may open."""
    actor = acting(request)
    return render(
        request, "centre/dashboards.html",
        {"boards": queries.dashboards(actor), "may_design": bool(policies.may_design(actor)), "actor": actor},
    )  # fmt: skip


@rules.staff("centre.view")
@require_GET
def dashboard(request: HttpRequest, dashboard_id: int) -> HttpResponse:
    """A dashboard now, or with the figures and in the version of a past moment; a unit chosen on one map narrows all."""
    shown = _shown(request, dashboard_id)
    context = {
        "board": shown.board, "version": shown.version, "versions": queries.dashboard_versions(shown.board),
        "tiles": shown.tiles, "form": shown.form, "then": shown.then, "now": shown.at, "unit": shown.unit,
        "unit_title": title_of(shown.unit), "field": shown.field, "query": shown.query(), "without_unit": shown.query(unit=""),
        "may_change": bool(policies.may_change_dashboard(acting(request), shown.board)),
        "events": " ".join(sorted({name for tile in shown.tiles for name in tile.events.split()})),
    }  # fmt: skip
    return render(request, "centre/dashboard.html", context)


@rules.staff("centre.view")
@require_GET
def export(request: HttpRequest, dashboard_id: int) -> HttpResponse:
    """What the page shows, as a spreadsheet, a text document or sheets of paper; `as` says xlsx, docx or pdf."""
    shown = _shown(request, dashboard_id)
    if shown.version is None:
        return redirect("centre:dashboard", dashboard_id)
    until = _("as known at %(at)s") if shown.then else _("as of %(at)s")
    asked = [until % {"at": formats.moment(shown.at)}]
    asked += [title_of(shown.unit)] if shown.unit else []
    asked += [str(roles.fields().get(shown.field, shown.field))] if shown.field else []
    asked += [_("version %(n)s") % {"n": shown.version.number}, str(settings.PROVINCE_NAME)]
    told = reports.report(shown.board.title, " · ".join(asked), shown.tiles)
    kind = request.GET.get("as", "")
    make, media = reports.KINDS.get(kind, reports.KINDS["xlsx"])
    label = f"dashboard-{shown.board.pk}-{timezone.localtime(shown.at):%Y%m%d-%H%M}.{kind if kind in reports.KINDS else 'xlsx'}"
    return HttpResponse(make(told), content_type=media, headers={"Content-Disposition": f'attachment; filename="{label}"'})


@rules.staff("centre.design")
@require_http_methods(["GET", "POST"])
def make(request: HttpRequest) -> HttpResponse:
    """Put a new dashboard together."""
    return _edit(request, None)


@rules.staff("centre.design")
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, dashboard_id: int) -> HttpResponse:
    """Change a dashboard: what is saved is its next version."""
    board = _board(acting(request), dashboard_id)
    if not policies.may_change_dashboard(acting(request), board):
        raise Http404
    return _edit(request, board)


@rules.staff("centre.design")
@require_POST
def put_away(request: HttpRequest, dashboard_id: int) -> HttpResponse:
    """Take a dashboard out of the list."""
    _board(acting(request), dashboard_id)
    services.put_away_dashboard(acting(request), dashboard_id=dashboard_id, at=timezone.now())
    return redirect("centre:dashboards")


@dataclass(frozen=True)
class Shown:
    """A dashboard as it was asked for."""

    board: Dashboard
    version: DashboardVersion | None
    form: MomentForm
    tiles: list[walls.Tile]
    at: datetime
    then: datetime | None
    unit: str
    field: str

    def query(self, **changes: str) -> str:
        """The same question with something changed, as the query of an address."""
        then = self.then.isoformat() if self.then else ""
        told = {"known_at": then, "field": self.field, "unit": self.unit} | changes
        return urlencode({key: value for key, value in told.items() if value})


def _shown(request: HttpRequest, dashboard_id: int) -> Shown:
    actor = acting(request)
    board = _board(actor, dashboard_id)
    form = MomentForm(request.GET)
    now = timezone.now()
    if not form.is_valid():
        return Shown(board, None, form, [], now, None, "", "")
    data = form.cleaned_data
    shown = Shown(board, queries.dashboard_version(board, at=data["known_at"]), form, [], data["known_at"] or now,
                  data["known_at"], data["unit"], data["field"])  # fmt: skip
    if shown.version is None:
        return shown
    focus = walls.Focus(
        address=lambda code: f"?{shown.query(unit=code)}", unit=shown.unit,
        agencies=drill.agencies_of_unit(actor, shown.unit, on=timezone.localdate(shown.at)) if shown.unit else None,
        filters={"field": shown.field} if shown.field else {},
    )  # fmt: skip
    placed = [{"x": 1, "y": 1, "w": 1, "h": 1, **tile} for tile in shown.version.tiles]
    tiles = walls.tiles(
        {"tiles": placed}, agencies=policies.agencies_seen(actor), at=shown.at, links=True, then=shown.then is not None, focus=focus,
        reach=published.reach_of(actor),
    )
    return replace(shown, tiles=tiles)


def _edit(request: HttpRequest, board: Dashboard | None) -> HttpResponse:
    actor = acting(request)
    version = queries.dashboard_version(board) if board else None
    kept = version.tiles if version else []
    initial = {"title": board.title, "shared": board.shared, "version": board.version} if board else {"shared": "mine"}
    form = DashboardForm(request.POST or None, initial=initial)
    lines = _lines(request, actor, kept)
    if request.method == "POST" and form.is_valid() and all([line.is_valid() for line in lines]):
        data = form.cleaned_data
        told = {"title": data["title"], "shared": data["shared"], "tiles": [t for line in lines if (t := line.tile)]}
        try:
            if board is None:
                saved = services.make_dashboard(actor, **told, at=timezone.now())
            else:
                saved = services.change_dashboard(
                    actor, dashboard_id=board.pk, version=data["version"] or 0, **told, at=timezone.now()
                )
            return redirect("centre:dashboard", saved.pk)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    back = reverse("centre:dashboard", args=[board.pk]) if board else reverse("centre:dashboards")
    context = {"form": form, "lines": lines, "board": board, "back": back, "head": [each.label for each in lines[0]]}
    return render(request, "centre/dashboard_edit.html", context, status=422 if form.errors else 200)


def _lines(request: HttpRequest, actor: Actor, kept: list[dict[str, Any]]) -> list[TileForm]:
    """The lines as they were sent, or as they are kept, with some empty ones."""
    seen = policies.agencies_seen(actor)
    choices: dict[str, Any] = {
        "measures": [(each.name, each.title) for each in figures.every()],
        "indicators": [(each.code, each.name) for each in _indicators(kept)],
        "agencies": sorted(
            ((str(each.id), organizations.name_of(each.id)) for each in organizations.agencies_on(timezone.localdate())
             if seen is None or each.id in seen),
            key=lambda each: each[1],
        ),
    }  # fmt: skip
    if request.method == "POST":
        told = request.POST.get("lines", "")
        count = min(int(told), services.MOST_TILES) if told.isascii() and told.isdigit() and len(told) < 4 else 0
        return [TileForm(request.POST, prefix=f"t{n}", **choices) for n in range(max(count, 1))]
    filled = [
        {"measure": f"{INDICATOR}{tile['indicator']}" if tile.get("indicator") else tile["measure"], "view": tile["view"], "days": str(tile["days"]), "agency": str(tile.get("agency", "")),
         "field": tile.get("filters", {}).get("field", "")}
        for tile in kept
    ]  # fmt: skip
    spare = min(SPARE_LINES, services.MOST_TILES - len(filled))
    usual = {"view": "number", "days": "30"}
    return [TileForm(prefix=f"t{n}", initial=each, **choices) for n, each in enumerate([*filled, *[usual] * spare])]


def _indicators(kept: list[dict[str, Any]]) -> list[published.Described]:
    """The indicators to choose from: all in force, and those the dashboard shows already."""
    now = timezone.now()
    found = {each.code: each for each in published.every(on=now)}
    former = published.described([tile["indicator"] for tile in kept if tile.get("indicator")], on=timezone.localdate(now))
    return list((found | {code: each for code, each in former.items() if code not in found}).values())


def _board(actor: Actor, dashboard_id: int) -> Dashboard:
    found = queries.dashboard(actor, dashboard_id)
    if found is None:
        raise Http404(_("There is no such dashboard."))
    return found
