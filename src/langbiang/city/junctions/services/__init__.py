"""What people do at the junctions: one public function per act."""

from .alerts import NoNote, acknowledge_alert, close_alert, note_over, raise_alert
from .arming import BadArming, NotReady, ask_for_arming, confirm_arming, disarm, withdraw_arming
from .balancing import balance_counts
from .buses import BusReport, forget_buses, report_buses
from .calibrations import BadPoints, calibrate_camera, publish_calibrations
from .finding import NoPerson, NoSuch
from .happenings import (
    Arm,
    BadEvent,
    approve_event,
    ask_for_rehearsal,
    change_event,
    close_past_events,
    end_event,
    plan_event,
    rehearse_event,
)
from .inspecting import Judged, Unsafe, judge_layouts
from .layouts import (
    SamePerson,
    Unsound,
    WrongState,
    approve_layout,
    define_layout,
    layout_to_change,
    newest_layout,
    withdraw_layout,
)
from .overrides import BadOverride, cancel_override, override
from .plans import BadPlan, approve_plan, draft_plan, withdraw_plan
from .priority import (
    BadPriority,
    Place,
    announce_run,
    cancel_run,
    end_expired,
    legal_order,
    mark_passed,
    note_use,
    refuse,
    take_request,
)
from .replays import BadReplay, ask_for_replay, due_at_night, replay_day, replay_now
from .retention import drop_old_counts, drop_old_reasons, put_counts_together
from .signals import BadDetectors, drop_old_logs, enter_detectors, measure_day, measure_missing
from .voiding import void_lease
from .withdrawing import NoReason

__all__ = [
    "Arm", "BadArming", "BadDetectors", "BadEvent", "BadOverride", "BadPlan", "BadPoints", "BadPriority", "BadReplay",
    "BusReport", "Judged", "NoNote", "NoPerson", "NoReason", "NoSuch", "NotReady", "Place", "SamePerson", "Unsafe", "Unsound", "WrongState",
    "acknowledge_alert", "announce_run", "approve_event", "approve_layout", "approve_plan", "ask_for_arming", "balance_counts",
    "ask_for_rehearsal", "ask_for_replay", "calibrate_camera", "cancel_override", "cancel_run", "change_event", "close_alert",
    "close_past_events", "confirm_arming", "define_layout", "disarm", "draft_plan", "drop_old_counts", "drop_old_logs",
    "drop_old_reasons", "due_at_night",
    "end_event", "end_expired", "enter_detectors", "forget_buses", "judge_layouts", "layout_to_change", "legal_order", "mark_passed", "measure_day",
    "measure_missing", "newest_layout", "note_over", "note_use", "override", "plan_event", "publish_calibrations", "put_counts_together", "raise_alert",
    "refuse", "rehearse_event", "replay_day", "replay_now", "report_buses", "take_request", "void_lease",
    "withdraw_arming", "withdraw_layout", "withdraw_plan",
]  # fmt: skip
