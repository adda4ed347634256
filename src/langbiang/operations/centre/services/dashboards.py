"""Dashboards: pages of figures put together by people who are not programmers. What one showed is never changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access import policies as access
from langbiang.foundation.audit import services as audit

from .. import figures, policies, published
from ..models import Dashboard, DashboardVersion
from ..walls import VIEWS

MOST_TILES = 24


class BadDashboard(Refusal):
    """A dashboard says something that cannot be shown."""


class ChangedMeanwhile(Refusal):
    """Somebody saved another version since this page was opened."""


@transaction.atomic
def make_dashboard(
    actor: Actor, *, title: str, shared: str, tiles: Sequence[Mapping[str, Any]], at: datetime
) -> Dashboard:
    """Make a dashboard with its first version. Raises Forbidden, BadDashboard, NoSuchFigure."""
    access.require(policies.may_design(actor))
    assert actor.account_id is not None
    assert actor.agency_id is not None
    board = Dashboard.objects.create(
        title=_title(title), owner_id=actor.account_id, agency_id=actor.agency_id, shared=_shared(shared)
    )
    _keep(actor, board, tiles, at)
    audit.record(actor, "centre.dashboard_made", board, after={"title": board.title, "shared": board.shared}, at=at)
    return board


@transaction.atomic
def change_dashboard(
    actor: Actor, *, dashboard_id: int, version: int, title: str, shared: str, tiles: Sequence[Mapping[str, Any]], at: datetime
) -> Dashboard:  # fmt: skip
    """Save the next version of a dashboard that was opened at `version`.

    Raises Forbidden, ChangedMeanwhile, BadDashboard, NoSuchFigure.
    """
    board = Dashboard.objects.select_for_update().get(pk=dashboard_id)
    access.require(policies.may_change_dashboard(actor, board))
    if board.version != version:
        raise ChangedMeanwhile(
            _("Somebody saved another version of this dashboard meanwhile."), way_out=_("Open it anew and change it again.")
        )
    before = {"title": board.title, "shared": board.shared, "version": board.version}
    board.title, board.shared, board.version = _title(title), _shared(shared), board.version + 1
    board.save(update_fields=["title", "shared", "version"])
    _keep(actor, board, tiles, at)
    after = {"title": board.title, "shared": board.shared, "version": board.version}
    audit.record(actor, "centre.dashboard_changed", board, before=before, after=after, at=at)
    return board


@transaction.atomic
def put_away_dashboard(actor: Actor, *, dashboard_id: int, at: datetime) -> None:
    """Take a dashboard out of the list; its versions stay. Raises Forbidden."""
    board = Dashboard.objects.select_for_update().get(pk=dashboard_id)
    access.require(policies.may_change_dashboard(actor, board))
    board.archived_at = at
    board.save(update_fields=["archived_at"])
    audit.record(actor, "centre.dashboard_put_away", board, after={"title": board.title}, at=at)


def _keep(actor: Actor, board: Dashboard, tiles: Sequence[Mapping[str, Any]], at: datetime) -> None:
    if not tiles:
        raise BadDashboard(_("A dashboard needs at least one figure."), field="tiles", way_out=_("Choose one in a line."))
    if len(tiles) > MOST_TILES:
        raise BadDashboard(_("A dashboard has at most %(most)s figures.") % {"most": MOST_TILES}, field="tiles")
    for tile in tiles:
        if tile.get("indicator"):
            published.known(str(tile["indicator"]), on=at)
        else:
            figures.figure(str(tile["measure"]))
        if tile["view"] not in VIEWS or not 1 <= int(tile["days"]) <= 366:
            raise BadDashboard(_("A figure cannot be shown like this."), field="tiles")
    DashboardVersion.objects.create(
        dashboard=board, number=board.version, tiles=[dict(tile) for tile in tiles], at=at, by=actor.label
    )


def _title(told: str) -> str:
    if not (title := told.strip()):
        raise BadDashboard(_("A dashboard needs a name."), field="title")
    return title[:120]


def _shared(told: str) -> str:
    if told not in Dashboard.Shared.values:
        raise BadDashboard(_("Choose who may see the dashboard."), field="shared")
    return told
