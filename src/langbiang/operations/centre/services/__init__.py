"""What people do at the operations centre."""

from .alerts import acknowledge, assign, close, escalate_overdue, officers_for
from .briefs import write_brief
from .dashboards import MOST_TILES, change_dashboard, make_dashboard, put_away_dashboard
from .keys import admit, make_key, revoke_key
from .layouts import change_layout, make_layout, remove_layout, restore_layout
from .layouts import problems as layout_problems
from .notes import annotate, withdraw_note
from .readers import candidates, read_brief, stop_reading, tell_readers, tell_that_it_is_missing
from .rules import change_rule, end_rule, make_rule, resume_rule
from .rules import problems as rule_problems
from .silences import end_silence, silence
from .watching import evaluate, evaluate_indicator

__all__ = [
    "MOST_TILES",
    "acknowledge",
    "admit",
    "annotate",
    "assign",
    "candidates",
    "change_dashboard",
    "change_layout",
    "change_rule",
    "close",
    "end_rule",
    "end_silence",
    "escalate_overdue",
    "evaluate",
    "evaluate_indicator",
    "make_dashboard",
    "make_key",
    "layout_problems",
    "make_layout",
    "make_rule",
    "officers_for",
    "put_away_dashboard",
    "read_brief",
    "remove_layout",
    "restore_layout",
    "resume_rule",
    "revoke_key",
    "rule_problems",
    "silence",
    "stop_reading",
    "tell_readers",
    "tell_that_it_is_missing",
    "withdraw_note",
    "write_brief",
]
