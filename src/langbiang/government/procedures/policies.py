"""Who may see, write and approve the catalogue. What is published is public; drafts and imports are not."""

from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor
from langbiang.foundation.access.policies import Answer, allow_if

VIEW, EDIT, APPROVE = "procedures.view", "procedures.edit", "procedures.approve"


def _holds(actor: Actor, permission: str, field: str | None) -> bool:
    """Held at any agency (the catalogue is the province's), for this field or for all."""
    return any(only is None or field is None or only == field for _agencies, only in actor.reach(permission).pairs)


def may_view(actor: Actor) -> Answer:
    """Whether drafts, imports and process sheets may be seen."""
    return allow_if(bool(actor.reach(VIEW)), _("You may not see the drafts of the catalogue."))


def may_edit(actor: Actor, field: str | None = None) -> Answer:
    """Whether procedures of this field (None: some field) may be written."""
    return allow_if(_holds(actor, EDIT, field), _("You may not change procedures of this field."))


def may_approve(actor: Actor, field: str | None = None, *, author: str = "") -> Answer:
    """Whether what somebody else wrote may be approved. Two pairs of eyes: never one's own draft."""
    if not _holds(actor, APPROVE, field):
        return allow_if(False, _("You may not approve procedures of this field."))
    return allow_if(
        not author or author != actor.label,
        _("You wrote this draft yourself. Another person has to approve it."),
    )
