"""What is done with reports and figures."""

from .catalogue import change_indicator, set_target
from .entering import type_cell
from .flow import extend, publish, reopen, return_report, submit, verify, waive
from .internal import take_internal
from .lateness import flag, remind
from .locks import ask_opening, lock, open_lock
from .obligations import make_obligations
from .sending import send_published

__all__ = [
    "ask_opening", "change_indicator", "extend", "flag", "lock", "make_obligations", "open_lock", "publish", "remind", "reopen",
    "return_report", "send_published", "set_target", "submit", "take_internal", "type_cell", "verify", "waive",
]  # fmt: skip
