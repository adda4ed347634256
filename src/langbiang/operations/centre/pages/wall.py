"""Walls: for officers who see the centre, and for screens with a key."""

from typing import Any

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from langbiang.foundation.access import rules
from langbiang.foundation.access.acting import acting
from langbiang.foundation.accounts import queries as accounts
from langbiang.foundation.events import stream
from langbiang.foundation.events.hub import Hears, Notice
from langbiang.foundation.organizations import queries as organizations

from .. import policies, published, queries, services, walls
from ..language import in_language
from ..maps import HEXAGONS, LAND
from ..models import KioskKey, Layout

SHAPES = {"16:9": "single", "32:9": "wide", "4x4": "mosaic", "9:16": "portrait"}


@rules.staff("centre.view")
@require_GET
@never_cache
def wall(request: HttpRequest, slug: str) -> HttpResponse:
    """A wall for an officer: their agencies, every tile leading to the desk."""
    layout = queries.layout(slug)
    if layout is None:
        raise Http404
    actor = acting(request)
    agencies, reach = policies.agencies_seen(actor), published.reach_of(actor)
    return _shown(request, layout, agencies=agencies, reach=reach, links=True, live=reverse("centre:live"))


@rules.token
@require_GET
@never_cache
def screen(request: HttpRequest, token: str) -> HttpResponse:
    """The wall of a key, for a screen: nothing on it can be pressed."""
    key = _key(request, token)
    if key is None:
        raise Http404
    return _shown(
        request, key.layout, agencies=_agencies(key), reach=None, links=False, live=reverse("centre:live_screen", args=[token])
    )


@rules.staff("centre.view")
@require_GET
async def live(request: HttpRequest) -> HttpResponseBase:
    """What may change a figure, for a wall of an officer: names only."""
    return stream.answer(await sync_to_async(_hears_of)(request), stream.since_of(request), bare=True)


@rules.token
@require_GET
async def live_screen(request: HttpRequest, token: str) -> HttpResponseBase:
    """The same for a screen with a key."""
    key = await sync_to_async(_key)(request, token)
    if key is None:
        return HttpResponse(status=404)
    hears = await sync_to_async(lambda: _of(_agencies(key)))()
    return stream.answer(hears, stream.since_of(request), bare=True)


def _is_light(request: HttpRequest, layout: Layout) -> bool:
    """As the address asks, else as the wall says."""
    asked = request.GET.get("theme", "")
    return (asked if asked in Layout.Theme.values else layout.theme) == Layout.Theme.LIGHT


def _drawn(request: HttpRequest, scene: dict[str, Any]) -> dict[str, Any]:
    """The scene with its maps drawn as the address asks (?drawing=land, hex), else as the wall says."""
    asked = request.GET.get("drawing", "")
    if asked not in (HEXAGONS, LAND):
        return scene
    return {**scene, "tiles": [{**tile, "drawing": asked} if tile["view"] == "map" else tile for tile in scene["tiles"]]}


def _hears_of(request: HttpRequest) -> Hears:
    return _of(policies.agencies_seen(acting(request)))


def _of(agencies: frozenset[int] | None) -> Hears:
    """What moves figures of these agencies, and what belongs to no agency. Indicators are shown of the whole province to
    everybody, so whoever published one is heard."""
    names = walls.live_events()

    def hears(notice: Notice) -> bool:
        if notice.name == walls.PUBLISHED or agencies is None:
            return notice.name in names or notice.name.startswith("centre.")
        if notice.agency_id is None or notice.name == walls.REARRANGED:
            return notice.name in names
        return notice.agency_id in agencies and (notice.name in names or notice.name.startswith("centre."))

    return hears


def _key(request: HttpRequest, token: str) -> KioskKey | None:
    return services.admit(token, address=accounts.client_address(request), at=timezone.now())


def _agencies(key: KioskKey) -> frozenset[int] | None:
    if key.agency_id in organizations.root_ids():
        return None
    return organizations.descendant_ids(key.agency_id)


def _shown(
    request: HttpRequest, layout: Layout, *, agencies: frozenset[int] | None, reach: published.Reach | None, links: bool, live: str
) -> HttpResponse:
    wanted = request.GET.get("scene", "")
    number = min(int(wanted), len(layout.scenes) - 1) if wanted.isascii() and wanted.isdigit() and len(wanted) < 4 else 0
    scene = _drawn(request, layout.scenes[number])
    light = _is_light(request, layout)
    return render(request, "centre/wall.html", context_of(layout, number, scene, light=light, agencies=agencies, reach=reach, links=links, live=live))


def context_of(
    layout: Layout, number: int, scene: dict[str, Any], *, light: bool, agencies: frozenset[int] | None,
    reach: published.Reach | None = None, links: bool, live: str,
) -> dict[str, Any]:  # fmt: skip
    """All the page of a wall needs to draw one of its scenes; also one that is not saved."""
    now, scenes = timezone.now(), layout.scenes
    return {
        "layout": layout, "light": light, "shape": SHAPES[layout.shape], "scene_number": number, "scenes": len(scenes), "live": live,
        "title": in_language(layout.title, layout.title_en),
        "scene_title": in_language(scene["title"], scene.get("title_en", "")),
        "tiles": walls.tiles(scene, agencies=agencies, at=now, links=links, reach=reach), "now": now,
        "events": " ".join(sorted(walls.scene_events(scene))), "links": links, "rotate_s": layout.rotate_s if len(scenes) > 1 else 0,
    }  # fmt: skip
