"""Reads of the junctions: what is in force at an instant, what people see, what a replay stands on."""

from .happenings import event_arms, event_plans, event_signals, event_state, is_rehearsal_silent, why_no_rehearsal
from .inforce import (
    CAMERA_WORDS,
    armed_now,
    camera_word,
    lease_at,
    leases_over,
    override_at,
    plan_among,
    plan_at,
    plans_at,
    valid_leases,
)
from .paging import KEY as PAGE_KEY
from .paging import key_of, newer, older
from .priority import Approaching, approaching, approaching_all, kind_word, passages_now, runs, shown
from .replaying import (
    ClassMix,
    class_mix,
    ground,
    is_silent,
    is_unheard,
    longest_silent,
    plans_of_hours,
    proofs,
    replays,
    searched_file,
    searched_plan,
    why_not,
    why_not_again,
)
from .seen import LiveJunction, arming_requests, junction, live, recent_flows
from .shadowing import objections

__all__ = [
    "CAMERA_WORDS", "PAGE_KEY", "Approaching", "ClassMix", "LiveJunction", "approaching", "approaching_all", "armed_now",
    "arming_requests", "camera_word", "class_mix", "event_arms", "event_plans", "event_signals", "event_state", "ground", "is_rehearsal_silent", "is_silent",
    "is_unheard", "junction", "key_of", "kind_word", "lease_at", "leases_over", "live", "longest_silent", "newer", "objections", "older",
    "override_at", "passages_now", "plan_among", "plan_at", "plans_at", "plans_of_hours",
    "proofs", "recent_flows", "replays", "runs", "searched_file", "searched_plan", "shown", "valid_leases",
    "why_no_rehearsal", "why_not", "why_not_again",
]  # fmt: skip
