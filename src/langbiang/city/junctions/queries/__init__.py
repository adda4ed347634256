"""Reads of the junctions: what is in force at an instant, and what people see."""

from .inforce import armed_now, camera_word, lease_at, override_at, plan_at
from .seen import LiveJunction, arming_requests, junction, live, recent_flows

__all__ = [
    "LiveJunction", "armed_now", "arming_requests", "camera_word", "junction", "lease_at", "live", "override_at", "plan_at",
    "recent_flows",
]  # fmt: skip
