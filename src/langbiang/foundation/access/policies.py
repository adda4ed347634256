"""The form every policy takes: an answer with a reason, and `require` to insist on it."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from .actor import Actor
from .errors import Forbidden, Text


@dataclass(frozen=True)
class Answer:
    """May or may not, and why not."""

    allowed: bool
    reason: Text = ""

    def __bool__(self) -> bool:
        return self.allowed


ALLOW = Answer(True)


def deny(reason: Text = "") -> Answer:
    """A refusal with its reason in words."""
    return Answer(False, reason or _("You do not have the right to do this."))


def allow_if(condition: bool, otherwise: Text = "") -> Answer:
    """Allow when the condition holds, else deny with the given reason."""
    return ALLOW if condition else deny(otherwise)


def require(answer: Answer) -> None:
    """Raise Forbidden unless the answer allows it."""
    if not answer.allowed:
        raise Forbidden(
            answer.reason, way_out=_("If you need this for your work, ask the administrator of your agency.")
        )


def may_grant(actor: Actor, agency_id: int) -> Answer:
    """Roles over an agency are given and taken by those who administer it; one's reach is never handed on beyond."""
    return allow_if(
        actor.may("access.grant", agency_id=agency_id),
        _("You may give and take roles only at the agency you administer and those below it."),
    )
