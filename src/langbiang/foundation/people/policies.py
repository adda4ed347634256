"""Who may look into the register of people."""

from langbiang.foundation.access import Actor
from langbiang.foundation.access.policies import Answer, allow_if, require

__all__ = ["may_edit", "may_merge", "may_view", "require"]


def may_view(actor: Actor) -> Answer:
    """Officers whose work needs it."""
    return allow_if(actor.kind == "system" or "people.view" in actor.permissions)


def may_edit(actor: Actor, person_id: int | None = None) -> Answer:
    """Receiving officers; everybody may correct their own contact data."""
    own = actor.is_citizen and person_id is not None and actor.person_id == person_id
    return allow_if(own or actor.kind == "system" or "people.edit" in actor.permissions)


def may_merge(actor: Actor) -> Answer:
    """Administrators only: a merge touches every case of both records."""
    return allow_if(actor.kind == "system" or "people.merge" in actor.permissions)
