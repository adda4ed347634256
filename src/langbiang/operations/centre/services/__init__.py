"""What people do at the operations centre."""

from .alerts import acknowledge, assign, close, escalate_overdue, evaluate, officers_for
from .briefs import write_brief
from .keys import admit, make_key, revoke_key
from .notes import annotate

__all__ = [
    "acknowledge",
    "admit",
    "annotate",
    "assign",
    "close",
    "escalate_overdue",
    "evaluate",
    "make_key",
    "officers_for",
    "revoke_key",
    "write_brief",
]
