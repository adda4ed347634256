"""What every page of this room begins with: who asks, about which agency or position."""

from django.http import Http404, HttpRequest
from django.utils import timezone

from langbiang.foundation.access import Actor, acting
from langbiang.foundation.access.policies import allow_if, require

from .. import policies, queries
from ..models import Agency, Position


def actor_of(request: HttpRequest) -> Actor:
    """Who asks."""
    actor: Actor = acting(request)
    return actor


def agency_or_404(request: HttpRequest, agency_id: int) -> Agency:
    """The agency of the address; what is said of agencies may be read by whoever reads about any."""
    row = queries.agency_record(agency_id)
    if row is None:
        raise Http404
    require(allow_if(bool(actor_of(request).reach(policies.VIEW))))
    return row


def agency_to_edit(request: HttpRequest, agency_id: int) -> Agency:
    """The agency of the address, which this person administers. Raises Forbidden."""
    row = agency_or_404(request, agency_id)
    require(policies.may_edit(actor_of(request), row.pk))
    return row


def position_to_fill(request: HttpRequest, position_id: int) -> Position:
    """The position of the address, which this person may fill. Raises Forbidden."""
    row = queries.position_record(position_id)
    if row is None:
        raise Http404
    require(policies.may_seat(actor_of(request), row, on=timezone.localdate()))
    return row


def position_to_cover(request: HttpRequest, position_id: int) -> Position:
    """The position of the address, for which this person may arrange a stand-in. Raises Forbidden."""
    row = queries.position_record(position_id)
    if row is None:
        raise Http404
    require(policies.may_arrange_absence(actor_of(request), row, on=timezone.localdate()))
    return row
