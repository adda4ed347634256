"""Who may ask for figures."""

from langbiang.foundation.access import Actor
from langbiang.foundation.access.policies import Answer, allow_if


def agencies_seen(actor: Actor) -> frozenset[int] | None:
    """The agencies whose figures an actor may see; None means all."""
    found: set[int] = set()
    for agencies, _field in actor.reach("measures.view").pairs:
        if agencies is None:
            return None
        found |= agencies
    return frozenset(found)


def may_analyse(actor: Actor) -> Answer:
    """Put questions to the books."""
    return allow_if("measures.analyse" in actor.permissions and actor.account_id is not None)
