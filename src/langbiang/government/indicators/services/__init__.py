"""What is done with reports and figures."""

from .adding import Column, add_indicator, change_formula, end_indicator
from .breaking_down import add_breakdown, add_category, add_dimension, end_breakdown, end_category, end_dimension
from .catalogue import change_indicator, set_target
from .entering import type_cell
from .flow import publish, reopen, return_report, submit, verify
from .internal import take_internal
from .ladder import add_rung, end_rung
from .lateness import flag, remind
from .locks import ask_opening, lock, open_lock
from .more_time import ask_for_time, extend, extend_narrative, refuse_time, waive, waive_narrative
from .narratives import (
    check_narrative,
    hand_on_narrative,
    make_narratives,
    return_narrative,
    send_narrative,
    write,
)
from .obligations import make_obligations
from .past import Taken, take_past
from .ruling import add_rule, end_rule
from .sending import send_published

__all__ = [
    "Column", "Taken", "add_breakdown", "add_category", "add_dimension", "add_indicator", "add_rule", "add_rung", "ask_for_time", "ask_opening", "change_formula", "change_indicator", "check_narrative",
    "end_breakdown", "end_category", "end_dimension", "end_indicator", "end_rule", "end_rung", "extend", "extend_narrative", "flag", "hand_on_narrative", "lock",
    "make_narratives", "make_obligations", "open_lock", "publish", "refuse_time", "remind",
    "reopen", "return_narrative", "return_report", "send_narrative", "send_published", "set_target", "submit", "take_internal", "take_past",
    "type_cell", "verify", "waive", "waive_narrative", "write",
]  # fmt: skip
