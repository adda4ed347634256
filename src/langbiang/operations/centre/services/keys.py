"""Keys of screens: one wall, from given addresses, readable only, for so long, until taken away."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.access import policies as access
from langbiang.foundation.audit import services as audit

from .. import policies
from ..models import KioskKey, Layout

LONGEST = timedelta(days=366)
# A screen tells that it lives at most this often.
SEEN_EVERY = timedelta(minutes=5)


class BadNetwork(Refusal, ValueError):
    """The addresses a screen may show from are not written as networks, or are everywhere."""


class NoSuchKey(Refusal):
    """There is no such key."""

    status = 404


def digest_of(token: str) -> str:
    """What is kept of a token. It has 160 random bits, so a plain digest is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def make_key(
    actor: Actor,
    *,
    layout: Layout,
    name: str,
    networks: Sequence[str],
    agency_id: int,
    valid_until: datetime,
    at: datetime,
) -> tuple[KioskKey, str]:
    """Make the key of a screen and give its token, which is shown this once. Raises Forbidden, BadNetwork, Refusal."""
    access.require(policies.may_manage(actor, agency_id=agency_id))
    if not at < valid_until <= at + LONGEST:
        raise Refusal(_("A key is valid for at most a year."), field="valid_until", way_out=_("Choose an earlier day."))
    # Held, so that nobody puts the wall away meanwhile.
    if not Layout.objects.select_for_update().filter(pk=layout.pk, removed_at=None).exists():
        raise Refusal(_("This wall was put away."), field="layout", way_out=_("Choose another one."))
    token = secrets.token_urlsafe(20)
    key = KioskKey.objects.create(
        layout=layout, name=name.strip(), digest=digest_of(token), networks=_checked(networks), agency_id=agency_id,
        made_at=at, made_by=actor.label, valid_until=valid_until,
    )  # fmt: skip
    audit.record(
        actor, "centre.key_made", key, at=at,
        after={"layout": layout.slug, "name": key.name, "networks": key.networks, "valid_until": valid_until.isoformat()},
    )  # fmt: skip
    return key, token


@transaction.atomic
def revoke_key(actor: Actor, *, key_id: int, at: datetime) -> KioskKey:
    """Take a key away; its screen goes dark at the next renewal. Raises Forbidden."""
    key = KioskKey.objects.select_for_update().filter(pk=key_id).first()
    if key is None:
        raise NoSuchKey(_("There is no such key."))
    access.require(policies.may_manage(actor, agency_id=key.agency_id))
    if key.revoked_at is None:
        key.revoked_at = at
        key.save(update_fields=["revoked_at"])
        audit.record(actor, "centre.key_revoked", key, after={"name": key.name}, at=at)
    return key


def admit(token: str, *, address: str, at: datetime) -> KioskKey | None:
    """The key of a token shown from an address; None when it is unknown, over, revoked or used elsewhere."""
    key = KioskKey.objects.select_related("layout").filter(digest=digest_of(token)).first()
    if key is None or key.revoked_at is not None or key.valid_until <= at:
        return None
    try:
        here = ip_address(address)
    except ValueError:
        return None
    if not any(here in ip_network(each) for each in key.networks):
        return None
    if key.seen_at is None or at - key.seen_at > SEEN_EVERY or key.seen_from != address:
        KioskKey.objects.filter(pk=key.pk).update(seen_at=at, seen_from=address)
    return key


def _checked(networks: Sequence[str]) -> list[str]:
    """Networks as they are kept. Raises BadNetwork."""
    found = []
    for written in networks:
        try:
            network = ip_network(written.strip(), strict=False)
        except ValueError:
            raise BadNetwork(
                _("“%(written)s” is no address and no network.") % {"written": written}, field="networks",
                way_out=_("Write one address or network a line, such as 10.1.2.0/24."),
            ) from None  # fmt: skip
        if network.prefixlen == 0:
            raise BadNetwork(
                _("A key that works from everywhere is not bound to a screen."), field="networks",
                way_out=_("Write the address of the screen or of its network."),
            )  # fmt: skip
        found.append(str(network))
    if not found:
        raise BadNetwork(_("Say from which addresses the screen may show the wall."), field="networks")
    return found
