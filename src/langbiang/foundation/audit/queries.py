"""Reads and verifies the audit trail."""

from django.db.models import QuerySet

from langbiang.foundation.access import Actor, policies

from .checking import ChainCheck, Finding, NoSuchChain, Verification, verify, verify_chain
from .models import Entry

__all__ = [
    "ChainCheck",
    "Finding",
    "NoSuchChain",
    "Verification",
    "entries",
    "history_of",
    "verify",
    "verify_chain",
]


def history_of(target: str) -> QuerySet[Entry]:
    """Everything done to one record, oldest first."""
    return Entry.objects.filter(target=target).order_by("at", "seq")


def entries(actor: Actor) -> QuerySet[Entry]:
    """The trail as far as this actor may read it: agencies within their reach. Raises Forbidden."""
    reach = actor.reach("audit.view")
    policies.require(policies.allow_if(bool(reach)))
    if reach.everywhere:
        return Entry.objects.all()
    agencies = {a for ids, _ in reach.pairs if ids for a in ids}
    return Entry.objects.filter(lane__in=agencies)
