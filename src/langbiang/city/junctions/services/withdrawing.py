"""What layouts, plans and events share: a draft is taken back with a reason, and nobody saves over what they have not seen."""

from datetime import datetime

from django.utils.translation import gettext as _

from langbiang.foundation.access import Actor, Refusal, Stale
from langbiang.foundation.ui import formats

from ..models import Approved


class NoReason(Refusal):
    """Taking something back needs a word about why: whoever finds it in the history must understand it."""

    status = 422


def reason_of(text: str) -> str:
    """The reason as it is kept. Raises NoReason where there is none."""
    told = text.strip()[:300]
    if not told:
        raise NoReason(_("Say why it is withdrawn; the reason stays in the history."), field="reason")
    return told


def put_away(actor: Actor, row: Approved, *, reason: str, at: datetime) -> None:
    """Mark a row as withdrawn, by whom and why, and save it. It stays to be read and is never approved again."""
    row.state, row.withdrawn_by, row.withdrawn_at, row.withdraw_reason = "withdrawn", actor.label[:200], at, reason
    row.save(update_fields=["state", "withdrawn_by", "withdrawn_at", "withdraw_reason"])


def insist_on(row: Approved, revision: int | None) -> None:
    """That a draft is as it was when the form was opened; `revision` is the one the form names. Raises Stale."""
    if revision is not None and revision != row.revision:
        raise overtaken(row.created_by, row.created_at)


def overtaken(who: str, at: datetime, *, version: int | None = None) -> Stale:
    """That somebody saved since the form was opened, in words; `version` is the number of what they saved, where it has one."""
    if version is not None:
        who = _("%(who)s (version %(number)s)") % {"who": who, "number": version}
    return Stale(
        _("%(who)s saved this at %(at)s, after you opened the form. Nothing of yours was saved over it.") % {"who": who, "at": formats.moment(at)},
        way_out=_("What you entered stands in the form below. Look at what differs, then save again."),
    )
