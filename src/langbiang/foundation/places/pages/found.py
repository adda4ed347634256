"""What every page of this room begins with: who asks, and about which unit."""

from django.http import Http404, HttpRequest

from langbiang.foundation.access import Actor, acting

from .. import policies, queries
from ..register import PlaceRow


def actor_of(request: HttpRequest) -> Actor:
    """Who asks."""
    actor: Actor = acting(request)
    return actor


def place_or_404(place_id: int) -> PlaceRow:
    """The unit of the address."""
    row = queries.by_id(place_id)
    if row is None:
        raise Http404
    return row


def may_edit(request: HttpRequest) -> bool:
    """Whether to offer what changes the register."""
    return bool(policies.may_edit(actor_of(request)))
