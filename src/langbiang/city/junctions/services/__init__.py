"""What people do at the junctions: one public function per act."""

from .alerts import NoNote, acknowledge_alert, close_alert, raise_alert
from .arming import BadArming, NotReady, ask_for_arming, confirm_arming, disarm, withdraw_arming
from .finding import NoPerson, NoSuch
from .layouts import SamePerson, Unsound, WrongState, approve_layout, define_layout
from .overrides import BadOverride, cancel_override, override
from .plans import BadPlan, approve_plan, draft_plan, withdraw_plan

__all__ = [
    "BadArming", "BadOverride", "BadPlan", "NoNote", "NoPerson", "NoSuch", "NotReady", "SamePerson", "Unsound",
    "WrongState", "acknowledge_alert", "approve_layout", "approve_plan", "ask_for_arming", "cancel_override",
    "close_alert", "confirm_arming", "define_layout", "disarm", "draft_plan", "override", "raise_alert",
    "withdraw_arming", "withdraw_plan",
]  # fmt: skip
