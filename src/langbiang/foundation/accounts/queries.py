"""Turns a signed-in account into an actor."""

from dataclasses import replace
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from langbiang.foundation.access import ANONYMOUS, Actor
from langbiang.foundation.access import queries as access

from .models import Account

POSITION_KEY = "position_id"


def client_address(request: HttpRequest) -> str:
    """The address a request came from."""
    return request.META.get("REMOTE_ADDR") or ""


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a request: anonymous, a citizen, or an officer in the position chosen for this session."""
    reference = getattr(request, "reference", "")
    user = request.user
    if not user.is_authenticated or not isinstance(user, Account):
        return replace(ANONYMOUS, address=client_address(request), reference=reference)
    actor = actor_for(user, position_id=request.session.get(POSITION_KEY), at=timezone.now())
    return replace(actor, address=client_address(request), reference=reference)


def actor_for(account: Account, *, position_id: int | None = None, at: datetime) -> Actor:
    """The actor an account becomes at a moment.

    An officer acts in one position at a time (the chosen one, else the first held) with the grants of that position
    and of those it stands in for. An officer without any position is nobody here.
    """
    if account.kind == Account.Kind.CITIZEN:
        return Actor(kind="citizen", account_id=account.pk, person_id=account.person_id, label=account.get_full_name())
    from langbiang.foundation.organizations import queries as organizations

    day = timezone.localtime(at).date()
    held = organizations.positions_of(account.pk, on=day)
    if not held:
        return replace(ANONYMOUS, account_id=account.pk, label=account.get_full_name())
    chosen = next((p for p in held if p.position_id == position_id), held[0])
    carried = [chosen.position_id, *(p.position_id for p in held if p.stands_in and p.position_id != chosen.position_id)]
    return Actor(
        kind="client" if account.kind == Account.Kind.CLIENT else "staff",
        account_id=account.pk,
        position_id=chosen.position_id,
        agency_id=chosen.agency_id,
        label=f"{account.get_full_name()}, {chosen.title}, {chosen.agency_name}",
        position_title=chosen.title,
        agency_name=chosen.agency_name,
        grants=access.grants_of_positions(carried, on=day),
    )
