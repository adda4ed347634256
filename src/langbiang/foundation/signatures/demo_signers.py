"""Who signs and who seals in the demo province: every signing leader, and every agency with a records clerk."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from langbiang.foundation.access import queries as access
from langbiang.foundation.organizations import queries as organizations

from .demo import DemoSigner


def signers(*, at: datetime) -> Sequence[DemoSigner]:
    """One signer for each position that signs, one seal for each agency whose clerk numbers documents."""
    people: dict[int, DemoSigner] = {}
    seals: dict[int, DemoSigner] = {}
    for holder in access.holders(on=timezone.localtime(at).date()):
        agency = organizations.name_of(holder.agency_id)
        if holder.role == "signer":
            name, _, rest = holder.label.partition(", ")
            people.setdefault(
                holder.position_id,
                DemoSigner(name, holder.agency_id, agency, holder.position_id, rest.partition(", ")[0]),
            )
        elif holder.role == "clerk":
            seals.setdefault(holder.agency_id, DemoSigner(agency, holder.agency_id, agency))
    return [*people.values(), *seals.values()]
