"""What people do at the operations centre."""

from .alerts import acknowledge, assign, close, escalate_overdue, officers_for
from .briefs import write_brief
from .dashboards import MOST_TILES, change_dashboard, make_dashboard, put_away_dashboard
from .keys import admit, make_key, revoke_key
from .notes import annotate, withdraw_note
from .silences import end_silence, silence
from .watching import evaluate, evaluate_indicator

__all__ = [
    "MOST_TILES",
    "acknowledge",
    "admit",
    "annotate",
    "assign",
    "change_dashboard",
    "close",
    "end_silence",
    "escalate_overdue",
    "evaluate",
    "evaluate_indicator",
    "make_dashboard",
    "make_key",
    "officers_for",
    "put_away_dashboard",
    "revoke_key",
    "silence",
    "withdraw_note",
    "write_brief",
]
