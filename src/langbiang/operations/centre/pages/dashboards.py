"""Dashboards: the list, one as it is or as it was known at a past moment, and the table in which it is put together."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from langbiang.foundation.access import Actor, Refusal, rules
from langbiang.foundation.access.acting import acting
from langbiang.foundation.organizations import queries as organizations

from .. import figures, policies, queries, services, walls
from ..models import Dashboard
from .forms import DashboardForm, MomentForm, TileForm

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
    """A dashboard now, or with the figures and in the version of a past moment."""
    actor = acting(request)
    board = _board(actor, dashboard_id)
    form = MomentForm(request.GET)
    then: datetime | None = form.cleaned_data["known_at"] if form.is_valid() else None
    version = queries.dashboard_version(board, at=then)
    now = timezone.now()
    tiles: list[walls.Tile] = []
    if version is not None and form.is_valid():
        placed = [{"x": 1, "y": 1, "w": 1, "h": 1, **tile} for tile in version.tiles]
        tiles = walls.tiles(
            {"tiles": placed}, agencies=policies.agencies_seen(actor), at=then or now, links=True, then=then is not None
        )
    context = {
        "board": board, "version": version, "versions": queries.dashboard_versions(board), "tiles": tiles, "form": form,
        "then": then, "now": now, "may_change": bool(policies.may_change_dashboard(actor, board)),
        "events": " ".join(sorted({name for tile in tiles for name in tile.events.split()})),
    }  # fmt: skip
    return render(request, "centre/dashboard.html", context)


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
        {"measure": tile["measure"], "view": tile["view"], "days": str(tile["days"]), "agency": str(tile.get("agency", "")),
         "field": tile.get("filters", {}).get("field", "")}
        for tile in kept
    ]  # fmt: skip
    spare = min(SPARE_LINES, services.MOST_TILES - len(filled))
    usual = {"view": "number", "days": "30"}
    return [TileForm(prefix=f"t{n}", initial=each, **choices) for n, each in enumerate([*filled, *[usual] * spare])]


def _board(actor: Actor, dashboard_id: int) -> Dashboard:
    found = queries.dashboard(actor, dashboard_id)
    if found is None:
        raise Http404(_("There is no such dashboard."))
    return found
