"""Turns a signed-in account into an actor; finds accounts for those who hand out work or keep the accounts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from langbiang.foundation.access import ANONYMOUS, Actor
from langbiang.foundation.access import queries as access
from langbiang.foundation.access.roles import all_roles

from .models import Account

POSITION_KEY = "position_id"


@dataclass(frozen=True)
class OfficerRow:
    """Somebody work can be given to."""

    account_id: int
    full_name: str
    title: str


def client_address(request: HttpRequest) -> str:
    """The address a request came from; behind our own proxies, the one the outermost of them saw."""
    address = str(request.META.get("REMOTE_ADDR") or "")
    proxies: Sequence[str] = settings.TRUSTED_PROXIES
    if address not in proxies:
        return address
    for hop in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        if hop.strip() and hop.strip() not in proxies:
            return str(hop.strip()[:45])
    return str(address)


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a request: anonymous, a citizen, an officer in the position chosen for this session, or a system
    with a key. A request with a key is never taken for the person whose browser it came from."""
    reference = getattr(request, "reference", "")
    scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        from . import keys

        client = keys.actor_of_key(key.strip(), at=timezone.now()) or ANONYMOUS
        return replace(client, address=client_address(request), reference=reference)
    user = request.user
    if not user.is_authenticated or not isinstance(user, Account):
        return replace(ANONYMOUS, address=client_address(request), reference=reference)
    actor = actor_for(user, position_id=request.session.get(POSITION_KEY), at=timezone.now())
    return replace(actor, address=client_address(request), reference=reference)


def actor_for(account: Account, *, position_id: int | None = None, at: datetime) -> Actor:
    """The actor an account becomes at a moment.

    An officer acts in one position at a time (the chosen one, else the first held) with the grants of that position
    and of those it stands in for. An officer without any position is nobody here, and so is a closed account.
    """
    if not account.is_active:
        return replace(ANONYMOUS, account_id=account.pk, label=account.get_full_name())
    if account.kind == Account.Kind.CITIZEN:
        return Actor(kind="citizen", account_id=account.pk, person_id=account.person_id, label=account.get_full_name())
    return _officer(account, position_id=position_id, at=at)


def _officer(account: Account, *, position_id: int | None, at: datetime) -> Actor:
    from langbiang.foundation.organizations import queries as organizations

    day = timezone.localtime(at).date()
    held = organizations.positions_of(account.pk, on=day)
    if not held:
        return replace(ANONYMOUS, account_id=account.pk, label=account.get_full_name())
    chosen = next((p for p in held if p.position_id == position_id), held[0])
    carried = [
        chosen.position_id,
        *(p.position_id for p in held if p.stands_in and p.position_id != chosen.position_id),
    ]
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


def actors_of(account: Account, *, at: datetime) -> list[Actor]:
    """The account in each of its positions: all it could do, or could if it were opened again."""
    from langbiang.foundation.organizations import queries as organizations

    held = organizations.positions_of(account.pk, on=timezone.localtime(at).date())
    return [_officer(account, position_id=p.position_id, at=at) for p in held]


def actor_of_account(account_id: int, position_id: int | None = None, *, at: datetime) -> Actor:
    """The actor an account becomes, for jobs that act on somebody's behalf. Raises Account.DoesNotExist."""
    return actor_for(Account.objects.get(pk=account_id), position_id=position_id, at=at)


def name_of(account_id: int | None) -> str:
    """The name of the holder of an account; empty for none."""
    account = Account.objects.filter(pk=account_id).only("full_name", "username").first() if account_id else None
    return account.get_full_name() if account else ""


def names_of(account_ids: Iterable[int]) -> dict[int, str]:
    """Names of many holders. One SQL statement."""
    rows = Account.objects.filter(pk__in=list(account_ids)).only("pk", "full_name", "username")
    return {row.pk: row.get_full_name() for row in rows}


def account_of_person(person_id: int) -> int | None:
    """The account a citizen signs in with."""
    rows = Account.objects.filter(person_id=person_id, kind=Account.Kind.CITIZEN, is_active=True)
    return rows.order_by("pk").values_list("pk", flat=True).first()


def officers_of(agency_id: int, permission: str, on: date) -> list[OfficerRow]:
    """Who sits at an agency on a day with a permission there, by name. Four SQL statements at most."""
    from langbiang.foundation.organizations import queries as organizations

    roles = [role.code for role in all_roles() if permission in role.permissions]
    positions = {holder.position_id for holder in access.holders(on=on, agency_id=agency_id, roles=roles)}
    holdings = organizations.holders_of(positions, on=on).filter(account__is_active=True)
    rows = {h.account_id: OfficerRow(h.account_id, h.account.get_full_name(), h.position.title) for h in holdings}
    return sorted(rows.values(), key=lambda row: (row.full_name.split(" ")[-1], row.full_name))


def has_demo() -> bool:
    """Whether the demo province is loaded."""
    return Account.objects.filter(is_demo=True).exists()


def search(text: str, *, agency_ids: frozenset[int] | None, closed: bool = False) -> QuerySet[Account]:
    """Officers' accounts by name or user name, among those who sit at these agencies (None: all)."""
    rows = Account.objects.filter(kind=Account.Kind.STAFF, is_active=not closed)
    if agency_ids is not None:
        today = timezone.localdate()
        seated = Q(holdings__valid_to__isnull=True) | Q(holdings__valid_to__gt=today)
        rows = rows.filter(seated, holdings__position__agency_id__in=agency_ids).distinct()
    for word in text.split():
        rows = rows.filter(Q(full_name__icontains=word) | Q(username__icontains=word))
    return rows.order_by("username")


def unused_for(days: int, *, at: datetime, among: QuerySet[Account]) -> QuerySet[Account]:
    """Accounts nobody signed in with for so long: to be looked at, perhaps closed."""
    edge = at - timedelta(days=days)
    return among.filter(Q(last_login__isnull=True) | Q(last_login__lt=edge), created_at__lt=edge)


def is_held_up(account: Account) -> bool:
    """Whether too many wrong passwords were tried on an account, from one address or from many."""
    from . import lockout

    return lockout.is_held_up_somewhere(account.username.casefold())
