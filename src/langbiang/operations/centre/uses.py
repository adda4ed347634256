"""Where a figure is used at the operations centre: walls, dashboards, rules of alerts, morning briefs."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from langbiang.foundation.access import Actor
from langbiang.foundation.measures import Shown, Use, tells_uses
from langbiang.foundation.ui import formats

from . import policies, queries
from .language import in_language
from .models import AlertRule, Brief, DashboardVersion

# Briefs of so many last mornings are looked through; the newest of them are named.
BRIEFS_READ = 30
BRIEFS_NAMED = 3


@tells_uses("centre")
def told(actor: Actor, shown: Shown) -> Iterator[Use]:
    """What of the centre shows a figure. What somebody keeps to themselves is counted, never named."""
    may_view = bool(policies.may_view(actor))
    for wall in queries.layouts():
        if any(_is_of(tile, shown) for scene in wall.scenes for tile in scene.get("tiles", ())):
            yield Use(_("Wall"), in_language(wall.title, wall.title_en), reverse("centre:wall", args=[wall.slug]) if may_view else "")
    yield from _dashboards(actor, shown, may_view=may_view)
    named = (Q(measure=shown.measure) if shown.measure else Q(pk__in=[])) | (Q(indicator=shown.indicator) if shown.indicator else Q(pk__in=[]))
    for rule in AlertRule.objects.filter(named, is_active=True).order_by("title"):
        yield Use(_("Rule of alerts"), in_language(rule.title, rule.title_en), reverse("centre:alerts") if may_view else "")
    if shown.measure:
        yield from _briefs(shown, may_view=may_view)


def _is_of(tile: Mapping[str, Any], shown: Shown) -> bool:
    return bool(shown.measure and tile.get("measure") == shown.measure) or bool(shown.indicator and tile.get("indicator") == shown.indicator)


def _dashboards(actor: Actor, shown: Shown, *, may_view: bool) -> Iterator[Use]:
    newest = DashboardVersion.objects.filter(dashboard__archived_at=None).order_by("dashboard_id", "-number").distinct("dashboard_id")
    mine = {board.pk for board in queries.dashboards(actor)} if may_view else set()
    others = 0
    for version in newest.select_related("dashboard"):
        if not any(_is_of(tile, shown) for tile in version.tiles):
            continue
        if version.dashboard_id in mine:
            yield Use(_("Dashboard"), version.dashboard.title, reverse("centre:dashboard", args=[version.dashboard_id]))
        else:
            others += 1
    if others:
        yield Use(_("Dashboard"), ngettext("%(n)s dashboard you may not open", "%(n)s dashboards you may not open", others) % {"n": others})


def _briefs(shown: Shown, *, may_view: bool) -> Iterator[Use]:
    first, last = (day.isoformat() if day else "" for day in (shown.first, shown.last))
    found = []
    for brief in Brief.objects.order_by("-day")[:BRIEFS_READ]:
        facts = [fact for fact in brief.figures.values() if fact["measure"] == shown.measure]
        if any((not last or fact["first"] <= last) and (not first or fact["last"] >= first) for fact in facts):
            found.append(brief.day)
    for day in found[:BRIEFS_NAMED]:
        yield Use(_("Morning brief"), formats.day(day), f"{reverse('centre:brief')}?day={day.isoformat()}" if may_view else "")
    if len(found) > BRIEFS_NAMED:
        more = len(found) - BRIEFS_NAMED
        yield Use(_("Morning brief"), ngettext("%(n)s earlier brief", "%(n)s earlier briefs", more) % {"n": more})
